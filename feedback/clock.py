"""时间: the only place that asks what time it is.

Instants are aware datetimes in UTC, whole seconds (so that an export loses nothing); days are Shanghai days.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
YEARS = range(2000, 2200)
"""Years a page may be asked about."""

_fixed: ContextVar[datetime | None] = ContextVar("fixed_clock", default=None)
_fixed_everywhere: datetime | None = None


def now() -> datetime:
    """This instant, UTC, whole seconds."""
    return _fixed.get() or _fixed_everywhere or datetime.now(UTC).replace(microsecond=0)


def today() -> date:
    """This day in Shanghai."""
    return local(now()).date()


def local(instant: datetime) -> datetime:
    """The instant as the wall clock in Shanghai shows it."""
    return instant.astimezone(SHANGHAI)


def start_of(day: date) -> datetime:
    """The first instant (UTC) of a Shanghai day."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The first instant (UTC) after a Shanghai day."""
    return start_of(day + timedelta(days=1))


@contextmanager
def fixed(instant: datetime, *, everywhere: bool = False) -> Iterator[None]:
    """Stops the clock at an instant, for this thread, or for every thread of the process (browser tests)."""
    global _fixed_everywhere
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    instant = instant.astimezone(UTC).replace(microsecond=0)
    if everywhere:
        before, _fixed_everywhere = _fixed_everywhere, instant
        try:
            yield
        finally:
            _fixed_everywhere = before
        return
    token = _fixed.set(instant)
    try:
        yield
    finally:
        _fixed.reset(token)
