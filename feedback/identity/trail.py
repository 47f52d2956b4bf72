"""留痕: what staff did outside a case, one row each, never changed. The auditor reads them."""

from typing import Any

from feedback import clock, db
from feedback.models.people import Person
from feedback.models.records import StaffAct, StaffEvent


def leave(act: StaffAct, by: Person | None, *, subject: str = "", **facts: Any) -> StaffEvent:
    """One staff event; `by` is empty for a stranger at the sign-in page. `facts` are plain JSON values."""
    db.write()
    event = StaffEvent(at=clock.now(), actor_id=by.id if by else None, act=act, subject=subject, facts=facts)
    db.session.add(event)
    db.session.flush()
    return event
