"""A guardian's queue in a small and in a large database: the first page and the counts, as a ratio.

Both databases hold the same thirty open cases of one micro-grid; the large one holds millions of closed cases
around them, spread over a thousand micro-grids (this one among them).

    python -m bench.worklist [--small 5000] [--large 5000000] [--database postgresql+psycopg://…/empty]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

import feedback.models  # noqa: F401 - every table, for create_all
from feedback import db, queue
from feedback.models.people import Person, Role
from tests import builders

OPEN = 30
ROUNDS = 200
MICROGRIDS = 999

NUMBERS = {
    "sqlite": "WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < :n)",
    "postgresql": "WITH g(i) AS (SELECT generate_series(1, :n))",
}
DIGEST = {"sqlite": "CAST('bench-' || i AS BLOB)", "postgresql": "convert_to('bench-' || i, 'UTF8')"}
CLOSED = """
INSERT INTO feedback_case (number, area_code, team_id, kind, is_urgent, channel, is_marked, is_visit_wanted, status,
  events_count, filed_at, arrived_at, responded_at, reported_at, closed_at, response_due_at, handling_due_at,
  handling_due_original_at, outcome, disputes, is_on_discipline_list, is_for_discipline_alone, receipt_digest,
  request_digest)
{numbers}
SELECT 'b' || i, codes.code, codes.team, 'help', {false}, 'door', {false}, {true}, 'closed', 6, {at}, {at}, {at}, {at},
  {at}, {at}, {at}, {at}, 'resolved', 0, {false}, {false}, {digest}, {digest}
FROM g JOIN codes ON codes.n = i % {microgrids}
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--small", type=int, default=5_000)
    arguments.add_argument("--large", type=int, default=5_000_000)
    arguments.add_argument("--database", help="an empty PostgreSQL database; default: SQLite files thrown away")
    given = arguments.parse_args()
    figures: dict[str, list[float]] = {}
    for size in (given.small, given.large):
        with tempfile.TemporaryDirectory() as folder:
            filling = time.perf_counter()
            guardian = filled(given.database or f"sqlite:///{Path(folder) / 'bench.db'}", size)
            print(f"{size:>10,} closed cases written in {time.perf_counter() - filling:.0f} s", flush=True)
            for name, look in {
                "first page": lambda who=guardian: queue.due_first(who),
                "counts": lambda who=guardian: queue.counts(who),
            }.items():
                figures.setdefault(name, []).append(median_ms(look))
            db.session.remove()
            db.Base.metadata.drop_all(db.engine())
            db.disconnect()
    for name, (small, large) in figures.items():
        print(f"{name:<12} {small:8.2f} ms  {large:8.2f} ms   large / small {large / small:.2f}")


def filled(url: str, closed: int) -> Person:
    """A database with so many closed cases, and the guardian who has thirty open ones in it."""
    engine = db.connect(url)
    db.Base.metadata.create_all(engine)
    place = builders.a_township()
    guardian = builders.a_person(place.microgrid, Role.GUARDIAN)
    household = builders.a_household(place.microgrid)
    for _ in range(OPEN):
        builders.a_case(household)
    db.session.commit()
    db.write()
    run = db.session.connection()
    run.execute(text("CREATE TEMPORARY TABLE codes (n INTEGER, code VARCHAR(18), team BIGINT)"))
    codes = [place.microgrid.code, *(f"{place.grid.code}{n:03d}" for n in range(2, MICROGRIDS + 1))]
    run.execute(
        text("INSERT INTO area (code, name, parent_code) VALUES (:code, :code, :parent)"),
        [{"code": code, "parent": place.grid.code} for code in codes[1:]],
    )
    run.execute(
        text("INSERT INTO team (area_code, kind, name) VALUES (:code, 'area', :code)"),
        [{"code": code} for code in codes[1:]],
    )
    run.execute(
        text("INSERT INTO codes SELECT :n, :code, (SELECT id FROM team WHERE area_code = :code AND kind = 'area')"),
        [{"n": n, "code": codes[n]} for n in range(MICROGRIDS)],
    )
    dialect = engine.dialect.name
    is_lite = dialect == "sqlite"
    run.execute(
        text(CLOSED.format(
            numbers=NUMBERS[dialect], digest=DIGEST[dialect], microgrids=MICROGRIDS,
            at="'2026-01-05 02:00:00.000000'", false="0" if is_lite else "FALSE", true="1" if is_lite else "TRUE",
        )),
        {"n": closed},
    )
    db.session.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
        plain.exec_driver_sql("ANALYZE")
    return db.session.get_one(Person, guardian.id)


def median_ms(look: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        look()
        times.append(time.perf_counter() - begun)
        db.session.rollback()
    return statistics.median(times) * 1000


if __name__ == "__main__":
    main()
