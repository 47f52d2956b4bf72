"""案情: what the figures need to know about one case, folded from its events up to an instant.

Nothing here asks the database or the time: the same events give the same facts, whether they come from the
table or from an exported file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from feedback import clock
from feedback.models.kinds import Action, Answer, Channel, Kind, Outcome, Status
from feedback.words import N_


class Exclusion(StrEnum):
    """Why a case is not counted; the order is that of every table."""

    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    DECLINED = "declined"
    INVALID = "invalid"

    @property
    def label(self) -> str:
        return {
            Exclusion.WITHDRAWN: N_("已撤回"),
            Exclusion.MERGED: N_("已并案"),
            Exclusion.DECLINED: N_("不归这里管"),
            Exclusion.INVALID: N_("无效"),
        }[self]


class Verdict(StrEnum):
    """What one clock says of a case."""

    ON_TIME = "on_time"
    LATE = "late"
    NOT_YET_DUE = "not_yet_due"
    NOT_JUDGED = "not_judged"
    """Excluded before the clock ran out."""


DUE_PASSED = frozenset({Verdict.ON_TIME, Verdict.LATE})
EXCLUSIONS = {
    Outcome.WITHDRAWN: Exclusion.WITHDRAWN,
    Outcome.MERGED: Exclusion.MERGED,
    Outcome.DECLINED: Exclusion.DECLINED,
    Outcome.INVALID: Exclusion.INVALID,
}
REOPENING = frozenset({Action.DISPUTE, Action.FOLLOW_UP, Action.REOPEN, Action.UNMERGE})
"""What may begin a new round of handling. It does so when it leads out of REPORTED_BACK or CLOSED."""
ANSWERING = frozenset({Action.CONFIRM, Action.DISPUTE, Action.FOLLOW_UP})
RATING = frozenset({Action.RATE, Action.FOLLOW_UP})
SILENT = frozenset({
    Action.HAND_OVER, Action.CLASSIFY, Action.ASK, Action.ANSWER, Action.ADD, Action.NOTE, Action.REVEAL,
    Action.ASK_EXTENSION, Action.EXTEND, Action.REFUSE_EXTENSION, Action.REMIND, Action.SUPERVISE,
    Action.ANSWER_SUPERVISION, Action.END_SUPERVISION, Action.APPEAL, Action.DECIDE_APPEAL, Action.REISSUE_RECEIPT,
    Action.HIDE, Action.ERASE,
})  # fmt: skip
"""What never changes a status and of which no figure speaks; what it leaves behind is in the state."""
ANSWERED = frozenset({Status.REPORTED_BACK, Status.CLOSED})


class Step(NamedTuple):
    """One event, as far as a figure may turn on it."""

    case_id: int
    n: int
    action: Action
    at: datetime
    actor_id: int | None
    by_her: bool
    status: Status
    channel: Channel
    witnessed: bool | None
    of_n: int | None
    code_id: int | None
    outcome: Outcome | None
    answer: Answer | None
    rating: int | None


class State(NamedTuple):
    """Where a case stands after its last event up to an instant."""

    case_id: int
    status: Status
    area_code: str
    team_id: int
    owner_id: int | None
    kind: Kind
    category_id: int | None
    channel: Channel
    is_marked: bool
    is_visit_wanted: bool
    household_id: int | None
    response_due_at: datetime
    handling_due_at: datetime
    handling_due_original_at: datetime


@dataclass(slots=True)
class Facts:
    """One case as at an instant; `last` is where it stands then."""

    filed_at: datetime
    last: State
    as_at: datetime
    responded_at: datetime | None = None
    responder_id: int | None = None
    handled_at: datetime | None = None
    """The first report_back since filing, the last dispute or the last reopening."""
    handler_id: int | None = None
    closed_at: datetime | None = None
    closed_by: Action | None = None
    closer_id: int | None = None
    exclusion: Exclusion | None = None
    was_reported_back: bool = False
    was_reopened: bool = False
    answer: Answer | None = None
    """Her own last word."""
    is_answered: bool = False
    """There is a word of hers since the standing report_back, by her own hand or written down for her."""
    rating: int | None = None
    recorded_answer: Answer | None = None
    """The last word that somebody else wrote down for her."""
    recorded_rating: int | None = None
    is_repeated: bool = False
    scans: set[int] = field(default_factory=set)
    """Numbers of the visits with a door scan that she has not denied."""

    @property
    def area_code(self) -> str:
        return self.last.area_code

    @property
    def team_id(self) -> int:
        return self.last.team_id

    @property
    def kind(self) -> Kind:
        return self.last.kind

    @property
    def category_id(self) -> int | None:
        return self.last.category_id

    @property
    def month(self) -> str:
        """Of filing, in Shanghai: 2026-11."""
        return f"{clock.local(self.filed_at):%Y-%m}"

    @property
    def response_by_id(self) -> int | None:
        """Who answers for its response; None where nobody has taken it up."""
        return self.responder_id

    @property
    def handling_by_id(self) -> int | None:
        """Who answers for its handling: who gave the standing answer, else the owner."""
        return self.handler_id or self.last.owner_id

    @property
    def case_by_id(self) -> int | None:
        """Who answers for the case: whoever declined or merged it, else who answers for its handling."""
        ended_by_staff = self.closer_id if self.exclusion is not None else None
        return ended_by_staff or self.handling_by_id

    @property
    def is_counted(self) -> bool:
        return self.exclusion is None

    @property
    def is_closed(self) -> bool:
        return self.exclusion is None and self.closed_at is not None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_to_check(self) -> bool:
        return self.last.is_marked and self.last.status is Status.NEW

    @property
    def is_unconfirmed(self) -> bool:
        """Closed by silence, and there is no word of hers since."""
        return self.is_closed and self.closed_by is Action.CLOSE and not self.is_answered

    @property
    def is_extended(self) -> bool:
        return self.last.handling_due_at != self.last.handling_due_original_at

    @property
    def response(self) -> Verdict:
        return self._judge(self.last.response_due_at, self.responded_at)

    @property
    def handling(self) -> Verdict:
        return self._judge(self.last.handling_due_at, self.handled_at)

    @property
    def handling_by_original(self) -> Verdict:
        return self._judge(self.last.handling_due_original_at, self.handled_at)

    def _judge(self, due_at: datetime, done_at: datetime | None) -> Verdict:
        """The due instant itself is on time. What ran out before an exclusion stays late (no laundering)."""
        in_time = done_at is not None and done_at <= due_at
        if self.exclusion is not None:
            ran_out = self.closed_at is not None and due_at < self.closed_at and not in_time
            return Verdict.LATE if ran_out else Verdict.NOT_JUDGED
        if self.as_at <= due_at:
            return Verdict.NOT_YET_DUE
        return Verdict.ON_TIME if in_time else Verdict.LATE

    def take(self, step: Step, before: Status) -> None:
        """Goes one step further, from the status before it."""
        if step.status is Status.IN_PROGRESS and self.responded_at is None:
            self.responded_at, self.responder_id = step.at, step.actor_id
        if step.action in REOPENING and step.status not in ANSWERED and before in ANSWERED:
            self._begin_again(step)
        if step.status is Status.CLOSED and before is not Status.CLOSED:
            self._end(step)
        elif step.status is not Status.CLOSED:
            self.closed_at = self.closed_by = self.closer_id = self.exclusion = None
        match step.action:
            case Action.REPORT_BACK if self.handled_at is None:
                self.was_reported_back = True
                self.handled_at, self.handler_id = step.at, step.actor_id
            case Action.VISIT if step.code_id is not None:
                self.scans.add(step.n)
            case Action.WITNESS if step.witnessed is False and step.of_n is not None:
                self.scans.discard(step.of_n)
            case Action.DISPUTE | Action.REOPEN:
                self.was_reopened = True
        if step.action in ANSWERING or step.action in RATING:
            self._hear(step)

    def _begin_again(self, step: Step) -> None:
        self.was_reopened = self.was_reopened or step.action is not Action.UNMERGE
        self.handled_at = self.handler_id = None
        self.is_answered = False

    def _end(self, step: Step) -> None:
        self.closed_at, self.closed_by, self.closer_id = step.at, step.action, step.actor_id
        self.exclusion = EXCLUSIONS.get(step.outcome) if step.outcome is not None else None

    def _hear(self, step: Step) -> None:
        """Her word. What others wrote down for her, or on a filing somebody typed for her, is kept apart."""
        is_her_own = step.by_her and step.channel is Channel.DOOR
        answer = Answer.NOT_SOLVED if step.action is Action.DISPUTE else step.answer
        rating = step.rating if step.action in RATING else None
        if step.action in ANSWERING and answer is not None:
            self.is_answered = self.handled_at is not None
            if is_her_own:
                self.answer = answer
            else:
                self.recorded_answer = answer
        if rating is not None:
            if is_her_own:
                self.rating = rating
            else:
                self.recorded_rating = rating


def fold(steps: Iterable[Step], states: Mapping[int, State], as_at: datetime) -> list[Facts]:
    """The facts of each case of which a state is known.

    Steps come case by case, in the order of their numbers, none after `as_at`; those of `SILENT` actions may be
    left out.
    """
    cases: list[Facts] = []
    current: Facts | None = None
    before = Status.NEW
    for step in steps:
        if current is None or step.case_id != current.last.case_id:
            state = states.get(step.case_id)
            if state is None:
                continue
            current = Facts(step.at, state, as_at)
            cases.append(current)
            before = step.status
        current.take(step, before)
        before = step.status
    return cases
