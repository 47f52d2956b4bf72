"""版心: the content streams of sheets, compressed: what all plates share is called, what is one's own is written.

The ground of a village's plates and the crop marks are drawn once a file (as forms, ISO 32000-1, 8.10); both
come from the very shapes of `plates` and `layouts`, as everything else here does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import deflate

from feedback import plates, qr
from feedback.fonts import Tray
from feedback.plates import Inscription, Plate
from feedback.plates.setting import Setter
from feedback.plates.shapes import Shape, Square
from feedback.sheets import squares
from feedback.sheets.layouts import GRIDS, Layout, Sheet, captions, marks, sheets_of
from feedback.sheets.operators import drawn, numbers

GROUND, MARKS = "G", "M"
"""The names of the two forms."""

COMPRESSION = 5
"""Of libdeflate: 400 bytes a plate in 20 µs, where zlib takes 44 µs for 419; level 6 saves 9 bytes for another 4 µs."""

_POINTS_PER_MILLIMETRE = 72 / 25.4


@dataclass(frozen=True)
class Piece:
    """Some plates that begin a sheet: of one section, whole sheets of it but for the last."""

    place: str
    doors: Sequence[tuple[str, str]]
    """Door and token of each plate."""
    first: int
    of: int
    leaf: int


@dataclass(frozen=True)
class Part:
    """Some sheets of one file, as plain values that another process can draw from."""

    layout: Layout
    tray: Tray
    ground: Inscription
    """What all plates say; its own door and token are empty."""
    pieces: Sequence[Piece]
    base_url: str
    lower_host: bool


def made(part: Part) -> list[bytes]:
    """The content streams of a part's sheets."""
    return list(packed(laid(part), part.layout, part.tray, part.ground))


def laid(part: Part) -> list[Sheet]:
    """A part's sheets, with their codes."""
    words = vars(part.ground)
    codes = iter(qr.matrices(part.base_url, [token for piece in part.pieces for _, token in piece.doors],
                             lower_host=part.lower_host))
    sheets: list[Sheet] = []
    for piece in part.pieces:
        filled = [
            Plate(**{**words, "door": door, "token": token}, matrix=next(codes)) for door, token in piece.doors
        ]
        sheets += sheets_of(filled, part.layout, piece.place, first=piece.first, of=piece.of, leaf=piece.leaf)
    return sheets


def packed(sheets: Sequence[Sheet], layout: Layout, tray: Tray, ground: Inscription) -> Iterator[bytes]:
    """Each sheet's content stream; plates with other words than the file's ground draw them in place."""
    grid, setter = GRIDS[layout], Setter(tray)
    paths = squares.paths([plate.matrix for sheet in sheets for plate in sheet.plates])
    for sheet in sheets:
        lines = [flip(grid.height), f"/{MARKS} Do\n"]
        for place, plate in enumerate(sheet.plates):
            lines.append(f"q 1 0 0 1 {numbers(*grid.corner(place))} cm\n")
            if says_the_same(plate, ground):
                lines.append(f"/{GROUND} Do\n")
            else:
                lines += [drawn(shape, tray) for shape in plates.ground(plate, grid.form, setter)]
            for shape in plates.own(plate, grid.form, setter):
                lines.append(drawn(shape, tray, next(paths) if isinstance(shape, Square) else ""))
            lines.append("Q\n")
        lines += [drawn(shape, tray) for shape in captions(sheet, grid, setter)]
        yield bytes(deflate.zlib_compress("".join(lines).encode("ascii"), COMPRESSION))


def forms(layout: Layout, tray: Tray, ground: Inscription) -> dict[str, tuple[float, float, str]]:
    """What is drawn once a file: by name its width, its height and its operators."""
    grid, setter = GRIDS[layout], Setter(tray)
    extent = plates.EXTENT[grid.form]
    below: list[Shape] = plates.ground(ground, grid.form, setter)
    return {
        GROUND: (*extent, "".join(drawn(shape, tray) for shape in below)),
        MARKS: (grid.width, grid.height, "".join(drawn(shape, tray) for shape in marks(grid))),
    }


def says_the_same(plate: Inscription, ground: Inscription) -> bool:
    """Whether only door and token may differ."""
    return (plate.village, plate.host, plate.hotline, plate.purpose, plate.title, plate.field) == (
        ground.village, ground.host, ground.hotline, ground.purpose, ground.title, ground.field)


def flip(height: float) -> str:
    """Millimetres from the upper left corner instead of points from the lower left one."""
    scale = f"{_POINTS_PER_MILLIMETRE:.6f}"
    return f"{scale} 0 0 -{scale} 0 {numbers(height * _POINTS_PER_MILLIMETRE)} cm\n"
