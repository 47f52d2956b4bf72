"""重算: all that is kept is made anew, in one pass over the events in the order of the cases.

First what each case adds, portion by portion; then the sums, month by month, from what the cases add. How far it has
come is written in the transaction of each portion, so that it goes on where it was stopped, and until it is at its end
nothing is told from it. What happens to a case behind its portion is left to the rounds that follow.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import cast

from sqlalchemy import Table, delete, func, insert, select

from feedback import db
from feedback.models.cases import Case
from feedback.models.figures import CaseFigures, FigureCell
from feedback.stats import fresh, kept, reached, sums
from feedback.stats.counted import Counted
from feedback.stats.reached import COUNTED_UP_TO, MADE_OF
from feedback.stats.sums import Cell, Sums

PORTION = 1_000
"""Cases in one transaction."""
UNDER_WAY = "figures anew"
"""What is said under this name: the case after which the next portion begins, then the month that comes next."""
FROM_THE_FIRST = "0"
_CASES, _CELLS = cast(Table, CaseFigures.__table__), cast(Table, FigureCell.__table__)
_KEPT = _CASES.c


def begin() -> None:
    """Takes everything away; the next rounds make it anew, where there is anything."""
    reached.alone()
    for table in (FigureCell, CaseFigures):
        db.session.execute(delete(table))
    reached.say(COUNTED_UP_TO, None)
    reached.say(MADE_OF, sums.MADE_OF)
    is_empty = db.session.scalar(select(Case.id).limit(1)) is None
    reached.say(UNDER_WAY, None if is_empty else FROM_THE_FIRST)


def is_under_way() -> bool:
    return reached.said(UNDER_WAY) is not None


def go_on(now: datetime) -> int:
    """One more portion; returns how many cases or sums, and at least 1: the rounds go on."""
    stopped_at = reached.said(UNDER_WAY) or FROM_THE_FIRST
    if "-" in stopped_at:
        return _add_up(date.fromisoformat(stopped_at))
    return _figure(int(stopped_at), now)


def _figure(after: int, now: datetime) -> int:
    """What the next cases add."""
    portion = select(Case.id).where(Case.id > after).order_by(Case.id).limit(PORTION).subquery()
    last = db.session.scalar(select(func.max(portion.c.id)))
    if last is None:
        ends = kept.first_and_last()
        reached.say(UNDER_WAY, None if ends is None else str(ends[0].replace(day=1)))
        return 1
    cases, seen = fresh.figured(Case.id.between(after + 1, last), now)
    if cases:
        db.session.connection().execute(insert(_CASES), [case._asdict() for case in cases])
    fresh.remember(seen)
    reached.say(UNDER_WAY, str(last))
    return max(len(cases), 1)


def _add_up(first: date) -> int:
    """The sums of a month and of its days."""
    count = 1
    for _period, cells in periods(first):
        count += len(cells)
        db.session.connection().execute(insert(_CELLS), [
            {"period": period, "kind": kind, "category": category, "area_code": area, **sums.columns(total)}
            for (period, kind, category, area), total in cells.items()
        ])
    ends, follows = kept.first_and_last(), _next_month(first)
    reached.say(UNDER_WAY, str(follows) if ends is not None and follows <= ends[1] else None)
    return count


def periods(first: date) -> Iterator[tuple[str, Mapping[Cell, Sums]]]:
    """What the sums of a month are, and of those of its days of which there are sums, by what is kept of the cases.

    One day is in memory at a time, and of the month only what is told by kind and category.
    """
    since, month = reached.days_from(), f"{first:%Y-%m}"
    of_month: defaultdict[Cell, Sums] = defaultdict(Sums)
    query = select(*(_KEPT[name] for name in Counted._fields)).order_by(_KEPT.filed_on)
    rows = db.session.execute(query.where(_KEPT.filed_on >= first, _KEPT.filed_on < _next_month(first)))
    for day, cases in groupby(map(Counted._make, rows), key=lambda case: case.filed_on):
        of_day: defaultdict[Cell, Sums] = defaultdict(Sums)
        for case in cases:
            of_day[sums.narrowest(case, str(day))].add(case)
        for (_day, kind, category, area), total in of_day.items():
            of_month[month, kind, category, area] += total
        if day >= since:
            yield str(day), _widened(of_day)
    if of_month:
        yield month, _widened(of_month)


def _widened(narrow: Mapping[Cell, Sums]) -> Mapping[Cell, Sums]:
    found: defaultdict[Cell, Sums] = defaultdict(Sums)
    for cell, total in narrow.items():
        for one in sums.wider(cell):
            found[one] += total
    return found


def months() -> Iterator[date]:
    """The first day of each month of which there may be sums."""
    first, last = kept.first_and_last() or (date.max, date.min)
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = _next_month(month)


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
