"""待办: a person's queue, due first, page by keyset; as fast at five million cases as at five thousand.

Each team's open cases come from a partial index in the right order; a person serves in few teams, and their
streams are merged here. What nobody has been asked to act on (待受理) stands first, on its own.
"""

import heapq
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import joinedload

from feedback import access, clock, db, teams
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action, Status
from feedback.models.people import Person, Role, Team, TeamKind
from feedback.words import N_

PAGE = 20
FIRST = 100
"""So many 待受理 are shown at the top; there are few, or something is wrong."""


class Filter(StrEnum):
    """The queue's filter bar."""

    ALL = "all"
    TO_RESPOND = "to_respond"
    IN_PROGRESS = "in_progress"
    MINE = "mine"
    WAITING = "waiting"
    ELSEWHERE = "elsewhere"

    @property
    def label(self) -> str:
        return {
            Filter.ALL: N_("全部"),
            Filter.TO_RESPOND: N_("待响应"),
            Filter.IN_PROGRESS: N_("办理中"),
            Filter.MINE: N_("我办的"),
            Filter.WAITING: N_("等回话"),
            Filter.ELSEWHERE: N_("上面办"),
        }[self]


STATUSES = {
    Filter.ALL: (Status.ASSIGNED, Status.IN_PROGRESS),
    Filter.TO_RESPOND: (Status.ASSIGNED,),
    Filter.IN_PROGRESS: (Status.IN_PROGRESS,),
    Filter.MINE: (Status.IN_PROGRESS,),
    Filter.WAITING: (Status.REPORTED_BACK,),
    Filter.ELSEWHERE: (Status.NEW, Status.ASSIGNED, Status.IN_PROGRESS),
}


@dataclass(frozen=True)
class Page:
    """One page of the queue: what waits for the person's yes or no and 待受理 first (only on the first page), then by
    due; `after` leads to the next page."""

    asked: list[Case]
    first: list[Case]
    cases: list[Case]
    after: str | None


def due_first(person: Person, chosen: Filter = Filter.ALL, *, after: str | None = None) -> Page:
    """The person's queue from the keyset on (`after` of the page before; a broken one starts at the front)."""
    start = _keyset(after)
    streams = [_stream(person, chosen, team, start) for team in _streams_of(person, chosen)]
    merged = heapq.merge(*streams, key=lambda one: (_instant(chosen, one), one.id))
    found = list(islice(merged, PAGE + 1))
    shown = found[:PAGE]
    following = f"{int(_instant(chosen, shown[-1]).timestamp())}-{shown[-1].id}" if len(found) > PAGE else None
    shows_new = start is None and chosen in {Filter.ALL, Filter.TO_RESPOND}
    shows_asked = start is None and chosen is Filter.ALL
    return Page(_asked(person) if shows_asked else [], _new(person) if shows_new else [], shown, following)


def counts(person: Person) -> dict[Filter, int]:
    """How many there are behind each filter."""
    queues = [team.id for team in access.my_teams(person)]
    here = access.cases(person).where(Case.team_id.in_(queues), Case.closed_at.is_(None))
    mine = func.sum(case((Case.owner_id == person.id, 1), else_=0))
    rows = db.session.execute(
        here.where(Case.next_due_at.is_not(None))
        .with_only_columns(Case.status, func.count(), mine)
        .group_by(Case.status)
    ).all()
    total = dict.fromkeys(Status, 0) | {status: count for status, count, _mine in rows}
    owned = {status: int(count) for status, _count, count in rows}
    waiting = here.where(Case.next_due_at.is_(None)).with_only_columns(func.count())
    elsewhere = _elsewhere(person).with_only_columns(func.count())
    return {
        Filter.ALL: total[Status.NEW] + total[Status.ASSIGNED] + total[Status.IN_PROGRESS],
        Filter.TO_RESPOND: total[Status.NEW] + total[Status.ASSIGNED],
        Filter.IN_PROGRESS: total[Status.IN_PROGRESS],
        Filter.MINE: owned.get(Status.IN_PROGRESS, 0),
        Filter.WAITING: db.session.scalar(waiting) or 0,
        Filter.ELSEWHERE: db.session.scalar(elsewhere) or 0,
    }


def overdue(person: Person) -> int:
    """How many of the person's queue are past their due."""
    queues = [team.id for team in access.my_teams(person)]
    return (
        db.session.scalar(
            access.cases(person)
            .where(Case.team_id.in_(queues), Case.closed_at.is_(None), Case.next_due_at < clock.now())
            .with_only_columns(func.count())
        )
        or 0
    )


def fresh(person: Person, since: datetime | None) -> int:
    """How many came to the person's teams since an instant."""
    if since is None:
        return 0
    queues = [team.id for team in access.my_teams(person)]
    return (
        db.session.scalar(
            access.cases(person)
            .where(
                Case.team_id.in_(queues),
                Case.closed_at.is_(None),
                Case.next_due_at.is_not(None),
                Case.arrived_at > since,
            )
            .with_only_columns(func.count())
        )
        or 0
    )


def of_household(person: Person, household_id: int, *, most: int = 20) -> list[Case]:
    """The household's cases, newest first, among those the person may read."""
    return list(
        db.session.scalars(
            access.cases(person)
            .where(Case.household_id == household_id)
            .order_by(Case.filed_at.desc(), Case.id.desc())
            .limit(most)
        )
    )


def _new(person: Person) -> list[Case]:
    queues = [team.id for team in access.my_teams(person)]
    return list(
        db.session.scalars(
            access.cases(person)
            .where(
                Case.team_id.in_(queues),
                Case.closed_at.is_(None),
                Case.next_due_at.is_not(None),
                Case.status == Status.NEW,
            )
            .order_by(Case.next_due_at, Case.id)
            .limit(FIRST)
        )
    )


def _asked(person: Person) -> list[Case]:
    """Cases for which more time is asked of those above, the nearest due first: held by the teams right below the
    person's, or by his own where nobody stands above it. What he asked for himself is for others to decide."""
    below = [fits for team in access.my_teams(person) for fits in _right_below(team)]
    if not below:
        return []
    own = select(CaseEvent.id).where(
        CaseEvent.case_id == Case.id, CaseEvent.action == Action.ASK_EXTENSION, CaseEvent.actor_id == person.id,
        CaseEvent.at == Case.extension_asked_at,
    )
    return list(
        db.session.scalars(
            access.cases(person)
            .join(Team, Team.id == Case.team_id)
            .where(
                or_(*below),
                Case.closed_at.is_(None),
                Case.next_due_at.is_not(None),
                Case.extension_asked_at.is_not(None),
                Case.owner_id != person.id,
                ~own.exists(),
            )
            .order_by(Case.next_due_at, Case.id)
            .limit(FIRST)
        )
    )


def _right_below(team: Team) -> list[ColumnElement[bool]]:
    """SQL: the teams from which a request comes to this one."""
    found = [Team.id == team.id] if teams.above(team) is None else []
    if team.kind is TeamKind.AREA:
        here = access.within(Team.area_code, team.area_code)
        lower = [level.digits for level in teams.ROLE_AT if level.digits > len(team.area_code)]
        if lower:
            found.append(and_(Team.kind == TeamKind.AREA, here, func.length(Team.area_code) == min(lower)))
        found.append(and_(Team.kind == TeamKind.OWN, Team.area_code == team.area_code))
    return found


def _streams_of(person: Person, chosen: Filter) -> list[Team | None]:
    """One stream a team; what is held elsewhere is one stream of its own."""
    return [None] if chosen is Filter.ELSEWHERE else [*access.my_teams(person)]


def _stream(person: Person, chosen: Filter, team: Team | None, start: tuple[datetime, int] | None) -> list[Case]:
    query = _elsewhere(person) if team is None else access.cases(person).where(Case.team_id == team.id)
    column = Case.wakes_at if chosen is Filter.WAITING else Case.next_due_at
    has_due = Case.next_due_at.is_(None) if chosen is Filter.WAITING else Case.next_due_at.is_not(None)
    query = query.where(Case.closed_at.is_(None), has_due, Case.status.in_(STATUSES[chosen]))
    if chosen is Filter.MINE:
        query = query.where(Case.owner_id == person.id)
    if start is not None:
        query = query.where(or_(column > start[0], and_(column == start[0], Case.id > start[1])))
    query = query.order_by(column, Case.id).limit(PAGE + 1).options(joinedload(Case.household), joinedload(Case.owner))
    return list(db.session.scalars(query))


def _elsewhere(person: Person) -> Select[Case]:
    """Cases of a guardian's own micro-grids that another team holds: he may still make the visit."""
    mine = access.scope(person).of(Role.GUARDIAN)
    queues = [team.id for team in access.my_teams(person)]
    return access.cases(person).where(
        Case.area_code.in_(mine), Case.team_id.not_in(queues), Case.closed_at.is_(None), Case.next_due_at.is_not(None)
    )


def _instant(chosen: Filter, one: Case) -> datetime:
    instant = one.wakes_at if chosen is Filter.WAITING else one.next_due_at
    if instant is None:
        raise AssertionError("the query asked for cases with an instant")
    return instant


def _keyset(text: str | None) -> tuple[datetime, int] | None:
    seconds, _, number = (text or "").partition("-")
    if not (seconds.isdecimal() and number.isdecimal() and len(seconds) <= 11 and len(number) <= 18):
        return None
    return datetime.fromtimestamp(int(seconds), clock.SHANGHAI), int(number)
