"""当时: how an area stood at an instant, told from the events: what was open, overdue, and waiting for her word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from feedback import clock, clocks, db
from feedback.models.cases import Case
from feedback.models.kinds import Status
from feedback.monthly import apart
from feedback.stats import cohort
from feedback.stats.facts import Facts, fold

SLOWEST = 5


@dataclass(frozen=True)
class Waiting:
    """One case that was open: of whichever month, by its number, without a word of anybody."""

    number: str
    kind: str
    area_code: str
    days: int
    due_at: datetime
    is_overdue: bool


@dataclass(frozen=True)
class Standing:
    """The area as it stood; without what its reports keep apart."""

    as_at: datetime
    cases: Sequence[Facts]
    slowest: Sequence[Waiting]

    def open(self, area_code: str) -> int:
        """Open, and in the hands of those who handle them."""
        return sum(_is_handled(case) for case in self._inside(area_code))

    def overdue(self, area_code: str) -> int:
        return sum(is_overdue(case) for case in self._inside(area_code))

    def awaiting_her_word(self, area_code: str) -> int:
        return sum(case.last.status is Status.REPORTED_BACK for case in self._inside(area_code))

    def _inside(self, area_code: str) -> list[Facts]:
        return [case for case in self.cases if case.area_code.startswith(area_code)]


def read(area_code: str, as_at: datetime) -> Standing:
    """How the area stood. Candidates are what is open now or was closed since; the events say which were."""
    wanted = (
        cohort.inside_or_above(area_code) & (Case.filed_at <= as_at)
        & or_(Case.closed_at.is_(None), Case.closed_at > as_at) & ~apart.from_reports(area_code, as_at)
    )
    states = {one.state.case_id: one.state for one in cohort.filings(wanted, area_code, as_at)}
    cases = [case for case in fold(cohort.steps(wanted, as_at), states, as_at) if case.is_open]
    return Standing(as_at, cases, _slowest(area_code, as_at, cases))


def _slowest(area_code: str, as_at: datetime, cases: Sequence[Facts]) -> list[Waiting]:
    oldest = sorted((case for case in cases if _is_handled(case)), key=lambda case: (case.filed_at, case.last.case_id))
    may_be_named = select(Case.id, Case.number).where(~apart.from_lists(area_code, as_at))
    found: list[Waiting] = []
    while oldest and len(found) < SLOWEST:
        some, oldest = oldest[:50], oldest[50:]
        numbers = dict(
            db.session.execute(may_be_named.where(Case.id.in_([case.last.case_id for case in some]))).all()
        )
        found += [_waiting(numbers[case.last.case_id], case) for case in some if case.last.case_id in numbers]
    return found[:SLOWEST]


def _waiting(number: str, case: Facts) -> Waiting:
    days = (clock.local(case.as_at).date() - clock.local(case.filed_at).date()).days
    return Waiting(number, case.kind.value, case.area_code, days, _next_due(case), is_overdue(case))


def _is_handled(case: Facts) -> bool:
    return case.last.status in clocks.OPEN


def is_overdue(case: Facts) -> bool:
    """The clock that ran then had run out."""
    return _is_handled(case) and _next_due(case) < case.as_at


def _next_due(case: Facts) -> datetime:
    return case.last.response_due_at if case.responded_at is None else case.last.handling_due_at
