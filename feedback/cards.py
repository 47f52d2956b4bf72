"""蓝黄红牌: which cards a case has drawn, worked out from its events and kept nowhere.

Blue: a clock is near its due. Yellow: it ran out. Red: it ran out while the case was under supervision, or for the
second time in the case, or a letter of supervision was not answered in time. A card stands on whoever owned the
case at that instant, else on the team that held it. An appeal that is upheld lifts it, and a lifted yellow no
longer makes the next one red.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from feedback import ladder
from feedback.ladder import Rung
from feedback.models.cases import CaseEvent
from feedback.models.kinds import Action
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
    is_supervised = False
    for event in happened:
        is_supervised = _is_supervised_after(event, is_supervised)
        why, which = _why(event, is_supervised, found)
        if why is None:
            continue
        end = decided.get(event.n)
        found.append(Given(
            why, event.n, event.at, event.team_id, event.owner_id, which,
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


def _is_supervised_after(event: CaseEvent, before: bool) -> bool:
    match event.action:
        case Action.SUPERVISE:
            return True
        case Action.END_SUPERVISION | Action.WITHDRAW:
            return False
        case _:
            return before
