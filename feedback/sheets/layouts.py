"""版式: how plates lie on paper, and what stands around them: crop marks, and words that say what this sheet is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from feedback.errors import Refusal
from feedback.fonts import Style, Used
from feedback.plates import CODE_SIZE, EXTENT, Form, Plate, draw
from feedback.plates.setting import Room, Setter
from feedback.plates.shapes import BLACK, Box, Page, Shape, moved
from feedback.qr import QUIET_ZONE
from feedback.words import N_

FULL_SIZE = "按 100% 打印，不要选“适应页面”"
MARK_LENGTH = 6.0
MARK_WIDTH = 0.25
MARK_GAP = 2.5
"""Crop marks stay so far from where the knife goes, so that none is left on a plate (mm)."""
SMALLEST_MODULE = 0.7
"""Narrower modules run together in print, and telephones miss them (mm)."""

_CAPTION = 2.6
_CAPTIONS = "全册第张共块，　 –0123456789" + FULL_SIZE


class Layout(StrEnum):
    """How plates lie on paper; the numbers are columns × rows on A4, a roll is of labels."""

    TWO_BY_FIVE = "2x5"
    THREE_BY_EIGHT = "3x8"
    SINGLE = "single"
    ROLL = "roll"

    @property
    def label(self) -> str:
        return {
            Layout.TWO_BY_FIVE: N_("A4 纸，一页 10 块"),
            Layout.THREE_BY_EIGHT: N_("A4 纸，一页 24 块小的"),
            Layout.SINGLE: N_("一页 1 块大的"),
            Layout.ROLL: N_("标签卷"),
        }[self]


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

    @property
    def has_margins(self) -> bool:
        """Whether there is paper around the plates."""
        return self.left > 0

    @property
    def trim(self) -> tuple[float, float, float, float]:
        """What is left after cutting: x, y, width and height."""
        return self.left, self.top, self.columns * self.pitch_x, self.rows * self.pitch_y

    def cell(self, place: int) -> tuple[float, float]:
        """Upper left corner of a cell; places are counted from 0, by rows."""
        row, column = divmod(place, self.columns)
        return self.left + column * self.pitch_x, self.top + row * self.pitch_y

    def corner(self, place: int) -> tuple[float, float]:
        """Upper left corner of the plate in a cell."""
        x, y = self.cell(place)
        extent = EXTENT[self.form]
        return x + (self.pitch_x - extent.width) / 2, y + (self.pitch_y - extent.height) / 2


GRIDS = {
    Layout.TWO_BY_FIVE: Grid(Form.CARD, 210, 297, 2, 5, 95, 54),
    Layout.THREE_BY_EIGHT: Grid(Form.LABEL, 210, 297, 3, 8, 64, 34),
    Layout.SINGLE: Grid(Form.WALL, 105, 140, 1, 1, 85, 120),
    Layout.ROLL: Grid(Form.ROLL, 70, 50, 1, 1, 70, 50),
}


@dataclass(frozen=True)
class Caption:
    """Whose plates lie together on sheets of their own: 梁弄镇 汪巷村 第一网格 一组."""

    place: str


@dataclass(frozen=True)
class Sheet:
    """One sheet: the plates on it, and where they stand in their section and in the file."""

    place: str
    """Whose plates the section holds: 梁弄镇 汪巷村 第一网格 一组."""
    plates: Sequence[Plate]
    first: int
    """Number of the first of these plates in the section, from 1."""
    of: int
    """Plates in the section."""
    number: int
    """Number of this sheet in the section, from 1; each section begins on a new one."""
    total: int
    """Sheets in the section."""
    leaf: int
    """Number of this sheet in the file, from 1."""

    @property
    def lines(self) -> tuple[str, str, str]:
        """What stands beside the plates: which sheet of whose plates, which of them, which sheet of the file."""
        last = self.first + len(self.plates) - 1
        doors, numbers = self.plates[0].door, f"第 {self.first} 块"
        if last > self.first:
            doors, numbers = f"{doors} – {self.plates[-1].door}", f"第 {self.first}–{last} 块"
        return (
            f"{self.place}　第 {self.number} 张，共 {self.total} 张", f"{doors}　{numbers}，共 {self.of} 块",
            f"全册第 {self.leaf} 张　{FULL_SIZE}",
        )


def use(used: Used, place: str, doors: Iterable[str]) -> None:
    """Notes the characters of the words beside plates with these doors."""
    used.add(Style.HEI, place, _CAPTIONS, *doors)


def sheets_of(
    plates: Sequence[Plate], layout: Layout, place: str, *, first: int = 1, of: int = 0, leaf: int = 1,
) -> Iterator[Sheet]:
    """The sheets of plates that begin a sheet, in order; the last one may be part empty.

    `first` is the number of the first of them in a section of `of`, `leaf` that of their first sheet in the file.
    """
    places, of = GRIDS[layout].places, of or len(plates)
    before = (first - 1) // places
    for number, begin in enumerate(range(0, len(plates), places)):
        yield Sheet(place, plates[begin:begin + places], first + begin, of, before + number + 1, -(-of // places),
                    leaf + number)


def page(sheet: Sheet, layout: Layout, setter: Setter) -> Page:
    """Everything on a sheet."""
    grid = GRIDS[layout]
    shapes: list[Shape] = []
    for place, plate in enumerate(sheet.plates):
        shapes += moved(draw(plate, grid.form, setter), *grid.corner(place))
    return Page(
        width=grid.width, height=grid.height, title="　".join(sheet.lines[:2]), trim=grid.trim,
        shapes=(*shapes, *marks(grid), *captions(sheet, grid, setter)),
    )


def require_readable(layout: Layout, modules: int) -> None:
    """Refuses a layout on which a code of so many modules a side would be too fine to read."""
    form = GRIDS[layout].form
    module = CODE_SIZE[form] / (modules + 2 * QUIET_ZONE)
    if module < SMALLEST_MODULE:
        raise Refusal(
            N_("网址太长，排成 {layout} 时码上一小格只有 {module} 毫米，不到 {least} 毫米，手机不好认。"
               "请换大一些的版式，或者用短一些的域名。"),
            layout=layout.value, module=f"{module:.2f}", least=f"{SMALLEST_MODULE}",
        )


def marks(grid: Grid) -> Iterator[Box]:
    """Short lines in the margins, where the knife goes; a label is cut already."""
    if not grid.has_margins:
        return
    across = min(MARK_LENGTH, grid.left - MARK_GAP - MARK_GAP)
    down = min(MARK_LENGTH, grid.top - MARK_GAP - MARK_GAP)
    half = MARK_WIDTH / 2
    for column in range(grid.columns + 1):
        x = grid.left + column * grid.pitch_x - half
        for y in (grid.top - MARK_GAP - down, grid.height - grid.top + MARK_GAP):
            yield Box(x, y, MARK_WIDTH, down, BLACK)
    for row in range(grid.rows + 1):
        y = grid.top + row * grid.pitch_y - half
        for x in (grid.left - MARK_GAP - across, grid.width - grid.left + MARK_GAP):
            yield Box(x, y, across, MARK_WIDTH, BLACK)


def captions(sheet: Sheet, grid: Grid, setter: Setter) -> Iterator[Shape]:
    """Above and below the trim, between the crop marks: what this sheet is, and how to print it."""
    if not grid.has_margins:
        return
    section, plates, file = sheet.lines
    above, below = grid.top / 2 - 0.6, grid.height - grid.top / 2 + 0.6
    width = grid.pitch_x - 4
    first, last = grid.left + 2, grid.left + (grid.columns - 1) * grid.pitch_x + 2
    if grid.columns == 1:
        yield setter.line(f"{section}　{plates}", Style.HEI, _CAPTION, Room(first, above, width, _CAPTION))
    else:
        yield setter.line(section, Style.HEI, _CAPTION, Room(first, above, width, _CAPTION))
        yield setter.line(plates, Style.HEI, _CAPTION, Room(last, above, width, _CAPTION), from_right=True)
    yield setter.line(file, Style.HEI, _CAPTION, Room(last, below, width, _CAPTION), from_right=True)
