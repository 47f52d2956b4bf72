"""印制批次的页: an order of any size goes on in the background; what is not ready does not leave the house."""

import csv
import io
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from config import Config
from feedback import clock, codes, db
from feedback.cli import prints
from feedback.cli.codes import order_of
from feedback.codes import archives, files, manifest, press, runs
from feedback.models.codes import CodeState, DoorCode
from feedback.models.people import Person, Role
from feedback.models.places import Area
from feedback.models.prints import PrintRun, RunState
from feedback.models.records import StaffAct, StaffEvent
from feedback.sheets import Format, Layout
from tests import builders, staff
from tests.builders import CODES, Place
from tests.test_cli import environment
from tests.visitor import Visitor, page_of

__all__ = ["environment"]

TOWNSHIP, VILLAGE = CODES["township"], CODES["village"]


@pytest.fixture
def sent() -> Iterator[list[int]]:
    """The runs for which somebody was sent; nobody comes."""
    numbers: list[int] = []
    press.hand_to(lambda number, folder: numbers.append(number))
    yield numbers
    press.hand_to(None)


@pytest.fixture
def town(app: Flask, now: object, sent: list[int]) -> Place:
    """Two villages with three doors each, and a code for every door."""
    made = builders.a_township()
    for place in (made, made.next_village()):
        for number in range(1, 4):
            builders.a_household(place.microgrid, f"湖东路 {number} 号")
    builders.a_person(made.township, Role.ADMIN, username="guanli", name="管小理")
    codes.issue(made.township)
    db.session.commit()
    return made


@pytest.fixture
def admin(app: Flask, town: Place) -> Visitor:
    return staff.signed_in(app, staff.again(the_admin()))


def the_admin() -> Person:
    return db.session.scalars(select(Person).where(Person.username == "guanli")).one()


def the_run() -> PrintRun:
    db.session.rollback()
    return db.session.scalars(select(PrintRun)).one()


def ordered(admin: Visitor, area: str = TOWNSHIP) -> TestResponse:
    return admin.submit(admin.get(f"/admin/plates?area={area}"), to="/plates/print", layout="3x8", status=303)


def printed(config: Config) -> PrintRun:
    """What the process would do that is sent to print and to check."""
    run = the_run()
    prints.carry_out(run, order_of(config, run, files.folder(run)))
    result = prints.examine(the_run(), base_url=config.base_url)
    assert result.agrees, result.differences
    return the_run()


def name_of(code: str) -> str:
    return db.session.scalars(select(Area.name).where(Area.code == code)).one()


def test_an_order_is_a_record_and_somebody_is_sent(admin: Visitor, sent: list[int]) -> None:
    answer = ordered(admin)
    run = the_run()
    assert answer.location.endswith(f"/admin/plates/runs/{run.id}")
    assert (run.area_code, run.layout, run.plates, run.state) == (TOWNSHIP, "3x8", 6, RunState.ORDERED)
    assert run.ordered_by is not None
    assert run.ordered_by.username == "guanli"
    assert sent == [run.id]


def test_pressing_twice_is_one_run(admin: Visitor, sent: list[int]) -> None:
    first = ordered(admin)
    assert ordered(admin).location == first.location
    assert sent == [the_run().id]


def test_the_page_of_a_run_asks_again_by_itself_and_says_how_far_it_is(admin: Visitor) -> None:
    ordered(admin)
    db.write()
    run = the_run()
    db.write()
    run.state, run.done, run.fresh, run.plates = RunState.PRINTING, 2000, 2000, 6000
    run.since_at, run.beat_at = clock.now() - timedelta(seconds=60), clock.now()
    db.session.commit()
    seen = admin.get(f"/admin/plates/runs/{the_run().id}", status=200)
    assert seen.headers["Refresh"] == "5"
    assert "印了 2000 / 6000 张 ，每分钟 2000 张，大约还要 2 分钟" in page_of(seen).text


@pytest.mark.fonts
def test_a_ready_run_is_downloaded_by_village_with_its_manifest(
    admin: Visitor, config: Config, town: Place,
) -> None:
    ordered(admin)
    run = printed(config)
    seen = admin.get(f"/admin/plates/runs/{run.id}", status=200)
    assert "Refresh" not in seen.headers
    assert "6 / 6 张核对过" in page_of(seen).text
    whole = ZipFile(io.BytesIO(admin.get(f"/admin/plates/runs/{run.id}/plates.zip", status=200).get_data()))
    assert whole.testzip() is None
    other = VILLAGE[:-1] + "2"
    assert {name.split("/")[0] for name in whole.namelist()} == {f"{VILLAGE} 湖东村", f"{other} {name_of(other)}"}
    own = ZipFile(io.BytesIO(admin.get(f"/admin/plates/runs/{run.id}/{other}.zip", status=200).get_data()))
    rows = list(csv.DictReader(io.StringIO(own.read(f"{other} {name_of(other)}/manifest.csv").decode("utf-8-sig"))))
    wanted = select(DoorCode.token).where(DoorCode.village_code == other)
    assert {row["token"] for row in rows} == set(db.session.scalars(wanted))
    sheets = [name for name in own.namelist() if name.endswith(".pdf")]
    assert own.read(sheets[0]) == (files.folder(the_run()) / Path(sheets[0]).name).read_bytes()
    left = db.session.scalars(select(StaffEvent).where(StaffEvent.act == StaffAct.CODE).order_by(StaffEvent.id.desc()))
    assert next(iter(left)).facts == {"change": "run downloaded", "run": run.id}
    admin.get(f"/admin/plates/runs/{run.id}/330281115201.zip", status=404)


@pytest.mark.fonts
def test_what_is_not_ready_or_was_changed_is_not_handed_out(admin: Visitor, config: Config) -> None:
    ordered(admin)
    admin.get(f"/admin/plates/runs/{the_run().id}/plates.zip", status=409)
    run = printed(config)
    sheet = files.folder(run) / files.names(run)[0]
    sheet.write_bytes(sheet.read_bytes() + b"%")
    assert "有 1 个文件变了" in page_of(admin.get(f"/admin/plates/runs/{run.id}", status=200)).text
    admin.get(f"/admin/plates/runs/{run.id}/plates.zip", status=409)


@pytest.mark.fonts
@pytest.mark.skipif(not shutil.which("unzip"), reason="needs unzip")
def test_the_folders_of_an_archive_are_read_by_other_programs_too(
    admin: Visitor, config: Config, town: Place, tmp_path: Path,
) -> None:
    db.write()
    db.session.get_one(Area, VILLAGE).name = "汪巷/..村委会"
    db.session.commit()
    ordered(admin)
    run = printed(config)
    (tmp_path / "plates.zip").write_bytes(admin.get(f"/admin/plates/runs/{run.id}/plates.zip").get_data())
    members = ZipFile(tmp_path / "plates.zip").infolist()
    assert {member.flag_bits & 0x800 for member in members} == {0x800}
    shown = subprocess.run(["unzip", "-Z1", "plates.zip"], cwd=tmp_path, env={"LC_ALL": "C.UTF-8"},
                           capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines() == [member.filename for member in members]
    assert shown.stdout.startswith(f"{VILLAGE} 汪巷_..村/{VILLAGE}.pdf\n")


@pytest.mark.parametrize(("name", "folder"), [
    ("汪巷村", "1 汪巷村"), ('a/b\\c:d*e?f"g<h>i|j', "1 a_b_c_d_e_f_g_h_i_j"), ("村\n\x7f\u202e", "1 村___"),
    ("村. .", "1 村"), ("", "1"), ("..", "1"), ("𫝀" * 90, "1 " + "𫝀" * 40),
])
def test_a_folder_s_name_is_safe_on_any_file_system(name: str, folder: str) -> None:
    assert archives.folder_name("1", name) == folder


@pytest.mark.fonts
def test_the_lines_of_an_archive_are_those_that_were_checked(admin: Visitor, config: Config) -> None:
    ordered(admin)
    run = printed(config)
    number, folder = run.id, files.folder(run)
    true = (folder / manifest.NAME).read_bytes()
    (folder / manifest.NAME).write_bytes(true.replace(b",1,1\r\n", b",1,2\r\n"))
    own = ZipFile(io.BytesIO(admin.get(f"/admin/plates/runs/{number}/{VILLAGE}.zip", status=200).get_data()))
    lines = own.read(next(name for name in own.namelist() if name.endswith("manifest.csv"))).decode("utf-8-sig")
    assert [row["place"] for row in csv.DictReader(io.StringIO(lines))] == ["1", "2", "3"]
    assert true.startswith(own.read(next(name for name in own.namelist() if name.endswith("manifest.csv"))))
    changed = manifest.lines_of(folder, VILLAGE)
    changed.write_bytes(changed.read_bytes() + b"\r\n")
    admin.get(f"/admin/plates/runs/{number}/{VILLAGE}.zip", status=409)


@pytest.mark.fonts
def test_a_run_sealed_before_lines_were_on_its_list_is_still_handed_out(admin: Visitor, config: Config) -> None:
    ordered(admin)
    run = printed(config)
    number, folder = run.id, files.folder(run)
    sealed = files.seal(folder, number, folder.glob("*.pdf"))
    db.write()
    runs.find(number).digest = sealed.digest
    db.session.commit()
    own = ZipFile(io.BytesIO(admin.get(f"/admin/plates/runs/{number}/{VILLAGE}.zip", status=200).get_data()))
    lines = own.read(next(name for name in own.namelist() if name.endswith("manifest.csv"))).decode("utf-8-sig")
    assert len(lines.splitlines()) == 1 + 3


def test_a_run_is_stopped_and_gone_on_with_by_a_button(admin: Visitor, sent: list[int]) -> None:
    ordered(admin)
    here = f"/admin/plates/runs/{the_run().id}"
    admin.submit(admin.get(here), to="/stop", status=303)
    assert the_run().state is RunState.STOPPED
    stopped = admin.get(here)
    assert "有人按了停" in page_of(stopped).text
    admin.submit(stopped, to="/go-on", status=303)
    assert the_run().state is RunState.ORDERED
    assert sent == [the_run().id] * 2


def test_why_a_run_stopped_stands_on_its_page(admin: Visitor) -> None:
    ordered(admin)
    for error, words in ((OSError(28, "No space left on device"), "放文件的地方满了"),
                         (RuntimeError("boom"), "中间出了错"), (OSError(13, "Permission denied"), "Permission denied")):
        why, values = runs.reason(error)
        runs.break_off(the_run(), why, **values)
        db.session.commit()
        assert words in page_of(admin.get(f"/admin/plates/runs/{the_run().id}")).text


def test_a_run_of_another_township_is_not_there(app: Flask, town: Place, admin: Visitor) -> None:
    ordered(admin)
    elsewhere = builders.a_person(builders.an_area("330281115", "邻镇"), Role.ADMIN)
    db.session.commit()
    stranger = staff.signed_in(app, elsewhere)
    for path in ("", "/plates.zip", f"/{VILLAGE}.zip"):
        stranger.get(f"/admin/plates/runs/{the_run().id}{path}", status=404)
    assert f"第 {the_run().id} 批" not in page_of(stranger.get("/admin/plates/runs")).text
    stranger.get(f"/admin/plates/ledger?area={TOWNSHIP}", status=403)
    stranger.get(f"/admin/plates/runs?area={TOWNSHIP}", status=403)


def test_one_of_the_command_line_is_shown_and_not_touched(admin: Visitor, town: Place, tmp_path: Path) -> None:
    db.session.rollback()
    area = db.session.get_one(type(town.township), TOWNSHIP)
    run = runs.order(area, layout=Layout.SINGLE, form=Format.PDF, base_url="http://localhost", into=tmp_path)
    db.session.commit()
    here = f"/admin/plates/runs/{run.id}"
    assert "在服务器上用命令印的" in page_of(admin.get(here, status=200)).text
    admin.get(f"{here}/plates.zip", status=409)


# ---------------------------------------------------------------- who prints it


def test_one_run_is_printed_at_a_time_and_a_silent_one_is_taken_up_again(admin: Visitor, sent: list[int]) -> None:
    ordered(admin)
    ordered(admin, VILLAGE)
    first, second = db.session.scalars(select(PrintRun.id).order_by(PrintRun.id))
    assert sent == [first]
    later = clock.now() + timedelta(minutes=3)
    with clock.fixed(later, everywhere=True):
        assert db.in_turn(press.begin) == 1
        assert db.in_turn(press.begin) == 0
    assert sent == [first, first]
    db.write()
    runs.find(first).state = RunState.READY
    db.session.commit()
    with clock.fixed(later, everywhere=True):
        assert db.in_turn(press.begin) == 1
    assert sent == [first, first, second]


@pytest.mark.fonts
@pytest.mark.slow
def test_a_process_of_its_own_prints_and_checks_and_one_that_is_killed_is_followed_by_another(
    environment: Config, admin: Visitor, sent: list[int],
) -> None:
    ordered(admin)
    number, folder = the_run().id, files.folder(the_run())
    db.session.remove()
    press.a_process(number, folder)
    os.kill(press._children[-1].pid, signal.SIGKILL)
    assert press._children[-1].wait() == -signal.SIGKILL
    assert the_run().state in {RunState.ORDERED, RunState.PRINTING}
    db.session.remove()
    press.a_process(number, folder)
    assert press._children[-1].wait(100) == 0, (folder / ".said").read_text()
    assert (the_run().state, the_run().checked) == (RunState.READY, 6)


def test_a_run_nobody_gets_any_further_with_stops_and_says_so(admin: Visitor, sent: list[int]) -> None:
    ordered(admin)
    for turn in range(1, 10):
        with clock.fixed(clock.now() + turn * timedelta(minutes=3), everywhere=True):
            db.in_turn(press.begin)
    assert len(sent) == press.MOST_LAUNCHES
    assert (the_run().state, the_run().why) == (RunState.STOPPED, runs.NO_WORKER)


@pytest.mark.fonts
def test_the_files_of_a_run_are_taken_away_after_their_days_and_the_record_stays(
    admin: Visitor, config: Config,
) -> None:
    ordered(admin)
    folder = files.folder(printed(config))
    with clock.fixed(clock.now() + press.KEPT - timedelta(hours=1), everywhere=True):
        assert db.in_turn(press.clear_away) == 0
    with clock.fixed(clock.now() + press.KEPT + timedelta(hours=1), everywhere=True):
        assert db.in_turn(press.clear_away) == 1
        assert db.in_turn(press.clear_away) == 0
    assert not folder.exists()
    assert the_run().removed_at is not None
    assert "文件在" in page_of(admin.get(f"/admin/plates/runs/{the_run().id}", status=200)).text
    admin.get(f"/admin/plates/runs/{the_run().id}/plates.zip", status=409)


@pytest.mark.fonts
def test_the_files_of_a_run_that_waits_to_be_gone_on_with_are_not_taken_away(admin: Visitor, config: Config) -> None:
    ordered(admin)
    folder = files.folder(printed(config))
    the_run().state = RunState.FAILED
    db.session.commit()
    with clock.fixed(clock.now() + press.KEPT - timedelta(hours=1), everywhere=True):
        runs.go_on(the_run())
        db.session.commit()
    with clock.fixed(clock.now() + press.KEPT + timedelta(hours=1), everywhere=True):
        assert db.in_turn(press.clear_away) == 0
    assert folder.exists()


# ---------------------------------------------------------------- the ledger


def test_the_ledger_counts_by_village_and_lists_every_plate_by_its_tail(
    admin: Visitor, config: Config, town: Place,
) -> None:
    first, second, third = db.session.scalars(
        select(DoorCode).where(DoorCode.village_code == VILLAGE).order_by(DoorCode.id))
    db.write()
    for code in (first, second):
        code.state, code.printed_at = CodeState.PRINTED, clock.now() - timedelta(days=31)
    codes.hang(second)
    third.state, third.reason = CodeState.DAMAGED, "=HYPERLINK(1)"
    whole = first.token
    new = codes.reissue(first.token).token
    db.session.commit()
    seen = page_of(admin.get("/admin/plates/ledger", status=200)).text
    assert "1 / 6 张能用的码已经上墙" in seen
    assert "湖东村 3 3 / 3 户 1 0 0 1 / 3 张 1 0 1" in seen
    answer = admin.submit(admin.get("/admin/plates/ledger"), to="/ledger.csv", status=200)
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert rows[0][:4] == ["村社", "微网格", "门牌", "码的末四位"]
    assert len(rows) == 1 + 7
    assert whole not in answer.get_data(as_text=True)
    assert {row[3]: row[12] for row in rows}[whole[-4:]] == new[-4:]
    assert "'=HYPERLINK(1)" in {row[11] for row in rows}


def test_a_plate_that_does_not_hang_after_thirty_days_is_counted(admin: Visitor, town: Place) -> None:
    db.write()
    for n, code in enumerate(db.session.scalars(select(DoorCode).where(DoorCode.village_code == VILLAGE))):
        code.state, code.printed_at = CodeState.PRINTED, clock.now() - timedelta(days=29 + n)
    db.session.commit()
    assert "印好超过 30 天还没上墙的 1 张" in page_of(admin.get("/admin/plates/ledger")).text
