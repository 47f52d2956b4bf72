"""一批诉求: the cases filed from one day to another in an area, as they stood at an instant.

One ordered scan of their events, of the columns the figures need; no objects. Events after the instant are not
looked at, so a month as it was known then can be told again later.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select

from feedback import access, clock, db
from feedback.models.cases import Case, CaseEvent
from feedback.models.people import Person
from feedback.models.places import DIGITS
from feedback.stats.facts import Fact, Facts, fold

REPEAT_WITHIN = timedelta(days=90)
_COLUMNS: list[ColumnElement[Any]] = [getattr(CaseEvent, name) for name in Fact._fields]


class _Filing(NamedTuple):
    filed_at: datetime
    last: Fact


@dataclass(frozen=True)
class Cohort:
    """Cases with their facts; `area_code` is the area asked for, both days are included."""

    area_code: str
    from_on: date
    to_on: date
    as_at: datetime
    cases: Sequence[Facts]

    def filed(self, from_on: date, to_on: date) -> "Cohort":
        """Those of them filed from a day to a day: a month out of a year costs no second scan."""
        start, end = clock.start_of(from_on), clock.end_of(to_on)
        cases = [case for case in self.cases if start <= case.filed_at < end]
        return Cohort(self.area_code, from_on, to_on, self.as_at, cases)


def read(
    area_code: str,
    from_on: date,
    to_on: date,
    *,
    as_at: datetime | None = None,
    viewer: Person | None = None,
) -> Cohort:
    """The cohort of an area and a stretch of Shanghai days, both included.

    What the viewer is shut out from is in none of his figures.
    """
    as_at = as_at or clock.now()
    start, end = clock.start_of(from_on), clock.end_of(to_on)
    wanted = inside_or_above(area_code)
    if viewer is not None:
        wanted &= access.not_shut_out(viewer)
    rows = db.session.execute(_events(as_at).where(wanted, Case.filed_at >= start, Case.filed_at < end))
    cases = [case for case in fold(map(Fact._make, rows), as_at) if _is_in(case.last, area_code)]
    earlier = [one for one in _filed_before(start, wanted, as_at) if _is_in(one.last, area_code)]
    _mark_repeated(cases, earlier)
    return Cohort(area_code, from_on, to_on, as_at, cases)


def _is_in(last: Fact, area_code: str) -> bool:
    return last.area_code.startswith(area_code)


def inside_or_above(area_code: str) -> ColumnElement[bool]:
    """Cases booked in the area now, or at a level above it: one recused since has gone up there."""
    above = [area_code[:digits] for digits in DIGITS.values() if digits < len(area_code)]
    return or_(access.within(Case.area_code, area_code), Case.area_code.in_(above))


def _events(as_at: datetime) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .join(Case, Case.id == CaseEvent.case_id)
        .where(CaseEvent.at <= as_at)
        .order_by(CaseEvent.case_id, CaseEvent.n)
    )


def _mark_repeated(cases: Sequence[Facts], earlier: Iterable[_Filing]) -> None:
    """Its household filed the same matter within the 90 days before."""
    filings: dict[int | None, list[_Filing]] = defaultdict(list)
    for filing in [*earlier, *(_Filing(case.filed_at, case.last) for case in cases)]:
        filings[filing.last.household_id].append(filing)
    for case in cases:
        if case.last.household_id is not None:
            case.is_repeated = any(
                timedelta(0) < case.filed_at - other.filed_at <= REPEAT_WITHIN and _is_same(case.last, other.last)
                for other in filings[case.last.household_id]
            )


def _is_same(last: Fact, other: Fact) -> bool:
    """The same category; while the case has none, the same kind."""
    if last.category_id is None:
        return last.kind is other.kind
    return last.category_id == other.category_id


def _filed_before(first: datetime, wanted: ColumnElement[bool], as_at: datetime) -> list[_Filing]:
    """The filings of the 90 days before an instant, each with its last event up to `as_at`."""
    newest = (
        select(CaseEvent.case_id, func.max(CaseEvent.n).label("n"))
        .join(Case, Case.id == CaseEvent.case_id)
        .where(wanted, Case.household_id.is_not(None))
        .where(Case.filed_at >= first - REPEAT_WITHIN, Case.filed_at < first, CaseEvent.at <= as_at)
        .group_by(CaseEvent.case_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Case.filed_at, *_COLUMNS)
        .join(Case, Case.id == CaseEvent.case_id)
        .join(newest, (newest.c.case_id == CaseEvent.case_id) & (newest.c.n == CaseEvent.n))
    )
    return [_Filing(row[0], Fact._make(row[1:])) for row in rows]
