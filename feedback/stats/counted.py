"""一件: what one case adds to every figure: where it is told, who answers for it, its marks and its durations.

It is worked out from a case's facts, and kept beside the case; the figures of any group follow from it alone.
"""

from datetime import date, datetime
from typing import NamedTuple

from feedback import clock
from feedback.models.kinds import Kind
from feedback.stats import marks
from feedback.stats.definitions import DURATIONS, Duration
from feedback.stats.facts import Facts, Verdict

REPEATED = 1 << marks.PLACE["repeated.n"]


class Counted(NamedTuple):
    """One case; the columns of `CaseFigures`."""

    case_id: int
    area_code: str
    filed_at: datetime
    filed_on: date
    team_id: int
    kind: Kind
    category_id: int | None
    response_by_id: int | None
    handling_by_id: int | None
    case_by_id: int | None
    """Who answers for its response, for its handling, for the case as a whole; None: nobody has taken it up."""
    marks: int
    repeat_digits: int
    """Of the smallest area in which the household's earlier case on the same matter is booked too; 0: none."""
    response_seconds: int | None
    handling_seconds: int | None
    closing_seconds: int | None
    settles_at: datetime | None
    """The next due: after it the marks are others, though nothing has happened."""

    @property
    def month(self) -> str:
        return f"{self.filed_on:%Y-%m}"

    def seconds(self, duration: Duration) -> int | None:
        found: int | None = getattr(self, duration.key)
        return found

    def within(self, area_code: str) -> "Counted":
        """As it is told inside an area: a repeat only where the earlier one is booked there too."""
        is_repeat = self.repeat_digits >= len(area_code)
        return self._replace(marks=self.marks | REPEATED) if is_repeat else self


def of(case: Facts, repeat_digits: int = 0) -> Counted:
    """What a case adds. With `repeat_digits` the mark of a repeat is left to `within`."""
    last = case.last
    clocks = (
        (last.response_due_at, case.response), (last.handling_due_at, case.handling),
        (last.handling_due_original_at, case.handling_by_original),
    )
    response, handling, closing = (_seconds(case, duration.until(case)) for duration in DURATIONS)
    return Counted(
        case_id=last.case_id,
        area_code=last.area_code,
        filed_at=case.filed_at,
        filed_on=clock.local(case.filed_at).date(),
        team_id=last.team_id,
        kind=last.kind,
        category_id=last.category_id,
        response_by_id=case.response_by_id,
        handling_by_id=case.handling_by_id,
        case_by_id=case.case_by_id,
        marks=marks.bits(case),
        repeat_digits=repeat_digits,
        response_seconds=response,
        handling_seconds=handling,
        closing_seconds=closing,
        settles_at=min((due for due, verdict in clocks if verdict is Verdict.NOT_YET_DUE), default=None),
    )


def _seconds(case: Facts, until: datetime | None) -> int | None:
    """Natural seconds from filing; none of what is not counted."""
    if until is None or not case.is_counted:
        return None
    return int((until - case.filed_at).total_seconds())
