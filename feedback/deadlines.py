"""时限: when somebody must have answered, and when the matter must have been dealt with.

A policy gives two limits, each in natural hours, natural days or working days. Natural ones are plain
addition. *N working days* ends at the close of office hours on the N-th working day after the filing day; a
filing after the close, or on a day off, counts as filed on the next working day. The due instant itself is on
time.

Working time is counted in the eight hours before the close of office on working days; for natural limits every
hour counts. By it a share of a limit has an instant (`point`).

Time spent waiting for the villager moves the handling due: a natural one by the same seconds, a working-day
one by one working day for each close of office inside the wait. A due that had run out before the wait began
stays where it was: nobody is made punctual by asking late.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from feedback import clock
from feedback.calendars import Calendar, Source
from feedback.words import N_, Labelled

CLOSE_OF_OFFICE = time(17, 30)
OFFICE_DAY = timedelta(hours=8)  # before the close of office
LONGEST_EXTENSION = 15  # working days; as long as the longest limit there is without being set
LONGEST_ASKING = 5  # working days for which questions to the villager stop the clock, in all


class Unit(Labelled):
    """What a limit counts."""

    HOURS = "hours", N_("小时")
    DAYS = "days", N_("天")
    WORKING_DAYS = "working_days", N_("个工作日")


@dataclass(frozen=True)
class Limit:
    """So many hours, days or working days."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise ValueError("a limit is at least 1")

    @property
    def is_natural(self) -> bool:
        return self.unit is not Unit.WORKING_DAYS

    @property
    def length(self) -> timedelta:
        """The length of a natural limit."""
        match self.unit:
            case Unit.HOURS:
                return timedelta(hours=self.amount)
            case Unit.DAYS:
                return timedelta(days=self.amount)
            case Unit.WORKING_DAYS:
                raise ValueError("working days have no length of their own")


@dataclass(frozen=True)
class Policy:
    """What a township promises: until somebody has made contact, and until the answer is given."""

    response: Limit
    handling: Limit
    close_of_office: time = CLOSE_OF_OFFICE


class Due(NamedTuple):
    """The last instant that is on time (UTC), and the calendar it rests on."""

    at: datetime
    source: Source


class Wait(NamedTuple):
    """A stretch in which the handlers waited for the villager."""

    since: datetime
    until: datetime


LETTER = Limit(2, Unit.WORKING_DAYS)
"""To answer a letter of supervision."""
_URGENT = Policy(Limit(2, Unit.HOURS), Limit(24, Unit.HOURS))
_ONE_WORKING_DAY = Limit(1, Unit.WORKING_DAYS)

DEFAULTS: dict[tuple[str, bool], Policy] = {
    ("enquiry", False): Policy(_ONE_WORKING_DAY, Limit(2, Unit.WORKING_DAYS)),
    ("help", False): Policy(_ONE_WORKING_DAY, Limit(5, Unit.WORKING_DAYS)),
    ("complaint", False): Policy(_ONE_WORKING_DAY, Limit(5, Unit.WORKING_DAYS)),
    ("suggestion", False): Policy(_ONE_WORKING_DAY, Limit(15, Unit.WORKING_DAYS)),
    ("enquiry", True): _URGENT,
    ("help", True): _URGENT,
    ("complaint", True): _URGENT,
    ("suggestion", True): _URGENT,
}
"""By (value of the kind, urgent): what holds where nobody has set anything else."""


def due(limit: Limit, filed_at: datetime, calendar: Calendar, close: time = CLOSE_OF_OFFICE) -> datetime:
    """The last instant (UTC) that is still within the limit of something filed then."""
    if limit.is_natural:
        return filed_at.astimezone(UTC) + limit.length
    counted_from = filing_day(filed_at, calendar, close)
    return closing(calendar.add_working_days(counted_from, limit.amount), close)


def due_with_source(limit: Limit, filed_at: datetime, calendar: Calendar, close: time = CLOSE_OF_OFFICE) -> Due:
    """The due, and whose calendar decided about the days up to it."""
    at = due(limit, filed_at, calendar, close)
    return Due(at, calendar.weakest(clock.local(filed_at).date(), clock.local(at).date()))


def filing_day(filed_at: datetime, calendar: Calendar, close: time = CLOSE_OF_OFFICE) -> date:
    """The working day as which a filing counts."""
    local = clock.local(filed_at)
    if local.time() > close:
        return calendar.next_working_day(local.date() + timedelta(days=1))
    return calendar.next_working_day(local.date())


def closing(day: date, close: time = CLOSE_OF_OFFICE) -> datetime:
    """The close of office (UTC) on a Shanghai day."""
    return datetime.combine(day, close, clock.SHANGHAI).astimezone(UTC)


def extended(due: datetime, days: int, calendar: Calendar, close: time = CLOSE_OF_OFFICE) -> datetime:
    """The due so many working days later, at the close of office, whatever the limit counts."""
    return closing(calendar.add_working_days(clock.local(due).date(), days), close)


def point(
    limit: Limit,
    filed_at: datetime,
    due: datetime,
    share: float,
    calendar: Calendar,
    close: time = CLOSE_OF_OFFICE,
) -> datetime:
    """The instant (UTC, whole seconds) at which that share of the limit's time is used up, where it ends at `due`.

    The rest is counted back from the due: where waiting moved the due, the point moves with it.
    """
    if limit.is_natural:
        return due - _whole((1 - share) * limit.length)
    promised = closing(calendar.add_working_days(filing_day(filed_at, calendar, close), limit.amount), close)
    left = _whole((1 - share) * working_time(filed_at, promised, calendar, close))
    return _before(due, left, calendar, close)


def working_time(since: datetime, until: datetime, calendar: Calendar, close: time = CLOSE_OF_OFFICE) -> timedelta:
    """How much office time lies between two instants."""
    day, last, total = clock.local(since).date(), clock.local(until).date(), timedelta()
    while day <= last:
        if calendar.is_working(day):
            end = closing(day, close)
            total += max(timedelta(), min(end, until) - max(end - OFFICE_DAY, since))
        day += timedelta(days=1)
    return total


def one_working_day_later(limit: Limit, due: datetime, calendar: Calendar, close: time = CLOSE_OF_OFFICE) -> datetime:
    """A working day after a due has passed; a day of 24 hours where the limit counts natural ones."""
    if limit.is_natural:
        return due + timedelta(days=1)
    return extended(due, 1, calendar, close)


def moved(
    due: datetime,
    limit: Limit,
    waits: Iterable[tuple[datetime, datetime]],
    calendar: Calendar,
    close: time = CLOSE_OF_OFFICE,
) -> datetime:
    """The due after the handlers waited for the villager. Waits do not overlap; questions come `capped`."""
    for since, until in sorted(waits):
        if since > due:
            continue
        if limit.is_natural:
            due += until - since
        else:
            closes = sum(1 for _ in _closes(since, until, calendar, close))
            due = closing(calendar.add_working_days(clock.local(due).date(), closes), close)
    return due


def capped(
    questions: Iterable[tuple[datetime, datetime]], calendar: Calendar, close: time = CLOSE_OF_OFFICE
) -> list[Wait]:
    """The waits between question and answer, as far as they count: up to the fifth close of office inside
    them, all together."""
    left = LONGEST_ASKING
    waits: list[Wait] = []
    for since, until in sorted(questions):
        if left == 0:
            break
        closes = list(_closes(since, until, calendar, close))[:left]
        left -= len(closes)
        waits.append(Wait(since, closes[-1] if left == 0 else until))
    return waits


def wait_of_open_question(
    asked_at: datetime,
    earlier: Sequence[tuple[datetime, datetime]],
    calendar: Calendar,
    close: time = CLOSE_OF_OFFICE,
) -> list[Wait]:
    """The waits as they would count if the question asked then stayed open for all the days that are left."""
    plenty = closing(calendar.add_working_days(clock.local(asked_at).date(), LONGEST_ASKING + 1), close)
    return capped([*earlier, (asked_at, plenty)], calendar, close)


def _before(instant: datetime, left: timedelta, calendar: Calendar, close: time) -> datetime:
    """The instant that lies so much office time before another."""
    day = clock.local(instant).date()
    while True:
        if calendar.is_working(day):
            end = closing(day, close)
            available = max(timedelta(), min(end, instant) - (end - OFFICE_DAY))
            if left < available or (left == available and left):
                return min(end, instant) - left
            left -= available
            if not left:
                return min(end, instant)
        day -= timedelta(days=1)


def _whole(length: timedelta) -> timedelta:
    return timedelta(seconds=round(length.total_seconds()))


def _closes(since: datetime, until: datetime, calendar: Calendar, close: time) -> Iterator[datetime]:
    """The closes of office after one instant, up to and including another."""
    day, last = clock.local(since).date(), clock.local(until).date()
    while day <= last:
        instant = closing(day, close)
        if since < instant <= until and calendar.is_working(day):
            yield instant
        day += timedelta(days=1)
