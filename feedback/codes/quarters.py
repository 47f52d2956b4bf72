"""季度: the quarters of a year, in Shanghai days. A new one begins by itself."""

import re
from datetime import date, datetime, timedelta
from typing import NamedTuple

from feedback import clock

_KEY = re.compile(r"(\d{4})Q([1-4])", re.ASCII)


class Quarter(NamedTuple):
    """The first to the fourth quarter of a year."""

    year: int
    number: int

    @property
    def key(self) -> str:
        """As it is stored and stands in an address: 2026Q4."""
        return f"{self.year}Q{self.number}"

    @property
    def from_on(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def ends_at(self) -> datetime:
        """The first instant after it (UTC)."""
        return clock.start_of(self.after().from_on)

    def before(self) -> "Quarter":
        return of(self.from_on - timedelta(days=1))

    def after(self) -> "Quarter":
        return of(self.from_on + timedelta(days=100))


def of(day: date) -> Quarter:
    """The quarter in which a day lies."""
    return Quarter(day.year, (day.month + 2) // 3)


def now() -> Quarter:
    """The quarter that runs."""
    return of(clock.today())


def parse(text: str) -> Quarter | None:
    """The quarter of a key, of the years a page may be asked about; None for what is none."""
    found = _KEY.fullmatch(text)
    if found is None or int(found[1]) not in clock.YEARS:
        return None
    return Quarter(int(found[1]), int(found[2]))
