"""没送到的: messages that were given up or wait too long, among the cases somebody watches over, and sending again.

A message that is sent again keeps its id: should the first one have arrived after all, the second is recognised.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload

from feedback import access, alerts, clock, db
from feedback.errors import Forbidden, Missing
from feedback.identity import trail
from feedback.models.alerts import Alert
from feedback.models.cases import Case
from feedback.models.notices import Notice, Sign, Via
from feedback.models.people import Person
from feedback.models.records import StaffAct
from feedback.models.walks import PlateFlag
from feedback.notifications import hours
from feedback.words import N_

KEPT = timedelta(days=30)
"""Failures older than this are history: the villager has the page, staff have the list."""
MOST = 300
"""Messages of one list, and sent again at one press."""
LATE = timedelta(minutes=30)
"""A message due for so long has waited too long."""
MOST_COUNTED = 1000


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong with one way, and the messages it kept back, the newest first."""

    via: Via
    words: str
    notices: Sequence[Notice]


@dataclass(frozen=True)
class Queue:
    """How many messages are waiting to go out (MOST_COUNTED + 1 stands for more), and since when the oldest is due."""

    length: int
    oldest_due_at: datetime | None


def failed(viewer: Person, area_code: str) -> list[Fault]:
    """What was given up in the last days, by way and fault, the commonest first."""
    found = _loaded(_given_up(viewer, area_code), Notice.failed_at.desc(), Notice.id.desc())
    return _by_fault(found)


def late(viewer: Person, area_code: str) -> list[Fault]:
    """What is still being tried and should have gone out long ago, or has failed at least once."""
    is_late = or_(Notice.next_try_at < clock.now() - LATE, Notice.tries > 0)
    return _by_fault(_loaded(and_(_waiting(viewer, area_code), is_late), Notice.next_try_at, Notice.id))


def queue(viewer: Person, area_code: str) -> Queue:
    """The messages about what the viewer may know that have not gone out."""
    waiting = select(Notice.id, Notice.next_try_at).where(_waiting(viewer, area_code))
    length = select(func.count()).select_from(waiting.limit(MOST_COUNTED + 1).subquery())
    oldest = db.session.execute(waiting.order_by(Notice.next_try_at, Notice.id).limit(1)).first()
    is_due = oldest is not None and oldest.next_try_at <= clock.now()
    return Queue(db.session.scalar(length) or 0, oldest.next_try_at if oldest and is_due else None)


def resend(viewer: Person, area_code: str, notice_id: int) -> None:
    """One message that was given up goes out again."""
    if not _again(viewer, area_code, Notice.id == notice_id):
        raise Missing(N_("这一条已经重发了，或者不归您管。"))


def resend_all(viewer: Person, area_code: str, via: Via, fault: str) -> int:
    """All that one fault kept back goes out again, MOST at one press; says how many."""
    return _again(viewer, area_code, and_(Notice.via == via, Notice.fault == fault))


def _again(viewer: Person, area_code: str, which: ColumnElement[bool]) -> int:
    if not access.may_resend(viewer, area_code):
        raise Forbidden(N_("重发归镇里和纪委。"))
    db.write()
    query = select(Notice).where(which, _given_up(viewer, area_code)).order_by(Notice.id).limit(MOST)
    found = list(db.session.scalars(query.with_for_update(of=Notice).execution_options(populate_existing=True)))
    now = clock.now()
    for notice in found:
        notice.failed_at, notice.tries = None, 0
        notice.next_try_at = hours.earliest(now, is_urgent=notice.is_urgent)
    db.session.flush()
    if found:
        via = "、".join(sorted({notice.via.value for notice in found}))
        trail.leave(StaffAct.RESEND, viewer, subject=area_code, via=via, fault=found[0].fault, count=len(found))
    return len(found)


def _given_up(viewer: Person, area_code: str) -> ColumnElement[bool]:
    return and_(Notice.failed_at >= clock.now() - KEPT, _known(viewer, area_code))


def _waiting(viewer: Person, area_code: str) -> ColumnElement[bool]:
    return and_(Notice.next_try_at.is_not(None), Notice.failed_at.is_(None), _known(viewer, area_code))


def _known(viewer: Person, area_code: str) -> ColumnElement[bool]:
    """SQL: it is about a case whose facts the viewer may know, or about a sign, an alert or a plate, in the area."""
    case = access.facts(viewer).where(Case.id == Notice.case_id, access.within(Case.area_code, area_code))
    sign = select(Sign.id).where(Sign.id == Notice.sign_id, access.within(Sign.area_code, area_code))
    alert = alerts.lists.known(viewer).where(Alert.id == Notice.alert_id, access.within(Alert.area_code, area_code))
    flag = select(PlateFlag.id).where(
        PlateFlag.id == Notice.plate_flag_id, access.within(PlateFlag.area_code, area_code)
    )
    return or_(case.exists(), sign.exists(), alert.exists(), flag.exists())


def _loaded(which: ColumnElement[bool], *order: Any) -> list[Notice]:
    loaded = (joinedload(Notice.case), joinedload(Notice.person), joinedload(Notice.sign), joinedload(Notice.alert),
              joinedload(Notice.plate_flag))
    return list(db.session.scalars(select(Notice).where(which).order_by(*order).limit(MOST).options(*loaded)))


def _by_fault(found: Sequence[Notice]) -> list[Fault]:
    ways = list(Via)
    in_groups = sorted(found, key=lambda notice: (ways.index(notice.via), notice.fault))
    groups = groupby(in_groups, key=lambda notice: (notice.via, notice.fault))
    faults = [Fault(via, words, list(notices)) for (via, words), notices in groups]
    return sorted(faults, key=lambda fault: -len(fault.notices))
