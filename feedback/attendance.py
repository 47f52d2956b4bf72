"""在岗: what is held by somebody who is not there goes back to the team, and from a team with nobody there goes up.

Who is missing is found among the staff, never among the cases: the work of a round grows with the people away
today and the teams nobody serves in, whatever the number of open cases.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, except_, select, tuple_, union

from feedback import clock, db, recusal, teams, workflow
from feedback.models.cases import Case
from feedback.models.kinds import Action, Status
from feedback.models.people import Absence, Person, Service, Team
from feedback.workflow import Who

BATCH = 50
WAITING = frozenset({Status.NEW, Status.ASSIGNED})
"""Nobody owns it: somebody of the team is to take it up."""
ABSENT = "absent"


def give_back() -> int:
    """A batch of cases whose owner is away today, has no account any more or serves in the team no longer goes back
    to the team. Returns how many; 0 when none is left."""
    for misplaced in (owners_away(), owners_gone()):
        found = db.session.scalars(misplaced.limit(BATCH).with_for_update(of=Case, skip_locked=True)).all()
        for case in found:
            workflow.record(case, Action.RELEASE, Who.SYSTEM, reason=ABSENT)
        if found:
            return len(found)
    return 0


def move_up() -> int:
    """A batch of cases nobody owns goes up from teams in which nobody is there today: what was assigned as what
    somebody above is to look at first, what waited to be looked at (in a village) to whoever is above it. Returns
    how many; 0 when none is left."""
    moved = 0
    for team in _deserted():
        for case in db.session.scalars(
            waiting_in(team).limit(BATCH - moved).with_for_update(of=Case, skip_locked=True)
        ):
            action = Action.RELEASE if case.status is Status.ASSIGNED else Action.ASSIGN
            workflow.record(case, action, Who.SYSTEM, team=recusal.next_up(case), reason=ABSENT)
            moved += 1
        if moved == BATCH:
            break
    return moved


def owners_away() -> Select[Case]:
    """Cases owned by people who are away today or whose account is closed."""
    return _owned().where(Case.owner_id.in_(union(_away(), select(Person.id).where(Person.is_active.is_(False)))))


def owners_gone() -> Select[Case]:
    """Cases owned by people whose service in the team that holds them has ended."""
    gone = except_(teams.seats(Service.to_on < clock.today()), teams.seats(teams.runs())).cte("gone")
    return _owned().where(
        Case.owner_id.in_(select(gone.c.person_id)),  # by this the index is read
        tuple_(Case.owner_id, Case.team_id).in_(select(gone.c.person_id, gone.c.team_id)),
    )


def waiting_in(team: Team) -> Select[Case]:
    """Cases in the team's queue that nobody owns."""
    return select(Case).where(Case.team_id == team.id, _waits())


def deserted() -> Select[Team]:
    """The teams in which nobody is there today, where something waits."""
    present = select(Person.id).where(Person.is_active, Person.id.not_in(_away()))
    staffed = teams.seats(teams.runs(), Service.person_id.in_(present)).subquery()
    something = select(Case.id).where(Case.team_id == Team.id, _waits()).exists()
    return select(Team).where(Team.id.not_in(select(staffed.c.team_id)), something).order_by(Team.id)


def _deserted() -> Sequence[Team]:
    """Of these, those with somebody above them."""
    return [team for team in db.session.scalars(deserted()).all() if teams.above(team) is not None]


def _owned() -> Select[Case]:
    return select(Case).where(Case.closed_at.is_(None), Case.status == Status.IN_PROGRESS)


def _waits() -> ColumnElement[bool]:
    return and_(Case.closed_at.is_(None), Case.next_due_at.is_not(None), Case.status.in_(WAITING))


def _away() -> Select[int]:
    today = clock.today()
    return select(Absence.person_id).where(Absence.from_on <= today, Absence.to_on >= today)
