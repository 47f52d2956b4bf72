"""持件队: which teams there are, who serves in them today, and which team stands above another.

A micro-grid, a village, a township and a county each are a team; a township may have teams of its own, and the
discipline office is one. Above the township stands the county's team where somebody serves in it.
"""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, func, or_, select

from feedback import clock, db
from feedback.models.cases import Case
from feedback.models.people import Absence, Person, Role, Service, Team, TeamKind
from feedback.models.places import Area, Level
from feedback.words import N_

ROLE_AT = {
    Level.MICROGRID: Role.GUARDIAN,
    Level.VILLAGE: Role.VILLAGE,
    Level.TOWNSHIP: Role.TOWNSHIP,
    Level.COUNTY: Role.TOWNSHIP,
}
"""Which role makes somebody a member of an area's team."""
DISCIPLINE_NAME = N_("纪委")
TODAY = bindparam("today", type_=Date(), callable_=clock.today)
"""SQL: the Shanghai day on which the question is asked, however long ago it was put together."""


def of(area_code: str) -> Team:
    """The team of a micro-grid, village, township or county; made when it is first needed."""
    found = db.session.scalar(select(Team).where(Team.area_code == area_code, Team.kind == TeamKind.AREA))
    if found is not None:
        return found
    area = db.session.get_one(Area, area_code)
    return _made(area_code, TeamKind.AREA, area.name)


def discipline_of(area_code: str) -> Team:
    """The discipline office's team of the township (or county) an area lies in."""
    code = area_code[: Level.TOWNSHIP.digits]
    found = db.session.scalar(select(Team).where(Team.area_code == code, Team.kind == TeamKind.DISCIPLINE))
    return found or _made(code, TeamKind.DISCIPLINE, DISCIPLINE_NAME)


def _made(area_code: str, kind: TeamKind, name: str) -> Team:
    team = Team(area_code=area_code, kind=kind, name=name)
    db.session.add(team)
    db.session.flush()
    return team


def above(team: Team) -> Team | None:
    """The team one level up; None where nobody stands above (the top township, the discipline office)."""
    if team.kind is TeamKind.DISCIPLINE:
        return None
    if team.kind is TeamKind.OWN:
        return of(team.area_code)
    match len(team.area_code):
        case Level.MICROGRID.digits:
            return of(team.area_code[: Level.VILLAGE.digits])
        case Level.VILLAGE.digits:
            return of(team.area_code[: Level.TOWNSHIP.digits])
        case Level.TOWNSHIP.digits:
            return _county_team(team.area_code[: Level.COUNTY.digits])
        case _:
            return None


def _county_team(county_code: str) -> Team | None:
    if db.session.get(Area, county_code) is None:
        return None
    county = of(county_code)
    return county if members(county) else None


def waiting(area_code: str) -> Team:
    """Who looks first at a NEW case booked there: the village, else the township where the village has nobody."""
    village = area_code[: Level.VILLAGE.digits]
    if len(village) == Level.VILLAGE.digits and present(of(village)):
        return of(village)
    return of(area_code[: Level.TOWNSHIP.digits])


def serving(services: Iterable[Service], day: date | None = None) -> list[Service]:
    """Those of the services that run on a day (default: today)."""
    on = day or clock.today()
    return [one for one in services if one.from_on <= on and (one.to_on is None or on <= one.to_on)]


def is_away(person: Person, day: date | None = None) -> bool:
    on = day or clock.today()
    return any(one.from_on <= on <= one.to_on for one in person.absences)


def members(team: Team) -> list[Person]:
    """Who serves in the team today, away or not, by name of account."""
    condition = Service.team_id == team.id
    if team.kind is TeamKind.DISCIPLINE:
        condition = (Service.area_code == team.area_code) & (Service.role == Role.DISCIPLINE)
    elif team.kind is TeamKind.AREA:
        condition = (
            (Service.area_code == team.area_code)
            & (Service.role == ROLE_AT[team.area.level])
            & Service.team_id.is_(None)
        )
    return list(
        db.session.scalars(
            select(Person)
            .join(Service)
            .where(
                condition,
                Person.is_active,
                runs(),
            )
            .distinct()
            .order_by(Person.username)
        )
    )


def present(team: Team) -> list[Person]:
    """Members who are not away today."""
    away_today = set(db.session.scalars(away()))
    return [person for person in members(team) if person.id not in away_today]


def runs() -> ColumnElement[bool]:
    """SQL: the service runs today."""
    return and_(Service.from_on <= TODAY, or_(Service.to_on.is_(None), Service.to_on >= TODAY))


def away() -> Select[int]:
    """SQL: who is away today."""
    return select(Absence.person_id).where(Absence.from_on <= TODAY, Absence.to_on >= TODAY)


def seats(*conditions: ColumnElement[bool]) -> Select[int, int]:
    """SQL: who serves in which team (person_id, team_id) by the services for which the conditions hold."""
    role_fits = [
        and_(func.length(Team.area_code) == level.digits, Service.role == role) for level, role in ROLE_AT.items()
    ]
    of_area = and_(Service.area_code == Team.area_code, Service.team_id.is_(None))
    fits = or_(
        Service.team_id == Team.id,
        and_(of_area, Team.kind == TeamKind.AREA, or_(*role_fits)),
        and_(of_area, Team.kind == TeamKind.DISCIPLINE, Service.role == Role.DISCIPLINE),
    )
    return select(Service.person_id, Team.id.label("team_id")).join(Team, fits).where(*conditions)


def is_member(person: Person, team: Team) -> bool:
    """Whether the person serves in the team today."""
    return person.is_active and any(_fits(service, team) for service in serving(person.services))


def _fits(service: Service, team: Team) -> bool:
    if team.kind is TeamKind.OWN:
        return service.team_id == team.id
    if service.area_code != team.area_code or service.team_id is not None:
        return False
    if team.kind is TeamKind.DISCIPLINE:
        return service.role is Role.DISCIPLINE
    return service.role is ROLE_AT.get(team.area.level)


def post(person: Person, case: Case) -> Service | None:
    """The hat in which the person acts on a case: the holding team's, else the nearest area over the case."""
    services = serving(person.services)
    for service in services:
        if _fits(service, case.team):
            return service
    over = [one for one in services if case.area_code.startswith(one.area_code)]
    return max(over or services, key=lambda one: len(one.area_code), default=None)
