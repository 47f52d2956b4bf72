"""谁该知道: the clerk's second book: who hears of a fact, worked out from who serves where, by hand.

A rung tells the team at half time, the owner and his leader when it is near, the leaders above when it is over, the
township's a day later; a household that said the same before is heard one rung higher as well. What comes to a
team is told to whoever of it is there; what happens to somebody's case is told to him, or to his team while nobody
owns it. Nobody hears of what he did himself, nobody who is shut out hears anything, and what is over is told to
somebody else than the owner; where nobody of a level can hear, the next level does, and behind the township the
discipline office. A letter's answer goes to whoever gave it, if he is there today, else to the township's leaders.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from feedback import db
from feedback.models.cases import Case, CaseEvent, Recusal
from feedback.models.kinds import About, Action, Answer, Outcome, Status
from feedback.models.people import Role, TeamKind
from tests.clerk import GRID, MICROGRID, TOWNSHIP, Register, day_of

Told = tuple[int, int]
"""A person and a fact (the event's id)."""
COMES = {
    Action.SUBMIT, Action.ASSIGN, Action.TRANSFER, Action.SEND_BACK, Action.ESCALATE, Action.RELEASE, Action.RECUSE,
    Action.DISPUTE, Action.FOLLOW_UP, Action.REOPEN, Action.UNMERGE,
}
"""Brings a case to a team."""
HIS = {
    Action.HAND_OVER, Action.ANSWER, Action.ADD, Action.REMIND, Action.CONFIRM, Action.RATE, Action.WITHDRAW,
    Action.EXTEND, Action.REFUSE_EXTENSION,
}
"""Happens to a case that somebody has in hand."""
REPEAT = timedelta(days=90)
UNREAL = {Outcome.MERGED, Outcome.WITHDRAWN, Outcome.INVALID}


@dataclass
class Crier:
    """Says who hears, as people serve on the day of telling."""

    register: Register
    now: datetime

    def __post_init__(self) -> None:
        self.day: date = day_of(self.now)
        self._away = self.register.away(self.day)

    def must_tell(self, events: Sequence[CaseEvent]) -> set[Told]:
        """Every (person, fact) of these facts."""
        return {(person, event.id) for event in events for person in self._hearers(event) - {event.actor_id}}

    # ---------------------------------------------------------------- the rules

    def _hearers(self, event: CaseEvent) -> set[int]:
        case = db.session.get_one(Case, event.case_id)
        action = event.action
        if action in COMES:
            return self._team(event, case) if self._has_come(event, case) else set()
        if action is Action.REMIND and event.actor_id is None and not event.by_her:
            return self._rung(event, case)
        if action in HIS:
            return self._owner(event, case)
        if action is Action.WITNESS:
            return self._above(event, case) if event.witnessed is False else set()
        if action is Action.ASK_EXTENSION:
            above = self.register.above(event.team_id)
            return self._team(event, case) if above is None else self._first(self._upward(above), case)[1]
        if action is Action.SUPERVISE:
            return self._owner(event, case) | self._leader(event, case)
        if action is Action.ANSWER_SUPERVISION:
            return self._who_gave_the_letter(event, case)
        if action is Action.APPEAL:
            return self._township(event, case)
        if action is Action.DECIDE_APPEAL:
            return self._who_did(event, case, Action.APPEAL, CaseEvent.of_n == event.of_n)
        return set()

    def _has_come(self, event: CaseEvent, case: Case) -> bool:
        """It waits there for somebody, and nothing right after tells it better."""
        if event.status not in {Status.NEW, Status.ASSIGNED} or case.closed_at or case.team_id != event.team_id:
            return False
        if event.action is Action.FOLLOW_UP:
            return event.answer is Answer.NOT_SOLVED
        second = select(CaseEvent.action).where(CaseEvent.case_id == case.id, CaseEvent.n == 2)
        return event.action is not Action.SUBMIT or db.session.scalar(second) not in COMES

    def _rung(self, event: CaseEvent, case: Case) -> set[int]:
        if event.reason == "letter_overdue":
            return self._who_gave_the_letter(event, case) | self._owner(event, case) | self._leader(event, case)
        steps = [self._team, self._owner_and_leader, self._above, self._township]
        n = ("half", "near", "overdue", "day_over").index(str(event.reason).partition("_")[2])
        told = steps[n : n + 1 + self._said_before(case)]
        return {person for tell in told for person in tell(event, case)}

    def _said_before(self, case: Case) -> bool:
        """The household said the same in the ninety days before, and the team may know of that."""
        if case.household_id is None:
            return False
        team = self.register.teams[case.team_id]
        earlier = db.session.scalars(
            select(Case).where(Case.household_id == case.household_id, Case.filed_at < case.filed_at,
                               Case.filed_at >= case.filed_at - REPEAT)
        )
        return any(
            one.outcome not in UNREAL and one.about is None and not one.is_for_discipline_alone
            and not self._recused(one)
            and (one.category_id == case.category_id if case.category_id else one.kind is case.kind)
            and (one.team_id == case.team_id
                 or (team.kind is TeamKind.AREA and one.area_code.startswith(team.area_code)))
            for one in earlier
        )

    # ---------------------------------------------------------------- the people

    def _team(self, event: CaseEvent, case: Case) -> set[int]:
        return self._first(self._holding(event, case), case)[1]

    def _owner(self, event: CaseEvent, case: Case) -> set[int]:
        owner = event.owner_id
        is_there = owner is not None and owner not in self._away and self.may_know(owner, case)
        return {owner} if is_there and owner is not None else self._team(event, case)

    def _leader(self, event: CaseEvent, case: Case) -> set[int]:
        """The team's leader; of a micro-grid the grid's too."""
        team = self.register.teams[event.team_id]
        found = self.register.leaders(event.team_id, self.day)
        if team.kind is TeamKind.AREA and len(team.area_code) == MICROGRID:
            grid = team.area_code[:GRID]
            found |= {one.person_id for one in self._serving() if one.is_leader and one.area_code == grid}
        return {person for person in found - self._away if self.may_know(person, case)}

    def _owner_and_leader(self, event: CaseEvent, case: Case) -> set[int]:
        return self._owner(event, case) | self._leader(event, case)

    def _above(self, event: CaseEvent, case: Case) -> set[int]:
        own, *higher = self._holding(event, case)
        chain = [own, *higher] if self.register.above(own) is None else [*higher, own]
        return self._beside_the_owner(chain, event, case)

    def _township(self, event: CaseEvent, case: Case) -> set[int]:
        if case.is_for_discipline_alone:
            return self._team(event, case)
        return self._beside_the_owner(self._upward(self._area_team(event.area_code[:TOWNSHIP])), event, case)

    def _who_gave_the_letter(self, event: CaseEvent, case: Case) -> set[int]:
        return self._who_did(event, case, Action.SUPERVISE) - self._away or self._township(event, case)

    def _who_did(self, event: CaseEvent, case: Case, action: Action, *more: Any) -> set[int]:
        actor = db.session.scalar(
            select(CaseEvent.actor_id)
            .where(CaseEvent.case_id == case.id, CaseEvent.action == action, CaseEvent.n < event.n, *more)
            .order_by(CaseEvent.n.desc())
        )
        return {actor} if actor is not None and self.may_know(actor, case) else set()

    # ---------------------------------------------------------------- levels

    def _holding(self, event: CaseEvent, case: Case) -> list[int]:
        return [self._discipline()] if case.is_for_discipline_alone else self._upward(event.team_id)

    def _upward(self, team_id: int) -> list[int]:
        higher = self.register.above(team_id)
        if higher is not None:
            return [team_id, *self._upward(higher)]
        return [team_id] if team_id == self._discipline() else [team_id, self._discipline()]

    def _first(self, chain: Iterable[int], case: Case) -> tuple[int, set[int]]:
        for team_id in chain:
            found = {one for one in self.register.present(team_id, self.day) if self.may_know(one, case)}
            if found:
                return team_id, found
        return 0, set()

    def _beside_the_owner(self, chain: Sequence[int], event: CaseEvent, case: Case) -> set[int]:
        """Leaders, else all, of the first team in which somebody else than the owner can hear; else he himself."""
        for team_id in chain:
            _team, found = self._first([team_id], case)
            if others := found - {event.owner_id}:
                return self._leaders_or_all((team_id, others))
        return self._leaders_or_all(self._first(chain, case))

    def _leaders_or_all(self, found: tuple[int, set[int]]) -> set[int]:
        team_id, people = found
        return people & self.register.leaders(team_id, self.day) or people if team_id else set()

    def _area_team(self, code: str) -> int:
        teams = self.register.teams.values()
        return next(one.id for one in teams if one.kind is TeamKind.AREA and one.area_code == code)

    def _discipline(self) -> int:
        return next(one.id for one in self.register.teams.values() if one.kind is TeamKind.DISCIPLINE)

    # ---------------------------------------------------------------- who may know

    def _serving(self) -> Iterator[Any]:
        for one in self.register.posts:
            if one.from_on <= self.day and (one.to_on is None or self.day <= one.to_on):
                yield one

    def may_know(self, person: int, case: Case) -> bool:
        """Whether the person serves over the case or holds it, and is not shut out of it."""
        if person in self.register.left or self.is_shut_out(person, case):
            return False
        over = any(
            one.team_id is None and one.role is not Role.ADMIN and case.area_code.startswith(one.area_code)
            for one in self._serving() if one.person_id == person
        )
        return over or person in self.register.members(case.team_id, self.day)

    def is_shut_out(self, person: int, case: Case) -> bool:
        """Whether the case does not exist for the person today."""
        if person in self._recused(case):
            return True
        served = {(one.role, one.area_code) for one in self._serving() if one.person_id == person}
        if case.is_for_discipline_alone and (Role.DISCIPLINE, case.area_code[:TOWNSHIP]) not in served:
            return True
        role = {About.GUARDIAN: Role.GUARDIAN, About.CADRE: Role.VILLAGE, None: None}[case.about]
        return role is not None and (role, case.about_area_code) in served

    def _recused(self, case: Case) -> set[int]:
        return set(db.session.scalars(select(Recusal.person_id).where(Recusal.case_id == case.id)))
