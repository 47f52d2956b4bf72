"""分册: what goes into each file of an order, as the register has it: a village's plates in the order people walk.

A volume is a village, or the area asked for where that is less. It knows every character on its sheets and, by its
fingerprint, everything that decides what they look like; how they are drawn and written is `printing`'s.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from itertools import chain, groupby
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select

from feedback import access, db, plates, tokens
from feedback.fonts import Style, Typefaces, Used
from feedback.models.codes import DoorCode
from feedback.models.places import Area, Household, Level, as_walked
from feedback.models.rules import PublishedText, TextKey
from feedback.plates import Inscription
from feedback.plates.shapes import Colour
from feedback.sheets import Format, Layout, layouts
from feedback.sheets.png import DOTS_PER_INCH

_ON_PLATES = (TextKey.HOTLINE, TextKey.PLATE_PURPOSE, TextKey.PLATE_TITLE, TextKey.PLATE_COLOUR)


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be printed, and how; `jobs` is how many processes may draw."""

    area_code: str
    folder: Path
    layout: Layout
    form: Format
    base_url: str
    lower_host: bool
    typefaces: Typefaces
    jobs: int = 1
    only: frozenset[str] = frozenset()
    """The tokens of single plates to print; where there are none, all of the area."""
    resolution: int = DOTS_PER_INCH
    """Of PNG, in dots per inch."""


class Door(NamedTuple):
    """A code that is to be printed, as plain values: they outlive a commit."""

    code_id: int
    token: str
    microgrid_code: str
    door: str


class Section(NamedTuple):
    """The doors of a micro-grid, in the order people walk, and how the sheets name it: 梁弄镇 汪巷村 第一网格 一组."""

    microgrid_code: str
    place: str
    doors: list[Door]


@dataclass(frozen=True)
class Volume:
    """What goes into one file: the words its plates share, and its micro-grids."""

    area_code: str
    ground: Inscription
    sections: list[Section]

    @property
    def doors(self) -> Iterator[Door]:
        return chain.from_iterable(section.doors for section in self.sections)

    @property
    def plates(self) -> int:
        return sum(len(section.doors) for section in self.sections)

    @property
    def title(self) -> str:
        """Whose plates they all are."""
        places = [section.place.split(" ") for section in self.sections]
        shared = (set(each) for each in zip(*places, strict=False))
        return " ".join(names.pop() for names in shared if len(names) == 1)

    def used(self) -> Used:
        """Every character in the file."""
        used = Used()
        self.ground.use(used)
        used.add(Style.HEI_BOLD, tokens.ALPHABET)
        for section in self.sections:
            doors = [each.door for each in section.doors]
            used.add(Style.SONG, *doors)
            layouts.use(used, section.place, doors)
        return used

    def fingerprint(self, order: Order) -> str:
        """Everything that decides what the sheets look like."""
        fonts = [[face.path.name for face in faces] for faces in order.typefaces.faces.values()]
        digest = hashlib.sha256(json.dumps([
            plates.EDITION, order.layout, order.form, order.form is Format.PNG and order.resolution,
            order.base_url, order.lower_host, fonts, astuple(self.ground),
        ], ensure_ascii=False).encode())
        for section in self.sections:
            digest.update(json.dumps([section.place, [each[1:] for each in section.doors]],
                                     ensure_ascii=False).encode())
        return digest.hexdigest()


def count(area_code: str) -> int:
    """How many plates the area has."""
    return db.session.scalar(
        select(func.count()).select_from(DoorCode).join(Household, DoorCode.household_id == Household.id)
        .where(access.within(Household.microgrid_code, area_code), DoorCode.ended_at.is_(None))
    ) or 0


def of(area_code: str) -> list[str]:
    """The codes of the volumes of an area: its villages with plates; itself where it is less than a village."""
    if len(area_code) > Level.VILLAGE.digits:
        return [area_code] if count(area_code) else []
    return list(db.session.scalars(
        select(Household.village_code).distinct().join(DoorCode, DoorCode.household_id == Household.id)
        .where(access.within(Household.microgrid_code, area_code), DoorCode.ended_at.is_(None))
        .order_by(Household.village_code)
    ))


def read(order: Order, code: str) -> Volume:
    """What is to be printed of one village or less, as the register has it now."""
    found = db.session.execute(
        select(DoorCode.id, DoorCode.token, Household.microgrid_code, Household.door)
        .join(Household, DoorCode.household_id == Household.id)
        .where(access.within(Household.microgrid_code, code), DoorCode.ended_at.is_(None))
    )
    doors = [
        Door(number, token, microgrid, " ".join(door.split())) for number, token, microgrid, door in found
        if not order.only or token in order.only
    ]
    doors.sort(key=lambda each: (each.microgrid_code, as_walked(each.door)))
    names = _names(code)
    village = plates.village_name(names.get(code[:Level.VILLAGE.digits], ""))
    return Volume(code, _ground(order, code, village), [
        Section(microgrid, _place(microgrid, names), list(some))
        for microgrid, some in groupby(doors, key=lambda each: each.microgrid_code)
    ])


def _names(code: str) -> dict[str, str]:
    """The names of the areas in and above an area."""
    above = [code[:level.digits] for level in Level if level.digits <= len(code)]
    return dict(db.session.execute(
        select(Area.code, Area.name).where(access.within(Area.code, code) | Area.code.in_(above))
    ).all())


def _place(microgrid_code: str, names: dict[str, str]) -> str:
    """梁弄镇 汪巷村 第一网格 一组."""
    codes = [microgrid_code[:level.digits] for level in Level if level is not Level.COUNTY]
    return " ".join(plates.village_name(names[code]) for code in codes if code in names)


def _ground(order: Order, code: str, village: str) -> Inscription:
    """What all plates of a village say."""
    published = _published(code[:Level.VILLAGE.digits])
    return Inscription(
        village=village, door="", token="", host=plates.host(order.base_url),
        hotline=published.get(TextKey.HOTLINE, ""), purpose=published.get(TextKey.PLATE_PURPOSE) or plates.PURPOSE,
        title=published.get(TextKey.PLATE_TITLE) or plates.TITLE,
        field=Colour(published.get(TextKey.PLATE_COLOUR) or plates.DAI),
    )


def _published(village_code: str) -> dict[TextKey, str]:
    """What the nearest area upward publishes for plates."""
    above = [village_code[:level.digits] for level in (Level.COUNTY, Level.TOWNSHIP, Level.VILLAGE)]
    found = db.session.execute(
        select(PublishedText.key, PublishedText.words)
        .where(PublishedText.area_code.in_(above), PublishedText.key.in_(_ON_PLATES))
        .order_by(func.length(PublishedText.area_code))
    )
    return {key: words.strip() for key, words in found}
