"""派单: a filing goes at once to the team that is to act, if somebody is there.

What stays 待受理 stays in the list of the village (else the township), first: filings marked for checking, those
from a revoked or mistyped code, and those whose micro-grid has nobody present.
"""

from feedback import recusal, teams, workflow
from feedback.models.cases import Case
from feedback.models.kinds import Action
from feedback.workflow import Who


def route(case: Case, *, code_works: bool = True) -> None:
    """Assigns a case just submitted; the clocks run either way.

    `code_works` is False where she came through a revoked or mistyped code.
    """
    if case.is_marked or not code_works:
        return
    team = case.team if case.about is not None else teams.of(case.area_code)
    if recusal.available(team, case):
        workflow.record(case, Action.ASSIGN, Who.SYSTEM, team=team)
