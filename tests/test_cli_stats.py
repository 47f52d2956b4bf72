"""统计、时限、导出: the commands print what the pages show, in forms that scripts can rely on."""

import csv
import errno
import io
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine, func, select

from config import Config
from feedback import clock, db, installation, stats
from feedback.deadlines import Unit
from feedback.export import lines
from feedback.models.figures import CaseFigures
from feedback.models.kinds import Kind
from feedback.models.records import StaffAct, StaffEvent
from feedback.models.rules import CalendarDay, Category, DeadlinePolicy
from feedback.stats import By
from tests import builders
from tests.lives import NOW, Township
from tests.stories import at
from tests.test_cli import environment, run

__all__ = ["environment"]
pytestmark = pytest.mark.usefixtures("environment", "database")

WINDOW = ("--from", "2026-08-01", "--to", "2026-11-19")


@pytest.fixture
def code() -> str:
    """A township with cases in it, the clock stopped; commands open the database themselves."""
    town = Township(seed=5)
    town.live(25)
    db.session.commit()
    return town.place.township.code


@pytest.fixture(autouse=True)
def stopped(database: Engine) -> Any:
    with clock.fixed(NOW, everywhere=True):
        yield


def figures(code: str, by: list[By]) -> list[dict[str, Any]]:
    return [row.as_json() for row in stats.figures(code, date(2026, 8, 1), date(2026, 11, 19), by=by)]


@pytest.mark.parametrize("by", [[], [By.AREA], [By.KIND, By.MONTH], [By.HANDLER]], ids=str)
def test_the_json_of_stats_is_what_the_page_calls(code: str, by: list[By]) -> None:
    expected = figures(code, by)
    asked = ["--by", ",".join(by)] if by else []
    result = run("stats", "--area", code, *WINDOW, *asked, "--format", "json")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told.pop("rows") == expected
    assert told == {"area": code, "from": "2026-08-01", "to": "2026-11-19", "as_at": "2026-11-19T10:00:00+08:00",
                    "by": [one.value for one in by]}


def test_stats_tells_what_is_kept_and_as_at_when(code: str) -> None:
    assert run("rollup", "rebuild").exit_code == 0
    before = run("stats", "--area", code, *WINDOW, "--by", "area", "--format", "json").stdout
    with clock.fixed(NOW + timedelta(minutes=4), everywhere=True):
        assert run("stats", "--area", code, *WINDOW, "--by", "area", "--format", "json").stdout == before
        assert "截至 2026-11-19 10:00:00" in run("stats", "--area", code, *WINDOW).stdout


def test_stats_as_csv_and_as_a_table(code: str) -> None:
    expected = figures(code, [By.KIND])
    lines = list(
        csv.DictReader(io.StringIO(run("stats", "--area", code, *WINDOW, "--by", "kind", "--format", "csv").stdout))
    )
    assert [line["received"] for line in lines] == [str(row["received"]) for row in expected]
    side_by_side = run("stats", "--area", code, *WINDOW, "--by", "kind").stdout
    assert [line.split()[0] for line in side_by_side.splitlines()[1:-1]] == ["咨询", "求助", "投诉", "建议"]
    in_full = run("stats", "--area", code, *WINDOW).stdout
    (whole,) = figures(code, [])
    assert f"{whole['handling_on_time']['n']}/{whole['handling_on_time']['of']}" in in_full


def test_stats_as_at_an_instant_long_ago_knows_nothing(code: str) -> None:
    told = json.loads(run("stats", "--area", code, *WINDOW, "--as-at", "2026-01-01T00:00", "--format", "json").stdout)
    assert told["rows"][0]["received"] == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--area", "999999999", *WINDOW), "no area 999999999"),
        (("--area", "330281114", "--from", "2026-11-02", "--to", "2026-11-01"), "lies before"),
        (("--area", "330281114", "--from", "yesterday", "--to", "2026-11-01"), "is no day"),
        (("--area", "330281114", *WINDOW, "--as-at", "2026-11-20T00:00"), "in the future"),
        (("--area", "330281114", *WINDOW, "--by", "moon"), "one or several of"),
    ],
)
def test_what_stats_cannot_tell_is_one_sentence(code: str, arguments: tuple[str, ...], sentence: str) -> None:
    result = run("stats", *arguments)
    assert result.exit_code != 0
    assert sentence in result.stderr
    assert result.stdout == ""


# ---------------------------------------------------------------- deadline


def deadline(*arguments: str) -> dict[str, Any]:
    result = run("deadline", *arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def test_a_deadline_without_an_area_is_the_default() -> None:
    assert deadline("--kind", "complaint", "--filed", "2026-09-30T18:00+08:00") == {
        "response": {"due": "2026-10-09T17:30:00+08:00", "amount": 1, "unit": "working_days"},
        "handling": {"due": "2026-10-14T17:30:00+08:00", "amount": 5, "unit": "working_days"},
        "calendar": "chinesecalendar", "uncertain_year": None,
    }
    assert deadline("--kind", "help", "--urgent", "--filed", "2026-10-01T15:30Z") == {
        "response": {"due": "2026-10-02T01:30:00+08:00", "amount": 2, "unit": "hours"},
        "handling": {"due": "2026-10-02T23:30:00+08:00", "amount": 24, "unit": "hours"},
        "calendar": "chinesecalendar", "uncertain_year": None,
    }
    assert "2026-10-09T17:30:00+08:00" in run("deadline", "--kind", "help", "--filed", "2026-09-30 18:00").stdout


def test_an_instant_without_a_zone_is_on_the_wall_in_shanghai() -> None:
    plain, zoned = (deadline("--kind", "help", "--filed", f"2026-11-18T09:00{zone}") for zone in ("", "+08:00"))
    assert plain == zoned


def test_a_year_nobody_published_is_said_not_refused() -> None:
    assert deadline("--kind", "help", "--filed", "2031-10-01T10:00")["calendar"] == "holidays"
    assert deadline("--kind", "help", "--filed", "2150-10-01T10:00")["calendar"] == "weekdays"


def test_a_townships_policy_category_and_calendar_hold_in_its_area() -> None:
    place = builders.a_township()
    lamps = Category(area_code=place.township.code, name="路灯")
    db.session.add_all([lamps, CalendarDay(area_code=place.township.code, day=date(2026, 11, 20), is_working=False)])
    db.session.flush()
    db.session.add(
        DeadlinePolicy(
            area_code=place.township.code, kind=Kind.HELP, category_id=lamps.id, response_amount=4,
            response_unit=Unit.HOURS, handling_amount=2, handling_unit=Unit.WORKING_DAYS,
            effective_at=at("2026-11-01 00:00"),
        )
    )  # fmt: skip
    db.session.commit()
    village = place.village.code
    asked = ("--kind", "help", "--area", village, "--filed", "2026-11-19T09:00")
    assert deadline(*asked, "--category", "路灯") == {
        "response": {"due": "2026-11-19T13:00:00+08:00", "amount": 4, "unit": "hours"},
        "handling": {"due": "2026-11-24T17:30:00+08:00", "amount": 2, "unit": "working_days"},
        "calendar": "township", "uncertain_year": None,
    }
    assert deadline(*asked)["response"] == {"due": "2026-11-23T17:30:00+08:00", "amount": 1, "unit": "working_days"}
    unknown = run("deadline", *asked, "--category", "月亮")
    assert unknown.exit_code == 1
    assert "no category 月亮" in unknown.stderr


# ---------------------------------------------------------------- export


@pytest.mark.parametrize("what", ["cases", "events"])
@pytest.mark.parametrize("ending", ["csv", "xlsx", "zip"])
def test_an_export_is_a_file_and_leaves_a_staff_event(
    environment: Config, code: str, tmp_path: Path, what: str, ending: str
) -> None:
    out = tmp_path / f"file.{ending}"
    result = run("export", what, "--area", code, *WINDOW, "--out", out)
    assert result.exit_code == 0, result.stderr
    assert [path.name for path in tmp_path.glob("*file*")] == [out.name]
    if ending == "csv":
        with out.open(encoding="utf-8-sig", newline="") as file:
            rows = len(list(csv.reader(file))) - 1
    elif ending == "xlsx":
        rows = openpyxl.load_workbook(out)[what].max_row - 1
    else:
        rows = zipfile.ZipFile(out).read(f"{what}.csv").count(b"\r\n") - 1
    assert f"{rows} rows" in result.stdout
    installation.open_with(environment)
    (left,) = db.session.scalars(select(StaffEvent).where(StaffEvent.act == StaffAct.EXPORT))
    assert (left.subject, left.facts["what"], left.facts["rows"]) == (code, what, rows)


def test_a_refused_export_leaves_no_file_behind(environment: Config, code: str, tmp_path: Path) -> None:
    for area, name in (("999999999", "a.csv"), (code, "a.ods")):
        result = run("export", "cases", "--area", area, *WINDOW, "--out", tmp_path / name)
        assert result.exit_code == 1
        assert result.stderr.startswith("Error: ")
    assert not [path.name for path in tmp_path.iterdir() if "csv" in path.name or "ods" in path.name]
    installation.open_with(environment)
    assert db.session.scalar(select(func.count(StaffEvent.id)).where(StaffEvent.act == StaffAct.EXPORT)) == 0


def test_a_file_that_cannot_be_written_is_one_sentence(environment: Config, code: str, tmp_path: Path) -> None:
    refused = run("export", "events", "--area", code, *WINDOW, "--out", tmp_path / "nowhere" / "a.csv")
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "nowhere" in refused.stderr


def test_an_export_that_breaks_off_leaves_the_old_file_and_its_staff_event(
    environment: Config, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "a.csv"
    out.write_text("the one of yesterday")

    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(lines, "event", no_room)  # as if the disk had filled up in the middle
    refused = run("export", "events", "--area", code, *WINDOW, "--out", out)
    assert (refused.exit_code, refused.stderr.startswith("Error: 放文件的地方满了")) == (1, True)
    assert out.read_text() == "the one of yesterday"
    assert [path for path in tmp_path.iterdir() if "part" in path.name] == []
    installation.open_with(environment)
    (left,) = db.session.scalars(select(StaffEvent).where(StaffEvent.act == StaffAct.EXPORT))
    assert left.facts["is_broken_off"]


def test_the_rollup_is_made_anew_and_verified(environment: Config, code: str) -> None:
    assert run("rollup", "verify").output == "Every case and every sum is as the events say.\n"
    assert run("rollup", "rebuild").output == "25 cases counted\n"
    db.connect(environment.database_url)
    db.write()
    one = db.session.scalars(select(CaseFigures).limit(1)).one()
    one.marks, case_id = one.marks ^ 1, one.case_id
    db.session.commit()
    found = run("rollup", "verify")
    assert found.exit_code == 1
    assert f"case {case_id}: marks" in found.output
    run("rollup", "rebuild")
    assert run("rollup", "verify").exit_code == 0
