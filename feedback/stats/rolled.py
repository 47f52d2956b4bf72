"""现成的数: figures read from what is kept beside the cases, as at the timer's last round.

Whole months of a village or more, told by area, kind, category or month, come from the sums; everything else from the
kept cases themselves, by index. Both give the row that `stats.figures` gives from the events as at that instant.
Medians are exact up to so many cases; beyond, the sums' histograms tell them within 1 %, and the row says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, select

from feedback import access, clock, db
from feedback.access import Viewer
from feedback.models.cases import Case
from feedback.models.figures import CaseFigures, FigureCell
from feedback.models.kinds import Kind
from feedback.models.places import DIGITS, Level
from feedback.stats import histogram, marks, rollup, sums
from feedback.stats.cohort import REPEAT_WITHIN, inside_or_above
from feedback.stats.counted import Counted
from feedback.stats.definitions import DURATIONS, Whose
from feedback.stats.grouping import ALL, By, Grouping, told
from feedback.stats.row import Key, Row, of_sums, spread
from feedback.stats.sums import Sums
from feedback.words import N_

MOST_EXACT = 50_000
"""Of so many cases the durations are read one by one."""
OF_SUMS = frozenset({By.AREA, By.KIND, By.CATEGORY, By.MONTH})
_FIGURES = CaseFigures.__table__


def figures(
    area_code: str, from_on: date, to_on: date, *, by: Sequence[By] = (), viewer: Viewer | None = None
) -> list[Row]:
    """The figures of cases filed in an area from one Shanghai day to another, as at `rollup.counted_up_to()`."""
    asked = _Asked(area_code, from_on, to_on)
    hidden = asked.hidden_from(viewer) if viewer is not None else Hidden()
    if asked.is_of_sums(by):
        return _from_sums(asked, by, hidden)
    cases = [hidden.as_told(case).within(area_code) for case in asked.cases() if case.case_id not in hidden.ids]
    return told(cases, area_code, by)


@dataclass(frozen=True)
class Hidden:
    """What does not exist for a viewer, and what cases are without it: no repeat tells of a case he is shut out of."""

    ids: frozenset[int] = frozenset()
    digits: Mapping[int, int] | None = None

    def as_told(self, case: Counted) -> Counted:
        digits = (self.digits or {}).get(case.case_id, case.repeat_digits)
        return case if digits == case.repeat_digits else case._replace(repeat_digits=digits)


@dataclass(frozen=True)
class _Asked:
    """An area and its days, both included."""

    area_code: str
    from_on: date
    to_on: date

    def is_of_sums(self, by: Sequence[By]) -> bool:
        """Whether the keys of the sums hold all that is asked for."""
        village = DIGITS[Level.VILLAGE]
        is_deep = len(self.area_code) > village or (By.AREA in by and len(self.area_code) == village)
        ends_a_month = (self.to_on + timedelta(days=1)).day == 1 or self.to_on >= clock.today()
        return set(by) <= OF_SUMS and not is_deep and self.from_on.day == 1 and ends_a_month

    @property
    def wanted(self) -> ColumnElement[bool]:
        start, end = clock.start_of(self.from_on), clock.end_of(self.to_on)
        return and_(
            access.within(CaseFigures.area_code, self.area_code),
            CaseFigures.filed_at >= start, CaseFigures.filed_at < end,
        )

    def cases(self, only: Iterable[int] | None = None) -> Iterator[Counted]:
        """What is kept of the cases, or of some of them."""
        query = select(*(_FIGURES.c[name] for name in Counted._fields)).where(self.wanted)
        if only is not None:
            query = query.where(CaseFigures.case_id.in_(only))
        return (Counted._make(row) for row in db.session.execute(query))

    def hidden_from(self, viewer: Viewer) -> Hidden:
        """Cases of these days, and of the ninety before, that do not exist for the viewer."""
        start, end = clock.start_of(self.from_on) - REPEAT_WITHIN, clock.end_of(self.to_on)
        found = select(Case.id).where(
            Case.id.in_(access.shut_out(viewer)), inside_or_above(self.area_code), Case.filed_at >= start,
            Case.filed_at < end,
        )
        ids = frozenset(db.session.scalars(found))
        if not ids:
            return Hidden()
        return Hidden(ids, rollup.repeat_digits(rollup.later_of_household(ids) - ids, without=ids))


# ---------------------------------------------------------------- from the sums


@dataclass(frozen=True)
class Summed:
    """A sum, or what is taken off one, under the words it is told by."""

    area_code: str
    month: str
    kind: Kind
    category_id: int | None
    sums: Sums
    team_id: int = 0


def _from_sums(asked: _Asked, by: Sequence[By], hidden: Hidden) -> list[Row]:
    cells = [*_cells(asked, by), *_taken_off(asked, hidden)]
    timed = None
    if marks.count(_added(cells).marks, "received") <= MOST_EXACT:
        timed = [case for case in asked.cases() if case.case_id not in hidden.ids]
    if not by:
        return [_row(ALL, (N_("合计"),), cells, timed, asked.area_code)]
    grouping = Grouping(cells, asked.area_code, by)
    groups = grouping.groups(Whose.CASE)
    times = Grouping(timed, asked.area_code, by).groups(Whose.CASE) if timed is not None else None
    keys = {key for key, group in groups.items() if marks.count(_added(group).marks, "received")}
    if tuple(by) == (By.AREA,):
        keys |= {(code,) for code in grouping.areas}
    return [
        _row(key, grouping.names(key), groups.get(key, []), None if times is None else times.get(key, []),
             asked.area_code)
        for key in sorted(keys, key=grouping.rank)
    ]


def _cells(asked: _Asked, by: Sequence[By]) -> list[Summed]:
    """The sums of every place and month, with kind and category as far as they are asked for."""
    kinds = FigureCell.kind != sums.ALL if By.KIND in by else FigureCell.kind == sums.ALL
    categories = FigureCell.category != sums.ALL if By.CATEGORY in by else FigureCell.category == sums.ALL
    months = FigureCell.month.between(f"{asked.from_on:%Y-%m}", f"{asked.to_on:%Y-%m}")
    rows = db.session.execute(
        select(*FigureCell.__table__.c)
        .where(access.within(FigureCell.area_code, asked.area_code), months, kinds, categories)
    )
    return [
        Summed(row.area_code, row.month, Kind.ENQUIRY if row.kind == sums.ALL else Kind(row.kind),
             None if row.category in {"", sums.ALL} else int(row.category), sums.read(row))
        for row in rows
    ]


def _taken_off(asked: _Asked, hidden: Hidden) -> Iterator[Summed]:
    """What the viewer is shut out from is taken off the sums again."""
    for case in asked.cases({*hidden.ids, *(hidden.digits or {})}) if hidden.ids else ():
        change = Sums()
        change.add(case, -1)
        if case.case_id not in hidden.ids:
            change.add(hidden.as_told(case))
        yield Summed(case.area_code, case.month, case.kind, case.category_id, change)


def _row(
    key: Key, names: tuple[str, ...], cells: Iterable[Summed], timed: Sequence[Counted] | None, area_code: str
) -> Row:
    total = _added(cells)
    repeats = sums.repeats(total.marks, len(area_code))
    counts = total.marks + (repeats << (marks.LANE * marks.PLACE["repeated.n"]))
    durations = {
        duration.key: spread(duration, timed)
        if timed is not None else histogram.Histogram(total.durations[place]).spread
        for place, duration in enumerate(DURATIONS)
    }
    return of_sums(key, names, counts, durations)


def _added(cells: Iterable[Summed]) -> Sums:
    total = Sums()
    for cell in cells:
        total += cell.sums
    return total
