"""现在: how many cases are open, due, overdue, supervised and waiting for her word at this moment.

These are of now, never of a period; the two do not share a chart. What waits for the villager's word is not
among the open ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import ColumnElement, Integer, and_, func, select
from sqlalchemy import case as when

from feedback import access, clock, db
from feedback.access import Viewer
from feedback.models.cases import Case
from feedback.models.kinds import Status


@dataclass(frozen=True)
class Standing:
    """Counts of one place at one moment."""

    open: int = 0
    overdue: int = 0
    response_due_today: int = 0
    handling_due_today: int = 0
    supervised: int = 0
    awaiting_her_word: int = 0

    @property
    def due_today(self) -> int:
        return self.response_due_today + self.handling_due_today

    def __add__(self, other: "Standing") -> "Standing":
        return Standing(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Standing)))


@dataclass(frozen=True)
class Now:
    """An area as it stands: `areas` by the code where cases are booked, `total` over all of them."""

    area_code: str
    at: datetime
    areas: Mapping[str, Standing]
    supervised_since: datetime | None

    @property
    def total(self) -> Standing:
        return self.inside(self.area_code)

    def inside(self, area_code: str) -> Standing:
        """What is booked in an area or below it."""
        own = (standing for code, standing in self.areas.items() if code.startswith(area_code))
        return sum(own, Standing())


def open_now(area_code: str, *, viewer: Viewer | None = None) -> Now:
    """How an area stands now, without what the viewer is shut out from."""
    now = clock.now()
    is_handled = Case.status != Status.REPORTED_BACK
    today = and_(Case.next_due_at >= now, Case.next_due_at < clock.end_of(clock.local(now).date()))
    rows = db.session.execute(
        select(
            Case.area_code,
            func.min(Case.supervised_at),
            _count(is_handled),
            _count(Case.next_due_at < now),
            _count(and_(today, Case.responded_at.is_(None))),
            _count(and_(today, Case.responded_at.is_not(None))),
            _count(Case.supervised_at.is_not(None)),
            _count(~is_handled),
        )
        .where(_open_in(area_code, viewer))
        .group_by(Case.area_code)
    ).all()
    areas = {row[0]: Standing(*row[2:]) for row in rows}
    return Now(area_code, now, areas, min((row[1] for row in rows if row[1] is not None), default=None))


def _open_in(area_code: str, viewer: Viewer | None) -> ColumnElement[bool]:
    there = and_(access.within(Case.area_code, area_code), Case.closed_at.is_(None))
    return there if viewer is None else and_(there, access.not_shut_out(viewer))


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(when((condition, 1), else_=0), type_=Integer)
