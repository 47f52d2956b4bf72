"""统计: the figures of the township, defined once; screens, exports and the command line all call this.

    stats.figures("330281114", date(2026, 10, 1), date(2026, 10, 31), by=[By.AREA])

`view = stats.view(…)` is what pages call: `view.rows(…)`, and behind each number `view.behind(key, part, …)`, both from
what is kept beside the cases. One scan of the events can be told in many ways: `cohort = stats.read(…)`, then
`stats.rows(cohort, by)` and `cohort.filed(from_on, to_on)`. `stats.open_now` is of this moment, not of a period.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement

from feedback.access import Viewer
from feedback.stats.cohort import Cohort, read
from feedback.stats.grouping import By, rows
from feedback.stats.members import Part
from feedback.stats.present import Now, Standing, open_now
from feedback.stats.row import Row, Share, Spread
from feedback.stats.views import View, view


def figures(
    area_code: str,
    from_on: date,
    to_on: date,
    *,
    as_at: datetime | None = None,
    by: Sequence[By] = (),
    viewer: Viewer | None = None,
    without: ColumnElement[bool] | None = None,
) -> list[Row]:
    """The figures of cases filed in an area from one Shanghai day to another, both included."""
    return rows(read(area_code, from_on, to_on, as_at=as_at, viewer=viewer, without=without), by)


__all__ = [
    "By",
    "Cohort",
    "Now",
    "Part",
    "Row",
    "Share",
    "Spread",
    "Standing",
    "View",
    "figures",
    "open_now",
    "read",
    "rows",
    "view",
]
