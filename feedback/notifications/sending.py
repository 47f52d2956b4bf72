"""发送: what is due goes out, at least once, and a second time only where nobody can know whether it arrived.

Each message is claimed in one short transaction, sent outside of any, and recorded in another. Who is killed in
between leaves a claim that ends; then the message goes out again under the same id, so that a second one is known
as such. What no longer holds when its turn comes is dropped, not sent.
"""

import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.exc import DBAPIError

from feedback import access, clock, clocks, db, ladder, queue, sealing, workflow
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action, Status
from feedback.models.notices import Notice, Route, Via
from feedback.models.people import Person, Role
from feedback.notifications import hours, outbox, recipients, routes, texts, ways
from feedback.notifications.ways.faults import UNSURE, Failed
from feedback.words import N_

BUDGET = 40.0
"""Seconds of one round; what is left waits for the next."""
LEASE = timedelta(minutes=10)
"""After so long a claim that was not recorded has ended; far longer than any message takes."""
AGAIN = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 720, 720))
"""How long to wait after each failure; nearly two days in all, then it is given up."""
UNSURE_TWICE = N_("两次都不知道对方收到没有，没有再发")
UNOPENED = N_("地址打不开，请本人重新设一次")
UNSAYABLE = N_("我们这边出了错，没有发")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claimed:
    """One message on its way out: all it takes to send and record it, without a row in hand."""

    ids: tuple[int, ...]
    via: Via
    address: str
    server: str
    message: texts.Message
    link: str
    message_id: str
    tries: int
    is_second_unsure: bool
    """An earlier try may have arrived: should this one be unsure too, there is no third."""


@dataclass
class Round:
    """How far one round has come."""

    after: tuple[datetime, int] | None = None
    hanging: set[str] = field(default_factory=set)
    """Servers that let somebody wait for nothing: not asked again in this round."""
    sent: int = 0


def send() -> int:
    """Sends what is due, the longest due first, within BUDGET; returns how many messages went out."""
    ends, here = time.monotonic() + BUDGET, Round()
    if hours.is_quiet(clock.now()):
        db.in_turn(_put_off)
    while time.monotonic() < ends and _is_anything_due(here):
        try:
            claimed = db.in_turn(lambda: _claim(here))
            if claimed is not None:
                _deliver(claimed, here)
        except Exception:
            log.exception("a notice could not be sent")
    return here.sent


def _put_off() -> None:
    """What was due before the quiet hours and has not gone out waits for the morning: the timer stood still, somebody
    was killed with it in hand, a server let everybody wait."""
    now = clock.now()
    late = (Notice.next_try_at.is_not(None), Notice.next_try_at <= now, Notice.is_urgent.is_(False))
    db.session.execute(update(Notice).where(*late).values(next_try_at=hours.next_morning(now)))


def _is_anything_due(here: Round) -> bool:
    found = db.session.scalar(select(Notice.id).where(_due(here)).limit(1)) is not None
    db.session.rollback()
    return found


def _deliver(claimed: Claimed, here: Round) -> None:
    fault: Failed | None = None
    try:
        ways.send(claimed.via, claimed.address, title=claimed.message.title, text=claimed.message.text,
                  link=claimed.link, message_id=claimed.message_id)
    except Failed as failed:
        fault = failed
        if failed.is_hanging:
            here.hanging.add(claimed.server)
    db.in_turn(lambda: _record(claimed, fault))
    here.sent += fault is None


# ---------------------------------------------------------------- claiming


def _due(here: Round) -> ColumnElement[bool]:
    now = clock.now()
    conditions: list[ColumnElement[bool]] = [Notice.next_try_at.is_not(None), Notice.next_try_at <= now]
    if hours.is_quiet(now):
        conditions.append(Notice.is_urgent.is_(True))
    if here.after is not None:
        at, notice_id = here.after
        conditions.append(or_(Notice.next_try_at > at, and_(Notice.next_try_at == at, Notice.id > notice_id)))
    return and_(*conditions)


def _claim(here: Round) -> Claimed | None:
    """Takes the next message; None where it is not to be sent now, and `here` has moved past it."""
    query = select(Notice).where(_due(here)).order_by(Notice.next_try_at, Notice.id).limit(1)
    first = db.session.scalar(query.with_for_update(of=Notice, skip_locked=True))
    if first is None or first.next_try_at is None:
        here.after = (clock.now(), 2**62)
        return None
    here.after = (first.next_try_at, first.id)
    address = _address(first)
    server = ways.server(first.via, address or "")
    if server in here.hanging:
        return None
    holding = _foremost([notice for notice in _together(first) if not _ended(notice, address)])
    return _claimed(holding, address, server) if holding and address else None


def _together(first: Notice) -> Sequence[Notice]:
    """What goes out in one message: what did so before, or all that is due to the person by this way."""
    query = select(Notice).where(Notice.next_try_at.is_not(None)).order_by(Notice.id)
    if first.message_id is not None:
        query = query.where(Notice.message_id == first.message_id)
    else:
        hers = and_(Notice.person_id.is_(None), Notice.case_id == first.case_id)
        query = query.where(
            hers if first.person_id is None else Notice.person_id == first.person_id, Notice.via == first.via,
            Notice.message_id.is_(None), Notice.next_try_at <= clock.now(),
        )
    return db.session.scalars(query.with_for_update(of=Notice, skip_locked=True)).all()


def _foremost(notices: Sequence[Notice]) -> Sequence[Notice]:
    """All of them; of what waits for the villager only the newest, which leads her to the same page."""
    for older in notices[:-1]:
        if older.person_id is None:
            older.dropped_at, older.next_try_at = clock.now(), None
    return [notice for notice in notices if notice.dropped_at is None]


def _address(notice: Notice) -> str | None:
    """Where it goes; None where the way was taken away, '' where the address can't be opened."""
    if notice.person is None:
        return (outbox.her_number(notice.case) or None) if notice.case is not None else None
    route = db.session.scalar(select(Route).where(Route.person_id == notice.person_id, Route.via == notice.via))
    if route is None:
        return None
    try:
        return routes.opened(route)
    except sealing.Unsealable:
        return ""


def _ended(notice: Notice, address: str | None) -> bool:
    """Whether it is not to be sent any more; then that is recorded."""
    now = clock.now()
    if notice.tries and notice.fault == UNSURE_TWICE:
        notice.failed_at = now
    elif address is None or is_moot(notice):
        notice.dropped_at = now
    elif not address or not _has_words(notice):
        notice.failed_at, notice.fault = now, UNSAYABLE if address else UNOPENED
    else:
        return False
    notice.next_try_at = None
    return True


def _has_words(notice: Notice) -> bool:
    """Where we find none, the notice fails by itself: what goes out together with it shall not wait for that."""
    try:
        return bool(_words_of(notice).plain())
    except DBAPIError:
        raise
    except Exception:
        log.exception("notice %s has no words", notice.id)
        return False


def _words_of(notice: Notice) -> texts.Said:
    if notice.person_id is None and notice.event is not None:
        return texts.to_her(notice.event, ways.base_url())
    return texts.of(notice)


def _claimed(notices: Sequence[Notice], address: str, server: str) -> Claimed:
    first = notices[0]
    message_id = first.message_id or str(uuid.uuid4())
    is_second = first.tries > 0 and first.fault == UNSURE
    tries = first.tries + 1
    for notice in notices:
        notice.message_id, notice.tries = message_id, tries
        notice.next_try_at = clock.now() + LEASE
        notice.fault = UNSURE_TWICE if is_second else UNSURE  # what holds if this process dies now
    message, link = _composed(notices)
    db.session.flush()
    return Claimed(tuple(notice.id for notice in notices), first.via, address, server, message, link, message_id,
                   tries, is_second)


def _composed(notices: Sequence[Notice]) -> tuple[texts.Message, str]:
    first = notices[0]
    if first.person is None and first.event is not None:
        said = _words_of(first).plain()
        return texts.Message(said, said, ""), ""
    overdue = queue.overdue(first.person) if first.person is not None and len(notices) > 1 else 0
    message = texts.message(notices, overdue=overdue)
    return message, ways.base_url() + message.path


# ---------------------------------------------------------------- what no longer holds


def is_moot(notice: Notice) -> bool:
    """Whether what the notice says holds no longer, or is no longer for its reader."""
    if notice.person is not None and not _is_still_his(notice, notice.person):
        return True
    if notice.case is None or notice.event is None:
        return notice.sign is not None and notice.sign.ended_at is not None
    if notice.person is None:
        return _is_old_news(notice.event, notice.case)
    return _is_over(notice.event, notice.case)


def _is_still_his(notice: Notice, person: Person) -> bool:
    """A case while he may know of it, a sign while he serves there."""
    if notice.case is not None:
        return access.may_know(person, notice.case)
    held = access.scope(person)
    return notice.sign is not None and held.covers(notice.sign.area_code, Role.VILLAGE, Role.TOWNSHIP)


def _is_over(event: CaseEvent, case: Case) -> bool:
    """Whether staff need not hear of it any more."""
    match event.action:
        case Action.REMIND if event.reason == ladder.LETTER_OVERDUE:
            return _needs_no_answer(case)
        case Action.REMIND:
            rung = ladder.REASONS.get(event.reason or "")
            return case.status not in clocks.OPEN if rung is None else rung[0] not in ladder.running(case)
        case Action.SUPERVISE if event.until_at is not None:
            return _needs_no_answer(case)
        case Action.SUPERVISE | Action.ANSWER_SUPERVISION:
            return not case.is_supervised
        case Action.HAND_OVER:
            return case.status is not Status.IN_PROGRESS or case.owner_id != event.owner_id
        case Action.ANSWER | Action.EXTEND | Action.REFUSE_EXTENSION:
            return case.status is not Status.IN_PROGRESS
        case Action.ASK_EXTENSION:
            return case.extension_asked_at is None
        case Action.APPEAL:
            return _was_followed(event, CaseEvent.action == Action.DECIDE_APPEAL, CaseEvent.of_n == event.of_n)
        case action if action in recipients.ARRIVALS:
            return case.team_id != event.team_id or case.status not in recipients.WAITING_FOR_SOMEBODY
        case _:
            return False


def _is_old_news(event: CaseEvent, case: Case) -> bool:
    """Whether the villager need not hear of it any more."""
    match event.action:
        case Action.RESPOND:
            is_answered = _was_followed(event, CaseEvent.action == Action.WITNESS, CaseEvent.of_n == event.n)
            return case.status not in clocks.OPEN or is_answered
        case Action.ASK:
            return case.asked_at is None
        case Action.REPORT_BACK:
            return case.status is not Status.REPORTED_BACK
        case Action.EXTEND:
            return case.status not in clocks.OPEN
        case Action.DECLINE | Action.MERGE:
            return case.status is not Status.CLOSED
        case _:
            return False


def _needs_no_answer(case: Case) -> bool:
    """Whether nobody waits any more for the answer to a letter of supervision."""
    return case.status not in clocks.OPEN or workflow.open_letter(case) is None


def _was_followed(event: CaseEvent, *conditions: ColumnElement[bool]) -> bool:
    """Whether something came after the event in its case."""
    after = select(CaseEvent.id).where(CaseEvent.case_id == event.case_id, CaseEvent.n > event.n, *conditions)
    return db.session.scalar(after.limit(1)) is not None


# ---------------------------------------------------------------- recording


def _record(claimed: Claimed, failed: Failed | None) -> None:
    query = select(Notice).where(Notice.id.in_(claimed.ids), Notice.message_id == claimed.message_id,
                                 Notice.tries == claimed.tries)
    for notice in db.session.scalars(query.with_for_update(of=Notice)):
        if failed is None:
            notice.sent_at, notice.next_try_at, notice.fault = clock.now(), None, ""
        else:
            _record_failure(notice, failed, claimed)
    db.session.flush()


def _record_failure(notice: Notice, failed: Failed, claimed: Claimed) -> None:
    now = clock.now()
    if failed.is_unsure:
        notice.fault = UNSURE_TWICE if claimed.is_second_unsure else UNSURE
    else:
        notice.fault = UNSURE if claimed.is_second_unsure else failed.fault
    is_given_up = claimed.tries > len(AGAIN) or (failed.is_unsure and claimed.is_second_unsure)
    if is_given_up:
        notice.failed_at, notice.next_try_at = now, None
    else:
        notice.next_try_at = hours.earliest(now + AGAIN[claimed.tries - 1], is_urgent=notice.is_urgent)
