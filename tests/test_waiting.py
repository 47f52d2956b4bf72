"""等她回话: what waiting for the villager does to the clocks of a real case."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from feedback import clock, db, workflow
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action, Answer, Kind, Outcome, Status
from feedback.models.people import Person
from feedback.workflow import Who
from tests import builders

pytestmark = pytest.mark.usefixtures("database")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI).astimezone(UTC)


class Told:
    """A complaint filed on Monday morning, due on the Monday after, and taken up at once."""

    def __init__(self) -> None:
        town = builders.a_township()
        self.guardian: Person = builders.a_person(town.microgrid)
        self.case: Case = builders.a_case(
            builders.a_household(town.microgrid),
            kind=Kind.COMPLAINT,
            filed_at=at("2026-11-02 09:00"),
            response_due_at=at("2026-11-03 17:30"),
            handling_due_at=at("2026-11-09 17:30"),
            handling_due_original_at=at("2026-11-09 17:30"),
        )
        self.happens("2026-11-02 10:00", Action.RESPOND, self.guardian)

    def happens(self, when: str, action: Action, by: workflow.By, **facts: object) -> CaseEvent:
        with clock.fixed(at(when)):
            db.write()
            return workflow.record(self.case, action, by, **facts)  # type: ignore[arg-type]


def test_an_open_question_counts_as_if_it_stayed_open_and_its_answer_gives_the_rest_back() -> None:
    told = Told()
    asked = told.happens("2026-11-03 10:00", Action.ASK, told.guardian)
    assert asked.handling_due_at == told.case.next_due_at == at("2026-11-16 17:30")
    answered = told.happens("2026-11-04 12:00", Action.ANSWER, Who.VILLAGER)
    assert answered.handling_due_at == told.case.next_due_at == at("2026-11-10 17:30")


def test_reporting_back_ends_the_question_and_stops_the_clock() -> None:
    told = Told()
    told.happens("2026-11-03 10:00", Action.ASK, told.guardian)
    told.happens("2026-11-03 11:00", Action.REPORT_BACK, told.guardian, outcome=Outcome.EXPLAINED)
    assert told.case.handling_due_at == at("2026-11-09 17:30")
    assert told.case.next_due_at is None


def test_her_silence_before_a_dispute_is_given_to_whoever_takes_it_then() -> None:
    told = Told()
    told.happens("2026-11-05 10:00", Action.REPORT_BACK, told.guardian, outcome=Outcome.RESOLVED)
    told.happens("2026-11-10 10:00", Action.DISPUTE, Who.VILLAGER, to=Status.ASSIGNED, answer=Answer.NOT_SOLVED)
    assert told.case.handling_due_at == told.case.next_due_at == at("2026-11-12 17:30")


def test_a_question_asked_when_it_is_late_leaves_it_late() -> None:
    told = Told()
    told.happens("2026-11-10 10:00", Action.ASK, told.guardian)
    assert told.case.next_due_at == at("2026-11-09 17:30")
    with clock.fixed(at("2026-11-11 10:00")):
        assert told.case.is_overdue


def test_waits_are_no_extension() -> None:
    told = Told()
    told.happens("2026-11-03 10:00", Action.ASK, told.guardian)
    told.happens("2026-11-05 12:00", Action.ANSWER, Who.VILLAGER)
    events = db.session.scalars(select(CaseEvent).where(CaseEvent.case_id == told.case.id))
    assert all(event.handling_due_at == event.handling_due_original_at for event in events)
