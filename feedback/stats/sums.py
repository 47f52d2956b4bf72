"""总和: the marks and durations of many cases added up, and under which keys a case is added.

Addition is all there is: sums of villages make a township's, sums of months a year's, and a case is taken out of a
sum again by subtraction.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from feedback.models.places import Level
from feedback.stats import histogram, marks
from feedback.stats.counted import Counted
from feedback.stats.definitions import DURATIONS

ALL = "*"
REPEAT_LEVELS = (Level.COUNTY, Level.TOWNSHIP, Level.VILLAGE)
"""In a sum there is a lane for the repeats inside each; what lies below is told from the cases."""

DAYS = 90
"""For so many days up to today there are sums of each day too."""

MADE_OF = f"{zlib.crc32(repr(([mark.key for mark in marks.MARKS], histogram.LANES, DAYS)).encode()):08x}"
"""What the sums are made of: where another version of the program made them, they are made anew."""

Cell = tuple[str, str, str, str]
"""Key of a sum: period (a month or a day), kind, category, area."""


@dataclass
class Sums:
    """Marks and histograms of many cases added up; may be negative while it is a difference."""

    marks: int = 0
    durations: list[int] = field(default_factory=lambda: [0] * len(DURATIONS))

    def add(self, case: Counted, sign: int = 1) -> None:
        self.marks += sign * lanes(case.marks, case.repeat_digits)
        for place, seconds in enumerate((case.response_seconds, case.handling_seconds, case.closing_seconds)):
            self.durations[place] += sign * histogram.one(seconds)

    def __iadd__(self, other: "Sums") -> "Sums":
        self.marks += other.marks
        self.durations = [mine + its for mine, its in zip(self.durations, other.durations, strict=True)]
        return self


@lru_cache(1 << 14)
def lanes(bits: int, repeat_digits: int) -> int:
    """The marks of a case as a sum, with a lane for each area inside which it is a repeat."""
    found = marks.lanes(bits)
    for place, level in enumerate(REPEAT_LEVELS):
        if repeat_digits >= level.digits:
            found |= 1 << (marks.LANE * (len(marks.MARKS) + place))
    return found


def inside(total: int, digits: int) -> int:
    """A sum as it is told inside an area of so many digits (a village at most): with the repeats there are in it."""
    place = len(marks.MARKS) + [level.digits for level in REPEAT_LEVELS].index(digits)
    repeats = total >> (marks.LANE * place) & ((1 << marks.LANE) - 1)
    return total + (repeats << (marks.LANE * marks.PLACE["repeated.n"]))


def marked(stored: bytes) -> int:
    """The marks a cell holds."""
    return int.from_bytes(stored, "little")


def read(row: Any) -> Sums:
    """What a cell holds."""
    return Sums(marked(row.sums), [histogram.unpacked(stored) for stored in (row.response, row.handling, row.closing)])


def write(row: Any, total: Sums) -> None:
    """Puts a sum into a cell."""
    for column, value in columns(total).items():
        setattr(row, column, value)


def columns(total: Sums) -> dict[str, bytes]:
    """A sum as a cell holds it."""
    packed = [histogram.packed(one) for one in total.durations]
    sums = total.marks.to_bytes((total.marks.bit_length() + 7) // 8, "little")
    return {"sums": sums, "response": packed[0], "handling": packed[1], "closing": packed[2]}


def cells(case: Counted, days_from: date) -> Iterator[Cell]:
    """The sums a case is part of: those of its month, and of its day where there are sums of days."""
    for period in (case.month, str(case.filed_on)) if case.filed_on >= days_from else (case.month,):
        yield from wider(narrowest(case, period))


def narrowest(case: Counted, period: str) -> Cell:
    """The sum of its own kind and category."""
    category = "" if case.category_id is None else str(case.category_id)
    return period, case.kind.value, category, case.area_code[: Level.VILLAGE.digits]


def wider(cell: Cell) -> Iterator[Cell]:
    """A sum, that of all categories, that of all kinds, and that of all of both."""
    period, kind, category, area = cell
    return ((period, one, other, area) for one in (kind, ALL) for other in (category, ALL))
