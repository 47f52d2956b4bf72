"""现成的数: figures read from what is kept beside the cases, as at the timer's last round.

What is told by area, kind, category or month, of a village or more, comes from the sums: whole months, and single days
as long as there are sums of days; all else from the kept cases, grouped by the database. Either gives the row that
`stats.figures` gives from the events as at that instant. Times are read when a row is asked for them.

Of one township, grouping the cases of a month's days takes no longer than reading the sums of those days (5 ms and
7 ms for 20,000 cases); it is a county, with twenty times as many cases and no more sums a village, that needs them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, select

from feedback import access, db
from feedback.access import Viewer
from feedback.models.figures import FigureCell
from feedback.models.kinds import Kind
from feedback.models.places import Level
from feedback.stats import histogram, kept, marks, sums
from feedback.stats.definitions import DURATIONS, Whose
from feedback.stats.grouping import ALL, By, Grouping
from feedback.stats.kept import Hidden, Shown, Tally
from feedback.stats.lasting import Lasting
from feedback.stats.row import Row, of_sums
from feedback.words import N_

MOST_EXACT = 50_000
"""Of so many cases durations are read one by one and ranks are exact; of more they are within `histogram.ERROR`."""
OF_SUMS = frozenset({By.AREA, By.KIND, By.CATEGORY, By.MONTH})
_CELL = FigureCell.__table__.c


def figures(
    area_code: str, from_on: date, to_on: date, *, by: Sequence[By] = (), viewer: Viewer | None = None
) -> list[Row]:
    """The figures of cases filed in an area from one Shanghai day to another, as at `reached.counted_up_to()`."""
    return list(Table(Shown(area_code, from_on, to_on, viewer), from_on, to_on, tuple(by)).rows())


@dataclass(frozen=True)
class Spell:
    """Days as the keys of the sums hold them: months and single days of which there are sums, and the rest."""

    periods: Sequence[str] = ()
    rest: Sequence[date] = ()


def spell(shown: Shown, from_on: date, to_on: date) -> Spell:
    """A month is whole if nothing was filed on those of its days that are not asked for."""
    days = shown.days(from_on, to_on)
    first, last = shown.ends or (date.max, date.min)
    periods: list[str] = []
    rest: list[date] = []
    for month, group in groupby(days, key=lambda day: f"{day:%Y-%m}"):
        own = list(group)
        begins = own[0].replace(day=1)
        ends = (begins + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        if own[0] == max(begins, first) and own[-1] == min(ends, last):
            periods.append(month)
        else:
            periods += [str(day) for day in own if day >= shown.sums_from]
            rest += [day for day in own if day < shown.sums_from]
    return Spell(periods, rest)


@dataclass(frozen=True)
class Table:
    """Figures of an area and some of its days, one row a group."""

    shown: Shown
    from_on: date
    to_on: date
    by: tuple[By, ...] = ()

    @property
    def area_code(self) -> str:
        return self.shown.area_code

    @property
    def is_of_sums(self) -> bool:
        """Whether the keys of the sums hold all that is asked for."""
        village = Level.VILLAGE.digits
        is_deep = len(self.area_code) > village or (By.AREA in self.by and len(self.area_code) == village)
        return set(self.by) <= OF_SUMS and not is_deep

    @cached_property
    def days(self) -> Sequence[date]:
        return self.shown.days(self.from_on, self.to_on)

    @cached_property
    def spell(self) -> Spell:
        return spell(self.shown, self.from_on, self.to_on) if self.is_of_sums else Spell(rest=self.days)

    def rows(self) -> Iterator[Row]:
        """By area alone there is one for each area one level down, empty ones too."""
        tallies = [*self._summed(), *kept.tallies(self.area_code, self.spell.rest, self.by),
                   *kept.taken_off(self.area_code, self.days, self.shown.hidden)]
        total = _added(tallies)
        lasting = Lasting(self.area_code, self.by, lambda: self._timed(marks.count(total, "received")))
        if not self.by:
            yield of_sums(ALL, (N_("合计"),), total, lasting.of(()))
            return
        grouping = Grouping(tallies, self.area_code, self.by)
        seen = Whose if By.HANDLER in self.by else (Whose.CASE,)
        totals = {whose: {key: _added(its) for key, its in grouping.groups(whose).items()} for whose in seen}
        keys = {key for told in totals.values() for key, total in told.items() if marks.count(total, "received")}
        if self.by == (By.AREA,):
            keys |= {(code,) for code in grouping.areas}
        for key in sorted(keys, key=grouping.rank):
            own = sum(totals.get(whose, totals[Whose.CASE]).get(key, 0) & marks.only(whose) for whose in Whose)
            yield of_sums(key, grouping.names(key), own, lasting.of(key))

    def _summed(self) -> Iterator[Tally]:
        for row in self._cells(_CELL.sums):
            yield Tally(sums.inside(sums.marked(row.sums), len(self.area_code)), **_told(row))

    def _timed(self, received: int) -> Iterator[Tally]:
        """Of few enough, or where there are no sums, each duration; else the histograms of the sums."""
        if received <= MOST_EXACT or not self.spell.periods:
            yield from kept.times(self.area_code, self.days, self.by, self.shown.hidden)
            return
        for row in self._cells(_CELL.response, _CELL.handling, _CELL.closing):
            yield Tally(histograms=[histogram.unpacked(stored) for stored in row[-len(DURATIONS) :]], **_told(row))
        yield from kept.times(self.area_code, self.spell.rest, self.by, Hidden())
        yield from kept.taken_off(self.area_code, self.days, self.shown.hidden)

    def _cells(self, *columns: ColumnElement[Any]) -> Sequence[Any]:
        """The sums, with kind and category as far as they are asked for."""
        if not self.spell.periods:
            return []
        kinds = _CELL.kind.in_(list(Kind)) if By.KIND in self.by else _CELL.kind == sums.ALL
        categories = _CELL.category != sums.ALL if By.CATEGORY in self.by else _CELL.category == sums.ALL
        those = select(_CELL.period, _CELL.kind, _CELL.category, _CELL.area_code, *columns).where(
            _CELL.period.in_(self.spell.periods), kinds, categories, access.within(_CELL.area_code, self.area_code)
        )
        return db.session.execute(those).all()


def _told(row: Any) -> Mapping[str, Any]:
    """The words a sum is told under."""
    is_any = row.category in {"", sums.ALL}
    return {
        "area_code": row.area_code,
        "month": row.period[:7],
        "kind": Kind.ENQUIRY if row.kind == sums.ALL else Kind(row.kind),
        "category_id": None if is_any else int(row.category),
    }


def _added(tallies: Sequence[Tally]) -> int:
    return sum(one.sums for one in tallies)
