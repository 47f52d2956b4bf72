"""升级: the rungs of a case's ladder are told when their time has come, whatever else happens to the case.

A rung informs and never moves the case: one REMIND event by the system each, in the order of their instants, none
skipped and none twice, also for a case that nobody owns and one that already lies above. The last rung puts the
case under supervision, with a letter to be answered; an unanswered letter is told too. Who hears of it is the
notices' matter.
"""

from sqlalchemy import select

from feedback import clock, clocks, db, ladder, policies, workflow
from feedback.models.cases import Case
from feedback.models.kinds import Action
from feedback.workflow import Who

BATCH = 100


def climb() -> int:
    """Tells what is reached in a batch of the open cases whose time has come. Returns how many; 0 when none is left."""
    due = db.session.scalars(
        select(Case)
        .where(Case.wakes_at.is_not(None), Case.wakes_at <= clock.now(), Case.status.in_(clocks.OPEN))
        .order_by(Case.wakes_at, Case.id)
        .limit(BATCH)
        .with_for_update(of=Case, skip_locked=True)
    ).all()
    for case in due:
        climb_one(case)
    return len(due)


def climb_one(case: Case) -> int:
    """Tells every rung of the case that is reached by now; how many events that made."""
    before = case.events_count
    _tell_letter(case)
    while (following := _reached(case)) is not None:
        which, step = following
        workflow.record(case, Action.REMIND, Who.SYSTEM, reason=ladder.reason(which, step.rung))
        if step.rung is ladder.Rung.DAY_OVER and not case.is_supervised:
            workflow.record(
                case, Action.SUPERVISE, Who.SYSTEM, reason=ladder.reason(which, step.rung),
                until_at=policies.letter_due_at(case),
            )
    if case.events_count == before:
        clocks.wake(case)
    return case.events_count - before


def _tell_letter(case: Case) -> None:
    if case.supervision_due_at is not None and case.supervision_due_at < clock.now():
        workflow.record(case, Action.REMIND, Who.SYSTEM, reason=ladder.LETTER_OVERDUE)


def _reached(case: Case) -> tuple[ladder.Clock, ladder.Step] | None:
    """The earliest rung not told yet, where its instant has come."""
    following = ladder.following(case, policies.of(case), policies.calendar_of(case.area_code))
    if not following or following[0][0] > clock.now():
        return None
    return following[0][1], following[0][2]
