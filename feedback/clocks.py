"""时钟: the dues a case keeps, as waiting and extension move them, and the next instant at which time alone acts.

Called by `workflow.record` after each event; nobody else sets these columns.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from sqlalchemy import select

from feedback import clock, db, deadlines, ladder, policies
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action, Answer, Status

SILENCE = timedelta(days=7)
"""A case reported back closes so long after the answer, or after her last word."""
OPEN = frozenset({Status.NEW, Status.ASSIGNED, Status.IN_PROGRESS})
"""Handlers' clocks run."""
WAITING_FOR_HER = frozenset({Status.REPORTED_BACK, Status.CLOSED})
MOVING = frozenset({Action.ANSWER, Action.CLASSIFY, Action.ASK, Action.EXTEND})
"""What moves the handling due wherever it is done."""
TIMED = MOVING | {
    Action.SUBMIT, Action.REMIND, Action.SUPERVISE, Action.END_SUPERVISION, Action.ANSWER_SUPERVISION,
    Action.CONFIRM, Action.FOLLOW_UP,
}
"""What changes the next instant at which time alone does something, without changing the status."""


class Fact(Protocol):
    """What the waits are counted from: an event, or a row with its number, action, instant and status."""

    n: Any
    action: Any
    at: Any
    status: Any


def set_after(case: Case, event: CaseEvent, *, before: Status | None) -> None:
    """Works out the moved handling due, the next due and `wakes_at` after an event."""
    reopened = before in WAITING_FOR_HER and case.status is Status.ASSIGNED
    left = before is Status.IN_PROGRESS and case.status is not Status.IN_PROGRESS
    event.handling_due_original_at = case.handling_due_at
    if _has_waits(case, event, reopened or left):
        case.handling_due_at, event.handling_due_original_at = handling_dues(
            case, event, extension_days=case.extension_days
        )
    if case.status not in OPEN:
        case.next_due_at = None
    elif case.responded_at is None:
        case.next_due_at = case.response_due_at
    else:
        case.next_due_at = case.handling_due_at
    if before is not case.status or event.action in TIMED or case.status is Status.REPORTED_BACK:
        _set_waking(case, event, before=before)


def _has_waits(case: Case, event: CaseEvent, is_reopened_or_left: bool) -> bool:
    return is_reopened_or_left or event.action in MOVING or case.extension_days is not None


def handling_dues(
    case: Case, newest: CaseEvent | None = None, *, extension_days: int | None
) -> tuple[datetime, datetime]:
    """The handling due as waiting and so many working days of extension move it, and as waiting alone would: while a
    question is open, as after all the days that are left."""
    policy, calendar = policies.of(case), policies.calendar_of(case.area_code)
    questions, silences = waits(case, newest)
    if case.asked_at is None:
        asked = deadlines.capped(questions, calendar, policy.close_of_office)
    else:
        asked = deadlines.wait_of_open_question(case.asked_at, questions, calendar, policy.close_of_office)
    stretches = [*asked, *silences]

    def moved(due: datetime) -> datetime:
        return deadlines.moved(due, policy.handling, stretches, calendar, policy.close_of_office)

    original = moved(case.handling_due_original_at)
    if extension_days is None:
        return original, original
    longer = deadlines.extended(case.handling_due_original_at, extension_days, calendar, policy.close_of_office)
    return max(original, moved(longer)), original


def _set_waking(case: Case, event: CaseEvent, *, before: Status | None) -> None:
    if case.status is not Status.REPORTED_BACK:
        wake(case)
    elif before is not Status.REPORTED_BACK or event.by_her or event.action is Action.REPORT_BACK:
        case.wakes_at = event.at + SILENCE


def wake(case: Case) -> None:
    """Works out anew when time alone next does something to a case that does not wait for her word."""
    if case.status not in OPEN:
        case.wakes_at = _look_again_at(case)
        return
    case.wakes_at = next((each.at for each in coming(case)), None)


class Reminder(NamedTuple):
    """What time alone will tell of a case: when, and the reason its event will carry."""

    at: datetime
    reason: str


def coming(case: Case) -> list[Reminder]:
    """The next rung of each clock that runs, and the unanswered letter of supervision, the earliest first."""
    rungs = ladder.following(case, policies.of(case), policies.calendar_of(case.area_code))
    reminders = [Reminder(at, ladder.reason(which, step.rung)) for at, which, step in rungs]
    if case.supervision_due_at is not None:
        reminders.append(Reminder(case.supervision_due_at + timedelta(seconds=1), ladder.LETTER_OVERDUE))
    return sorted(reminders, key=lambda each: each.at)


def _look_again_at(case: Case) -> datetime | None:
    """The first instant of the day on which a matter that was not possible comes back; none once she calls it
    solved, or where it ended otherwise."""
    if case.look_again_on is None or case.is_excluded or case.answer is Answer.SOLVED:
        return None
    return max(clock.start_of(case.look_again_on), clock.now())


def stops(events: Iterable[Fact]) -> frozenset[int]:
    """The numbers of the events that stopped a clock, of events in their order: the first contact, and of the answers
    the first since the filing, a dispute or a reopening. A later call or a further answer is measured by no due."""
    found: set[int] = set()
    before, is_contacted = None, False
    for event in events:
        if event.status is Status.IN_PROGRESS and not is_contacted:
            is_contacted = True
            found.add(event.n)
        if event.status is Status.REPORTED_BACK and before is not Status.REPORTED_BACK:
            found.add(event.n)
        before = event.status
    return frozenset(found)


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
    return waits_in(rows)


def waits_in(events: Sequence[Fact]) -> tuple[list[deadlines.Wait], list[deadlines.Wait]]:
    """The same, of events in their order."""
    questions: list[deadlines.Wait] = []
    silences: list[deadlines.Wait] = []
    asked_at: datetime | None = None
    waiting_since: datetime | None = None
    for row in events:
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
