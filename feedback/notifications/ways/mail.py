"""邮件: one mail to one mailbox, by the township's own mail server.

By `smtplib` and not by Apprise: Apprise gives every mail a Message-ID of its own making, and only says that a mail
failed, not whether the server may have taken it. Ours is the notice's, the same again when it is sent again.
"""

import re
import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from feedback import clock
from feedback.errors import Refusal
from feedback.notifications.ways import handing
from feedback.notifications.ways.faults import BUSY, NO_MAILBOX, NO_TLS, SENDER, UNREACHED, UNSURE, Failed
from feedback.words import N_

SECONDS = 5.0
"""For each answer of the server."""
MAILBOX = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+")
GO_AHEAD, TAKEN, FORWARDED = 354, 250, 251
REFUSED_FOR_GOOD = 500


@dataclass(frozen=True)
class Server:
    """The mail server as HLM_SMTP_URL names it."""

    host: str
    port: int
    user: str
    password: str
    is_tls: bool


def server(url: str) -> Server:
    parts = urlsplit(url)
    is_tls = parts.scheme == "smtps"
    return Server(parts.hostname or "", parts.port or (465 if is_tls else 25), unquote(parts.username or ""),
                  unquote(parts.password or ""), is_tls)


def check(address: str) -> str:
    """The mailbox as it is kept; Refusal where it can't be one."""
    if not MAILBOX.fullmatch(address) or len(address) > 200 or ".." in address:
        raise Refusal(N_("邮箱不对，请再看看，例如 zhou@example.cn"), field="address")
    return address


def send(to: Server, sender: str, address: str, *, title: str, text: str, message_id: str) -> None:
    """Raises Failed; unsure from the moment on in which the server had all of it and had not answered yet."""
    mail = _composed(sender, address, title=title, text=text, message_id=message_id)
    try:
        connection = _connected(to)
    except (OSError, smtplib.SMTPException) as error:
        raise Failed(UNREACHED, is_hanging=_hangs(error)) from error
    try:
        _hand_over(connection, to, sender, address, mail)
    except smtplib.SMTPAuthenticationError as error:
        raise Failed(SENDER) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Failed(UNREACHED, is_hanging=_hangs(error)) from error
    finally:
        with suppress(OSError, smtplib.SMTPException):
            connection.close()


def _composed(sender: str, address: str, *, title: str, text: str, message_id: str) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["Subject"], mail["From"], mail["To"] = title, sender, address
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2].rstrip('>')}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text, cte="base64")
    return mail.as_bytes()


class _Plain(smtplib.SMTP):
    """Can be cut off from outside, from the greeting on."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        found: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        handing.through(found)
        return found


class _Encrypted(smtplib.SMTP_SSL):
    """The same, encrypted from the first byte on."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        found: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        handing.through(found)
        return found


def _connected(to: Server) -> smtplib.SMTP:
    if to.is_tls:
        return _Encrypted(to.host, to.port, timeout=SECONDS, context=ssl.create_default_context())
    connection = _Plain(to.host, to.port, timeout=SECONDS)
    connection.ehlo_or_helo_if_needed()
    if connection.has_extn("starttls"):
        connection.starttls(context=ssl.create_default_context())
        handing.through(connection.sock)
    return connection


def _hand_over(connection: smtplib.SMTP, to: Server, sender: str, address: str, mail: bytes) -> None:
    connection.ehlo_or_helo_if_needed()
    if to.user and not isinstance(connection.sock, ssl.SSLSocket) and not _is_this_machine(to.host):
        raise Failed(NO_TLS)
    if to.user:
        connection.login(to.user, to.password)
    _require(connection.mail(_bare(sender))[0], TAKEN, SENDER)
    code = connection.rcpt(address)[0]
    _require(TAKEN if code == FORWARDED else code, TAKEN, NO_MAILBOX)
    _require(connection.docmd("DATA")[0], GO_AHEAD, BUSY)
    handing.begin()
    try:
        connection.send(re.sub(rb"(?m)^\.", b"..", mail) + b"\r\n.\r\n")
        code = connection.getreply()[0]
    except (OSError, smtplib.SMTPException) as error:
        raise Failed(UNSURE, is_unsure=True, is_hanging=_hangs(error)) from error
    _require(code, TAKEN, NO_MAILBOX)
    with suppress(OSError, smtplib.SMTPException):  # it has the mail: how it says goodbye does not matter
        connection.quit()


def _hangs(error: Exception) -> bool:
    """Whether nobody answered in time; smtplib makes a hang-up of that."""
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def _require(code: int, wanted: int, fault: str) -> None:
    if code != wanted:
        raise Failed(fault if code >= REFUSED_FOR_GOOD else BUSY)


def _bare(sender: str) -> str:
    """户廉码 <notice@h.example.cn> → notice@h.example.cn"""
    return sender.rpartition("<")[2].rstrip(">")


def _is_this_machine(host: str) -> bool:
    with suppress(OSError):
        return all(one[4][0] in {"127.0.0.1", "::1"} for one in socket.getaddrinfo(host, None))
    return False
