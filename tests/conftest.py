"""测试的地基: the same tests on SQLite and on PostgreSQL, a stopped clock, and pages that are looked at.

`--database postgresql` starts a private cluster. What this machine lacks is left out and named at the end;
with CI=true a missing part is a failure.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask, Response
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import Engine, event

from config import Config
from feedback import clock, db, installation
from feedback.codes import press
from tests import browser as browsers
from tests import machine
from tests.cluster import Cluster
from tests.schema import Bench
from tests.visitor import Visitor

NOW = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)
"""Thursday, 10:00 in Shanghai: a working day in office hours."""

hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")

CLUSTER = pytest.StashKey[Cluster]()
URL = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=["sqlite", "postgresql"], default="sqlite",
                     help="what the tests store in; postgresql starts a private cluster")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--database") == "sqlite" or config.getoption("--help", default=False):
        return
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        config.stash[URL] = worker["cluster"]
    elif machine.has_postgresql():
        config.stash[CLUSTER] = Cluster().start()
        config.stash[URL] = config.stash[CLUSTER].url()
    elif machine.is_ci():
        pytest.exit("PostgreSQL is not installed, and in CI it must be", returncode=1)
    else:
        pytest.exit("PostgreSQL is not installed: NOTHING was tested on it", returncode=0)


def pytest_unconfigure(config: pytest.Config) -> None:
    cluster = config.stash.get(CLUSTER, None)
    if cluster is not None:
        cluster.stop()


class Workers:
    """Tells each worker of pytest-xdist where the one cluster is."""

    @staticmethod
    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(node: Any) -> None:
        if URL in node.config.stash:
            node.workerinput["cluster"] = node.config.stash[URL]


def pytest_plugin_registered(plugin: object, manager: pytest.PytestPluginManager) -> None:
    if type(plugin).__name__ == "DSession" and not manager.has_plugin("hulianma-workers"):
        manager.register(Workers, "hulianma-workers")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test of a part this machine lacks is left out, or fails where nothing may be missing."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
        for marker, (is_there, what) in machine.PARTS.items():
            if item.get_closest_marker(marker) and not is_there() and not machine.is_ci():
                item.add_marker(pytest.mark.skip(reason=f"{what} is not installed"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Says plainly what was not looked at."""
    terminalreporter.write_line(f"database: {config.getoption('--database')}")
    left_out = len(terminalreporter.stats.get("skipped", []))
    missing = [what for is_there, what in machine.PARTS.values() if not is_there()]
    if missing and left_out:
        terminalreporter.write_line(f"NOT checked, {', '.join(missing)} not installed: {left_out} tests", yellow=True)


@pytest.fixture(scope="session")
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The schema, built by the migrations once a worker."""
    made = Bench.build(request.config.stash.get(URL, None), tmp_path_factory.mktemp("schema"))
    yield made
    made.clear_away()


@pytest.fixture
def config(bench: Bench, tmp_path: Path) -> Config:
    """Settings of an installation that exists for one test."""
    return Config(
        database_url=bench.url_for(tmp_path),
        base_url="http://localhost",
        secret_key="a key for tests only, never for a town",
        data_key=b"0123456789abcdef0123456789abcdef",
        data_dir=tmp_path / "data",
        allow_http=True,
    )


@pytest.fixture
def database(bench: Bench, config: Config, tmp_path: Path) -> Iterator[Engine]:
    """A fresh migrated database, bound to `db.session`, and the keys of this installation."""
    bench.fill(tmp_path)
    installation.open_with(config)
    engine = db.engine()
    hurry(engine)
    yield engine
    last = db.session.get_bind()  # a command may have opened it anew
    db.disconnect()
    last.engine.dispose()
    bench.empty()


def hurry(engine: Engine) -> None:
    """A database that lives for one test need not survive a power cut."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, record: connection.execute("PRAGMA synchronous=OFF"))


@pytest.fixture
def now() -> Iterator[datetime]:
    """The clock stands still at 10:00 on a working day, for every thread."""
    with clock.fixed(NOW, everywhere=True):
        yield NOW


@pytest.fixture
def app(config: Config, database: Engine) -> Flask:
    """The whole application on a fresh database; a request that answers well must have committed."""
    from feedback.web import create_app

    press.hand_to(None)
    made = create_app(config)
    made.testing = True
    made.error_handler_spec[None][None].pop(Exception, None)  # a fault in the code is a fault of the test
    made.test_client_class = Visitor

    @made.after_request
    def nothing_is_left_uncommitted(response: Response) -> Response:
        held = db.session()
        pending = held.new or held.dirty or held.deleted
        assert response.status_code >= 400 or not (db.is_writing() or pending), "the door did not commit"
        return response

    return made


@pytest.fixture
def client(app: Flask) -> Visitor:
    """Somebody with a browser, without JavaScript, who looks at every page she is given."""
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    return visitor


@pytest.fixture
def live(config: Config, database: Engine) -> Iterator[browsers.Live]:
    """The application served on a free port; `live.url` is what plates carry."""
    with browsers.served(config) as it:
        yield it


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium a worker."""
    with sync_playwright() as playwright:
        browser = browsers.launched(playwright)
        yield browser
        browser.close()


@pytest.fixture
def phone(chromium: Browser, live: browsers.Live) -> Iterator[Page]:
    """A villager's phone, 360 px wide."""
    with browsers.visiting(chromium, live, browsers.PHONE) as page:
        yield page


@pytest.fixture
def plain_phone(chromium: Browser, live: browsers.Live) -> Iterator[Page]:
    """The same phone with JavaScript off."""
    with browsers.visiting(chromium, live, browsers.PHONE, java_script_enabled=False) as page:
        yield page


@pytest.fixture
def second_phone(chromium: Browser, live: browsers.Live) -> Iterator[Page]:
    """Somebody else's phone: the guardian's, beside the villager's."""
    with browsers.visiting(chromium, live, browsers.PHONE) as page:
        yield page


@pytest.fixture
def desktop(chromium: Browser, live: browsers.Live) -> Iterator[Page]:
    """A clerk's screen, 1280 px wide."""
    with browsers.visiting(chromium, live, browsers.DESKTOP) as page:
        yield page
