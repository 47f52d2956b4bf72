"""印张: every layout, written in every format, is read back by a decoder that had no part in drawing it."""

import re
import shutil
import subprocess
import sys
import threading
from math import ceil, floor
from pathlib import Path
from xml.etree import ElementTree

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageChops

from feedback import fonts, qr, sheets, tokens
from feedback.errors import Refusal
from feedback.fonts import Style, Typefaces
from feedback.plates import CODE_AT, CODE_SIZE, Plate
from feedback.plates.setting import Setter
from feedback.sheets import GRIDS, Caption, Format, Grid, Layout, layouts, png

pytestmark = pytest.mark.fonts

BASE_URL = "https://h.example.cn"
ROOT = Path(__file__).parent.parent
CAPTION = Caption("梁弄镇 汪巷村 第一网格 一组")
QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)


@pytest.fixture(scope="module")
def typefaces() -> Typefaces:
    return fonts.load()


def some_plates(count: int, base_url: str = BASE_URL) -> list[Plate]:
    drawn = [tokens.new() for _ in range(count)]
    return [
        Plate(village="汪巷村", door=f"{number} 号", token=token, host="h.example.cn", hotline="0574-6200 0000",
              matrix=qr.matrix(base_url, token))
        for number, token in enumerate(drawn, start=36)
    ]


def written(plates: list[Plate], layout: Layout, form: Format, folder: Path, typefaces: Typefaces) -> list[Path]:
    return sheets.write(plates, layout, form, folder / "sheet", caption=CAPTION, subject="330281114209001001",
                        typefaces=typefaces)


def rasterised(path: Path, resolution: int = 200) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(path)
    try:
        return [page.render(scale=resolution / 72).to_pil().convert("L") for page in document]
    finally:
        document.close()


def read(pictures: list[Image.Image]) -> list[str]:
    return [found.text for picture in pictures for found in zxingcpp.read_barcodes(picture, formats=QR)]


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("base_url", [BASE_URL, "http://192.168.100.100:8000"])
def test_every_plate_of_full_and_part_filled_sheets_is_decoded(
    layout: Layout, base_url: str, tmp_path: Path, typefaces: Typefaces,
) -> None:
    made = some_plates(GRIDS[layout].places + 3, base_url)
    (path,) = written(made, layout, Format.PDF, tmp_path, typefaces)
    pictures = rasterised(path)
    assert len(pictures) == ceil(len(made) / GRIDS[layout].places)
    assert sorted(read(pictures)) == sorted(qr.address(base_url, plate.token) for plate in made)


@pytest.mark.parametrize("layout", Layout)
def test_a_phone_s_worth_of_pixels_is_enough(layout: Layout, tmp_path: Path, typefaces: Typefaces) -> None:
    """100 dots per inch: a code is then about as many pixels wide as in the middle of a phone's picture."""
    made = some_plates(GRIDS[layout].places)
    (path,) = written(made, layout, Format.PDF, tmp_path, typefaces)
    assert len(read(rasterised(path, 100))) == len(made)


@pytest.mark.parametrize("layout", Layout)
def test_a_png_knows_its_size_and_is_decoded(layout: Layout, tmp_path: Path, typefaces: Typefaces) -> None:
    made = some_plates(GRIDS[layout].places + 1)
    paths = written(made, layout, Format.PNG, tmp_path, typefaces)
    assert [path.name for path in paths] == ["sheet-0001.png", "sheet-0002.png"]
    pictures = [Image.open(path).convert("L") for path in paths]
    assert len(read(pictures)) == len(made)
    with Image.open(paths[0]) as picture:
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert picture.width / 300 * 25.4 == pytest.approx(GRIDS[layout].width, abs=0.2)


def test_an_svg_is_one_document_of_outlines_in_millimetres(tmp_path: Path, typefaces: Typefaces) -> None:
    (path,) = written(some_plates(1), Layout.SINGLE, Format.SVG, tmp_path, typefaces)
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))  # our own file
    assert (root.get("width"), root.get("height")) == ("105mm", "140mm")
    names = {each.tag.removeprefix("{http://www.w3.org/2000/svg}") for each in root.iter()}
    assert names == {"svg", "title", "rect", "path"}
    assert root.findtext("{http://www.w3.org/2000/svg}title", "").startswith("梁弄镇 汪巷村")


def test_the_modules_of_an_svg_are_the_matrix_s(tmp_path: Path, typefaces: Typefaces) -> None:
    """No SVG renderer is at hand without a browser, so its one path is painted here, module by module."""
    (plate,) = some_plates(1)
    (path,) = written([plate], Layout.SINGLE, Format.SVG, tmp_path, typefaces)
    code = re.search(r'd="([^"]*)"[^>]*crispEdges', path.read_text(encoding="utf-8"))
    assert code is not None
    side = plate.matrix.size + 2 * qr.QUIET_ZONE
    picture = Image.new("L", (side, side), color=255)
    for column, row, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", code[1]):
        picture.paste(0, (int(column), int(row), int(column) + int(length), int(row) + 1))
    assert read([picture.resize((side * 6, side * 6), Image.Resampling.NEAREST)]) == [
        qr.address(BASE_URL, plate.token)]


@pytest.mark.parametrize("layout", Layout)
def test_the_quiet_zone_is_white_paper_to_its_last_pixel(
    layout: Layout, tmp_path: Path, typefaces: Typefaces,
) -> None:
    grid = GRIDS[layout]
    (path,) = written(some_plates(grid.places), layout, Format.PDF, tmp_path, typefaces)
    (picture,) = rasterised(path, 300)
    module = CODE_SIZE[grid.form] / 37
    for place in range(grid.places):
        x, y = (a + b for a, b in zip(grid.corner(place), CODE_AT[grid.form], strict=True))
        whole, dark = 37 * module, 33 * module
        for strip in ((0, 0, whole, 4 * module), (0, dark, whole, whole),
                      (0, 0, 4 * module, whole), (dark, 0, whole, whole)):
            left, top, right, low = (value / 25.4 * 300 for value in strip)
            box = (x / 25.4 * 300 + left + 1, y / 25.4 * 300 + top + 1,
                   x / 25.4 * 300 + right - 1, y / 25.4 * 300 + low - 1)
            inside = (ceil(box[0]), ceil(box[1]), floor(box[2]), floor(box[3]))
            assert picture.crop(inside).getextrema() == (255, 255)


def test_the_code_s_width_on_paper_is_the_drawing_s(tmp_path: Path, typefaces: Typefaces) -> None:
    for layout, whole in ((Layout.TWO_BY_FIVE, 47.6), (Layout.THREE_BY_EIGHT, 30.8), (Layout.SINGLE, 66.0),
                          (Layout.ROLL, 37.0)):
        (path,) = written(some_plates(1), layout, Format.PDF, tmp_path, typefaces)
        (picture,) = rasterised(path, 300)
        (found,) = zxingcpp.read_barcodes(picture, formats=QR)
        dark = (found.position.top_right.x - found.position.top_left.x) / 300 * 25.4
        assert dark * 37 / 29 == pytest.approx(whole, abs=0.4)


def test_the_words_of_a_pdf_can_be_searched_and_are_grouped_for_typing(
    tmp_path: Path, typefaces: Typefaces,
) -> None:
    (plate,) = some_plates(1)
    (path,) = written([plate], Layout.SINGLE, Format.PDF, tmp_path, typefaces)
    document = pypdfium2.PdfDocument(path)
    try:
        words = document[0].get_textpage().get_text_bounded()
        facts = document.get_metadata_dict()
    finally:
        document.close()
    for part in ("汪巷村", "36 号", "户廉码", "问事 说事 监督", "0574-6200 0000", tokens.grouped(plate.token)):
        assert part in words
    assert sheets.FULL_SIZE in words
    assert facts["Subject"] == "330281114209001001"


@pytest.mark.parametrize("name", ["NotoSansCJK-Bold.ttc", "LXGWWenKai-Regular.ttf"])
def test_both_kinds_of_outlines_are_embedded(name: str, tmp_path: Path) -> None:
    """CFF as in Noto, TrueType as in LXGW WenKai: the ink of a rare character is really there."""
    installed = fonts._installed(fonts.FOLDERS)
    if name.lower() not in installed:
        pytest.skip(f"{name} is not installed")
    loaded = fonts.load([str(installed[name.lower()])])
    (plate,) = some_plates(1)
    rare = Plate(**{**vars(plate), "door": "㐂䶮𠮷 8 号"})
    (path,) = written([rare], Layout.SINGLE, Format.PDF, tmp_path, loaded)
    (picture,) = rasterised(path)
    assert read([picture]) == [qr.address(BASE_URL, plate.token)]
    document = pypdfium2.PdfDocument(path)
    assert "㐂䶮𠮷 8 号" in document[0].get_textpage().get_text_bounded()
    document.close()
    face = loaded.face_of("𠮷", Style.SONG)
    assert face is not None
    assert face.path.name == name
    assert face.subset("𠮷").is_cff == name.startswith("Noto")


@pytest.mark.skipif(shutil.which("pdffonts") is None, reason="poppler is not installed")
def test_another_reader_finds_the_file_sound_and_every_font_embedded(tmp_path: Path, typefaces: Typefaces) -> None:
    (path,) = written(some_plates(12), Layout.TWO_BY_FIVE, Format.PDF, tmp_path, typefaces)
    listed = subprocess.run(["pdffonts", str(path)], capture_output=True, text=True, check=True)
    assert listed.stderr == ""
    fonts_of = [line.split() for line in listed.stdout.splitlines()[2:]]
    assert len(fonts_of) == 3
    assert all(line[-5:-2] == ["yes", "yes", "yes"] for line in fonts_of)


def test_the_same_plates_give_the_same_bytes(tmp_path: Path) -> None:
    made = some_plates(3)
    for form in Format:
        once, again = (
            [path.read_bytes() for path in written(made, Layout.TWO_BY_FIVE, form, tmp_path / name, fonts.load())]
            for name in ("once", "again")
        )
        assert once == again


def test_a_pdf_asks_to_be_printed_at_its_own_size(tmp_path: Path, typefaces: Typefaces) -> None:
    (path,) = written(some_plates(1), Layout.TWO_BY_FIVE, Format.PDF, tmp_path, typefaces)
    assert b"/PrintScaling /None" in path.read_bytes()


@pytest.mark.parametrize(("layout", "pitch"), [(Layout.TWO_BY_FIVE, (95, 54)), (Layout.THREE_BY_EIGHT, (64, 34))])
def test_sheets_fill_a4_by_their_pitch(layout: Layout, pitch: tuple[float, float]) -> None:
    grid: Grid = GRIDS[layout]
    assert (grid.width, grid.height) == (210, 297)
    assert (grid.pitch_x, grid.pitch_y) == pitch
    assert grid.left >= 5
    assert grid.top >= 5
    columns, rows = map(int, layout.value.split("x"))
    assert (grid.columns, grid.rows) == (columns, rows)


@pytest.mark.parametrize("layout", [each for each in Layout if each is not Layout.ROLL])
def test_crop_marks_stay_on_the_paper_and_off_the_plates(layout: Layout, typefaces: Typefaces) -> None:
    grid = GRIDS[layout]
    (sheet,) = sheets.sheets_of(some_plates(1), layout, CAPTION.place)
    page = layouts.page(sheet, layout, Setter(typefaces))
    marks = list(layouts.marks(grid))
    assert len(marks) == 2 * (grid.columns + 1) + 2 * (grid.rows + 1)
    left, top, width, height = page.trim
    for mark in marks:
        assert 2 <= mark.x <= page.width - 2 - mark.width
        assert 2 <= mark.y <= page.height - 2 - mark.height
        beside = mark.x + mark.width <= left - 2 or mark.x >= left + width + 2
        above = mark.y + mark.height <= top - 2 or mark.y >= top + height + 2
        assert beside or above
        assert mark in page.shapes


def test_a_label_fills_its_page_and_has_nothing_around_it(tmp_path: Path, typefaces: Typefaces) -> None:
    (path,) = written(some_plates(2), Layout.ROLL, Format.PDF, tmp_path, typefaces)
    document = pypdfium2.PdfDocument(path)
    assert len(document) == 2
    assert [side / 72 * 25.4 for side in document[0].get_size()] == pytest.approx([70, 50], abs=0.01)
    assert sheets.FULL_SIZE not in document[0].get_textpage().get_text_bounded()
    document.close()
    assert not list(layouts.marks(GRIDS[Layout.ROLL]))


def test_a_plate_maker_s_picture_may_be_twice_as_fine(tmp_path: Path, typefaces: Typefaces) -> None:
    made = some_plates(1)
    (path,) = sheets.write(made, Layout.SINGLE, Format.PNG, tmp_path / "x", caption=CAPTION, subject="",
                           typefaces=typefaces, resolution=600)
    with Image.open(path) as picture:
        assert picture.info["dpi"] == pytest.approx((600, 600), abs=0.1)
        assert picture.width / 600 * 25.4 == pytest.approx(105, abs=0.1)
        assert read([picture.convert("L")]) == [qr.address(BASE_URL, made[0].token)]


def test_a_host_so_long_that_modules_become_too_fine_is_refused_where_they_do(
    tmp_path: Path, typefaces: Typefaces,
) -> None:
    long = "https://" + "a" * 40 + ".example.cn"
    made = some_plates(1, long)
    with pytest.raises(Refusal, match=r"3x8.*0\.\d\d 毫米"):
        written(made, Layout.THREE_BY_EIGHT, Format.PDF, tmp_path, typefaces)
    assert not list(tmp_path.iterdir())
    assert read(rasterised(written(made, Layout.TWO_BY_FIVE, Format.PDF, tmp_path, typefaces)[0])) == [
        qr.address(long, made[0].token)]


def test_a_file_is_replaced_in_one_step_and_leaves_nothing_half_made(tmp_path: Path) -> None:
    sheets.put(tmp_path / "a" / "x.pdf", b"one")
    sheets.put(tmp_path / "a" / "x.pdf", b"two")
    assert [(path.name, path.read_bytes()) for path in (tmp_path / "a").iterdir()] == [("x.pdf", b"two")]


def big(count: int, folder: Path, typefaces: Typefaces) -> Path:
    made = some_plates(20)
    plates = [Plate(**{**vars(made[each % 20]), "door": f"团结路 {each} 号"}) for each in range(count)]
    return sheets.write(plates, Layout.TWO_BY_FIVE, Format.PDF, folder / f"{count}", caption=CAPTION, subject="",
                        typefaces=typefaces)[0]


def test_a_thousand_plates_weigh_at_most_six_hundred_bytes_each(tmp_path: Path, typefaces: Typefaces) -> None:
    drawn = [tokens.new() for _ in range(1000)]
    words = vars(some_plates(1)[0])
    plates = [
        Plate(**{**words, "door": f"团结路 {number} 号", "token": token, "matrix": matrix})
        for number, (token, matrix) in enumerate(zip(drawn, qr.matrices(BASE_URL, drawn), strict=True), start=1)
    ]
    (path,) = written(plates, Layout.TWO_BY_FIVE, Format.PDF, tmp_path, typefaces)
    assert path.stat().st_size <= 600 * 1000


def test_pages_hang_in_a_tree_whose_nodes_are_small(tmp_path: Path, typefaces: Typefaces) -> None:
    path = big(64 * 64 * 10 + 1, tmp_path, typefaces)
    kids = [len(node.split(b" R")) - 1 for node in re.findall(rb"/Kids \[([^\]]*)\]", path.read_bytes())]
    assert max(kids) == 64
    assert len(kids) == 1 + 2 + 65
    document = pypdfium2.PdfDocument(path)
    assert len(document) == 64 * 64 + 1
    last = document[64 * 64]
    assert last.get_size() == pytest.approx((595.28, 841.89), abs=0.01)
    assert "全册第 4097 张" in last.get_textpage().get_text_bounded()
    document.close()


def test_what_is_drawn_once_a_file_looks_as_if_drawn_on_each_plate(tmp_path: Path, typefaces: Typefaces) -> None:
    """Plates that share their words call one form; one that differs draws its ground in place."""
    one, other = some_plates(2)
    apart = [Plate(**{**vars(each), "village": "湖东村"}) for each in (one, other)]
    (called,) = rasterised(written(apart, Layout.TWO_BY_FIVE, Format.PDF, tmp_path / "a", typefaces)[0])
    (drawn,) = rasterised(written([one, apart[1]], Layout.TWO_BY_FIVE, Format.PDF, tmp_path / "b", typefaces)[0])
    right = (called.width // 2, 0, called.width, called.height)
    differences = ImageChops.difference(called.crop(right), drawn.crop(right)).tobytes()
    assert max(differences) <= 8


GROWTH = """
import resource, sys
from pathlib import Path
from feedback import fonts, sheets, tokens
from feedback.plates import Inscription
from feedback.sheets import Layout, contents
from feedback.sheets.contents import Part, Piece

typefaces = fonts.load()
ground = Inscription(village="汪巷村", door="0123456789 号", token=tokens.ALPHABET[:12], host="h.example.cn")
used = sheets.used_by([ground], "汪巷村")
used.add(fonts.Style.HEI_BOLD, tokens.ALPHABET)
tray, subsets = typefaces.tray(used)
with sheets.book(Path(sys.argv[1]), Layout.TWO_BY_FIVE, tray, subsets, ground=ground, title="x", subject="") as book:
    for leaf in range(int(sys.argv[2])):
        doors = [(f"{number} 号", tokens.new()) for number in range(480)]
        part = Part(Layout.TWO_BY_FIVE, tray, ground, [Piece("汪巷村", doors, 1, 480, 1 + 48 * leaf)],
                    "https://h.example.cn", False)
        book.add(contents.made(part))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_a_file_ten_times_as_long_takes_no_more_memory(tmp_path: Path) -> None:
    small, large = (
        int(subprocess.run([sys.executable, "-c", GROWTH, str(tmp_path / "x.pdf"), count], cwd=ROOT,
                           capture_output=True, text=True, check=True).stdout)
        for count in ("3", "30")
    )
    assert large < small * 1.1


def test_two_threads_never_rasterise_at_once(tmp_path: Path, typefaces: Typefaces) -> None:
    """PDFium would end the process."""
    (path,) = written(some_plates(1), Layout.TWO_BY_FIVE, Format.PDF, tmp_path, typefaces)
    made: list[bytes] = []
    second = threading.Thread(target=lambda: made.append(png.write(path.read_bytes(), 10)))
    with png._pdfium:
        second.start()
        second.join(0.5)
        assert made == []
    second.join()
    assert len(made) == 1
