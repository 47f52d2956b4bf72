"""审计: what staff did, on cases and outside them. The auditor reads facts; no word of anybody is opened here."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from feedback import access, clock, db
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action
from feedback.models.people import Person, Role, Service
from feedback.models.records import StaffAct, StaffEvent
from feedback.supervision.pages import key_of, keyset

PAGE = 50
ON_A_CASE = (StaffAct.REVEAL, StaffAct.ERASE)
"""Acts whose subject is a case's number: nothing for whom the case does not exist."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which events: of these Shanghai days, both included; by this account; of this sort."""

    from_on: date
    to_on: date
    username: str = ""
    act: StaffAct | None = None
    action: Action | None = None


def staff_events(viewer: Person, asked: Asked, *, after: str = "") -> tuple[list[StaffEvent], str]:
    """Acts outside cases of people of the auditor's area, the newest first, and where the next page begins ('' at the
    end). Tries at sign-in that belong to no account of ours are among them."""
    ours = _people_of(viewer)
    is_ours = or_(
        StaffEvent.actor_id.in_(ours.with_only_columns(Person.id)),
        and_(
            StaffEvent.actor_id.is_(None),
            or_(StaffEvent.subject == "", StaffEvent.subject.in_(ours.with_only_columns(Person.username))),
        ),
    )
    known = access.facts(viewer).with_only_columns(Case.number)
    is_known = or_(StaffEvent.act.not_in(ON_A_CASE), StaffEvent.subject.in_(known))
    query = select(StaffEvent).where(
        is_ours, is_known, StaffEvent.at >= clock.start_of(asked.from_on), StaffEvent.at < clock.end_of(asked.to_on)
    )
    if asked.act is not None:
        query = query.where(StaffEvent.act == asked.act)
    if asked.username:
        person = select(Person.id).where(Person.username == asked.username).scalar_subquery()
        query = query.where(or_(StaffEvent.actor_id == person, StaffEvent.subject == asked.username))
    start = keyset(after)
    if start is not None:
        at, id_ = start
        query = query.where(or_(StaffEvent.at < at, and_(StaffEvent.at == at, StaffEvent.id < id_)))
    query = query.order_by(StaffEvent.at.desc(), StaffEvent.id.desc()).limit(PAGE + 1)
    found = list(db.session.scalars(query.options(joinedload(StaffEvent.actor))))
    return found[:PAGE], key_of(found[PAGE - 1].at, found[PAGE - 1].id) if len(found) > PAGE else ""


def case_events(viewer: Person, area_code: str, asked: Asked, *, after: str = "") -> tuple[list[CaseEvent], str]:
    """Facts of cases of an area that the viewer may know, the newest first, in pages like the staff events."""
    known = access.facts(viewer).with_only_columns(Case.id)
    query = (
        select(CaseEvent)
        .join(Case, Case.id == CaseEvent.case_id)
        .where(CaseEvent.at >= clock.start_of(asked.from_on), CaseEvent.at < clock.end_of(asked.to_on))
        .where(access.within(Case.area_code, area_code), Case.id.in_(known))
    )
    if asked.action is not None:
        query = query.where(CaseEvent.action == asked.action)
    if asked.username:
        query = query.where(CaseEvent.actor_id.in_(select(Person.id).where(Person.username == asked.username)))
    start = keyset(after)
    if start is not None:
        at, id_ = start
        query = query.where(or_(CaseEvent.at < at, and_(CaseEvent.at == at, CaseEvent.id < id_)))
    loaded = (contains_eager(CaseEvent.case), joinedload(CaseEvent.actor), joinedload(CaseEvent.team))
    query = query.order_by(CaseEvent.at.desc(), CaseEvent.id.desc()).limit(PAGE + 1)
    found = list(db.session.scalars(query.options(*loaded)))
    return found[:PAGE], key_of(found[PAGE - 1].at, found[PAGE - 1].id) if len(found) > PAGE else ""


def _people_of(viewer: Person) -> Select[Person]:
    """Whoever serves or served in the auditor's areas."""
    served = access.within_any(Service.area_code, access.scope(viewer).of(Role.AUDITOR))
    return select(Person).where(Person.id.in_(select(Service.person_id).where(served)))
