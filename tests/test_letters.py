"""督办单: what becomes of a letter in every course of events, and which clocks it says had run out."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from feedback import clock
from feedback.ladder import Clock
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action, Status
from feedback.supervision import letters
from feedback.supervision.letters import State

FIRST = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOW = FIRST + 100 * HOUR
LATER, EARLIER = NOW + HOUR, NOW - HOUR


class Life:
    """Events as they are stored, one an hour; both clocks run out long after them."""

    def __init__(self) -> None:
        self.events: list[CaseEvent] = []
        self.numbers = count(1)
        self.status, self.due = Status.ASSIGNED, {Clock.RESPONSE: LATER, Clock.HANDLING: LATER}
        self.then(Action.SUBMIT)

    def then(self, action: Action, status: Status | None = None, **facts: object) -> "Life":
        self.status, n = status or self.status, next(self.numbers)
        self.events.append(CaseEvent(**{
            "n": n, "action": action, "at": FIRST + n * HOUR, "status": self.status, "until_at": None,
            "response_due_at": self.due[Clock.RESPONSE], "handling_due_at": self.due[Clock.HANDLING], **facts,
        }))
        return self

    def taken(self) -> "Life":
        return self.then(Action.RESPOND, Status.IN_PROGRESS)

    def supervised(self, until: datetime | None = LATER) -> "Life":
        return self.then(Action.SUPERVISE, until_at=until)

    def answered(self) -> "Life":
        return self.then(Action.ANSWER_SUPERVISION)

    def reported(self) -> "Life":
        return self.then(Action.REPORT_BACK, Status.REPORTED_BACK)

    def disputed(self) -> "Life":
        return self.then(Action.DISPUTE, Status.ASSIGNED)

    def letters(self) -> list[letters.Letter]:
        with clock.fixed(NOW):
            return letters.written(Case(number="1234567890"), self.events)


COURSES: dict[str, tuple[Callable[[Life], Life], list[State]]] = {
    "never supervised": (lambda life: life.taken().reported(), []),
    "given": (lambda life: life.supervised(), [State.DUE]),
    "in its last second": (lambda life: life.supervised(NOW), [State.DUE]),
    "past its day": (lambda life: life.supervised(EARLIER), [State.OVERDUE]),
    "past its day, told": (lambda life: life.supervised(EARLIER).then(Action.REMIND), [State.OVERDUE]),
    "without a day": (lambda life: life.supervised(None), [State.SETTLED]),
    "answered": (lambda life: life.supervised().answered(), [State.ANSWERED]),
    "answered late": (lambda life: life.supervised(FIRST).answered(), [State.ANSWERED]),
    "talked about": (lambda life: life.supervised().then(Action.NOTE), [State.DUE]),
    "supervision ended": (lambda life: life.supervised(EARLIER).then(Action.END_SUPERVISION), [State.SETTLED]),
    "she has her answer": (lambda life: life.taken().supervised(EARLIER).reported(), [State.SETTLED]),
    "answered, then she too": (lambda life: life.taken().supervised().answered().reported(), [State.ANSWERED]),
    "disputed after that": (lambda life: life.taken().supervised(EARLIER).reported().disputed(), [State.SETTLED]),
    "taken back": (lambda life: life.supervised().then(Action.WITHDRAW, Status.CLOSED), [State.SETTLED]),
    "given again": (
        lambda life: life.supervised(EARLIER).then(Action.END_SUPERVISION).supervised(), [State.SETTLED, State.DUE],
    ),
    "the second one answered": (
        lambda life: life.supervised().then(Action.END_SUPERVISION).supervised().answered(),
        [State.SETTLED, State.ANSWERED],
    ),
}


@pytest.mark.parametrize("course", COURSES)
def test_what_becomes_of_a_letter(course: str) -> None:
    lived, states = COURSES[course]
    assert [letter.state for letter in lived(Life()).letters()] == states


def test_every_state_is_reached_and_only_two_wait() -> None:
    assert {state for _, states in COURSES.values() for state in states} == set(State)
    assert {state for state in State if state.is_open} == {State.DUE, State.OVERDUE}


def test_a_letter_is_numbered_by_its_case_and_its_event() -> None:
    first, second = Life().supervised().then(Action.END_SUPERVISION).supervised().letters()
    assert [first.number, second.number] == ["1234567890-2", "1234567890-4"]


@pytest.mark.parametrize(("until", "is_late"), [(FIRST, True), (FIRST + 3 * HOUR, False), (LATER, False)])
def test_an_answer_is_late_after_its_day_alone(until: datetime, is_late: bool) -> None:
    (letter,) = Life().supervised(until).answered().letters()
    assert letter.is_answer_late is is_late


RAN_OUT: dict[str, tuple[Callable[[Life], Life], set[Clock], list[Clock]]] = {
    "nothing": (lambda life: life, set(), []),
    "nobody rang": (lambda life: life, {Clock.RESPONSE}, [Clock.RESPONSE]),
    "nobody rang or answered": (lambda life: life, set(Clock), [Clock.RESPONSE, Clock.HANDLING]),
    "rang, no answer": (lambda life: life.taken(), set(Clock), [Clock.HANDLING]),
    "rang in time": (lambda life: life.taken(), {Clock.RESPONSE}, []),
    "given back after ringing": (
        lambda life: life.taken().then(Action.RELEASE, Status.ASSIGNED), set(Clock), [Clock.HANDLING],
    ),
    "she has her answer": (lambda life: life.taken().reported(), set(Clock), []),
}


@pytest.mark.parametrize("course", RAN_OUT)
def test_a_letter_names_the_clocks_that_had_run_out(course: str) -> None:
    lived, past, named = RAN_OUT[course]
    life = Life()
    for which in past:
        life.due[which] = FIRST
    (letter,) = lived(life).supervised().letters()
    assert [which for which, _ in letter.passed] == named
    assert {due for _, due in letter.passed} <= {FIRST}
