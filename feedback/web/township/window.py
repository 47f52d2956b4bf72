"""时段: the days a page is about, from the address: `from` and `to`, both included; without them this month."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from feedback import clock
from feedback.errors import Refusal
from feedback.web import languages, wording
from feedback.web.languages import gettext as _
from feedback.words import N_

A_YEAR = timedelta(days=365)
LONGEST = timedelta(days=3 * 366)
TREND_MONTHS = 12


@dataclass(frozen=True)
class Window:
    """From one Shanghai day to another, both included."""

    from_on: date
    to_on: date

    @property
    def args(self) -> dict[str, str]:
        """As it stands in an address."""
        return {"from": self.from_on.isoformat(), "to": self.to_on.isoformat()}

    @property
    def is_today(self) -> bool:
        return self.from_on == self.to_on == clock.today()

    @property
    def is_month(self) -> bool:
        """A whole calendar month, or this month up to today or to its end."""
        last = last_of_month(self.from_on)
        return self.from_on.day == 1 and (self.to_on == last or self.from_on <= clock.today() == self.to_on <= last)

    @property
    def is_running(self) -> bool:
        """It is not over yet."""
        return self.to_on >= clock.today()

    @property
    def passed(self) -> int:
        """How many of its days there have been, today included."""
        return max((min(self.to_on, clock.today()) - self.from_on).days + 1, 0)

    @property
    def words(self) -> str:
        """「2026 年 10 月」, 「今天（11 月 20 日）」, or its two days."""
        if self.is_today:
            return _("今天（%(day)s）", day=wording.day(self.to_on))
        if self.is_month:
            return month_words(f"{self.from_on:%Y-%m}")
        return _("%(first)s至 %(last)s", first=wording.day(self.from_on), last=wording.day(self.to_on))

    @property
    def short(self) -> str:
        """「10 月」, or what a comparison calls it."""
        if self.is_month:
            return month_words(f"{self.from_on:%Y-%m}", with_year=False)
        return wording.day(self.to_on) if self.from_on == self.to_on else _("上期")

    def before(self) -> "Window":
        """What it is compared with: the month before a month, else as many days right before."""
        yesterday = self.from_on - timedelta(days=1)
        if self.is_month:
            return Window(yesterday.replace(day=1), yesterday)
        return Window(self.from_on - (self.to_on - self.from_on) - timedelta(days=1), yesterday)

    def year_before(self) -> "Window | None":
        """The same days a year before, the whole month of a month; none of more than a year, which would overlap."""
        if self.to_on - self.from_on > A_YEAR:
            return None
        first = _a_year_before(self.from_on)
        return Window(first, last_of_month(first) if self.is_month else _a_year_before(self.to_on))

    def trend(self) -> list[str]:
        """The twelve months that end with the window's last one, as `2026-10`."""
        count = self.to_on.year * 12 + self.to_on.month - 1
        return [f"{one // 12}-{one % 12 + 1:02d}" for one in range(count - TREND_MONTHS + 1, count + 1)]


def of(args: Mapping[str, str]) -> Window:
    """The window an address asks for. Raises Refusal for days that are none, or the wrong way round."""
    today = clock.today()
    if not args.get("from") and not args.get("to"):
        return Window(today.replace(day=1), today)
    first, last = _day(args.get("from") or args["to"]), _day(args.get("to") or today.isoformat())
    if last < first:
        raise Refusal(N_("最后一天不能早过第一天。"))
    if last - first > LONGEST:
        raise Refusal(N_("一次最多看三年。"))
    return Window(first, last)


def _a_year_before(day: date) -> date:
    """The same day a year before; of 29 February the 28th."""
    last = last_of_month(date(day.year - 1, day.month, 1)).day
    return date(day.year - 1, day.month, min(day.day, last))


def today() -> Window:
    return Window(clock.today(), clock.today())


def this_month() -> Window:
    return Window(clock.today().replace(day=1), clock.today())


def first_of(month: str) -> date:
    """The first day of `2026-10`."""
    return date.fromisoformat(f"{month}-01")


def last_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def month_words(month_key: str, *, with_year: bool = True) -> str:
    """「2026 年 10 月」 of `2026-10`."""
    year, number = (int(part) for part in month_key.split("-"))
    if languages.is_english():
        return f"{wording.MONTHS[number - 1]} {year}" if with_year else wording.MONTHS[number - 1]
    return f"{year} 年 {number} 月" if with_year else f"{number} 月"


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day.year not in clock.YEARS:
        raise Refusal(N_("日期写成 2026-10-01 这样。"))
    return day
