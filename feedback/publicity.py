"""公布: what an area tells everybody of itself; the nearest word upward holds.

A text that an area has not set, or has emptied, is the one set above it. Telephone numbers, the discipline
office, whether guardians are named, what is done with her words: the pages and the plates ask here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from feedback import access, db, policies, teams
from feedback.errors import Forbidden, Refusal
from feedback.identity import trail
from feedback.models.people import Person, Role, Service
from feedback.models.places import Level
from feedback.models.records import StaffAct
from feedback.models.rules import PublishedText, TextKey
from feedback.plates.shapes import Colour
from feedback.words import N_

YES = "是"
NO = "否"
MAX_WORDS = 5_000
MAX_PURPOSE = 12
"""Characters on a plate that say what the code is for."""

PHONES = {TextKey.HOTLINE, TextKey.DUTY_PHONE, TextKey.DISCIPLINE_PHONE, TextKey.COUNTY_DISCIPLINE_PHONE}
SWITCHES = {TextKey.SHOW_GUARDIANS, TextKey.PUBLIC_BOARD}
LEAST_CONTRAST = 4.5
"""Of white words on the plate's field (WCAG 2.2, 1.4.3)."""
MAX_TITLE = 6
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}", re.ASCII)
_PHONE = re.compile(r"\+?[0-9][0-9 -]{2,18}")


@dataclass(frozen=True)
class Published:
    """What holds in an area, text by text; '' where nobody upward has set one."""

    area_code: str
    words: Mapping[TextKey, str]

    def __getitem__(self, key: TextKey) -> str:
        return self.words.get(key, "")

    @property
    def hotline(self) -> str:
        return self[TextKey.HOTLINE]

    @property
    def duty_phone(self) -> str:
        """For what can't wait; the hotline where there is no other."""
        return self[TextKey.DUTY_PHONE] or self.hotline

    @property
    def discipline_phone(self) -> str:
        """The township discipline office's own number."""
        return self[TextKey.DISCIPLINE_PHONE]

    @property
    def county_discipline_phone(self) -> str:
        return self[TextKey.COUNTY_DISCIPLINE_PHONE]

    @property
    def shows_guardians(self) -> bool:
        """Whether guardians' names and telephones are public here."""
        return self[TextKey.SHOW_GUARDIANS] == YES

    @property
    def shows_board(self) -> bool:
        """Whether everybody may read how a village's cases went (公开栏). Yes until somebody says no: what it tells is
        safe to tell, and a board that an office first has to switch on would be switched on by the good ones."""
        return self[TextKey.PUBLIC_BOARD] != NO

    @property
    def privacy(self) -> str:
        return self[TextKey.PRIVACY]

    @property
    def publisher(self) -> str:
        return self[TextKey.PUBLISHER]


@dataclass(frozen=True)
class Guardian:
    """A guardian as the door page may name one."""

    name: str
    phone: str
    is_leader: bool


def of(area_code: str) -> Published:
    """What is published for an area, in one query."""
    rows = db.session.execute(
        select(PublishedText.key, PublishedText.words)
        .where(PublishedText.area_code.in_(policies.upward(area_code)))
        .order_by(PublishedText.area_code)
    )
    return Published(area_code, {row.key: row.words for row in rows if row.words.strip()})


def own(area_code: str) -> dict[TextKey, str]:
    """What the area itself has set, for the page on which it is edited."""
    rows = db.session.execute(
        select(PublishedText.key, PublishedText.words).where(PublishedText.area_code == area_code)
    )
    return {row.key: row.words for row in rows}


def guardians(area_code: str, published: Published | None = None) -> list[Guardian]:
    """Who serves the micro-grid today, leaders first; nobody while names are not public there."""
    shown = published or of(area_code)
    if not shown.shows_guardians or len(area_code) != Level.MICROGRID.digits:
        return []
    services = db.session.scalars(
        select(Service).join(Person)
        .where(Service.area_code == area_code, Service.role == Role.GUARDIAN, Person.is_active)
        .order_by(Service.is_leader.desc(), Person.username)
        .options(contains_eager(Service.person).selectinload(Person.absences))
    )
    present = [one for one in teams.serving(services) if not teams.is_away(one.person)]
    return [Guardian(one.person.name, one.person.phone, one.is_leader) for one in present]


def publish(area_code: str, key: TextKey, words: str, *, by: Person) -> None:
    """Sets one text of an area; empty words give way to the area above. The word before stays in the event.

    Raises Refusal where the text doesn't fit, Forbidden where the area is not the person's to speak for.
    """
    if not access.scope(by).covers(area_code, Role.TOWNSHIP, Role.ADMIN):
        raise Forbidden(N_("这个区划的文字不归您改。"))
    clean = _checked(key, words.strip())
    db.write()
    text = db.session.scalar(
        select(PublishedText).where(PublishedText.area_code == area_code, PublishedText.key == key)
    )
    before = text.words if text else ""
    if clean == before:
        return
    if text is None:
        db.session.add(PublishedText(area_code=area_code, key=key, words=clean))
    else:
        text.words = clean
    trail.leave(StaffAct.TEXT, by, subject=area_code, key=key.value, before=before, after=clean)
    db.session.flush()


def _checked(key: TextKey, words: str) -> str:
    if len(words) > MAX_WORDS:
        raise Refusal(N_("太长了，最多 {limit} 个字。"), field=key.value, limit=MAX_WORDS)
    if key in PHONES and words and not _PHONE.fullmatch(words):
        raise Refusal(N_("这里写一个电话，只有数字和短横。"), field=key.value)
    if key in SWITCHES and words not in {"", YES, NO}:
        raise Refusal(N_("写“是”或“否”。"), field=key.value)
    if key is TextKey.PLATE_PURPOSE and len(words) > MAX_PURPOSE:
        raise Refusal(N_("门牌上最多 {limit} 个字。"), field=key.value, limit=MAX_PURPOSE)
    if key is TextKey.PLATE_TITLE and len(words) > MAX_TITLE:
        raise Refusal(N_("门牌上的大字最多 {limit} 个。"), field=key.value, limit=MAX_TITLE)
    if key is TextKey.PLATE_COLOUR and words:
        return _field(words)
    return words


def _field(words: str) -> Colour:
    """The colour of the plate's field, on which white words must be read from two steps away."""
    if not _COLOUR.fullmatch(words):
        raise Refusal(N_("底色写成 # 和六位，比如 #14514B。"), field=TextKey.PLATE_COLOUR.value)
    colour = Colour(words.upper())
    if colour.contrast < LEAST_CONTRAST:
        raise Refusal(N_("这个底色太浅，白字看不清，请换一个深一些的。"), field=TextKey.PLATE_COLOUR.value)
    return colour


__all__ = [
    "NO", "YES", "Guardian", "Published", "guardians", "of", "own", "publish",
]
