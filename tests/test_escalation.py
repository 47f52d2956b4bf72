"""升级阶梯: every rung is told once and in order, whoever holds the case and whatever is done to it meanwhile."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, select

from feedback import clock, closure, db, escalation, ladder, routing, timer, waking, workflow, worklist
from feedback.ladder import Clock, Rung
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action, Contact, Outcome, Status
from feedback.models.people import Person, Role, TeamKind
from feedback.workflow import Who
from tests import builders

FILED = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
"""Wednesday, 10:00 in Shanghai."""
HOLDERS = ("microgrid", "village", "township", "own team", "discipline")


@pytest.fixture
def place(database: Engine) -> Iterator[builders.Place]:
    with clock.fixed(FILED, everywhere=True):
        town = builders.a_township()
        builders.a_person(town.microgrid)
        builders.a_person(town.village, Role.VILLAGE)
        builders.a_person(town.township, Role.TOWNSHIP)
        yield town


def a_case(place: builders.Place) -> int:
    """Its id. Filed Wednesday 10:00: contact by Thursday 17:30, answer by the Wednesday after, 17:30."""
    response = datetime(2026, 11, 19, 9, 30, tzinfo=UTC)
    handling = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
    case = builders.a_new_case(
        builders.a_household(place.microgrid), response_due_at=response, handling_due_at=handling,
        handling_due_original_at=handling,
    )
    workflow.record(case, Action.SUBMIT, Who.VILLAGER)
    routing.route(case)
    db.session.commit()
    return case.id


def the(case_id: int) -> Case:
    """The case as it stands now."""
    return db.session.get_one(Case, case_id, populate_existing=True)


def answered(case_id: int, outcome: Outcome, look_again_on: date | None = None) -> None:
    """The first guardian responds and reports back at once."""
    case, aunt = responded(case_id)
    worklist.report_back(case, aunt, outcome=outcome, words="问过了。", why_no_visit="电话里说清了",
                         look_again_on=look_again_on)
    db.session.commit()


def responded(case_id: int) -> tuple[Case, Person]:
    db.write()
    case, aunt = the(case_id), db.session.scalars(select(Person).order_by(Person.id).limit(1)).one()
    worklist.respond(case, aunt, contact=Contact.PHONE)
    return case, aunt


def rungs(case_id: int) -> list[str]:
    query = select(CaseEvent.reason).where(CaseEvent.case_id == case_id, CaseEvent.action == Action.REMIND)
    return [reason or "" for reason in db.session.scalars(query.order_by(CaseEvent.n))]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI)


def pass_to(text: str) -> None:
    with clock.fixed(at(text)):
        report = timer.tick()
    assert report.failed == {}


def asleep() -> list[Case]:
    """Cases that should have woken."""
    return list(db.session.scalars(select(Case).where(Case.wakes_at <= clock.now())))


RESPONSE = [ladder.reason(Clock.RESPONSE, rung) for rung in Rung]
HANDLING = [ladder.reason(Clock.HANDLING, rung) for rung in Rung]


@pytest.mark.parametrize(("instant", "told"), [
    ("2026-11-19 09:44:59", 0),   # 15.5 office hours in all; half of them are over at 09:45
    ("2026-11-19 09:45:00", 1),
    ("2026-11-19 14:23:59", 1),   # four fifths of them at 14:24
    ("2026-11-19 14:24:00", 2),
    ("2026-11-19 17:30:00", 2),   # the due itself is on time
    ("2026-11-19 17:30:01", 3),
    ("2026-11-20 17:30:00", 3),
    ("2026-11-20 17:30:01", 4),
    ("2026-11-22 12:00:00", 4),
])
def test_each_rung_of_the_response_clock_is_told_at_its_instant(
    place: builders.Place, instant: str, told: int
) -> None:
    case = a_case(place)
    pass_to(instant)
    assert [reason for reason in rungs(case) if reason in RESPONSE] == RESPONSE[:told]


@pytest.mark.parametrize(("instant", "told"), [
    ("2026-11-21 12:00:00", 0),   # Saturday
    ("2026-11-23 11:29:59", 1),
    ("2026-11-25 17:30:00", 2),
    ("2026-11-25 17:30:01", 3),
    ("2026-11-26 17:30:01", 4),
])
def test_each_rung_of_the_handling_clock_is_told_while_somebody_owns_it(
    place: builders.Place, instant: str, told: int
) -> None:
    case = a_case(place)
    responded(case)
    db.session.commit()
    pass_to(instant)
    assert rungs(case) == HANDLING[:told]


@pytest.mark.parametrize("status", [Status.NEW, Status.ASSIGNED, Status.IN_PROGRESS])
@pytest.mark.parametrize("held_by", HOLDERS)
def test_no_case_is_forgotten_whoever_holds_it_and_whether_or_not_it_is_owned(
    place: builders.Place, held_by: str, status: Status
) -> None:
    case_id = a_case(place)
    db.write()
    case = the(case_id)
    team = {
        "own team": lambda: builders.a_team(place.township),
        "discipline": lambda: builders.a_team(place.township, TeamKind.DISCIPLINE, "纪委"),
    }.get(held_by, lambda: builders.team_of(getattr(place, held_by)))()
    owner = db.session.scalars(select(Person)).first()
    case.team_id, case.status = team.id, status
    if status is Status.IN_PROGRESS and owner is not None:
        case.owner_id, case.responded_at = owner.id, FILED
    db.session.commit()
    with clock.fixed(at("2026-12-01 10:00")):
        db.write()
        while escalation.climb():
            pass
        db.session.commit()
        expected = HANDLING if status is Status.IN_PROGRESS else [*RESPONSE, *HANDLING]
        assert sorted(rungs(case_id)) == sorted(expected)
        assert not asleep()
        assert case.status is status
        assert case.team_id == team.id


def test_what_is_said_on_a_case_resets_no_clock_and_skips_no_rung(place: builders.Place) -> None:
    case = a_case(place)
    for day in ("2026-11-19 08:00", "2026-11-19 12:00", "2026-11-20 08:00"):
        with clock.fixed(at(day)):
            db.write()
            closure.add(the(case), words="怎么样了？")
            db.session.commit()
        pass_to(day)
    pass_to("2026-11-20 18:00")
    assert [reason for reason in rungs(case) if reason in RESPONSE] == RESPONSE


def test_eight_dead_days_tell_each_rung_once_and_in_order(place: builders.Place) -> None:
    case = a_case(place)
    pass_to("2026-11-27 10:00")
    pass_to("2026-11-27 10:01")
    told = rungs(case)
    assert sorted(told) == sorted([*RESPONSE, *HANDLING])
    assert [reason for reason in told if reason in RESPONSE] == RESPONSE
    assert [reason for reason in told if reason in HANDLING] == HANDLING


def test_more_than_a_batch_is_told_in_one_round(place: builders.Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "BATCH", 3)
    cases = [a_case(place) for _ in range(8)]
    pass_to("2026-11-19 10:00")
    assert [rungs(case) for case in cases] == [RESPONSE[:1]] * 8


def test_the_last_rung_puts_the_case_under_supervision_once_with_a_letter_to_answer(place: builders.Place) -> None:
    case = a_case(place)
    pass_to("2026-11-20 18:00")
    assert the(case).is_supervised
    assert the(case).supervision_due_at is not None
    pass_to("2026-12-04 18:00")
    letters = select(CaseEvent).where(CaseEvent.case_id == case, CaseEvent.action == Action.SUPERVISE)
    assert len(db.session.scalars(letters).all()) == 1
    assert rungs(case).count(ladder.LETTER_OVERDUE) == 1
    assert the(case).wakes_at is None


def test_a_case_answered_in_time_is_told_of_no_more(place: builders.Place) -> None:
    case = a_case(place)
    answered(case, Outcome.EXPLAINED)
    pass_to("2026-11-24 10:00")
    assert rungs(case) == []


def test_a_matter_not_possible_now_comes_back_to_its_team_on_its_day(place: builders.Place) -> None:
    case = a_case(place)
    answered(case, Outcome.NOT_POSSIBLE_NOW, look_again_on=date(2027, 1, 17))
    pass_to("2027-01-16 23:59")
    assert the(case).status is Status.CLOSED
    pass_to("2027-01-17 00:00")
    assert (the(case).status, the(case).owner_id) == (Status.ASSIGNED, None)
    last = db.session.scalars(select(CaseEvent).where(CaseEvent.case_id == case, CaseEvent.action == Action.REOPEN))
    assert last.one().reason == closure.LOOK_AGAIN
    assert not asleep()
