"""汇总: keeps what each case adds to the figures, and the sums of it, beside the events they follow from.

The timer does it, not the page that files: a submission writes no row that others wait for, and a round takes up
in one go whatever happened to a case since the last. Which cases those are is an index over cases
(`figured_count < events_count`), so nothing is forgotten whatever order transactions end in; which cases change
their marks because a due has passed is another. What a case added before is taken off exactly, then what it adds now
is put on: events that come late, reopening, merging, another category, another area are all the same to it.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import delete, insert, select, text, tuple_

from feedback import clock, db
from feedback.models.cases import UNFIGURED, Case
from feedback.models.figures import CaseFigures, FigureCell
from feedback.stats import anew, fresh, kept, reached, sums
from feedback.stats.reached import COUNTED_UP_TO, DAYS_FROM, MADE_OF
from feedback.stats.sums import Cell, Sums

BATCH = 300
"""Cases in one transaction."""


def keep_up() -> int:
    """The step of the timer: counts a batch of what has happened since the last round; returns how many cases, 0 when
    nothing is left. Where another version of the program made the sums, or none, it makes them anew."""
    reached.alone()
    now = clock.now()
    if reached.said(MADE_OF) != sums.MADE_OF:
        anew.begin()
    _drop_old_days()
    if anew.is_under_way():
        return anew.go_on(now)
    ids = set(db.session.scalars(select(Case.id).where(text(UNFIGURED)).order_by(Case.id).limit(BATCH)))
    due = select(CaseFigures.case_id).where(CaseFigures.settles_at < now).order_by(CaseFigures.settles_at)
    ids.update(db.session.scalars(due.limit(BATCH)))
    if ids:
        _count(ids | fresh.later_of_household(ids), now)
    if len(ids) >= BATCH:  # the sums are of no one instant until the rest is counted too
        reached.say(COUNTED_UP_TO, None)
    elif not ids:
        reached.say(COUNTED_UP_TO, now.isoformat())
    return len(ids)


def _drop_old_days() -> None:
    """A day's sums are dropped whole; those of its month stay, so nothing is lost."""
    since, first = reached.days_from(), clock.today() - timedelta(days=sums.DAYS - 1)
    if since == date.max or since < first:
        old = [str(since + timedelta(days=n)) for n in range((first - since).days)]
        db.session.execute(delete(FigureCell).where(FigureCell.period.in_(old)))
        reached.say(DAYS_FROM, str(first))


def _count(ids: Collection[int], now: datetime) -> None:
    """Takes off what these cases added, and puts on what they add now."""
    changes: defaultdict[Cell, Sums] = defaultdict(Sums)
    since = reached.days_from()
    old = {one.case_id: one for one in kept.by_id(ids)}
    new, seen = fresh.figured(Case.id.in_(ids), now)
    for case in old.values():
        for cell in sums.cells(case, since):
            changes[cell].add(case, -1)
    for case in new:
        for cell in sums.cells(case, since):
            changes[cell].add(case)
    if old:
        db.session.execute(delete(CaseFigures).where(CaseFigures.case_id.in_(old)))
    if new:
        db.session.execute(insert(CaseFigures), [case._asdict() for case in new])
    _apply({cell: change for cell, change in changes.items() if change != Sums()})
    fresh.remember(seen)


def _apply(changes: dict[Cell, Sums]) -> None:
    keys = sorted(changes)
    for start in range(0, len(keys), 200):
        part = keys[start : start + 200]
        columns = (FigureCell.period, FigureCell.kind, FigureCell.category, FigureCell.area_code)
        stored = db.session.scalars(select(FigureCell).where(tuple_(*columns).in_(part))).all()
        known = {(one.period, one.kind, one.category, one.area_code): one for one in stored}
        for key in part:
            row, total = known.get(key), changes[key]
            if row is not None:
                total += sums.read(row)
            if total != Sums():
                if row is None:
                    row = FigureCell(period=key[0], kind=key[1], category=key[2], area_code=key[3])
                    db.session.add(row)
                sums.write(row, total)
            elif row is not None:
                db.session.delete(row)
        db.session.flush()
