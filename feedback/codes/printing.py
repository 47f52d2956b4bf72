"""印制: prints the plates of an area into a folder, a village at a time, in the order people walk.

A file holds a village, or the area asked for where that is less; each micro-grid in it begins a new sheet. A
village's sheets are finished before the next one's appear. So a run can be stopped anywhere and started again:
what is there and still true is left, what has changed is replaced. Nothing is printed before every character
of every plate is known to be in the fonts.
"""

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import case, update

from feedback import clock, db, qr, sheets, tokens, workers
from feedback.codes import manifest, volumes
from feedback.codes.manifest import Note
from feedback.codes.volumes import Order, Volume
from feedback.errors import Refusal
from feedback.fonts import Subset
from feedback.models.codes import CodeState, DoorCode
from feedback.plates import Plate
from feedback.sheets import GRIDS, Caption, Format, Layout, Sheet, contents
from feedback.sheets.contents import Part, Piece
from feedback.words import N_

PLATES_AT_ONCE = 480
"""Plates drawn together, in one process: enough to be worth the way there, few enough to be kept."""
WORTH_WORKERS = 15_000
"""From so many plates on other processes save more time than they take to start."""
ADVICE = N_("大批印之前，先印这一张，剪下来，照要挂的样子贴好。用微信、支付宝和三种手机自带的相机各扫一遍，"
            "站近了扫、退两步扫、暗处也扫；每一块都要打开对应的那一户。都行了再印。")
MARKED_AT_ONCE = 1000
"""Codes marked with one statement."""


@dataclass(frozen=True)
class Batch:
    """An area whose sheets are in the folder: a village, or what was asked for where that is less."""

    area_code: str
    plates: int
    files: tuple[Path, ...]
    was_there: bool


def run(order: Order) -> Generator[Batch]:
    """Prints the area and gives back each file's part of it; the caller commits after each, and after the last.

    What is there already comes first. However the run ends, the manifest then tells what is in the folder.
    Refuses before anything is written.
    """
    codes = volumes.of(order.area_code)
    if order.only:
        codes = [code for code in codes if volumes.read(order, code).sections]
    if not codes:
        raise Refusal(N_("这里一张码都没有，请先发码：hulianma codes issue --area {area}"), area=order.area_code)
    sheets.require_readable(order.layout, _modules(order))
    there = {code: batch for code in codes if (batch := _proved(order, code))}
    wanted = [code for code in codes if code not in there]
    try:
        manifest.forget(order.folder, order.area_code, keep=codes)
        yield from there.values()
        for batch, note in _printed(order, wanted):
            yield batch
            manifest.write_note(order.folder, batch.area_code, note)
    finally:
        manifest.write(order.folder)


def sample(order: Order) -> list[Path]:
    """The first sheet of an area alone, to be tried before a large run: nothing is noted of it, no code is printed."""
    codes = volumes.of(order.area_code)
    if not codes:
        raise Refusal(N_("这里一张码都没有，请先发码：hulianma codes issue --area {area}"), area=order.area_code)
    volume = volumes.read(order, codes[0])
    section = volume.sections[0]
    some = section.doors[:GRIDS[order.layout].places]
    matrices = qr.matrices(order.base_url, [each.token for each in some], lower_host=order.lower_host)
    filled = [
        Plate(**{**vars(volume.ground), "door": door.door, "token": door.token}, matrix=matrix)
        for door, matrix in zip(some, matrices, strict=True)
    ]
    return sheets.write(filled, order.layout, order.form, order.folder / f"sample-{order.area_code}-{order.layout}",
                        caption=Caption(section.place), subject="sample", typefaces=order.typefaces,
                        resolution=order.resolution)


def _modules(order: Order) -> int:
    """Modules along a side; tokens are all of one length, and so are their codes of one size."""
    return qr.matrix(order.base_url, tokens.ALPHABET[-1] * tokens.LENGTH, lower_host=order.lower_host).size


def _proved(order: Order, code: str) -> Batch | None:
    """What is there of an area, where it is still true; else its characters are checked and noted for the fonts."""
    volume = volumes.read(order, code)
    note = manifest.read_note(order.folder, code)
    if note and note.fingerprint == volume.fingerprint(order) and note.is_whole(order.folder):
        manifest.list_plates(order.folder, code, _rows(order, volume))  # whatever became of the lines meanwhile
        return _batch(order, volume, note, was_there=True)
    used = volume.used()
    for style, characters in used.characters.items():
        for each in sorted(characters):
            if order.typefaces.face_of(each, style) is None:
                order.typefaces.check(each, style, where=_where(volume, each))
    order.typefaces.use(used)
    return None


def _where(volume: Volume, character: str) -> str:
    """The first plate on which a character stands; where it stands beside the plates, the file's title."""
    door = next((each.door for each in volume.doors if character in each.door), None)
    return volume.title if door is None else f"{volume.ground.village} {door}"


class Begun(NamedTuple):
    """A file whose parts are being drawn: how many they are, and the fonts they are set in."""

    volume: Volume
    parts: list[Part]
    subsets: tuple[Subset, ...]


def _printed(order: Order, codes: Sequence[str]) -> Iterator[tuple[Batch, Note]]:
    """Prints each area; while one's file is being written, the next ones are drawn."""
    begun: deque[Begun] = deque()

    def parts() -> Iterator[Part]:
        for code in codes:
            one = _begun(order, code)
            if one.parts:
                begun.append(one)
                yield from one.parts

    is_long = order.form is Format.PDF and volumes.count(order.area_code) >= WORTH_WORKERS
    with workers.workers(order.jobs if is_long else 1) as spread:
        if order.form is Format.PDF:
            pages = spread(contents.made, parts())
            for first in pages:
                yield _finished(order, *_as_pdf(order, begun.popleft(), first, pages))
        else:
            laid = spread(contents.laid, parts())
            for sheet in laid:
                yield _finished(order, *_as_pictures(order, begun.popleft(), sheet, laid))


def _begun(order: Order, code: str) -> Begun:
    volume = volumes.read(order, code)
    tray, subsets = order.typefaces.tray(volume.used())
    parts = [
        Part(order.layout, tray, volume.ground, pieces, order.base_url, order.lower_host)
        for pieces in _together(_pieces(volume, order.layout))
    ]
    return Begun(volume, parts, subsets)


def _pieces(volume: Volume, layout: Layout) -> Iterator[Piece]:
    """The micro-grids in pieces of whole sheets."""
    places = GRIDS[layout].places
    most, leaf = max(1, PLATES_AT_ONCE // places) * places, 1
    for section in volume.sections:
        for first in range(0, len(section.doors), most):
            doors = [(each.door, each.token) for each in section.doors[first:first + most]]
            yield Piece(section.place, doors, first + 1, len(section.doors), leaf)
            leaf += -(-len(doors) // places)


def _together(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Small pieces joined, until they are enough to be drawn together."""
    some: list[Piece] = []
    for piece in pieces:
        some.append(piece)
        if sum(len(each.doors) for each in some) >= PLATES_AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _as_pdf(order: Order, one: Begun, first: list[bytes], others: Iterator[list[bytes]]) -> tuple[Volume, list[Path]]:
    path, part = order.folder / f"{one.volume.area_code}.pdf", one.parts[0]
    with sheets.book(path, order.layout, part.tray, one.subsets, ground=one.volume.ground,
                     title=one.volume.title, subject=one.volume.area_code) as book:
        for packed in chain([first], islice(others, len(one.parts) - 1)):
            book.add(packed)
    return one.volume, [path]


def _as_pictures(
    order: Order, one: Begun, first: list[Sheet], others: Iterator[list[Sheet]],
) -> tuple[Volume, list[Path]]:
    laid = chain.from_iterable(chain([first], islice(others, len(one.parts) - 1)))
    return one.volume, sheets.pictures(laid, order.layout, order.form, order.folder / one.volume.area_code,
                                       used=one.volume.used(), typefaces=order.typefaces, resolution=order.resolution)


def _finished(order: Order, volume: Volume, written: list[Path]) -> tuple[Batch, Note]:
    """What was before in place of the files is taken away, the plates are listed, and their codes printed ones."""
    note = Note.of(volume.fingerprint(order), written)
    before = manifest.read_note(order.folder, volume.area_code)
    if before:
        before.take_away(order.folder, keep=note.files)
    manifest.list_plates(order.folder, volume.area_code, _rows(order, volume))
    _mark_printed([door.code_id for door in volume.doors])
    return _batch(order, volume, note, was_there=False), note


def _batch(order: Order, volume: Volume, note: Note, *, was_there: bool) -> Batch:
    files = tuple(order.folder / name for name in note.files)
    return Batch(volume.area_code, volume.plates, files, was_there)


def _mark_printed(code_ids: Sequence[int]) -> None:
    """New codes, and damaged ones that are printed again, become printed; one that hangs goes on hanging."""
    db.write()
    is_new = DoorCode.state.in_([CodeState.ISSUED, CodeState.DAMAGED])
    for first in range(0, len(code_ids), MARKED_AT_ONCE):
        some = DoorCode.id.in_(code_ids[first:first + MARKED_AT_ONCE])
        db.session.execute(update(DoorCode).where(some, DoorCode.ended_at.is_(None)).values(
            printed_at=clock.now(), state=case((is_new, CodeState.PRINTED), else_=DoorCode.state)))


def _rows(order: Order, volume: Volume) -> Iterator[list[str]]:
    """The manifest's line of each plate."""
    places, sheet = GRIDS[order.layout].places, 0
    before = qr.address(order.base_url, "", lower_host=order.lower_host)
    for section in volume.sections:
        for number, door in enumerate(section.doors):
            sheet += number % places == 0
            yield [door.token, before + door.token, volume.ground.village, section.microgrid_code, door.door,
                   str(sheet), str(number % places + 1)]
