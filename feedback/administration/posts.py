"""任职与请假: from which day to which a person wears a hat where, and the days they are away.

A service is never erased, only ended: figures and events of its days keep their meaning. Administrator and auditor
handle no cases, so neither hat goes with another.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import or_, select

from feedback import access, clock, db, teams
from feedback.administration import authority
from feedback.errors import Missing, Refusal
from feedback.identity import trail
from feedback.models.people import Absence, Person, Role, Service, Team, TeamKind
from feedback.models.places import LEVEL_OF_LENGTH, Level
from feedback.models.records import StaffAct
from feedback.roster import LEVELS
from feedback.roster.staff import ALONE
from feedback.words import N_

LONGEST_ABSENCE = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class Post:
    """A hat to be given: `to_on` is the last day, none while it has no end."""

    role: Role
    area_code: str
    is_leader: bool = False
    team_id: int | None = None
    from_on: date
    to_on: date | None = None


def add(by: Person, person: Person, post: Post) -> Service:
    """A further post of the person. Refused at a level the role does not serve, twice, or beside one it excludes."""
    db.write()
    area = authority.require(by, post.area_code)
    if LEVEL_OF_LENGTH[len(area.code)] not in LEVELS[post.role]:
        raise Refusal(N_("这个角色不在这一级任职。"), field="area_code")
    if post.to_on is not None and post.to_on < post.from_on:
        raise Refusal(N_("最后一天不能早过第一天。"), field="to_on")
    _require_team_fits(post)
    running = [one for one in person.services if _overlap(one, post.from_on, post.to_on)]
    if any((one.role, one.area_code, one.team_id) == (post.role, post.area_code, post.team_id) for one in running):
        raise Refusal(N_("这几天里已经有这个任职了。"), field="role")
    _require_together(post.role, running, field="role")
    service = Service(person_id=person.id, area_code=area.code, role=post.role, is_leader=post.is_leader,
                      team_id=post.team_id, from_on=post.from_on, to_on=post.to_on)
    db.session.add(service)
    db.session.flush()
    db.session.refresh(person)
    _note(by, service, "added")
    return service


def end(by: Person, service: Service, last_on: date) -> None:
    """The service's last day. A day past takes effect at once; cases the person holds the timer gives back."""
    db.write()
    authority.require(by, service.area_code)
    if service.person_id == by.id and service.role is Role.ADMIN:
        raise Refusal(N_("不能结束自己的管理员任职，请另一位管理员来办。"))
    if last_on < service.from_on - timedelta(days=1):
        raise Refusal(N_("最后一天不能早过第一天。"), field="last_on")
    others = [one for one in service.person.services if one.id != service.id]
    beside = [one for one in others if _overlap(one, service.from_on, last_on)]
    _require_together(service.role, beside, field="last_on")  # a later last day must not reach into another hat
    service.to_on = last_on
    _note(by, service, "ended")


def set_leader(by: Person, service: Service, is_leader: bool) -> None:
    """Whether the person leads there (网格长, 村书记)."""
    db.write()
    authority.require(by, service.area_code)
    if service.is_leader != is_leader:
        service.is_leader = is_leader
        _note(by, service, "leader")


def of(person: Person, service_id: int) -> Service:
    """One of the person's services; Missing when it is somebody else's."""
    service = db.session.get(Service, service_id)
    if service is None or service.person_id != person.id:
        raise Missing
    return service


def add_absence(by: Person, person: Person, from_on: date, to_on: date) -> Absence:
    """Days away, both included; on them cases go to who is present."""
    db.write()
    _require_days(by, person)
    if to_on < from_on:
        raise Refusal(N_("最后一天不能早过第一天。"), field="to_on")
    if to_on - from_on > LONGEST_ABSENCE:
        raise Refusal(N_("请假最长一年；更长请结束任职。"), field="to_on")
    absence = Absence(person_id=person.id, from_on=from_on, to_on=to_on)
    db.session.add(absence)
    db.session.flush()
    db.session.refresh(person)
    days = [from_on.isoformat(), to_on.isoformat()]
    trail.leave(StaffAct.PERSON, by, subject=person.username, change="away", days=days)
    return absence


def end_absence(by: Person, person: Person, absence_id: int) -> None:
    """Back again: an absence that has begun ends yesterday, one still to come is taken out."""
    db.write()
    _require_days(by, person)
    absence = db.session.get(Absence, absence_id)
    if absence is None or absence.person_id != person.id:
        raise Missing
    days = [absence.from_on.isoformat(), absence.to_on.isoformat()]
    yesterday = clock.today() - timedelta(days=1)
    if absence.from_on > yesterday:
        db.session.delete(absence)
    else:
        absence.to_on = min(absence.to_on, yesterday)
    db.session.flush()
    db.session.refresh(person)
    trail.leave(StaffAct.PERSON, by, subject=person.username, change="back", days=days)


def led_by(leader: Person) -> list[Person]:
    """Whose days away a leader may set too: those who serve where he leads (of a township, its own officers)."""
    led = [one.area_code for one in teams.serving(leader.services) if one.is_leader]
    exact = Service.area_code.in_([code for code in led if len(code) <= Level.TOWNSHIP.digits])
    below = access.within_any(Service.area_code, [code for code in led if len(code) > Level.TOWNSHIP.digits])
    today = clock.today()
    serves = (Service.from_on <= today, or_(Service.to_on.is_(None), Service.to_on >= today), Person.is_active)
    query = select(Person).join(Service).where(or_(exact, below), *serves, Person.id != leader.id)
    return list(db.session.scalars(query.distinct().order_by(Person.username)))


def own_teams(area_codes: list[str]) -> list[Team]:
    """The townships' own teams, by area and name."""
    own = (Team.kind == TeamKind.OWN, Team.area_code.in_(area_codes))
    return list(db.session.scalars(select(Team).where(*own).order_by(Team.area_code, Team.name)))


def current(person: Person) -> list[Service]:
    """What the person is today, the widest area first."""
    return sorted(teams.serving(person.services), key=lambda one: (len(one.area_code), one.area_code))


def _require_days(by: Person, person: Person) -> None:
    """Raises Forbidden unless it is the person himself, somebody who leads him, or the administrator."""
    if by.id != person.id and all(one.id != person.id for one in led_by(by)):
        authority.require_managed(by, person)


def _require_team_fits(post: Post) -> None:
    if post.team_id is None:
        return
    team = db.session.get(Team, post.team_id)
    if team is None or team.kind is not TeamKind.OWN or team.area_code != post.area_code:
        raise Refusal(N_("这个队不在这个镇街。"), field="team_id")
    if post.role is not Role.TOWNSHIP:
        raise Refusal(N_("只有镇干部可以在镇自己的队里"), field="team_id")


def _require_together(role: Role, beside: Iterable[Service], *, field: str) -> None:
    roles = {role, *(one.role for one in beside)}
    if roles & ALONE and len(roles) > 1:
        raise Refusal(N_("管理员和审计不能兼任别的"), field=field)


def _overlap(service: Service, from_on: date, to_on: date | None) -> bool:
    begins_before_end = to_on is None or service.from_on <= to_on
    return begins_before_end and (service.to_on is None or service.to_on >= from_on)


def _note(by: Person, service: Service, change: str) -> None:
    trail.leave(
        StaffAct.ROLE,
        by,
        subject=service.person.username,
        change=change,
        role=service.role.value,
        area=service.area_code,
        leader=service.is_leader,
        team=service.team.name if service.team else None,
        days=[service.from_on.isoformat(), service.to_on.isoformat() if service.to_on else None],
    )
