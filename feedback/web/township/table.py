"""总表: every figure of an area, row by row as it is grouped, each rate beside that of other days.

The other days are the period before, or the same days a year before; of the rows of months only the total is held
against them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from feedback import stats
from feedback.models.people import Person
from feedback.models.places import Area
from feedback.stats import By, Row
from feedback.stats.row import Key
from feedback.web.township.comparing import Against
from feedback.web.township.window import Window

YEAR = "year"
"""In an address: against a year before."""


@dataclass(frozen=True)
class Table:
    """Rows and their total, and those of other days."""

    as_at: datetime
    rows: Sequence[Row]
    total: Row
    against: Against
    earlier: Mapping[Key, Row]

    def points(self, row: Row, rate: str) -> float | None:
        """How many percentage points the row's rate is above that of the other days; None where either is none."""
        before = self.against.row if row is self.total else self.earlier.get(row.key)
        return None if before is None else row.rates[rate].points_above(before.rates[rate])


def of(area: Area, days: Window, by: By, viewer: Person, *, is_against_year: bool = False) -> Table:
    """The table as the viewer may know it."""
    year_before = days.year_before() if is_against_year else None
    other = year_before or days.before()
    figures = stats.view(area.code, other.from_on, days.to_on, viewer=viewer)
    earlier = figures.rows(other.from_on, other.to_on, [by]) if by is not By.MONTH else []
    return Table(
        as_at=figures.as_at,
        rows=figures.rows(days.from_on, days.to_on, [by]),
        total=figures.rows(days.from_on, days.to_on)[0],
        against=Against(other, figures.rows(other.from_on, other.to_on)[0], year_before is not None),
        earlier={row.key: row for row in earlier},
    )
