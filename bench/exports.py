"""Exports of 100,000 and of 1,000,000 rows: the memory they take, as a ratio, and their pace beside a bare csv.writer.

Each export is a process of its own, which says how much memory it ever held; one over days without a case says
what the program takes by itself. A case has six events.

    python -m bench.exports [--small 100000] [--large 1000000] [--xlsx] [--database postgresql+psycopg://…/empty]
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, literal, select

import feedback.models  # noqa: F401 - every table, for create_all
from feedback import db, export
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action, Status
from tests import builders, crowd

EVENTS = (Action.SUBMIT, Action.ASSIGN, Action.RESPOND, Action.VISIT, Action.REPORT_BACK, Action.CONFIRM)
FILED_AT = datetime(2026, 11, 2, 2, tzinfo=UTC)
FROM_ON, TO_ON = date(2026, 11, 1), date(2026, 11, 30)
AREA = builders.CODES["township"]
MICROGRIDS = 998
TABLES = {"events": export.events, "cases": export.cases}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--small", type=int, default=100_000)
    arguments.add_argument("--large", type=int, default=1_000_000)
    arguments.add_argument("--xlsx", action="store_true", help="workbooks too: some ten times slower")
    arguments.add_argument("--database", help="an empty PostgreSQL database; default: SQLite files thrown away")
    arguments.add_argument("--run", nargs=3, metavar=("URL", "WHAT", "FORMAT"), help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.run:
        print(json.dumps(measured(*given.run)))
        return
    asked = [("events", "csv"), ("cases", "csv"), *([("events", "xlsx")] if given.xlsx else [])]
    found: dict[tuple[str, str], list[dict[str, Any]]] = {one: [] for one in asked}
    for size in (given.small, given.large):
        with tempfile.TemporaryDirectory() as folder:
            url = given.database or f"sqlite:///{Path(folder) / 'bench.db'}"
            filling = time.perf_counter()
            fill(url, size)
            print(f"{size:>10,} events written in {time.perf_counter() - filling:.0f} s", flush=True)
            bare, empty = apart(url, "bare", "csv"), apart(url, "nothing", "csv")
            print(f"{'':>10} bare csv.writer {bare['pace']:,.0f} rows/s; without a row {empty['megabytes']:.0f} MB")
            for what, ending in asked:
                one = apart(url, what, ending)
                found[what, ending].append(one)
                slower = bare["pace"] / one["pace"]
                print(f"{'':>10} {what}.{ending}: {one['rows']:,} rows, {one['pace']:,.0f}/s, {slower:.1f} times slower"
                      f" than bare, peak {one['megabytes']:.0f} MB", flush=True)
            db.connect(url)
            db.Base.metadata.drop_all(db.engine())
            db.disconnect()
    for (what, ending), (small, large) in found.items():
        print(f"{what}.{ending:5} memory large / small {large['megabytes'] / small['megabytes']:.2f}")


def fill(url: str, size: int) -> None:
    """So many events of closed cases in a township of a thousand micro-grids."""
    db.Base.metadata.create_all(db.connect(url))
    place = builders.a_township()
    builders.a_person(place.microgrid)
    crowd.microgrids(place, MICROGRIDS)
    later = FILED_AT + timedelta(days=3)
    crowd.cases(
        size // len(EVENTS), is_owned=True, status=Status.CLOSED, filed_at=FILED_AT, arrived_at=FILED_AT,
        responded_at=FILED_AT, closed_at=later, response_due_at=later, handling_due_at=later,
        handling_due_original_at=later,
    )
    db.session.execute(Case.__table__.update().values(events_count=len(EVENTS)))  # type: ignore[attr-defined]
    for n, action in enumerate(EVENTS, 1):
        columns: dict[str, Any] = {
            "case_id": Case.id, "n": literal(n), "action": literal(action, CaseEvent.action.type), "at": Case.filed_at,
            "by_her": literal(n == 1), "actor_id": Case.owner_id,
            **{name: getattr(Case, name) for name in crowd.FACTS_OF_EVENT},
        }
        db.session.execute(insert(CaseEvent).from_select(list(columns), select(*columns.values())))
    crowd.analyse()
    db.disconnect()


def apart(url: str, what: str, ending: str) -> dict[str, Any]:
    """One export in a process of its own."""
    asked = [sys.executable, "-m", "bench.exports", "--run", url, what, ending]
    around = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(asked, capture_output=True, text=True, check=False, env=around)
    if done.returncode:
        raise SystemExit(done.stderr)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def measured(url: str, what: str, ending: str) -> dict[str, Any]:
    """Rows, rows in a second of this processor, and the most memory this process ever held (MB)."""
    db.connect(url)
    db.snapshot()
    days = (FROM_ON, TO_ON) if what != "nothing" else (date(2020, 1, 1), date(2020, 1, 2))
    begun = time.process_time()
    if what == "bare":
        rows = bare()
    else:
        table = TABLES.get(what, export.events)(export.Asked(AREA, *days))
        file, rows = export.spooled(table, export.Format(ending))
        file.close()
    return {"rows": rows, "pace": rows / (time.process_time() - begun), "megabytes": most_held()}


def most_held() -> float:
    """The most memory of this program alone (what getrusage says also counts who started it), in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def bare() -> int:
    """The same rows from the driver's own cursor into csv.writer: no names, no zones, no care."""
    raw = db.session.connection().connection.driver_connection
    assert raw is not None
    cursor = raw.cursor() if db.is_sqlite() else raw.cursor(name="bare")
    cursor.execute(str(select(CaseEvent.__table__).order_by(CaseEvent.case_id, CaseEvent.n)))
    count = 0
    with tempfile.TemporaryFile("w+", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        for row in cursor:
            writer.writerow(row)
            count += 1
    cursor.close()
    return count


if __name__ == "__main__":
    main()
