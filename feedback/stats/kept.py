"""所存: what is kept of the cases of an area and some days, added up by the database, never brought here one by one.

Cases that are told under the same words and have the same marks are one row with their number: a hundred thousand
cases are some hundred rows. Where times are asked for, only those are read.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, and_, case, cast, func, literal_column, select

from feedback import access, clock, db
from feedback.access import Viewer
from feedback.models.cases import Case
from feedback.models.figures import CaseFigures
from feedback.models.kinds import Kind
from feedback.models.places import DIGITS
from feedback.stats import fresh, histogram, marks, reached
from feedback.stats.cohort import REPEAT_WITHIN, inside_or_above
from feedback.stats.counted import REPEATED, Counted
from feedback.stats.definitions import DURATIONS
from feedback.stats.grouping import By

MANY_DAYS = 3_000
"""More days than these are a range, and every day between is looked through."""
_KEPT = CaseFigures.__table__.c


Seconds = Sequence[int | None]
"""Of one case, in the order of `DURATIONS`."""


class Tally(NamedTuple):
    """Cases that are told under the same words; what was not asked for is empty."""

    sums: int = 0
    """Their marks added up."""
    seconds: Sequence[Seconds] = ()
    """The durations of each."""
    histograms: Sequence[int] = ()
    """The same added up, a histogram for each of `DURATIONS`."""
    area_code: str = ""
    month: str = ""
    kind: Kind = Kind.ENQUIRY
    category_id: int | None = None
    team_id: int = 0
    response_by_id: int | None = None
    handling_by_id: int | None = None
    case_by_id: int | None = None


@dataclass(frozen=True)
class Hidden:
    """What does not exist for a viewer, and what cases are without it: no repeat tells of a case he is shut out of."""

    ids: frozenset[int] = frozenset()
    digits: Mapping[int, int] = field(default_factory=dict)

    @property
    def touched(self) -> set[int]:
        return {*self.ids, *self.digits}


def hidden_from(viewer: Viewer | None, area_code: str, from_on: date, to_on: date) -> Hidden:
    """Cases of these days, and of the ninety before, that do not exist for the viewer."""
    if viewer is None:
        return Hidden()
    start, end = clock.start_of(from_on) - REPEAT_WITHIN, clock.end_of(to_on)
    shut_out = Case.id.in_(access.shut_out(viewer))
    found = select(Case.id).where(
        shut_out, inside_or_above(area_code), Case.filed_at >= start, Case.filed_at < end
    )
    ids = frozenset(db.session.scalars(found))
    if not ids:
        return Hidden()
    return Hidden(ids, fresh.repeat_digits(fresh.later_of_household(ids) - ids, without=ids))


def first_and_last() -> tuple[date, date] | None:
    """The first and the last day on which a case was filed; None before the first."""
    on = CaseFigures.filed_on
    ends = select(select(func.min(on)).scalar_subquery(), select(func.max(on)).scalar_subquery())
    first, last = db.session.execute(ends).one()
    return None if first is None or last is None else (first, last)


@dataclass(frozen=True)
class Shown:
    """An area and its days as a viewer may see them: what all the tables of a page need is asked for once."""

    area_code: str
    from_on: date
    to_on: date
    viewer: Viewer | None = None

    @cached_property
    def ends(self) -> tuple[date, date] | None:
        return first_and_last()

    @cached_property
    def sums_from(self) -> date:
        return reached.days_from()

    @cached_property
    def hidden(self) -> Hidden:
        """Of some of the days it hides the same: what else is in it does not lie in them."""
        return hidden_from(self.viewer, self.area_code, self.from_on, self.to_on)

    def days(self, from_on: date, to_on: date) -> Sequence[date]:
        """Those from a day to a day, as far as there is anything kept of them."""
        if self.ends is None:
            return []
        first, last = max(from_on, self.ends[0]), min(to_on, self.ends[1])
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def filed(area_code: str, those: Sequence[date]) -> ColumnElement[bool]:
    """SQL: cases booked in the area, filed on these days. Each day by itself is a stretch of the index."""
    on = CaseFigures.filed_on
    asked = on.in_(those) if len(those) <= MANY_DAYS else on.between(those[0], those[-1])
    return and_(asked, access.within(CaseFigures.area_code, area_code))


def words(by: Iterable[By], digits: int) -> dict[str, ColumnElement[Any]]:
    """The columns that say under which words a case is told; areas by their first so many digits."""
    length: ColumnElement[int] = literal_column(str(digits))
    of: Mapping[By, dict[str, ColumnElement[Any]]] = {
        By.AREA: {"area_code": func.substr(_KEPT.area_code, literal_column("1"), length)},
        By.MONTH: {"month": func.substr(cast(_KEPT.filed_on, String), literal_column("1"), literal_column("7"))},
        By.KIND: {"kind": _KEPT.kind},
        By.CATEGORY: {"category_id": _KEPT.category_id},
        By.TEAM: {"team_id": _KEPT.team_id},
        By.HANDLER: {name: _KEPT[name] for name in ("team_id", "response_by_id", "handling_by_id", "case_by_id")},
    }
    return {name: column.label(f"as_{name}") for one in by for name, column in of[one].items()}


def tallies(area_code: str, those: Sequence[date], by: Iterable[By]) -> Iterator[Tally]:
    """Their marks, with the repeats there are inside the area."""
    if not those:
        return
    told = words(by, below(area_code))
    is_repeat = case((_KEPT.repeat_digits >= literal_column(str(len(area_code))), literal_column("1")),
                     else_=literal_column("0")).label("is_repeat")
    rows = db.session.execute(
        select(func.count(), _KEPT.marks, is_repeat, *told.values())
        .where(filed(area_code, those))
        .group_by(_KEPT.marks, is_repeat, *told.values())
    )
    for n, bits, repeats, *its in rows:
        yield Tally(n * marks.lanes(bits | REPEATED if repeats else bits), **dict(zip(told, its, strict=True)))


def times(area_code: str, those: Sequence[date], by: Iterable[By], hidden: Hidden) -> Iterator[Tally]:
    """Their durations, as far as the viewer may know of them."""
    if not those:
        return
    told = words(by, below(area_code))
    query = select(*(_KEPT[one.key] for one in DURATIONS), *told.values()).where(filed(area_code, those))
    if hidden.ids:
        query = query.where(_KEPT.case_id.not_in(hidden.ids))
    found: defaultdict[Sequence[Any], list[Seconds]] = defaultdict(list)
    for row in db.session.execute(query):
        found[row[len(DURATIONS) :]].append(row[: len(DURATIONS)])
    for its, seconds in found.items():
        yield Tally(seconds=seconds, **dict(zip(told, its, strict=True)))


def taken_off(area_code: str, those: Sequence[date], hidden: Hidden) -> Iterator[Tally]:
    """What is taken off sums again of what the viewer is shut out from, with its durations."""
    for one in by_id(hidden.touched) if hidden.ids else ():
        if not (one.area_code.startswith(area_code) and those and those[0] <= one.filed_on <= those[-1]):
            continue
        change, histograms = -marks.lanes(one.within(area_code).marks), [0] * len(DURATIONS)
        if one.case_id in hidden.ids:
            histograms = [-histogram.one(one.seconds(duration)) for duration in DURATIONS]
        else:
            change += marks.lanes(one._replace(repeat_digits=hidden.digits[one.case_id]).within(area_code).marks)
        yield Tally(change, (), histograms, one.area_code, one.month, one.kind, one.category_id, one.team_id,
                    one.response_by_id, one.handling_by_id, one.case_by_id)


def below(area_code: str) -> int:
    """Digits of the areas one level down; of the area itself where there is none."""
    return min((n for n in DIGITS.values() if n > len(area_code)), default=len(area_code))


def by_id(ids: Collection[int]) -> list[Counted]:
    """What is kept of these cases."""
    rows = db.session.execute(select(*(_KEPT[name] for name in Counted._fields)).where(_KEPT.case_id.in_(ids)))
    return [Counted._make(row) for row in rows]
