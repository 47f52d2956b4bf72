"""经过: what happened to each case of a list, in one query for all of them."""

from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from feedback import db
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action


def to(cases: Iterable[Case], actions: Collection[Action] = tuple(Action)) -> dict[int, list[CaseEvent]]:
    """The id of each case → its events in their order, those of these actions."""
    told: dict[int, list[CaseEvent]] = {case.id: [] for case in cases}
    query = select(CaseEvent).where(CaseEvent.case_id.in_(told)).order_by(CaseEvent.case_id, CaseEvent.n)
    if len(actions) < len(Action):
        query = query.where(CaseEvent.action.in_(actions))
    for event in db.session.scalars(query.options(joinedload(CaseEvent.actor), joinedload(CaseEvent.team))):
        told[event.case_id].append(event)
    return told
