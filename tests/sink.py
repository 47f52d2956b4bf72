"""外面: a real mail server and a real gateway on this machine, which take messages, refuse them, hang, or hang up
after they took one. What arrived is kept."""

import asyncio
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mood(StrEnum):
    """How a server behaves."""

    TAKES = "takes"
    REFUSES = "refuses"
    HANGS = "hangs"
    """Says nothing any more, before it has taken anything."""
    TAKES_AND_HANGS_UP = "takes and hangs up"
    """Takes the message and never says so."""
    FORWARDS = "forwards"
    """A mail server that takes it for a mailbox elsewhere (RFC 5321, 3.4)."""


@dataclass
class Mailbox:
    """What a mail server does, and the mails it took."""

    port: int = 0
    mood: Mood = Mood.TAKES
    mails: list[EmailMessage] = field(default_factory=list)
    tries: int = 0
    gateway: "Gateway" = field(default_factory=lambda: Gateway())
    """The one beside it, where a test needs both."""

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.tries += 1
        if self.mood is Mood.REFUSES:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "251 not here, will forward" if self.mood is Mood.FORWARDS else "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        mail = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        if self.mood is Mood.TAKES_AND_HANGS_UP and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return "250 taken"


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """A mail server on a free port."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


@contextmanager
def silent_server() -> Iterator[int]:
    """A port where somebody answers the call and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@contextmanager
def dripping_server(first: bytes = b"") -> Iterator[int]:
    """A port where somebody answers a byte at a time and never comes to an end."""
    is_over = threading.Event()

    def drip(listening: socket.socket) -> None:
        with suppress(OSError):
            speaking, _where = listening.accept()
            with speaking:
                speaking.sendall(first)
                while not is_over.wait(0.02):
                    speaking.sendall(b"2")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,), daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        is_over.set()
        thread.join(5)


@dataclass
class Post:
    """One message that came to the gateway."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        return json.loads(self.body)

    def is_signed(self, key: str) -> bool:
        signed = f"{self.headers['x-hlm-timestamp']}.".encode() + self.body
        wanted = hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()
        return self.headers["x-hlm-signature"] == f"sha256={wanted}"


@dataclass
class Gateway:
    """What a gateway answers, and what it got."""

    port: int = 0
    mood: Mood = Mood.TAKES
    status: int = 200
    answer: bytes = b'{"errcode": 0}'
    location: str = ""
    posts: list[Post] = field(default_factory=list)
    hangs_for: float = 3.0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextmanager
def gateway() -> Iterator[Gateway]:
    """A gateway over plain http on a free port."""
    it = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            it.posts.append(Post(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            if it.mood is Mood.HANGS:
                time.sleep(it.hangs_for)
            if it.mood in {Mood.HANGS, Mood.TAKES_AND_HANGS_UP}:
                self.close_connection = True
                return
            self.send_response(500 if it.mood is Mood.REFUSES else it.status)
            if it.location:
                self.send_header("Location", it.location)
            self.send_header("Content-Length", str(len(it.answer)))
            self.end_headers()
            self.wfile.write(it.answer)

        def log_message(self, *_args: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    it.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield it
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
