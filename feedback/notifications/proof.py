"""通知凭据: what of a case went to whom, by which way and when, or why it did not."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from feedback import access, db
from feedback.models.cases import Case, CaseEvent
from feedback.models.notices import Notice
from feedback.models.people import Person

MOST = 200
"""Messages of one case that are told; the newest."""


class State(StrEnum):
    """What became of a message."""

    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"
    WAITING = "waiting"


@dataclass(frozen=True)
class Told:
    """One fact of the case, and every message it made."""

    event: CaseEvent
    messages: Sequence[Notice]


def state(notice: Notice) -> State:
    if notice.sent_at is not None:
        return State.SENT
    if notice.failed_at is not None:
        return State.FAILED
    return State.DROPPED if notice.dropped_at is not None else State.WAITING


def of(case: Case, viewer: Person) -> list[Told]:
    """The newest fact first; nothing for one who may not read the case."""
    if not access.may_read(viewer, case):
        return []
    query = select(Notice).where(Notice.case_id == case.id, Notice.event_id.is_not(None))
    loaded = (joinedload(Notice.event), joinedload(Notice.person))
    found = db.session.scalars(query.order_by(Notice.id.desc()).limit(MOST).options(*loaded))
    by_event = sorted(found, key=lambda notice: (-(notice.event_id or 0), notice.id))
    groups = groupby(by_event, key=lambda notice: notice.event)
    return [Told(event, list(messages)) for event, messages in groups if event is not None]
