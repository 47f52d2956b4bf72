"""浏览器: the application served to a real Chromium, on a phone of 360 px or a desktop, with scripts or without.

A page that raises an error in a script, or asks any other host for anything, fails its test.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, Playwright, Request, expect
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from config import Config
from feedback import db
from feedback.models.people import Person
from feedback.web import create_app
from tests import machine, staff
from tests.visitor import Visitor

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True,
    "locale": "en-US",  # as old phones claim; pages stay Chinese
}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "locale": "zh-CN"}
ARGUMENTS = ["--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking"]
PATIENCE = 30_000
"""Milliseconds a page may take, or what is expected of it: a busy machine is not a fault of the page."""

expect.set_options(timeout=PATIENCE)


class Gate:
    """Lets requests through to the application. While it is closed none is inside: a command that runs in this
    process opens the database anew, and a request's connection would be lost with the pool it came from."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._changed = threading.Condition()
        self._inside = 0
        self._is_closed = False

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        with self._changed:
            self._changed.wait_for(lambda: not self._is_closed)
            self._inside += 1
        try:
            return self.app(environ, start_response)
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Waits for those inside, and keeps all others out."""
        with self._changed:
            self._is_closed = True
            self._changed.wait_for(lambda: self._inside == 0)
        try:
            yield
        finally:
            with self._changed:
                self._is_closed = False
                self._changed.notify_all()


@dataclass(frozen=True)
class Live:
    """The application as it is served during one test."""

    url: str
    app: Flask
    config: Config
    gate: Gate


class Patient(WSGIRequestHandler):
    """Lets go of a line that a browser opened ahead and never used."""

    timeout = PATIENCE / 1000


class Server(ThreadedWSGIServer):
    """One thread a request; closing it waits for all of them."""

    daemon_threads = False


@contextmanager
def served(config: Config) -> Iterator[Live]:
    """The application on a free port of this machine; its plates and links carry that port. It ends with its last
    request: one that outlived it would open a connection in a pool that is thrown away."""
    server = Server("127.0.0.1", 0, Flask("nothing"), handler=Patient)
    at = replace(config, base_url=f"http://localhost:{server.server_port}")
    app = create_app(at)
    server.app = gate = Gate(app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Live(at.base_url, app, at, gate)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def launched(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=machine.chromium(), args=ARGUMENTS)


@dataclass
class Watched:
    """What went wrong on the pages of one visitor."""

    host: str
    faults: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("request", self._asked)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.host, "data:", "blob:", "about:")):
            self.faults.append(f"asked {request.url}")


@contextmanager
def visiting(browser: Browser, live: Live, device: dict[str, Any], **options: Any) -> Iterator[Page]:
    """A page of somebody with this device and no cookies yet."""
    context = browser.new_context(base_url=live.url, **device, **options)
    context.set_default_timeout(PATIENCE)
    watched = Watched(live.url)
    context.on("page", watched.watch)
    try:
        yield context.new_page()
    finally:
        context.close()
    assert not watched.faults, "; ".join(watched.faults)


@contextmanager
def as_staff(browser: Browser, live: Live, person: Person, device: dict[str, Any], language: str) -> Iterator[Page]:
    """A page of somebody who is signed in already, in one language."""
    visitor = Visitor(live.app, live.app.response_class)
    staff.put_on(visitor, person)
    name = live.app.config["SESSION_COOKIE_NAME"]
    key = visitor.get_cookie(name)
    assert key is not None
    db.session.remove()
    with visiting(browser, live, device) as page:
        page.context.add_cookies([{"name": name, "value": key.value, "url": live.url}])
        page.goto(f"/privacy?lang={language}")
        yield page


def tap(target: Locator) -> None:
    """Taps what leads to another page and waits for it: what is read or asked for next would meet the old page, or cut
    the tap short."""
    with target.page.expect_navigation():
        target.click()


def hindrances(page: Page) -> list[str]:
    """What axe finds that would hinder somebody; empty for a good page."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['help']} ({each['nodes'][0]['target'][0]})" for each in found]


def is_within_its_width(page: Page) -> bool:
    """No sideways scrolling."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
