"""核对: whether what is kept beside the cases is what their events say; the first difference, where there is one."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from feedback import db
from feedback.models.cases import Case
from feedback.models.figures import FigureCell
from feedback.stats import marks, rollup, sums
from feedback.stats.counted import Counted
from feedback.stats.sums import Cell, Sums


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
    as_at = rollup.counted_up_to()
    if as_at is None:
        return None
    found: defaultdict[Cell, Sums] = defaultdict(Sums)
    for ids in _in_portions():
        stored = {one.case_id: one for one in rollup.kept(ids)}
        fresh = {one.case_id: one for one in rollup.figured(ids, as_at)[0]}
        for case_id in ids:
            if (difference := _compared(case_id, stored.get(case_id), fresh.get(case_id))) is not None:
                return difference
            for cell in sums.cells(fresh[case_id]):
                found[cell].add(fresh[case_id])
    return _first_wrong_cell(found)


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


def _first_wrong_cell(found: dict[Cell, Sums]) -> Difference | None:
    with db.session.scalars(select(FigureCell).execution_options(yield_per=1000)) as rows:
        for row in rows:
            key = (row.area_code, row.month, row.kind, row.category)
            follows = found.pop(key, Sums())
            if sums.read(row) != follows:
                return Difference(f"sum {' '.join(key)}", _told(sums.read(row)), _told(follows))
    for key, follows in sorted(found.items()):
        return Difference(f"sum {' '.join(key)}", "nothing", _told(follows))
    return None


def _told(total: Sums) -> str:
    return ", ".join(f"{mark.key} {n}" for mark in marks.MARKS if (n := marks.count(total.marks, mark.key)))
