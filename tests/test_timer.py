"""What time does alone: each step by itself, to its end, by one process at a time."""

import logging
import threading

import pytest
from sqlalchemy import Engine, select

from feedback import db, rounds, timer
from feedback.models.records import Instance


def note(key: str) -> int:
    """A step that leaves a row the first time and then has nothing to do."""
    if db.session.get(Instance, key) is not None:
        return 0
    db.session.add(Instance(key=key, value="done"))
    db.session.flush()
    return 1


def left() -> set[str]:
    return set(db.session.scalars(select(Instance.key))) - {rounds.ROUND, rounds.FAILED}


def test_a_step_that_fails_leaves_nothing_and_stops_no_other(
    database: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> int:
        note("half")
        raise ValueError("no such thing")

    with caplog.at_level(logging.CRITICAL, logger="feedback.timer"):
        report = timer.tick({"first": lambda: note("first"), "broken": broken, "last": lambda: note("last")})
    assert report.done == {"first": 1, "broken": 0, "last": 1}
    assert report.failed == {"broken": "no such thing"}
    assert left() == {"first", "last"}


def test_a_step_is_done_batch_by_batch_until_nothing_is_left(database: Engine) -> None:
    waiting = [2, 2, 1]
    report = timer.tick({"closing": lambda: waiting.pop() if waiting else 0})
    assert report.done == {"closing": 5}


def test_a_step_with_too_much_to_do_leaves_the_rest_to_the_next_round_and_delays_no_other(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timer, "SHARE", 0)
    waiting = [2, 2, 1]
    steps = {"closing": lambda: waiting.pop() if waiting else 0, "last": lambda: note("last")}
    report = timer.tick(steps)
    assert report.done == {"closing": 1, "last": 1}
    assert report.unfinished == ["closing", "last"]
    assert left() == {"last"}
    assert [timer.tick(steps).done["closing"] for _ in range(3)] == [2, 2, 0]
    assert timer.tick(steps).unfinished == []


def test_two_rounds_never_run_at_once(database: Engine) -> None:
    inside: list[timer.Round] = []

    def meanwhile() -> int:
        if not inside:
            second = threading.Thread(target=lambda: inside.append(timer.tick({"first": lambda: note("second")})))
            second.start()
            second.join()
        return 0

    report = timer.tick({"first": meanwhile})
    assert report.is_mine
    assert [(one.is_mine, one.done) for one in inside] == [(False, {})]
    assert timer.tick({"first": lambda: note("first")}).done == {"first": 1}
    assert left() == {"first"}


def test_the_real_steps_have_nothing_to_do_in_an_empty_township(database: Engine) -> None:
    report = timer.tick()
    assert report.failed == {}
    assert set(report.done.values()) == {0}
