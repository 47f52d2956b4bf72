"""印张: lays plates on sheets, with crop marks, and writes the sheets as PDF, PNG or SVG.

A sheet knows nothing of the register; it gets finished plates. PDF carries its words as text in subset
fonts, SVG as outlines; PNG is the PDF, rasterised. The same plates give the same bytes.
"""

import io
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO

from feedback.fonts import Subset, Tray, Typefaces, Used
from feedback.plates import Inscription, Plate
from feedback.plates.setting import Setter
from feedback.sheets import contents, layouts, pdf, png, svg
from feedback.sheets.layouts import FULL_SIZE, GRIDS, Caption, Grid, Layout, Sheet, page, require_readable, sheets_of

__all__ = [
    "FULL_SIZE", "GRIDS", "Caption", "Format", "Grid", "Layout", "Sheet", "book", "pictures", "put", "require_readable",
    "sheets_of", "used_by", "whole", "write",
]


class Format(StrEnum):
    """What a sheet is written as."""

    PDF = "pdf"
    PNG = "png"
    SVG = "svg"


def write(plates: Sequence[Plate], layout: Layout, form: Format, base: Path, *,
          caption: Caption, subject: str, typefaces: Typefaces, resolution: int = png.DOTS_PER_INCH) -> list[Path]:
    """Writes the sheets: one PDF `base`.pdf, or one picture a sheet, `base`-0001.png and so on.

    Each file appears whole or not at all. `caption` says whose plates they are, `subject` is the area code that
    the PDF is about. Refuses a character that no font at hand can draw, and a code too fine for the layout.
    """
    require_readable(layout, max(plate.matrix.size for plate in plates))
    sheets = list(sheets_of(plates, layout, caption.place))
    used = used_by(plates, caption.place)
    if form is not Format.PDF:
        return pictures(sheets, layout, form, base, used=used, typefaces=typefaces, resolution=resolution)
    path = base.with_name(f"{base.name}.pdf")
    tray, subsets = typefaces.tray(used)
    with book(path, layout, tray, subsets, ground=plates[0], title=caption.place, subject=subject) as opened:
        opened.add(contents.packed(sheets, layout, tray, plates[0]))
    return [path]


def pictures(
    sheets: Iterable[Sheet], layout: Layout, form: Format, base: Path, *,
    used: Used, typefaces: Typefaces, resolution: int = png.DOTS_PER_INCH,
) -> list[Path]:
    """Writes each sheet as a picture of its own: `base`-0001.png and so on; file managers sort them as they count."""
    tray, subsets = typefaces.tray(used)
    written = []
    for sheet in sheets:
        if form is Format.SVG:
            made = svg.write(page(sheet, layout, Setter(tray)), typefaces)
        else:
            made = png.write(_alone(sheet, layout, tray, subsets), resolution)
        written.append(put(base.with_name(f"{base.name}-{sheet.leaf:04}.{form}"), made))
    return written


@contextmanager
def book(
    path: Path, layout: Layout, tray: Tray, subsets: Sequence[Subset], *,
    ground: Inscription, title: str, subject: str,
) -> Generator[pdf.Book]:
    """A PDF to which pages can be added; it appears at the end of the block, if nothing went wrong in it."""
    with whole(path) as out:
        opened = _opened(out, layout, tray, subsets, ground)
        yield opened
        opened.close(title=title, subject=subject)


def used_by(plates: Iterable[Inscription], place: str) -> Used:
    """Every character on these plates and around them on their sheets."""
    used = Used()
    for plate in plates:
        plate.use(used)
        layouts.use(used, place, [plate.door])
    return used


def put(path: Path, content: bytes) -> Path:
    """Replaces a file in one step."""
    with whole(path) as out:
        out.write(content)
    return path


@contextmanager
def whole(path: Path) -> Generator[IO[bytes]]:
    """A file that replaces the one of this name at the end of the block, or leaves it as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("wb") as out:
            yield out
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _opened(out: IO[bytes], layout: Layout, tray: Tray, subsets: Sequence[Subset], ground: Inscription) -> pdf.Book:
    grid = GRIDS[layout]
    return pdf.Book(out, subsets, contents.forms(layout, tray, ground),
                    size=(grid.width, grid.height), trim=grid.trim)


def _alone(sheet: Sheet, layout: Layout, tray: Tray, subsets: Sequence[Subset]) -> bytes:
    """One sheet as a PDF of its own."""
    out, ground = io.BytesIO(), sheet.plates[0]
    opened = _opened(out, layout, tray, subsets, ground)
    opened.add(contents.packed([sheet], layout, tray, ground))
    opened.close(title=sheet.place, subject="")
    return out.getvalue()
