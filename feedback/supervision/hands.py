"""在手: in whose hands the open cases of an area are, and at which rung of its ladder each stands.

A case stands on the clock that runs against its handlers: the response's until contact is made, from then the
handling's. One question, answered by the index of the area's open cases: it is asked of a township, not of a county.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Integer, and_, func, select
from sqlalchemy import case as when

from feedback import access, clock, db
from feedback.ladder import LADDER, Clock, Rung
from feedback.models.cases import Case
from feedback.models.people import Person
from feedback.words import N_

NONE_TOLD = N_("时间还没过半")


@dataclass(frozen=True)
class Place:
    """A place on the ladder: how many rungs of the clock that runs have been told."""

    clock: Clock
    told: int

    @property
    def word(self) -> str:
        """As it stands in an address: `handling_2`."""
        return f"{self.clock.value}_{self.told}"

    @property
    def rung(self) -> Rung | None:
        """The last rung told; None where none is."""
        return LADDER[self.clock][self.told - 1].rung if self.told else None

    @property
    def label(self) -> str:
        return self.rung.label if self.rung else NONE_TOLD

    @property
    def holds(self) -> ColumnElement[bool]:
        """SQL: an open case stands here."""
        is_response = self.clock is Clock.RESPONSE
        rung = Case.response_rung if is_response else Case.handling_rung
        return and_(Case.responded_at.is_(None) if is_response else Case.responded_at.is_not(None), rung == self.told)


PLACES: Mapping[str, Place] = {
    place.word: place for place in (Place(which, told) for which in Clock for told in range(len(LADDER[which]) + 1))
}
"""Every place, by its word."""


@dataclass
class Load:
    """What one person has in hand."""

    staff_number: str
    name: str
    phone: str
    open: int = 0
    overdue: int = 0


@dataclass
class Hands:
    """The open cases of an area: how many stand at each place, and in whose hands they are."""

    places: dict[Place, int] = field(default_factory=lambda: dict.fromkeys(PLACES.values(), 0))
    loads: dict[str, Load] = field(default_factory=dict)
    """By staff number."""
    unowned: int = 0
    """Nobody has taken them up."""

    @property
    def open(self) -> int:
        return sum(self.places.values())

    def told(self, rungs: int) -> int:
        """How many have been told of by so many rungs, on either clock."""
        return sum(n for place, n in self.places.items() if place.told == rungs)


def of(viewer: Person, area_code: str) -> Hands:
    """How the open cases of an area are held, without what the viewer is shut out from."""
    is_response = Case.responded_at.is_(None)
    told = when((is_response, Case.response_rung), else_=Case.handling_rung)
    is_late = func.sum(when((Case.next_due_at < clock.now(), 1), else_=0), type_=Integer)
    query = (
        select(is_response, told, Person.staff_number, Person.name, Person.phone, func.count(), is_late)
        .select_from(Case).outerjoin(Person, Person.id == Case.owner_id)
        .where(access.within(Case.area_code, area_code), Case.closed_at.is_(None), Case.next_due_at.is_not(None),
               access.not_shut_out(viewer))
        .group_by(is_response, told, Person.staff_number, Person.name, Person.phone)
    )
    found = Hands()
    for before_contact, rung, number, name, phone, n, late in db.session.execute(query):
        found.places[Place(Clock.RESPONSE if before_contact else Clock.HANDLING, rung)] += n
        if number is None:
            found.unowned += n
            continue
        load = found.loads.setdefault(number, Load(number, name, phone))
        load.open += n
        load.overdue += late
    return found
