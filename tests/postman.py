"""送信人: the clerk's third book: which mail goes to whom at which instant, and about which facts, worked out by hand.

What is about life and safety goes at once. Everything else keeps still from nine in the evening to seven in the
morning, and what is only good to know waits for the morning after it happened. All that is due to somebody at an
instant is one mail; each fact is in one mail; what holds no longer when it is due is in none.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import NamedTuple

from sqlalchemy import select

from feedback import db
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action, Status
from feedback.models.notices import Route, Via
from tests.clerk import DAY, OPEN, WALL, Book, at, day_of
from tests.crier import COMES, Crier, Told

MORNING, EVENING = time(7), time(21)
GOOD_TO_KNOW = {Action.ADD, Action.CONFIRM, Action.RATE}
PAPERS = {
    Action.CONFIRM, Action.RATE, Action.EXTEND, Action.REFUSE_EXTENSION, Action.ANSWER_SUPERVISION, Action.APPEAL,
    Action.DECIDE_APPEAL,
}
"""Nobody's life hangs on these, however urgent the case."""


class Letter(NamedTuple):
    """A fact that somebody is to be written of, and from when on."""

    person_id: int
    event_id: int
    case_id: int
    from_at: datetime
    is_urgent: bool


def is_night(instant: datetime) -> bool:
    return not MORNING <= instant.astimezone(WALL).time() < EVENING


def morning_after(instant: datetime) -> datetime:
    day = day_of(instant)
    return at(day if instant.astimezone(WALL).time() < MORNING else day + DAY, MORNING)


@dataclass
class Postman:
    """Writes to those who left an address; `waiting` is what he has not taken out yet."""

    readers: frozenset[int]
    waiting: list[Letter] = field(default_factory=list)

    def hand_in(self, told: Iterable[Told], events: Sequence[CaseEvent], now: datetime) -> None:
        """What was told just now, for those who read mail."""
        by_id = {event.id: event for event in events}
        for person_id, event_id in told:
            if person_id in self.readers:
                event = by_id[event_id]
                is_urgent = event.is_urgent and event.action not in PAPERS
                goes = self._goes(event, now, is_urgent=is_urgent)
                self.waiting.append(Letter(person_id, event_id, event.case_id, goes, is_urgent))

    def _goes(self, event: CaseEvent, now: datetime, *, is_urgent: bool) -> datetime:
        if is_urgent:
            return now
        if event.action in GOOD_TO_KNOW and morning_after(event.at) > now:
            return morning_after(event.at)
        return morning_after(now) if is_night(now) else now

    def take_out(self, now: datetime, books: dict[int, Book], crier: Crier) -> tuple[list[Letter], list[Letter]]:
        """What is due: the letters that go, and those that are thrown away because they hold no longer."""
        due = [one for one in self.waiting if one.from_at <= now and (one.is_urgent or not is_night(now))]
        self.waiting = [letter for letter in self.waiting if letter not in due]
        go: list[Letter] = []
        thrown: list[Letter] = []
        for letter in due:
            event = db.session.get_one(CaseEvent, letter.event_id)
            case = db.session.get_one(Case, letter.case_id)
            holds = _holds_still(event, books[letter.case_id], case) and crier.may_know(letter.person_id, case)
            (go if holds else thrown).append(letter)
        return go, thrown

    @staticmethod
    def matters(letters: Iterable[Letter]) -> Counter[int]:
        """Of how many cases each reader's one mail speaks."""
        return Counter(person_id for person_id, _case_id in {(one.person_id, one.case_id) for one in letters})


def _holds_still(event: CaseEvent, book: Book, case: Case) -> bool:
    """Whether what the fact asks for is still to be done."""
    is_in_hand = book.status is Status.IN_PROGRESS
    letter_waits = book.status in OPEN and book.is_supervised and book.waits_for_letter
    match event.action:
        case Action.REMIND if event.reason == "letter_overdue":
            return letter_waits
        case Action.REMIND:
            is_about_contact = str(event.reason).startswith("response_")
            return book.status in OPEN and not (is_about_contact and book.is_answered_for)
        case Action.SUPERVISE:
            return letter_waits if event.until_at is not None else book.is_supervised
        case Action.ANSWER_SUPERVISION:
            return book.is_supervised
        case Action.HAND_OVER:
            return is_in_hand and book.owner_id == event.owner_id
        case Action.ANSWER | Action.EXTEND | Action.REFUSE_EXTENSION:
            return is_in_hand
        case Action.ASK_EXTENSION:
            return case.extension_asked_at is not None
        case Action.APPEAL:
            decided = select(CaseEvent.id).where(
                CaseEvent.case_id == case.id, CaseEvent.action == Action.DECIDE_APPEAL, CaseEvent.n > event.n,
                CaseEvent.of_n == event.of_n,
            )
            return db.session.scalar(decided) is None
        case action if action in COMES:
            return book.team_id == event.team_id and book.status in {Status.NEW, Status.ASSIGNED}
        case _:
            return True


def readers() -> frozenset[int]:
    """Who left a mail address."""
    return frozenset(db.session.scalars(select(Route.person_id).where(Route.via == Via.EMAIL)))
