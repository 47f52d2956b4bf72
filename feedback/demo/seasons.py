"""一年的节奏: when people write: harvest, a typhoon week, the quiet of Spring Festival, and every day's hours."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from feedback import clock
from feedback.demo.letters import Season

SPRING_FESTIVALS = {
    2024: date(2024, 2, 10), 2025: date(2025, 1, 29), 2026: date(2026, 2, 17), 2027: date(2027, 2, 6),
    2028: date(2028, 1, 26), 2029: date(2029, 2, 13), 2030: date(2030, 2, 3), 2031: date(2031, 1, 23),
    2032: date(2032, 2, 11), 2033: date(2033, 1, 31), 2034: date(2034, 2, 19), 2035: date(2035, 2, 8),
    2036: date(2036, 1, 28), 2037: date(2037, 2, 15), 2038: date(2038, 2, 4), 2039: date(2039, 1, 24),
}
TYPHOON_STARTS = (8, 5)
"""Month and day of the week in which the demo's typhoon comes, every year."""
TYPHOON_DAYS = 7
HOURS = (1, 0, 0, 0, 1, 4, 14, 30, 48, 52, 44, 30, 22, 24, 34, 40, 36, 30, 30, 34, 28, 16, 7, 3)
"""How many of a day's letters come in each hour; evenings when people are home from the fields."""
WEEKDAYS = (1.15, 1.1, 1.05, 1.0, 1.0, 0.8, 0.7)
LATENESS_OF_A_DAY = timedelta(hours=24)


def season(day: date) -> Season:
    """The season a day belongs to; the typhoon and the festival before the others."""
    festival = SPRING_FESTIVALS.get(day.year)
    starts = date(day.year, *TYPHOON_STARTS)
    if starts <= day < starts + timedelta(days=TYPHOON_DAYS):
        return Season.TYPHOON
    if festival is not None and -20 <= (day - festival).days <= 15:
        return Season.FESTIVAL
    if (10, 10) <= (day.month, day.day) <= (11, 20):
        return Season.HARVEST
    if day.month in {4, 5, 6}:
        return Season.SPRING
    return Season.SUMMER if day.month in {7, 8, 9} else Season.WINTER


def weight(day: date) -> float:
    """How busy a day is, an ordinary one being 1."""
    festival = SPRING_FESTIVALS.get(day.year)
    since = (day - festival).days if festival is not None else 999
    if -1 <= since <= 6:
        return 0.15
    if -20 <= since < -1:
        return 1.25 * WEEKDAYS[day.weekday()]
    if season(day) is Season.TYPHOON:
        return (1.5, 3.5, 5.5, 4.5, 3.0, 2.2, 1.6)[(day - date(day.year, *TYPHOON_STARTS)).days]
    busy = {Season.HARVEST: 1.35, Season.SPRING: 1.15, Season.SUMMER: 1.0}.get(season(day), 0.85)
    return busy * WEEKDAYS[day.weekday()]


def instants(count: int, until: datetime, rng: Random, *, days: int = 365) -> list[datetime]:
    """So many filing instants in the year that ends at an instant, oldest first."""
    last = clock.local(until).date()
    year = [last - timedelta(days=back) for back in range(days, -1, -1)]
    drawn = rng.choices(year, [weight(day) for day in year], k=count)
    found = sorted(_at(day, rng) for day in drawn)
    return [at if at < until else at - LATENESS_OF_A_DAY for at in found]


def _at(day: date, rng: Random) -> datetime:
    hour = rng.choices(range(24), HOURS)[0]
    moment = time(hour, rng.randrange(60), rng.randrange(60))
    return datetime.combine(day, moment, clock.SHANGHAI)
