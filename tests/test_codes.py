"""户廉码: one active code a door, and every code, whatever became of it, explains itself."""

import pytest
from sqlalchemy import Engine, select

from feedback import codes, db, tokens
from feedback.codes import LIFE, Meaning
from feedback.errors import Missing, Refusal
from feedback.models.codes import CodeState, DoorCode
from feedback.models.people import Role
from feedback.models.records import StaffAct, StaffEvent
from tests import builders
from tests.builders import Place


@pytest.fixture
def town(database: Engine) -> Place:
    made = builders.a_township()
    db.session.commit()
    return made


def all_codes() -> list[DoorCode]:
    return list(db.session.scalars(select(DoorCode).order_by(DoorCode.id)))


def events() -> list[StaffEvent]:
    return list(db.session.scalars(select(StaffEvent).where(StaffEvent.act == StaffAct.CODE).order_by(StaffEvent.id)))


def test_issue_gives_each_bare_household_one_code_and_a_second_time_none(town: Place) -> None:
    homes = [builders.a_household(town.microgrid) for _ in range(3)]
    builders.a_code(homes[0])
    assert codes.issue(town.township) == 2
    assert codes.issue(town.township) == 0
    db.session.commit()
    issued = all_codes()
    assert {code.household_id for code in issued} == {home.id for home in homes}
    assert len({code.token for code in issued}) == 3
    assert all(tokens.is_valid(code.token) and code.is_active for code in issued)
    assert [event.facts["count"] for event in events()] == [2]


def test_issue_stays_inside_its_area(town: Place) -> None:
    other = town.next_microgrid()
    builders.a_household(town.microgrid)
    there = builders.a_household(other)
    assert codes.issue(other) == 1
    assert [code.household_id for code in all_codes()] == [there.id]
    assert all_codes()[0].village_code == town.village.code


def test_issue_tells_how_far_it_is(town: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "ISSUED_AT_ONCE", 2)
    for _ in range(5):
        builders.a_household(town.microgrid)
    steps: list[int] = []
    assert codes.issue(town.village, progress=steps.append) == 5
    assert steps == [2, 2, 1]


def test_a_token_that_the_register_knows_is_never_drawn_again(town: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    old = builders.a_code(builders.a_household(town.microgrid))
    fresh = tokens.new()
    drawn = iter([old.token, fresh])
    monkeypatch.setattr(tokens, "new", lambda: next(drawn))
    builders.a_household(town.microgrid)
    codes.issue(town.township)
    assert [code.token for code in all_codes()] == [old.token, fresh]


def test_an_active_code_names_its_door_however_it_is_typed(town: Place) -> None:
    home = builders.a_household(town.microgrid)
    code = builders.a_code(home)
    for text in (code.token, code.token.lower(), tokens.grouped(code.token), f" {code.token.replace('0', 'O')} "):
        found = codes.resolve(text)
        assert (found.meaning, found.household, found.area) == (Meaning.ACTIVE, home, town.microgrid)
        assert found.tail == code.token[-4:]


def test_what_is_mistyped_and_what_was_never_issued_are_told_apart(town: Place) -> None:
    unknown = tokens.new()
    slipped = unknown[:-1] + next(each for each in tokens.ALPHABET if each != unknown[-1])
    for text, meaning, token in ((unknown, Meaning.UNKNOWN, unknown), (slipped, Meaning.MISTYPED, slipped),
                                 ("", Meaning.MISTYPED, ""), ("张三", Meaning.MISTYPED, "")):
        found = codes.resolve(text)
        assert (found.meaning, found.token) == (meaning, token)
        assert (found.household, found.area, found.code) == (None, None, None)


def test_a_revoked_code_names_no_house_but_still_its_village(town: Place) -> None:
    code = builders.a_code(builders.a_household(town.microgrid))
    codes.revoke(code.token, reason="门牌丢了")
    found = codes.resolve(code.token)
    assert (found.meaning, found.household, found.area) == (Meaning.REVOKED, None, town.village)
    assert (code.state, code.reason) == (CodeState.REVOKED, "门牌丢了")
    assert code.ended_at is not None


def test_a_revocation_needs_its_reason_and_happens_once(town: Place) -> None:
    code = builders.a_code(builders.a_household(town.microgrid))
    with pytest.raises(Refusal, match="原因"):
        codes.revoke(code.token, reason="  ")
    codes.revoke(code.token, reason="丢了")
    with pytest.raises(Refusal, match="已停用"):
        codes.revoke(code.token, reason="又丢了")


def test_a_code_the_register_does_not_know_can_t_be_revoked_or_reissued(town: Place) -> None:
    with pytest.raises(Missing):
        codes.revoke(tokens.new(), reason="丢了")
    with pytest.raises(Missing):
        codes.reissue("no token")


def test_reissue_replaces_the_old_code_and_the_new_one_names_the_same_door(town: Place) -> None:
    home = builders.a_household(town.microgrid)
    old = builders.a_code(home)
    new = codes.reissue(tokens.grouped(old.token).lower())
    db.session.commit()
    assert new.token != old.token
    assert (old.state, old.replaced_by) == (CodeState.REPLACED, new)
    assert codes.resolve(old.token).meaning is Meaning.REPLACED
    assert codes.resolve(old.token).household is None
    assert codes.resolve(new.token).household == home


def test_a_replaced_code_is_not_replaced_twice(town: Place) -> None:
    old = builders.a_code(builders.a_household(town.microgrid))
    codes.reissue(old.token)
    with pytest.raises(Refusal, match="已经有新码"):
        codes.reissue(old.token)


def test_a_revoked_code_may_be_followed_by_a_new_one(town: Place) -> None:
    home = builders.a_household(town.microgrid)
    old = builders.a_code(home)
    codes.revoke(old.token, reason="丢了")
    new = codes.reissue(old.token)
    assert codes.resolve(new.token).household == home
    assert codes.resolve(old.token).meaning is Meaning.REPLACED


def test_a_revoked_code_whose_door_got_another_is_left_alone(town: Place) -> None:
    old = builders.a_code(builders.a_household(town.microgrid))
    codes.revoke(old.token, reason="丢了")
    assert codes.issue(town.township) == 1
    with pytest.raises(Refusal, match="已经有新码"):
        codes.reissue(old.token)


def test_the_auditor_reads_who_did_it_and_never_a_whole_token(town: Place) -> None:
    clerk = builders.a_person(town.township, Role.TOWNSHIP)
    code = builders.a_code(builders.a_household(town.microgrid))
    new = codes.reissue(code.token, by=clerk)
    codes.revoke(new.token, reason="丢了", by=clerk)
    left = events()
    assert [event.actor_id for event in left] == [clerk.id, clerk.id]
    assert [event.facts["tail"] for event in left] == [code.token[-4:], new.token[-4:]]
    for event in left:
        assert code.token not in f"{event.subject}{event.facts}"
        assert new.token not in f"{event.subject}{event.facts}"


def test_a_code_is_hung_once_and_may_be_damaged_and_hung_again(town: Place) -> None:
    code = builders.a_code(builders.a_household(town.microgrid))
    codes.hang(code)
    first = code.hung_at
    codes.hang(code)
    assert (code.state, code.hung_at) == (CodeState.HUNG, first)
    codes.damage(code)
    codes.damage(code)
    assert [each.state for each in all_codes()] == [CodeState.DAMAGED]
    assert codes.resolve(code.token).meaning is Meaning.ACTIVE
    codes.hang(code)
    assert [each.state for each in all_codes()] == [CodeState.HUNG]


@pytest.mark.parametrize("before", CodeState)
@pytest.mark.parametrize("after", CodeState)
def test_a_code_becomes_only_what_its_life_allows(town: Place, before: CodeState, after: CodeState) -> None:
    code = builders.a_code(builders.a_household(town.microgrid))
    code.state = before
    if after in LIFE[before]:
        codes.move(code, after)
        assert code.state is after
    else:
        with pytest.raises(Refusal):
            codes.move(code, after)
        assert code.state is before


def test_every_state_is_reached_and_every_active_one_can_be_left() -> None:
    assert set(LIFE) == set(CodeState)
    assert set().union(*LIFE.values()) == set(CodeState) - {CodeState.ISSUED}
    assert {state for state, following in LIFE.items() if following} == {each for each in CodeState if each.is_active}
