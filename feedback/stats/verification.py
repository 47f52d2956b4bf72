"""核对: whether what is kept beside the cases is what their events say; the first difference, where there is one."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import select

from feedback import db
from feedback.models.cases import Case
from feedback.models.figures import FigureCell
from feedback.stats import anew, fresh, histogram, kept, marks, reached, sums
from feedback.stats.counted import Counted
from feedback.stats.sums import Sums


@dataclass(frozen=True)
class Difference:
    """The first thing that is not as the events say: a case or a sum, what is kept and what follows."""

    where: str
    kept: str
    follows: str


def verify() -> Difference | None:
    """Works everything out from the events again, as at the instant of the last round; None where all is right.

    Cases to which something has happened since are left to the next round.
    """
    as_at = reached.counted_up_to()
    if as_at is None:
        return None
    return next(chain(_wrong_cases(as_at), _wrong_sums()), None)


def _wrong_cases(as_at: datetime) -> Iterator[Difference]:
    for ids in _in_portions():
        stored = {one.case_id: one for one in kept.by_id(ids)}
        follows = {one.case_id: one for one in fresh.figured(Case.id.in_(ids), as_at)[0]}
        for case_id in ids:
            if (difference := _compared(case_id, stored.get(case_id), follows.get(case_id))) is not None:
                yield difference


def _in_portions() -> Iterator[Sequence[int]]:
    after = 0
    while True:
        ids = db.session.scalars(select(Case.id).where(Case.id > after).order_by(Case.id).limit(1000)).all()
        if not ids:
            return
        yield ids
        after = ids[-1]


def _compared(case_id: int, stored: Counted | None, fresh: Counted | None) -> Difference | None:
    if stored == fresh:
        return None
    if stored is None or fresh is None:
        return Difference(f"case {case_id}", "nothing" if stored is None else "something",
                          "nothing" if fresh is None else "something")
    names = [name for name in Counted._fields if getattr(stored, name) != getattr(fresh, name)]
    return Difference(f"case {case_id}: {', '.join(names)}", str([getattr(stored, name) for name in names]),
                      str([getattr(fresh, name) for name in names]))


def _wrong_sums() -> Iterator[Difference]:
    """What the cases as they are kept add up to, period by period, beside what is stored."""
    seen: set[str] = set()
    for period, follows in chain.from_iterable(anew.periods(month) for month in anew.months()):
        seen.add(period)
        cells = db.session.execute(select(*FigureCell.__table__.c).where(FigureCell.period == period))
        stored = {(one.period, one.kind, one.category, one.area_code): _read(one) for one in cells}
        for key in sorted({*stored, *follows}):
            if stored.get(key) != follows.get(key):
                yield Difference(f"sum {' '.join(key)}", _told(stored.get(key)), _told(follows.get(key)))
    for period in db.session.scalars(select(FigureCell.period).distinct()):
        if period not in seen:
            yield Difference(f"sums of {period}", "something", "nothing")


def _read(cell: Any) -> Sums:
    """What a cell holds; what can't be read is like no sum there could be."""
    try:
        return sums.read(cell)
    except zlib.error:
        return Sums(-1)


def _told(total: Sums | None) -> str:
    if total is None or total.marks < 0:
        return "nothing" if total is None else "nothing that can be read"
    counts = ", ".join(f"{mark.key} {n}" for mark in marks.MARKS if (n := marks.count(total.marks, mark.key)))
    durations = zlib.crc32(b"".join(map(histogram.packed, total.durations)))
    return f"{counts}; whole {zlib.crc32(f'{total.marks:x}'.encode()):08x}; durations {durations:08x}"
