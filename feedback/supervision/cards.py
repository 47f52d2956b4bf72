"""蓝黄红牌: the cards of a stretch of days by team and by person, and the appeals that wait for a decision.

Which cards a case has drawn is worked out from its events (`feedback.cards`); here are only those the viewer may know.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import aliased, joinedload

from feedback import access, cards, clock, db, workflow
from feedback.cards import Card, Given
from feedback.models.cases import APPEALS, RUNGS, Case, CaseEvent
from feedback.models.kinds import Action
from feedback.models.people import Person, Team, TeamKind
from feedback.supervision import happened

TOLD_BY = (frozenset(Action) - workflow.QUIET) | {
    Action.REMIND, Action.SUPERVISE, Action.END_SUPERVISION, Action.APPEAL, Action.DECIDE_APPEAL,
}  # fmt: skip
"""The events from which cards are worked out: those that draw them, and those that say who held the case then."""


@dataclass(frozen=True)
class Drawn:
    """One card, the case that drew it, and on whom it stands."""

    case: Case
    given: Given
    team: Team
    owner: Person | None

    @property
    def team_key(self) -> str:
        """The team as an address says it: its area's code; an own team's has its name behind it."""
        return self.team.area_code if self.team.kind is TeamKind.AREA else f"{self.team.area_code}/{self.team.name}"


@dataclass
class Tally:
    """The cards of one team or person: how many of each stand, and how many an appeal has lifted."""

    key: str
    name: str
    team: Team
    standing: Counter[Card] = field(default_factory=Counter)
    lifted: int = 0


def drawn(viewer: Person, area_code: str, from_on: date, to_on: date) -> list[Drawn]:
    """The cards given in these Shanghai days, both included, lifted ones too, the newest first."""
    since, until = clock.start_of(from_on), clock.end_of(to_on)
    rungs = select(CaseEvent.case_id).where(
        text(RUNGS), access.within(CaseEvent.area_code, area_code), CaseEvent.at >= since, CaseEvent.at < until
    )
    found = _all(access.facts(viewer).where(Case.id.in_(rungs)))
    return [one for one in found if since <= one.given.at < until]


def waiting(viewer: Person, area_code: str) -> list[Drawn]:
    """The cards against which an appeal waits for a decision, whenever they were given; the oldest first."""
    found = _all(access.facts(viewer).where(Case.id.in_(_appealed(area_code))))
    return [one for one in reversed(found) if one.given.is_waiting]


def narrowed(found: Iterable[Drawn], *, card: Card | None, team: str, owner: str, is_lifted: bool) -> list[Drawn]:
    """Those of a cell of the tables; an empty value narrows nothing."""
    return [
        one for one in found
        if one.given.is_lifted is is_lifted and card in {None, one.given.card} and team in {"", one.team_key}
        and (not owner or (one.owner is not None and one.owner.staff_number == owner))
    ]


def by_team(found: Iterable[Drawn]) -> list[Tally]:
    """One row a team, the heaviest first."""
    return _tallied(found, lambda one: (one.team_key, one.team.name))


def by_person(found: Iterable[Drawn]) -> list[Tally]:
    """One row a person on whom a card stands; what nobody had taken up stands on the team alone."""
    owned = (one for one in found if one.owner is not None)
    return _tallied(owned, lambda one: (one.owner.staff_number, one.owner.name) if one.owner else ("", ""))


def _tallied(found: Iterable[Drawn], called: Callable[[Drawn], tuple[str, str]]) -> list[Tally]:
    rows: dict[str, Tally] = {}
    for one in found:
        key, name = called(one)
        row = rows.setdefault(key, Tally(key, name, one.team))
        if one.given.is_lifted:
            row.lifted += 1
        else:
            row.standing[one.given.card] += 1
    return sorted(rows.values(), key=lambda row: (*(-row.standing[card] for card in reversed(Card)), row.key))


def _appealed(area_code: str) -> Select[int]:
    """The cases of an area with more appeals than decisions."""
    decision = aliased(CaseEvent)
    decisions = (
        select(func.count()).select_from(decision)
        .where(decision.case_id == CaseEvent.case_id, decision.action == Action.DECIDE_APPEAL)
    )
    appeals = select(CaseEvent.case_id).where(text(APPEALS), access.within(CaseEvent.area_code, area_code))
    return appeals.group_by(CaseEvent.case_id).having(func.count() > decisions.scalar_subquery())


def _all(known: Select[Case]) -> list[Drawn]:
    """Every card of these cases, the newest first."""
    found = db.session.scalars(known.options(joinedload(Case.area))).unique().all()
    told = happened.to(found, TOLD_BY)
    pairs = [(case, given) for case in found for given in cards.given(told[case.id])]
    team_ids, owner_ids = {given.team_id for _, given in pairs}, {given.owner_id for _, given in pairs} - {None}
    teams = {one.id: one for one in db.session.scalars(select(Team).where(Team.id.in_(team_ids)))}
    people = {one.id: one for one in db.session.scalars(select(Person).where(Person.id.in_(owner_ids)))}
    made = [Drawn(case, given, teams[given.team_id], people.get(given.owner_id or 0)) for case, given in pairs]
    return sorted(made, key=lambda one: (one.given.at, one.case.id, one.given.n), reverse=True)
