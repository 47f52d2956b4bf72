"""门面: what a door says of its place before she speaks: whose it is in general terms, what is promised by when,
whom she may ring. Never a person of the household, never the house itself.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from feedback import clock, db, policies, publicity
from feedback.models.places import Area, Level
from feedback.web import promises


@dataclass(frozen=True)
class Signboard:
    """The words around a form."""

    area: Area
    place: str
    texts: publicity.Published
    guardians: list[publicity.Guardian]
    promised_at: datetime
    doubt: str
    """That the year of the promise is not known yet; mostly nothing."""


def of(area: Area) -> Signboard:
    """The words for a door in this area."""
    texts = publicity.of(area.code)
    promised_at = policies.respond_by(area.code, filed_at=clock.now())
    return Signboard(area, place_of(area), texts, publicity.guardians(area.code, texts), promised_at,
                     promises.unsure(area.code, promised_at))


def place_of(area: Area) -> str:
    """「梁弄镇 汪巷村」: township and village, nothing below."""
    codes = [code for level in (Level.TOWNSHIP, Level.VILLAGE) if (code := area.prefix(level))]
    names = [found.name for code in codes if (found := db.session.get(Area, code))]
    return " ".join(names) or area.name


def townships() -> list[Area]:
    """Every township of this installation, by code."""
    length = func.length(Area.code) == Level.TOWNSHIP.digits
    return list(db.session.scalars(select(Area).where(length).order_by(Area.code)))
