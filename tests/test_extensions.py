"""延期: asked in time by the owner, decided above, once in a case's life."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from feedback import access, clock, contents, db, extensions, queue, recusal, workflow, worklist
from feedback.deadlines import LONGEST_EXTENSION
from feedback.errors import Conflict, Forbidden, Missing, Refusal
from feedback.models.cases import Case, CaseEvent
from feedback.models.contents import Audience
from feedback.models.kinds import Action, Kind, Outcome
from feedback.models.people import Person, Role
from feedback.workflow import Who
from tests import builders

DUE = "2026-11-09 17:30"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI).astimezone(UTC)


class Told:
    """A complaint filed on a Monday and taken up at once, due on the Monday after."""

    def __init__(self) -> None:
        town = builders.a_township()
        self.owner = builders.a_person(town.microgrid)
        self.other = builders.a_person(town.microgrid)
        self.leader = builders.a_person(town.village, Role.VILLAGE)
        self.township = builders.a_person(town.township, Role.TOWNSHIP)
        self.case: Case = builders.a_case(
            builders.a_household(town.microgrid), kind=Kind.COMPLAINT, filed_at=at("2026-11-02 09:00"),
            response_due_at=at("2026-11-03 17:30"), handling_due_at=at(DUE), handling_due_original_at=at(DUE),
        )
        contents.new_key(self.case)
        self.happens("2026-11-02 10:00", Action.RESPOND, self.owner)

    def happens(self, when: str, action: Action, by: workflow.By, **facts: object) -> None:
        with clock.fixed(at(when)):
            db.write()
            workflow.record(self.case, action, by, **facts)  # type: ignore[arg-type]

    def asks(self, when: str = "2026-11-05 10:00", *, days: int = 3, by: Person | None = None) -> None:
        with clock.fixed(at(when)):
            db.write()
            extensions.ask(self.case, by or self.owner, days=days, words="要等镇里批材料")

    def grants(self, when: str = "2026-11-06 10:00", *, days: int = 3, words: str = "等材料，晚三天") -> None:
        with clock.fixed(at(when)):
            extensions.grant(self.case, self.leader, days=days, words=words)

    def refuses(self, when: str = "2026-11-06 10:00", *, words: str = "不用等") -> None:
        with clock.fixed(at(when)):
            extensions.refuse(self.case, self.leader, words=words)


@pytest.fixture
def told(database: Engine) -> Told:
    return Told()


@pytest.mark.parametrize("days", [1, LONGEST_EXTENSION])
def test_the_owner_asks_with_days_and_reasons_that_stay_among_staff(told: Told, days: int) -> None:
    told.asks(days=days)
    assert told.case.extension_asked_days == days
    assert told.case.handling_due_at == at(DUE)
    n = told.case.events_count
    assert contents.words_of(told.case, n, {Audience.STAFF}) == "要等镇里批材料"
    assert contents.words_of(told.case, n, {Audience.HER}) == ""


@pytest.mark.parametrize("days", [0, -1, LONGEST_EXTENSION + 1])
def test_only_so_many_days_can_be_asked_for(told: Told, days: int) -> None:
    with pytest.raises(Refusal) as refused:
        told.asks(days=days)
    assert refused.value.field == "days"


def test_asking_needs_a_reason(told: Told) -> None:
    with clock.fixed(at("2026-11-05 10:00")), pytest.raises(Refusal) as refused:
        extensions.ask(told.case, told.owner, days=3, words=" ")
    assert refused.value.field == "words"


def test_the_due_itself_is_in_time_and_a_second_later_is_not(told: Told) -> None:
    with pytest.raises(Conflict):
        told.asks(when=f"{DUE}:01")
    told.asks(when=DUE)
    assert told.case.extension_asked_days == 3


def test_only_one_request_is_open_at_a_time(told: Told) -> None:
    told.asks()
    with pytest.raises(Conflict):
        told.asks()


def test_nobody_but_the_owner_asks(told: Told) -> None:
    for person in (told.other, told.leader):
        with pytest.raises(Forbidden):
            told.asks(by=person)


def test_granting_moves_the_due_and_tells_her_why(told: Told) -> None:
    told.asks()
    told.grants()
    event = workflow.events(told.case)[-1]
    assert told.case.handling_due_at == told.case.next_due_at == event.handling_due_at == at("2026-11-12 17:30")
    assert event.handling_due_original_at == at(DUE)
    assert event.days == told.case.extension_days == 3
    assert contents.words_of(told.case, event.n, {Audience.HER}) == "等材料，晚三天"


def test_fewer_days_than_asked_can_be_granted_but_not_more(told: Told) -> None:
    told.asks(days=3)
    for days in (0, 4):
        with pytest.raises(Refusal) as refused:
            told.grants(days=days)
        assert refused.value.field == "days"
    told.grants(days=1)
    assert told.case.handling_due_at == at("2026-11-10 17:30")


def test_a_request_made_in_time_may_be_granted_after_the_due(told: Told) -> None:
    told.asks(when=DUE)
    told.grants(when="2026-11-10 09:00")
    assert told.case.handling_due_at == at("2026-11-12 17:30")


def test_no_more_time_is_granted_than_would_still_lie_ahead(told: Told) -> None:
    told.asks(days=3)
    with pytest.raises(Refusal) as refused:
        told.grants(when="2026-11-10 17:30:01", days=1)
    assert refused.value.field == "days"
    told.grants(when="2026-11-10 17:30:01", days=2)
    assert told.case.handling_due_at == at("2026-11-11 17:30")


def test_granting_and_refusing_need_words(told: Told) -> None:
    told.asks()
    for act in (told.grants, told.refuses):
        with pytest.raises(Refusal) as refused:
            act(words="  ")
        assert refused.value.field == "words"


def test_what_nobody_asked_for_is_neither_granted_nor_refused(told: Told) -> None:
    for act in (told.grants, told.refuses):
        with pytest.raises(Conflict):
            act()


def test_refusing_leaves_the_due_and_another_request_may_follow(told: Told) -> None:
    told.asks()
    told.refuses()
    n = told.case.events_count
    assert contents.words_of(told.case, n, {Audience.STAFF}) == "不用等"
    assert contents.words_of(told.case, n, {Audience.HER}) == ""
    assert (told.case.handling_due_at, told.case.extension_asked_days) == (at(DUE), None)
    told.asks(when="2026-11-07 10:00", days=1)
    assert told.case.extension_asked_days == 1


def test_once_granted_never_again_whatever_happens_to_the_case(told: Told) -> None:
    told.asks()
    told.grants(days=1)
    with pytest.raises(Conflict):
        told.asks(when="2026-11-06 11:00")
    told.happens("2026-11-06 12:00", Action.RELEASE, told.owner)
    told.happens("2026-11-06 13:00", Action.RESPOND, told.owner)
    with pytest.raises(Conflict):
        told.asks(when="2026-11-06 14:00")


def test_leaving_the_owners_hands_ends_the_request(told: Told) -> None:
    told.asks()
    told.happens("2026-11-06 09:00", Action.REPORT_BACK, told.owner, outcome=Outcome.EXPLAINED)
    with pytest.raises(Conflict):
        told.grants()


def test_nobody_decides_about_his_own_request(told: Told) -> None:
    builders.a_service(told.owner, told.leader.services[0].area, Role.VILLAGE)
    told.asks()
    with pytest.raises(Forbidden):
        extensions.grant(told.case, told.owner, days=3, words="好")
    with pytest.raises(Forbidden):
        extensions.refuse(told.case, told.owner, words="不")


def test_whoever_asked_does_not_decide_though_he_handed_the_case_on(told: Told) -> None:
    builders.a_service(told.owner, told.leader.services[0].area, Role.VILLAGE)
    told.asks()
    told.happens("2026-11-05 11:00", Action.HAND_OVER, told.owner, owner=told.other)
    assert Action.EXTEND not in access.actions(told.owner, told.case)
    assert [queue.due_first(who).asked for who in (told.owner, told.leader)] == [[], [told.case]]
    with pytest.raises(Forbidden):
        extensions.grant(told.case, told.owner, days=3, words="好")
    with pytest.raises(Forbidden):
        extensions.refuse(told.case, told.owner, words="不")
    told.grants()


def test_two_levels_up_is_not_above(told: Told) -> None:
    told.asks()
    with pytest.raises(Forbidden):
        extensions.grant(told.case, told.township, days=3, words="好")


def test_for_the_recused_there_is_nothing_to_grant(told: Told) -> None:
    told.asks()
    recusal.shut_out(told.case, told.leader)
    with pytest.raises(Missing):
        told.grants()


@pytest.mark.parametrize("days", [1, 3, LONGEST_EXTENSION])
def test_the_due_that_is_shown_before_asking_is_the_one_that_is_granted(told: Told, days: int) -> None:
    told.asks(days=days)
    shown = extensions.due_with(told.case, days)
    told.grants(days=days)
    assert told.case.handling_due_at == shown


def test_waiting_for_her_moves_the_extended_due_and_the_original_alike(told: Told) -> None:
    told.asks(when="2026-11-03 09:00")
    told.grants(when="2026-11-03 09:30")
    told.happens("2026-11-03 10:00", Action.ASK, told.owner)
    told.happens("2026-11-05 12:00", Action.ANSWER, Who.VILLAGER)
    last = workflow.events(told.case)[-1]
    assert last.handling_due_at == at("2026-11-16 17:30")
    assert last.handling_due_original_at == at("2026-11-11 17:30")


def classified(told: Told, when: str, *, kind: Kind = Kind.COMPLAINT, is_urgent: bool = False) -> CaseEvent:
    with clock.fixed(at(when)):
        return worklist.classify(told.case, told.leader, kind=kind, category=None, is_urgent=is_urgent,
                                 words="原来记错了")


@pytest.mark.parametrize(
    ("kind", "is_urgent", "original", "extended"),
    [
        (Kind.ENQUIRY, False, "2026-11-04 17:30", "2026-11-09 17:30"),  # 5, 6, 9
        (Kind.SUGGESTION, False, "2026-11-23 17:30", "2026-11-26 17:30"),
        (Kind.COMPLAINT, True, "2026-11-03 09:00", "2026-11-06 17:30"),  # hours, then three working days
    ],
)
def test_a_granted_extension_stays_whatever_the_case_turns_out_to_be(
    told: Told, kind: Kind, is_urgent: bool, original: str, extended: str
) -> None:
    told.asks(when="2026-11-02 11:00")
    told.grants(when="2026-11-02 12:00")
    event = classified(told, "2026-11-02 15:00", kind=kind, is_urgent=is_urgent)
    assert told.case.extension_days == 3
    assert (event.handling_due_at, event.handling_due_original_at) == (at(extended), at(original))
    assert told.case.next_due_at == at(extended)
    back = classified(told, "2026-11-02 16:00")
    assert (back.handling_due_at, back.handling_due_original_at) == (at("2026-11-12 17:30"), at(DUE))
    with pytest.raises(Conflict, match="不能再延"):
        told.asks(when="2026-11-02 17:00")


def test_a_change_of_class_neither_grants_nor_ends_a_request(told: Told) -> None:
    told.asks(when="2026-11-03 09:00")
    event = classified(told, "2026-11-03 10:00", kind=Kind.SUGGESTION)
    assert event.handling_due_at == event.handling_due_original_at == at("2026-11-23 17:30")
    told.grants(when="2026-11-03 11:00")
    assert told.case.handling_due_at == at("2026-11-26 17:30")


def test_opened_again_it_has_the_time_that_was_left_and_the_extension_with_it(told: Told) -> None:
    """Answered on Friday 6, two working days before the due and five before the extended one; disputed on the 11th,
    after three closes of office: those days are given back, the response clock stands where it stood."""
    told.asks()
    told.grants(when="2026-11-06 09:00")
    assert told.case.handling_due_at == at("2026-11-12 17:30")
    told.happens("2026-11-06 10:00", Action.REPORT_BACK, told.owner, outcome=Outcome.EXPLAINED, reason="phone")
    assert told.case.next_due_at is None
    told.happens("2026-11-11 10:00", Action.DISPUTE, Who.VILLAGER)
    event = workflow.events(told.case)[-1]
    assert (event.handling_due_at, event.handling_due_original_at) == (at("2026-11-17 17:30"), at("2026-11-12 17:30"))
    assert event.response_due_at == at("2026-11-03 17:30")
    assert told.case.next_due_at == at("2026-11-17 17:30")
    again = classified(told, "2026-11-11 11:00", kind=Kind.SUGGESTION)
    assert (again.handling_due_at, again.handling_due_original_at) == (at("2026-12-01 17:30"), at("2026-11-26 17:30"))


def test_a_case_closed_by_silence_and_opened_again_by_the_village_keeps_its_extension(told: Told) -> None:
    told.asks()
    told.grants()
    told.happens("2026-11-09 10:00", Action.REPORT_BACK, told.owner, outcome=Outcome.EXPLAINED, reason="phone")
    told.happens("2026-11-16 10:00", Action.CLOSE, Who.SYSTEM)
    told.happens("2026-11-18 10:00", Action.REOPEN, told.leader)
    event = workflow.events(told.case)[-1]  # 9, 10, 11, 12, 13, 16, 17: seven closes
    assert (event.handling_due_at, event.handling_due_original_at) == (at("2026-11-23 17:30"), at("2026-11-18 17:30"))


def test_opened_again_too_late_stays_late(told: Told) -> None:
    told.happens("2026-11-10 10:00", Action.REPORT_BACK, told.owner, outcome=Outcome.EXPLAINED, reason="phone")
    told.happens("2026-11-12 10:00", Action.DISPUTE, Who.VILLAGER)
    assert told.case.handling_due_at == told.case.next_due_at == at(DUE)
