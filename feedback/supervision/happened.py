"""经过: what happened to each case of a list, in one query for thousands of them."""

from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from feedback import db
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action

AT_ONCE = 10_000
"""Cases asked for in one query: PostgreSQL takes at most 65,535 values in one."""


def to(cases: Iterable[Case], actions: Collection[Action] = tuple(Action)) -> dict[int, list[CaseEvent]]:
    """The id of each case → its events in their order, those of these actions."""
    told: dict[int, list[CaseEvent]] = {case.id: [] for case in cases}
    ids = list(told)
    query = select(CaseEvent).order_by(CaseEvent.case_id, CaseEvent.n)
    if len(actions) < len(Action):
        query = query.where(CaseEvent.action.in_(actions))
    query = query.options(joinedload(CaseEvent.actor), joinedload(CaseEvent.team))
    for start in range(0, len(ids), AT_ONCE):
        for event in db.session.scalars(query.where(CaseEvent.case_id.in_(ids[start : start + AT_ONCE]))):
            told[event.case_id].append(event)
    return told
