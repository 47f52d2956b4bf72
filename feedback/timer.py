"""到点: what happens because time has passed and nobody did anything. A round a minute.

Each step is a transaction of its own, one batch at a time, so that pages get their turn in between; a step
that fails is logged and stops no other, one with more to do than fits into a round goes on in the next. Whoever has
the lock does the round: no two ever run at once, whatever number of processes serve. Messages go out last, outside of
any transaction and within a time of their own: a network that hangs delays the next round by no more than that.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from feedback import alerts, alone, attendance, closure, db, escalation, intake, notifications, patience, rounds
from feedback.codes import press
from feedback.stats import boards, rollup
from feedback.supervision import signs

ROUND = 60.0
"""Seconds from one round to the next."""
SOON = 1.0
"""The same where a step was not at its end."""
SHARE = 10.0
"""Seconds of one round a step may take."""
LOCK = 0x48_4C_4D
"""The advisory lock of the round (HLM)."""

log = logging.getLogger(__name__)

Step = Callable[[], int]
"""Does one batch and says how many it did; 0 when nothing is left."""

STEPS: dict[str, Step] = {
    "closed by silence": closure.close_silent,
    "looked at again": closure.look_again,
    "given back for absent owners": attendance.give_back,
    "moved up from empty teams": attendance.move_up,
    "climbed": escalation.climb,
    "signs looked for": signs.look,
    "events told": notifications.take,
    "unfiled drafts forgotten": intake.forget_unfiled,
}
"""In this order: a case is first where it belongs, then its rungs are told to whoever has it, then people hear."""
AFTERWARDS: dict[str, Step] = {
    "alerts looked for": alerts.looking.look,
    "cases counted": rollup.keep_up,
    "boards told": boards.publish,
    "runs sent to be printed": press.begin,
    "old sheets taken away": press.clear_away,
}
"""When the messages are out: where a county's figures are made anew they take many rounds, and nobody waits."""


@dataclass
class Round:
    """What one round did, what failed in it, and which steps had more to do. Not mine: another process had the lock."""

    is_mine: bool = True
    done: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    unfinished: list[str] = field(default_factory=list)


def tick(steps: dict[str, Step] | None = None) -> Round:
    """One round of every step; does nothing where another process is doing it."""
    report = Round()
    with patience.unhurried(), _the_only_one() as report.is_mine:
        if report.is_mine:
            for name, step in (steps or STEPS).items():
                _to_its_end(name, step, report)
            if steps is None:
                _send(report)
                for name, step in AFTERWARDS.items():
                    _to_its_end(name, step, report)
            _one("noted", lambda: rounds.note(report.failed), report)
    db.session.remove()
    return report


def _to_its_end(name: str, step: Step, report: Round) -> None:
    begun = time.monotonic()
    report.done[name] = 0
    while count := _one(name, step, report):
        report.done[name] += count
        if time.monotonic() - begun > SHARE:
            report.unfinished.append(name)
            return


def _send(report: Round) -> None:
    """Once nothing is left to tell, so that what gathered while the timer stood still is one message a person; until
    then life and safety alone. It takes its own short transactions: none is open while a message is on its way."""
    db.session.remove()
    try:
        report.done["notices sent"] = notifications.send(urgent_only=bool(report.unfinished))
    except Exception as error:
        log.exception("the timer could not do: %s", "notices sent")
        report.failed["notices sent"] = str(error).splitlines()[0] if str(error) else type(error).__name__


def _one(name: str, step: Callable[[], int | None], report: Round) -> int:
    """One batch; 0 where it failed."""
    try:
        return db.in_turn(step) or 0
    except Exception as error:
        log.exception("the timer could not do: %s", name)
        report.failed[name] = str(error).splitlines()[0] if str(error) else type(error).__name__
        return 0


@contextmanager
def _the_only_one() -> Iterator[bool]:
    if db.is_sqlite():
        with alone.holding(Path(f"{db.engine().url.database}.round")) as mine:
            yield mine
        return
    with db.engine().connect() as connection:
        mine = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK}))
        connection.commit()
        try:
            yield mine
        finally:
            if mine:
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
                connection.commit()


def start() -> threading.Event:
    """Begins the rounds in a thread of this process; setting the event ends them."""
    stop = threading.Event()
    threading.Thread(target=_again_and_again, args=(stop, _round), name="timer", daemon=True).start()
    return stop


def _again_and_again(stop: threading.Event, once: Callable[[], float]) -> None:
    pause = ROUND
    while not stop.wait(pause):
        try:
            pause = once()
        except Exception:
            log.exception("a round of the %s failed", threading.current_thread().name)
            pause = ROUND


def _round() -> float:
    return SOON if tick().unfinished else ROUND
