"""一批诉求: the cases filed from one day to another in an area, as they stood at an instant.

One ordered scan of their events, of the columns the figures need; no objects of the mapping. Events after the
instant are not looked at, so a month as it was known then can be told again later.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, String, and_, func, or_, select, type_coerce

from feedback import access, clock, db
from feedback.access import Viewer
from feedback.db import Choice
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action, Answer, Channel, Kind, Outcome, Status
from feedback.models.places import DIGITS
from feedback.stats.facts import SILENT, Facts, State, Step, fold

REPEAT_WITHIN = timedelta(days=90)
_EVENT, _CASE = CaseEvent.__table__.c, Case.__table__.c
_THEN = CaseEvent.__table__.alias().c
"""The events again, of which the newest up to an instant is looked for; made once: an alias copies every column."""


class Filing(NamedTuple):
    """A case when it was filed, and where it stands after its event numbered `n`."""

    filed_at: datetime
    n: int
    state: State


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
    viewer: Viewer | None = None,
    without: ColumnElement[bool] | None = None,
) -> Cohort:
    """The cohort of an area and a stretch of Shanghai days, both included.

    What the viewer is shut out from is in none of his figures, nor is any case of which `without` holds.
    """
    as_at = as_at or clock.now()
    start, end = clock.start_of(from_on), clock.end_of(to_on)
    wanted = inside_or_above(area_code)
    if viewer is not None:
        wanted &= access.not_shut_out(viewer)
    if without is not None:
        wanted &= ~without
    filed = and_(wanted, Case.filed_at >= start, Case.filed_at < end)
    states = {one.state.case_id: one.state for one in filings(filed, area_code, as_at)}
    cases = fold(steps(filed, as_at), states, as_at)
    _mark_repeated(cases, filings(_shortly_before(start, wanted), area_code, as_at))
    return Cohort(area_code, from_on, to_on, as_at, cases)


def inside_or_above(area_code: str) -> ColumnElement[bool]:
    """Cases booked in the area now, or at a level above it: one recused since has gone up there."""
    above = [area_code[:digits] for digits in DIGITS.values() if digits < len(area_code)]
    return or_(access.within(Case.area_code, area_code), Case.area_code.in_(above))


def steps(wanted: ColumnElement[bool], as_at: datetime) -> Iterator[Step]:
    """The events that figures turn on, case by case. Plain values, made into ours by dictionary: this is the
    scan that costs."""
    actions, statuses, channels = _members(Action), _members(Status), _members(Channel)
    outcomes, answers = _members(Outcome), _members(Answer)
    rows = _plainly(
        select(*(_plain(_EVENT[name]) for name in Step._fields))
        .select_from(CaseEvent.__table__)
        .join(Case.__table__, _CASE.id == _EVENT.case_id)
        .where(wanted, _EVENT.at <= as_at, _EVENT.action.not_in(SILENT))
        .order_by(_EVENT.case_id, _EVENT.n)
    )
    for case_id, n, action, at, actor, by_her, status, channel, witnessed, of_n, code, outcome, answer, rating in rows:
        yield Step(
            case_id, n, actions[action], at, actor, by_her, statuses[status], channels[channel], witnessed, of_n, code,
            outcomes[outcome], answers[answer], rating,
        )  # fmt: skip


def _plainly(query: Select[Any]) -> Sequence[Any]:
    """Rows as the driver gives them, past the mapping."""
    db.session.flush()
    return db.session.connection().execute(query).all()


def _plain(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return type_coerce(column, String) if isinstance(column.type, Choice) else column


def _members(kind: type[StrEnum]) -> dict[str | None, Any]:
    return {None: None, **{member.value: member for member in kind}}


def filings(wanted: ColumnElement[bool], area_code: str, as_at: datetime) -> list[Filing]:
    """The cases booked in the area then, each with where it stood."""
    newest = select(func.max(_THEN.n)).where(_THEN.case_id == _CASE.id, _THEN.at <= as_at)
    rows = _plainly(
        select(_CASE.filed_at, _EVENT.n, *(_EVENT[name] for name in State._fields))
        .select_from(Case.__table__)
        .join(CaseEvent.__table__, and_(_EVENT.case_id == _CASE.id, _EVENT.n == newest.scalar_subquery()))
        .where(wanted)
    )
    found = (Filing(row[0], row[1], State._make(row[2:])) for row in rows)
    return [filing for filing in found if filing.state.area_code.startswith(area_code)]


def _shortly_before(start: datetime, wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(wanted, Case.household_id.is_not(None), Case.filed_at >= start - REPEAT_WITHIN, Case.filed_at < start)


def _mark_repeated(cases: Sequence[Facts], earlier: Iterable[Filing]) -> None:
    """Its household filed the same category (the same kind, while it has none) within the 90 days before."""
    everything = [*earlier, *(Filing(case.filed_at, 0, case.last) for case in cases)]
    filed: dict[tuple[int | None, Kind | int | None], list[datetime]] = defaultdict(list)
    for filed_at, _n, state in sorted(everything, key=lambda filing: filing.filed_at):
        filed[state.household_id, state.kind].append(filed_at)
        if state.category_id is not None:
            filed[state.household_id, state.category_id].append(filed_at)
    for case in cases:
        last = case.last
        if last.household_id is not None:
            matter = last.kind if last.category_id is None else last.category_id
            instants = filed[last.household_id, matter]
            place = bisect_left(instants, case.filed_at)
            case.is_repeated = place > 0 and case.filed_at - instants[place - 1] <= REPEAT_WITHIN
