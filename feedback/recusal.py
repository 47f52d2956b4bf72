"""回避: for whom a case does not exist, and the level that takes it instead.

Recusal is by person, whatever hat he wears. A case about the guardians of a micro-grid is taken by the village,
one about a village's cadres by the township, and further up while nobody unrecused and present is left; the last
is the discipline office. It is booked where it is taken, so that no figure below can tell.
"""

from sqlalchemy import select

from feedback import access, clock, db, teams
from feedback.models.cases import Case, CaseEvent, Recusal
from feedback.models.kinds import About
from feedback.models.people import Person, Role, Service, Team
from feedback.models.places import Level


def set_aside(case: Case) -> None:
    """Before SUBMIT, of a case about somebody's service: shuts them out and books it at the level that takes it."""
    if case.about is None or case.about_area_code is None:
        return
    role = Role.GUARDIAN if case.about is About.GUARDIAN else Role.VILLAGE
    serving = db.session.scalars(
        select(Service).where(Service.area_code == case.about_area_code, Service.role == role)
    ).all()
    for person in {service.person for service in teams.serving(serving)}:
        shut_out(case, person)
    level = Level.VILLAGE if case.about is About.GUARDIAN else Level.TOWNSHIP
    book(case, taking(case, teams.of(case.about_area_code[: level.digits])))


def shut_out(case: Case, person: Person) -> None:
    """From now on the case, and every one merged into it, does not exist for the person."""
    for one in [case, *db.session.scalars(select(Case).where(Case.main_case_id == case.id))]:
        if db.session.get(Recusal, (one.id, person.id)) is None:
            db.session.add(Recusal(case_id=one.id, person_id=person.id, at=clock.now()))
    db.session.flush()


def book(case: Case, team: Team) -> None:
    """Books and queues the case at the team that takes it."""
    case.area_code, case.area = team.area_code, team.area
    case.team_id, case.team, case.arrived_at = team.id, team, clock.now()
    db.session.flush()


def available(team: Team, case: Case) -> list[Person]:
    """Members of the team who are neither away nor shut out of the case."""
    return [person for person in teams.present(team) if not access.is_shut_out(person, case)]


def taking(case: Case, team: Team) -> Team:
    """The first team from there up with somebody available; else the first where somebody unrecused is only
    away; the discipline office when nobody unrecused is left."""
    for fits in (available, _unrecused):
        for one in _upward(team):
            if fits(one, case):
                return one
    return teams.discipline_of(case.area_code)


def _upward(team: Team) -> list[Team]:
    """The team and those above it, the nearest first."""
    higher = teams.above(team)
    return [team, *(_upward(higher) if higher is not None else ())]


def _unrecused(team: Team, case: Case) -> list[Person]:
    return [person for person in teams.members(team) if not access.is_shut_out(person, case)]


def next_up(case: Case) -> Team:
    """Who gets the case one level up from the team that holds it; the same team where nobody stands above."""
    higher = teams.above(case.team)
    return case.team if higher is None else taking(case, higher)


def next_up_afresh(case: Case) -> Team:
    """The same for a case she disputes: the first team up in which somebody is there who never owned it."""
    higher = teams.above(case.team)
    owners = set(db.session.scalars(select(CaseEvent.owner_id).where(CaseEvent.case_id == case.id).distinct()))
    for one in _upward(higher) if higher is not None else ():
        if any(person.id not in owners for person in available(one, case)):
            return one
    return next_up(case)


def level_above(case: Case, person: Person) -> Team:
    """The team that takes a case from which the person is recused: above his highest post over it, and not below
    the team that holds it now."""
    over = [one for one in teams.serving(person.services) if case.area_code.startswith(one.area_code)]
    highest = min((one.area_code for one in over), key=len, default=None)
    post = teams.of(highest) if highest is not None else case.team
    higher = teams.above(post)
    if higher is None:
        return teams.discipline_of(case.area_code)
    if len(case.team.area_code) < len(higher.area_code):
        higher = case.team
    return taking(case, higher)
