"""蓝黄红牌: which cards a case has drawn, worked out from its events and kept nowhere.

Blue: a clock is near its due. Yellow: it ran out. Red: it ran out while the case was under supervision, or for the
second time in the case, or a letter of supervision was not answered in time. A card stands on whoever owned the
case when time ran out, however late that was told, else on the team that held it; on nobody where the case was ended
then. An appeal that is upheld lifts it, and a lifted yellow no longer makes the next one red.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from feedback import ladder
from feedback.ladder import Rung
from feedback.models.cases import CaseEvent
from feedback.models.kinds import Action, Status
from feedback.words import N_

UPHELD, REJECTED = "upheld", "rejected"
"""The reason of the event that decides an appeal."""


class Card(StrEnum):
    """A card, from the lightest."""

    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"

    @property
    def label(self) -> str:
        return {Card.BLUE: N_("蓝牌"), Card.YELLOW: N_("黄牌"), Card.RED: N_("红牌")}[self]


class Why(StrEnum):
    """What a card stands for."""

    NEAR = "near"
    OVERDUE = "overdue"
    SUPERVISED = "supervised"
    AGAIN = "again"
    LETTER = "letter"

    @property
    def label(self) -> str:
        return {
            Why.NEAR: N_("快到期"),
            Why.OVERDUE: N_("超期"),
            Why.SUPERVISED: N_("督办后仍超期"),
            Why.AGAIN: N_("同一件第二次超期"),
            Why.LETTER: N_("督办单到期没有回复"),
        }[self]

    @property
    def card(self) -> Card:
        return {Why.NEAR: Card.BLUE, Why.OVERDUE: Card.YELLOW}.get(self, Card.RED)


OVERDUE = frozenset({Why.OVERDUE, Why.SUPERVISED, Why.AGAIN})
"""Cards for a clock that ran out."""


@dataclass(frozen=True)
class Given:
    """One card: the event that drew it (`n`, `at`), on whom it stands, and what became of an appeal against it."""

    why: Why
    n: int
    at: datetime
    team_id: int
    owner_id: int | None
    clock: ladder.Clock | None = None
    """Which clock drew it; none for a letter."""
    appeal_n: int | None = None
    decided_n: int | None = None
    is_lifted: bool = False

    @property
    def card(self) -> Card:
        return self.why.card

    @property
    def is_waiting(self) -> bool:
        """Whether an appeal against it has not been decided."""
        return self.appeal_n is not None and self.decided_n is None


def given(events: Iterable[CaseEvent]) -> list[Given]:
    """The cards of one case, lifted ones too, from all its events in their order."""
    happened = list(events)
    appeals = {event.of_n: event.n for event in happened if event.action is Action.APPEAL}
    decided = {event.of_n: event for event in happened if event.action is Action.DECIDE_APPEAL}
    found: list[Given] = []
    for place, event in enumerate(happened):
        then = _when_time_ran_out(event, happened[:place])
        why, which = _why(event, _is_supervised(then), found)
        if why is None or then[-1].status is Status.CLOSED:
            continue
        end = decided.get(event.n)
        found.append(Given(
            why, event.n, event.at, then[-1].team_id, then[-1].owner_id, which,
            appeal_n=appeals.get(event.n), decided_n=end.n if end else None,
            is_lifted=end is not None and end.reason == UPHELD,
        ))
    return found


def standing(events: Iterable[CaseEvent]) -> list[Given]:
    """Those that no appeal has lifted."""
    return [one for one in given(events) if not one.is_lifted]


def _why(
    event: CaseEvent, is_supervised: bool, before: Sequence[Given]
) -> tuple[Why | None, ladder.Clock | None]:
    """Why the event draws a card, and on which clock; nothing for an event that draws none."""
    if event.action is not Action.REMIND or event.actor_id is not None or event.by_her or event.reason is None:
        return None, None
    if event.reason == ladder.LETTER_OVERDUE:
        return Why.LETTER, None
    which, step = ladder.REASONS[event.reason]
    match step.rung:
        case Rung.NEAR:
            return Why.NEAR, which
        case Rung.OVERDUE if is_supervised:
            return Why.SUPERVISED, which
        case Rung.OVERDUE if any(one.why in OVERDUE and not one.is_lifted for one in before):
            return Why.AGAIN, which
        case Rung.OVERDUE:
            return Why.OVERDUE, which
        case _:
            return None, None


def _when_time_ran_out(event: CaseEvent, before: Sequence[CaseEvent]) -> Sequence[CaseEvent]:
    """What had happened when the time ran out of which an event tells; that itself, where it tells of none."""
    ran_out_at = _ran_out_at(event, before) if event.action is Action.REMIND else None
    then = [one for one in before if ran_out_at is not None and one.at <= ran_out_at]
    return then or [*before, event]


def _ran_out_at(event: CaseEvent, before: Sequence[CaseEvent]) -> datetime | None:
    if event.reason == ladder.LETTER_OVERDUE:
        return next((one.until_at for one in reversed(before) if one.action is Action.SUPERVISE), None)
    which, step = ladder.REASONS.get(event.reason or "", (None, None))
    if step is None or step.rung is not Rung.OVERDUE:
        return None
    return event.response_due_at if which is ladder.Clock.RESPONSE else event.handling_due_at


def _is_supervised(events: Iterable[CaseEvent]) -> bool:
    is_supervised = False
    for event in events:
        match event.action:
            case Action.SUPERVISE:
                is_supervised = True
            case Action.END_SUPERVISION | Action.WITHDRAW:
                is_supervised = False
    return is_supervised
