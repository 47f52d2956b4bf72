"""到点的件: the cases whose next instant has come, a batch at a time; read from the index on it alone.

One case that fails stops no other: what it did is rolled back, the log names it, and it is tried again a while
later. So no case stands at the head of the batch for ever, whatever is wrong with it.
"""

import logging
import time
from collections.abc import Callable, Collection
from datetime import timedelta

from sqlalchemy import Select, select

from feedback import clock, db
from feedback.models.cases import Case
from feedback.models.kinds import Status

BATCH = 100
LONGEST = 0.25
"""Seconds after which a batch ends with the case at hand, so that pages get their turn to write."""
AGAIN_AFTER = timedelta(minutes=10)
"""When a case that failed is tried again."""

log = logging.getLogger(__name__)


def each(statuses: Collection[Status], act: Callable[[Case], object]) -> int:
    """Does the act to a batch of the cases in these statuses whose time has come. Returns how many; 0 when none is
    left. Afterwards none of them waits for the same instant any more."""
    begun, done = time.monotonic(), 0
    for case in db.session.scalars(due(statuses).with_for_update(of=Case, skip_locked=True)).all():
        _one(case, statuses, act)
        done += 1
        if time.monotonic() - begun > LONGEST:
            break
    return done


def due(statuses: Collection[Status]) -> Select[Case]:
    """The cases in these statuses whose time has come, the longest overdue first, one batch of them."""
    return (
        select(Case)
        .where(Case.wakes_at.is_not(None), Case.wakes_at <= clock.now(), Case.status.in_(statuses))
        .order_by(Case.wakes_at, Case.id)
        .limit(BATCH)
        .execution_options(populate_existing=True)
    )


def _one(case: Case, statuses: Collection[Status], act: Callable[[Case], object]) -> None:
    number = case.number
    try:
        with db.session.begin_nested():
            act(case)
    except Exception:
        log.exception("what time does to case %s failed; it is tried again in %s", number, AGAIN_AFTER)
        case.wakes_at = clock.now() + AGAIN_AFTER
    if case.status in statuses and case.wakes_at is not None and case.wakes_at <= clock.now():
        log.error("case %s was dealt with and would wake at once again; it is looked at in %s", number, AGAIN_AFTER)
        case.wakes_at = clock.now() + AGAIN_AFTER
