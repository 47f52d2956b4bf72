"""一眼看全: one area as a page shows it: figures of several stretches of days, all as at the same instant.

While the timer keeps up they are read from what is kept beside the cases; where it has stood still for minutes, or was
never there, from the events: a page is then not older than that. Of more cases than anybody can wait for it is what was
kept, however old. A page always says as at when.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from sqlalchemy import func, select

from feedback import access, clock, db
from feedback.access import Viewer
from feedback.errors import Busy
from feedback.models.cases import Case
from feedback.stats import drilled, members, reached, rolled
from feedback.stats.cohort import Cohort, read
from feedback.stats.grouping import By, rows
from feedback.stats.kept import Shown
from feedback.stats.members import Members, Part
from feedback.stats.row import Row
from feedback.words import N_

FRESH = timedelta(minutes=5)
"""What is kept is shown for so long after the last round."""
MOST_ANEW = 20_000
"""Cases whose events a page may read."""


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


def view(
    area_code: str, from_on: date, to_on: date, *, viewer: Viewer | None = None, most_anew: int | None = MOST_ANEW
) -> View:
    """An area from one day to another; what is then asked for lies within these days.

    Raises Busy where nothing is kept yet of more than `most_anew` cases (None: however many are read).
    """
    counted_up_to = reached.counted_up_to()
    if counted_up_to is not None and clock.now() - counted_up_to <= FRESH:
        return _Kept(Shown(area_code, from_on, to_on, viewer), counted_up_to)
    if most_anew is None or _cases(area_code, from_on, to_on, most_anew + 1) <= most_anew:
        return _FromEvents(read(area_code, from_on, to_on, viewer=viewer))
    if counted_up_to is None:
        raise Busy(N_("统计正在重新算，这里的件多，请过一阵再看。"))
    return _Kept(Shown(area_code, from_on, to_on, viewer), counted_up_to)


def _cases(area_code: str, from_on: date, to_on: date, enough: int) -> int:
    """How many were filed there in these days; no more than so many are looked at."""
    filed = access.within(Case.area_code, area_code), Case.filed_at >= clock.start_of(from_on)
    some = select(Case.id).where(*filed, Case.filed_at < clock.end_of(to_on)).limit(enough).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


class _Kept:
    def __init__(self, shown: Shown, as_at: datetime) -> None:
        self.shown, self.as_at = shown, as_at

    def rows(self, from_on: date, to_on: date, by: Sequence[By] = ()) -> list[Row]:
        return list(rolled.Table(self.shown, from_on, to_on, tuple(by)).rows())

    def behind(self, key: str, part: Part, from_on: date, to_on: date, to: Mapping[By, str] | None = None) -> Members:
        members.fit(key, part)
        return drilled.Kept(self.shown, from_on, to_on, key, part, to or {})


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
