"""在岗: what is held by somebody who is not there goes back to the team, and from a team with nobody there goes up.

Who is missing is found among the staff, never among the cases: the work of a round grows with the people away
today and the teams nobody serves in, whatever the number of open cases.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Executable, Select, and_, except_, func, or_, select, tuple_, union

from feedback import db, recusal, teams, workflow
from feedback.models.cases import Case
from feedback.models.kinds import Action, Status
from feedback.models.people import Person, Service, Team, TeamKind
from feedback.models.places import Level
from feedback.workflow import Who

BATCH = 50
ABSENT = "absent"
"""The reason of what is moved because nobody is there."""

log = logging.getLogger(__name__)


def give_back() -> int:
    """A batch of cases whose owner is away today, has no account any more or serves in the team no longer goes back
    to the team. Returns how many; 0 when none is left."""
    return _each(_owned_by(_missing()), _release) or _each(_owned_in(_left()), _release)


def move_up() -> int:
    """A batch of cases nobody owns goes up from teams in which nobody is there today: what was assigned as what
    somebody above is to look at first, what waited to be looked at (in a village) to whoever is above it. Returns
    how many; 0 when none is left."""
    return _each(_waiting_in([*_deserted(), *_deserted_tops()]), _pass_up)


def _release(case: Case) -> None:
    workflow.record(case, Action.RELEASE, Who.SYSTEM, reason=ABSENT)


def _pass_up(case: Case) -> None:
    action = Action.RELEASE if case.status is Status.ASSIGNED else Action.ASSIGN
    workflow.record(case, action, Who.SYSTEM, team=recusal.next_up(case), reason=ABSENT)


def _each(cases: Sequence[Case], act: Callable[[Case], None]) -> int:
    """How many of them it was done to; one that fails is logged, stops no other, and is tried again each round."""
    done = 0
    for case in cases:
        number = case.number
        try:
            with db.session.begin_nested():
                act(case)
            done += 1
        except Exception:
            log.exception("case %s could not be moved from who is not there", number)
    return done


# ---------------------------------------------------------------- who is missing


def _missing() -> Sequence[int]:
    """Who is away today or has no account any more."""
    return db.session.scalars(_asked_each_round().missing).all()


def _left() -> Sequence[tuple[int, int]]:
    """Who serves no longer in which team (person_id, team_id)."""
    return [(row.person_id, row.team_id) for row in db.session.execute(_asked_each_round().left)]


def _deserted() -> Sequence[int]:
    """Teams with nobody there today that surely have one above them: own ones, and those below the township."""
    return db.session.scalars(_asked_each_round().deserted).all()


def _deserted_tops() -> Sequence[int]:
    """Townships with nobody there today, where somebody serves in the county."""
    tops = db.session.scalars(_asked_each_round().tops).all()
    return [team.id for team in tops if teams.above(team) is not None]


class Questions(NamedTuple):
    """What each round asks of the staff: put together once, for the day on which it is asked."""

    missing: Executable
    left: Executable
    deserted: Executable
    tops: Executable


@cache
def _asked_each_round() -> Questions:
    is_below = func.length(Team.area_code) > Level.TOWNSHIP.digits
    is_top = and_(Team.kind == TeamKind.AREA, func.length(Team.area_code) == Level.TOWNSHIP.digits)
    return Questions(
        missing=union(teams.away(), select(Person.id).where(Person.is_active.is_(False))),
        left=except_(teams.seats(Service.to_on < teams.TODAY), teams.seats(teams.runs())),
        deserted=_nobody_there(Team.id).where(or_(Team.kind == TeamKind.OWN, is_below)),
        tops=_nobody_there(Team).where(is_top),
    )


def _nobody_there(what: Any) -> Select[Any]:
    present = select(Person.id).where(Person.is_active, Person.id.not_in(teams.away()))
    staffed = teams.seats(teams.runs(), Service.person_id.in_(present)).subquery()
    return select(what).where(Team.id.not_in(select(staffed.c.team_id)))


# ---------------------------------------------------------------- their cases, by the order of an index


def _owned_by(people: Collection[int]) -> Sequence[Case]:
    return _batch(_owned().where(Case.owner_id.in_(people))) if people else []


def _owned_in(seats: Collection[tuple[int, int]]) -> Sequence[Case]:
    people = {person_id for person_id, _team_id in seats}
    in_them = tuple_(Case.owner_id, Case.team_id).in_(seats)
    return _batch(_owned().where(Case.owner_id.in_(people), in_them)) if seats else []


def _owned() -> Select[Case]:
    return select(Case).where(Case.closed_at.is_(None), Case.status == Status.IN_PROGRESS).order_by(Case.owner_id)


def _waiting_in(team_ids: Collection[int]) -> Sequence[Case]:
    waits = (
        Case.closed_at.is_(None), Case.next_due_at.is_not(None), Case.status.in_((Status.NEW, Status.ASSIGNED)),
    )
    query = select(Case).where(Case.team_id.in_(team_ids), *waits)
    return _batch(query.order_by(Case.team_id, Case.next_due_at, Case.id)) if team_ids else []


def _batch(query: Select[Case]) -> Sequence[Case]:
    return db.session.scalars(query.limit(BATCH).with_for_update(of=Case, skip_locked=True)).all()
