"""印张: lays plates on sheets, with crop marks, and writes the sheets as PDF, PNG or SVG.

A sheet knows nothing of the register; it gets finished plates. PDF carries its words as text in subset
fonts, SVG as outlines; PNG is the PDF, rasterised. The same plates give the same bytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from feedback.fonts import Style, Typefaces
from feedback.plates import EXTENT, Form, Plate, draw
from feedback.plates.setting import Room, Setter
from feedback.plates.shapes import Box, Colour, Page, Shape, moved
from feedback.sheets import pdf, png, svg

FULL_SIZE = "按 100% 打印，不要选“适应页面”"
MARK_LENGTH = 6.0
MARK_WIDTH = 0.25
MARK_GAP = 2.5
"""Crop marks stay so far from where the knife goes, so that none is left on a plate (mm)."""

_FOOT = 2.6


class Layout(StrEnum):
    """How plates lie on paper; the numbers are columns × rows on A4."""

    TWO_BY_FIVE = "2x5"
    THREE_BY_EIGHT = "3x8"
    SINGLE = "single"


class Format(StrEnum):
    """What a sheet is written as."""

    PDF = "pdf"
    PNG = "png"
    SVG = "svg"


@dataclass(frozen=True)
class Grid:
    """A layout's measures (mm): the paper, the pitch of the cells, and the plate in the middle of each."""

    form: Form
    width: float
    height: float
    columns: int
    rows: int
    pitch_x: float
    pitch_y: float

    @property
    def places(self) -> int:
        return self.columns * self.rows

    @property
    def left(self) -> float:
        return (self.width - self.columns * self.pitch_x) / 2

    @property
    def top(self) -> float:
        return (self.height - self.rows * self.pitch_y) / 2

    def cell(self, place: int) -> tuple[float, float]:
        """Upper left corner of a cell; places are counted from 0, by rows."""
        row, column = divmod(place, self.columns)
        return self.left + column * self.pitch_x, self.top + row * self.pitch_y


GRIDS = {
    Layout.TWO_BY_FIVE: Grid(Form.CARD, 210, 297, 2, 5, 95, 54),
    Layout.THREE_BY_EIGHT: Grid(Form.LABEL, 210, 297, 3, 8, 64, 34),
    Layout.SINGLE: Grid(Form.WALL, 105, 140, 1, 1, 85, 120),
}


@dataclass(frozen=True)
class Caption:
    """What the foot of a sheet says: which micro-grid, and which of how many sheets."""

    place: str

    def words(self, plates: Sequence[Plate], number: int, total: int) -> str:
        doors = plates[0].door if len(plates) == 1 else f"{plates[0].door} – {plates[-1].door}"
        return f"{self.place}　{doors}　第 {number} 张，共 {total} 张"


def sheets_of(plates: Sequence[Plate], layout: Layout) -> list[Sequence[Plate]]:
    """The plates of each sheet, in order; the last one may be part empty."""
    places = GRIDS[layout].places
    return [plates[first:first + places] for first in range(0, len(plates), places)]


def pages(plates: Sequence[Plate], layout: Layout, caption: Caption, typefaces: Typefaces) -> Iterator[Page]:
    """The sheets of these plates. Refuses a character that no font at hand can draw."""
    grid, setter = GRIDS[layout], Setter(typefaces)
    sheets = sheets_of(plates, layout)
    for number, sheet in enumerate(sheets, start=1):
        words = caption.words(sheet, number, len(sheets))
        shapes: list[Shape] = []
        for place, plate in enumerate(sheet):
            shapes += moved(draw(plate, grid.form, setter), *_corner(grid, place))
        yield Page(
            width=grid.width, height=grid.height, title=words,
            trim=(grid.left, grid.top, grid.columns * grid.pitch_x, grid.rows * grid.pitch_y),
            shapes=(*shapes, *_marks(grid), *_foot(grid, words, setter)),
        )


def write(plates: Sequence[Plate], layout: Layout, form: Format, base: Path, *,
          caption: Caption, subject: str, typefaces: Typefaces) -> list[Path]:
    """Writes the sheets: one PDF `base`.pdf, or one picture a sheet, `base`-1.png and so on.

    Each file appears whole or not at all. `subject` is the area code that the PDF is about.
    """
    drawn = list(pages(plates, layout, caption, typefaces))
    if form is Format.PDF:
        return [put(base.with_name(f"{base.name}.pdf"), pdf.write(drawn, typefaces, subject=subject))]
    written = []
    for number, page in enumerate(drawn, start=1):
        made = svg.write(page, typefaces) if form is Format.SVG else png.write(page, typefaces)
        written.append(put(base.with_name(f"{base.name}-{number}.{form}"), made))
    return written


def put(path: Path, content: bytes) -> Path:
    """Replaces a file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_bytes(content)
    unfinished.replace(path)
    return path


def _corner(grid: Grid, place: int) -> tuple[float, float]:
    x, y = grid.cell(place)
    extent = EXTENT[grid.form]
    return x + (grid.pitch_x - extent.width) / 2, y + (grid.pitch_y - extent.height) / 2


def _marks(grid: Grid) -> Iterator[Box]:
    """Short lines in the margins, where the knife goes."""
    across = min(MARK_LENGTH, grid.left - MARK_GAP - MARK_GAP)
    down = min(MARK_LENGTH, grid.top - MARK_GAP - MARK_GAP)
    half = MARK_WIDTH / 2
    for column in range(grid.columns + 1):
        x = grid.left + column * grid.pitch_x - half
        for y in (grid.top - MARK_GAP - down, grid.height - grid.top + MARK_GAP):
            yield Box(x, y, MARK_WIDTH, down, Colour.BLACK)
    for row in range(grid.rows + 1):
        y = grid.top + row * grid.pitch_y - half
        for x in (grid.left - MARK_GAP - across, grid.width - grid.left + MARK_GAP):
            yield Box(x, y, across, MARK_WIDTH, Colour.BLACK)


def _foot(grid: Grid, words: str, setter: Setter) -> Iterator[Shape]:
    """Below the trim, between the crop marks: what this sheet is, and how to print it."""
    middle = grid.height - grid.top / 2 + 0.6
    first = Room(grid.left + 2, middle, grid.pitch_x - 4, _FOOT)
    last = Room(grid.left + (grid.columns - 1) * grid.pitch_x + 2, middle, grid.pitch_x - 4, _FOOT)
    if grid.columns > 1:
        yield setter.line(words, Style.HEI, _FOOT, first)
    yield setter.line(FULL_SIZE, Style.HEI, _FOOT, last, from_right=True)
