"""日历: which days are working days in China, make-up working days (调休) included.

Authority, highest first: the township's own table, `chinesecalendar` (what the State Council published),
`holidays` (statutory days only, for years nobody has published yet), Monday to Friday. Every answer says
where it comes from. A year without data is a lower authority, never an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

from feedback.words import N_, Labelled

SATURDAY = 5  # date.weekday()
_ONE_DAY = timedelta(days=1)


class Source(Labelled):
    """Who said whether a day is a working day; the screen shows it."""

    TOWNSHIP = "township", N_("镇街自定日历")
    CHINESECALENDAR = "chinesecalendar", N_("国务院办公厅公布的放假调休安排")
    HOLIDAYS = "holidays", N_("法定节假日（当年调休安排尚未收录）")
    WEEKDAYS = "weekdays", N_("周一至周五（当年没有节假日资料）")

    @property
    def is_certain(self) -> bool:
        """Whether the year's make-up days are known; else a due may still change, and the screen says so."""
        return self in {Source.TOWNSHIP, Source.CHINESECALENDAR}


@dataclass(frozen=True)
class Calendar:
    """The working days of one township: its own days (day → works or not) over the national calendar.

    `years` are those a township has entered whole: what it does not name there is Monday to Friday.
    """

    own: Mapping[date, bool] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    def answer(self, day: date) -> tuple[bool, Source]:
        """Whether the day is a working day, and who says so."""
        if day in self.own:
            return self.own[day], Source.TOWNSHIP
        if day.year in self.years:
            return day.weekday() < SATURDAY, Source.TOWNSHIP
        return _national(day)

    def is_working(self, day: date) -> bool:
        return self.answer(day)[0]

    def source(self, day: date) -> Source:
        return self.answer(day)[1]

    def next_working_day(self, day: date) -> date:
        """The day itself if it is a working day, otherwise the first one after it."""
        while not self.is_working(day):
            day += _ONE_DAY
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`; `day` itself where `count` is 0."""
        for _ in range(count):
            day = self.next_working_day(day + _ONE_DAY)
        return day

    def working_days(self, after: date, until: date) -> int:
        """How many working days lie after one day, up to and including another."""
        days = (after + timedelta(days=n) for n in range(1, (until - after).days + 1))
        return sum(self.is_working(day) for day in days)

    def weakest(self, first: date, last: date) -> Source:
        """On whose word the days from `first` to `last` rest.

        What nobody has published yet comes first, because a reader must know it may change; after that the
        township's own days, where it has any here.
        """
        sources = {self.source(first + timedelta(days=n)) for n in range((last - first).days + 1)}
        order = (Source.WEEKDAYS, Source.HOLIDAYS, Source.TOWNSHIP, Source.CHINESECALENDAR)
        return next(source for source in order if source in sources)


def is_published(year: int) -> bool:
    """Whether the State Council's arrangement of that year is known here."""
    return Calendar().source(date(year, 1, 1)) is Source.CHINESECALENDAR


def statutory(year: int) -> frozenset[date]:
    """The statutory holidays of a year, none moved to a weekday; at the least the three fixed to the calendar."""
    import holidays  # slow to load

    fixed = {date(year, 1, 1), date(year, 5, 1), date(year, 10, 1)}
    return frozenset(holidays.country_holidays("CN", years=year, observed=False)) | fixed


def spring_festival(year: int) -> date | None:
    """The first day of the lunar year that begins in it; None for a year the library does not know."""
    import holidays  # slow to load

    named = holidays.country_holidays("CN", years=year, observed=False, language="en_US")
    return min((day for day, name in named.items() if "(Spring Festival)" in name), default=None)


@lru_cache(maxsize=4096)
def _national(day: date) -> tuple[bool, Source]:
    """What holds where nobody has set anything; kept, because every due asks for the same few days again."""
    try:
        return chinese_calendar.is_workday(day), Source.CHINESECALENDAR
    except NotImplementedError:
        return _unpublished(day)


def _unpublished(day: date) -> tuple[bool, Source]:
    statutory = _statutory(day.year)
    if statutory is None:
        return day.weekday() < SATURDAY, Source.WEEKDAYS
    return day.weekday() < SATURDAY and day not in statutory, Source.HOLIDAYS


@lru_cache(maxsize=64)
def _statutory(year: int) -> frozenset[date] | None:
    """The statutory days off of a year, None where the library has no data for it."""
    import holidays  # slow to load, and needed only for years that chinesecalendar lacks

    return frozenset(holidays.country_holidays("CN", years=year)) or None
