"""发件箱: from what happened to who is told, one row a message.

An event nobody has dealt with is found by a partial index, never by a running id: ids commit out of order. A batch
is a transaction; two takers at once share the events between them, and one fact reaches one person by one way once.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import joinedload

from feedback import clock, contents, db, phones, sealing
from feedback.errors import Busy
from feedback.models.alerts import Alert
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action, AnswerBy
from feedback.models.notices import Notice, Route, Sign, Via
from feedback.models.people import Person
from feedback.models.walks import PlateFlag
from feedback.notifications import hours, recipients, ways

BATCH = 200
TO_HER = frozenset({
    Action.RESPOND, Action.ASK, Action.REPORT_BACK, Action.EXTEND, Action.DECLINE, Action.MERGE,
})
"""What staff did that she may want to look up; what she did herself she knows."""
PRESSING_FOR_HER = frozenset({Action.RESPOND, Action.ASK})
"""Of these, what is worth waking her for, in a matter of life and safety."""

log = logging.getLogger(__name__)

S = TypeVar("S", Sign, Alert, PlateFlag)

Row = dict[str, Any]
Fact = CaseEvent | Sign | Alert | PlateFlag


@dataclass(frozen=True)
class Telling:
    """What one fact makes: what all its notices have in common, who of the staff hears, and what goes to her."""

    fact: Fact
    common: Row
    people: Sequence[Person]
    to_her: Sequence[Row] = ()


def take() -> int:
    """Writes the notices of one batch of events, signs, alerts and plates; returns how many of these it dealt with.

    A fact that can't be told keeps its place in the outbox, where its age is seen, and stops none behind it.
    """
    found: list[Telling] = []
    after_event = after_sign = after_alert = after_flag = 0
    while not found:
        events = _untold_events(after_event)
        signs, alerts = _untold(Sign, after_sign), _untold(Alert, after_alert)
        flags = _untold(PlateFlag, after_flag)
        if not events and not signs and not alerts and not flags:
            return 0
        known, facts = recipients.Known(events), list[Fact]([*events, *signs, *alerts, *flags])
        found = [telling for fact in facts if (telling := _telling_of(fact, known)) is not None]
        after_event = events[-1].id if events else after_event
        after_sign = signs[-1].id if signs else after_sign
        after_alert = alerts[-1].id if alerts else after_alert
        after_flag = flags[-1].id if flags else after_flag
    _write(found)
    return len(found)


def _telling_of(fact: Fact, known: recipients.Known) -> Telling | None:
    """None where a fault of ours stands in the way; the database's own end the batch."""
    try:
        if isinstance(fact, Sign):
            return Telling(fact, _of_day(sign_id=fact.id), recipients.of_sign(fact, known))
        if isinstance(fact, Alert):
            return Telling(fact, _of_day(alert_id=fact.id), recipients.of_alert(fact, known))
        if isinstance(fact, PlateFlag):
            common = _of_day(plate_flag_id=fact.id, is_urgent=fact.is_urgent)
            return Telling(fact, common, recipients.of_plate_flag(fact, known))
        return Telling(fact, _of_event(fact), recipients.of_event(fact, known), _to_her(fact))
    except (DBAPIError, Busy):
        raise
    except Exception:
        log.exception("%s %s could not be told; it is tried again each round", type(fact).__name__, fact.id)
        return None


def _write(found: Sequence[Telling]) -> None:
    """Writes the rows and marks the facts as told."""
    routes = _routes({person.id for telling in found for person in telling.people})
    rows = [row for telling in found for row in telling.to_her]
    for telling in found:
        rows += [{**telling.common, **way} for person in telling.people
                 for way in _by_each_way(person, telling.common, routes)]
    _insert(rows)
    for model in (CaseEvent, Sign, Alert, PlateFlag):
        ids = [telling.fact.id for telling in found if isinstance(telling.fact, model)]
        told_now = update(model).where(model.id.in_(ids)).values(told_at=clock.now())
        db.session.execute(told_now.execution_options(synchronize_session=False))  # nothing at hand is read again


def _untold_events(after: int) -> Sequence[CaseEvent]:
    return db.session.scalars(
        select(CaseEvent)
        .where(CaseEvent.told_at.is_(None), CaseEvent.id > after)
        .order_by(CaseEvent.id)
        .limit(BATCH)
        .options(joinedload(CaseEvent.case))
        .with_for_update(of=CaseEvent, skip_locked=True)
    ).all()


def _untold(model: type[S], after: int) -> Sequence[S]:
    return db.session.scalars(
        select(model)
        .where(model.told_at.is_(None), model.id > after)
        .order_by(model.id)
        .limit(BATCH)
        .with_for_update(of=model, skip_locked=True)
    ).all()


def _of_event(event: CaseEvent) -> Row:
    """What every notice of the event has in common, and when it may go out: what can wait, with the morning that
    follows it; where that is past already, because the timer stood still, with everything else."""
    is_urgent = event.is_urgent and event.action not in recipients.PAPERWORK
    now = clock.now()
    may_go_at = hours.earliest(now, is_urgent=is_urgent)
    if event.action in recipients.CAN_WAIT and not is_urgent:
        may_go_at = max(hours.next_morning(event.at), may_go_at)
    return {
        "event_id": event.id, "sign_id": None, "alert_id": None, "plate_flag_id": None, "case_id": event.case_id,
        "is_urgent": is_urgent, "made_at": now, "next_try_at": may_go_at,
    }


def _of_day(
    *, sign_id: int | None = None, alert_id: int | None = None, plate_flag_id: int | None = None,
    is_urgent: bool = False,
) -> Row:
    """The same of a sign, an alert or a plate to look at: none of them is worth waking anybody for."""
    now = clock.now()
    return {
        "event_id": None, "sign_id": sign_id, "alert_id": alert_id, "plate_flag_id": plate_flag_id, "case_id": None,
        "is_urgent": is_urgent, "made_at": now, "next_try_at": hours.earliest(now),
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
    facts = _of_event(event)
    if event.action not in PRESSING_FOR_HER:
        facts |= {"is_urgent": False, "next_try_at": hours.earliest(facts["made_at"])}
    return [{**facts, "person_id": None, "via": Via.SMS, "sent_at": None}]


def her_number(case: Case) -> str:
    """The mobile number to which she may be written; '' where she left none, wants to look here only, or it can't
    be opened: her page is the truth, and staff are told all the same."""
    if case.answer_by is AnswerBy.PAGE or case.is_erased:
        return ""
    try:
        number = phones.plain(contents.contact(case).phone)
    except sealing.Unsealable:
        log.exception("the phone of case %s can't be opened", case.number)
        return ""
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
