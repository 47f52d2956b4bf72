"""催办和督办: who may urge, how often, and the letter of supervision with its day."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine

from feedback import access, clock, contents, db, ladder, policies, urging, workflow
from feedback.errors import Conflict, Forbidden, Refusal
from feedback.models.cases import Case, CaseEvent
from feedback.models.contents import Audience
from feedback.models.kinds import Action, Answer, Kind, Outcome, Status
from feedback.models.people import Person, Role
from feedback.supervision import letters
from feedback.workflow import Who
from tests import builders

STAYS = (Status.NEW, Status.ASSIGNED, Status.IN_PROGRESS)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI).astimezone(UTC)


class Told:
    """A complaint that waits with the guardians; two village officers, one of the township, one of discipline."""

    def __init__(self) -> None:
        town = builders.a_township()
        self.guardian, self.colleague = builders.a_person(town.microgrid), builders.a_person(town.microgrid)
        self.leader = builders.a_person(town.village, Role.VILLAGE)
        self.cadre = builders.a_person(town.village, Role.VILLAGE)
        self.township = builders.a_person(town.township, Role.TOWNSHIP)
        self.discipline = builders.a_person(town.township, Role.DISCIPLINE)
        self.case: Case = builders.a_case(
            builders.a_household(town.microgrid), kind=Kind.COMPLAINT, filed_at=at("2026-11-02 09:00"),
            response_due_at=at("2026-11-03 17:30"), handling_due_at=at("2026-11-09 17:30"),
            handling_due_original_at=at("2026-11-09 17:30"), next_due_at=at("2026-11-03 17:30"),
        )
        contents.new_key(self.case)

    def happens(self, when: str, action: Action, by: workflow.By, **facts: object) -> CaseEvent:
        return self.then(when, lambda: workflow.record(self.case, action, by, **facts))  # type: ignore[arg-type]

    def she_reminds(self, when: str) -> CaseEvent:
        return self.then(when, lambda: urging.remind_by_her(self.case))

    def reminds(self, when: str, who: Person, words: str = "请抓紧。") -> CaseEvent:
        return self.then(when, lambda: urging.remind(self.case, who, words=words))

    def supervises(self, when: str, until_on: date | None = None, *, who: Person | None = None) -> CaseEvent:
        return self.then(when, lambda: urging.supervise(
            self.case, who or self.township, words="三天没人去。", until_on=until_on))

    def answers(self, when: str, who: Person, words: str = "明天上午去。") -> CaseEvent:
        return self.then(when, lambda: urging.answer_letter(self.case, who, words=words))

    def then(self, when: str, act: Callable[[], CaseEvent]) -> CaseEvent:
        with clock.fixed(at(when)):
            db.write()
            return act()


@pytest.fixture
def told(database: Engine) -> Told:
    return Told()


# ---------------------------------------------------------------- 催办


def test_she_urges_once_a_shanghai_day(told: Told) -> None:
    event = told.she_reminds("2026-11-04 00:00")
    assert (event.action, event.by_her, event.actor_id, event.reason) == (Action.REMIND, True, None, None)
    with pytest.raises(Conflict):
        told.she_reminds("2026-11-04 23:59:59")
    told.she_reminds("2026-11-05 00:00")


@pytest.mark.parametrize("status", list(Status))
def test_she_urges_while_nobody_has_answered(told: Told, status: Status) -> None:
    told.case.status = status
    if status in STAYS:
        assert told.she_reminds("2026-11-04 10:00").status is status
    else:
        with pytest.raises(Conflict):
            told.she_reminds("2026-11-04 10:00")


def test_urging_moves_neither_case_nor_clock_nor_ladder(told: Told) -> None:
    before = (told.case.team_id, told.case.owner_id, told.case.next_due_at, told.case.response_rung)
    told.she_reminds("2026-11-04 10:00")
    told.reminds("2026-11-04 10:00", told.leader)
    assert before == (told.case.team_id, told.case.owner_id, told.case.next_due_at, told.case.response_rung)


def test_a_reminder_of_the_ladder_is_not_hers(told: Told) -> None:
    told.happens("2026-11-04 09:00", Action.REMIND, Who.SYSTEM, reason="response_half")
    told.reminds("2026-11-04 09:30", told.leader)
    assert told.she_reminds("2026-11-04 10:00").by_her


def test_each_person_above_urges_once_a_day_in_words_for_the_team(told: Told) -> None:
    event = told.reminds("2026-11-04 10:00", told.leader)
    assert contents.words_of(told.case, event.n, {Audience.STAFF}) == "请抓紧。"
    assert contents.words_of(told.case, event.n, {Audience.HER}) == ""
    with pytest.raises(Conflict):
        told.reminds("2026-11-04 18:00", told.leader)
    told.reminds("2026-11-04 18:00", told.cadre)
    told.reminds("2026-11-05 00:00", told.leader)


def test_urging_from_above_needs_words(told: Told) -> None:
    with pytest.raises(Refusal) as refused:
        told.reminds("2026-11-04 10:00", told.leader, " ")
    assert refused.value.field == "words"


def test_nobody_urges_his_own_team(told: Told) -> None:
    with pytest.raises(Forbidden):
        told.reminds("2026-11-04 10:00", told.guardian)


# ---------------------------------------------------------------- 督办


@pytest.mark.parametrize(("given", "until"), [
    ("2026-11-04 10:00", "2026-11-06 17:30"),
    ("2026-11-04 17:30", "2026-11-06 17:30"),
    ("2026-11-04 17:31", "2026-11-09 17:30"),
    ("2026-11-06 09:00", "2026-11-10 17:30"),
    ("2026-11-07 09:00", "2026-11-11 17:30"),
    ("2026-09-30 16:00", "2026-10-09 17:30"),
])
def test_a_letter_is_answered_within_two_working_days_where_nobody_says_otherwise(
    told: Told, given: str, until: str
) -> None:
    event = told.supervises(given)
    assert event.until_at == told.case.supervision_due_at == at(until)
    with clock.fixed(at(given)):
        assert urging.letter_due_at(told.case) == policies.letter_due_at(told.case) == at(until)


def test_whoever_supervises_may_set_the_day(told: Told) -> None:
    assert told.supervises("2026-11-04 10:00", date(2026, 11, 4)).until_at == at("2026-11-04 17:30")


@pytest.mark.parametrize("day", [date(2026, 11, 3), date(2026, 11, 7), date(2026, 10, 1)])
def test_the_day_is_a_working_day_to_come(told: Told, day: date) -> None:
    with pytest.raises(Refusal) as refused:
        told.supervises("2026-11-04 10:00", day)
    assert refused.value.field == "until_on"


def test_a_day_whose_office_is_closed_is_over(told: Told) -> None:
    with pytest.raises(Refusal):
        told.supervises("2026-11-04 17:30", date(2026, 11, 4))


def test_where_the_answer_is_given_already_the_letter_asks_for_none(told: Told) -> None:
    told.happens("2026-11-03 10:00", Action.RESPOND, told.guardian)
    told.happens("2026-11-04 10:00", Action.REPORT_BACK, told.guardian, outcome=Outcome.EXPLAINED)
    assert told.supervises("2026-11-04 11:00").until_at is None
    assert workflow.open_letter(told.case) is None


def test_a_case_is_supervised_once_at_a_time(told: Told) -> None:
    told.supervises("2026-11-04 10:00")
    with pytest.raises(Conflict):
        told.supervises("2026-11-04 11:00", who=told.discipline)
    told.then("2026-11-05 10:00", lambda: urging.end_supervision(told.case, told.discipline))
    assert (told.case.supervised_at, told.case.supervision_due_at) == (None, None)
    with pytest.raises(Conflict):
        told.then("2026-11-05 10:00", lambda: urging.end_supervision(told.case, told.township))
    told.supervises("2026-11-06 10:00", who=told.discipline)


def test_whoever_owns_the_case_does_not_end_its_supervision(told: Told) -> None:
    told.case.team_id = builders.team_of(told.township.services[0].area).id
    told.happens("2026-11-03 10:00", Action.RESPOND, told.township)
    told.supervises("2026-11-04 10:00", who=told.discipline)
    assert Action.END_SUPERVISION not in access.actions(told.township, told.case)
    with pytest.raises(Forbidden):
        told.then("2026-11-05 10:00", lambda: urging.end_supervision(told.case, told.township))
    told.then("2026-11-05 10:00", lambda: urging.end_supervision(told.case, told.discipline))


def test_the_team_answers_the_letter_where_nobody_owns_the_case(told: Told) -> None:
    told.supervises("2026-11-04 10:00")
    for who in (told.leader, told.township):
        with pytest.raises(Forbidden):
            told.answers("2026-11-04 11:00", who)
    event = told.answers("2026-11-04 11:00", told.colleague)
    assert contents.words_of(told.case, event.n, {Audience.STAFF}) == "明天上午去。"
    assert (told.case.supervision_due_at, told.case.is_supervised) == (None, True)
    with pytest.raises(Conflict):
        told.answers("2026-11-04 12:00", told.guardian)


def test_answering_needs_words_and_a_letter(told: Told) -> None:
    with pytest.raises(Conflict):
        told.answers("2026-11-04 11:00", told.guardian)
    told.supervises("2026-11-04 12:00")
    with pytest.raises(Refusal) as refused:
        told.answers("2026-11-04 13:00", told.guardian, "")
    assert refused.value.field == "words"


def test_a_letter_nobody_answered_in_time_can_still_be_answered(told: Told) -> None:
    letter = told.supervises("2026-11-04 10:00")
    told.happens("2026-11-09 08:00", Action.REMIND, Who.SYSTEM, reason=ladder.LETTER_OVERDUE)
    assert told.case.supervision_due_at is None
    assert workflow.open_letter(told.case) is letter
    told.answers("2026-11-09 09:00", told.guardian)
    assert workflow.open_letter(told.case) is None


def test_the_letter_of_the_ladder_is_answered_like_any_other(told: Told) -> None:
    told.happens("2026-11-05 08:00", Action.SUPERVISE, Who.SYSTEM, reason="response_day_over",
                 until_at=at("2026-11-09 17:30"))
    told.answers("2026-11-05 09:00", told.guardian)
    assert told.case.supervision_due_at is None


def test_a_letter_that_her_answer_settled_stays_settled_when_she_disputes(told: Told) -> None:
    told.supervises("2026-11-03 10:00")
    told.happens("2026-11-03 11:00", Action.RESPOND, told.guardian)
    told.happens("2026-11-03 12:00", Action.REPORT_BACK, told.guardian, outcome=Outcome.RESOLVED)
    assert workflow.open_letter(told.case) is None
    told.happens("2026-11-03 14:00", Action.DISPUTE, Who.VILLAGER, to=Status.ASSIGNED, answer=Answer.NOT_SOLVED)
    assert (workflow.open_letter(told.case), told.case.is_supervised) == (None, True)
    assert [one.state for one in letters.written(told.case, workflow.events(told.case))] == [letters.State.SETTLED]
    with pytest.raises(Conflict):
        told.answers("2026-11-03 15:00", told.colleague)
