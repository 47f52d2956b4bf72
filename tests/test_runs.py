"""印制批次: a run is what its record says, whatever happens to whoever prints it; and only a checked one is ready."""

import csv
import os
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, func, select

import config as settings
from config import Config
from feedback import alone, cli, clock, codes, db, installation
from feedback.cli import prints
from feedback.codes import files, manifest, printing, ready, reprints, runs
from feedback.errors import Conflict, Refusal
from feedback.models.codes import CodeState, DoorCode
from feedback.models.prints import PlatePrint, PrintRun, RunKind, RunState
from feedback.models.records import StaffAct, StaffEvent
from feedback.sheets import Format, Layout
from tests import builders
from tests.builders import Place
from tests.test_cli import environment

__all__ = ["environment"]

ROOT = Path(__file__).parent.parent
BASE_URL = "http://localhost"
DIES = """
import os, signal, sys
from feedback import cli
from feedback.codes import runs

true, calls = getattr(runs, sys.argv[1]), 0

def dies(*arguments, **named):
    global calls
    done, calls = true(*arguments, **named), calls + 1
    if calls == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return done

setattr(runs, sys.argv[1], dies)
cli.main(sys.argv[3:])
"""
"""A command that is killed, without warning, by the so-and-so-manieth call of a function."""


@pytest.fixture
def town(database: Engine) -> Place:
    """Three villages, two micro-grids each, four doors in each; and a code for every door."""
    made = builders.a_township()
    for place in (made, made.next_village(), made.next_village()):
        for microgrid in (place.microgrid, place.next_microgrid()):
            for number in range(1, 5):
                builders.a_household(microgrid, f"{microgrid.code[-1]} 路 {number} 号")
    codes.issue(made.township)
    db.session.commit()
    return made


def run(*arguments: str | Path) -> Result:
    """One command; afterwards the test has its database again."""
    shown = CliRunner().invoke(cli.main, ["codes", *map(str, arguments)], catch_exceptions=False)
    installation.open_with(settings.load(os.environ))
    return shown


def the_run() -> PrintRun:
    return db.session.scalars(select(PrintRun)).one()


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / manifest.NAME).open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def active() -> set[str]:
    return set(db.session.scalars(select(DoorCode.token).where(DoorCode.ended_at.is_(None))))


def plates_of(number: int) -> int:
    return db.session.scalar(select(func.count()).where(PlatePrint.run_id == number)) or 0


# ---------------------------------------------------------------- the command line


@pytest.mark.fonts
def test_a_run_is_ordered_printed_checked_and_then_ready(environment: Config, town: Place, tmp_path: Path) -> None:
    out = tmp_path / "qr_out"
    shown = run("print", "--area", town.township.code, "--out", out)
    assert shown.exit_code == 0, shown.output
    printed = the_run()
    assert f"hulianma codes check --run {printed.id}" in shown.stdout
    assert (printed.state, printed.plates, printed.done, printed.layout) == (RunState.PRINTED, 24, 24, "2x5")
    assert plates_of(printed.id) == 24
    assert f"printed; next: hulianma codes check --run {printed.id}" in run("runs").stdout
    checked = run("check", "--run", str(printed.id))
    assert checked.exit_code == 0, checked.output
    assert f"Run {printed.id} is ready." in checked.stdout
    assert the_run().state is RunState.READY
    assert "ready (24 plates read" in run("runs", "--area", builders.CODES["township"]).stdout
    assert run("runs", "--area", "330281115").stdout == ""


@pytest.mark.fonts
def test_the_auditor_reads_how_many_were_printed_in_which_run(
    environment: Config, town: Place, tmp_path: Path,
) -> None:
    run("print", "--area", town.township.code, "--out", tmp_path / "qr_out")
    left = db.session.scalars(select(StaffEvent).where(StaffEvent.act == StaffAct.CODE).order_by(StaffEvent.id))
    last = [event.facts for event in left][-1]
    assert last == {"state": "printed", "count": 24, "layout": "2x5", "run": the_run().id}


@pytest.mark.fonts
def test_the_list_of_digests_is_what_sha256sum_reads(environment: Config, town: Place, tmp_path: Path) -> None:
    out = tmp_path / "qr_out"
    run("print", "--area", town.township.code, "--out", out)
    told = subprocess.run(["sha256sum", "--check", f"run-{the_run().id}.sha256"], cwd=out, capture_output=True,
                          text=True, check=False)
    assert told.returncode == 0, told.stdout
    assert len(told.stdout.splitlines()) == the_run().files * 2
    assert the_run().files == len(files.names(the_run())) == len(list(out.glob("*.pdf")))
    assert the_run().size == sum(path.stat().st_size for path in out.glob("*.pdf"))


@pytest.mark.fonts
def test_a_file_that_is_changed_after_the_check_makes_the_run_not_ready(
    environment: Config, town: Place, tmp_path: Path,
) -> None:
    out = tmp_path / "qr_out"
    run("print", "--area", town.township.code, "--out", out, "--check")
    assert the_run().state is RunState.READY
    sheet = sorted(out.glob("*.pdf"))[0]
    sheet.write_bytes(sheet.read_bytes() + b"\n% another hand")
    assert f"NOT READY: changed since it was printed: {sheet.name}" in run("runs").stdout
    refused = run("check", "--run", str(the_run().id))
    assert refused.exit_code == 1
    assert sheet.name in refused.stderr
    assert the_run().state is RunState.STOPPED
    again = run("print", "--area", town.township.code, "--out", out, "--check")
    assert again.exit_code == 0, again.output
    assert the_run().state is RunState.READY


@pytest.mark.fonts
def test_lines_about_plates_that_are_changed_after_the_check_make_the_run_not_ready(
    environment: Config, town: Place, tmp_path: Path,
) -> None:
    out, area = tmp_path / "qr_out", town.township.code
    run("print", "--area", area, "--out", out, "--check")
    lines = manifest.lines_of(out, builders.CODES["village"])
    before = lines.read_bytes()
    lines.write_bytes(before.replace(b",1,2\r\n", b",1,3\r\n"))
    assert f"NOT READY: changed since it was printed: .printed/{lines.name}" in run("runs").stdout
    again = run("print", "--area", area, "--out", out)
    assert "0 plates printed, 24 were there already" in again.stdout
    assert lines.read_bytes() == before
    assert the_run().state is RunState.READY
    assert ready.standing(the_run()) == []


@pytest.mark.fonts
def test_a_run_whose_plates_differ_from_the_register_has_failed(
    environment: Config, town: Place, tmp_path: Path,
) -> None:
    out = tmp_path / "qr_out"
    run("print", "--area", town.township.code, "--out", out)
    gone = rows(out)[0]["token"]
    codes.revoke(gone, reason="丢了")
    db.session.commit()
    shown = run("check", "--run", str(the_run().id))
    assert shown.exit_code == 1
    assert f"revoked {gone}" in shown.stderr
    assert (the_run().state, the_run().faults) == (RunState.FAILED, 1)
    assert the_run().found[0][-1] == gone[-4:]
    assert gone not in str(the_run().found)


@pytest.mark.fonts
def test_a_sample_says_how_much_was_read(environment: Config, town: Place, tmp_path: Path) -> None:
    run("print", "--area", town.township.code, "--out", tmp_path / "qr_out")
    shown = run("check", "--run", str(the_run().id), "--sample", "1")
    assert shown.exit_code == 0, shown.output
    assert 1 <= the_run().checked < 24
    assert f"sample {the_run().checked} of 24 plates" in shown.stdout


def test_a_large_run_is_looked_at_by_a_sample_where_nobody_says_how(town: Place) -> None:
    made = ordered(town)
    assert ready.sample_of(made) is None
    made.plates = ready.WHOLE + 1
    assert ready.sample_of(made) == ready.SAMPLE
    db.session.rollback()


@pytest.mark.fonts
def test_printing_again_without_any_change_leaves_the_run_as_it_stands(
    environment: Config, town: Place, tmp_path: Path,
) -> None:
    out = tmp_path / "qr_out"
    run("print", "--area", town.township.code, "--out", out, "--check")
    before = the_run().checked_at
    again = run("print", "--area", town.township.code, "--out", out)
    assert "0 plates printed, 24 were there already" in again.stdout
    assert (the_run().state, the_run().checked_at) == (RunState.READY, before)


@pytest.mark.fonts
def test_what_changed_since_a_finished_run_is_another_run_of_these_plates_alone(
    environment: Config, town: Place, tmp_path: Path,
) -> None:
    out = tmp_path / "qr_out"
    run("print", "--area", town.township.code, "--out", out, "--check")
    first = the_run().id
    old = rows(out)[-1]["token"]
    new = codes.reissue(old).token
    db.session.commit()
    assert run("print", "--area", town.township.code, "--out", out).exit_code == 0
    later = runs.of(town.township.code)[0]
    assert (later.id, later.state, later.done) == (first + 1, RunState.PRINTED, 24)
    noted = set(db.session.scalars(select(DoorCode.token).join(PlatePrint, PlatePrint.code_id == DoorCode.id)
                                   .where(PlatePrint.run_id == later.id)))
    assert new in noted
    assert len(noted) < 24


@pytest.mark.fonts
@pytest.mark.slow
@pytest.mark.parametrize(("function", "call"), [("begin", 1), ("_note", 1), ("_note", 3), ("find", 5), ("_finish", 1)])
def test_a_run_that_is_killed_goes_on_and_has_every_household_once(
    environment: Config, town: Place, tmp_path: Path, function: str, call: int,
) -> None:
    """Killed in the transaction of a batch, between two of them, and when all is done but the command's last words."""
    out, area = tmp_path / "qr_out", town.township.code
    db.session.remove()
    command = ["codes", "print", "--area", area, "--out", str(out)]
    died = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(DIES), function, str(call), *command],
        cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False, timeout=100,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    left = runs.of(area)[0]
    assert left.state in {RunState.ORDERED, RunState.PRINTING}
    assert left.done <= len(list(db.session.scalars(select(DoorCode.id).where(DoorCode.printed_at.is_not(None)))))
    db.session.rollback()
    shown = run("print", "--area", area, "--out", out, "--check")
    assert shown.exit_code == 0, shown.output
    assert (the_run().state, the_run().done, plates_of(the_run().id)) == (RunState.READY, 24, 24)
    listed = Counter(row["token"] for row in rows(out))
    assert set(listed) == active()
    assert set(listed.values()) == {1}


@pytest.mark.fonts
def test_a_run_goes_on_in_the_resolution_it_was_ordered_in(environment: Config, town: Place, tmp_path: Path) -> None:
    out = tmp_path / "qr_out"
    command = ("print", "--area", town.village.code, "--out", out, "--layout", "3x8", "--format", "png")
    run(*command, "--dpi", "600")
    assert (the_run().resolution, "3x8 PNG 600 dpi" in run("runs").stdout) == (600, True)
    runs.break_off(the_run(), "")
    db.session.commit()
    assert "0 plates printed, 8 were there already" in run("print", "--run", str(the_run().id)).stdout
    run(*command)
    assert [made.resolution for made in runs.of("")] == [300, 600]


def test_what_is_no_picture_has_no_resolution(town: Place) -> None:
    assert ordered(town, resolution=600).id == ordered(town).id
    assert ordered(town).written_as == "PDF"


@pytest.mark.fonts
def test_a_finished_run_named_by_its_number_says_how_it_stands(
    environment: Config, town: Place, tmp_path: Path,
) -> None:
    run("print", "--area", town.village.code, "--out", tmp_path / "qr_out", "--check")
    again = run("print", "--run", str(the_run().id))
    assert again.exit_code == 0
    assert f"Run {the_run().id} in {tmp_path / 'qr_out'}: ready (8 plates" in again.stdout
    next((tmp_path / "qr_out").glob("*.pdf")).unlink()
    assert "NOT READY" in run("print", "--run", str(the_run().id)).stdout


@pytest.mark.parametrize("option", [("--out", "elsewhere"), ("--layout", "2x5"), ("--format", "pdf"), ("--dpi", "600")])
def test_a_run_named_by_its_number_takes_nothing_that_it_knows_itself(
    environment: Config, town: Place, option: tuple[str, str],
) -> None:
    refused = run("print", "--run", "1", *option)
    assert (refused.exit_code, "A run keeps its folder" in refused.stderr) == (2, True)


def test_a_run_whose_files_were_taken_away_is_not_gone_on_with(environment: Config, town: Place) -> None:
    made = ordered(town)
    made.state, made.removed_at = RunState.STOPPED, clock.now()
    db.session.commit()
    refused = run("print", "--run", str(the_run().id))
    assert (refused.exit_code, runs.GONE in refused.stderr) == (1, True)
    assert "files removed" in run("runs").stdout
    assert the_run().state is RunState.STOPPED


@pytest.mark.fonts
def test_two_do_not_print_into_one_folder_at_once(environment: Config, town: Place, tmp_path: Path) -> None:
    out = tmp_path / "qr_out"
    out.mkdir()
    with alone.holding(out / prints.LOCK):
        shown = run("print", "--area", town.township.code, "--out", out)
    assert shown.exit_code == 1
    assert "Somebody is working on" in shown.stderr
    assert the_run().state is RunState.ORDERED


@pytest.mark.fonts
def test_ctrl_c_is_told_in_the_record(
    environment: Config, town: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stopped(*anything: object, **named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(printing, "run", stopped)
    run("print", "--area", town.township.code, "--out", tmp_path / "qr_out")
    assert (the_run().state, the_run().why) == (RunState.STOPPED, runs.BY_HAND)


@pytest.mark.fonts
def test_a_full_disk_is_told_in_the_record_and_the_run_goes_on(
    environment: Config, town: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*anything: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(manifest, "write_note", full)
        shown = run("print", "--area", town.township.code, "--out", tmp_path / "qr_out")
    assert (shown.exit_code, "No space left" in shown.stderr) == (1, True)
    assert (the_run().state, the_run().why) == (RunState.STOPPED, runs.NO_ROOM)
    assert run("print", "--area", town.township.code, "--out", tmp_path / "qr_out", "--check").exit_code == 0
    assert the_run().state is RunState.READY


def test_no_font_is_told_in_the_record(environment: Config, town: Place, tmp_path: Path) -> None:
    builders.a_household(town.microgrid, "\U0002b740家弄 3 号")
    codes.issue(town.township)
    db.session.commit()
    shown = run("print", "--area", town.township.code, "--out", tmp_path / "qr_out")
    assert shown.exit_code == 1
    assert the_run().state is RunState.STOPPED
    assert "U+2B740" in the_run().why.format(**the_run().why_values)


# ---------------------------------------------------------------- single plates


@pytest.mark.fonts
def test_single_plates_are_printed_again_by_their_tokens(environment: Config, town: Place, tmp_path: Path) -> None:
    out = tmp_path / "again"
    first, second = sorted(active())[:2]
    shown = run("reprint", first.lower(), second, "--out", out, "--check")
    assert shown.exit_code == 0, shown.output
    made = the_run()
    assert (made.kind, made.state, made.plates, made.done) == (RunKind.REPRINT, RunState.READY, 2, 2)
    assert {row["token"] for row in rows(out)} == {first, second}
    refused = run("reprint", first, "7K3M9QX2VB4T", "--out", out)
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1)


def test_a_token_that_can_t_be_printed_again_is_named_with_its_reason(
    environment: Config, town: Place, tmp_path: Path,
) -> None:
    good, revoked, replaced = sorted(active())[:3]
    codes.revoke(revoked, reason="拆了")
    codes.reissue(replaced)
    db.session.commit()
    unknown = run("reprint", good, "NOSUCH", "7K3M9QX2VB4T", revoked, "--out", tmp_path / "again")
    assert "2 张码没有登记过，不能补印：7K3M9QX2VB4T、NOSUCH。" in unknown.stderr
    ended = run("reprint", good, revoked, replaced, "--out", tmp_path / "again")
    tails = "、".join(sorted((revoked[-4:], replaced[-4:])))
    assert f"2 张码已经停用或换新，不能补印（码的末四位）：{tails}。" in ended.stderr
    assert (unknown.exit_code, ended.exit_code, list(db.session.scalars(select(PrintRun)))) == (1, 1, [])


def test_a_token_of_another_place_is_named(town: Place) -> None:
    here, there = (db.session.scalars(select(DoorCode.token).where(DoorCode.village_code == code).limit(1)).one()
                   for code in (town.village.code, town.village.code[:-1] + "2"))
    with pytest.raises(Refusal, match=f"1 张码不是这里的，不能补印（码的末四位）：{there[-4:]}。"):
        reprints.printable([here, there], town.village.code)


def test_of_many_tokens_a_sentence_names_some_and_says_how_many_there_are(town: Place) -> None:
    with pytest.raises(Refusal) as refused:
        reprints.around([f"NOSUCH{n:02}" for n in range(30)])
    assert "30 张" in str(refused.value)
    assert str(refused.value).endswith("NOSUCH19…。")


@pytest.mark.fonts
def test_single_plates_never_take_the_place_of_a_village_s_sheets(
    environment: Config, town: Place, tmp_path: Path,
) -> None:
    area, out, token = town.township.code, tmp_path / "qr_out", min(active())
    run("print", "--area", area, "--out", out, "--check")
    refused = run("reprint", token, "--out", out)
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1)
    assert the_run().state is RunState.READY
    assert ready.standing(the_run()) == []
    run("reprint", token, "--out", tmp_path / "again")
    assert run("print", "--area", area, "--out", tmp_path / "again").exit_code == 1
    assert [row["token"] for row in rows(tmp_path / "again")] == [token]


@pytest.mark.fonts
def test_single_plates_asked_for_again_are_the_run_that_made_them(
    environment: Config, town: Place, tmp_path: Path,
) -> None:
    token, out = min(active()), tmp_path / "again"
    run("reprint", token, "--out", out, "--check")
    again = run("reprint", token, "--out", out)
    assert (again.exit_code, "0 plates printed, 1 were there already" in again.stdout) == (0, True)
    assert (the_run().state, the_run().done) == (RunState.READY, 1)
    next(out.glob("*.pdf")).unlink()
    anew = run("reprint", token, "--out", out, "--check")
    assert (anew.exit_code, "1 plates printed, 0 were there already" in anew.stdout) == (0, True)
    newer, first = runs.of("")
    assert (newer.kind, newer.state, newer.plates, newer.done) == (RunKind.REPRINT, RunState.READY, 1, 1)
    assert runs.code_ids(newer) == runs.code_ids(first)


@pytest.mark.fonts
def test_other_single_plates_do_not_take_the_place_of_those_in_the_folder(
    environment: Config, town: Place, tmp_path: Path,
) -> None:
    first, second = sorted(active())[:2]
    run("reprint", first, "--out", tmp_path / "again", "--check")
    refused = run("reprint", second, "--out", tmp_path / "again")
    assert (refused.exit_code, f"第 {the_run().id} 批" in refused.stderr) == (1, True)
    assert [row["token"] for row in rows(tmp_path / "again")] == [first]
    assert (the_run().state, ready.standing(the_run())) == (RunState.READY, [])


@pytest.mark.fonts
@pytest.mark.parametrize("villages", [1, 3])
def test_a_reprint_of_damaged_plates_that_was_stopped_goes_on_with_those_printed_already(
    environment: Config, town: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, villages: int,
) -> None:
    """What is printed is no longer damaged; it belongs to the run all the same."""
    area, out, true, noted = town.township.code, tmp_path / "damaged", runs._note, list[str]()
    for code in list(db.session.scalars(select(DoorCode))):
        codes.hang(code)
        codes.damage(code)
    db.session.commit()

    def stopped(number: int, batch: printing.Batch) -> None:
        true(number, batch)
        noted.append(batch.area_code)
        if len(noted) == villages:
            db.session.commit()
            raise KeyboardInterrupt

    with monkeypatch.context() as hand:
        hand.setattr(runs, "_note", stopped)
        assert "goes on from there" in run("reprint", "--damaged", "--area", area, "--out", out).stderr
    assert len(reprints.damaged(area)) == 24 - 8 * villages
    shown = run("reprint", "--damaged", "--area", area, "--out", out, "--check")
    assert shown.exit_code == 0, shown.output
    assert (the_run().state, the_run().done) == (RunState.READY, 24)
    assert {row["token"] for row in rows(out)} == active()


@pytest.mark.fonts
def test_a_reprint_of_codes_that_have_all_ended_meanwhile_prints_no_others(
    environment: Config, town: Place, tmp_path: Path,
) -> None:
    first = min(active())
    area = reprints.around([first])
    ordered = runs.order_again([first], area, layout=Layout.TWO_BY_FIVE, form=Format.PDF, base_url=BASE_URL,
                               into=tmp_path / "again")
    number = ordered.id
    codes.revoke(first, reason="拆了")
    db.session.commit()
    refused = run("print", "--run", str(number))
    assert refused.exit_code == 1
    assert the_run().state is RunState.STOPPED
    assert not list((tmp_path / "again").glob("*.pdf"))
    assert CodeState.PRINTED not in set(db.session.scalars(select(DoorCode.state)))


@pytest.mark.fonts
def test_all_damaged_plates_of_an_area_are_printed_again_and_count_as_printed(
    environment: Config, town: Place, tmp_path: Path,
) -> None:
    area, out = town.township.code, tmp_path / "damaged"
    for code in list(db.session.scalars(select(DoorCode).order_by(DoorCode.token).limit(3))):
        codes.hang(code)
        codes.damage(code)
    db.session.commit()
    wanted = set(reprints.damaged(area))
    shown = run("reprint", "--damaged", "--area", area, "--out", out, "--check")
    assert shown.exit_code == 0, shown.output
    assert {row["token"] for row in rows(out)} == wanted
    assert len(wanted) == 3
    assert reprints.damaged(area) == []
    states = set(db.session.scalars(select(DoorCode.state).where(DoorCode.token.in_(wanted))))
    assert states == {CodeState.PRINTED}
    again = run("reprint", "--damaged", "--area", area, "--out", out)
    assert (again.exit_code, len(again.stderr.splitlines())) == (1, 1)


@pytest.mark.fonts
def test_the_ledger_says_in_which_runs_a_plate_was_printed_and_which_was_a_reprint(
    environment: Config, town: Place, tmp_path: Path,
) -> None:
    area = town.township.code
    run("print", "--area", area, "--out", tmp_path / "qr_out")
    token = sorted(active())[0]
    run("reprint", token, "--out", tmp_path / "again")
    shown = run("ledger", "--area", area, "--out", tmp_path / "ledger.csv")
    assert shown.exit_code == 0, shown.output
    assert "all           24 households, 24 active codes: 0 not printed, 24 printed" in shown.stdout
    with (tmp_path / "ledger.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    first, again = sorted(db.session.scalars(select(PrintRun.id)))
    printed = {(line["印在哪几批"], line["印过几次"]) for line in lines if line["码的末四位"] == token[-4:]}
    assert (f"{first}、{again}（补印）", "2") in printed
    assert sum(line["印过几次"] == "1" for line in lines) == 23
    assert [line["门牌"] for line in lines[:4]] == ["1 路 1 号", "1 路 2 号", "1 路 3 号", "1 路 4 号"]


# ---------------------------------------------------------------- the record


def ordered(town: Place, **named: object) -> PrintRun:
    found = runs.order(town.township, layout=Layout.TWO_BY_FIVE, form=Format.PDF, base_url=BASE_URL, **named)  # type: ignore[arg-type]
    db.session.commit()
    return found


def test_ordering_twice_is_one_run(town: Place) -> None:
    assert ordered(town).id == ordered(town).id
    assert runs.order(town.village, layout=Layout.TWO_BY_FIVE, form=Format.PDF, base_url=BASE_URL).id != the_first()


def the_first() -> int:
    return db.session.scalars(select(PrintRun.id).order_by(PrintRun.id)).first() or 0


def test_who_ordered_what_is_in_the_trail(town: Place) -> None:
    admin = builders.a_person(town.township)
    made = ordered(town, by=admin)
    left = db.session.scalars(select(StaffEvent).where(StaffEvent.act == StaffAct.CODE).order_by(StaffEvent.id.desc()))
    event = left.first()
    assert event is not None
    assert (event.actor_id, event.subject) == (admin.id, town.township.code)
    assert event.facts == {"change": "run ordered", "run": made.id, "kind": "area", "plates": 24, "layout": "2x5"}


def test_an_area_without_codes_is_not_ordered(town: Place) -> None:
    empty = builders.an_area("330281114299", "空村")
    with pytest.raises(Refusal):
        runs.order(empty, layout=Layout.TWO_BY_FIVE, form=Format.PDF, base_url=BASE_URL)


@pytest.mark.fonts
def test_nobody_waits_for_his_turn_to_write_while_files_are_read(
    environment: Config, town: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    true, turns = files._digest, list[bool]()

    def watched(path: Path) -> str:
        turns.append(db.is_writing())
        return true(path)

    monkeypatch.setattr(files, "_digest", watched)
    shown = run("print", "--area", town.township.code, "--out", tmp_path / "qr_out", "--check")
    assert shown.exit_code == 0, shown.output
    assert (len(turns), set(turns)) == (12, {False})


@pytest.mark.fonts
def test_a_check_leaves_no_transaction_open_while_it_reads(environment: Config, town: Place, tmp_path: Path) -> None:
    run("print", "--area", town.township.code, "--out", tmp_path / "qr_out")
    held: list[bool] = []
    ready.check(the_run(), base_url=BASE_URL, progress=lambda pages, of: held.append(db.session().in_transaction()))
    assert set(held) == {False}


@pytest.mark.fonts
def test_a_late_sign_of_life_changes_nothing_of_a_run_that_is_over(
    environment: Config, town: Place, tmp_path: Path,
) -> None:
    run("print", "--area", town.township.code, "--out", tmp_path / "qr_out")
    checked = run("check", "--run", str(the_run().id), "--sample", "5", "--seed", "1")
    assert checked.exit_code == 0, checked.output
    read = the_run().checked
    db.session.rollback()
    runs.beat(1, checked=24)
    db.session.expire_all()
    assert read < 24
    assert (the_run().state, the_run().checked, the_run().beat_at) == (RunState.READY, read, None)


def test_a_run_that_is_stopped_goes_on_only_when_somebody_says_so(town: Place) -> None:
    made = ordered(town)
    assert ordered(town).id == made.id
    runs.stop(made)
    assert (the_run().state.value, the_run().why) == ("stopped", runs.BY_HAND)
    runs.go_on(made)
    assert (the_run().state.value, the_run().why) == ("ordered", "")


def test_a_finished_run_cannot_be_stopped(town: Place) -> None:
    made = ordered(town)
    db.write()
    made.state = RunState.PRINTED
    db.session.commit()
    with pytest.raises(Conflict):
        runs.stop(made)


def test_what_is_not_printed_yet_cannot_be_checked(town: Place) -> None:
    with pytest.raises(Conflict):
        ready.begin(ordered(town))


def test_rate_and_time_left_follow_from_what_was_printed_since_the_work_was_taken_up(town: Place, now: object) -> None:
    made = ordered(town)
    assert made.seconds_left is None
    db.write()
    made.state, made.since_at = RunState.PRINTING, clock.now()
    made.beat_at, made.plates, made.done, made.fresh = clock.now() + timedelta(seconds=10), 1000, 600, 200
    assert made.per_second == 20
    assert made.seconds_left == 20


def test_nobody_works_on_a_run_that_gives_no_sign(town: Place, now: object) -> None:
    made = ordered(town)
    seen = [made.is_worked_on]
    made.state = RunState.PRINTING
    db.session.commit()
    runs.beat(made.id)
    db.session.rollback()
    db.session.refresh(made)
    seen.append(made.is_worked_on)
    with clock.fixed(clock.now() + timedelta(minutes=3)):
        seen.append(made.is_worked_on)
    assert seen == [False, True, False]
