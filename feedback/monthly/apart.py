"""另报: which cases a report leaves out, so that it betrays none to somebody who is shut out of it.

A report is one text for all its readers, so it can't be told to each without what he is shut out from. It counts no
case that is for the discipline office alone, nor any from which somebody who watches over the area (and so may read
the report) was shut out at that instant. A printed sheet travels further than its readers, and a case's number can
be tried: the list of single cases therefore names none that is about somebody's service, nor any from which anybody
is recused. Every report says in the same words that such matters are told elsewhere, whether there are any or not.

Guardians and village cadres can't open reports, and what is about them is booked at the level above them.
Who watched is asked as of the report's day, so that the same cases are left out when it is worked out again.
"""

from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from feedback import access, clock, db
from feedback.models.cases import Case, CaseEvent, Recusal
from feedback.models.kinds import About, Action
from feedback.models.people import Role, Service
from feedback.models.places import DIGITS

ABOUT = {Role.GUARDIAN: About.GUARDIAN, Role.VILLAGE: About.CADRE}
"""As what somebody serves, and what a case about those is called."""


def from_reports(area_code: str, at: datetime) -> ColumnElement[bool]:
    """SQL: as at the instant, the case counts in no report of the area."""
    on = clock.local(at).date()
    watching = _watching(area_code, on)
    recused = exists().where(Recusal.case_id == Case.id, Recusal.at <= at, Recusal.person_id.in_(watching))
    return or_(_for_discipline_alone(at), recused, *_about_them(watching, on))


def from_lists(area_code: str, at: datetime) -> ColumnElement[bool]:
    """SQL: as at the instant, no list in a report of the area names the case."""
    recused = exists().where(Recusal.case_id == Case.id, Recusal.at <= at)
    return or_(from_reports(area_code, at), Case.about.is_not(None), recused)


def _watching(area_code: str, on: date) -> list[int]:
    """Ids of those who watch over the area on a day, from its own level or from above."""
    above = [area_code[:digits] for digits in DIGITS.values() if digits <= len(area_code)]
    return list(
        db.session.scalars(
            select(Service.person_id)
            .where(Service.role.in_(access.WATCHERS), Service.area_code.in_(above), *_served(on))
            .distinct()
        )
    )


def _about_them(people: list[int], on: date) -> list[ColumnElement[bool]]:
    """Cases about those among whom one of the people serves: it exists for none of them, whatever else he is."""
    rows = db.session.execute(
        select(Service.role, Service.area_code)
        .where(Service.person_id.in_(people), Service.role.in_(ABOUT), *_served(on))
        .distinct()
    ).all()
    return [
        and_(
            Case.about.is_not(None), Case.about == about, Case.about_area_code.is_not(None),
            Case.about_area_code.in_([code for held, code in rows if held is role]),
        )
        for role, about in ABOUT.items()
    ]


def _served(on: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Service.team_id.is_(None), Service.from_on <= on, or_(Service.to_on.is_(None), Service.to_on >= on),
    )


def _for_discipline_alone(at: datetime) -> ColumnElement[bool]:
    """It is, and was not made so only after the instant. (What was merged into such a case has no act of its own.)"""
    act = aliased(CaseEvent)
    made_so = exists().where(act.case_id == Case.id, act.action == Action.RECUSE)
    return and_(Case.is_for_discipline_alone, or_(made_so.where(act.at <= at), ~made_so))
