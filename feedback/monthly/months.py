"""月份: one calendar month in Shanghai, written 2026-11."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime

from feedback import clock
from feedback.errors import Missing

WRITTEN = re.compile("[0-9]{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, order=True)
class Month:
    """A month; ordered by time."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02d}"

    @classmethod
    def read(cls, text: str) -> "Month":
        """The month as it is written. Raises Missing for what is none."""
        if WRITTEN.fullmatch(text) is None or int(text[:4]) not in clock.YEARS:
            raise Missing
        return cls(int(text[:4]), int(text[5:]))

    @classmethod
    def of(cls, day: date) -> "Month":
        return cls(day.year, day.month)

    @property
    def from_on(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def to_on(self) -> date:
        """Its last day."""
        return date(self.year, self.number, monthrange(self.year, self.number)[1])

    @property
    def ends_at(self) -> datetime:
        """The first instant after it."""
        return clock.end_of(self.to_on)

    def earlier(self, months: int) -> "Month":
        """So many months before."""
        count = self.year * 12 + self.number - 1 - months
        return Month(count // 12, count % 12 + 1)
