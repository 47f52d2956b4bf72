"""现算: what cases add to the figures, worked out from their events; everything that is kept is this."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, or_, select, update

from feedback import db
from feedback.models.cases import Case
from feedback.models.places import DIGITS
from feedback.stats import counted
from feedback.stats.cohort import REPEAT_WITHIN, filings, steps
from feedback.stats.counted import Counted
from feedback.stats.facts import fold


def figured(wanted: ColumnElement[bool], as_at: datetime) -> tuple[list[Counted], dict[int, int]]:
    """What cases add to the figures, worked out from their events, and up to which of them."""
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


def remember(seen: Mapping[int, int]) -> None:
    """Notes up to which of its events each case is counted."""
    db.session.connection().execute(
        update(Case).where(Case.id == bindparam("of"), Case.figured_count != bindparam("upto"))
        .values(figured_count=bindparam("upto")),
        [{"of": case_id, "upto": n} for case_id, n in seen.items()],
    )
