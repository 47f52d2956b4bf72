"""量一量: what the figures of a county cost, from what is kept beside the cases and asked directly, in one run.

    python -m bench.figures [--cases 200000] [--database postgresql+psycopg://…/name] [--folder FOLDER]

For SQLite and, where one is named, a PostgreSQL database (both made by `bench/county.py`, or found): the figures of a
township's page and of the county's; the cases behind a number; all of it made anew beside one reading of all events
(in a smaller county); and what counting a filing costs beside the filing. Medians of rounds that take turns, by the
clock and, in brackets, of the processors' time: on a busy machine that is what compares.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import create_engine, func, make_url, select, text

from bench import county, direct, submission
from feedback import clock, db, patience, stats
from feedback.models.cases import CaseEvent
from feedback.models.people import Person, Role, Service
from feedback.stats import By, rollup
from feedback.stats.cohort import steps
from feedback.stats.members import Part

TOWNSHIP = "330281105"
MONTH = date(2026, 10, 1), date(2026, 10, 31)
BEFORE = date(2026, 9, 1), date(2026, 9, 30)
YEAR = date(2025, 12, 1), date(2026, 11, 30)
NUMBERS: dict[str, tuple[str, Part, Mapping[By, str], str]] = {
    "late answers": ("handling_on_time", Part.MISSING, {}, "handling_due_at < :now AND handled_at > handling_due_at"),
    "not solved": ("resolution", Part.MISSING, {}, "answer = 'not_solved'"),
    "complaints": ("received", Part.OF, {By.KIND: "complaint"}, "kind = 'complaint'"),
    "open": ("open", Part.OF, {}, "closed_at IS NULL"),
}
PAGE = 50
Step = Callable[[], object]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cases", type=int, default=200_000)
    arguments.add_argument("--small", type=int, default=20_000, help="cases of the county that is counted anew")
    arguments.add_argument("--database", help="a PostgreSQL database; without it SQLite alone")
    arguments.add_argument("--folder", type=Path, default=county.FOLDER)
    arguments.add_argument("--lived", type=int, default=county.LIVED, help="cases of the demo that is copied")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--without-events", action="store_true", help="leave out what is asked of the events in SQL")
    given = arguments.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    for name, url_of in addresses(given.folder, given.database).items():
        count = county.made(url_of(given.cases), given.folder, cases=given.cases, lived=given.lived)
        with clock.fixed(county.NOW, everywhere=True):
            print(f"\n{name}, {count:,} cases")
            pages(given.rounds, with_events=not given.without_events)
            drill_downs(given.rounds, with_events=not given.without_events)
        small = county.made(url_of(given.small), given.folder, cases=given.small, lived=given.lived)
        with clock.fixed(county.NOW, everywhere=True):
            print(f"  of {small:,} cases:")
            anew()
            submission.upkeep()
        db.disconnect()


def addresses(folder: Path, database: str | None) -> dict[str, Callable[[int], str]]:
    """Where the county of so many cases is, in each database."""
    found: dict[str, Callable[[int], str]] = {"SQLite": lambda cases: f"sqlite:///{folder / f'county-{cases}.db'}"}
    if database is not None:
        found["PostgreSQL"] = lambda cases: _beside(database, cases)
    return found


def _beside(database: str, cases: int) -> str:
    """A database of that size on the same server, made where there is none."""
    url = make_url(database)
    name = f"{url.database}_{cases}"
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        if not connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}):
            connection.execute(text(f'CREATE DATABASE "{name}"'))
    server.dispose()
    return url.set(database=name).render_as_string(hide_password=False)


def leader(area_code: str) -> Person:
    """Somebody who may see the area's figures."""
    found = select(Person).join(Service, Service.person_id == Person.id)
    return db.session.scalars(found.where(Service.area_code == area_code, Service.role == Role.TOWNSHIP)).first() or (
        db.session.scalars(found.where(Service.role == Role.TOWNSHIP)).first() or Person())


# ---------------------------------------------------------------- pages and what is behind a number


def pages(rounds: int, *, with_events: bool) -> None:
    """The rows that an overview shows of an area: a month, the one before, and a year's months and places."""
    for title, code in (("page of a township", TOWNSHIP), ("page of the county", county.COUNTY)):
        viewer = leader(TOWNSHIP)
        asked = _asked(code, YEAR)
        ways: dict[str, Step] = {
            "kept": lambda code=code, viewer=viewer: _page(code, viewer),  # type: ignore[misc]
            "SQL over cases": lambda asked=asked: asked.page(direct.OF_CASES),  # type: ignore[misc]
        }
        if with_events and code == TOWNSHIP:
            ways["SQL over events"] = lambda asked=asked: asked.page(direct.OF_EVENTS)  # type: ignore[misc]
            ways["facts from events"] = lambda code=code, viewer=viewer: _from_events(code, viewer)  # type: ignore[misc]
        told(title, medians(ways, rounds))


def _page(code: str, viewer: Person) -> None:
    view = stats.view(code, *YEAR, viewer=viewer)
    for days, by in ((MONTH, ()), (BEFORE, ()), (YEAR, (By.MONTH,)), (YEAR, (By.AREA, By.MONTH)), (MONTH, (By.AREA,)),
                     (MONTH, (By.KIND,))):
        view.rows(*days, by)


def _from_events(code: str, viewer: Person) -> None:
    cohort = stats.read(code, *YEAR, viewer=viewer)
    for days, by in ((MONTH, ()), (BEFORE, ()), (YEAR, (By.MONTH,)), (YEAR, (By.AREA, By.MONTH)), (MONTH, (By.AREA,)),
                     (MONTH, (By.KIND,))):
        stats.rows(cohort.filed(*days), by)


def drill_downs(rounds: int, *, with_events: bool) -> None:
    """The first page of the cases behind a number, and how many there are: of a year of a township."""
    viewer, asked = leader(TOWNSHIP), _asked(TOWNSHIP, YEAR)
    for name, (key, part, words, condition) in NUMBERS.items():
        def ours(key: str = key, part: Part = part, words: Mapping[By, str] = words) -> None:
            found = stats.view(TOWNSHIP, *YEAR, viewer=viewer).behind(key, part, *YEAR, words)
            found.page(None, PAGE)
            _ = found.count

        of_cases = condition.replace("handled_at", "reported_at")
        ways: dict[str, Step] = {
            "kept": ours,
            "SQL over cases": lambda condition=of_cases: asked.behind(condition),  # type: ignore[misc]
        }
        if with_events:
            ways["SQL over events"] = lambda condition=condition: asked.behind_events(condition)  # type: ignore[misc]
        told(f"cases behind: {name}", medians(ways, rounds))


def _asked(code: str, days: tuple[date, date]) -> direct.Asked:
    return direct.Asked(code, clock.start_of(days[0]), clock.end_of(days[1]), clock.now())


# ---------------------------------------------------------------- made anew


def anew() -> None:
    """Everything counted from the events again, beside reading all of them once."""
    def read_all() -> None:
        wanted = select(*CaseEvent.__table__.c).order_by(CaseEvent.id)
        rows = db.session.execute(wanted.execution_options(yield_per=10_000))
        for _ in rows:
            pass

    def steps_of_all() -> None:
        for _ in steps(CaseEvent.id > 0, clock.now() + timedelta(days=1)):
            pass

    reading, stepping = timed(read_all), timed(steps_of_all)
    db.session.rollback()

    def rebuild() -> None:
        db.in_turn(county.forget)
        while db.in_turn(rollup.keep_up):
            pass

    took = timed(rebuild)
    print(f"  {'counted anew':<28} {took:8.1f} s   one reading of all events {reading:.1f} s = {took / reading:.1f} x"
          f"   of their steps {stepping:.1f} s = {took / stepping:.1f} x", flush=True)


# ---------------------------------------------------------------- the stopwatch


class Took(NamedTuple):
    """Seconds by the clock; and of processors, ours and that of the server's process, whoever else is busy."""

    clock: float
    processor: float


def timed(step: Step) -> float:
    begun = time.perf_counter()
    step()
    return time.perf_counter() - begun


def both(step: Step) -> Took:
    server = _server()
    before, begun = _processor(server), time.perf_counter()
    step()
    return Took(time.perf_counter() - begun, _processor(server) - before)


def _server() -> Path | None:
    """What the kernel says of the process that answers our connection; None where it is ours, or elsewhere."""
    if db.is_sqlite():
        return None
    found = Path(f"/proc/{db.session.scalar(select(func.pg_backend_pid()))}/schedstat")
    return found if found.exists() else None


def _processor(server: Path | None) -> float:
    return time.process_time() + (int(server.read_text().split()[0]) / 1e9 if server else 0.0)


def medians(ways: Mapping[str, Step], rounds: int) -> dict[str, Took]:
    """Of each way; they take turns, and what takes minutes is asked less often."""
    took: dict[str, list[Took]] = {name: [] for name in ways}
    for _ in range(rounds + 1):  # the first warms what is read
        for name, way in ways.items():
            if len(took[name]) < 2 or took[name][-1].clock < 5:
                took[name].append(both(way))
                db.session.rollback()
    return {name: Took(*(statistics.median(part) for part in zip(*(found[1:] or found), strict=True)))
            for name, found in took.items()}


def told(title: str, found: Mapping[str, Took]) -> None:
    kept = found["kept"]
    others = "   ".join(f"{name} {one.clock * 1000:9.1f} ms = {one.clock / kept.clock:6.0f} x"
                        f" ({one.processor / kept.processor:.0f} x)" for name, one in found.items() if name != "kept")
    print(f"  {title:<28} {kept.clock * 1000:8.1f} ms ({kept.processor * 1000:.1f} ms)   {others}", flush=True)


if __name__ == "__main__":
    with patience.unhurried():
        main()
