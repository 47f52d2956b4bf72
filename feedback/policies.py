"""期限: which deadline holds for a case, by whose calendar, and what she is promised.

The most particular rule in force when she filed holds: category before kind before neither, then the nearest
area upward, then the newest version. Where nobody has set one, `deadlines.DEFAULTS`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from feedback import calendars, clock, db, deadlines
from feedback.calendars import Calendar, Source
from feedback.models.cases import Case
from feedback.models.kinds import Kind
from feedback.models.places import DIGITS
from feedback.models.rules import CalendarDay, CalendarYear, DeadlinePolicy


@dataclass(frozen=True)
class Promise:
    """What holds for one filing: both limits, both last instants on time (UTC), and whose calendar said so."""

    policy: deadlines.Policy
    policy_id: int | None
    response_due_at: datetime
    handling_due_at: datetime
    source: Source


def upward(area_code: str) -> list[str]:
    """The area's code and those above it, the nearest first."""
    return [area_code[:length] for length in sorted(DIGITS.values(), reverse=True) if length <= len(area_code)]


_kept: ContextVar[dict[str, Calendar] | None] = ContextVar("calendars kept", default=None)


@contextmanager
def calendars_kept() -> Iterator[None]:
    """Within it each area's calendar is read once: for a batch of many cases during which nobody changes any."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def calendar_of(area_code: str) -> Calendar:
    """The calendar of an area: its own days and those set above it, the nearest word on a day first."""
    kept = _kept.get()
    if kept is None:
        return _read_calendar(area_code)
    if area_code not in kept:
        kept[area_code] = _read_calendar(area_code)
    return kept[area_code]


def _read_calendar(area_code: str) -> Calendar:
    rows = db.session.execute(
        select(CalendarDay.day, CalendarDay.is_working)
        .where(CalendarDay.area_code.in_(upward(area_code)))
        .order_by(CalendarDay.area_code)
    )
    years = db.session.scalars(select(CalendarYear.year).where(CalendarYear.area_code.in_(upward(area_code))))
    return Calendar({row.day: row.is_working for row in rows}, frozenset(years))


def promise(
    area_code: str,
    kind: Kind,
    is_urgent: bool,
    *,
    category_id: int | None = None,
    filed_at: datetime,
    proposed: DeadlinePolicy | None = None,
) -> Promise:
    """The promise for something filed at that instant; as if a version nobody has set yet stood beside the others,
    where one is `proposed`."""
    rows = _rows(area_code, is_urgent, filed_at=filed_at)
    if proposed is not None and proposed.effective_at <= filed_at:
        rows = [*rows, proposed]
    row = _best(rows, kind, category_id=category_id)
    policy = deadlines.DEFAULTS[kind.value, is_urgent] if row is None else as_policy(row)
    calendar = calendar_of(area_code)
    response = deadlines.due_with_source(policy.response, filed_at, calendar, policy.close_of_office)
    handling = deadlines.due_with_source(policy.handling, filed_at, calendar, policy.close_of_office)
    return Promise(policy, row.id if row else None, response.at, handling.at, handling.source)


def respond_by(area_code: str, *, filed_at: datetime) -> datetime:
    """The last instant on time for contact on anything filed then that isn't urgent, whatever its kind: what a
    door promises before she has chosen."""
    rows, calendar = _rows(area_code, False, filed_at=filed_at), calendar_of(area_code)
    limits = set()
    for kind in Kind:
        row = _best(rows, kind, category_id=None)
        policy = deadlines.DEFAULTS[kind.value, False] if row is None else as_policy(row)
        limits.add((policy.response, policy.close_of_office))
    return max(deadlines.due_with_source(limit, filed_at, calendar, close).at for limit, close in limits)


def uncertain_year(area_code: str, due_at: datetime) -> int | None:
    """The year of a due whose days off nobody has published, and nobody has entered there or above; else None."""
    year = clock.local(due_at).year
    if calendars.is_published(year):
        return None
    entered = (CalendarYear.year == year, CalendarYear.area_code.in_(upward(area_code)))
    return None if db.session.scalar(select(CalendarYear.id).where(*entered).limit(1)) else year


def uncertain_year_of(case: Case) -> int | None:
    """The same of the dues a case still has to keep; hours and days rest on no calendar until they are extended."""
    if case.next_due_at is None or calendars.is_published(clock.local(case.handling_due_at).year):
        return None
    policy, dues = of(case), []
    if case.responded_at is None and not policy.response.is_natural:
        dues.append(case.response_due_at)
    if not policy.handling.is_natural or case.extension_days is not None:
        dues.append(case.handling_due_at)
    return uncertain_year(case.area_code, max(dues)) if dues else None


def of(case: Case) -> deadlines.Policy:
    """The policy a case was filed under."""
    row = db.session.get(DeadlinePolicy, case.policy_id) if case.policy_id else None
    return as_policy(row) if row else deadlines.DEFAULTS[case.kind.value, case.is_urgent]


def letter_due_at(case: Case) -> datetime:
    """By when a letter of supervision given now is to be answered, where nobody sets another day (UTC)."""
    return deadlines.due(deadlines.LETTER, clock.now(), calendar_of(case.area_code), of(case).close_of_office)


def as_policy(row: DeadlinePolicy) -> deadlines.Policy:
    """A stored version as the pure arithmetic takes it."""
    return deadlines.Policy(
        deadlines.Limit(row.response_amount, row.response_unit),
        deadlines.Limit(row.handling_amount, row.handling_unit),
        row.close_of_office,
    )


def _rows(area_code: str, is_urgent: bool, *, filed_at: datetime) -> Sequence[DeadlinePolicy]:
    """Every version in force at that instant, there or above."""
    return db.session.scalars(
        select(DeadlinePolicy).where(
            DeadlinePolicy.area_code.in_(upward(area_code)),
            DeadlinePolicy.is_urgent == is_urgent,
            DeadlinePolicy.effective_at <= filed_at,
        )
    ).all()


def _best(rows: Sequence[DeadlinePolicy], kind: Kind, *, category_id: int | None) -> DeadlinePolicy | None:
    """The most particular one for this kind and category; None where nobody has set one."""
    fitting = [row for row in rows if row.category_id in {None, category_id} and row.kind in {None, kind}]
    return max(
        fitting,
        key=lambda row: (
            row.category_id is not None,
            row.kind is not None,
            len(row.area_code),
            row.effective_at,
            row.id is None,  # only proposed: it would be the newest
            row.id,
        ),
        default=None,
    )
