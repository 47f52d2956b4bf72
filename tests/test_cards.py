"""蓝黄红牌: every event that could draw a card, under every circumstance that could change which, and on whom."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from feedback import cards, ladder
from feedback.cards import Card, Why
from feedback.ladder import Clock, Rung
from feedback.models.cases import CaseEvent
from feedback.models.kinds import Action, Status

FIRST = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
RED = {Rung.NEAR: Why.NEAR, Rung.OVERDUE: Why.SUPERVISED}
AGAIN = {Rung.NEAR: Why.NEAR, Rung.OVERDUE: Why.AGAIN}
YELLOW = {Rung.NEAR: Why.NEAR, Rung.OVERDUE: Why.OVERDUE}


class Life:
    """Events as they are stored, one an hour, of a case its team holds and nobody owns until somebody does."""

    def __init__(self) -> None:
        self.events: list[CaseEvent] = []
        self.numbers = count(1)
        self.owner_id: int | None = None
        self.then(Action.SUBMIT, by_her=True)

    def then(self, action: Action, **facts: object) -> "Life":
        n = next(self.numbers)
        at = FIRST + timedelta(hours=n)
        self.events.append(CaseEvent(**{
            "n": n, "action": action, "at": at, "team_id": 5, "owner_id": self.owner_id, "by_her": False,
            "status": Status.ASSIGNED, "response_due_at": at - SECOND, "handling_due_at": at - SECOND, **facts,
        }))
        return self

    def rung(self, clock: Clock, rung: Rung) -> "Life":
        return self.then(Action.REMIND, reason=ladder.reason(clock, rung))

    def overdue(self, clock: Clock = Clock.RESPONSE) -> "Life":
        return self.rung(clock, Rung.OVERDUE)

    def appealed(self, n: int) -> "Life":
        return self.then(Action.APPEAL, of_n=n, actor_id=7)

    def decided(self, n: int, reason: str) -> "Life":
        return self.then(Action.DECIDE_APPEAL, of_n=n, reason=reason, actor_id=9)


CIRCUMSTANCES: dict[str, tuple[Callable[[Life], Life], dict[Rung, Why]]] = {
    "fresh": (lambda life: life, YELLOW),
    "late before": (lambda life: life.overdue(), AGAIN),
    "near before": (lambda life: life.rung(Clock.RESPONSE, Rung.NEAR), YELLOW),
    "late before, appealed": (lambda life: life.overdue().appealed(2), AGAIN),
    "late before, appeal rejected": (lambda life: life.overdue().appealed(2).decided(2, cards.REJECTED), AGAIN),
    "late before, lifted": (lambda life: life.overdue().appealed(2).decided(2, cards.UPHELD), YELLOW),
    "supervised": (lambda life: life.then(Action.SUPERVISE, actor_id=9), RED),
    "supervised by the clock": (lambda life: life.overdue().then(Action.SUPERVISE, reason="response_day_over"), RED),
    "no longer supervised": (
        lambda life: life.then(Action.SUPERVISE, actor_id=9).then(Action.END_SUPERVISION, actor_id=9), YELLOW,
    ),
    "taken back": (lambda life: life.then(Action.SUPERVISE, actor_id=9).then(Action.WITHDRAW, by_her=True), YELLOW),
    "late under supervision before": (
        lambda life: life.then(Action.SUPERVISE, actor_id=9).overdue().then(Action.END_SUPERVISION, actor_id=9), AGAIN,
    ),
}


@pytest.mark.parametrize("circumstance", CIRCUMSTANCES)
@pytest.mark.parametrize("rung", list(Rung))
@pytest.mark.parametrize("clock", list(Clock))
def test_each_rung_draws_the_card_of_its_circumstances(clock: Clock, rung: Rung, circumstance: str) -> None:
    before, table = CIRCUMSTANCES[circumstance]
    life = before(Life())
    drawn = len(cards.given(life.events))
    new = cards.given(life.rung(clock, rung).events)[drawn:]
    assert [(one.why, one.clock) for one in new] == ([(table[rung], clock)] if rung in table else [])


@pytest.mark.parametrize("circumstance", CIRCUMSTANCES)
def test_a_letter_that_was_not_answered_in_time_draws_a_red_card(circumstance: str) -> None:
    before, _table = CIRCUMSTANCES[circumstance]
    last = cards.given(before(Life()).then(Action.REMIND, reason=ladder.LETTER_OVERDUE).events)[-1]
    assert (last.why, last.card, last.clock) == (Why.LETTER, Card.RED, None)


@pytest.mark.parametrize("action", [one for one in Action if one is not Action.REMIND])
def test_nothing_but_a_reminder_draws_a_card(action: Action) -> None:
    assert cards.given(Life().then(action, reason="handling_overdue").events) == []


@pytest.mark.parametrize("by", [{"actor_id": 9}, {"by_her": True}, {"actor_id": 9, "reason": "handling_overdue"}])
def test_a_reminder_of_a_person_draws_no_card(by: dict[str, object]) -> None:
    assert cards.given(Life().then(Action.REMIND, **by).events) == []


@pytest.mark.parametrize(("why", "card"), [
    (Why.NEAR, Card.BLUE), (Why.OVERDUE, Card.YELLOW), (Why.SUPERVISED, Card.RED), (Why.AGAIN, Card.RED),
    (Why.LETTER, Card.RED),
])
def test_each_reason_has_its_card(why: Why, card: Card) -> None:
    assert why.card is card


def test_every_reason_is_drawn_somewhere_in_the_table() -> None:
    drawn = {Why.LETTER} | {why for _before, table in CIRCUMSTANCES.values() for why in table.values()}
    assert drawn == set(Why)


def test_a_card_stands_on_the_owner_of_that_instant_else_on_the_team() -> None:
    life = Life().overdue()
    life.owner_id = 7
    life.then(Action.RESPOND, actor_id=7).overdue(Clock.HANDLING)
    life.owner_id = 8
    first, second = cards.given(life.then(Action.HAND_OVER, actor_id=7).events)
    assert (first.n, first.team_id, first.owner_id, first.at) == (2, 5, None, FIRST + timedelta(hours=2))
    assert (second.n, second.team_id, second.owner_id) == (4, 5, 7)


@pytest.mark.parametrize("hours", [1, 0])
def test_what_is_told_late_stands_on_the_owner_when_time_ran_out(hours: int) -> None:
    life = Life()
    life.owner_id = 7
    life.then(Action.RESPOND, actor_id=7)
    due = life.events[-1].at + timedelta(hours=hours)
    life.owner_id = 8
    life.then(Action.HAND_OVER, actor_id=7).then(Action.TRANSFER, actor_id=9, team_id=6, owner_id=None)
    life.then(Action.REMIND, reason="handling_overdue", handling_due_at=due, team_id=6, owner_id=None)
    (card,) = cards.given(life.events)
    assert (card.team_id, card.owner_id) == (5, 8 if hours else 7)


def test_what_ran_out_before_supervision_is_yellow_though_told_after_it() -> None:
    life = Life().then(Action.ASSIGN)
    due = life.events[-1].at
    life.then(Action.SUPERVISE, actor_id=9)
    life.then(Action.REMIND, reason="handling_overdue", handling_due_at=due)
    assert [one.card for one in cards.given(life.events)] == [Card.YELLOW]


def test_a_clock_that_ran_out_while_the_case_was_ended_draws_no_card() -> None:
    life = Life().then(Action.MERGE, status=Status.CLOSED)
    due = life.events[-1].at + timedelta(minutes=30)
    life.then(Action.UNMERGE, actor_id=9)
    life.then(Action.REMIND, reason="response_overdue", response_due_at=due)
    assert cards.given(life.events) == []


def test_the_card_of_a_letter_stands_on_the_owner_on_its_day() -> None:
    life = Life()
    life.owner_id = 7
    life.then(Action.RESPOND, actor_id=7)
    life.then(Action.SUPERVISE, actor_id=9, until_at=life.events[-1].at + timedelta(hours=1, minutes=30))
    life.owner_id = 8
    life.then(Action.HAND_OVER, actor_id=7).then(Action.REMIND, reason=ladder.LETTER_OVERDUE)
    (card,) = cards.given(life.events)
    assert card.owner_id == 7


def test_an_appeal_waits_until_it_is_decided() -> None:
    life = Life().overdue()
    (fresh,) = cards.given(life.events)
    assert (fresh.appeal_n, fresh.is_waiting, fresh.is_lifted) == (None, False, False)
    (waiting,) = cards.given(life.appealed(2).events)
    assert (waiting.appeal_n, waiting.decided_n, waiting.is_waiting, waiting.is_lifted) == (3, None, True, False)
    (rejected,) = cards.given(life.decided(2, cards.REJECTED).events)
    assert (rejected.decided_n, rejected.is_waiting, rejected.is_lifted) == (4, False, False)


def test_an_upheld_appeal_lifts_its_card_and_no_other() -> None:
    life = Life().rung(Clock.HANDLING, Rung.NEAR).overdue(Clock.HANDLING).appealed(3).decided(3, cards.UPHELD)
    assert [(one.card, one.is_lifted) for one in cards.given(life.events)] == [
        (Card.BLUE, False), (Card.YELLOW, True),
    ]
    assert [one.card for one in cards.standing(life.events)] == [Card.BLUE]


def test_lifting_the_first_yellow_makes_the_second_one_yellow() -> None:
    life = Life().overdue().overdue(Clock.HANDLING)
    assert [one.card for one in cards.standing(life.events)] == [Card.YELLOW, Card.RED]
    life.appealed(2).decided(2, cards.UPHELD)
    assert [one.card for one in cards.standing(life.events)] == [Card.YELLOW]
