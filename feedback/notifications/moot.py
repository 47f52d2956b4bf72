"""过时: whether what a notice says still holds when its turn comes; else it is dropped, not sent."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, select

from feedback import access, alerts, clocks, db, ladder, workflow
from feedback.codes import flags
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action, Status
from feedback.models.notices import Notice
from feedback.models.people import Person, Role
from feedback.notifications import recipients


def is_moot(notice: Notice, his: Collection[int]) -> bool:
    """Whether what the notice says holds no longer, or is no longer for its reader."""
    if notice.person is not None and not _is_still_his(notice, notice.person, his):
        return True
    if notice.case is None or notice.event is None:
        is_past = notice.sign is not None and notice.sign.ended_at is not None
        is_past = is_past or (notice.plate_flag is not None and notice.plate_flag.settled_at is not None)
        return is_past or (notice.alert is not None and notice.alert.ended_on is not None)
    if notice.person is None:
        return _is_old_news(notice.event, notice.case)
    return _is_over(notice.event, notice.case)


def _is_still_his(notice: Notice, person: Person, his: Collection[int]) -> bool:
    """A case, an alert or a plate while he may know of it, a sign while he serves there."""
    if notice.case_id is not None:
        return notice.case_id in his
    if notice.alert is not None:
        return alerts.lists.may_know(person, notice.alert)
    if notice.plate_flag is not None:
        return flags.may_know(person, notice.plate_flag)
    held = access.scope(person)
    return notice.sign is not None and held.covers(notice.sign.area_code, Role.VILLAGE, Role.TOWNSHIP)


def _is_over(event: CaseEvent, case: Case) -> bool:
    """Whether staff need not hear of it any more."""
    match event.action:
        case Action.REMIND if event.reason == ladder.LETTER_OVERDUE:
            return _needs_no_answer(case)
        case Action.REMIND:
            rung = ladder.REASONS.get(event.reason or "")
            return case.status not in clocks.OPEN if rung is None else rung[0] not in ladder.running(case)
        case Action.SUPERVISE if event.until_at is not None:
            return _needs_no_answer(case)
        case Action.SUPERVISE | Action.ANSWER_SUPERVISION:
            return not case.is_supervised
        case Action.HAND_OVER:
            return case.status is not Status.IN_PROGRESS or case.owner_id != event.owner_id
        case Action.ANSWER | Action.EXTEND | Action.REFUSE_EXTENSION:
            return case.status is not Status.IN_PROGRESS
        case Action.ASK_EXTENSION:
            return case.extension_asked_at is None
        case Action.APPEAL:
            return _was_followed(event, CaseEvent.action == Action.DECIDE_APPEAL, CaseEvent.of_n == event.of_n)
        case action if action in recipients.ARRIVALS:
            return case.team_id != event.team_id or case.status not in recipients.WAITING_FOR_SOMEBODY
        case _:
            return False


def _is_old_news(event: CaseEvent, case: Case) -> bool:
    """Whether the villager need not hear of it any more."""
    match event.action:
        case Action.RESPOND:
            is_answered = _was_followed(event, CaseEvent.action == Action.WITNESS, CaseEvent.of_n == event.n)
            return case.status not in clocks.OPEN or is_answered
        case Action.ASK:
            return case.asked_at is None
        case Action.REPORT_BACK:
            return case.status is not Status.REPORTED_BACK
        case Action.EXTEND:
            return case.status not in clocks.OPEN
        case Action.DECLINE | Action.MERGE:
            return case.status is not Status.CLOSED
        case _:
            return False


def _needs_no_answer(case: Case) -> bool:
    """Whether nobody waits any more for the answer to a letter of supervision."""
    return case.status not in clocks.OPEN or workflow.open_letter(case) is None


def _was_followed(event: CaseEvent, *conditions: ColumnElement[bool]) -> bool:
    """Whether something came after the event in its case."""
    after = select(CaseEvent.id).where(CaseEvent.case_id == event.case_id, CaseEvent.n > event.n, *conditions)
    return db.session.scalar(after.limit(1)) is not None
