"""汇总: keeps what each case adds to the figures, and the sums of it, beside the events they follow from.

The timer does it, not the page that files: a submission writes no row that others wait for, and a round takes up
in one go whatever happened to a case since the last. Which cases those are is an index over cases
(`figured_count < events_count`), so nothing is forgotten whatever order transactions end in; which cases change
their marks because a due has passed is another. What a case added before is taken off exactly, then what it adds now
is put on: events that come late, reopening, merging, another category, another area are all the same to it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, text, tuple_, update

from feedback import clock, db
from feedback.models.cases import UNFIGURED, Case
from feedback.models.figures import CaseFigures, FigureCell
from feedback.models.places import DIGITS
from feedback.models.records import Instance
from feedback.stats import counted, sums
from feedback.stats.cohort import REPEAT_WITHIN, filings, steps
from feedback.stats.counted import Counted
from feedback.stats.facts import fold
from feedback.stats.sums import Cell, Sums

BATCH = 300
"""Cases in one transaction."""
LOCK = 0x48_4C_46
"""The advisory lock of whoever changes the sums (HLF)."""
COUNTED_UP_TO, MADE_OF = "figures at", "figures of"
_FIGURES = CaseFigures.__table__


# ---------------------------------------------------------------- the step of the timer


def keep_up() -> int:
    """Counts a batch of what has happened since the last round; returns how many cases, 0 when nothing is left."""
    _alone()
    now = clock.now()
    if (made_of := _said(MADE_OF)) != sums.MADE_OF:
        if made_of is not None:
            forget()
        _say(MADE_OF, sums.MADE_OF)
    ids = set(db.session.scalars(select(Case.id).where(text(UNFIGURED)).order_by(Case.id).limit(BATCH)))
    due = select(CaseFigures.case_id).where(CaseFigures.settles_at < now).order_by(CaseFigures.settles_at)
    ids.update(db.session.scalars(due.limit(BATCH)))
    if ids:
        _count(ids | later_of_household(ids), now)
    if len(ids) >= BATCH:  # the sums are of no one instant until the rest is counted too
        _say(COUNTED_UP_TO, None)
    elif not ids:
        _say(COUNTED_UP_TO, now.isoformat())
    return len(ids)


def counted_up_to() -> datetime | None:
    """The instant up to which the sums hold all that had happened; None where they were never made, or are on their
    way there."""
    found = _said(COUNTED_UP_TO)
    return datetime.fromisoformat(found) if found and _said(MADE_OF) == sums.MADE_OF else None


def _said(key: str) -> str | None:
    return db.session.scalar(select(Instance.value).where(Instance.key == key))


def _say(key: str, value: str | None) -> None:
    db.session.execute(delete(Instance).where(Instance.key == key))
    if value is not None:
        db.session.execute(insert(Instance).values(key=key, value=value))


def _alone() -> None:
    """Sums are changed by one process at a time; on SQLite whoever writes is alone already."""
    if not db.is_sqlite():
        db.session.execute(select(func.pg_advisory_xact_lock(LOCK)))


def later_of_household(ids: Collection[int]) -> set[int]:
    """Cases that may be repeats of these."""
    found = db.session.execute(select(Case.household_id, Case.filed_at).where(Case.id.in_(ids))).all()
    later = [
        (Case.household_id == row.household_id) & (Case.filed_at > row.filed_at)
        & (Case.filed_at <= row.filed_at + REPEAT_WITHIN)
        for row in found if row.household_id is not None
    ]
    others: set[int] = set()
    for start in range(0, len(later), 100):
        others.update(db.session.scalars(select(Case.id).where(or_(*later[start : start + 100]))))
    return others


def _count(ids: Collection[int], now: datetime) -> None:
    """Takes off what these cases added, and puts on what they add now."""
    changes: defaultdict[Cell, Sums] = defaultdict(Sums)
    old = {one.case_id: one for one in kept(ids)}
    new, seen = figured(ids, now)
    for case in old.values():
        for cell in sums.cells(case):
            changes[cell].add(case, -1)
    for case in new:
        for cell in sums.cells(case):
            changes[cell].add(case)
    if old:
        db.session.execute(delete(CaseFigures).where(CaseFigures.case_id.in_(old)))
    if new:
        db.session.execute(insert(CaseFigures), [case._asdict() for case in new])
    _apply({cell: change for cell, change in changes.items() if change != Sums()})
    db.session.connection().execute(
        update(Case).where(Case.id == bindparam("of")).values(figured_count=bindparam("upto")),
        [{"of": case_id, "upto": n} for case_id, n in seen.items()],
    )


def _apply(changes: dict[Cell, Sums]) -> None:
    keys = sorted(changes)
    for start in range(0, len(keys), 200):
        part = keys[start : start + 200]
        columns = (FigureCell.area_code, FigureCell.month, FigureCell.kind, FigureCell.category)
        stored = db.session.scalars(select(FigureCell).where(tuple_(*columns).in_(part))).all()
        known = {(one.area_code, one.month, one.kind, one.category): one for one in stored}
        for key in part:
            row, total = known.get(key), changes[key]
            if row is not None:
                total += sums.read(row)
            if total != Sums():
                if row is None:
                    row = FigureCell(area_code=key[0], month=key[1], kind=key[2], category=key[3])
                    db.session.add(row)
                sums.write(row, total)
            elif row is not None:
                db.session.delete(row)
        db.session.flush()


# ---------------------------------------------------------------- from events


def figured(ids: Collection[int], as_at: datetime) -> tuple[list[Counted], dict[int, int]]:
    """What cases add to the figures, worked out from their events, and up to which of them."""
    wanted = Case.id.in_(ids)
    found = filings(wanted, "", as_at)
    states = {one.state.case_id: one.state for one in found}
    cases = fold(steps(wanted, as_at), states, as_at)
    digits = repeat_digits([case.last.case_id for case in cases if case.is_counted])
    return (
        [counted.of(case, digits.get(case.last.case_id, 0)) for case in cases],
        {one.state.case_id: one.n for one in found},
    )


def repeat_digits(ids: Collection[int], without: Collection[int] = ()) -> dict[int, int]:
    """For each repeat among these cases, how long the code is of the smallest area in which an earlier one is booked
    too; as if the cases of `without` were not there."""
    columns = (Case.id, Case.household_id, Case.filed_at, Case.area_code, Case.kind, Case.category_id)
    cases = db.session.execute(select(*columns).where(Case.id.in_(ids), Case.household_id.is_not(None))).all()
    if not cases:
        return {}
    first, last = (end(case.filed_at for case in cases) for end in (min, max))
    homes = {case.household_id for case in cases}
    by_home: defaultdict[int, list[Any]] = defaultdict(list)
    for one in db.session.execute(
        select(*columns)
        .where(Case.household_id.in_(homes), Case.filed_at >= first - REPEAT_WITHIN, Case.filed_at < last)
    ):
        if one.id not in without:
            by_home[one.household_id].append(one)
    return {case.id: _nearest(case, by_home[case.household_id]) for case in cases}


def _nearest(case: Any, of_household: Iterable[Any]) -> int:
    return max(
        (
            _shared_digits(case.area_code, one.area_code)
            for one in of_household
            if case.filed_at - REPEAT_WITHIN <= one.filed_at < case.filed_at
            and (one.kind is case.kind if case.category_id is None else one.category_id == case.category_id)
        ),
        default=0,
    )


def _shared_digits(one: str, other: str) -> int:
    """Of the smallest area that holds both."""
    return max((n for n in DIGITS.values() if one[:n] == other[:n] and n <= min(len(one), len(other))), default=0)


def kept(ids: Collection[int]) -> list[Counted]:
    """What is kept of these cases."""
    rows = db.session.execute(select(*_FIGURES.c).where(_FIGURES.c.case_id.in_(ids)))
    return [Counted._make(getattr(row, name) for name in Counted._fields) for row in rows]


# ---------------------------------------------------------------- made anew


def forget() -> None:
    """Takes everything away: the next rounds make it anew."""
    _alone()
    db.session.execute(delete(FigureCell))
    db.session.execute(delete(CaseFigures))
    db.session.execute(update(Case).values(figured_count=0).execution_options(synchronize_session=False))
    _say(COUNTED_UP_TO, None)
