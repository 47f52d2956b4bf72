"""印制: prints the plates of an area into a folder, a micro-grid at a time.

A micro-grid's sheets are finished before the next one's are begun. So a run can be stopped anywhere and
started again: what is there and still true is left, what has changed is replaced. Nothing is printed before
every character of every plate is known to be in the fonts.
"""

import hashlib
import json
import re
from collections.abc import Generator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select, update

from feedback import access, clock, db, plates, qr, sheets
from feedback.codes import leave_event, manifest
from feedback.codes.manifest import Note
from feedback.errors import Refusal
from feedback.fonts import Style, Typefaces
from feedback.models.codes import CodeState, DoorCode
from feedback.models.places import Area, Household, Level
from feedback.models.rules import PublishedText, TextKey
from feedback.plates import Inscription, Plate
from feedback.sheets import Caption, Format, Layout
from feedback.words import N_

_NUMBERS = re.compile(r"(\d+)", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be printed, and how."""

    area_code: str
    folder: Path
    layout: Layout
    form: Format
    base_url: str
    lower_host: bool
    typefaces: Typefaces


@dataclass(frozen=True)
class Batch:
    """A micro-grid whose sheets are in the folder."""

    microgrid_code: str
    plates: int
    files: tuple[Path, ...]
    was_there: bool


class Door(NamedTuple):
    """A code that is to be printed, as plain values: they outlive a commit."""

    code_id: int
    token: str
    village_code: str
    village: str
    door: str


def count(area_code: str) -> int:
    """How many plates the area has."""
    return db.session.scalar(
        select(func.count()).select_from(DoorCode).join(Household, DoorCode.household_id == Household.id)
        .where(access.within(Household.microgrid_code, area_code), DoorCode.ended_at.is_(None))
    ) or 0


def run(order: Order) -> Generator[Batch]:
    """Prints each micro-grid and gives it back; the caller commits after each, and after the last.

    However the run ends, the manifest then tells what is in the folder. Refuses before anything is written.
    """
    microgrids = list(db.session.scalars(
        select(Household.microgrid_code).distinct().join(DoorCode, DoorCode.household_id == Household.id)
        .where(access.within(Household.microgrid_code, order.area_code), DoorCode.ended_at.is_(None))
        .order_by(Household.microgrid_code)
    ))
    if not microgrids:
        raise Refusal(N_("这里一张码都没有，请先发码：hulianma codes issue --area {area}"), area=order.area_code)
    for code in microgrids:
        _prove(order, code)
    printed = 0
    try:
        manifest.forget(order.folder, order.area_code, keep=set(microgrids))
        for code in microgrids:
            batch, note = _print(order, code)
            yield batch
            manifest.write_note(order.folder, code, note)
            printed += 0 if batch.was_there else batch.plates
        if printed:
            db.write()
            leave_event(None, order.area_code, state=CodeState.PRINTED, count=printed, layout=order.layout)
    finally:
        manifest.write(order.folder)


def _doors(microgrid_code: str) -> list[Door]:
    """The active codes of a micro-grid, in the order people walk: numbers as numbers."""
    found = db.session.execute(
        select(DoorCode.id, DoorCode.token, Household.village_code, Area.name, Household.door)
        .join(Household, DoorCode.household_id == Household.id)
        .join(Area, Area.code == Household.village_code)
        .where(Household.microgrid_code == microgrid_code, DoorCode.ended_at.is_(None))
    ).all()
    doors = [Door(*row) for row in found]
    return sorted(doors, key=lambda each: (_walking(each.door), each.door))


def _walking(door: str) -> list[tuple[bool, int, str]]:
    """团结路 9 号 before 团结路 10 号."""
    parts = [part for part in _NUMBERS.split(door) if part]
    return [(False, int(part), "") if _NUMBERS.fullmatch(part) else (True, 0, part) for part in parts]


def _inscriptions(order: Order, doors: Sequence[Door]) -> list[Inscription]:
    """What the plates of one micro-grid say."""
    published = _published(doors[0].village_code)
    return [
        Inscription(
            village=plates.village_name(door.village), door=" ".join(door.door.split()), token=door.token,
            host=plates.host(order.base_url), hotline=published.get(TextKey.HOTLINE, ""),
            purpose=published.get(TextKey.PLATE_PURPOSE) or plates.PURPOSE,
        )
        for door in doors
    ]


def _published(village_code: str) -> dict[TextKey, str]:
    """What the nearest area upward publishes for plates."""
    above = [village_code[:level.digits] for level in (Level.COUNTY, Level.TOWNSHIP, Level.VILLAGE)]
    found = db.session.execute(
        select(PublishedText.key, PublishedText.words)
        .where(PublishedText.area_code.in_(above), PublishedText.key.in_([TextKey.HOTLINE, TextKey.PLATE_PURPOSE]))
        .order_by(func.length(PublishedText.area_code))
    )
    return {key: words.strip() for key, words in found}


def _caption(microgrid_code: str) -> Caption:
    """梁弄镇 汪巷村 第一网格 一组."""
    codes = [microgrid_code[:level.digits] for level in Level if level is not Level.COUNTY]
    names = dict(db.session.execute(select(Area.code, Area.name).where(Area.code.in_(codes))).all())
    return Caption(" ".join(plates.village_name(names[code]) for code in codes if code in names))


def _prove(order: Order, microgrid_code: str) -> None:
    """Refuses a character that can't be drawn; notes the others, so that the fonts are cut once."""
    for inscription in _inscriptions(order, _doors(microgrid_code)):
        inscription.check(order.typefaces)
        inscription.use(order.typefaces)
    caption = _caption(microgrid_code).place
    order.typefaces.check(caption, Style.HEI, where=caption)


def _print(order: Order, microgrid_code: str) -> tuple[Batch, Note]:
    """The micro-grid's sheets, unless the same ones are there; its codes are then printed ones."""
    doors = _doors(microgrid_code)
    inscriptions = _inscriptions(order, doors)
    caption = _caption(microgrid_code)
    fingerprint = _fingerprint(order, inscriptions, caption)
    before = manifest.read_note(order.folder, microgrid_code)
    if before and before.fingerprint == fingerprint and before.is_whole(order.folder):
        return _batch(order, microgrid_code, before, was_there=True), before
    made = [_plate(order, each) for each in inscriptions]
    written = sheets.write(
        made, order.layout, order.form, order.folder / microgrid_code,
        caption=caption, subject=microgrid_code, typefaces=order.typefaces,
    )
    note = Note.of(fingerprint, written, _rows(order, made, microgrid_code))
    if before:
        before.take_away(order.folder, keep=set(note.files))
    _mark_printed([door.code_id for door in doors])
    return _batch(order, microgrid_code, note, was_there=False), note


def _batch(order: Order, microgrid_code: str, note: Note, *, was_there: bool) -> Batch:
    return Batch(microgrid_code, len(note.rows), tuple(order.folder / name for name in note.files), was_there)


def _plate(order: Order, words: Inscription) -> Plate:
    matrix = qr.matrix(order.base_url, words.token, lower_host=order.lower_host)
    return Plate(**vars(words), matrix=matrix)


def _mark_printed(code_ids: Sequence[int]) -> None:
    """New codes, and damaged ones that are printed again, become printed; one that hangs goes on hanging."""
    db.write()
    printed = update(DoorCode).where(DoorCode.id.in_(code_ids), DoorCode.ended_at.is_(None))
    db.session.execute(printed.values(printed_at=clock.now()))
    waiting = DoorCode.state.in_([CodeState.ISSUED, CodeState.DAMAGED])
    db.session.execute(printed.where(waiting).values(state=CodeState.PRINTED))


def _fingerprint(order: Order, inscriptions: Sequence[Inscription], caption: Caption) -> str:
    """Everything that decides what the sheets look like."""
    fonts = [[face.path.name for face in faces] for faces in order.typefaces.faces.values()]
    facts = [plates.EDITION, order.layout, order.form, order.base_url, order.lower_host, caption.place, fonts,
             [astuple(each) for each in inscriptions]]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


def _rows(order: Order, made: Sequence[Plate], microgrid_code: str) -> list[list[str]]:
    return [
        [plate.token, qr.address(order.base_url, plate.token, lower_host=order.lower_host),
         plate.village, microgrid_code, plate.door, str(number), str(place)]
        for number, sheet in enumerate(sheets.sheets_of(made, order.layout), start=1)
        for place, plate in enumerate(sheet, start=1)
    ]
