"""发件箱: from what happened to who is told, one row a message.

An event nobody has dealt with is found by a partial index, never by a running id: ids commit out of order. A batch
is a transaction; two takers at once share the events between them, and one fact reaches one person by one way once.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import joinedload

from feedback import clock, contents, db, phones
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action, AnswerBy
from feedback.models.notices import Notice, Route, Sign, Via
from feedback.models.people import Person
from feedback.notifications import hours, recipients, ways

BATCH = 200
STALE = timedelta(days=1)
"""What is older when it is taken, because the timer stood still, waits for no further morning."""
TO_HER = frozenset({
    Action.RESPOND, Action.ASK, Action.REPORT_BACK, Action.EXTEND, Action.DECLINE, Action.MERGE,
})
"""What staff did that she may want to look up; what she did herself she knows."""

Row = dict[str, Any]


def take() -> int:
    """Writes the notices of one batch of events and signs; returns how many of these it dealt with."""
    events, signs = _untold_events(), _untold_signs()
    told: list[tuple[Row, Sequence[Person]]] = []
    known = recipients.Known(events)
    rows = [row for event in events for row in _to_her(event)]
    told += [(_of_event(event), recipients.of_event(event, known)) for event in events]
    told += [(_of_sign(sign), recipients.of_sign(sign, known)) for sign in signs]
    routes = _routes({person.id for _facts, people in told for person in people})
    for facts, people in told:
        rows += [{**facts, **way} for person in people for way in _by_each_way(person, facts, routes)]
    _insert(rows)
    for model, dealt_with in ((CaseEvent, events), (Sign, signs)):
        ids = [one.id for one in dealt_with]
        db.session.execute(update(model).where(model.id.in_(ids)).values(told_at=clock.now()))
    return len(events) + len(signs)


def _untold_events() -> Sequence[CaseEvent]:
    return db.session.scalars(
        select(CaseEvent)
        .where(CaseEvent.told_at.is_(None))
        .order_by(CaseEvent.id)
        .limit(BATCH)
        .options(joinedload(CaseEvent.case))
        .with_for_update(of=CaseEvent, skip_locked=True)
    ).all()


def _untold_signs() -> Sequence[Sign]:
    return db.session.scalars(
        select(Sign)
        .where(Sign.told_at.is_(None))
        .order_by(Sign.id)
        .limit(BATCH)
        .with_for_update(of=Sign, skip_locked=True)
    ).all()


def _of_event(event: CaseEvent) -> Row:
    """What every notice of the event has in common, and when it may go out."""
    is_good_to_know = event.action in {Action.CONFIRM, Action.RATE}
    is_urgent = event.is_urgent and not is_good_to_know
    now = clock.now()
    can_wait = event.action in recipients.CAN_WAIT and not is_urgent and event.at > now - STALE
    return {
        "event_id": event.id, "sign_id": None, "case_id": event.case_id, "is_urgent": is_urgent, "made_at": now,
        "next_try_at": hours.next_morning(now) if can_wait else hours.earliest(now, is_urgent=is_urgent),
    }


def _of_sign(sign: Sign) -> Row:
    now = clock.now()
    return {
        "event_id": None, "sign_id": sign.id, "case_id": None, "is_urgent": False, "made_at": now,
        "next_try_at": hours.earliest(now),
    }


def _by_each_way(person: Person, facts: Row, routes: Mapping[int, Sequence[Via]]) -> list[Row]:
    """The person's own list, in which a notice has arrived as soon as it is made, and every way he set."""
    in_list = {"person_id": person.id, "via": Via.LIST, "next_try_at": None, "sent_at": facts["made_at"]}
    others = [{"person_id": person.id, "via": via, "sent_at": None} for via in routes.get(person.id, ())]
    return [in_list, *others]


def _to_her(event: CaseEvent) -> list[Row]:
    """The message to the villager, where she left a mobile number and did not choose to look here only."""
    if event.action not in TO_HER or event.by_her or not ways.has_sms() or not her_number(event.case):
        return []
    return [{**_of_event(event), "person_id": None, "via": Via.SMS, "sent_at": None}]


def her_number(case: Case) -> str:
    """The mobile number to which she may be written; '' where she left none, or wants to look here only."""
    if case.answer_by is AnswerBy.PAGE or case.is_erased:
        return ""
    number = phones.plain(contents.contact(case).phone)
    return number if phones.MOBILE.fullmatch(number) else ""


def _routes(people: set[int]) -> dict[int, list[Via]]:
    found: dict[int, list[Via]] = {}
    query = select(Route.person_id, Route.via).where(Route.person_id.in_(people)).order_by(Route.id)
    for person_id, via in db.session.execute(query):
        found.setdefault(person_id, []).append(via)
    return found


def _insert(rows: Sequence[Row]) -> None:
    """Writes them; what is there already stays as it is."""
    insert = sqlite.insert if db.is_sqlite() else postgresql.insert
    if rows:
        db.session.execute(insert(Notice).on_conflict_do_nothing(), list(rows))
