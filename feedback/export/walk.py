"""走读: the cases of an area and a stretch of days, a portion at a time, place by place in the order of their filing.

However many there are, a portion is all that is held of them. Inside one transaction of `db.snapshot()` they are the
cases of one instant.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from sqlalchemy import ColumnElement, and_, func, select, true, tuple_

from feedback import access, clock, db
from feedback.models.cases import Case
from feedback.models.people import Person
from feedback.models.places import Area

PORTION = 400
"""Cases; some two or three thousand events."""


@dataclass(frozen=True)
class Asked:
    """Which cases: booked in an area, filed from a day to a day (both included), and there for the viewer."""

    area_code: str
    from_on: date
    to_on: date
    viewer: Person | None = None

    @property
    def filed(self) -> ColumnElement[bool]:
        """In these days, as far as they exist for the viewer."""
        start, end = clock.start_of(self.from_on), clock.end_of(self.to_on)
        return and_(Case.filed_at >= start, Case.filed_at < end, self.seen)

    @property
    def seen(self) -> ColumnElement[bool]:
        return true() if self.viewer is None else access.not_shut_out(self.viewer)

    def count(self) -> tuple[int, int]:
        """How many cases there are, and how many events they have."""
        query = select(func.count(), func.coalesce(func.sum(Case.events_count), 0))
        cases, events = db.session.execute(query.where(access.within(Case.area_code, self.area_code), self.filed)).one()
        return cases, int(events)


def portions(asked: Asked) -> Iterator[list[int]]:
    """The ids of the cases."""
    ids = _ids(asked)
    while portion := list(islice(ids, PORTION)):
        yield portion


def _ids(asked: Asked) -> Iterator[int]:
    places = select(Area.code).where(access.within(Area.code, asked.area_code)).order_by(Area.code)
    key = tuple_(Case.filed_at, Case.id)
    for code in db.session.scalars(places).all():
        query = select(Case.id, Case.filed_at).where(Case.area_code == code, asked.filed).order_by(*key).limit(PORTION)
        found = db.session.execute(query).all()
        while found:
            yield from (row.id for row in found)
            after = (found[-1].filed_at, found[-1].id)
            found = db.session.execute(query.where(key > after)).all() if len(found) == PORTION else []
