"""上门: visits that are looked at twice: doors scanned too fast one after another, and visits she denied.

A visit is witnessed twice, by the door's code and by her word. Two scans within minutes can hardly both have been
visits; they are listed, never judged.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased, contains_eager

from feedback import access, clock, db
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action
from feedback.models.people import Person

WITHIN = timedelta(minutes=5)
"""Two doors scanned so soon after each other can hardly both have been visits."""
MOST = 200
"""Rows of one list; more in one period means that the period is too long to look at."""


@dataclass(frozen=True)
class Scan:
    """One door scanned by one person."""

    case: Case
    at: datetime
    by: Person
    household_id: int | None


@dataclass(frozen=True)
class Rush:
    """快扫: several doors scanned by one person within minutes, oldest first."""

    by: Person
    scans: Sequence[Scan]

    @property
    def doors(self) -> int:
        return len({scan.household_id for scan in self.scans})

    @property
    def lasted(self) -> timedelta:
        return self.scans[-1].at - self.scans[0].at


@dataclass(frozen=True)
class Denial:
    """否认: a visit that was scanned, and of which she says that nobody came."""

    case: Case
    by: Person
    visited_at: datetime
    denied_at: datetime


def rushes(viewer: Person, area_code: str, from_on: date, to_on: date) -> list[Rush]:
    """Runs of scans at different doors, each within minutes of the one before, the newest run first."""
    scans = [
        Scan(event.case, event.at, event.actor, event.household_id)
        for event in db.session.scalars(_scans(viewer, area_code, from_on, to_on))
        if event.actor is not None
    ]
    found: list[Rush] = []
    for _, own in groupby(scans, key=lambda scan: scan.by.id):
        found += [Rush(run[0].by, run) for run in _runs(own)]
    fast = [rush for rush in found if rush.doors > 1]
    return sorted(fast, key=lambda rush: rush.scans[0].at, reverse=True)[:MOST]


def denials(viewer: Person, area_code: str, from_on: date, to_on: date) -> list[Denial]:
    """Scanned visits she denied in these days, the newest first."""
    visit, visitor = aliased(CaseEvent), aliased(Person)
    rows = db.session.execute(
        _seen(viewer, area_code, from_on, to_on)
        .where(CaseEvent.action == Action.WITNESS, CaseEvent.witnessed.is_(False))
        .join(visit, (visit.case_id == CaseEvent.case_id) & (visit.n == CaseEvent.of_n))
        .where(visit.action == Action.VISIT)
        .join(visitor, visitor.id == visit.actor_id)
        .with_only_columns(Case, visitor, visit.at, CaseEvent.at)
        .order_by(CaseEvent.at.desc(), CaseEvent.id.desc())
        .limit(MOST)
    )
    return [Denial(*row) for row in rows]


def _scans(viewer: Person, area_code: str, from_on: date, to_on: date) -> Select[CaseEvent]:
    return (
        _seen(viewer, area_code, from_on, to_on)
        .where(CaseEvent.action == Action.VISIT, CaseEvent.code_id.is_not(None))
        .options(contains_eager(CaseEvent.case))
        .order_by(CaseEvent.actor_id, CaseEvent.at, CaseEvent.id)
    )


def _seen(viewer: Person, area_code: str, from_on: date, to_on: date) -> Select[CaseEvent]:
    """Events of these days in cases of the area whose facts the viewer may know."""
    known = access.facts(viewer).with_only_columns(Case.id)
    return (
        select(CaseEvent)
        .join(Case, Case.id == CaseEvent.case_id)
        .where(CaseEvent.at >= clock.start_of(from_on), CaseEvent.at < clock.end_of(to_on))
        .where(access.within(Case.area_code, area_code), Case.id.in_(known))
    )


def _runs(scans: Iterable[Scan]) -> list[list[Scan]]:
    """Cuts one person's scans wherever more than the few minutes passed."""
    runs: list[list[Scan]] = []
    for scan in scans:
        if runs and scan.at - runs[-1][-1].at <= WITHIN:
            runs[-1].append(scan)
        else:
            runs.append([scan])
    return runs
