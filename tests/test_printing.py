"""印制: what is printed is what the register says; a run can be stopped and gone on with."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select

from config import Config
from feedback import cli, codes, db, fonts, qr, sheets, tokens
from feedback.codes import manifest, printing, volumes
from feedback.errors import Refusal
from feedback.fonts import Typefaces
from feedback.models.codes import CodeState, DoorCode
from feedback.models.places import as_walked
from feedback.models.rules import PublishedText, TextKey
from feedback.sheets import Format, Layout
from tests import builders
from tests.builders import Place
from tests.journeys.scanning import scan_plate, scan_sheets
from tests.test_cli import environment

__all__ = ["environment"]

pytestmark = pytest.mark.fonts

BASE_URL = "http://localhost"


@pytest.fixture(scope="module")
def typefaces() -> Typefaces:
    return fonts.load()


@pytest.fixture
def town(database: Engine) -> Place:
    """Two villages, of two micro-grids with twelve doors and one, and of one door; a hotline, and a code for each."""
    made = builders.a_township()
    second = made.next_microgrid()
    builders.a_household(made.next_village().microgrid, "东庄 7 号")
    for number in range(1, 13):
        builders.a_household(made.microgrid, f"团结路 {number} 号")
    builders.a_household(second, "岙里 1 号")
    db.session.add(PublishedText(area_code=made.township.code, key=TextKey.HOTLINE, words="0574-6200 0000"))
    codes.issue(made.township)
    db.session.commit()
    return made


@pytest.fixture
def order(town: Place, tmp_path: Path, typefaces: Typefaces) -> volumes.Order:
    return volumes.Order(
        area_code=town.township.code, folder=tmp_path / "qr_out", layout=Layout.TWO_BY_FIVE, form=Format.PDF,
        base_url=BASE_URL, lower_host=False, typefaces=typefaces,
    )


def printed(order: volumes.Order) -> list[printing.Batch]:
    """A whole run, committed as its door would."""
    batches = []
    for batch in printing.run(order):
        db.session.commit()
        batches.append(batch)
    db.session.commit()
    return batches


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / manifest.NAME).open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def active() -> dict[str, DoorCode]:
    return {code.token: code for code in db.session.scalars(select(DoorCode).where(DoorCode.ended_at.is_(None)))}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_file()}


def test_the_manifest_says_where_each_plate_lies_and_the_sheets_agree(order: volumes.Order, town: Place) -> None:
    batches = printed(order)
    listed = rows(order.folder)
    assert list(listed[0]) == ["token", "url", "village", "microgrid", "door", "sheet", "place"]
    assert {row["token"] for row in listed} == set(active())
    assert [row["door"] for row in listed[:3]] == ["团结路 1 号", "团结路 2 号", "团结路 3 号"]
    assert [(row["sheet"], row["place"]) for row in listed[9:13]] == [("1", "10"), ("2", "1"), ("2", "2"), ("3", "1")]
    for batch in batches:
        (file,) = batch.files
        inside = [row for row in listed if row["microgrid"].startswith(batch.area_code)]
        for number, page in enumerate(scan_sheets(file), start=1):
            here = [row for row in inside if row["sheet"] == str(number)]
            assert page == [row["url"] for row in sorted(here, key=lambda row: int(row["place"]))]
    assert scan_plate(batches[0].files[0], page=2, place=1) == listed[10]["url"]
    for row in listed:
        door = active()[row["token"]].household
        assert door is not None
        assert (row["door"], row["microgrid"], row["village"]) == (door.door, door.microgrid_code, door.village.name)
        assert row["url"] == qr.address(BASE_URL, row["token"])


def test_printed_codes_are_marked_so_and_one_that_hangs_goes_on_hanging(order: volumes.Order) -> None:
    hanging = next(iter(active().values()))
    codes.hang(hanging)
    token = hanging.token
    db.session.commit()
    printed(order)
    states = {code.token: code.state for code in active().values()}
    assert states.pop(token) is CodeState.HUNG
    assert set(states.values()) == {CodeState.PRINTED}
    assert all(code.printed_at for code in active().values())


def test_printing_again_leaves_what_is_true_and_adds_no_second_list(order: volumes.Order) -> None:
    printed(order)
    before = {path: path.stat().st_mtime_ns for path in order.folder.glob("*.pdf")}
    again = printed(order)
    assert all(batch.was_there for batch in again)
    assert {path: path.stat().st_mtime_ns for path in order.folder.glob("*.pdf")} == before
    assert [path.name for path in order.folder.glob("*.csv")] == ["manifest.csv"]
    assert len(rows(order.folder)) == 14


def test_a_run_that_is_stopped_goes_on_where_it_was(order: volumes.Order) -> None:
    run = printing.run(order)
    first = next(run)
    db.session.commit()
    second = next(run)
    db.session.rollback()
    run.close()
    assert {row["microgrid"][:12] for row in rows(order.folder)} == {first.area_code}
    batches = printed(order)
    assert [(batch.area_code, batch.was_there) for batch in batches] == [
        (first.area_code, True), (second.area_code, False)]
    assert len(rows(order.folder)) == 14
    assert {code.state for code in active().values()} == {CodeState.PRINTED}


def test_a_damaged_or_lost_sheet_is_printed_again(order: volumes.Order) -> None:
    first, second = printed(order)
    first.files[0].write_bytes(b"half a file")
    second.files[0].unlink()
    assert [batch.was_there for batch in printed(order)] == [False, False]
    assert sum(map(len, scan_sheets(first.files[0]))) == 13


def test_a_note_that_cannot_be_read_costs_only_a_reprint(order: volumes.Order) -> None:
    printed(order)
    for path in (order.folder / manifest.NOTES).iterdir():
        path.write_text("{", encoding="utf-8")
    assert [batch.was_there for batch in printed(order)] == [False, False]
    assert len(rows(order.folder)) == 14


def test_another_layout_or_format_replaces_the_sheets(order: volumes.Order, town: Place) -> None:
    printed(order)
    small = replace(order, layout=Layout.THREE_BY_EIGHT)
    printed(small)
    assert [row["sheet"] for row in rows(order.folder)] == ["1"] * 12 + ["2", "1"]
    printed(replace(small, form=Format.SVG))
    assert names(order.folder) == {
        "manifest.csv", f"{town.village.code}-0001.svg", f"{town.village.code}-0002.svg", "330281114202-0001.svg"}
    printed(order)
    assert not list(order.folder.glob("*.svg"))


def test_a_micro_grid_printed_into_the_township_s_folder_keeps_the_one_list(
    order: volumes.Order, town: Place,
) -> None:
    """The newer sheets are the ones listed, until the whole village is printed again."""
    printed(order)
    token = next(token for token, code in active().items()
                 if code.household and code.household.microgrid_code == town.microgrid.code)
    new = codes.reissue(token).token
    db.session.commit()
    printed(replace(order, area_code=town.microgrid.code))
    assert f"{town.microgrid.code}.pdf" in names(order.folder)
    for _ in range(2):
        listed = [row["token"] for row in rows(order.folder)]
        assert len(listed) == len(set(listed)) == 14
        assert token not in listed
        assert new in listed
        printed(order)
    assert names(order.folder) == {"manifest.csv", f"{town.village.code}.pdf", "330281114202.pdf"}


def test_a_village_that_lost_its_doors_loses_its_sheets(order: volumes.Order, town: Place) -> None:
    printed(order)
    lonely = next(code for code in active().values() if code.household and code.household.door == "东庄 7 号")
    codes.revoke(lonely.token, reason="房子拆了")
    db.session.commit()
    printed(order)
    assert len(rows(order.folder)) == 13
    assert names(order.folder) == {"manifest.csv", f"{town.village.code}.pdf"}


def test_sheets_of_an_earlier_way_of_filing_go_when_the_new_ones_come(order: volumes.Order, town: Place) -> None:
    old = order.folder / f"{town.microgrid.code}.pdf"
    sheets.put(old, b"sheets")
    note = {"fingerprint": "", "files": {old.name: ""}, "rows": [["7K3M9QX2VB4T"]]}
    sheets.put(order.folder / manifest.NOTES / f"{town.microgrid.code}.json", json.dumps(note).encode())
    printed(order)
    assert not old.exists()
    assert len(rows(order.folder)) == 14


def test_each_micro_grid_begins_a_new_sheet_that_says_whose_it_is(order: volumes.Order, town: Place) -> None:
    first, _ = printed(order)
    document = pypdfium2.PdfDocument(first.files[0])
    said = [page.get_textpage().get_text_bounded() for page in document]
    assert document.get_metadata_value("Subject") == town.village.code
    document.close()
    for page, (place, sheet, plates, leaf) in zip(said, [
        ("第一网格 一组", "第 1 张，共 2 张", "第 1–10 块，共 12 块", "全册第 1 张"),
        ("第一网格 一组", "第 2 张，共 2 张", "第 11–12 块，共 12 块", "全册第 2 张"),
        ("第一网格 2 组", "第 1 张，共 1 张", "第 1 块，共 1 块", "全册第 3 张"),
    ], strict=True):
        for words in (place, sheet, plates, leaf):
            assert words in page


def test_the_same_order_gives_the_same_bytes_in_one_process_or_two(
    order: volumes.Order, town: Place, monkeypatch: pytest.MonkeyPatch, typefaces: Typefaces,
) -> None:
    monkeypatch.setattr(printing, "WORTH_WORKERS", 0)
    monkeypatch.setattr(printing, "PLATES_AT_ONCE", 5)
    made: list[dict[str, bytes]] = []
    for jobs in (1, 2, 1):
        there = replace(order, folder=order.folder / f"{len(made)}", jobs=jobs, typefaces=Typefaces(typefaces.faces))
        printed(there)
        made.append({path.name: path.read_bytes() for path in there.folder.iterdir() if path.is_file()})
    assert len(made[0]) == 3
    assert made[0] == made[1] == made[2]


def test_a_character_no_font_has_stops_the_run_before_anything_is_written(
    order: volumes.Order, town: Place,
) -> None:
    builders.a_household(town.microgrid, "\U0002b740家弄 3 号")
    codes.issue(town.township)
    db.session.commit()
    with pytest.raises(Refusal, match=r"湖东村 .家弄 3 号.*U\+2B740"):
        printed(order)
    assert not order.folder.exists()
    assert {code.state for code in active().values()} == {CodeState.ISSUED}


def test_an_area_without_codes_says_what_to_do_first(order: volumes.Order, town: Place) -> None:
    empty = builders.an_area("330281114299", "空村")
    db.session.commit()
    with pytest.raises(Refusal, match="codes issue"):
        printed(replace(order, area_code=empty.code))


def test_no_cell_of_the_list_can_become_a_formula(order: volumes.Order, town: Place) -> None:
    builders.a_household(town.microgrid, "=1+1")
    codes.issue(town.township)
    db.session.commit()
    printed(order)
    assert "'=1+1" in {row["door"] for row in rows(order.folder)}


def test_the_nearest_hotline_is_printed(order: volumes.Order, town: Place) -> None:
    db.write()
    db.session.add(PublishedText(area_code=town.village.code, key=TextKey.HOTLINE, words="0574-6211 1111"))
    db.session.commit()
    (first, _) = printed(order)
    document = pypdfium2.PdfDocument(first.files[0])
    words = document[0].get_textpage().get_text_bounded()
    document.close()
    assert "0574-6211 1111" in words
    assert "0574-6200 0000" not in words


def test_a_township_s_own_title_and_colour_are_printed_and_the_code_stays_free(
    order: volumes.Order, town: Place,
) -> None:
    db.write()
    for key, words in ((TextKey.PLATE_TITLE, "连心码"), (TextKey.PLATE_COLOUR, "#7A1F1F")):
        db.session.add(PublishedText(area_code=town.township.code, key=key, words=words))
    db.session.commit()
    first, _ = printed(order)
    document = pypdfium2.PdfDocument(first.files[0])
    picture = document[0].render(scale=4).to_pil().convert("RGB")
    assert "连心码" in document[0].get_textpage().get_text_bounded()
    document.close()
    assert (0x7A, 0x1F, 0x1F) in {colour for _, colour in picture.getcolors(1 << 20) or []}
    assert (0x14, 0x51, 0x4B) not in {colour for _, colour in picture.getcolors(1 << 20) or []}
    assert sum(map(len, scan_sheets(first.files[0]))) == 13


def test_doors_lie_in_the_order_one_walks() -> None:
    doors = ["团结路 10 号", "岙里 2 号", "团结路 9 号", "3 号", "团结路 9-1 号"]
    walked = ["3 号", "团结路 9 号", "团结路 9-1 号", "团结路 10 号", "岙里 2 号"]
    assert sorted(doors, key=as_walked) == walked


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.main, ["codes", *map(str, arguments)], catch_exceptions=False)


def a_small_town() -> str:
    town = builders.a_township()
    builders.a_household(town.microgrid)
    builders.a_household(town.microgrid)
    db.session.commit()
    return town.township.code


def test_the_commands_issue_print_check_reissue_and_revoke(
    environment: Config, database: Engine, tmp_path: Path,
) -> None:
    area, out = a_small_town(), tmp_path / "qr_out"
    assert run("issue", "--area", area).stdout == "2 codes issued.\n"
    shown = run("print", "--area", area, "--out", out)
    assert shown.exit_code == 0, shown.output
    assert "2 plates printed, 0 were there already" in shown.stdout
    assert "2/2" in shown.stderr
    (sheet,) = out.glob("*.pdf")
    assert run("check", sheet).stdout == (
        "2 plates on 1 pages: 2 by zxing and 2 by wechat read; all agree with the register.\n")
    first, second = (row["token"] for row in rows(out))
    new = run("reissue", first).stdout.strip()
    assert tokens.is_valid(new)
    checked = run("check", sheet)
    assert checked.exit_code == 1
    assert f"page 1, plate 1: revoked {first}" in checked.stderr
    assert f"register: missing {new}" in checked.stderr
    assert run("print", "--area", area, "--out", out).exit_code == 0
    assert run("check", sheet).exit_code == 0
    assert run("revoke", second, "--reason", "丢了").exit_code == 0
    assert run("check", sheet).exit_code == 1


def test_a_command_stopped_with_ctrl_c_says_how_to_go_on(
    environment: Config, database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    area, out = a_small_town(), tmp_path / "qr_out"
    run("issue", "--area", area)

    def stopped(*anything: object, **named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sheets, "book", stopped)
    shown = run("print", "--area", area, "--out", out)
    assert shown.exit_code == 1
    assert "The same command goes on from there" in shown.stderr
    monkeypatch.undo()


def test_what_can_t_be_done_is_one_sentence(environment: Config, database: Engine, tmp_path: Path) -> None:
    for arguments in (("issue", "--area", "999"), ("print", "--area", "999"), ("revoke", "X", "--reason", "丢了"),
                      ("reissue", "7K3M9QX2VB4T")):
        shown = run(*arguments)
        assert shown.exit_code == 1
        assert len(shown.stderr.strip().splitlines()) == 1


def test_a_sample_is_one_sheet_of_real_codes_and_leaves_the_register_as_it_was(
    environment: Config, database: Engine, tmp_path: Path,
) -> None:
    area = a_small_town()
    run("issue", "--area", area)
    shown = run("sample", "--area", area, "--out", tmp_path, "--layout", "roll")
    assert shown.exit_code == 0, shown.output
    assert "微信、支付宝和三种手机自带的相机" in shown.stdout
    (path,) = tmp_path.glob("sample-*.pdf")
    ((address,),) = scan_sheets(path)
    assert any(address.endswith(token) for token in active())
    assert {code.state for code in active().values()} == {CodeState.ISSUED}
    assert run("sample", "--area", "330281114299").exit_code == 1
    assert not (tmp_path / manifest.NAME).exists()


@pytest.mark.parametrize("base_url", ["https://a.cn", "https://very-long-name.example.com:8443"])
def test_a_host_in_lower_case_is_printed_so(order: volumes.Order, base_url: str) -> None:
    printed(replace(order, base_url=base_url, lower_host=True, jobs=1))
    listed = rows(order.folder)
    assert listed[0]["url"].startswith(base_url + "/D/")
    read = [text for path in sorted(order.folder.glob("*.pdf")) for page in scan_sheets(path) for text in page]
    assert sorted(read) == sorted(row["url"] for row in listed)
