"""耐心: nobody waits for ever; what is over is a sentence with status 503, nothing is half written, and it goes on."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from click.testing import CliRunner
from flask import Flask, Response
from flask.testing import FlaskClient
from sqlalchemy import Engine, make_url, text

from config import Config, ConfigError, load
from feedback import cli, clock, db, installation, migrations, patience, timer
from feedback.errors import Busy
from feedback.models.cases import Case
from feedback.web import create_app
from tests import builders
from tests.schema import Bench, go_back, in_cluster
from tests.test_cli import environment
from tests.visitor import Visitor

__all__ = ["environment"]

SLEEPS = text("SELECT pg_sleep(5)")
SOME_TOKEN = {"Authorization": f"Bearer hlm_{'a' * 43}"}


@pytest.fixture
def hurried(database: Engine, config: Config) -> Engine:
    """A process whose pages wait for a second at most, on PostgreSQL."""
    if database.dialect.name != "postgresql":
        pytest.skip("SQLite has no server")
    installation.open_with(replace(config, statement_seconds=2, lock_seconds=1, idle_transaction_seconds=2,
                                   database_connections=4))
    return db.engine()


@pytest.fixture
def page(app: Flask, hurried: Engine) -> Callable[[Callable[[], object]], tuple[int, str]]:
    """What a visitor sees of a page that does this."""
    todo: list[Callable[[], object]] = []

    def work() -> Response:
        todo.pop()()
        return Response("done", mimetype="text/plain")

    app.view_functions["machines.alive"] = work
    client = app.test_client()
    assert isinstance(client, Visitor)

    def visit(step: Callable[[], object]) -> tuple[int, str]:
        todo.append(step)
        answer = client.get("/healthz")
        return answer.status_code, answer.get_data(as_text=True)

    return visit


Page = Callable[[Callable[[], object]], tuple[int, str]]


def end_every_connection(bench: Bench) -> None:
    """What a server does that is started anew; only to the database of these tests: others run beside them."""
    assert bench.server is not None
    in_cluster(bench.server, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
               f" AND datname = '{make_url(bench.url).database}'")


def test_a_question_that_takes_too_long_is_a_sentence(page: Page) -> None:
    status, html = page(lambda: db.session.execute(SLEEPS))
    assert (status, patience.TOO_LONG in html) == (503, True)
    assert page(lambda: db.session.execute(text("SELECT 1"))) == (200, "done")


def test_a_row_another_is_changing_is_waited_for_and_then_it_is_a_sentence(page: Page, hurried: Engine) -> None:
    case = builders.a_case(builders.a_household(builders.a_township().microgrid))
    db.session.commit()
    case_id = case.id
    change = text("UPDATE feedback_case SET disputes = disputes + 1 WHERE id = :id").bindparams(id=case_id)
    with hurried.begin() as other:
        other.execute(change)
        status, html = page(lambda: db.session.execute(change))
        assert (status, patience.HELD in html) == (503, True)
    assert db.session.get_one(Case, case_id).disputes == 1


def test_a_transaction_that_does_nothing_ends_and_what_it_did_is_undone(page: Page) -> None:
    def stays() -> None:
        db.write()
        builders.a_township()
        db.session.flush()
        threading.Event().wait(2.6)
        db.session.execute(text("SELECT 1"))

    status, html = page(stays)
    assert status == 503
    assert patience.IDLE in html or patience.GONE in html
    assert db.session.scalar(text("SELECT count(*) FROM area")) == 0


def test_a_process_holds_so_many_connections_and_no_more(
    page: Page, hurried: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hurried.pool, "_timeout", 0.2)
    held = [hurried.connect() for _ in range(4)]
    try:
        status, html = page(lambda: db.session.execute(text("SELECT 1")))
    finally:
        for connection in held:
            connection.close()
    assert (status, patience.CROWDED in html) == (503, True)
    assert page(lambda: db.session.execute(text("SELECT 1"))) == (200, "done")


def test_a_server_that_was_started_anew_is_not_noticed_by_the_next_page(page: Page, bench: Bench) -> None:
    assert page(lambda: db.session.execute(text("SELECT 1"))) == (200, "done")
    end_every_connection(bench)
    assert page(lambda: db.session.execute(text("SELECT 1"))) == (200, "done")


def test_a_server_that_goes_away_in_the_middle_of_a_page_is_a_sentence(page: Page, bench: Bench) -> None:
    def in_the_middle() -> None:
        db.session.execute(text("SELECT 1"))
        end_every_connection(bench)
        db.session.execute(text("SELECT 1"))

    status, html = page(in_the_middle)
    assert (status, patience.GONE in html) == (503, True)
    assert page(lambda: db.session.execute(text("SELECT 1"))) == (200, "done")


def test_a_server_that_can_not_be_reached_is_a_sentence_and_is_noted(
    hurried: Engine, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    nobody_there = make_url(config.database_url).set(port=9).render_as_string(hide_password=False)
    app = create_app(replace(config, database_url=nobody_there))
    installation.open_with(app.extensions["config"])
    try:
        visitor = app.test_client()
        assert isinstance(visitor, FlaskClient)
        statuses = [visitor.get("/readyz").status_code, visitor.get("/api/v1/", headers=SOME_TOKEN).status_code]
        with pytest.raises(Busy, match=patience.GONE):
            db.session.execute(text("SELECT 1"))
    finally:
        db.session.remove()
        installation.open_with(config)
    assert statuses == [503, 503]
    assert "Connection refused" in caplog.text


def test_only_a_table_in_use_is_waited_for_by_a_step_of_the_schema(
    hurried: Engine, config: Config
) -> None:
    said: list[str] = []
    installation.open_with(
        replace(config, database_url=make_url(config.database_url).set(port=9).render_as_string(hide_password=False))
    )
    try:
        with pytest.raises(Busy, match=patience.GONE):
            migrations.upgrade(db.engine(), say=said.append, tries=2, pause=0)
    finally:
        installation.open_with(config)
    assert said == []


def test_what_nobody_waits_for_at_a_screen_may_take_its_time(hurried: Engine) -> None:
    def settings() -> list[str]:
        return [str(db.session.scalar(text(f"SHOW {name}"))) for name in patience.TIMEOUTS]

    assert settings() == ["2s", "1s", "2s"]
    db.session.rollback()
    seen: list[list[str]] = []
    timer.tick({"a step": lambda: seen.append(settings()) or 0})  # type: ignore[func-returns-value]
    with patience.unhurried():
        seen.append(settings())
        db.session.rollback()
    assert seen == [["0", "0", "0"]] * 2
    assert settings() == ["2s", "1s", "2s"]


def test_the_examination_says_what_is_set(environment: Config, database: Engine) -> None:
    said = CliRunner().invoke(cli.main, ["doctor"]).output
    wanted = "20 connections a process" if database.dialect.name == "postgresql" else "its turn to write within 20 s"
    assert wanted in said


def test_limits_are_settings() -> None:
    known = {"HLM_ALLOW_HTTP": "1", "HLM_STATEMENT_SECONDS": "7", "HLM_DATABASE_CONNECTIONS": "9"}
    limits = installation.limits(load(known))
    assert (limits.statement, limits.connections, limits.lock) == (7, 9, 10)
    with pytest.raises(ConfigError, match="at least 4"):
        load({**known, "HLM_DATABASE_CONNECTIONS": "1"})


def test_a_step_of_the_schema_does_not_stand_in_the_way_while_it_waits_for_a_table(hurried: Engine) -> None:
    """Somebody reads the table for long: the step steps aside, says so, and comes again."""
    said: list[str] = []
    go_back(hurried, "0002")
    try:
        with hurried.begin() as reader:
            reader.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            reader.execute(text("SELECT count(*) FROM feedback_case"))
            with pytest.raises(Busy):
                migrations.upgrade(hurried, say=said.append, tries=2, pause=0)
    finally:
        migrations.upgrade(hurried)
    assert len(said) == 1
    with hurried.connect() as connection:
        assert migrations.reached(connection) == migrations.newest()
    with clock.fixed(clock.now()):
        builders.a_case(builders.a_household(builders.a_township().microgrid))
