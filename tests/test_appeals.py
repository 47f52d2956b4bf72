"""申诉: against a card by the one on whom it stands; decided with a reason by an officer who stands apart."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from feedback import appeals, cards, clock, contents, db, recusal, workflow
from feedback.cards import Given
from feedback.errors import Conflict, Forbidden, Missing, Refusal
from feedback.models.cases import Case
from feedback.models.contents import Audience
from feedback.models.kinds import Action
from feedback.models.people import Person, Role
from feedback.models.places import Area
from feedback.workflow import Who
from tests import builders


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI).astimezone(UTC)


class Told:
    """A case that ran out unanswered (on the team), was taken, and nearly ran out again (on its owner)."""

    def __init__(self) -> None:
        town = builders.a_township()
        self.owner, self.colleague = builders.a_person(town.microgrid), builders.a_person(town.microgrid)
        self.village = builders.a_person(town.village, Role.VILLAGE)
        self.township, self.deputy = (builders.a_person(town.township, Role.TOWNSHIP) for _ in range(2))
        self.discipline = builders.a_person(town.township, Role.DISCIPLINE)
        self.case: Case = builders.a_case(
            builders.a_household(town.microgrid), filed_at=at("2026-11-02 09:00"),
            response_due_at=at("2026-11-03 17:30"), handling_due_at=at("2026-11-09 17:30"),
            handling_due_original_at=at("2026-11-09 17:30"), next_due_at=at("2026-11-03 17:30"),
        )
        contents.new_key(self.case)
        with clock.fixed(at("2026-11-04 08:00")):
            db.write()
            self.on_team = workflow.record(self.case, Action.REMIND, Who.SYSTEM, reason="response_overdue").n
            workflow.record(self.case, Action.RESPOND, self.owner)
            self.on_owner = workflow.record(self.case, Action.REMIND, Who.SYSTEM, reason="handling_near").n

    def card(self, n: int) -> Given:
        return next(one for one in cards.given(workflow.events(self.case)) if one.n == n)

    def appeals(self, who: Person, n: int, words: str = "那天停电。") -> None:
        appeals.appeal(self.case, who, n=n, words=words)

    def decides(self, who: Person, n: int, *, upholds: bool = True, words: str = "查过，属实。") -> None:
        appeals.decide(self.case, who, n=n, upholds=upholds, words=words)


@pytest.fixture
def told(database: Engine) -> Told:
    return Told()


def test_a_card_on_the_owner_is_his_alone_to_appeal_against(told: Told) -> None:
    for other in (told.colleague, told.village, told.township):
        with pytest.raises(Forbidden):
            told.appeals(other, told.on_owner)
    told.appeals(told.owner, told.on_owner)
    assert told.card(told.on_owner).is_waiting
    assert contents.words_of(told.case, told.case.events_count, {Audience.STAFF}) == "那天停电。"
    assert contents.words_of(told.case, told.case.events_count, {Audience.HER}) == ""


def test_a_card_on_the_team_is_each_members_to_appeal_against(told: Told) -> None:
    with pytest.raises(Forbidden):
        told.appeals(told.village, told.on_team)
    told.appeals(told.colleague, told.on_team)


def test_each_card_is_appealed_against_once(told: Told) -> None:
    told.appeals(told.colleague, told.on_team)
    with pytest.raises(Conflict):
        told.appeals(told.owner, told.on_team)
    told.decides(told.township, told.on_team, upholds=False)
    with pytest.raises(Conflict):
        told.appeals(told.owner, told.on_team)


@pytest.mark.parametrize("n", [0, 1, 2, 99])
def test_what_drew_no_card_cannot_be_appealed_against(told: Told, n: int) -> None:
    with pytest.raises(Refusal):
        told.appeals(told.owner, n)


def test_appealing_and_deciding_need_words(told: Told) -> None:
    with pytest.raises(Refusal):
        told.appeals(told.owner, told.on_owner, " ")
    told.appeals(told.owner, told.on_owner)
    with pytest.raises(Refusal):
        told.decides(told.township, told.on_owner, words=" ")


@pytest.mark.parametrize("upholds", [True, False])
def test_the_township_decides_with_a_reason(told: Told, upholds: bool) -> None:
    told.appeals(told.owner, told.on_owner)
    told.decides(told.township, told.on_owner, upholds=upholds)
    card = told.card(told.on_owner)
    assert (card.is_lifted, card.is_waiting, card.decided_n) == (upholds, False, told.case.events_count)
    assert contents.words_of(told.case, told.case.events_count, {Audience.STAFF}) == "查过，属实。"
    with pytest.raises(Conflict):
        told.decides(told.deputy, told.on_owner)


def test_what_nobody_appealed_against_is_not_decided(told: Told) -> None:
    with pytest.raises(Conflict):
        told.decides(told.township, told.on_owner)


def test_neither_village_nor_discipline_decides(told: Told) -> None:
    told.appeals(told.owner, told.on_owner)
    for other in (told.village, told.discipline, told.owner):
        with pytest.raises(Forbidden):
            told.decides(other, told.on_owner)


@pytest.mark.parametrize("handled", ["owned", "typed", "visited"])
def test_whoever_handled_the_case_does_not_decide(told: Told, handled: str) -> None:
    told.appeals(told.owner, told.on_owner)
    match handled:
        case "owned":
            told.case.owner_id = told.township.id
            builders.an_event(told.case, Action.NOTE)
            told.case.owner_id = told.owner.id
        case "typed":
            told.case.typed_by_id = told.township.id
        case _:
            builders.an_event(told.case, Action.VISIT, actor_id=told.township.id)
    with pytest.raises(Forbidden):
        told.decides(told.township, told.on_owner)
    told.decides(told.deputy, told.on_owner)


def test_nobody_decides_his_own_appeal(told: Told) -> None:
    builders.a_service(told.township, told.case.area, Role.GUARDIAN)
    told.appeals(told.township, told.on_team)
    assert not appeals.may_decide(told.case, told.township, told.card(told.on_team))
    with pytest.raises(Forbidden):
        told.decides(told.township, told.on_team)
    told.decides(told.deputy, told.on_team)


def test_the_team_on_which_a_card_stands_does_not_decide_about_it_where_somebody_stands_above(told: Told) -> None:
    county = builders.a_person(db.session.get_one(Area, builders.CODES["county"]), Role.TOWNSHIP)
    told.case.team_id = builders.team_of(told.township.services[0].area).id
    with clock.fixed(at("2026-11-05 08:00")):
        workflow.record(told.case, Action.RELEASE, told.owner)
    with clock.fixed(at("2026-11-10 08:00")):
        n = workflow.record(told.case, Action.REMIND, Who.SYSTEM, reason="handling_overdue").n
        told.appeals(told.township, n)
        assert not appeals.may_decide(told.case, told.deputy, told.card(n))
        with pytest.raises(Forbidden):
            told.decides(told.deputy, n)
        told.decides(county, n)


def test_on_the_topmost_team_another_member_decides(told: Told) -> None:
    told.case.team_id = builders.team_of(told.township.services[0].area).id
    with clock.fixed(at("2026-11-05 08:00")):
        workflow.record(told.case, Action.RELEASE, told.owner)
    with clock.fixed(at("2026-11-10 08:00")):
        n = workflow.record(told.case, Action.REMIND, Who.SYSTEM, reason="handling_overdue").n
        told.appeals(told.township, n)
        told.decides(told.deputy, n)


def test_what_is_offered_is_what_would_be_taken(told: Told) -> None:
    def offered() -> dict[str, set[str]]:
        people = ("owner", "colleague", "village", "township", "discipline")
        card = told.card(told.on_team)
        return {
            "appeal": {who for who in people if appeals.may_appeal(told.case, getattr(told, who), card)},
            "decide": {who for who in people if appeals.may_decide(told.case, getattr(told, who), card)},
        }

    assert offered() == {"appeal": {"owner", "colleague"}, "decide": set()}
    told.appeals(told.colleague, told.on_team)
    assert offered() == {"appeal": set(), "decide": {"township"}}
    told.decides(told.township, told.on_team)
    assert offered() == {"appeal": set(), "decide": set()}


def test_for_the_recused_there_is_no_card(told: Told) -> None:
    recusal.shut_out(told.case, told.owner)
    with pytest.raises(Missing):
        told.appeals(told.owner, told.on_owner)
