"""A round of the timer with nothing due, in a small and in a large township: the time it takes, as a ratio.

All cases are open: owned by the guardians of a thousand micro-grids, each case with an event and
a notice that are dealt with, and woken by the timer tomorrow.

    python -m bench.tick [--small 10000] [--large 1000000] [--database postgresql+psycopg://…/empty]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import feedback.models  # noqa: F401 - every table, for create_all
from feedback import album, clock, db, timer
from feedback.models.kinds import Status
from feedback.models.people import Role
from tests import builders, crowd

ROUNDS = 20
MICROGRIDS = 998


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--small", type=int, default=10_000)
    arguments.add_argument("--large", type=int, default=1_000_000)
    arguments.add_argument("--database", help="an empty PostgreSQL database; default: SQLite files thrown away")
    given = arguments.parse_args()
    took = []
    for size in (given.small, given.large):
        with tempfile.TemporaryDirectory() as folder:
            filling = time.perf_counter()
            fill(given.database or f"sqlite:///{Path(folder) / 'bench.db'}", size)
            album.keep_in(Path(folder))
            print(f"{size:>10,} open cases written in {time.perf_counter() - filling:.0f} s", flush=True)
            took.append(round_ms())
            db.session.remove()
            db.Base.metadata.drop_all(db.engine())
            db.disconnect()
    small, large = took
    print(f"one round    {small:8.1f} ms  {large:8.1f} ms   large / small {large / small:.2f}")


def fill(url: str, size: int) -> None:
    """So many open cases of which none is due."""
    db.Base.metadata.create_all(db.connect(url))
    place = builders.a_township()
    builders.a_person(place.village, Role.VILLAGE)
    builders.a_person(place.township, Role.TOWNSHIP)
    builders.a_person(place.microgrid)
    crowd.microgrids(place, MICROGRIDS)
    filed_at, due = clock.now() - timedelta(days=2), clock.now() + timedelta(days=2)
    crowd.cases(
        size, is_owned=True, status=Status.IN_PROGRESS, filed_at=filed_at, arrived_at=filed_at, responded_at=filed_at,
        response_due_at=due, handling_due_at=due, handling_due_original_at=due, next_due_at=due,
        wakes_at=clock.now() + timedelta(days=1),
    )
    crowd.events(filed_at)
    crowd.notices(filed_at)
    crowd.analyse()


def round_ms() -> float:
    """The median round, once the first has looked for what is looked for once a day."""
    times = []
    for _ in range(ROUNDS + 1):
        begun = time.perf_counter()
        report = timer.tick()
        times.append(time.perf_counter() - begun)
        if report.failed:
            raise SystemExit(f"a step failed: {report.failed}")
    return statistics.median(times[1:]) * 1000


if __name__ == "__main__":
    main()
