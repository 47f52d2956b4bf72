"""`hulianma import` as a clerk types it: exit 1 when refused, files written once, the codes handed back."""

from __future__ import annotations

import base64
import codecs
import csv
import stat
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner, Result
from sqlalchemy import Engine, func, select

from config import Config
from feedback import cli, db, installation
from feedback.models.people import Person
from feedback.models.places import Area, Household
from feedback.models.rules import CalendarDay, CalendarYear

TOWN = "code,name\n330281114,梁弄镇\n330281114200,东溪村\n330281114200001,东片\n330281114200001001,一组\n"
STAFF = ("username,name,phone,role,area,leader,team\nzhou,周一禾,13800138001,guardian,330281114200001001,,\n"
         "wang,王三田,,village,330281114200,yes,\n")

pytestmark = pytest.mark.usefixtures("clerk")


@pytest.fixture
def clerk(config: Config, database: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Somebody at a terminal, in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "HLM_ALLOW_HTTP": "1", "HLM_DATABASE_URL": config.database_url, "HLM_BASE_URL": config.base_url,
        "HLM_SECRET_KEY": config.secret_key, "HLM_DATA_KEY": base64.b64encode(config.data_key).decode(),
        "HLM_DATA_DIR": str(config.data_dir),
    }.items():
        monkeypatch.setenv(name, value)
    assert bring("areas", TOWN).exit_code == 0


def bring(kind: str, text: str, *options: str, file: str = "handed-in.csv", encoding: str = "utf-8") -> Result:
    Path(file).write_bytes(text.encode(encoding))
    return run("import", kind, file, *options)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, arguments, catch_exceptions=False)


def count(table: type[db.Base], config: Config) -> int:
    installation.open_with(config)
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_a_file_is_taken_and_given_again_changes_nothing(config: Config) -> None:
    homes = "microgrid,door\n330281114200001001,1号\n330281114200001001,2号\n"
    assert "2 new, 0 changed, 0 the same." in bring("households", homes).output
    assert "0 new, 0 changed, 2 the same." in bring("households", homes).output
    assert count(Household, config) == 2


def test_a_refused_file_names_each_line_and_exits_with_1(config: Config) -> None:
    result = bring("households", "microgrid,door\n330281114200001001,1号\n330281114200001009,2号\n")
    assert result.exit_code == 1
    assert "line 3, microgrid, '330281114200001009': 没有这个微网格" in result.stderr
    assert "1 bad rows, so nothing was imported." in result.stderr
    assert count(Household, config) == 0


def test_a_file_that_cannot_be_read_is_one_sentence(config: Config) -> None:
    result = bring("households", "door,nonsense\n1,2\n")
    assert result.exit_code == 1
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_dry_run_says_what_would_change_and_changes_nothing(config: Config) -> None:
    result = bring("households", "microgrid,door,phone\n330281114200001001,1号,13800138001\n", "--dry-run")
    assert "1 would be new" in result.output
    assert "line 2: new 330281114200001001 1号" in result.output
    assert count(Household, config) == 0


@pytest.mark.parametrize(
    ("encoding", "starts"), [("utf-8", b"code"), ("utf-8-sig", codecs.BOM_UTF8), ("gbk", codecs.BOM_UTF8)]
)
def test_numbered_areas_are_written_back_with_their_codes(config: Config, encoding: str, starts: bytes) -> None:
    text = "parent,name\n330281114200001,二组\n330281114200001,三组\n"
    assert "The codes are in numbered.csv." in bring("areas", text, file="numbered.csv", encoding=encoding).output
    content = Path("numbered.csv").read_bytes()
    assert content.startswith(starts)
    rows = list(csv.reader(content.decode("utf-8-sig").splitlines()))
    assert rows[1:] == [
        ["330281114200001002", "330281114200001", "二组"], ["330281114200001003", "330281114200001", "三组"],
    ]
    assert "0 new, 0 changed, 2 the same." in run("import", "areas", "numbered.csv").output
    assert count(Area, config) == 6


def test_first_passwords_are_written_once_for_their_owner_alone(config: Config) -> None:
    result = bring("staff", STAFF, "--passwords", "first.csv")
    assert "2 first passwords are in first.csv" in result.output
    rows = list(csv.DictReader(Path("first.csv").read_text("utf-8").splitlines()))
    assert [row["username"] for row in rows] == ["zhou", "wang"]
    assert stat.S_IMODE(Path("first.csv").stat().st_mode) == 0o600
    slips = Path("first.csv.slips.html").read_text("utf-8")
    assert all(row["password"] in slips for row in rows)
    installation.open_with(config)
    zhou = db.session.scalars(select(Person).where(Person.username == "zhou")).one()
    assert zhou.password_hash is not None
    assert PasswordHasher().verify(zhou.password_hash, rows[0]["password"])
    again = bring("staff", STAFF, "--passwords", "first.csv")
    assert again.exit_code == 1
    assert "is there already" in again.stderr


def test_without_the_option_nobody_can_sign_in_yet(config: Config) -> None:
    bring("staff", STAFF)
    installation.open_with(config)
    assert set(db.session.scalars(select(Person.password_hash))) == {None}


def test_passwords_that_cannot_be_written_are_one_sentence_and_nobody_is_taken_in(config: Config) -> None:
    assert bring("areas", TOWN).exit_code == 0
    before = count(Person, config)
    refused = bring("staff", STAFF, "--passwords", "nowhere/first.csv")
    assert refused.exit_code == 1
    assert refused.stderr == "Error: nowhere/first.csv: No such file or directory.\n"
    assert count(Person, config) == before


def test_a_refused_staff_file_leaves_no_passwords_behind(config: Config) -> None:
    result = bring("staff", STAFF.replace("village", "king"), "--passwords", "first.csv")
    assert result.exit_code == 1
    assert not Path("first.csv").exists()


def test_passwords_go_with_staff_only(config: Config) -> None:
    assert bring("areas", TOWN, "--passwords", "first.csv").exit_code == 2


def test_a_years_holidays_are_entered_for_an_area_all_or_nothing(config: Config) -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    moved = [day for day in days if chinese_calendar.is_workday(day) is not (day.weekday() < 5)]
    text = "day,kind,name\n" + "".join(f"{day},{'work' if day.weekday() > 4 else 'off'},\n" for day in moved)
    here = ("--area", "330281114")
    assert f"{len(moved)} would be new" in bring("calendar", text, *here, "--dry-run").output
    assert count(CalendarDay, config) == count(CalendarYear, config) == 0
    assert f"{len(moved)} new, 0 changed, 0 the same." in bring("calendar", text, *here).output
    assert f"0 new, 0 changed, {len(moved)} the same." in bring("calendar", text, *here).output
    assert (count(CalendarDay, config), count(CalendarYear, config)) == (len(moved), 1)
    refused = bring("calendar", text.replace("2026-10-01,off,\n", ""), *here)
    assert refused.exit_code == 1
    assert "2026-10-01" in refused.output
    assert bring("calendar", text).exit_code == 2
