"""升级阶梯: who hears of a clock, and when, before and after it runs out.

A ladder is data: rungs in order, each with its instant (a share of the working time, or the due itself, or a
working day after it) and whom it tells. A rung informs; it never moves a case. Which rungs have been told stands
on the case (`response_rung`, `handling_rung`) and never goes back, whatever else happens to the case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from feedback import deadlines
from feedback.calendars import Calendar
from feedback.models.cases import Case
from feedback.models.kinds import Status
from feedback.words import N_


class Clock(StrEnum):
    """Which clock: until contact is made, or until the answer is given."""

    RESPONSE = "response"
    HANDLING = "handling"

    @property
    def label(self) -> str:
        return {Clock.RESPONSE: N_("响应"), Clock.HANDLING: N_("办理")}[self]


class Rung(StrEnum):
    """How far a clock has run."""

    HALF = "half"
    NEAR = "near"
    OVERDUE = "overdue"
    DAY_OVER = "day_over"

    @property
    def label(self) -> str:
        return {
            Rung.HALF: N_("时间过半"),
            Rung.NEAR: N_("快到期"),
            Rung.OVERDUE: N_("超期"),
            Rung.DAY_OVER: N_("超期一个工作日"),
        }[self]


class Tells(StrEnum):
    """Whom a rung tells, seen from the team that holds the case: it works on every level."""

    TEAM = "team"
    OWNER_AND_LEADER = "owner_and_leader"
    ABOVE = "above"
    TOWNSHIP = "township"


@dataclass(frozen=True)
class Step:
    """One rung of a ladder: `share` of the working time, or where that is all of it, the rung past the due."""

    rung: Rung
    share: float
    tells: Tells


LADDER: Mapping[Clock, tuple[Step, ...]] = {
    clock: (
        Step(Rung.HALF, 0.5, Tells.TEAM),
        Step(Rung.NEAR, 0.8, Tells.OWNER_AND_LEADER),
        Step(Rung.OVERDUE, 1.0, Tells.ABOVE),
        Step(Rung.DAY_OVER, 1.0, Tells.TOWNSHIP),
    )
    for clock in Clock
}
"""The last rung also puts the case under supervision (督办)."""

LETTER_OVERDUE = "letter_overdue"
"""The reason of the reminder when a letter of supervision has not been answered in time."""


def reason(clock: Clock, rung: Rung) -> str:
    """What the event of a rung carries: 'response_half', 'handling_day_over' …"""
    return f"{clock.value}_{rung.value}"


REASONS: Mapping[str, tuple[Clock, Step]] = {
    reason(clock, step.rung): (clock, step) for clock, steps in LADDER.items() for step in steps
}


def running(case: Case) -> list[Clock]:
    """The clocks that run against the handlers now; none once the answer is given."""
    if case.status not in {Status.NEW, Status.ASSIGNED, Status.IN_PROGRESS}:
        return []
    return [Clock.HANDLING] if case.responded_at is not None else [Clock.RESPONSE, Clock.HANDLING]


def told(case: Case, clock: Clock) -> int:
    """How many rungs of the clock have been told."""
    return case.response_rung if clock is Clock.RESPONSE else case.handling_rung


def following(case: Case, policy: deadlines.Policy, calendar: Calendar) -> list[tuple[datetime, Clock, Step]]:
    """The next rung of each running clock with its instant, the earliest first."""
    found = []
    for clock in running(case):
        steps = LADDER[clock][told(case, clock) :]
        if steps:
            found.append((instant(case, clock, steps[0], policy, calendar), clock, steps[0]))
    return sorted(found, key=lambda one: one[0])


def instant(case: Case, clock: Clock, step: Step, policy: deadlines.Policy, calendar: Calendar) -> datetime:
    """When a rung is reached (UTC). The due itself is on time, so a clock is overdue one second later."""
    if clock is Clock.RESPONSE:
        limit, due = policy.response, case.response_due_at
    else:
        limit, due = policy.handling, case.handling_due_at
    if step.rung is Rung.OVERDUE:
        return due + timedelta(seconds=1)
    if step.rung is Rung.DAY_OVER:
        return deadlines.one_working_day_later(limit, due, calendar, policy.close_of_office) + timedelta(seconds=1)
    return deadlines.point(limit, case.filed_at, due, step.share, calendar, policy.close_of_office)
