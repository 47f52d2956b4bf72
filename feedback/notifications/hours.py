"""静默时段: when a message may go out. Nobody is woken for what can wait; life and safety never wait."""

from datetime import UTC, datetime, time, timedelta

from feedback import clock

QUIET_FROM = time(21)
QUIET_UNTIL = time(7)
"""Shanghai wall clock; at the first instant it is quiet already, at the last no longer."""


def earliest(at: datetime, *, is_urgent: bool = False) -> datetime:
    """The first instant from `at` on at which a message may go out (UTC)."""
    return at if is_urgent or not is_quiet(at) else next_morning(at)


def is_quiet(at: datetime) -> bool:
    hour = clock.local(at).time()
    return hour >= QUIET_FROM or hour < QUIET_UNTIL


def next_morning(at: datetime) -> datetime:
    """The end of the quiet hours that follow, or run now (UTC)."""
    local = clock.local(at)
    day = local.date() if local.time() < QUIET_UNTIL else local.date() + timedelta(days=1)
    return datetime.combine(day, QUIET_UNTIL, clock.SHANGHAI).astimezone(UTC)
