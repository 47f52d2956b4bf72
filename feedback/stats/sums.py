"""总和: the marks and durations of many cases added up, and under which keys a case is added.

Addition is all there is: sums of villages make a township's, sums of months a year's, and a case is taken out of a
sum again by subtraction.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from feedback.models.places import Level
from feedback.stats import histogram, marks
from feedback.stats.counted import Counted
from feedback.stats.definitions import DURATIONS

ALL = "*"
REPEAT_LEVELS = (Level.COUNTY, Level.TOWNSHIP, Level.VILLAGE)
"""In a sum there is a lane for the repeats inside each; what lies below is told from the cases."""

MADE_OF = f"{zlib.crc32(repr(([mark.key for mark in marks.MARKS], histogram.LANES)).encode()):08x}"
"""What the sums are made of: where another version of the program made them, they are made anew."""

Cell = tuple[str, str, str, str]
"""Key of a sum: area, month, kind, category."""


@dataclass
class Sums:
    """Marks and histograms of many cases added up; may be negative while it is a difference."""

    marks: int = 0
    durations: list[int] = field(default_factory=lambda: [0] * len(DURATIONS))

    def add(self, case: Counted, sign: int = 1) -> None:
        self.marks += sign * lanes(case)
        for place, seconds in enumerate((case.response_seconds, case.handling_seconds, case.closing_seconds)):
            self.durations[place] += sign * histogram.one(seconds)

    def __iadd__(self, other: "Sums") -> "Sums":
        self.marks += other.marks
        self.durations = [mine + its for mine, its in zip(self.durations, other.durations, strict=True)]
        return self


def lanes(case: Counted) -> int:
    """The marks of a case as a sum, with a lane for each area inside which it is a repeat."""
    found = marks.lanes(case.marks)
    for place, level in enumerate(REPEAT_LEVELS):
        if case.repeat_digits >= level.digits:
            found |= 1 << (marks.LANE * (len(marks.MARKS) + place))
    return found


def repeats(total: int, digits: int) -> int:
    """How many of the cases added up are repeats inside an area of so many digits (a village at most)."""
    place = len(marks.MARKS) + [level.digits for level in REPEAT_LEVELS].index(digits)
    return total >> (marks.LANE * place) & ((1 << marks.LANE) - 1)


def read(row: Any) -> Sums:
    """What a cell holds."""
    return Sums(
        int.from_bytes(row.sums, "little"),
        [histogram.unpacked(stored) for stored in (row.response, row.handling, row.closing)],
    )


def write(row: Any, total: Sums) -> None:
    """Puts a sum into a cell."""
    row.sums = total.marks.to_bytes((total.marks.bit_length() + 7) // 8, "little")
    row.response, row.handling, row.closing = (histogram.packed(one) for one in total.durations)


def cells(case: Counted) -> Iterator[Cell]:
    """The sums a case is part of: its own kind and category, either of them, neither."""
    area, month = case.area_code[: Level.VILLAGE.digits], case.month
    category = "" if case.category_id is None else str(case.category_id)
    for kind in (case.kind.value, ALL):
        yield area, month, kind, category
        yield area, month, kind, ALL
