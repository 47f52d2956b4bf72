"""一眼看全: one area as a page shows it: figures of several stretches of days, all as at the same instant.

While the timer keeps up they are read from what is kept beside the cases; where it has stood still for minutes, or was
never there, from the events: a page is never older than that, and always says as at when.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from feedback import clock
from feedback.access import Viewer
from feedback.stats import drilled, members, reached, rolled
from feedback.stats.cohort import Cohort, read
from feedback.stats.grouping import By, rows
from feedback.stats.members import Members, Part
from feedback.stats.row import Row

FRESH = timedelta(minutes=5)
"""What is kept is shown for so long after the last round."""


class View(Protocol):
    """Figures of an area as at one instant."""

    @property
    def as_at(self) -> datetime: ...

    def rows(self, from_on: date, to_on: date, by: Sequence[By] = ()) -> list[Row]:
        """The figures of cases filed from one Shanghai day to another, both included."""

    def behind(
        self, key: str, part: Part, from_on: date, to_on: date, to: Mapping[By, str] | None = None
    ) -> Members:
        """The cases behind a number of `rows`, narrowed to the words of a row's key.

        Raises KeyError for a number there is not.
        """


def view(area_code: str, from_on: date, to_on: date, *, viewer: Viewer | None = None) -> View:
    """An area from one day to another; what is then asked for lies within these days."""
    counted_up_to = reached.counted_up_to()
    if counted_up_to is not None and clock.now() - counted_up_to <= FRESH:
        return _Kept(area_code, viewer, counted_up_to)
    return _FromEvents(read(area_code, from_on, to_on, viewer=viewer))


class _Kept:
    def __init__(self, area_code: str, viewer: Viewer | None, as_at: datetime) -> None:
        self.area_code, self.viewer, self.as_at = area_code, viewer, as_at

    def rows(self, from_on: date, to_on: date, by: Sequence[By] = ()) -> list[Row]:
        return rolled.figures(self.area_code, from_on, to_on, by=by, viewer=self.viewer)

    def behind(self, key: str, part: Part, from_on: date, to_on: date, to: Mapping[By, str] | None = None) -> Members:
        return drilled.Kept(
            self.area_code, from_on, to_on, members.fit(key, part), to or {}, members.whose(key), self.viewer
        )


class _FromEvents:
    def __init__(self, cohort: Cohort) -> None:
        self.cohort = cohort

    @property
    def as_at(self) -> datetime:
        return self.cohort.as_at

    def rows(self, from_on: date, to_on: date, by: Sequence[By] = ()) -> list[Row]:
        return rows(self.cohort.filed(from_on, to_on), by)

    def behind(self, key: str, part: Part, from_on: date, to_on: date, to: Mapping[By, str] | None = None) -> Members:
        return members.pick(self.cohort.filed(from_on, to_on), key, part, to)
