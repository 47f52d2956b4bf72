"""重算: from the exported events alone, a file that knows nothing of the program finds every figure again.

What it finds is held against all the program says: the command line, the kept sums, the screen, the exported figures.
"""

import ast
import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from config import Config
from docs import recompute
from feedback import clock, db, export, stats
from feedback.export import Asked, Format
from feedback.models.kinds import Status
from feedback.stats import By, rolled, rollup
from tests import builders
from tests.lives import NOW, Township
from tests.test_cli import environment, run

__all__ = ["environment"]

FROM_ON, TO_ON = date(2026, 6, 1), date(2026, 11, 19)
BEFORE = FROM_ON - timedelta(days=90)
GROUPS: list[list[By]] = [[], *([by] for by in By), [By.AREA, By.KIND], [By.MONTH, By.CATEGORY], [By.TEAM, By.HANDLER]]
Rows = list[dict[str, Any]]


@pytest.fixture
def town(database: Engine) -> Iterator[Township]:
    """A year at random in which every figure has something to tell."""
    with clock.fixed(NOW, everywhere=True):
        made = Township(seed=20261119)
        made.live(160)
        builders.a_case(made.households[0], status=Status.NEW, is_marked=True, filed_at=NOW - timedelta(days=1))
        db.session.commit()
        yield made


@pytest.fixture
def code(town: Township) -> str:
    return town.place.township.code


@pytest.fixture
def file(code: str, tmp_path: Path) -> Path:
    """The events that a stranger is handed."""
    path = tmp_path / "events.zip"
    with path.open("wb") as out:
        export.write(export.events(Asked(code, BEFORE, TO_ON)), out, Format.ZIP, sheet="events")
    return path


def worked_out(file: Path, area: str, by: list[By], as_at: str = "") -> Rows:
    events, made_at = recompute.read(file)
    instant = recompute.instant(as_at or made_at)
    return recompute.figures(events, area, FROM_ON, TO_ON, instant, [one.value for one in by])


def test_every_figure_is_found_again_in_every_grouping(code: str, file: Path) -> None:
    cohort = stats.read(code, FROM_ON, TO_ON)
    for by in GROUPS:
        rows = [row.as_json() for row in stats.rows(cohort, by)]
        if by == [By.AREA]:  # a place where nothing happened has no row in a file of events
            rows = [row for row in rows if row["received"]]
        assert worked_out(file, code, by) == rows, by
        assert len(rows) > 1 or not by
    assert_lively(worked_out(file, code, [])[0])
    for days in (1, 40, 100):
        then = NOW - timedelta(days=days)
        for by in ([], [By.HANDLER]):
            rows = [row.as_json() for row in stats.figures(code, FROM_ON, TO_ON, as_at=then, by=by)]
            assert worked_out(file, code, by, then.isoformat()) == rows, (days, by)


def assert_lively(row: dict[str, Any]) -> None:
    """A year too quiet would prove nothing."""
    shares = {key: value for key, value in row.items() if isinstance(value, dict) and "of" in value}
    assert len(shares) == 12
    assert all(0 < one["n"] < one["of"] for key, one in shares.items() if key != "extended")
    assert all(row["excluded"].values())
    assert row["to_check"]
    assert all(row["recorded_for_her"].values())
    assert row["not_yet_due"]["handling"]


def test_the_kept_sums_and_the_screen_say_the_same(code: str, file: Path) -> None:
    while db.in_turn(rollup.keep_up):
        pass
    for area in (code, f"{code}200"):
        for by in ([], [By.KIND], [By.MONTH], [By.CATEGORY], [By.TEAM], [By.HANDLER]):
            again = worked_out(file, area, by)
            for rows in (rolled.figures(area, FROM_ON, TO_ON, by=by),
                         stats.view(area, FROM_ON, TO_ON).rows(FROM_ON, TO_ON, by)):
                assert [row.as_json() for row in rows] == again, (area, by)


def test_the_command_line_and_a_stranger_with_nothing_but_the_file_print_the_same(
    environment: Config, town: Township, tmp_path: Path
) -> None:
    code = town.place.township.code
    out = tmp_path / "alone" / "events.zip"
    out.parent.mkdir()
    made = run("export", "events", "--area", code, "--from", str(BEFORE), "--to", str(TO_ON), "--out", out)
    assert made.exit_code == 0, made.output
    asked = ["--area", code, "--from", str(FROM_ON), "--to", str(TO_ON), "--by", "handler,month"]
    stranger = subprocess.run(
        [sys.executable, "-I", recompute.__file__, out.name, *asked], cwd=out.parent, env={}, capture_output=True,
        text=True, encoding="utf-8", check=True,
    )
    assert json.loads(stranger.stdout) == json.loads(run("stats", *asked, "--format", "json").stdout)


def test_the_stranger_uses_nothing_but_the_standard_library() -> None:
    tree = ast.parse(Path(recompute.__file__).read_text("utf-8"))
    imported = [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
    imported += [node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


def test_a_bare_csv_asks_as_at_when(code: str, file: Path, tmp_path: Path) -> None:
    bare = tmp_path / "events.csv"
    with bare.open("wb") as out:
        export.write(export.events(Asked(code, BEFORE, TO_ON)), out, Format.CSV)
    asked = [sys.executable, "-I", recompute.__file__, str(bare)]
    asked += ["--area", code, "--from", str(FROM_ON), "--to", str(TO_ON)]
    refused = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "--as-at" in refused.stderr
    answered = subprocess.run([*asked, "--as-at", NOW.isoformat()], capture_output=True, text=True, check=True)
    assert json.loads(answered.stdout)["rows"] == worked_out(file, code, [])


def test_the_file_of_figures_says_the_same(code: str, file: Path) -> None:
    rows = stats.figures(code, FROM_ON, TO_ON, by=[By.KIND])
    out = io.BytesIO()
    export.write(export.figures(Asked(code, FROM_ON, TO_ON), rows, [By.KIND]), out, Format.CSV)
    lines = list(csv.DictReader(io.StringIO(out.getvalue().decode("utf-8-sig"), newline="")))
    for line, again in zip(lines, worked_out(file, code, [By.KIND]), strict=True):
        flat = {"kind": again["key"], **{f"excluded_{key}": n for key, n in again["excluded"].items()}}
        for key, value in again.items():
            if isinstance(value, int):
                flat[key] = value
            elif isinstance(value, dict) and ("of" in value or "p90" in value):
                flat |= {f"{key}_{part}": number for part, number in value.items()}
        flat["not_yet_due_response"] = again["not_yet_due"]["response"]["n"]
        flat["not_yet_due_responded"] = again["not_yet_due"]["response"]["responded"]
        flat["not_yet_due_handling"] = again["not_yet_due"]["handling"]
        flat |= {f"recorded_{key}": n for key, n in again["recorded_for_her"].items()}
        assert line == {key: "" if value is None else str(value) for key, value in flat.items()}


def test_a_planted_change_is_seen(code: str, file: Path) -> None:
    """The comparisons above could fail."""
    events, made_at = recompute.read(file)
    late = next(event for event in events if event["action"] == "report_back")
    late["action"] = "note"
    rows = recompute.figures(events, code, FROM_ON, TO_ON, recompute.instant(made_at))
    assert rows != [row.as_json() for row in stats.figures(code, FROM_ON, TO_ON)]
