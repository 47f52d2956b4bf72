"""收件人: who hears of a fact. The table first, then how each line of it finds its people.

Everything is seen from the team that holds the case, so it works on every level. Somebody shut out of a case hears
nothing of it; where nobody of a level is there to hear, the next level up does. Nobody is told of his own act, and
what is for those above the owner is for others than him.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from sqlalchemy import or_, select

from feedback import access, alerts, db, ladder, matters, teams
from feedback.ladder import Tells
from feedback.models.alerts import Alert
from feedback.models.cases import Case, CaseEvent, Recusal
from feedback.models.kinds import Action, Answer, Status
from feedback.models.notices import Sign
from feedback.models.people import Person, Role, Service, Team, TeamKind
from feedback.models.places import Level
from feedback.models.walks import PlateFlag


class Whom(StrEnum):
    """Who hears, as the table names them."""

    TEAM = "team"
    OWNER = "owner"
    OWNER_AND_LEADER = "owner_and_leader"
    DECIDING = "deciding"
    ABOVE = "above"
    TOWNSHIP = "township"
    SUPERVISOR = "supervisor"
    APPELLANT = "appellant"


TOLD: Mapping[Action, Whom] = {
    Action.SUBMIT: Whom.TEAM,
    Action.ASSIGN: Whom.TEAM,
    Action.TRANSFER: Whom.TEAM,
    Action.SEND_BACK: Whom.TEAM,
    Action.ESCALATE: Whom.TEAM,
    Action.RELEASE: Whom.TEAM,
    Action.RECUSE: Whom.TEAM,
    Action.DISPUTE: Whom.TEAM,
    Action.FOLLOW_UP: Whom.TEAM,
    Action.REOPEN: Whom.TEAM,
    Action.UNMERGE: Whom.TEAM,
    Action.HAND_OVER: Whom.OWNER,
    Action.ANSWER: Whom.OWNER,
    Action.ADD: Whom.OWNER,
    Action.REMIND: Whom.OWNER,
    Action.CONFIRM: Whom.OWNER,
    Action.RATE: Whom.OWNER,
    Action.WITHDRAW: Whom.OWNER,
    Action.EXTEND: Whom.OWNER,
    Action.REFUSE_EXTENSION: Whom.OWNER,
    Action.ASK_EXTENSION: Whom.DECIDING,
    Action.WITNESS: Whom.ABOVE,
    Action.SUPERVISE: Whom.OWNER_AND_LEADER,
    Action.ANSWER_SUPERVISION: Whom.SUPERVISOR,
    Action.APPEAL: Whom.TOWNSHIP,
    Action.DECIDE_APPEAL: Whom.APPELLANT,
}
"""What is not here is told to nobody: the page of the case shows it."""

RUNGS: Mapping[Tells, Whom] = {
    Tells.TEAM: Whom.TEAM,
    Tells.OWNER_AND_LEADER: Whom.OWNER_AND_LEADER,
    Tells.ABOVE: Whom.ABOVE,
    Tells.TOWNSHIP: Whom.TOWNSHIP,
}
ARRIVALS = frozenset(action for action, whom in TOLD.items() if whom is Whom.TEAM)
"""What brings a case to a team: told only where it leaves it there."""
WAITING_FOR_SOMEBODY = frozenset({Status.NEW, Status.ASSIGNED})
CAN_WAIT = frozenset({Action.ADD, Action.CONFIRM, Action.RATE})
"""Good to know, and nothing to do at once: told with the next morning's digest."""
PAPERWORK = frozenset({
    Action.CONFIRM, Action.RATE, Action.EXTEND, Action.REFUSE_EXTENSION, Action.ANSWER_SUPERVISION, Action.APPEAL,
    Action.DECIDE_APPEAL,
})
"""Wakes nobody, however urgent the case: nobody's life hangs on it."""


def of_event(event: CaseEvent, known: "Known") -> list[Person]:
    """Who hears of an event, in the order of their accounts."""
    found: dict[int, Person] = {}
    for whom in _lines(event, known):
        found.update((person.id, person) for person in FINDING[whom](event, known))
    found.pop(event.actor_id or 0, None)
    return sorted(found.values(), key=lambda person: person.username)


def of_sign(sign: Sign, known: "Known") -> list[Person]:
    """A sign is for the village's officers and the township's leaders."""
    village, township = sign.area_code[: Level.VILLAGE.digits], sign.area_code[: Level.TOWNSHIP.digits]
    officers = known.present(known.team_of(village)) if len(village) == Level.VILLAGE.digits else []
    leaders = _leaders_or_all((known.team_of(township), known.present(known.team_of(township))))
    return sorted({*officers, *leaders}, key=lambda person: person.username)


def of_plate_flag(flag: PlateFlag, known: "Known") -> list[Person]:
    """A plate to look at is for the village's officers; what may lead people to a fraud, and where no officer is
    there, for the township's leaders too. Who said it need not be told."""
    village, township = flag.area_code[: Level.VILLAGE.digits], flag.area_code[: Level.TOWNSHIP.digits]
    found = list(known.present(known.team_of(village)))
    if flag.is_urgent or not found:
        found += _leaders_or_all((known.team_of(township), known.present(known.team_of(township))))
    return sorted({one for one in found if one.id != flag.raised_by_id}, key=lambda person: person.username)


def of_alert(alert: Alert, known: "Known") -> list[Person]:
    """An alert is for the township's leaders, else all its officers; of a person for its leaders alone. Where nobody
    there may know of it, for those above."""
    team: Team | None = known.team_of(alert.area_code)
    while team is not None:
        there = [person for person in known.present(team) if alerts.lists.may_know(person, alert)]
        if found := _leaders_or_all((team, there)):
            return found
        team = known.above(team)
    return []


def _lines(event: CaseEvent, known: "Known") -> list[Whom]:
    """The lines of the table that hold for this event."""
    whom = TOLD.get(event.action)
    if whom is None or (event.action in ARRIVALS and not _arrives(event, known)):
        return []
    if event.action is Action.WITNESS and event.witnessed is not False:
        return []
    if event.action is Action.REMIND and event.actor_id is None and not event.by_her:
        return _rung(event, known)
    return [whom]


def _arrives(event: CaseEvent, known: "Known") -> bool:
    """Whether it brought the case to a team that holds it still."""
    is_still_there = event.case.closed_at is None and event.case.team_id == event.team_id
    if event.status not in WAITING_FOR_SOMEBODY or not is_still_there:
        return False
    if event.action is Action.FOLLOW_UP:
        return event.answer is Answer.NOT_SOLVED
    return event.action is not Action.SUBMIT or not known.is_assigned_at_once(event)


def _rung(event: CaseEvent, known: "Known") -> list[Whom]:
    """Whom a rung tells; of a household that said the same before, the next rung's people too."""
    if event.reason == ladder.LETTER_OVERDUE:
        return [Whom.SUPERVISOR, Whom.OWNER_AND_LEADER]
    found = ladder.REASONS.get(event.reason or "")
    if found is None:
        return []
    clock, step = found
    steps = list(ladder.LADDER[clock])
    at = steps.index(step)
    told = steps[at : at + (2 if known.is_repeat(event.case) else 1)]
    return [RUNGS[one.tells] for one in told]


# ---------------------------------------------------------------- each line's people


class Known:
    """What many events of one batch ask for again and again, asked once."""

    def __init__(self, events: Sequence[CaseEvent] = ()) -> None:
        self._present: dict[int, list[Person]] = {}
        self._teams: dict[str, Team] = {}
        self._above: dict[int, Team | None] = {}
        self._leaders: dict[str, list[Person]] = {}
        self._assigned: set[int] = set()
        self._with_recusals: set[int] = set()
        cases = {event.case_id for event in events}
        if cases:
            self._with_recusals = set(
                db.session.scalars(select(Recusal.case_id).where(Recusal.case_id.in_(cases)).distinct())
            )
            self._assigned = set(
                db.session.scalars(
                    select(CaseEvent.case_id).where(
                        CaseEvent.case_id.in_(cases), CaseEvent.n == 2, CaseEvent.action.in_(ARRIVALS)
                    )
                )
            )

    def is_assigned_at_once(self, event: CaseEvent) -> bool:
        """Whether the fact right after the filing tells the same, to whom it concerns."""
        return event.case_id in self._assigned

    def is_repeat(self, case: Case) -> bool:
        """Whether the household has said the same before, as far as the team may know."""
        return matters.is_repeat(case)

    def team_of(self, area_code: str) -> Team:
        if area_code not in self._teams:
            self._teams[area_code] = teams.of(area_code)
        return self._teams[area_code]

    def above(self, team: Team) -> Team | None:
        if team.id not in self._above:
            self._above[team.id] = teams.above(team)
        return self._above[team.id]

    def present(self, team: Team) -> list[Person]:
        if team.id not in self._present:
            self._present[team.id] = teams.present(team)
        return self._present[team.id]

    def available(self, team: Team, case: Case) -> list[Person]:
        """Present members who may know of the case."""
        is_theirs = team.id == case.team_id or case.area_code.startswith(team.area_code)
        if is_theirs and self._shuts_nobody_out(case):
            return self.present(team)
        return [person for person in self.present(team) if access.may_know(person, case)]

    def may_hear(self, person: Person, case: Case) -> bool:
        """Whether somebody who is no present member of a team at hand is there and may know of the case."""
        return person.is_active and not teams.is_away(person) and access.may_know(person, case)

    def _shuts_nobody_out(self, case: Case) -> bool:
        return case.about is None and not case.is_for_discipline_alone and case.id not in self._with_recusals

    def leaders_of_grid(self, grid_code: str) -> list[Person]:
        """网格长, away or not."""
        if grid_code not in self._leaders:
            leading = select(Service).where(Service.area_code == grid_code, Service.is_leader)
            self._leaders[grid_code] = [one.person for one in teams.serving(db.session.scalars(leading))]
        return self._leaders[grid_code]


def _leads(person: Person, team: Team) -> bool:
    """Whether the member is the team's leader."""
    own = team.id if team.kind is TeamKind.OWN else None
    is_discipline = team.kind is TeamKind.DISCIPLINE
    return any(
        one.is_leader and one.area_code == team.area_code and one.team_id == own
        and (one.role is Role.DISCIPLINE) is is_discipline
        for one in teams.serving(person.services)
    )


def _leaders_or_all(found: tuple[Team, list[Person]] | None) -> list[Person]:
    if found is None:
        return []
    team, members = found
    return [person for person in members if _leads(person, team)] or members


def _upward(team: Team, known: Known) -> list[Team]:
    """The team and those above it; behind the last of them the discipline office, which nobody stands above."""
    above = known.above(team)
    if above is not None:
        return [team, *_upward(above, known)]
    return [team] if team.kind is TeamKind.DISCIPLINE else [team, teams.discipline_of(team.area_code)]


def _first_available(start: Sequence[Team], case: Case, known: Known) -> tuple[Team, list[Person]] | None:
    """The first of the teams in which somebody is there to hear, and who."""
    for team in start:
        if found := known.available(team, case):
            return team, found
    return None


def _leaders_beside_the_owner(start: Sequence[Team], event: CaseEvent, known: Known) -> list[Person]:
    """In the first of the teams in which somebody else than the owner is there to hear: its leaders, else all of
    them; where nobody else is in any, the owner himself."""
    for team in start:
        others = [person for person in known.available(team, event.case) if person.id != event.owner_id]
        if others:
            return _leaders_or_all((team, others))
    return _leaders_or_all(_first_available(start, event.case, known))


def _holding(event: CaseEvent, known: Known) -> list[Team]:
    case = event.case
    if case.is_for_discipline_alone:
        return [teams.discipline_of(case.area_code)]
    return _upward(event.team, known)


def _team(event: CaseEvent, known: Known) -> list[Person]:
    found = _first_available(_holding(event, known), event.case, known)
    return found[1] if found else []


def _owner(event: CaseEvent, known: Known) -> list[Person]:
    owner = db.session.get(Person, event.owner_id) if event.owner_id is not None else None
    if owner is not None and known.may_hear(owner, event.case):
        return [owner]
    return _team(event, known)


def _owner_and_leader(event: CaseEvent, known: Known) -> list[Person]:
    return [*_owner(event, known), *_leaders(event, known)]


def _leaders(event: CaseEvent, known: Known) -> list[Person]:
    """网格长: of a micro-grid its own leader and its grid's; of a village, a township or an own team its leader."""
    team, case = event.team, event.case
    code = team.area_code
    leaders = [person for person in known.available(team, case) if _leads(person, team)]
    if len(code) == Level.MICROGRID.digits:
        grid = known.leaders_of_grid(code[: Level.GRID.digits])
        leaders += [person for person in grid if known.may_hear(person, case)]
    return leaders


def _above(event: CaseEvent, known: Known) -> list[Person]:
    """The leaders of the team above, else all of it; where no team stands above, of the owner's own."""
    own, *higher = _holding(event, known)
    stands_above = known.above(own) is not None
    return _leaders_beside_the_owner([*higher, own] if stands_above else [own, *higher], event, known)


def _deciding(event: CaseEvent, known: Known) -> list[Person]:
    """Who may grant: the team above; where nobody stands above, the owner's own colleagues."""
    above = known.above(event.team)
    if above is None:
        return _team(event, known)
    found = _first_available(_upward(above, known), event.case, known)
    return found[1] if found else []


def _township(event: CaseEvent, known: Known) -> list[Person]:
    case = event.case
    if case.is_for_discipline_alone:
        return _team(event, known)
    township = known.team_of(event.area_code[: Level.TOWNSHIP.digits])
    return _leaders_beside_the_owner(_upward(township, known), event, known)


def _supervisor(event: CaseEvent, known: Known) -> list[Person]:
    """Who gave the letter; the township where the ladder did, or he is not there today."""
    giver = _actor_of(event, Action.SUPERVISE)
    return [giver] if giver is not None and known.may_hear(giver, event.case) else _township(event, known)


def _appellant(event: CaseEvent, known: Known) -> list[Person]:
    """Who appealed, away or not: it is for nobody else, and his list keeps it for him."""
    actor = _actor_of(event, Action.APPEAL)
    return [actor] if actor is not None and access.may_know(actor, event.case) else []


def _actor_of(event: CaseEvent, action: Action) -> Person | None:
    """Who did the last such act before the event (of an appeal: against the same card); nobody where time did."""
    same = CaseEvent.of_n.is_(None) if event.of_n is None else CaseEvent.of_n == event.of_n
    last = db.session.scalar(
        select(CaseEvent)
        .where(CaseEvent.case_id == event.case_id, CaseEvent.action == action, CaseEvent.n < event.n,
               or_(same, CaseEvent.action != Action.APPEAL))
        .order_by(CaseEvent.n.desc())
        .limit(1)
    )
    return last.actor if last is not None else None


FINDING: Mapping[Whom, Callable[[CaseEvent, Known], list[Person]]] = {
    Whom.TEAM: _team,
    Whom.OWNER: _owner,
    Whom.OWNER_AND_LEADER: _owner_and_leader,
    Whom.DECIDING: _deciding,
    Whom.ABOVE: _above,
    Whom.TOWNSHIP: _township,
    Whom.SUPERVISOR: _supervisor,
    Whom.APPELLANT: _appellant,
}
