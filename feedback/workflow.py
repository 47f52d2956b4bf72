"""诉求的一生: which action is possible in which status and by whom, in one table, and the one writer of both.

`TABLE` says where an action leads from each status (two targets where the caller decides); what is not there is
refused with a sentence. `WHO` says who stands in which relation; `access` finds the relation. `record()` alone
sets `Case.status`, and appends one `CaseEvent` in the same transaction, its instant taken inside the write lock.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from feedback import clock, clocks, db, ladder, teams
from feedback.errors import Conflict
from feedback.models.cases import Case, CaseEvent
from feedback.models.codes import DoorCode
from feedback.models.kinds import Action, Answer, Status
from feedback.models.people import Person, Team
from feedback.words import N_

HER_WORD_LASTS = timedelta(days=30)
"""So long after closing she may confirm, dispute, rate and bear witness."""
MOVING_DISPUTES = 2
"""Her third dispute is kept as her word and moves nothing."""


class Who(StrEnum):
    """In which relation somebody stands to a case."""

    VILLAGER = "villager"
    SYSTEM = "system"
    OWNER = "owner"
    HOLDER = "holder"
    ABOVE = "above"
    HER_GUARDIAN = "her_guardian"
    VILLAGE = "village"
    TOWNSHIP = "township"
    DISCIPLINE = "discipline"
    READER = "reader"

    @property
    def label(self) -> str:
        return {
            Who.VILLAGER: N_("村民"),
            Who.SYSTEM: N_("系统"),
            Who.OWNER: N_("经办人"),
            Who.HOLDER: N_("持件队成员"),
            Who.ABOVE: N_("上级"),
            Who.HER_GUARDIAN: N_("本微网格守护人"),
            Who.VILLAGE: N_("村干部"),
            Who.TOWNSHIP: N_("镇干部"),
            Who.DISCIPLINE: N_("纪委"),
            Who.READER: N_("能看这件的人"),
        }[self]


By = Person | Who
"""Who acts: a member of staff, or Who.VILLAGER, or Who.SYSTEM."""

_N, _A, _P, _R, _C = Status.NEW, Status.ASSIGNED, Status.IN_PROGRESS, Status.REPORTED_BACK, Status.CLOSED


def _stays(*statuses: Status) -> dict[Status | None, tuple[Status, ...]]:
    return {status: (status,) for status in statuses}


TABLE: Mapping[Action, Mapping[Status | None, tuple[Status, ...]]] = {
    Action.SUBMIT: {None: (_N,)},
    Action.ASSIGN: {_N: (_A,)},
    Action.RESPOND: {_A: (_P,)},
    Action.HAND_OVER: _stays(_P),
    Action.RELEASE: {_A: (_N,), _P: (_A,)},
    Action.CLASSIFY: _stays(_N, _A, _P, _R),
    Action.ASK: _stays(_P),
    Action.ANSWER: _stays(_P),
    Action.ADD: _stays(_N, _A, _P, _R),
    Action.NOTE: _stays(_N, _A, _P, _R, _C),
    Action.REVEAL: _stays(_N, _A, _P, _R, _C),
    Action.VISIT: {_A: (_P,), _P: (_P,), _R: (_R,)},
    Action.REPORT_BACK: {_P: (_R,), _R: (_R,)},
    Action.CONFIRM: {_R: (_C,), _C: (_C,)},
    Action.DISPUTE: {_R: (_A, _R), _C: (_A, _C)},
    Action.RATE: _stays(_R, _C),
    Action.WITNESS: _stays(_A, _P, _R, _C),
    Action.FOLLOW_UP: {_R: (_R, _A), _C: (_C, _A)},
    Action.WITHDRAW: {_N: (_C,), _A: (_C,), _P: (_C,), _R: (_C,)},
    Action.CLOSE: {_R: (_C,)},
    Action.TRANSFER: {_N: (_A,), _A: (_A,), _P: (_A,)},
    Action.SEND_BACK: {_A: (_N,), _P: (_N,)},
    Action.ESCALATE: {_A: (_A,), _P: (_A,)},
    Action.RECUSE: {_N: (_A,), _A: (_A,), _P: (_A,), _R: (_A,), _C: (_C,)},
    Action.ASK_EXTENSION: _stays(_P),
    Action.EXTEND: _stays(_P),
    Action.REFUSE_EXTENSION: _stays(_P),
    Action.REMIND: _stays(_N, _A, _P, _R),
    Action.SUPERVISE: _stays(_N, _A, _P, _R),
    Action.ANSWER_SUPERVISION: _stays(_N, _A, _P),
    Action.END_SUPERVISION: _stays(_N, _A, _P, _R, _C),
    Action.APPEAL: _stays(_N, _A, _P, _R, _C),
    Action.DECIDE_APPEAL: _stays(_N, _A, _P, _R, _C),
    Action.DECLINE: {_N: (_C,), _A: (_C,)},
    Action.MERGE: {_N: (_C,), _A: (_C,), _P: (_C,)},
    Action.UNMERGE: {_C: (_A,)},
    Action.REOPEN: {_C: (_A,)},
    Action.REISSUE_RECEIPT: _stays(_N, _A, _P, _R, _C),
    Action.HIDE: _stays(_N, _A, _P, _R, _C),
    Action.ERASE: _stays(_N, _A, _P, _R, _C),
}
"""action → status before → statuses it may lead to. SUBMIT creates, so its status before is None."""

WHO: Mapping[Action, frozenset[Who]] = {
    Action.SUBMIT: frozenset({Who.VILLAGER}),
    Action.ASSIGN: frozenset({Who.SYSTEM, Who.VILLAGE, Who.TOWNSHIP}),
    Action.RESPOND: frozenset({Who.HOLDER}),
    Action.HAND_OVER: frozenset({Who.OWNER, Who.ABOVE}),
    Action.RELEASE: frozenset({Who.OWNER, Who.ABOVE, Who.SYSTEM}),
    Action.CLASSIFY: frozenset({Who.HOLDER, Who.VILLAGE, Who.TOWNSHIP}),
    Action.ASK: frozenset({Who.OWNER}),
    Action.ANSWER: frozenset({Who.VILLAGER}),
    Action.ADD: frozenset({Who.VILLAGER}),
    Action.NOTE: frozenset({Who.READER}),
    Action.REVEAL: frozenset({Who.OWNER, Who.HOLDER, Who.ABOVE}),
    Action.VISIT: frozenset({Who.HER_GUARDIAN, Who.HOLDER}),
    Action.REPORT_BACK: frozenset({Who.OWNER}),
    Action.CONFIRM: frozenset({Who.VILLAGER}),
    Action.DISPUTE: frozenset({Who.VILLAGER}),
    Action.RATE: frozenset({Who.VILLAGER}),
    Action.WITNESS: frozenset({Who.VILLAGER}),
    Action.FOLLOW_UP: frozenset({Who.VILLAGE, Who.TOWNSHIP}),
    Action.WITHDRAW: frozenset({Who.VILLAGER}),
    Action.CLOSE: frozenset({Who.SYSTEM}),
    Action.TRANSFER: frozenset({Who.VILLAGE, Who.TOWNSHIP}),
    Action.SEND_BACK: frozenset({Who.HOLDER, Who.OWNER}),
    Action.ESCALATE: frozenset({Who.HOLDER, Who.OWNER}),
    Action.RECUSE: frozenset({Who.READER, Who.ABOVE, Who.DISCIPLINE}),
    Action.ASK_EXTENSION: frozenset({Who.OWNER}),
    Action.EXTEND: frozenset({Who.ABOVE}),
    Action.REFUSE_EXTENSION: frozenset({Who.ABOVE}),
    Action.REMIND: frozenset({Who.SYSTEM, Who.VILLAGER, Who.ABOVE}),
    Action.SUPERVISE: frozenset({Who.SYSTEM, Who.TOWNSHIP, Who.DISCIPLINE}),
    Action.ANSWER_SUPERVISION: frozenset({Who.OWNER, Who.HOLDER}),
    Action.END_SUPERVISION: frozenset({Who.TOWNSHIP, Who.DISCIPLINE}),
    Action.APPEAL: frozenset({Who.READER}),
    Action.DECIDE_APPEAL: frozenset({Who.TOWNSHIP}),
    Action.DECLINE: frozenset({Who.VILLAGE, Who.TOWNSHIP}),
    Action.MERGE: frozenset({Who.VILLAGE, Who.TOWNSHIP, Who.VILLAGER}),
    Action.UNMERGE: frozenset({Who.VILLAGE, Who.TOWNSHIP, Who.SYSTEM}),
    Action.REOPEN: frozenset({Who.VILLAGE, Who.TOWNSHIP, Who.SYSTEM}),
    Action.REISSUE_RECEIPT: frozenset({Who.VILLAGE, Who.TOWNSHIP}),
    Action.HIDE: frozenset({Who.TOWNSHIP}),
    Action.ERASE: frozenset({Who.TOWNSHIP, Who.SYSTEM}),
}

QUIET = frozenset(
    {
        Action.NOTE,
        Action.REVEAL,
        Action.ADD,
        Action.RATE,
        Action.WITNESS,
        Action.ASK_EXTENSION,
        Action.EXTEND,
        Action.REFUSE_EXTENSION,
        Action.REMIND,
        Action.SUPERVISE,
        Action.ANSWER_SUPERVISION,
        Action.END_SUPERVISION,
        Action.APPEAL,
        Action.DECIDE_APPEAL,
        Action.REISSUE_RECEIPT,
        Action.HIDE,
    }
)
"""What may have happened since somebody looked without spoiling what he now does."""


def is_possible(case: Case, action: Action) -> bool:
    """Whether the status allows the action, whoever asks."""
    return case.status in TABLE[action]


def require_possible(case: Case, action: Action) -> None:
    """Raises Conflict with a sentence where the status does not allow the action."""
    if not is_possible(case, action):
        raise Conflict(N_("这件事现在是“{status}”，不能{action}。"), status=case.status.label, action=action.label)


def require_unchanged(case: Case, seen_n: int) -> None:
    """Raises Conflict, naming who was quicker, where something that matters happened after event `seen_n`."""
    later = db.session.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.n > seen_n).order_by(CaseEvent.n)
    ).all()
    for event in later:
        if event.action in QUIET:
            continue
        name = event.actor.name if event.actor else (Who.VILLAGER if event.by_her else Who.SYSTEM).label
        raise Conflict(
            N_("{name}刚刚做了“{action}”，您这一步没有记下。请看一眼再决定。"),
            name=name,
            action=event.action.label,
        )


def events(case: Case) -> Sequence[CaseEvent]:
    """All that happened to the case, in order."""
    return db.session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.n)).all()


def open_letter(case: Case) -> CaseEvent | None:
    """The event of the letter of supervision (督办单) nobody has answered yet, its time past or not. None once she
    had her answer, or the case ended, after it was given: that settles it for good."""
    if not case.is_supervised or case.status in clocks.WAITING_FOR_HER:
        return None
    letters = (Action.SUPERVISE, Action.ANSWER_SUPERVISION)
    last = db.session.scalar(
        select(CaseEvent)
        .where(CaseEvent.case_id == case.id, CaseEvent.action.in_(letters))
        .order_by(CaseEvent.n.desc())
        .limit(1)
    )
    if last is None or last.action is not Action.SUPERVISE or last.until_at is None:
        return None
    settled = select(CaseEvent.id).where(
        CaseEvent.case_id == case.id, CaseEvent.n > last.n, CaseEvent.status.in_(clocks.WAITING_FOR_HER)
    )
    return last if db.session.scalar(settled.limit(1)) is None else None


def record(
    case: Case,
    action: Action,
    by: By,
    *,
    to: Status | None = None,
    team: Team | None = None,
    owner: Person | None = None,
    code: DoorCode | None = None,
    main_case: Case | None = None,
    **facts: Any,
) -> CaseEvent:
    """Appends one event and moves the case as the table says; the only writer of either.

    `to` chooses where the table leaves a choice. `facts` are columns of CaseEvent: contact, witnessed, of_n,
    outcome, reason, answer, rating, days, until_at. Raises Conflict where the status does not allow the action.
    """
    if not db.is_writing():
        raise RuntimeError("workflow.record needs db.write() first")
    before = case.status if case.events_count else None
    targets = TABLE[action].get(before, ())
    if not targets:
        require_possible(case, action)
    after = to or targets[0]
    if after not in targets:
        raise ValueError(f"{action} does not lead from {before} to {after}")
    at = case.filed_at if action is Action.SUBMIT else clock.now()
    if team is not None and team.id != case.team_id:
        case.team_id, case.team, case.arrived_at = team.id, team, at
    _move(case, action, after, at=at, by=by, owner=owner)
    _remember(case, action, at=at, main_case=main_case, **facts)
    event = _append(case, action, at=at, by=by, code=code, main_case=main_case, **facts)
    clocks.set_after(case, event, before=before)
    event.handling_due_at = case.handling_due_at
    db.session.flush()
    return event


def _move(case: Case, action: Action, after: Status, *, at: datetime, by: By, owner: Person | None) -> None:
    before, case.status = case.status, after
    if after in {Status.NEW, Status.ASSIGNED}:
        case.owner_id, case.asked_at = None, None
        if before in clocks.WAITING_FOR_HER:
            case.reported_at, case.closed_at, case.outcome, case.main_case_id = None, None, None, None
            case.look_again_on, case.ended_by_team_id = None, None
    elif after is Status.IN_PROGRESS and before is Status.ASSIGNED and isinstance(by, Person):
        case.owner_id = by.id
        case.responded_at = case.responded_at or at
    elif after is Status.REPORTED_BACK and before is Status.IN_PROGRESS:
        case.reported_at, case.asked_at = at, None
    elif after is Status.CLOSED and before is not Status.CLOSED:
        case.closed_at, case.asked_at = at, None
        case.supervised_at = None if action is Action.WITHDRAW else case.supervised_at
    if after is not Status.IN_PROGRESS:
        case.extension_asked_at, case.extension_asked_days = None, None
    if after in clocks.WAITING_FOR_HER:
        case.supervision_due_at = None
    if owner is not None:
        case.owner_id = owner.id


def _remember(case: Case, action: Action, *, at: datetime, main_case: Case | None, **facts: Any) -> None:
    """What the event leaves on the case itself."""
    if facts.get("outcome") is not None:
        case.outcome = facts["outcome"]
    if facts.get("answer") is not None:
        case.answer, case.answered_at = facts["answer"], at
    if facts.get("rating") is not None:
        case.rating = facts["rating"]
    match action:
        case Action.ASK:
            case.asked_at = at
        case Action.ANSWER:
            case.asked_at = None
        case Action.VISIT:
            case.visited_at = at
        case Action.DISPUTE:
            case.disputes += 1
        case Action.FOLLOW_UP if facts.get("answer") is Answer.NOT_SOLVED:
            case.disputes += 1
        case Action.ASK_EXTENSION:
            case.extension_asked_at, case.extension_asked_days = at, facts.get("days")
        case Action.EXTEND:
            case.extension_days = facts.get("days")
            case.extension_asked_at, case.extension_asked_days = None, None
        case Action.REFUSE_EXTENSION:
            case.extension_asked_at, case.extension_asked_days = None, None
        case Action.REMIND:
            _climb(case, facts.get("reason"))
        case Action.SUPERVISE:
            case.supervised_at, case.supervision_due_at = at, facts.get("until_at")
        case Action.ANSWER_SUPERVISION:
            case.supervision_due_at = None
        case Action.END_SUPERVISION:
            case.supervised_at, case.supervision_due_at = None, None
        case Action.MERGE if main_case is not None:
            case.main_case_id = main_case.id
        case _:
            pass


def _climb(case: Case, reason: str | None) -> None:
    """A rung was told: the next one of that clock is the one after it."""
    if reason == ladder.LETTER_OVERDUE:
        case.supervision_due_at = None
    elif reason is not None and reason in ladder.REASONS:
        which, _step = ladder.REASONS[reason]
        if which is ladder.Clock.RESPONSE:
            case.response_rung += 1
        else:
            case.handling_rung += 1


def _append(
    case: Case,
    action: Action,
    *,
    at: datetime,
    by: By,
    code: DoorCode | None,
    main_case: Case | None,
    **facts: Any,
) -> CaseEvent:
    case.events_count += 1
    actor = by if isinstance(by, Person) else None
    hat = teams.post(actor, case) if actor else None
    by_her = facts.pop("by_her", by is Who.VILLAGER)
    db.session.flush()  # a new case has no id before
    event = CaseEvent(
        case_id=case.id,
        n=case.events_count,
        action=action,
        at=at,
        by_her=by_her,
        actor_id=actor.id if actor else None,
        post=hat.role if hat else None,
        actor_area_code=hat.area_code if hat else None,
        status=case.status,
        area_code=case.area_code,
        team_id=case.team_id,
        owner_id=case.owner_id,
        kind=case.kind,
        category_id=case.category_id,
        is_urgent=case.is_urgent,
        channel=case.channel,
        is_marked=case.is_marked,
        is_visit_wanted=case.is_visit_wanted,
        household_id=case.household_id,
        code_id=code.id if code else None,
        main_case_id=main_case.id if main_case else None,
        response_due_at=case.response_due_at,
        handling_due_at=case.handling_due_at,
        handling_due_original_at=case.handling_due_original_at,
        policy_id=case.policy_id,
        **facts,
    )
    db.session.add(event)
    return event
