"""发送: what is due goes out, at least once, and a second time only where nobody can know whether it arrived.

Each message is claimed in one short transaction, sent outside of any, and recorded in another. Who is killed in
between leaves a claim that ends; then the message goes out again under the same id, so that a second one is known
as such. What no longer holds when its turn comes is dropped, not sent.
"""

import logging
import time
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import joinedload

from feedback import clock, db, queue, sealing
from feedback.errors import Busy
from feedback.models.notices import Notice, Route, Via
from feedback.notifications import hours, inbox, outbox, routes, texts, ways
from feedback.notifications.moot import is_moot
from feedback.notifications.ways.faults import UNOPENED, UNSURE, Failed
from feedback.words import N_

BUDGET = 40.0
"""Seconds of one round; what is left waits for the next."""
MOST = 2000
"""Notices that one message may stand for: whoever wants to write waits while they are read."""
LEASE = timedelta(minutes=10)
"""After so long a claim that was not recorded has ended; far longer than any message takes."""
AGAIN = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 720, 720))
"""How long to wait after each failure; nearly two days in all, then it is given up."""
UNSURE_TWICE = N_("两次都不知道对方收到没有，没有再发")
UNSAYABLE = N_("我们这边出了错，没有发")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claimed:
    """One message on its way out: all it takes to send and record it, without a row in hand."""

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

    urgent_only: bool = False
    after: tuple[datetime, int] | None = None
    hanging: set[str] = field(default_factory=set)
    """Servers that let somebody wait for nothing: not asked again in this round."""
    sent: int = 0


def send(*, urgent_only: bool = False) -> int:
    """Sends what is due, the longest due first, within BUDGET; returns how many messages went out."""
    ends, here = time.monotonic() + BUDGET, Round(urgent_only)
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
    if here.urgent_only or hours.is_quiet(now):
        conditions.append(Notice.is_urgent.is_(True))
    if hanging := [via for via in Via if via.value in here.hanging]:
        conditions.append(Notice.via.not_in(hanging))
    if here.after is not None:
        at, notice_id = here.after
        conditions.append(Notice.next_try_at >= at)  # where the index begins
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
    together = _together(first, urgent_only=here.urgent_only)
    his = inbox.openable(first.person, together) if first.person is not None else frozenset()
    holding = _foremost([notice for notice in together if not _ended(notice, address, his)])
    return _claimed(holding, address, server) if holding and address else None


def _together(first: Notice, *, urgent_only: bool) -> Sequence[Notice]:
    """What goes out in one message: what did so before, or all that is due to the person by this way, MOST at once."""
    query = select(Notice).where(Notice.next_try_at.is_not(None)).order_by(Notice.id)
    if first.message_id is not None:
        query = query.where(Notice.message_id == first.message_id)
    else:
        hers = and_(Notice.person_id.is_(None), Notice.case_id == first.case_id)
        query = query.where(
            hers if first.person_id is None else Notice.person_id == first.person_id, Notice.via == first.via,
            Notice.message_id.is_(None), Notice.next_try_at <= clock.now(),
            *([Notice.is_urgent.is_(True)] if urgent_only else []),
        )
    loaded = (joinedload(Notice.event), joinedload(Notice.case), joinedload(Notice.sign), joinedload(Notice.alert),
              joinedload(Notice.plate_flag))
    query = query.limit(MOST).options(*loaded)
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


def _ended(notice: Notice, address: str | None, his: Collection[int]) -> bool:
    """Whether it is not to be sent any more; then that is recorded. `his` are the cases its reader may know of."""
    now = clock.now()
    if notice.tries and notice.fault == UNSURE_TWICE:
        notice.failed_at = now
    elif address is None or is_moot(notice, his):
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
    except (DBAPIError, Busy):
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
    message, link = _composed(notices)
    db.session.execute(
        update(Notice).where(Notice.id.in_([notice.id for notice in notices]))
        .values(message_id=message_id, tries=tries, next_try_at=clock.now() + LEASE,
                fault=UNSURE_TWICE if is_second else UNSURE)  # what holds if this process dies now
        .execution_options(synchronize_session=False)
    )
    return Claimed(first.via, address, server, message, link, message_id, tries, is_second)


def _composed(notices: Sequence[Notice]) -> tuple[texts.Message, str]:
    first = notices[0]
    if first.person is None and first.event is not None:
        said = _words_of(first).plain()
        return texts.Message(said, said, ""), ""
    overdue = queue.overdue(first.person) if first.person is not None and len(notices) > 1 else 0
    message = texts.message(notices, overdue=overdue)
    return message, ways.base_url() + message.path


# ---------------------------------------------------------------- recording


def _record(claimed: Claimed, failed: Failed | None) -> None:
    if failed is None:
        _set(claimed, sent_at=clock.now(), next_try_at=None, fault="")
        return
    if failed.is_unsure:
        fault = UNSURE_TWICE if claimed.is_second_unsure else UNSURE
    else:
        fault = UNSURE if claimed.is_second_unsure else failed.fault
    if claimed.tries > len(AGAIN) or (failed.is_unsure and claimed.is_second_unsure):
        _set(claimed, failed_at=clock.now(), next_try_at=None, fault=fault)
        return
    again_at = clock.now() + AGAIN[claimed.tries - 1]
    for is_urgent in (True, False):
        next_try_at = hours.earliest(again_at, is_urgent=is_urgent)
        _set(claimed, Notice.is_urgent.is_(is_urgent), next_try_at=next_try_at, fault=fault)


def _set(claimed: Claimed, *which: ColumnElement[bool], **values: Any) -> None:
    """Records it on the notices of the claim, unless somebody has claimed them anew."""
    still_claimed = (
        Notice.message_id == claimed.message_id, Notice.tries == claimed.tries, Notice.next_try_at.is_not(None),
        Notice.sent_at.is_(None),
    )
    db.session.execute(
        update(Notice).where(*still_claimed, *which).values(**values).execution_options(synchronize_session=False)
    )
