"""升级: the rungs of a case's ladder are told when their time has come, whatever else happens to the case.

A rung informs and never moves the case: one REMIND event by the system each, in the order of their instants, none
skipped and none twice, also for a case that nobody owns and one that already lies above. The last rung puts the
case under supervision, with a letter to be answered; an unanswered letter is told too. Who hears of it is the
notices' matter.
"""

from feedback import clock, clocks, ladder, policies, waking, workflow
from feedback.models.cases import Case
from feedback.models.kinds import Action
from feedback.workflow import Who


def climb() -> int:
    """Tells what is reached in a batch of the open cases whose time has come. Returns how many; 0 when none is left."""
    with policies.calendars_kept():
        return waking.each(clocks.OPEN, climb_one)


def climb_one(case: Case) -> int:
    """Tells everything that is reached by now; how many events that made. Where nothing is, because a due has moved
    or a calendar has changed, the case is woken when something will be."""
    before = case.events_count
    while (reason := _reached(case)) is not None:
        workflow.record(case, Action.REMIND, Who.SYSTEM, reason=reason)
        if _is_last(reason) and not case.is_supervised:
            until_at = policies.letter_due_at(case)
            workflow.record(case, Action.SUPERVISE, Who.SYSTEM, reason=reason, until_at=until_at)
    if case.events_count == before:
        clocks.wake(case)
    return case.events_count - before


def _reached(case: Case) -> str | None:
    """The reason of the earliest reminder whose instant has come and that has not been told."""
    coming = clocks.coming(case)
    return coming[0].reason if coming and coming[0].at <= clock.now() else None


def _is_last(reason: str) -> bool:
    return reason in ladder.REASONS and ladder.REASONS[reason][1].rung is ladder.Rung.DAY_OVER
