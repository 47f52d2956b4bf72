"""点开: the cases behind a number, read from what is kept beside the cases, a page at a time.

A page goes back day by day from where the last one ended, further at each step, until it is full: however rare the
cases are, no page reads the days twice, and none counts rows to find where it begins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, literal_column, or_, select, tuple_

from feedback import access, db
from feedback.models.figures import CaseFigures
from feedback.models.kinds import Kind
from feedback.models.people import Person, Team, TeamKind
from feedback.models.rules import Category
from feedback.stats import kept, members, rolled
from feedback.stats.counted import REPEATED
from feedback.stats.definitions import Whose
from feedback.stats.grouping import ALL, NO_CATEGORY, By
from feedback.stats.kept import Hidden, Shown
from feedback.stats.members import Fit, Part

WIDER = 4
"""Each step back is so many times as long as the one before."""
_KEPT = CaseFigures.__table__.c


@dataclass(frozen=True)
class Kept:
    """The cases behind a number, as `members.Members`."""

    shown: Shown
    from_on: date
    to_on: date
    key: str
    part: Part
    to: Mapping[By, str]

    @cached_property
    def count(self) -> int:
        """As the number itself where the sums hold it; else counted."""
        table = rolled.Table(self.shown, self.from_on, self.to_on, tuple(self.to))
        if table.is_of_sums and members.is_told(self.key):
            key = tuple(self.to.values()) or ALL
            return next((members.told(row, self.key, self.part) for row in table.rows() if row.key == key), 0)
        query = select(func.count()).where(kept.filed(self.shown.area_code, self._days), *self._asked)
        return db.session.scalar(query) or 0 if self._days else 0

    def page(self, after: int | None, most: int) -> tuple[Sequence[int], int | None]:
        days, behind = self._days, []
        if after is not None and (last := _place(after)) is not None:
            days = [day for day in days if day <= last.filed_on]
            behind = [tuple_(_KEPT.filed_at, _KEPT.case_id) < tuple_(last.filed_at, last.case_id)]
        ids: list[int] = []
        step = 1
        while days and len(ids) <= most:
            some, days = days[-step:], days[:-step]
            query = select(_KEPT.case_id).where(kept.filed(self.shown.area_code, some), *self._asked, *behind)
            query = query.order_by(_KEPT.filed_at.desc(), _KEPT.case_id.desc()).limit(most + 1 - len(ids))
            ids += db.session.scalars(query)
            step *= WIDER
        return ids[:most], ids[most - 1] if len(ids) > most else None

    @cached_property
    def _days(self) -> Sequence[date]:
        return self.shown.days(self.from_on, self.to_on)

    @cached_property
    def _asked(self) -> Sequence[ColumnElement[bool]]:
        hidden, area_code = self.shown.hidden, self.shown.area_code
        asked = [_told_under(by, word, area_code, members.whose(self.key)) for by, word in self.to.items()]
        asked += _fitting(members.fit(self.key, self.part), _marks(area_code, hidden))
        if hidden.ids:
            asked.append(_KEPT.case_id.not_in(hidden.ids))
        return asked


def _place(case_id: int) -> Any:
    """Where a case stands in the order of the list."""
    query = select(_KEPT.case_id, _KEPT.filed_at, _KEPT.filed_on).where(_KEPT.case_id == case_id)
    return db.session.execute(query).one_or_none()


def _marks(area_code: str, hidden: Hidden) -> ColumnElement[int]:
    """SQL: the marks of a case as they are told inside the area."""
    digits: ColumnElement[int] = _KEPT.repeat_digits
    if hidden.digits:
        digits = case(hidden.digits, value=_KEPT.case_id, else_=digits)
    return _KEPT.marks + case((digits >= len(area_code), literal_column(str(REPEATED))), else_=literal_column("0"))


def _fitting(fit: Fit, marks: ColumnElement[int]) -> list[ColumnElement[bool]]:
    looked_at: ColumnElement[int] = literal_column(str(fit.all | fit.none))
    any_of: ColumnElement[int] = literal_column(str(fit.any))
    found = [marks.bitwise_and(looked_at) == literal_column(str(fit.all))]
    return [*found, marks.bitwise_and(any_of) != 0] if fit.any else found


def _told_under(by: By, word: str, area_code: str, whose: Whose) -> ColumnElement[bool]:
    """SQL: cases of the area that are told under a word of a table."""
    match by:
        case By.AREA:
            if len(word) == kept.below(area_code) and word.isdecimal():
                return access.within(_KEPT.area_code, word)
            return _KEPT.area_code == word if word == area_code else false()
        case By.KIND:
            return _KEPT.kind == Kind(word) if word in set(Kind) else false()
        case By.CATEGORY:
            named = select(Category.id).where(Category.name == word)
            return _KEPT.category_id.is_(None) if word == NO_CATEGORY else _KEPT.category_id.in_(named)
        case By.TEAM:
            return _KEPT.team_id.in_(_teams(word))
        case By.HANDLER:
            person_id = _KEPT[f"{whose.value}_by_id"]
            nobody = and_(person_id.is_(None), _KEPT.team_id.in_(_teams(word)))
            return or_(person_id.in_(select(Person.id).where(Person.staff_number == word)), nobody)
        case By.MONTH:
            return _in_month(word)


def _teams(word: str) -> Any:
    """The team of an area by the area's code; an own team by that and its name."""
    code, _, name = word.partition("/")
    is_that = and_(Team.kind != TeamKind.AREA, Team.name == name) if name else Team.kind == TeamKind.AREA
    return select(Team.id).where(Team.area_code == code, is_that)


def _in_month(word: str) -> ColumnElement[bool]:
    try:
        first = date.fromisoformat(f"{word}-01")
    except ValueError:
        return false()
    return and_(_KEPT.filed_on >= first, _KEPT.filed_on < (first + timedelta(days=31)).replace(day=1))
