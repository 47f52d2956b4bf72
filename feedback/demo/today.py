"""今天: what lies on the desks this morning beside the year: letters, a request for more time, an appeal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from feedback import appeals, cards, clock, db, extensions, urging, workflow
from feedback.demo import letters
from feedback.demo.cast import Cast
from feedback.demo.hearing import Hearing
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Status
from feedback.models.people import TeamKind
from feedback.models.places import Level

SUPERVISED = 4
ASKED = 2
APPEALED = 1
AGO = timedelta(minutes=40)
"""So long ago it was done; nothing has happened to those cases since."""
RECENT = timedelta(days=40)


def leave_open(cast: Cast, until: datetime) -> None:
    """The township puts what is late under supervision, two owners ask for more time, one appeals against a card."""
    db.write()
    with clock.fixed(until - AGO):
        _supervise(cast)
        _ask_for_longer()
        _appeal(cast)
    hearing = Hearing(until)
    hearing.tell(until)
    hearing.look(until)
    hearing.put_in_order()
    db.session.commit()


def _supervise(cast: Cast) -> None:
    officer = cast.present(cast.team(cast.area_code), clock.today())[0]
    late = _quiet(Case.next_due_at < clock.now(), Case.supervised_at.is_(None))
    for _, case in zip(range(SUPERVISED), late, strict=False):
        urging.supervise(case, officer, words=letters.SUPERVISED[0])


def _ask_for_longer() -> None:
    in_time = _quiet(
        Case.next_due_at > clock.now(), Case.status == Status.IN_PROGRESS, Case.extension_asked_at.is_(None),
        Case.extension_days.is_(None), Case.asked_at.is_(None), Case.is_urgent.is_(False),
        func.length(Case.area_code) == Level.MICROGRID.digits,
    )
    for _, case in zip(range(ASKED), in_time, strict=False):
        if case.owner is not None and case.team.kind is TeamKind.AREA:
            extensions.ask(case, case.owner, days=3, words=letters.WHY_LONGER[0])


def _appeal(cast: Cast) -> None:
    carded = select(CaseEvent.case_id).where(CaseEvent.at > clock.now() - RECENT, CaseEvent.reason.like("%_overdue"))
    left = APPEALED
    for case in _quiet(Case.id.in_(carded)):
        given = [one for one in cards.standing(workflow.events(case)) if one.why in cards.OVERDUE]
        owner = cast.people.get(given[-1].owner_id or 0) if given else None
        if left and owner is not None and appeals.may_appeal(case, owner, given[-1]):
            appeals.appeal(case, owner, n=given[-1].n, words=letters.APPEALED[0])
            left -= 1


def _quiet(*conditions: ColumnElement[bool]) -> Iterator[Case]:
    """Cases about nobody, to which nothing has happened for a while and nothing will before now; by their filing."""
    last = select(func.max(CaseEvent.at)).where(CaseEvent.case_id == Case.id).scalar_subquery()
    now = clock.now()
    query = select(Case).where(
        Case.about.is_(None), Case.is_for_discipline_alone.is_(False), last < now, *conditions
    )
    yield from db.session.scalars(query.order_by(Case.filed_at, Case.id)).all()
