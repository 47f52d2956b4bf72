"""诉求的一生: which action is possible in which status and by whom, in one table, and the one writer of both.

`TABLE` says where an action leads from each status (two targets where the caller decides); what is not there is
refused with a sentence. `WHO` says who stands in which relation; `access` finds the relation. `record()` alone
sets `Case.status`, and appends one `CaseEvent` in the same transaction, its instant taken inside the write lock.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from feedback import clock, db, deadlines, policies, teams
from feedback.errors import Conflict
from feedback.models.cases import Case, CaseEvent
from feedback.models.codes import DoorCode
from feedback.models.kinds import Action, Status
from feedback.models.people import Person, Team
from feedback.words import N_

SILENCE = timedelta(days=7)
"""A case reported back closes so long after the answer, or after her last word."""
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
    Action.SUPERVISE: _stays(_N, _A, _P, _R),
    Action.END_SUPERVISION: _stays(_N, _A, _P, _R, _C),
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
    Action.SUPERVISE: frozenset({Who.TOWNSHIP, Who.DISCIPLINE}),
    Action.END_SUPERVISION: frozenset({Who.TOWNSHIP, Who.DISCIPLINE}),
    Action.DECLINE: frozenset({Who.VILLAGE, Who.TOWNSHIP}),
    Action.MERGE: frozenset({Who.VILLAGE, Who.TOWNSHIP}),
    Action.UNMERGE: frozenset({Who.VILLAGE, Who.TOWNSHIP, Who.SYSTEM}),
    Action.REOPEN: frozenset({Who.VILLAGE, Who.TOWNSHIP, Who.SYSTEM}),
    Action.REISSUE_RECEIPT: frozenset({Who.VILLAGE, Who.TOWNSHIP}),
    Action.HIDE: frozenset({Who.TOWNSHIP}),
    Action.ERASE: frozenset({Who.TOWNSHIP, Who.SYSTEM}),
}

OPEN = frozenset({_N, _A, _P})
"""Handlers' clocks run."""
WAITING_FOR_HER = frozenset({_R, _C})
QUIET = frozenset(
    {
        Action.NOTE,
        Action.REVEAL,
        Action.ADD,
        Action.RATE,
        Action.WITNESS,
        Action.SUPERVISE,
        Action.END_SUPERVISION,
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
    outcome, reason, answer, rating. Raises Conflict where the status does not allow the action.
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
    _set_clocks(case, event, before=before)
    event.handling_due_at = case.handling_due_at
    event.handling_due_original_at = case.handling_due_at  # waits move both; nothing extends one of them yet
    db.session.flush()
    return event


def _move(case: Case, action: Action, after: Status, *, at: datetime, by: By, owner: Person | None) -> None:
    before, case.status = case.status, after
    if after in {Status.NEW, Status.ASSIGNED}:
        case.owner_id, case.asked_at = None, None
        if before in WAITING_FOR_HER:
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
        case Action.SUPERVISE:
            case.supervised_at = at
        case Action.END_SUPERVISION:
            case.supervised_at = None
        case Action.MERGE if main_case is not None:
            case.main_case_id = main_case.id
        case _:
            pass


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


def _set_clocks(case: Case, event: CaseEvent, *, before: Status | None) -> None:
    """Works out the moved handling due, the next due and the next instant at which time alone acts."""
    reopened = before in WAITING_FOR_HER and case.status is Status.ASSIGNED
    if (
        reopened
        or event.action in {Action.ANSWER, Action.CLASSIFY, Action.ASK}
        or (before is Status.IN_PROGRESS and case.status is not Status.IN_PROGRESS)
    ):
        _work_out_handling_due(case, event)
    if case.status not in OPEN:
        case.next_due_at = None
    elif case.responded_at is None:
        case.next_due_at = case.response_due_at
    else:
        case.next_due_at = case.handling_due_at
    if case.status is Status.REPORTED_BACK:
        if before is not Status.REPORTED_BACK or event.by_her or event.action is Action.REPORT_BACK:
            case.wakes_at = event.at + SILENCE
    else:
        case.wakes_at = None


def _work_out_handling_due(case: Case, event: CaseEvent) -> None:
    """The due as the waits for her moved it; while a question is open, as after all the days that are left."""
    policy, calendar = policies.of(case), policies.calendar_of(case.area_code)
    questions, silences = waits(case, event)
    if case.asked_at is None:
        asked = deadlines.capped(questions, calendar, policy.close_of_office)
    else:
        asked = deadlines.wait_of_open_question(case.asked_at, questions, calendar, policy.close_of_office)
    case.handling_due_at = deadlines.moved(
        case.handling_due_original_at,
        policy.handling,
        [*asked, *silences],
        calendar,
        policy.close_of_office,
    )


def waits(case: Case, newest: CaseEvent | None = None) -> tuple[list[deadlines.Wait], list[deadlines.Wait]]:
    """The ended waits for her: between question and answer, and between answer and reopening."""
    rows: list[Any] = list(
        db.session.execute(
            select(CaseEvent.n, CaseEvent.action, CaseEvent.at, CaseEvent.status)
            .where(CaseEvent.case_id == case.id)
            .order_by(CaseEvent.n)
        )
    )
    if newest is not None and (not rows or rows[-1].n < newest.n):
        rows.append(newest)
    questions: list[deadlines.Wait] = []
    silences: list[deadlines.Wait] = []
    asked_at: datetime | None = None
    waiting_since: datetime | None = None
    for row in rows:
        if row.action is Action.ASK:
            asked_at = row.at
        elif asked_at is not None and (row.action is Action.ANSWER or row.status is not Status.IN_PROGRESS):
            questions.append(deadlines.Wait(asked_at, row.at))
            asked_at = None
        if waiting_since is None and row.status in WAITING_FOR_HER:
            waiting_since = row.at
        elif waiting_since is not None and row.status in OPEN:
            silences.append(deadlines.Wait(waiting_since, row.at))
            waiting_since = None
    return questions, silences
