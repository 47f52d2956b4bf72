"""巡码: what hangs, what was found at each door this quarter, and what somebody still has to look at."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from feedback import access, clock, codes, db, notifications
from feedback.codes import flags, printing, quarters, walks
from feedback.codes.quarters import Quarter
from feedback.errors import Conflict, Missing, Refusal
from feedback.models.codes import CodeState, DoorCode
from feedback.models.notices import Notice, Via
from feedback.models.people import Person, Role
from feedback.models.places import Area, Household
from feedback.models.prints import PlatePrint, PrintRun
from feedback.models.records import StaffEvent
from feedback.models.walks import Finding, PlateCheck, PlateFlag, Settled
from feedback.notifications import texts
from feedback.notifications.moot import is_moot
from feedback.web.desk import visit
from tests import builders
from tests.conftest import NOW

AT_HAND = {"hang": walks.hang, "fine": walks.find_fine, "spoil": walks.spoil}
FOUND: dict[Finding, Callable[["Town"], object]] = {
    Finding.FINE: lambda town: walks.find_fine(town.aunt, town.code("9 号")),
    Finding.DAMAGED: lambda town: walks.spoil(town.aunt, town.code("9 号")),
    Finding.SILENT: lambda town: walks.report(town.aunt, town.door("9 号"), Finding.SILENT),
    Finding.GONE: lambda town: walks.report(town.aunt, town.door("9 号"), Finding.GONE),
    Finding.FOREIGN: lambda town: walks.report(town.aunt, town.door("9 号"), Finding.FOREIGN),
    Finding.OTHERS: lambda town: walks.find_other(town.aunt, town.code("10 号"), town.door("9 号")),
    Finding.ASTRAY: lambda town: walks.find_other(town.aunt, town.code("9 号"), town.door("11 号")),
}
"""How each finding comes about at 9 号."""


class Town:
    """One micro-grid with four doors whose plates hang, and people around it."""

    def __init__(self) -> None:
        self.place = builders.a_township()
        self.aunt: Person = builders.a_person(self.place.microgrid, name="周一禾")
        self.cadre = builders.a_person(self.place.village, Role.VILLAGE)
        self.officer = builders.a_person(self.place.township, Role.TOWNSHIP, is_leader=True)
        for door in ("10 号", "9 号", "11 号", "2 号"):
            self.another(door)
        db.session.commit()

    def another(self, door: str, microgrid: Area | None = None, **overrides: object) -> DoorCode:
        code = builders.a_code(builders.a_household(microgrid or self.place.microgrid, door))
        code.state, code.printed_at, code.hung_at = CodeState.HUNG, clock.now(), clock.now()
        for name, value in overrides.items():
            setattr(code, name, value)
        db.session.flush()
        return code

    def door(self, door: str) -> Household:
        return db.session.scalars(select(Household).where(Household.door == door)).one()

    def code(self, door: str) -> DoorCode:
        query = select(DoorCode).join(Household, Household.id == DoorCode.household_id)
        return db.session.scalars(query.where(Household.door == door, DoorCode.ended_at.is_(None))).one()

    def in_state(self, state: CodeState, door: str = "9 号") -> DoorCode:
        """The code of 9 号, come to this state."""
        db.write()
        code = self.code(door)
        was_printed = state is not CodeState.ISSUED
        code.state, code.printed_at = state, clock.now() if was_printed else None
        code.hung_at = clock.now() if state in {CodeState.HUNG, CodeState.DAMAGED} else None
        code.ended_at = None if state.is_active else clock.now()
        db.session.commit()
        return code

    def check(self, door: str = "9 号") -> PlateCheck | None:
        return db.session.scalar(select(PlateCheck).where(PlateCheck.household_id == self.door(door).id))

    def flag(self, door: str = "9 号") -> PlateFlag | None:
        query = select(PlateFlag).where(PlateFlag.household_id == self.door(door).id, PlateFlag.settled_at.is_(None))
        return db.session.scalar(query)

    def reasons(self) -> dict[str, Finding]:
        """Door → why it is to be looked at."""
        standing = db.session.scalars(select(PlateFlag).where(PlateFlag.settled_at.is_(None)))
        return {one.household.door: one.reason for one in standing}


@pytest.fixture
def town(database: Engine) -> Iterator[Town]:
    with clock.fixed(NOW, everywhere=True):
        yield Town()


def walk(town: Town) -> walks.Round:
    return walks.of(town.place.microgrid)


# ---------------------------------------------------------------- quarters


@pytest.mark.parametrize(("day", "key", "first"), [
    (date(2026, 1, 1), "2026Q1", date(2026, 1, 1)), (date(2026, 3, 31), "2026Q1", date(2026, 1, 1)),
    (date(2026, 4, 1), "2026Q2", date(2026, 4, 1)), (date(2026, 9, 30), "2026Q3", date(2026, 7, 1)),
    (date(2026, 12, 31), "2026Q4", date(2026, 10, 1)),
])
def test_a_day_lies_in_its_quarter(day: date, key: str, first: date) -> None:
    quarter = quarters.of(day)
    assert (quarter.key, quarter.from_on) == (key, first)
    assert quarters.parse(key) == quarter
    assert quarter.before().after() == quarter


@pytest.mark.parametrize("text", ["", "2026Q5", "2026Q0", "2026q4", "1899Q1", "２０２６Q1", "2026Q1 ", "2026Q1\n"])
def test_what_is_no_quarter_is_none(text: str) -> None:
    assert quarters.parse(text) is None


def test_a_new_quarter_begins_by_itself_at_midnight_in_shanghai(town: Town) -> None:
    walks.find_fine(town.aunt, town.code("9 号"))
    db.session.commit()
    assert walk(town).checked == 1
    with clock.fixed(datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC), everywhere=True):
        assert (walk(town).quarter, walk(town).checked) == (Quarter(2026, 4), 1)
    with clock.fixed(datetime(2026, 12, 31, 16, 0, tzinfo=UTC), everywhere=True):
        assert (walk(town).quarter, walk(town).checked) == (Quarter(2027, 1), 0)


# ---------------------------------------------------------------- the round


def test_a_round_has_its_doors_in_walking_order(town: Town) -> None:
    assert [door.household.door for door in walk(town).doors] == ["2 号", "9 号", "10 号", "11 号"]


def test_lanes_come_one_after_the_other_and_numbers_count_as_numbers(town: Town) -> None:
    for door in ("汪家 3 号", "汪家 12 号", "1 号", "团结路 9 号 2 室", "团结路 9 号"):
        town.another(door)
    db.session.commit()
    doors = [door.household.door for door in walk(town).doors]
    assert doors[:5] == ["1 号", "2 号", "9 号", "10 号", "11 号"]
    assert doors[5:] == ["团结路 9 号", "团结路 9 号 2 室", "汪家 3 号", "汪家 12 号"]


def test_only_doors_with_a_plate_are_walked_and_all_others_wait(town: Town) -> None:
    town.in_state(CodeState.ISSUED, "2 号")
    town.in_state(CodeState.PRINTED, "9 号")
    town.in_state(CodeState.DAMAGED, "10 号")
    assert [door.household.door for door in walk(town).walked] == ["9 号", "10 号", "11 号"]
    assert [door.household.door for door in walk(town).waiting] == ["2 号", "9 号", "10 号"]


def test_the_next_door_is_the_first_unchecked_one_behind_the_last_he_scanned(town: Town) -> None:
    def ahead() -> str | None:
        found = walk(town).next_for(town.aunt)
        return found.household.door if found else None

    asked = [ahead()]
    for minute, door in enumerate(("10 号", "11 号", "2 号", "9 号")):
        with clock.fixed(NOW + timedelta(minutes=minute), everywhere=True):
            walks.find_fine(town.aunt, town.code(door))
            db.session.commit()
            asked.append(ahead())
    assert asked == ["2 号", "11 号", "2 号", "9 号", None]


def test_another_day_or_another_guardian_begins_at_the_first_unchecked_door(town: Town) -> None:
    uncle = builders.a_person(town.place.microgrid)
    db.session.commit()
    walks.find_fine(town.aunt, town.code("10 号"))
    db.session.commit()
    assert not walk(town).is_walking(uncle)
    assert walk(town).is_walking(town.aunt)
    with clock.fixed(NOW + timedelta(days=1), everywhere=True):
        assert not walk(town).is_walking(town.aunt)
        ahead = walk(town).next_for(town.aunt)
        assert ahead is not None
        assert ahead.household.door == "2 号"


# ---------------------------------------------------------------- hanging


@pytest.mark.parametrize("state", CodeState)
@pytest.mark.parametrize("deed", AT_HAND)
def test_what_each_tap_makes_of_a_plate_in_each_state(town: Town, state: CodeState, deed: str) -> None:
    becomes = {
        "hang": dict.fromkeys(CodeState, CodeState.HUNG),
        "fine": {one: one for one in CodeState},
        "spoil": dict.fromkeys(CodeState, CodeState.DAMAGED),
    }[deed][state]
    code = town.in_state(state)
    if not state.is_active:
        with pytest.raises(Refusal, match="停用"):
            AT_HAND[deed](town.aunt, code)
        return
    AT_HAND[deed](town.aunt, code)
    db.session.commit()
    assert town.code("9 号").state is becomes
    check = town.check()
    assert check is not None
    is_damaged = deed == "spoil" or (deed == "fine" and state is CodeState.DAMAGED)
    assert check.finding is (Finding.DAMAGED if is_damaged else Finding.FINE)
    assert (town.reasons() == {"9 号": Finding.DAMAGED}) is is_damaged


@pytest.mark.parametrize(("who", "role", "may"), [
    ("microgrid", Role.GUARDIAN, True), ("grid", Role.GUARDIAN, True), ("village", Role.VILLAGE, True),
    ("elsewhere", Role.GUARDIAN, False), ("other village", Role.VILLAGE, False), ("township", Role.TOWNSHIP, False),
    ("township", Role.DISCIPLINE, False), ("township", Role.AUDITOR, False), ("township", Role.ADMIN, False),
])
def test_only_its_guardians_and_the_villages_officers_say_anything_about_a_plate(
    town: Town, who: str, role: Role, may: bool
) -> None:
    areas: dict[str, Callable[[], Area]] = {
        "elsewhere": town.place.next_microgrid, "other village": lambda: town.place.next_village().village,
    }
    area = areas[who]() if who in areas else getattr(town.place, who)
    person = builders.a_person(area, role)
    db.session.commit()
    sayings: list[Callable[[], object]] = [
        lambda: walks.hang(person, town.code("9 号")), lambda: walks.find_fine(person, town.code("9 号")),
        lambda: walks.spoil(person, town.code("9 号")),
        lambda: walks.report(person, town.door("9 号"), Finding.GONE),
        lambda: walks.find_other(person, town.code("9 号"), town.door("10 号")),
    ]
    for say in sayings:
        try:
            say()
        except Missing:
            assert not may
            db.session.rollback()
        else:
            assert may
            db.session.rollback()
    assert access.may_tend(person, town.place.microgrid.code) is may


def test_one_who_has_left_hangs_nothing(town: Town) -> None:
    db.write()
    town.aunt.services[0].to_on = clock.today() - timedelta(days=1)
    db.session.commit()
    with pytest.raises(Missing):
        walks.hang(town.aunt, town.code("9 号"))


def test_the_trail_names_who_hung_it_and_never_a_whole_token(town: Town) -> None:
    town.in_state(CodeState.PRINTED)
    walks.hang(town.aunt, town.code("9 号"))
    walks.spoil(town.aunt, town.code("9 号"))
    walks.find_other(town.aunt, town.code("10 号"), town.door("9 号"))
    db.session.commit()
    left = db.session.scalars(select(StaffEvent).order_by(StaffEvent.id)).all()
    assert [one.actor_id for one in left] == [town.aunt.id] * 3
    assert [one.facts.get("state") or one.facts["found"] for one in left] == ["hung", "damaged", "others"]
    tokens = [town.code(door).token for door in ("9 号", "10 号")]
    assert not [one for one in left for token in tokens if token in f"{one.subject}{one.facts}"]


# ---------------------------------------------------------------- what is found


@pytest.mark.parametrize("finding", [one for one in Finding if one is not Finding.FINE])
def test_each_finding_is_flagged_with_its_reason_and_who_said_it(town: Town, finding: Finding) -> None:
    FOUND[finding](town)
    db.session.commit()
    flag = town.flag()
    assert flag is not None
    assert (flag.reason, flag.raised_by, flag.raised_at) == (finding, town.aunt, NOW)
    assert flag.is_urgent is (finding is Finding.FOREIGN)
    check = town.check()
    assert check is None if finding is Finding.ASTRAY else check is not None and check.finding is finding
    needs_print = finding in {Finding.DAMAGED, Finding.SILENT, Finding.GONE}
    assert (town.code("9 号").state is CodeState.DAMAGED) is needs_print


def test_a_code_of_another_door_is_flagged_for_both(town: Town) -> None:
    walks.find_other(town.aunt, town.code("10 号"), town.door("9 号"))
    db.session.commit()
    assert town.reasons() == {"9 号": Finding.OTHERS, "10 号": Finding.ASTRAY}
    here, there = town.flag("9 号"), town.flag("10 号")
    assert here is not None
    assert there is not None
    assert (here.other, there.other) == (town.door("10 号"), town.door("9 号"))
    check = town.check("9 号")
    assert check is not None
    assert check.code == town.code("10 号")
    assert town.check("10 号") is None, "nobody stood at that door"


def test_plates_that_changed_places_are_found_from_either_side_and_put_right_by_two_scans(town: Town) -> None:
    walks.find_other(town.aunt, town.code("10 号"), town.door("9 号"))
    walks.find_other(town.aunt, town.code("9 号"), town.door("10 号"))
    db.session.commit()
    assert town.reasons() == {"9 号": Finding.OTHERS, "10 号": Finding.OTHERS}
    walks.find_fine(town.aunt, town.code("9 号"))
    walks.find_fine(town.aunt, town.code("10 号"))
    db.session.commit()
    assert town.reasons() == {}
    ended = {one.settled for one in db.session.scalars(select(PlateFlag))}
    assert ended == {Settled.FINE, Settled.FOUND_ANEW}


def test_with_the_sticker_gone_from_one_door_the_other_is_settled_too(town: Town) -> None:
    walks.find_other(town.aunt, town.code("10 号"), town.door("9 号"))
    walks.find_fine(town.aunt, town.code("9 号"))
    db.session.commit()
    assert town.reasons() == {}


def test_the_code_of_a_door_far_away_may_hang_at_ones_own(town: Town) -> None:
    far = town.another("88 号", town.place.next_village().microgrid)
    db.session.commit()
    with pytest.raises(Missing):
        walks.find_fine(town.aunt, far)
    walks.find_other(town.aunt, far, town.door("9 号"))
    db.session.commit()
    assert town.reasons() == {"9 号": Finding.OTHERS, "88 号": Finding.ASTRAY}


def test_at_its_own_door_a_code_is_simply_fine(town: Town) -> None:
    walks.find_other(town.aunt, town.code("9 号"), town.door("9 号"))
    db.session.commit()
    assert town.reasons() == {}
    check = town.check()
    assert check is not None
    assert check.finding is Finding.FINE


@pytest.mark.parametrize("finding", [Finding.FINE, Finding.DAMAGED, Finding.OTHERS, Finding.ASTRAY])
def test_without_a_scan_only_what_needs_none_is_taken(town: Town, finding: Finding) -> None:
    with pytest.raises(Refusal):
        walks.report(town.aunt, town.door("9 号"), finding)


@pytest.mark.parametrize("first", [one for one in Finding if one is not Finding.FINE])
@pytest.mark.parametrize("then", Finding)
def test_what_is_found_last_holds_but_a_foreign_page_waits_for_a_word(
    town: Town, first: Finding, then: Finding
) -> None:
    FOUND[first](town)
    db.session.commit()
    FOUND[then](town)
    db.session.commit()
    reason = town.reasons().get("9 号")
    if first is Finding.FOREIGN or then is Finding.ASTRAY:
        assert reason is first
    elif then is Finding.FINE:
        became = Finding.DAMAGED if first in flags.PRINTED_ANEW else None
        assert reason is became, "a plate that waits for another one stays a damaged one"
    else:
        assert reason is then


@pytest.mark.parametrize("first", [one for one in Finding if one is not Finding.FINE])
def test_a_plate_hung_anew_settles_everything_but_a_foreign_page(town: Town, first: Finding) -> None:
    FOUND[first](town)
    db.session.commit()
    walks.hang(town.aunt, town.code("9 号"))
    db.session.commit()
    assert ("9 号" in town.reasons()) is (first is Finding.FOREIGN)
    assert town.code("9 号").state is CodeState.HUNG


def test_a_visit_to_a_plate_that_was_printed_anew_finds_it_hung(town: Town) -> None:
    walks.report(town.aunt, town.door("9 号"), Finding.GONE)
    db.session.commit()
    town.in_state(CodeState.PRINTED)
    case = builders.a_case(town.door("9 号"))
    db.session.commit()
    db.write()
    visit.record(case, town.aunt, town.code("9 号"))
    db.session.commit()
    assert (town.code("9 号").state, town.reasons()) == (CodeState.HUNG, {})


def test_the_same_said_twice_is_one_line(town: Town) -> None:
    for _ in range(2):
        walks.report(town.aunt, town.door("9 号"), Finding.GONE)
        db.session.commit()
    assert len(db.session.scalars(select(PlateFlag)).all()) == 1
    assert len(db.session.scalars(select(PlateCheck)).all()) == 1


def test_a_door_without_a_code_needs_no_check(town: Town) -> None:
    codes.revoke(town.code("9 号").token, reason="搬走了")
    db.session.commit()
    with pytest.raises(Refusal, match="没有能用的码"):
        walks.report(town.aunt, town.door("9 号"), Finding.GONE)


# ---------------------------------------------------------------- who looks at it


@pytest.mark.parametrize(("area", "role", "sees", "may_settle"), [
    ("village", Role.VILLAGE, True, True), ("township", Role.TOWNSHIP, True, True),
    ("township", Role.DISCIPLINE, True, False), ("township", Role.AUDITOR, True, False),
    ("microgrid", Role.GUARDIAN, False, False), ("township", Role.ADMIN, False, False),
    ("next", Role.VILLAGE, False, False),
])
def test_who_sees_what_is_to_be_looked_at_and_who_may_settle_it(
    town: Town, area: str, role: Role, sees: bool, may_settle: bool
) -> None:
    place = town.place.next_village().village if area == "next" else getattr(town.place, area)
    person = builders.a_person(place, role)
    db.session.commit()
    walks.report(town.aunt, town.door("9 号"), Finding.FOREIGN)
    db.session.commit()
    flag = town.flag()
    assert flag is not None
    assert [one.id for one in flags.standing(person, town.place.township.code)] == ([flag.id] if sees else [])
    assert flags.counts(person, town.place.township.code) == ({Finding.FOREIGN: 1} if sees else {})
    assert flags.may_know(person, flag) is sees
    if may_settle:
        flags.settle_by_word(person, flag.id, "揭下来了，报了派出所。")
        db.session.commit()
        assert town.reasons() == {}
    else:
        with pytest.raises(Missing):
            flags.settle_by_word(person, flag.id, "看过了。")


def test_a_word_is_needed_kept_sealed_and_taken_once(town: Town) -> None:
    walks.report(town.aunt, town.door("9 号"), Finding.FOREIGN)
    db.session.commit()
    flag = town.flag()
    assert flag is not None
    for words in ("", "  ", "长" * 201):
        with pytest.raises(Refusal):
            flags.settle_by_word(town.cadre, flag.id, words)
        db.session.rollback()
    settled = flags.settle_by_word(town.cadre, flag.id, "揭下来了。")
    db.session.commit()
    assert (settled.settled, settled.settled_by, settled.settled_at) == (Settled.WORD, town.cadre, NOW)
    assert settled.words is not None
    assert "揭下来了".encode() not in settled.words
    with pytest.raises(Conflict):
        flags.settle_by_word(town.officer, flag.id, "我也看过。")


def test_what_may_lead_to_a_fraud_stands_first(town: Town) -> None:
    for door, finding in (("9 号", Finding.FOREIGN), ("10 号", Finding.GONE), ("2 号", Finding.SILENT)):
        walks.report(town.aunt, town.door(door), finding)
        db.session.commit()
    assert [one.household.door for one in flags.standing(town.officer, town.place.township.code)] == [
        "9 号", "2 号", "10 号"]
    assert list(flags.counts(town.officer, town.place.township.code)) == [Finding.FOREIGN, Finding.GONE, Finding.SILENT]
    assert flags.waiting(town.cadre) == 3
    assert flags.waiting(town.aunt) == 0


# ---------------------------------------------------------------- notices


def told() -> dict[str, list[str]]:
    """Username → what the list says to her."""
    while db.in_turn(notifications.take):
        pass
    found: dict[str, list[str]] = {}
    for notice in db.session.scalars(select(Notice).where(Notice.via == Via.LIST).order_by(Notice.id)):
        assert notice.person is not None
        found.setdefault(notice.person.username, []).append(texts.of(notice).plain())
    return found


@pytest.mark.parametrize("finding", [Finding.DAMAGED, Finding.SILENT, Finding.GONE, Finding.FOREIGN])
def test_the_village_hears_of_each_and_the_township_of_what_may_be_a_fraud(town: Town, finding: Finding) -> None:
    FOUND[finding](town)
    db.session.commit()
    heard = told()
    both = {town.cadre.username, town.officer.username}
    assert set(heard) == (both if finding is Finding.FOREIGN else {town.cadre.username})
    sentence = heard[town.cadre.username][0]
    assert "湖东村一组" in sentence
    assert "9 号" not in sentence, "a message never says which door"
    assert ("骗钱" in sentence) is (finding is Finding.FOREIGN)
    assert {one.is_urgent for one in db.session.scalars(select(Notice))} == {finding is Finding.FOREIGN}
    assert told() == heard, "each is told once"


def test_nobody_is_told_of_what_he_said_himself_and_an_empty_village_is_heard_by_the_township(town: Town) -> None:
    walks.report(town.cadre, town.door("9 号"), Finding.GONE)
    db.session.commit()
    assert told() == {}
    db.write()
    builders.an_absence(town.cadre)
    db.session.commit()
    walks.report(town.aunt, town.door("10 号"), Finding.GONE)
    db.session.commit()
    assert set(told()) == {town.officer.username}


def test_a_notice_of_what_is_settled_by_now_is_not_sent(town: Town) -> None:
    walks.report(town.aunt, town.door("9 号"), Finding.GONE)
    db.session.commit()
    told()
    notice = db.session.scalars(select(Notice)).one()
    assert not is_moot(notice, set())
    walks.hang(town.aunt, town.code("9 号"))
    db.session.commit()
    db.session.refresh(notice)
    assert is_moot(notice, set())
    stranger = builders.a_person(town.place.next_village().village, Role.VILLAGE)
    walks.report(town.aunt, town.door("10 号"), Finding.GONE)
    db.session.commit()
    told()
    other = db.session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert other is not None
    assert not is_moot(other, set())
    other.person = db.session.get_one(Person, stranger.id)
    assert is_moot(other, set())
    db.session.rollback()


# ---------------------------------------------------------------- figures


def parts(town: Town, area: Area, quarter: Quarter | None = None) -> dict[str, tuple[int, int, int]]:
    return {one.area.name: (one.checked, one.doors, one.fine)
            for one in walks.figures(area, quarter or quarters.now())}


def test_figures_tell_what_was_checked_of_what_there_is_place_by_place(town: Town) -> None:
    next_one = town.place.next_village()
    town.another("88 号", next_one.microgrid)
    town.in_state(CodeState.ISSUED, "2 号")
    walks.find_fine(town.aunt, town.code("9 号"))
    walks.report(town.aunt, town.door("10 号"), Finding.GONE)
    db.session.commit()
    place = town.place
    assert parts(town, place.township) == {"湖东村": (2, 3, 1), next_one.village.name: (0, 1, 0)}
    assert parts(town, place.county) == {"梁弄镇": (2, 4, 1)}
    assert parts(town, place.village) == parts(town, place.microgrid) == {"一组": (2, 3, 1)}


def test_the_figures_of_a_past_quarter_are_as_at_its_end(town: Town) -> None:
    walks.find_fine(town.aunt, town.code("9 号"))
    db.session.commit()
    with clock.fixed(datetime(2027, 2, 1, 2, 0, tzinfo=UTC), everywhere=True):
        town.another("12 号")
        codes.revoke(town.code("10 号").token, reason="拆了")
        db.session.commit()
        assert parts(town, town.place.township, Quarter(2026, 4)) == {"湖东村": (1, 4, 1)}
        assert parts(town, town.place.township) == {"湖东村": (0, 4, 0)}


def test_a_plate_that_is_printed_again_later_still_counts_in_the_quarter_it_was_there(town: Town) -> None:
    printed = town.code("2 号")
    run = PrintRun(area_code=town.place.township.code, ordered_at=clock.now(), begun_at=clock.now(), layout="2x5",
                   form="pdf", plates=1)
    db.session.add(run)
    db.session.flush()
    db.session.add(PlatePrint(run_id=run.id, code_id=printed.id))
    printed.state, printed.hung_at = CodeState.PRINTED, None
    db.session.commit()
    with clock.fixed(datetime(2027, 2, 1, 2, 0, tzinfo=UTC), everywhere=True):
        printing._mark_printed([printed.id])
        walks.hang(town.aunt, town.code("2 号"))
        db.session.commit()
        assert parts(town, town.place.township, Quarter(2026, 4)) == {"湖东村": (0, 4, 0)}
        assert parts(town, town.place.township, Quarter(2026, 3)) == {}


def test_a_code_that_was_replaced_leaves_one_door_and_not_two(town: Town) -> None:
    walks.find_fine(town.aunt, town.code("9 号"))
    new = codes.reissue(town.code("9 号").token)
    db.session.commit()
    assert parts(town, town.place.township) == {"湖东村": (0, 3, 0)}
    walks.hang(town.aunt, new)
    db.session.commit()
    assert parts(town, town.place.township) == {"湖东村": (1, 4, 1)}
