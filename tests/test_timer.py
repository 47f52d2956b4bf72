"""What time does alone: each step by itself, to its end, by one process at a time."""

import logging

import pytest
from sqlalchemy import Engine, select, text

from feedback import db, timer
from feedback.models.records import Instance


def note(key: str) -> int:
    """A step that leaves a row the first time and then has nothing to do."""
    if db.session.get(Instance, key) is not None:
        return 0
    db.session.add(Instance(key=key, value="done"))
    db.session.flush()
    return 1


def left() -> set[str]:
    return set(db.session.scalars(select(Instance.key)))


def test_a_step_that_fails_leaves_nothing_and_stops_no_other(
    database: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> int:
        note("half")
        raise ValueError("no such thing")

    with caplog.at_level(logging.CRITICAL, logger="feedback.timer"):
        report = timer.tick({"first": lambda: note("first"), "broken": broken, "last": lambda: note("last")})
    assert report.done == {"first": 1, "last": 1}
    assert report.failed == {"broken": "no such thing"}
    assert left() == {"first", "last"}


def test_a_step_is_done_batch_by_batch_until_nothing_is_left(database: Engine) -> None:
    waiting = [2, 2, 1]
    report = timer.tick({"closing": lambda: waiting.pop() if waiting else 0})
    assert report.done == {"closing": 5}


def test_a_step_that_never_ends_is_given_up_and_named(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timer, "BATCHES", 3)
    assert "3 batches" in timer.tick({"endless": lambda: 1}).failed["endless"]


def test_a_second_process_leaves_the_round_to_the_first(database: Engine) -> None:
    if db.is_sqlite():
        pytest.skip("on SQLite there is one serving process")
    with database.connect() as first:
        first.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": timer.LOCK})
        assert timer.tick({"first": lambda: note("first")}).done == {}
        first.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": timer.LOCK})
    assert timer.tick({"first": lambda: note("first")}).done == {"first": 1}


def test_the_real_steps_have_nothing_to_do_in_an_empty_township(database: Engine) -> None:
    report = timer.tick()
    assert report.failed == {}
    assert set(report.done.values()) == {0}
