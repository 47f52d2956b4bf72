"""核对: what is printed truly passes, and every lie planted in a printed file is found, by page, plate and reason."""

import re
import sys
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from click.testing import CliRunner
from PIL import Image, ImageFile
from pypdfium2 import raw
from sqlalchemy import Engine, select

from config import Config
from feedback import cli, codes, db, decoding, fonts, qr, scanning, sheets, tokens
from feedback.codes import bundles, checking, manifest, printing, volumes
from feedback.codes.checking import Decoder, Fault
from feedback.errors import Refusal
from feedback.fonts import Typefaces
from feedback.models.codes import DoorCode
from feedback.plates import Plate
from feedback.sheets import Caption, Format, Layout
from tests import builders
from tests.builders import Place
from tests.test_cli import environment

__all__ = ["environment"]

pytestmark = pytest.mark.fonts

BASE_URL = "http://localhost"
Change = Callable[[list[Plate]], list[Plate]]
Draw = Callable[..., Path]


@pytest.fixture(scope="module")
def typefaces() -> Typefaces:
    return fonts.load()


@pytest.fixture
def town(database: Engine) -> Place:
    """A micro-grid of twelve doors, each with a code."""
    made = builders.a_township()
    for number in range(1, 13):
        builders.a_household(made.microgrid, f"团结路 {number} 号")
    codes.issue(made.township)
    db.session.commit()
    return made


def active() -> list[DoorCode]:
    """The active codes in the order of their doors."""
    return list(db.session.scalars(select(DoorCode).where(DoorCode.ended_at.is_(None)).order_by(DoorCode.household_id)))


@pytest.fixture
def plates(town: Place) -> list[Plate]:
    """The true plates of the town."""
    return [
        Plate(village="湖东村", door=code.household.door, token=code.token, host="localhost",
              matrix=qr.matrix(BASE_URL, code.token))
        for code in active() if code.household
    ]


@pytest.fixture
def draw(town: Place, tmp_path: Path, typefaces: Typefaces) -> Draw:
    """A file of any plates, past the register."""

    def drawn(plates: Sequence[Plate], layout: Layout = Layout.TWO_BY_FIVE, name: str = "drawn",
              form: Format = Format.PDF, subject: str | None = None) -> Path:
        subject = town.microgrid.code if subject is None else subject
        return sheets.write(plates, layout, form, tmp_path / name,
                            caption=Caption("x"), subject=subject, typefaces=typefaces)[0]

    return drawn


def check(*paths: Path, sample: int | None = None, seed: int | None = None, jobs: int = 1,
          lower_host: bool = False) -> checking.Result:
    return checking.check(*paths, base_url=BASE_URL, sample=sample, seed=seed, jobs=jobs, lower_host=lower_host)


def faults(result: checking.Result) -> list[tuple[Fault, str]]:
    return [(each.fault, each.subject) for each in result.differences]


# ---- what is true

@pytest.mark.parametrize("layout", Layout)
def test_true_plates_of_any_layout_are_read_by_both_decoders_and_agree(
    draw: Draw, plates: list[Plate], layout: Layout,
) -> None:
    result = check(draw(plates, layout))
    assert faults(result) == []
    assert result.agrees
    assert (result.plates, result.looked_at) == (12, 12)
    assert result.read == {Decoder.ZXING: 12, Decoder.WECHAT: 12}


def test_a_printed_run_agrees_whatever_it_is_kept_in(
    town: Place, tmp_path: Path, typefaces: Typefaces,
) -> None:
    order = volumes.Order(
        area_code=town.township.code, folder=tmp_path / "qr_out", layout=Layout.TWO_BY_FIVE, form=Format.PDF,
        base_url=BASE_URL, lower_host=False, typefaces=typefaces,
    )
    for _ in printing.run(order):
        db.session.commit()
    with zipfile.ZipFile(tmp_path / "run.zip", "w") as archive:
        for path in sorted(order.folder.glob("*.*")):
            archive.write(path, f"梁弄镇/{path.name}")
    for kept in (order.folder, tmp_path / "run.zip"):
        result = check(kept)
        assert faults(result) == []
        assert result.looked_at == 12
        (file,) = order.folder.glob("*.pdf")
        assert list(result.digests.values()) == [bundles.digest(file)]


def test_a_picture_is_read_without_its_words(draw: Draw, plates: list[Plate]) -> None:
    result = check(draw(plates[:10], form=Format.PNG))
    assert faults(result) == [(Fault.MISSING, plate.token) for plate in sorted(plates[10:], key=lambda one: one.door)]
    assert result.read == {Decoder.ZXING: 10, Decoder.WECHAT: 10}


def test_several_processes_find_what_one_finds(draw: Draw, plates: list[Plate]) -> None:
    path = draw([*plates, *plates[:5]], Layout.SINGLE)
    alone, together = check(path), check(path, jobs=2)
    assert alone == together
    assert len(alone.differences) == 5


def test_a_module_that_flipped_is_mended_by_the_code_itself(draw: Draw, plates: list[Plate]) -> None:
    matrix = plates[0].matrix
    rows = (*matrix.rows[:20], matrix.rows[20] ^ 1 << 5, *matrix.rows[21:])
    assert check(draw([replace(plates[0], matrix=replace(matrix, rows=rows)), *plates[1:]])).agrees


def test_progress_counts_pages(draw: Draw, plates: list[Plate]) -> None:
    told: list[tuple[int, int]] = []
    checking.check(draw(plates), base_url=BASE_URL, progress=lambda pages, of: told.append((pages, of)))
    assert told == [(1, 2), (2, 2)]


def test_what_only_looks_like_another_kind_of_code_is_none(draw: Draw, plates: list[Plate]) -> None:
    path = draw(plates[:10], form=Format.PNG)
    with Image.open(path) as page:
        resolution, changed = page.info["dpi"], page.convert("L")
    micro = zxingcpp.create_barcode("12345", zxingcpp.BarcodeFormat.MicroQRCode)
    changed.paste(Image.fromarray(np.array(zxingcpp.write_barcode_to_image(micro, scale=3))), (40, 10))
    changed.save(path, dpi=resolution)
    result = checking.check(path, base_url=BASE_URL, expected=[plate.token for plate in plates[:10]])
    assert (faults(result), result.looked_at) == ([], 10)


# ---- what differs from the register

def test_a_revoked_a_replaced_and_a_new_code_are_found(draw: Draw, plates: list[Plate]) -> None:
    path = draw(plates)
    codes.revoke(plates[0].token, reason="丢了")
    new = codes.reissue(plates[1].token).token
    db.session.commit()
    assert faults(check(path)) == [
        (Fault.REVOKED, plates[0].token), (Fault.REVOKED, plates[1].token), (Fault.MISSING, new)]


def test_a_plate_left_out_is_missed_and_its_door_named(draw: Draw, plates: list[Plate]) -> None:
    (only,) = check(draw(plates[:4] + plates[5:])).differences
    assert (only.fault, only.subject, only.page) == (Fault.MISSING, plates[4].token, 0)
    assert "团结路 5 号" in only.detail


def test_a_file_that_claims_no_area_is_held_to_the_micro_grids_it_shows(draw: Draw, plates: list[Plate]) -> None:
    assert faults(check(draw(plates[1:], subject=""))) == [(Fault.MISSING, plates[0].token)]


def test_who_knows_what_is_expected_is_not_told_of_other_doors(draw: Draw, plates: list[Plate]) -> None:
    unknown = tokens.new()
    wanted = {unknown, *(plate.token for plate in plates[:3])}
    path = draw(plates[:2])
    result = checking.check(path, base_url=BASE_URL, expected=wanted)
    assert set(faults(result)) == {(Fault.MISSING, plates[2].token), (Fault.MISSING, unknown)}


def test_a_plate_that_is_none_of_those_expected_is_one_too_many(draw: Draw, plates: list[Plate]) -> None:
    result = checking.check(draw(plates[:3]), base_url=BASE_URL, expected={plate.token for plate in plates[:2]})
    assert faults(result) == [(Fault.EXTRA, plates[2].token)]


def test_a_plate_printed_twice_is_found_across_files(draw: Draw, plates: list[Plate]) -> None:
    (only,) = check(draw(plates), draw(plates[:1], name="again")).differences
    assert (only.fault, only.subject) == (Fault.TWICE, plates[0].token)
    assert (only.file, only.page, only.place) == ("again.pdf", 1, 1)


def test_a_code_that_was_never_issued_is_one_too_many(draw: Draw, plates: list[Plate]) -> None:
    stranger = tokens.new()
    foreign = replace(plates[0], token=stranger, matrix=qr.matrix(BASE_URL, stranger))
    assert faults(check(draw([*plates, foreign]))) == [(Fault.EXTRA, stranger)]


def test_another_door_s_code_beside_the_words_is_found_from_both_sides(draw: Draw, plates: list[Plate]) -> None:
    result = check(draw([replace(plates[0], matrix=plates[1].matrix), *plates[1:]]))
    assert {(each.fault, each.subject, each.place) for each in result.differences} == {
        (Fault.WRONG, plates[1].token, 1), (Fault.TWICE, plates[1].token, 2), (Fault.UNREAD, plates[0].token, 0)}


def test_two_plates_whose_codes_changed_places_are_both_wrong(draw: Draw, plates: list[Plate]) -> None:
    first, second = plates[:2]
    result = check(draw([replace(first, matrix=second.matrix), replace(second, matrix=first.matrix), *plates[2:]]))
    assert {(each.fault, each.place) for each in result.differences} == {(Fault.WRONG, 1), (Fault.WRONG, 2)}


def test_a_plate_with_another_door_s_number_is_wrong(draw: Draw, plates: list[Plate]) -> None:
    (only,) = check(draw([replace(plates[0], door="团结路 99 号"), *plates[1:]])).differences
    assert (only.fault, only.page, only.place) == (Fault.WRONG, 1, 1)
    assert "团结路 1 号" in only.detail


@pytest.mark.parametrize("base_url", ["https://elsewhere.example", "http://localhost:8000"])
def test_a_foreign_address_is_found(draw: Draw, plates: list[Plate], base_url: str) -> None:
    foreign = qr.matrix(base_url, plates[0].token)
    result = check(draw([replace(plates[0], matrix=foreign), *plates[1:]]))
    assert faults(result) == [
        (Fault.EXTRA, qr.address(base_url, plates[0].token)), (Fault.UNREAD, plates[0].token)]


@pytest.mark.parametrize("expected", [False, True])
def test_a_host_in_the_other_case_is_wrong(draw: Draw, plates: list[Plate], expected: bool) -> None:
    other = qr.matrix(BASE_URL, plates[0].token, lower_host=not expected)
    rest = [replace(plate, matrix=qr.matrix(BASE_URL, plate.token, lower_host=expected)) for plate in plates[1:]]
    (only,) = check(draw([replace(plates[0], matrix=other), *rest]), lower_host=expected).differences
    assert (only.fault, only.place) == (Fault.WRONG, 1)
    assert qr.address(BASE_URL, plates[0].token, lower_host=not expected) in only.detail


def test_what_the_list_beside_the_plates_says_is_held_against_them(draw: Draw, plates: list[Plate]) -> None:
    folder = draw(plates).parent / "folder"
    folder.mkdir()
    draw(plates[:3], name="folder/drawn")
    listed = [(plates[0].token, qr.address(BASE_URL, plates[0].token)), (plates[1].token, "http://localhost/D/X"),
              (plates[3].token, qr.address(BASE_URL, plates[3].token))]
    (folder / manifest.NAME).write_text("\n".join(["token,url", *map(",".join, listed)]), encoding="utf-8-sig")
    found = faults(check(folder))
    assert (Fault.WRONG, plates[1].token) in found
    assert (Fault.EXTRA, plates[2].token) in found
    assert (Fault.MISSING, plates[3].token) in found
    assert plates[0].token not in {token for _, token in found}


# ---- what is wrong with the paper

def opened_page(path: Path, number: int, change: Callable[[pypdfium2.PdfDocument, pypdfium2.PdfPage], object]) -> Path:
    """The same file with one page changed by another program."""
    document = pypdfium2.PdfDocument(path)
    page = document[number - 1]
    change(document, page)
    changed = path.with_name("changed.pdf")
    document.save(changed)
    document.close()
    return changed


def box(x: float, y: float, width: float, height: float, grey: int = 0) -> Callable[..., None]:
    """Draws a rectangle (mm from the upper left corner) on top of all else."""

    def drawn(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> None:
        points = 72 / 25.4
        made = raw.FPDFPageObj_CreateNewRect(
            x * points, page.get_height() - (y + height) * points, width * points, height * points)
        raw.FPDFPageObj_SetFillColor(made, grey, grey, grey, 255)
        raw.FPDFPath_SetDrawMode(made, raw.FPDF_FILLMODE_WINDING, 0)
        raw.FPDFPage_InsertObject(page, made)
        page.gen_content()

    return drawn


def corner_of(path: Path) -> scanning.Seen:
    """The first code of the first page, as it was seen."""
    with scanning.readers() as read:
        return next(read([scanning.Stack(path, (1,))])).seen[0]


@pytest.mark.parametrize("away", [0.1, 2.0, 3.9])
def test_a_thin_dark_line_in_the_quiet_zone_is_found(draw: Draw, plates: list[Plate], away: float) -> None:
    path = draw(plates)
    at = corner_of(path)
    y = at.y + (4 - away) * at.module
    (only,) = check(opened_page(path, 1, box(at.x + 10, y, 12, 0.1))).differences
    assert (only.fault, only.place, only.subject) == (Fault.QUIET, 1, plates[0].token)


def test_a_line_just_outside_of_the_quiet_zone_is_none_of_its_business(draw: Draw, plates: list[Plate]) -> None:
    path = draw(plates)
    at = corner_of(path)
    assert check(opened_page(path, 1, box(at.x, at.y - 0.35, at.width, 0.3))).agrees


def test_a_code_that_is_painted_over_is_found_by_its_words(draw: Draw, plates: list[Plate]) -> None:
    path = draw(plates)
    at = corner_of(path)
    (only,) = check(opened_page(path, 1, box(at.x, at.y, at.width, at.height, 255))).differences
    assert (only.fault, only.page, only.subject) == (Fault.UNREAD, 1, plates[0].token)


def test_a_code_drawn_wrongly_inside_the_file_is_found_by_its_words(draw: Draw, plates: list[Plate]) -> None:
    path = draw(plates[:10])
    content = max(re.findall(rb"stream\n(.*?)\nendstream", path.read_bytes(), re.DOTALL),
                  key=lambda each: zlib.decompress(each).count(b" re"))
    unpacked = zlib.decompress(content)
    spoilt = unpacked.replace(b"\nf Q", b"\nn Q")
    assert spoilt != unpacked
    path.write_bytes(path.read_bytes().replace(content, zlib.compress(spoilt, 9)))
    result = check(path)
    assert [each.fault for each in result.differences if each.page] == [Fault.UNREAD] * 10
    assert result.read == {Decoder.ZXING: 0, Decoder.WECHAT: 0}


def test_a_page_that_was_made_smaller_has_codes_that_are_too_small(draw: Draw, plates: list[Plate]) -> None:
    def shrunk(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> None:
        share = 20 / 47.6
        matrix = raw.FS_MATRIX(share, 0, 0, share, 0, 0)
        raw.FPDFPage_TransFormWithClip(page, matrix, None)

    result = check(opened_page(draw(plates), 1, shrunk))
    assert {(each.fault, each.page) for each in result.differences} == {(Fault.SIZE, 1)}
    assert {each.subject for each in result.differences} == {plate.token for plate in plates[:10]}
    assert any("20.0 mm" in each.detail for each in result.differences)
    assert any("0.54 mm" in each.detail for each in result.differences)


def test_a_page_of_98_percent_is_not_true_in_size(draw: Draw, plates: list[Plate]) -> None:
    def shrunk(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> None:
        raw.FPDFPage_TransFormWithClip(page, raw.FS_MATRIX(0.98, 0, 0, 0.98, 0, 0), None)

    result = check(opened_page(draw(plates), 2, shrunk))
    assert {(each.fault, each.page) for each in result.differences} == {(Fault.SIZE, 2)}


def test_a_page_that_ends_before_its_plates_do_is_found(draw: Draw, plates: list[Plate], tmp_path: Path) -> None:
    document = pypdfium2.PdfDocument(draw(plates))
    for page in document:
        width, height = page.get_size()
        page.set_mediabox(0, 0, width - 75, height)
    document.save(tmp_path / "cut.pdf")
    document.close()
    result = check(tmp_path / "cut.pdf")
    assert set(faults(result)) == {(Fault.SIZE, plate.token) for plate in plates[1::2]}


def test_a_page_turned_upside_down_is_found(draw: Draw, plates: list[Plate]) -> None:
    result = check(opened_page(draw(plates), 2, lambda document, page: page.set_rotation(180)))
    assert {(each.fault, each.page, each.subject) for each in result.differences} == {
        (Fault.TURNED, 2, plate.token) for plate in plates[10:]}


# ---- samples

def test_a_sample_looks_at_some_pages_and_reads_the_words_of_all(draw: Draw, plates: list[Plate]) -> None:
    result = check(draw(plates, Layout.SINGLE), sample=3, seed=7)
    assert result.agrees
    assert (result.plates, result.looked_at, result.pages, result.pages_looked_at) == (12, 3, 12, 3)
    assert (result.sample, result.seed) == (3, 7)
    assert result.read == {Decoder.ZXING: 3, Decoder.WECHAT: 3}


def test_a_seed_draws_the_same_sample_again(draw: Draw, plates: list[Plate]) -> None:
    path = draw([replace(plate, matrix=qr.matrix("http://x", plate.token)) for plate in plates], Layout.SINGLE)
    drawn = [{each.page for each in check(path, sample=3, seed=seed).differences} for seed in (1, 1, 2, 3, 4)]
    assert drawn[0] == drawn[1]
    assert len({frozenset(each) for each in drawn}) > 1


def test_without_a_seed_one_is_drawn_and_told(draw: Draw, plates: list[Plate]) -> None:
    path = draw(plates, Layout.SINGLE)
    seeds = {check(path, sample=1).seed for _ in range(3)}
    assert None not in seeds
    assert len(seeds) > 1


def test_a_sample_still_finds_what_is_missing_twice_or_ended_wherever_it_is(draw: Draw, plates: list[Plate]) -> None:
    path = draw([*plates[1:], plates[3]], Layout.SINGLE)
    codes.revoke(plates[2].token, reason="丢了")
    db.session.commit()
    for seed in range(3):
        assert set(faults(check(path, sample=1, seed=seed))) == {
            (Fault.MISSING, plates[0].token), (Fault.TWICE, plates[3].token), (Fault.REVOKED, plates[2].token)}


# ---- what can't be checked

def test_what_is_no_pdf_is_refused(tmp_path: Path, database: Engine) -> None:
    path = tmp_path / "plates.pdf"
    path.write_bytes(b"not at all")
    with pytest.raises(Refusal, match=re.escape("plates.pdf")):
        check(path)


@pytest.mark.parametrize("content", [b"", b"no picture", "half"])
def test_a_picture_that_can_t_be_read_is_refused(
    draw: Draw, plates: list[Plate], tmp_path: Path, content: bytes | str, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as WeasyPrint does, for the whole process
    whole = draw(plates[:1], form=Format.PNG).read_bytes()
    (tmp_path / "broken.png").write_bytes(whole[:len(whole) // 2] if isinstance(content, str) else content)
    with pytest.raises(Refusal, match="PNG"):
        check(tmp_path / "broken.png")


def test_a_picture_of_a_few_bytes_that_would_fill_the_memory_is_refused(tmp_path: Path, database: Engine) -> None:
    Image.new("1", (20_000, 20_000)).save(tmp_path / "vast.png", dpi=(300, 300))
    with pytest.raises(Refusal, match="PNG"):
        check(tmp_path / "vast.png")


def test_a_page_of_metres_is_refused(draw: Draw, plates: list[Plate], tmp_path: Path) -> None:
    document = pypdfium2.PdfDocument(draw(plates))
    document[0].set_mediabox(0, 0, 14_400, 14_400)
    document.save(tmp_path / "vast.pdf")
    document.close()
    with pytest.raises(Refusal, match="太大"):
        check(tmp_path / "vast.pdf")


@pytest.mark.parametrize("content", [b"a,b\r\n1,2\r\n", b"\xff\xfe\x00"])
def test_a_list_of_something_else_is_refused(
    draw: Draw, plates: list[Plate], tmp_path: Path, content: bytes,
) -> None:
    draw(plates)
    (tmp_path / manifest.NAME).write_bytes(content)
    with pytest.raises(Refusal, match=manifest.NAME):
        check(tmp_path)


def test_a_zip_that_says_it_is_larger_than_the_disk_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "run.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("330281114200.pdf", b"0" * 100_000)
        archive.filelist[0].file_size = 1 << 50
    with pytest.raises(Refusal, match="放不下"):
        check(path)


def test_a_zip_with_a_broken_member_is_refused(draw: Draw, plates: list[Plate], tmp_path: Path) -> None:
    path = tmp_path / "run.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(draw(plates), "a.pdf")
    content = bytearray(path.read_bytes())
    content[200:400] = bytes(200)
    path.write_bytes(content)
    with pytest.raises(Refusal, match="ZIP"):
        check(path)


def test_an_svg_is_refused_and_pdf_recommended(draw: Draw, plates: list[Plate]) -> None:
    with pytest.raises(Refusal, match="PDF"):
        check(draw(plates, form=Format.SVG))


def test_a_folder_without_plates_is_refused(tmp_path: Path, database: Engine) -> None:
    with pytest.raises(Refusal):
        check(tmp_path)


def test_one_decoder_alone_is_no_gate(draw: Draw, plates: list[Plate], monkeypatch: pytest.MonkeyPatch) -> None:
    decoding.wechat.cache_clear()
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(Refusal, match="opencv"):
        check(draw(plates))


def test_a_file_without_a_plate_does_not_agree(tmp_path: Path, database: Engine) -> None:
    empty = pypdfium2.PdfDocument.new()
    empty.new_page(595, 842)
    empty.save(tmp_path / "empty.pdf")
    empty.close()
    result = check(tmp_path / "empty.pdf")
    assert (result.differences, result.pages, result.agrees) == ((), 1, False)


def test_only_an_address_of_this_installation_has_a_token() -> None:
    token = tokens.new()
    for text in (f"https://H.EXAMPLE.CN/D/{token}", f"https://h.example.cn/d/{token.lower()}"):
        assert checking.token_in(text, "https://h.example.cn") == token
    for text in (f"http://H.EXAMPLE.CN/D/{token}", f"https://H.EXAMPLE.CN:8000/D/{token}", token,
                 f"https://H.EXAMPLE.CN/X/{token}", "https://H.EXAMPLE.CN/D/123", f"https://h.example.cn/D/{token}?x=1"):
        assert checking.token_in(text, "https://h.example.cn") is None


# ---- the command

def run(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(cli.main, ["codes", "check", *map(str, arguments)], catch_exceptions=False)
    return done.exit_code, done.output


def test_the_command_says_how_many_plates_were_read_by_whom_and_what_share(
    environment: Config, draw: Draw, plates: list[Plate],
) -> None:
    path = draw(plates, Layout.SINGLE)
    assert run(path) == (0, "12 plates on 12 pages: 12 by zxing and 12 by wechat read; all agree with the register.\n")
    assert run(path, "--sample", "5", "--seed", "7") == (
        0, "sample 5 of 12 plates, 5 of 12 pages, seed 7: 5 by zxing and 5 by wechat read; "
           "all agree with the register.\n")
    code, shown = run(draw([replace(plates[0], door="团结路 99 号"), *plates[1:]]))
    assert code == 1
    assert f"drawn.pdf, page 1, plate 1: wrong {plates[0].token}: the door printed beside the code is not" in shown
