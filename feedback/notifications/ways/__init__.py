"""送达: the ways by which a message leaves the house, and which of them this installation has.

No transaction is open and no lock held while anything here runs: the other side takes as long as it takes, but
never longer than LONGEST.
"""

import contextvars
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from config import Config
from feedback.errors import Refusal
from feedback.models.notices import Via
from feedback.notifications.ways import handing, hooks, mail
from feedback.notifications.ways.faults import NO_WAY, UNREACHED, UNSURE, Failed

LONGEST = 15.0
"""Seconds that one message may take, names and handshakes included."""
BOTS = frozenset({Via.DINGTALK, Via.WECOM, Via.FEISHU})

_config = Config()


def use(config: Config) -> None:
    """Sets this process's mail server, gateway and hosts inside, once at start-up."""
    global _config
    _config = config


def base_url() -> str:
    """What links begin with."""
    return _config.base_url


def offered() -> list[Via]:
    """The ways this installation can send by; the list in the program is no sending."""
    missing = {Via.LIST}
    if not _config.smtp_url:
        missing.add(Via.EMAIL)
    if not has_sms():
        missing.add(Via.SMS)
    return [via for via in Via if via not in missing]


def has_sms() -> bool:
    return bool(_config.sms_url)


def check(via: Via, address: str) -> str:
    """The address as it is kept. Raises Refusal with a sentence where nothing could arrive there."""
    if via not in offered():
        raise Refusal(NO_WAY, field="address")
    match via:
        case Via.EMAIL:
            return mail.check(address)
        case Via.WEBHOOK:
            return hooks.check(address, inside=_config.notice_hosts_inside)
        case Via.SMS:
            return hooks.check_number(address)
        case _:
            from feedback.notifications.ways import bots  # only who has a bot waits until Apprise is loaded

            return bots.check(via, address)


def server(via: Via, address: str) -> str:
    """Which server takes a message: when that one hangs, others need not wait for it."""
    return f"{via}:{urlsplit(address).hostname}" if via is Via.WEBHOOK else via.value


def send(via: Via, address: str, *, title: str, text: str, link: str, message_id: str) -> None:
    """Sends one message; the same `message_id` again says that it may be the same message again. Raises Failed."""
    if via not in offered():
        raise Failed(NO_WAY)

    def work() -> None:
        _send(via, address, title=title, text=text, link=link, message_id=message_id)

    _within(LONGEST, work)


def _send(via: Via, address: str, *, title: str, text: str, link: str, message_id: str) -> None:
    inside = _config.notice_hosts_inside
    match via:
        case Via.EMAIL:
            mail.send(mail.server(_config.smtp_url), _config.smtp_from, address, title=title,
                      text=f"{text}\n{link}".strip() + "\n", message_id=message_id)
        case Via.WEBHOOK:
            hooks.send(address, title=title, text=text, link=link, message_id=message_id, inside=inside)
        case Via.SMS:
            gateway = (*inside, urlsplit(_config.sms_url).hostname or "")
            hooks.send_sms(_config.sms_url, _config.sms_key, address, title=title, text=text, link=link,
                           message_id=message_id, inside=gateway)
        case _:
            from feedback.notifications.ways import bots

            bots.send(via, address, text=f"{title}\n{text}", link=link, message_id=message_id, inside=inside)


def _within(seconds: float, work: Callable[[], None]) -> None:
    """Does the work in a thread of its own and waits no longer: a server that answers a byte a second is left alone.

    Who was not about to hand the message over by then does so no more, and it surely did not arrive.
    """
    raised: list[BaseException] = []
    turn = handing.Turn()

    def run() -> None:
        handing.use(turn)
        try:
            work()
        except BaseException as error:
            raised.append(error)

    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(run,), name="sending", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        is_unsure = turn.end()
        raise Failed(UNSURE if is_unsure else UNREACHED, is_unsure=is_unsure, is_hanging=True)
    if raised:
        if isinstance(raised[0], Refusal):
            raise Failed(raised[0].sentence) from raised[0]
        raise raised[0]


__all__ = ["Failed", "base_url", "check", "has_sms", "offered", "send", "server", "use"]
