"""谁能看、谁能办: every list of cases and every fetch of one begins here, and every act is asked for here.

Three questions, kept apart: what a person may *read* (words and all), what he may know *facts* of (figures,
supervision), and whether the case exists for him at all: for somebody recused it does not, whatever hat he wears.

Another machine (`ApiClient`) is a viewer too, and nobody in particular: it may know the facts of what is booked in its
area and no words; it serves nowhere, so no complaint is about it, and what is for the discipline office alone does not
exist for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, false, func, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute

from feedback import clock, db, teams, workflow
from feedback.errors import Forbidden, Missing
from feedback.models.cases import Case, CaseEvent, Recusal
from feedback.models.clients import ApiClient
from feedback.models.kinds import About, Action, Answer, Outcome, Status
from feedback.models.people import Person, Role, Team, TeamKind
from feedback.models.places import Level
from feedback.words import N_
from feedback.workflow import Who

Viewer = Person | ApiClient
"""Who looks: a member of staff, or another machine."""

INSIDE_THE_VILLAGE = frozenset(
    {
        Action.ASSIGN,
        Action.CLASSIFY,
        Action.TRANSFER,
        Action.DECLINE,
        Action.MERGE,
        Action.UNMERGE,
        Action.REOPEN,
    }
)
"""What a village officer may do only while the case is held in the village: what went above stays above."""


WATCHERS = (Role.TOWNSHIP, Role.DISCIPLINE, Role.AUDITOR)
"""Who watches over an area: its figures, its lists, its monthly reports."""


@dataclass(frozen=True)
class Scope:
    """Where a person serves today, by role; an own team's members reach only that team's cases."""

    areas: dict[Role, tuple[str, ...]] = field(default_factory=dict)
    own_teams: tuple[int, ...] = ()

    def of(self, *roles: Role) -> tuple[str, ...]:
        """Area codes served in any of the roles."""
        return tuple(code for role in roles for code in self.areas.get(role, ()))

    def covers(self, area_code: str, *roles: Role) -> bool:
        """Whether the area lies in what the person serves in one of the roles."""
        return any(area_code.startswith(code) for code in self.of(*roles))


def scope(viewer: Viewer) -> Scope:
    """The person's scope today; empty for one who has left, and for a machine: it wears no hat."""
    areas: dict[Role, tuple[str, ...]] = {}
    own: list[int] = []
    for service in teams.serving(viewer.services) if isinstance(viewer, Person) and viewer.is_active else []:
        if service.team_id is not None:
            own.append(service.team_id)
        else:
            areas[service.role] = (*areas.get(service.role, ()), service.area_code)
    return Scope(areas, tuple(own))


def has_role(person: Person, *roles: Role) -> bool:
    """Whether the person serves in one of the roles anywhere today (in an own team: as the township)."""
    held = scope(person)
    return bool(held.of(*roles)) or (Role.TOWNSHIP in roles and bool(held.own_teams))


def led(person: Person, *roles: Role) -> tuple[str, ...]:
    """The areas that the person leads today in any of the roles. Who leads an own team leads nothing but that."""
    serving = teams.serving(person.services) if person.is_active else ()
    return tuple(one.area_code for one in serving if one.is_leader and one.role in roles and one.team_id is None)


def within(column: InstrumentedAttribute[Any] | ColumnElement[Any], area_code: str) -> ColumnElement[bool]:
    """SQL: the column's area lies in the area; a range, so that an index serves it in either database."""
    return and_(column >= area_code, column < str(int(area_code) + 1).zfill(len(area_code)))


def within_any(
    column: InstrumentedAttribute[Any] | ColumnElement[Any],
    codes: Iterable[str],
) -> ColumnElement[bool]:
    return or_(false(), *(within(column, code) for code in codes))


def not_shut_out(viewer: Viewer) -> ColumnElement[bool]:
    """SQL: the case exists for the viewer. True for one nobody complained about."""
    held = scope(viewer)
    conditions = [or_(~Case.is_for_discipline_alone, within_any(Case.area_code, held.of(Role.DISCIPLINE)))]
    if isinstance(viewer, Person):
        recused = select(Recusal.case_id).where(Recusal.person_id == viewer.id, Recusal.case_id == Case.id)
        conditions.append(~recused.exists())
    for about, role in ((About.GUARDIAN, Role.GUARDIAN), (About.CADRE, Role.VILLAGE)):
        if served := held.of(role):
            conditions.append(or_(Case.about.is_(None), Case.about != about, Case.about_area_code.not_in(served)))
    return and_(*conditions)


def shut_out(viewer: Viewer) -> CompoundSelect[int]:
    """The ids of the cases that do not exist for the viewer: the few that `not_shut_out` leaves out, by index."""
    held = scope(viewer)
    found = [
        select(Case.id).where(Case.is_for_discipline_alone, ~within_any(Case.area_code, held.of(Role.DISCIPLINE))),
    ]
    if isinstance(viewer, Person):
        found.append(select(Recusal.case_id).where(Recusal.person_id == viewer.id))
    for about, role in ((About.GUARDIAN, Role.GUARDIAN), (About.CADRE, Role.VILLAGE)):
        if served := held.of(role):
            found.append(select(Case.id).where(Case.about == about, Case.about_area_code.in_(served)))
    return union(*found)


def is_shut_out(person: Person, case: Case) -> bool:
    """The same for one case at hand."""
    if db.session.get(Recusal, (case.id, person.id)) is not None:
        return True
    if case.is_for_discipline_alone and not scope(person).covers(case.area_code, Role.DISCIPLINE):
        return True
    return serves_there(person, case.about, case.about_area_code)


def serves_there(person: Person, about: About | None, area_code: str | None) -> bool:
    """Whether the person is one of those a complaint about that area's servants is about."""
    if about is None or area_code is None:
        return False
    role = Role.GUARDIAN if about is About.GUARDIAN else Role.VILLAGE
    return area_code in scope(person).of(role)


def open_to_all() -> ColumnElement[bool]:
    """SQL: the case is about nobody and nobody is shut out from it: whoever serves there may know of it."""
    return and_(
        Case.about.is_(None),
        Case.is_for_discipline_alone.is_(False),
        ~select(Recusal.case_id).where(Recusal.case_id == Case.id).exists(),
    )


def cases(person: Person) -> Select[Case]:
    """The cases whose words the person may read."""
    return select(Case).where(_readable(person), not_shut_out(person))


def facts(viewer: Viewer) -> Select[Case]:
    """The cases of which the viewer may know the facts: figures, lists to supervise, no words."""
    if isinstance(viewer, ApiClient):
        return select(Case).where(within(Case.area_code, viewer.area_code), not_shut_out(viewer))
    wider = within_any(Case.area_code, scope(viewer).of(Role.DISCIPLINE, Role.AUDITOR))
    return select(Case).where(or_(_readable(viewer), wider), not_shut_out(viewer))


def _readable(person: Person) -> ColumnElement[bool]:
    held = scope(person)
    reach = [within(Case.area_code, code) for code in held.of(Role.GUARDIAN, Role.VILLAGE, Role.TOWNSHIP)]
    mine = [team.id for team in my_teams(person)]
    if mine:
        reach.append(Case.team_id.in_(mine))
    return or_(false(), *reach)


def my_teams(person: Person) -> list[Team]:
    """The teams in which the person serves today."""
    held = scope(person)
    areas = held.of(Role.GUARDIAN, Role.VILLAGE, Role.TOWNSHIP)
    discipline = held.of(Role.DISCIPLINE)
    if not (areas or discipline or held.own_teams):
        return []
    return list(
        db.session.scalars(
            select(Team)
            .where(
                or_(
                    and_(Team.area_code.in_(areas), Team.kind == TeamKind.AREA),
                    and_(Team.area_code.in_(discipline), Team.kind == TeamKind.DISCIPLINE),
                    Team.id.in_(held.own_teams),
                )
            )
            .order_by(Team.area_code, Team.id)
        )
    )


def may_read(person: Person, case: Case) -> bool:
    """Whether the person may read the words of the case at hand."""
    if is_shut_out(person, case):
        return False
    held = scope(person)
    if held.covers(case.area_code, Role.GUARDIAN, Role.VILLAGE, Role.TOWNSHIP):
        return True
    return teams.is_member(person, case.team)


def may_know(person: Person, case: Case) -> bool:
    """Whether the person may know the facts of the case at hand."""
    if is_shut_out(person, case):
        return False
    return may_read(person, case) or scope(person).covers(case.area_code, Role.DISCIPLINE, Role.AUDITOR)


def may_read_letter(person: Person, case: Case, given: CaseEvent) -> bool:
    """Whether the person may read what a letter of supervision demands, and what was answered: whoever may read the
    case, and of its own letters the discipline office."""
    if may_read(person, case):
        return True
    is_own = given.post is Role.DISCIPLINE and scope(person).covers(case.area_code, Role.DISCIPLINE)
    return is_own and not is_shut_out(person, case)


def case_or_404(
    person: Person,
    number: str,
    *,
    for_change: bool = False,
    seen_n: int | None = None,
    facts_only: bool = False,
) -> Case:
    """The case, if it exists for the person; else Missing, as for a number that was never given.

    `for_change` begins the write and locks the row; `seen_n` is the last event the person had seen: Conflict
    where something that matters happened since.
    """
    if for_change:
        db.write()
    found = facts(person) if facts_only else cases(person)
    query = found.where(Case.number == number)
    if for_change:
        query = query.with_for_update(of=Case).execution_options(populate_existing=True)
    case = db.session.scalar(query)
    if case is None:
        raise Missing
    if seen_n is not None:
        workflow.require_unchanged(case, seen_n)
    return case


def relations(person: Person, case: Case) -> frozenset[Who]:
    """In which relations the person stands to the case; none for one who is shut out."""
    if not person.is_active or is_shut_out(person, case):
        return frozenset()
    held = scope(person)
    higher = teams.above(case.team)
    is_holder = teams.is_member(person, case.team)
    standing = {
        Who.OWNER: case.owner_id == person.id and may_read(person, case),
        Who.HOLDER: is_holder,
        Who.ABOVE: teams.is_member(person, higher) if higher else is_holder and case.owner_id != person.id,
        Who.HER_GUARDIAN: _is_her_guardian(held, case),
        Who.VILLAGE: held.covers(case.area_code, Role.VILLAGE),
        Who.TOWNSHIP: held.covers(case.area_code, Role.TOWNSHIP),
        Who.DISCIPLINE: held.covers(case.area_code, Role.DISCIPLINE),
        Who.READER: may_read(person, case),
    }
    return frozenset(who for who, holds in standing.items() if holds)


def _is_her_guardian(held: Scope, case: Case) -> bool:
    return (
        case.household is not None
        and case.household.microgrid_code in held.of(Role.GUARDIAN)
        and held.covers(case.area_code, Role.GUARDIAN)
    )


def may(person: Person, action: Action, case: Case) -> bool:
    """Whether the person may do the action to the case in its present status."""
    return workflow.is_possible(case, action) and _is_entitled(person, action, case)


def require(person: Person, action: Action, case: Case) -> None:
    """Raises Missing where the case does not exist for the person, Conflict where its status forbids the
    action, Forbidden where it is somebody else's to do."""
    if not may_know(person, case):
        raise Missing
    workflow.require_possible(case, action)
    if not _is_entitled(person, action, case):
        raise Forbidden(N_("“{action}”这一步不归您做。"), action=action.label)


def actions(person: Person, case: Case) -> list[Action]:
    """What the person may do now, in the table's order."""
    return [action for action in workflow.TABLE if may(person, action, case) and not _is_pointless(action, case)]


def _is_pointless(action: Action, case: Case) -> bool:
    """Whether the act would only be refused by the state of the case itself: not offered, though not forbidden."""
    match action:
        case Action.SUPERVISE:
            return case.is_supervised
        case Action.END_SUPERVISION:
            return not case.is_supervised
        case Action.ASK:
            return case.asked_at is not None
        case Action.ASK_EXTENSION:
            return (
                case.extension_asked_at is not None or case.extension_days is not None
                or clock.now() > case.handling_due_at
            )
        case Action.EXTEND | Action.REFUSE_EXTENSION:
            return case.extension_asked_at is None
        case Action.ANSWER_SUPERVISION:
            return workflow.open_letter(case) is None
        case Action.UNMERGE:
            return case.outcome is not Outcome.MERGED
        case Action.REOPEN:
            return case.outcome in {Outcome.MERGED, Outcome.WITHDRAWN}
        case Action.FOLLOW_UP:
            return case.is_excluded
        case Action.RELEASE:
            return case.status is Status.ASSIGNED
        case Action.REMIND:
            return case.status is Status.REPORTED_BACK
        case _:
            return False


def _is_entitled(person: Person, action: Action, case: Case) -> bool:
    standing = relations(person, case)
    if action in INSIDE_THE_VILLAGE and len(case.team.area_code) < Level.VILLAGE.digits:
        standing -= {Who.VILLAGE}
    if not standing & workflow.WHO[action]:
        return False
    match action:
        case Action.VISIT if case.status is Status.ASSIGNED:
            return Who.HOLDER in standing and not owned_before_dispute(person, case)
        case Action.RESPOND:
            return not owned_before_dispute(person, case)
        case Action.SEND_BACK | Action.ESCALATE:
            return teams.above(case.team) is not None and (
                action is Action.ESCALATE or len(case.team.area_code) > Level.TOWNSHIP.digits
            )
        case Action.EXTEND | Action.REFUSE_EXTENSION:
            return case.owner_id != person.id and not _has_asked_for_time(person, case)
        case Action.END_SUPERVISION:
            return case.owner_id != person.id
        case Action.FOLLOW_UP | Action.REISSUE_RECEIPT | Action.DECIDE_APPEAL:
            return not has_handled(person, case)
        case Action.DECLINE:
            return Who.TOWNSHIP in standing or case.about is not About.CADRE
        case _:
            return True


def _has_asked_for_time(person: Person, case: Case) -> bool:
    """Whether the request for more time that is open is the person's own, whoever owns the case by now."""
    if case.extension_asked_at is None:
        return False
    last = select(CaseEvent.actor_id).where(CaseEvent.case_id == case.id, CaseEvent.action == Action.ASK_EXTENSION)
    return db.session.scalar(last.order_by(CaseEvent.n.desc()).limit(1)) == person.id


def owned_before_dispute(person: Person, case: Case) -> bool:
    """Whether the person owned the case before it was last disputed: then it goes to somebody else."""
    last = select(func.max(CaseEvent.n)).where(
        CaseEvent.case_id == case.id, CaseEvent.answer == Answer.NOT_SOLVED, CaseEvent.status == Status.ASSIGNED
    )
    return (
        db.session.scalar(
            select(CaseEvent.id)
            .where(CaseEvent.case_id == case.id, CaseEvent.owner_id == person.id, CaseEvent.n < last.scalar_subquery())
            .limit(1)
        )
        is not None
    )


def has_handled(person: Person, case: Case) -> bool:
    """Whether the person ever owned, typed or visited the case."""
    if person.id in {case.owner_id, case.typed_by_id}:
        return True
    return (
        db.session.scalar(
            select(CaseEvent.id)
            .where(
                CaseEvent.case_id == case.id,
                or_(
                    CaseEvent.owner_id == person.id,
                    and_(CaseEvent.actor_id == person.id, CaseEvent.action == Action.VISIT),
                ),
            )
            .limit(1)
        )
        is not None
    )


def may_type_for(person: Person, area_code: str, about: About | None, about_area_code: str | None) -> bool:
    """代录: whether the person may file on somebody's behalf there; never about one it would shut out."""
    if serves_there(person, about, about_area_code):
        return False
    return scope(person).covers(area_code, Role.GUARDIAN, Role.VILLAGE, Role.TOWNSHIP)


def may_resend(person: Person, area_code: str) -> bool:
    """Whether the person may send messages again that did not arrive there."""
    return scope(person).covers(area_code, Role.TOWNSHIP, Role.DISCIPLINE)


def may_issue(person: Person, area_code: str) -> bool:
    """Whether the person may issue the area's monthly report, and correct it: the township's own, of its area and of
    every village in it. Who only supervises or audits reads it."""
    return scope(person).covers(area_code, Role.TOWNSHIP)


def may_tend(person: Person, area_code: str) -> bool:
    """Whether the person hangs and walks the plates of the area: its guardians and the village's officers."""
    return scope(person).covers(area_code, Role.GUARDIAN, Role.VILLAGE)


def may_settle(person: Person, area_code: str) -> bool:
    """Whether the person may say that a plate there needs no more looking at."""
    return scope(person).covers(area_code, Role.VILLAGE, Role.TOWNSHIP)
