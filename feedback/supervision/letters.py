"""督办单: the letters of supervision: to whom, why, by when they are answered, and what was answered.

A letter is the event that put a case under supervision; its number is the case's with the event's. It names no
villager, no door and none of her words: it lies on desks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from feedback import access, clock, clocks, contents, db, ladder
from feedback.errors import Missing
from feedback.ladder import Clock
from feedback.models.cases import Case, CaseEvent
from feedback.models.contents import Audience
from feedback.models.kinds import Action, Status
from feedback.models.people import Person
from feedback.supervision import happened
from feedback.words import N_


class State(StrEnum):
    """What became of a letter. SETTLED: the villager had her answer, or supervision ended, before the letter had."""

    DUE = "due"
    OVERDUE = "overdue"
    ANSWERED = "answered"
    SETTLED = "settled"

    @property
    def label(self) -> str:
        return {
            State.DUE: N_("等回复"),
            State.OVERDUE: N_("逾期没有回复"),
            State.ANSWERED: N_("已回复"),
            State.SETTLED: N_("不用再回复"),
        }[self]

    @property
    def is_open(self) -> bool:
        return self in {State.DUE, State.OVERDUE}


@dataclass(frozen=True)
class Letter:
    """One letter: the event that gave it, and the one that answered it."""

    case: Case
    given: CaseEvent
    state: State
    answer: CaseEvent | None = None
    passed: Sequence[tuple[Clock, datetime]] = field(default_factory=tuple)
    """The clocks that had run out when it was given, with the due of each."""

    @property
    def number(self) -> str:
        return f"{self.case.number}-{self.given.n}"

    @property
    def rung(self) -> tuple[Clock, ladder.Step] | None:
        """Which rung gave it, where the system did."""
        return ladder.REASONS.get(self.given.reason or "")

    @property
    def is_answer_late(self) -> bool:
        return self.answer is not None and self.given.until_at is not None and self.answer.at > self.given.until_at


def of(case: Case, n: int) -> Letter:
    """The letter that event `n` gave. Raises Missing where that gave none."""
    for letter in written(case, happened.to([case])[case.id]):
        if letter.given.n == n:
            return letter
    raise Missing


def unanswered(viewer: Person, area_code: str) -> list[Letter]:
    """The letters of an area that still wait for an answer, the most pressing first."""
    watched = access.facts(viewer).where(
        access.within(Case.area_code, area_code), Case.closed_at.is_(None), Case.next_due_at.is_not(None),
        Case.supervised_at.is_not(None),
    )
    found = [letter for letter in _all(watched) if letter.state.is_open]
    return sorted(found, key=lambda one: (one.given.until_at or one.given.at, one.given.id))


def settled(viewer: Person, area_code: str, from_on: date, to_on: date) -> list[Letter]:
    """Those given in these Shanghai days, both included, that nobody has to answer any more, the newest first."""
    since, until = clock.start_of(from_on), clock.end_of(to_on)
    given = select(CaseEvent.case_id).where(
        CaseEvent.at >= since, CaseEvent.at < until, CaseEvent.action == Action.SUPERVISE
    )
    known = access.facts(viewer).where(access.within(Case.area_code, area_code), Case.id.in_(given))
    found = [one for one in _all(known) if not one.state.is_open and since <= one.given.at < until]
    return sorted(found, key=lambda one: one.given.id, reverse=True)


def demand(viewer: Person, letter: Letter) -> str | None:
    """What an officer demands in his own words; None where they are not the viewer's to read."""
    return _words(viewer, letter, letter.given)


def reply(viewer: Person, letter: Letter) -> str | None:
    """What was answered; None where that is not the viewer's to read."""
    return _words(viewer, letter, letter.answer) if letter.answer is not None else ""


def _words(viewer: Person, letter: Letter, event: CaseEvent) -> str | None:
    if not access.may_read_letter(viewer, letter.case, letter.given):
        return None
    return contents.words_of(letter.case, event.n, {Audience.STAFF})


def _all(query: Select[Case]) -> list[Letter]:
    """The letters of these cases."""
    found = db.session.scalars(query.options(joinedload(Case.area), joinedload(Case.team))).unique().all()
    told = happened.to(found)
    return [letter for case in found for letter in written(case, told[case.id])]


def written(case: Case, events: Sequence[CaseEvent]) -> list[Letter]:
    """The letters of one case, from all its events in their order."""
    found = []
    for place, event in enumerate(events):
        if event.action is Action.SUPERVISE:
            later = _until_the_next(events[place + 1 :])
            answer = next((one for one in later if one.action is Action.ANSWER_SUPERVISION), None)
            found.append(Letter(case, event, _state(event, later, answer), answer, _passed(event, events[:place])))
    return found


def _until_the_next(events: Sequence[CaseEvent]) -> list[CaseEvent]:
    found = []
    for event in events:
        if event.action is Action.SUPERVISE:
            break
        found.append(event)
    return found


def _state(given: CaseEvent, later: Sequence[CaseEvent], answer: CaseEvent | None) -> State:
    if answer is not None:
        return State.ANSWERED
    ends = any(one.action is Action.END_SUPERVISION or one.status in clocks.WAITING_FOR_HER for one in later)
    if ends or given.until_at is None:
        return State.SETTLED
    return State.OVERDUE if given.until_at < clock.now() else State.DUE


def _passed(given: CaseEvent, before: Sequence[CaseEvent]) -> list[tuple[Clock, datetime]]:
    """Which clocks had run out without what they are for."""
    if given.status not in clocks.OPEN:
        return []
    is_responded = any(one.status is Status.IN_PROGRESS for one in before)
    found = [(Clock.RESPONSE, given.response_due_at)] if not is_responded else []
    found.append((Clock.HANDLING, given.handling_due_at))
    return [(which, due) for which, due in found if due < given.at]

