"""到点: what happens because time has passed and nobody did anything. A round a minute.

Each step is a transaction of its own, one batch at a time, so that pages get their turn in between; a step
that fails is logged and stops no other. Several processes may each have a timer: on PostgreSQL whoever has
the lock does the round, on SQLite there is one process.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import text

from feedback import closure, db, escalation, intake, worklist

ROUND = 60.0
"""Seconds from one round to the next."""
BATCHES = 1000
"""Batches of one step in one round; more than enough, so a step that never ends is noticed."""
LOCK = 0x48_4C_4D
"""The advisory lock of the round (HLM)."""

log = logging.getLogger(__name__)

Step = Callable[[], int]
"""Does one batch and says how many it did; 0 when nothing is left."""

STEPS: dict[str, Step] = {
    "closed by silence": closure.close_silent,
    "looked at again": closure.look_again,
    "rungs told": escalation.climb,
    "given back for absent owners": worklist.give_back_absent,
    "unfiled drafts forgotten": intake.forget_unfiled,
}


@dataclass
class Round:
    """What one round did, and what failed in it."""

    done: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def tick(steps: dict[str, Step] | None = None) -> Round:
    """One round of every step; does nothing where another process is doing it."""
    report = Round()
    with _the_only_one() as mine:
        for name, step in (steps or STEPS).items() if mine else ():
            try:
                report.done[name] = _to_its_end(step)
            except Exception as error:
                log.exception("the timer could not do: %s", name)
                report.failed[name] = str(error).splitlines()[0] if str(error) else type(error).__name__
    db.session.remove()
    return report


def _to_its_end(step: Step) -> int:
    total = 0
    for _ in range(BATCHES):
        count = db.in_turn(step)
        total += count
        if not count:
            return total
    raise RuntimeError(f"still not at its end after {BATCHES} batches")


@contextmanager
def _the_only_one() -> Iterator[bool]:
    if db.is_sqlite():
        yield True
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
    threading.Thread(target=_rounds, args=(stop,), name="timer", daemon=True).start()
    return stop


def _rounds(stop: threading.Event) -> None:
    while not stop.wait(ROUND):
        try:
            tick()
        except Exception:
            log.exception("a round of the timer failed")
