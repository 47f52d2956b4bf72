"""核对: reads a printed PDF as a stranger would, and compares every plate with the register.

One library rasterises (PDFium), another decodes (ZXing); neither had a part in drawing. Of each plate: is
its code a door's of this installation, active, large enough, there once, and do the words beside it name
the same door and the same token. Then: is every door of the file's area there.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pypdfium2
import zxingcpp
from sqlalchemy import select

from feedback import access, codes, db, plates, qr, tokens
from feedback.codes import Meaning
from feedback.errors import Refusal
from feedback.models.codes import DoorCode
from feedback.models.places import Household
from feedback.plates import CODE_AT, CODE_SIZE, EXTENT, Form
from feedback.words import N_

RESOLUTIONS = (200, 400)
"""Dots per inch; the finer one is tried on pages where something was missing."""
SMALLEST = 30.0
"""A code is at least so wide, quiet zone included (mm)."""

_MILLIMETRES = 25.4
_POINTS = 72
_TOLERANCE = 0.8
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_PRINTED_TOKEN = re.compile(r"\b" + " ".join(["([0-9A-HJKMNP-TV-Z]{4})"] * 3) + r"\b")


class Fault(StrEnum):
    """How a file and the register can differ."""

    MISSING = "missing"
    EXTRA = "extra"
    WRONG = "wrong"
    REVOKED = "revoked"
    SMALL = "small"

    @property
    def label(self) -> str:
        return {
            Fault.MISSING: N_("缺"), Fault.EXTRA: N_("多"), Fault.WRONG: N_("错"), Fault.REVOKED: N_("已停用"),
            Fault.SMALL: N_("太小"),
        }[self]


@dataclass(frozen=True)
class Difference:
    """One difference; `page` counts from 1 and is 0 where the file lacks something."""

    fault: Fault
    page: int
    subject: str
    detail: str


@dataclass(frozen=True)
class Seen:
    """A code as the decoder saw it: its text, and its quiet zone's corner and side on the page (mm)."""

    page: int
    text: str
    x: float
    y: float
    side: float


@dataclass(frozen=True)
class Result:
    """What a check came to."""

    plates: int
    differences: tuple[Difference, ...]


def check(path: Path, *, base_url: str, progress: Callable[[int], object] = lambda pages: None) -> Result:
    """Compares a PDF with the register. Refuses a file that is no PDF."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise Refusal(N_("{file} 不是能打开的 PDF。"), file=path.name) from error
    try:
        seen: list[Seen] = []
        differences: list[Difference] = []
        area_code = document.get_metadata_value("Subject")
        for number, page in enumerate(document, start=1):
            on_page = _decoded(page, number)
            seen += on_page
            differences += _unread(page, number, on_page)
            for each in on_page:
                differences += _compared(page, each, base_url)
            progress(1)
    finally:
        document.close()
    differences += _twice(seen) + _missing(seen, area_code)
    return Result(len(seen), tuple(differences))


def token_in(text: str, base_url: str) -> str | None:
    """The token of an address of this installation; None for anything else. Host and path in any case."""
    ours, theirs = urlsplit(base_url), urlsplit(text)
    path = theirs.path.upper()
    if (ours.scheme, ours.netloc.lower()) != (theirs.scheme, theirs.netloc.lower()) or theirs.query:
        return None
    return tokens.normalise(path.removeprefix(qr.DOOR_PATH)) if path.startswith(qr.DOOR_PATH) else None


def _decoded(page: pypdfium2.PdfPage, number: int) -> list[Seen]:
    """The codes on a page; once more and finer where fewer were read than tokens are printed in words."""
    seen: list[Seen] = []
    wanted = len(_printed_tokens(page))
    for resolution in RESOLUTIONS:
        picture = page.render(scale=resolution / _POINTS, grayscale=True).to_pil()
        found = zxingcpp.read_barcodes(picture, formats=_QR)
        seen = [_measured(each, number, resolution) for each in found]
        if len(seen) >= max(wanted, 1):
            break
    return _in_reading_order(seen)


def _in_reading_order(seen: Iterable[Seen]) -> list[Seen]:
    """By rows: codes begin a new one where they lie half a code lower than the one before."""
    rows: list[list[Seen]] = []
    for each in sorted(seen, key=lambda one: one.y):
        if rows and each.y - rows[-1][-1].y < each.side / 2:
            rows[-1].append(each)
        else:
            rows.append([each])
    return [each for row in rows for each in sorted(row, key=lambda one: one.x)]


def _measured(found: zxingcpp.Barcode, page: int, resolution: int) -> Seen:
    """The decoder gives the corners of the square; its version says how wide the quiet zone is."""
    corners = found.position
    left, top = corners.top_left.x, corners.top_left.y
    facts = cast(dict[str, Any], found.extra)
    modules = 17 + 4 * int(facts["Version"])
    module = (corners.top_right.x - left) * _MILLIMETRES / resolution / modules
    quiet = qr.QUIET_ZONE * module
    return Seen(
        page, found.text, left * _MILLIMETRES / resolution - quiet, top * _MILLIMETRES / resolution - quiet,
        module * (modules + 2 * qr.QUIET_ZONE),
    )


def _printed_tokens(page: pypdfium2.PdfPage) -> list[str]:
    return ["".join(groups) for groups in _PRINTED_TOKEN.findall(page.get_textpage().get_text_bounded())]


def _unread(page: pypdfium2.PdfPage, number: int, seen: Iterable[Seen]) -> Iterator[Difference]:
    """Plates whose words are there while no code beside them can be read."""
    read = {each.text.upper()[-tokens.LENGTH:] for each in seen}
    for token in _printed_tokens(page):
        if token not in read:
            yield Difference(Fault.WRONG, number, token, "no code with this token can be read")


def _compared(page: pypdfium2.PdfPage, seen: Seen, base_url: str) -> Iterator[Difference]:
    token = token_in(seen.text, base_url)
    if token is None:
        yield Difference(Fault.EXTRA, seen.page, seen.text, "not an address of this installation")
        return
    if seen.side < SMALLEST - _TOLERANCE:
        yield Difference(Fault.SMALL, seen.page, token, f"the code is {seen.side:.1f} mm wide, not {SMALLEST:.0f}")
    found = codes.resolve(token)
    match found.meaning:
        case Meaning.MISTYPED | Meaning.UNKNOWN:
            yield Difference(Fault.EXTRA, seen.page, token, "not in the register")
        case Meaning.REVOKED | Meaning.REPLACED:
            yield Difference(Fault.REVOKED, seen.page, token, found.meaning.value)
        case Meaning.ACTIVE if found.household:
            yield from _words_compared(page, seen, token, found.household)


def _words_compared(page: pypdfium2.PdfPage, seen: Seen, token: str, household: Household) -> Iterator[Difference]:
    """Whether the plate around the code names the register's village, door and token."""
    words = _words_around(page, seen)
    if words is None:
        return
    wanted = {"village": plates.village_name(household.village.name), "door": household.door, "token": token}
    for what, value in wanted.items():
        if _without_spaces(value) not in words:
            yield Difference(Fault.WRONG, seen.page, token, f"the {what} printed beside it is not {value}")


def _words_around(page: pypdfium2.PdfPage, seen: Seen) -> str | None:
    """The words of the plate a code belongs to; None where its size is none of ours, or the page has no text."""
    form = next((form for form in Form if abs(CODE_SIZE[form] - seen.side) < _TOLERANCE), None)
    if form is None or not page.get_textpage().count_chars():
        return None
    left, top = seen.x - CODE_AT[form][0], seen.y - CODE_AT[form][1]
    right, low = left + EXTENT[form].width, top + EXTENT[form].height
    points = _POINTS / _MILLIMETRES
    height = page.get_height()
    text = page.get_textpage().get_text_bounded(
        left=left * points, right=right * points, top=height - top * points, bottom=height - low * points)
    return _without_spaces(text)


def _without_spaces(text: str) -> str:
    return "".join(text.split())


def _twice(seen: Iterable[Seen]) -> list[Difference]:
    met: set[str] = set()
    differences = []
    for each in seen:
        text = each.text.upper()
        if text in met:
            differences.append(Difference(Fault.EXTRA, each.page, text[-tokens.LENGTH:], "printed twice"))
        met.add(text)
    return differences


def _missing(seen: Iterable[Seen], area_code: str) -> list[Difference]:
    """Active codes of the file's area that are not in it; without an area, of the micro-grids it shows."""
    read = {each.text.upper()[-tokens.LENGTH:] for each in seen}
    active = (
        select(DoorCode.token, Household.door).join(Household, DoorCode.household_id == Household.id)
        .where(DoorCode.ended_at.is_(None)).order_by(Household.microgrid_code, Household.door)
    )
    if area_code.isdigit():
        active = active.where(access.within(Household.microgrid_code, area_code))
    else:
        shown = (
            select(Household.microgrid_code).join(DoorCode, DoorCode.household_id == Household.id)
            .where(DoorCode.token.in_(read))
        )
        active = active.where(Household.microgrid_code.in_(shown))
    return [
        Difference(Fault.MISSING, 0, token, f"{door} is not in the file")
        for token, door in db.session.execute(active) if token not in read
    ]
