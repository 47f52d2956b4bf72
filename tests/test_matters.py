"""同一件事: alike, reported nearby, repeated, of which category. It points out, tells little, never decides."""

import secrets
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from feedback import clock, closure, contents, db, intake, matters, receipts, recusal, routing, teams, worklist
from feedback.matters import alike, guessing, seeds, suggestions
from feedback.models.cases import Case, CaseEvent
from feedback.models.contents import Field
from feedback.models.kinds import About, Action, Kind, Outcome, Status
from feedback.models.people import Role
from feedback.models.rules import Category
from tests import builders, staff
from tests.visitor import page_of

LAMP = "大樟树下那盏路灯不亮了，晚上看不见。"


class Village:
    """湖东村 with two micro-grids, doors, a category of each common matter, and people on every level."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.place = builders.a_township()
        self.aunt = builders.a_person(self.place.microgrid, username="aunt", name="周一禾")
        self.cadre = builders.a_person(self.place.village, Role.VILLAGE, username="cun", is_leader=True)
        self.officer = builders.a_person(self.place.township, Role.TOWNSHIP, username="zhen")
        self.homes = [builders.a_household(self.place.microgrid, f"湖东路 {n} 号") for n in range(1, 7)]
        self.codes = [builders.a_code(home) for home in self.homes]
        self.category = {name: self._category(name) for name in ("路灯", "垃圾", "社保医保", "其他")}
        db.session.commit()

    def _category(self, name: str) -> Category:
        category = Category(area_code=self.place.township.code, name=name)
        db.session.add(category)
        db.session.flush()
        return category

    def case(self, home: int, words: str = LAMP, category: str | None = "路灯", **overrides: Any) -> Case:
        """A case as it stands after filing, with her words."""
        db.write()
        category_id = self.category[category].id if category else None
        case = builders.a_case(self.homes[home], category_id=category_id, **overrides)
        contents.new_key(case)
        contents.add(case, Field.WORDS, words, n=1)
        db.session.commit()
        return case

    def recent(self, home: int = 0) -> list[matters.Recent]:
        return matters.recent(self.homes[home].microgrid_code, self.homes[home])

    def also(self, home: int = 0, **fields: str) -> Case:
        """Files at a door, joining what the page offered first, as the door does it."""
        door = fields.pop("door", secrets.token_hex(8))  # a name of its own: nothing of another test slows it
        fields.setdefault("also", self.recent(home)[0].reference if self.recent(home) else "")
        form = {"kind": "help", "text": "我家门口也不亮。", "receipt": receipts.mint(door), **fields}
        letter = intake.read(form, door)
        doorway = intake.Doorway(self.homes[home].microgrid, self.homes[home], self.codes[home])
        filed = intake.file(letter, doorway)
        if filed.is_new and not (filed.joins and closure.join(filed.case, filed.joins)):
            routing.route(filed.case)
        db.session.commit()
        return filed.case


@pytest.fixture
def village(app: Flask, now: datetime) -> Village:
    return Village(app)


def actions(case: Case) -> list[Action]:
    return list(db.session.scalars(select(CaseEvent.action).where(CaseEvent.case_id == case.id).order_by(CaseEvent.n)))


# ---------------------------------------------------------------- alike


def test_the_same_text_is_wholly_alike_and_a_different_one_not_at_all() -> None:
    same, other = alike.compare(LAMP, [LAMP, "养老金什么时候到账？"])
    assert same.score == pytest.approx(1)
    assert other.score == 0
    assert other.shared == ()


def test_what_two_texts_share_is_shown_without_the_little_words_at_its_ends() -> None:
    found = alike.compare(LAMP, ["路灯不亮，请来修。", "大樟树下的垃圾没人收。"])
    assert set(found[0].shared) == {"路灯不亮"}
    assert found[1].shared == ("大樟树",)
    for like in found:
        assert all(piece[0] not in alike.EDGES and piece[-1] not in alike.EDGES for piece in like.shared)


def test_rare_words_count_more_than_those_that_every_letter_has() -> None:
    texts = ["希望领导尽快解决问题，谢谢。", "溪东弄的窨井盖没了。"]
    by_plea, by_place = alike.compare("溪东弄少了个窨井盖，希望领导尽快解决。", texts)
    assert by_place.score > 2 * by_plea.score


TEXTS = st.text(alphabet="路灯不亮垃圾没人收 。a1", max_size=40)


@given(TEXTS, TEXTS)
def test_likeness_is_the_same_both_ways_and_between_none_and_all(one: str, other: str) -> None:
    [there], [back] = alike.compare(one, [other]), alike.compare(other, [one])
    assert there.score == pytest.approx(back.score)
    assert 0 <= there.score <= 1 + 1e-9
    assert all(piece in one.lower() and piece in other.lower() for piece in there.shared)


# ---------------------------------------------------------------- duplicates on the desk


def test_duplicates_are_the_neighbours_same_matter_with_the_reason(village: Village) -> None:
    first = village.case(1, "樟树底下的路灯坏了，黑漆漆的。", category=None)
    village.case(2, "垃圾桶满了没人倒。", category=None)
    again = village.case(0, LAMP, category=None)
    [found] = matters.duplicates(again, staff.again(village.aunt))
    assert found.case.id == first.id
    assert any("路灯" in piece for piece in found.shared)
    assert not found.is_same_household
    assert not found.may_take_it, "a guardian merges nothing"
    assert matters.duplicates(again, staff.again(village.cadre))[0].may_take_it


def test_never_more_than_three_duplicates(village: Village) -> None:
    for home in range(1, 6):
        village.case(home)
    assert len(matters.duplicates(village.case(0), village.aunt)) == 3


NOT_DUPLICATES: dict[str, dict[str, Any]] = {
    "older than ninety days": {"filed_at": datetime.fromisoformat("2026-08-20T10:00+08:00")},
    "merged": {"status": Status.CLOSED, "outcome": Outcome.MERGED},
    "withdrawn": {"status": Status.CLOSED, "outcome": Outcome.WITHDRAWN},
    "about somebody": {"about": About.GUARDIAN, "about_area_code": builders.CODES["microgrid"]},
    "for the discipline office alone": {"is_for_discipline_alone": True},
    "another category": {"category": "垃圾"},
}


@pytest.mark.parametrize("why", NOT_DUPLICATES)
def test_what_is_no_duplicate_for_this_reader(village: Village, why: str) -> None:
    village.case(1, **NOT_DUPLICATES[why])
    assert matters.duplicates(village.case(0), village.aunt) == []


def test_a_case_from_which_the_reader_is_shut_out_is_no_duplicate_for_him(village: Village) -> None:
    other = village.case(1)
    recusal.shut_out(other, village.aunt)
    db.session.commit()
    mine = village.case(0)
    assert matters.duplicates(mine, staff.again(village.aunt)) == []
    assert len(matters.duplicates(mine, staff.again(village.cadre))) == 1


def test_hidden_and_erased_words_are_compared_with_nothing(village: Village) -> None:
    hidden, erased = village.case(1), village.case(2)
    db.write()
    contents.hide(hidden, contents.words(hidden)[0].id)
    contents.erase(erased)
    db.session.commit()
    assert matters.duplicates(village.case(0), village.aunt) == []


ELSEWHERE: dict[str, tuple[bool, dict[str, Any]]] = {
    "almost the same words on the same day": (True, {}),
    "a lamp of their own": (False, {"words": "村口那盏路灯一闪一闪，请来看看。"}),
    "the same words, a week before": (False, {"filed_at": datetime.fromisoformat("2026-11-10T10:00+08:00")}),
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_of_another_micro_grid_only_the_same_words_in_the_same_days_count(village: Village, what: str) -> None:
    db.write()
    far = builders.a_household(village.place.next_microgrid())
    village.homes.append(far)
    is_one, given = ELSEWHERE[what]
    other, mine = village.case(-1, **given), village.case(0)
    assert [one.case.id for one in matters.duplicates(mine, village.officer)] == ([other.id] if is_one else [])
    assert matters.duplicates(mine, village.aunt) == [], "she may not read it"


def test_the_page_of_a_case_shows_its_twin_and_the_way_to_merge(village: Village) -> None:
    other, mine = village.case(1), village.case(0)
    number, into = mine.number, other.number
    desk = staff.signed_in(village.app, village.cadre)
    page = page_of(desk.get(f"/g/cases/{number}", status=200))
    assert "像是同一件（1 件）" in page.text
    assert "都提到：" in page.text
    merging = desk.get(f"/g/cases/{number}/merge?into={into}", status=200)
    desk.submit(merging, to="/merge", status=303, words="并到邻居家那一件一起办。")
    assert db.session.scalars(select(Case).where(Case.number == number)).one().outcome is Outcome.MERGED
    assert "1 户也遇到" in page_of(desk.get(f"/g/cases/{into}", status=200)).text


# ---------------------------------------------------------------- what a door says


def test_a_door_says_category_village_and_day_once_two_other_households_said_it(village: Village) -> None:
    village.case(1)
    assert village.recent() == []
    village.case(2, filed_at=clock.now() - timedelta(days=1))
    [line] = village.recent()
    assert (line.category.name, line.village, line.day) == ("路灯", "湖东村", clock.today())
    assert "灯不亮" in line.words


def test_her_own_household_is_none_of_the_two(village: Village) -> None:
    village.case(0)
    village.case(1)
    assert village.recent(0) == []
    assert village.recent(3) != []


def test_the_same_household_twice_is_one(village: Village) -> None:
    village.case(1)
    village.case(1)
    assert village.recent() == []


UNSPOKEN: dict[str, dict[str, Any]] = {
    "no category": {"category": None},
    "fifteen days ago": {"filed_at": datetime.fromisoformat("2026-11-04T10:00+08:00")},
    "closed": {"status": Status.CLOSED, "closed_at": datetime.fromisoformat("2026-11-19T09:00+08:00")},
    "about a guardian": {"about": About.GUARDIAN, "about_area_code": builders.CODES["microgrid"]},
    "about a cadre": {"about": About.CADRE, "about_area_code": builders.CODES["village"]},
    "for the discipline office alone": {"is_for_discipline_alone": True},
    "to be checked first": {"is_marked": True},
    "without a household": {"household_id": None},
    "in another village": {"area_code": "330281114202001001"},
}


@pytest.mark.parametrize("why", UNSPOKEN)
def test_what_a_door_never_speaks_of(village: Village, why: str) -> None:
    village.place.next_village()
    village.case(1)
    village.case(2, **UNSPOKEN[why])
    assert village.recent() == []


def test_a_door_never_speaks_of_what_is_recused_hidden_or_erased(village: Village) -> None:
    village.case(1)
    for spoil in (
        lambda case: recusal.shut_out(case, village.cadre),
        lambda case: contents.hide(case, contents.words(case)[0].id),
        contents.erase,
    ):
        other = village.case(2)
        assert village.recent() != []
        db.write()
        spoil(other)
        db.session.commit()
        assert village.recent() == []


def test_a_door_says_three_matters_at_most_and_a_page_without_a_household_none(village: Village) -> None:
    for name in ("路灯", "垃圾", "社保医保", "其他"):
        village.case(1, category=name)
        village.case(2, category=name)
    assert len(village.recent()) == 3
    assert matters.recent(village.place.village.code, None) == []


def test_the_page_says_no_words_no_door_and_no_number(village: Village, client: Any) -> None:
    texts = ["大樟树下第三盏灯", "樟树边上的灯"]
    numbers = [village.case(home, words).number for home, words in ((1, texts[0]), (2, texts[1]))]
    answer = client.get(f"/d/{village.codes[0].token}", status=200)
    html = answer.get_data(as_text=True)
    assert "湖东村近期已有人反映" in html
    assert "路灯（11 月 19 日）：我也遇到" in html
    assert not [word for word in (*texts, *numbers, "湖东路 1 号", "湖东路 2 号", "湖东路 3 号") if word in html]


# ---------------------------------------------------------------- 我也遇到


def test_hers_is_filed_and_merged_at_her_word_and_counted_as_one_more_household(village: Village) -> None:
    main = village.case(1)
    village.case(2)
    [offered] = village.recent()
    main = db.session.get_one(Case, offered.case_id)
    hers = village.also()
    assert (hers.outcome, hers.main_case_id, hers.category_id) == (Outcome.MERGED, main.id, main.category_id)
    assert actions(hers) == [Action.SUBMIT, Action.MERGE]
    merged = db.session.scalars(select(CaseEvent).where(CaseEvent.case_id == hers.id, CaseEvent.n == 2)).one()
    assert merged.by_her
    assert hers.receipt_digest != main.receipt_digest
    assert matters.also_met(main, village.aunt) == 1
    assert village.recent(0) == [], "she has joined it already"
    village.also(3)
    assert matters.also_met(main, village.aunt) == 2


def closed(case: Case, village: Village) -> None:
    closure.withdraw(case)


def merged_away(case: Case, village: Village) -> None:
    other = village.case(4, category=None)
    db.write()
    closure.merge(case, staff.again(village.cadre), other, words="同一件。")


def shut_out(case: Case, village: Village) -> None:
    recusal.shut_out(case, village.aunt)


def changed(case: Case, village: Village) -> None:
    worklist.classify(case, staff.again(village.cadre), kind=case.kind, category=village.category["垃圾"],
                      is_urgent=case.is_urgent, words="改类。")


def hidden(case: Case, village: Village) -> None:
    contents.hide(case, contents.words(case)[0].id)


@pytest.mark.parametrize("meanwhile", [closed, merged_away, shut_out, changed, hidden])
def test_what_can_not_be_joined_any_more_leaves_hers_alone_with_its_category(village: Village, meanwhile: Any) -> None:
    village.case(1)
    village.case(2)
    [offered] = village.recent()
    db.write()
    meanwhile(db.session.get_one(Case, offered.case_id), village)
    db.session.commit()
    hers = village.also(also=offered.reference)
    assert (hers.outcome, hers.main_case_id) == (None, None)
    assert hers.category_id == offered.category.id
    assert actions(hers) == [Action.SUBMIT, Action.ASSIGN]


def test_what_changes_between_filing_and_joining_leaves_hers_alone(village: Village) -> None:
    village.case(1)
    village.case(2)
    main = db.session.get_one(Case, village.recent()[0].case_id)
    hers = village.case(3)
    db.write()
    closure.withdraw(main)
    assert closure.join(hers, main) is None
    assert hers.status is Status.ASSIGNED


@pytest.mark.parametrize("forged", ["", "1", "1.", ".", "999999.00", "x.y", "1.000000000000000000"])
def test_a_reference_that_is_not_ours_joins_nothing(village: Village, forged: str) -> None:
    village.case(1)
    village.case(2)
    assert village.also(also=forged).main_case_id is None


OWN_WAY: dict[str, dict[str, Any]] = {
    "urgent": {"urgent": "1"}, "about a cadre": {"about": "cadre"}, "without its door": {"no_door": "1"},
}


@pytest.mark.parametrize("why", OWN_WAY)
def test_what_is_urgent_about_somebody_or_without_a_door_goes_its_own_way(village: Village, why: str) -> None:
    village.case(1)
    village.case(2)
    assert village.also(**OWN_WAY[why]).main_case_id is None


def test_a_flood_joins_nothing(village: Village) -> None:
    village.case(1)
    village.case(2)
    for _ in range(5):
        village.case(0, category="垃圾")
    hers = village.also()
    assert hers.is_marked
    assert hers.main_case_id is None


def test_the_same_letter_again_is_the_same_case_and_another_choice_is_another_letter(village: Village) -> None:
    village.case(1)
    village.case(2)
    form: dict[str, Any] = {"door": "a door", "receipt": receipts.mint("a door"), "also": village.recent()[0].reference}
    hers = village.also(**form)
    assert village.also(**form).id == hers.id
    with pytest.raises(intake.UsedReceipt):
        village.also(**{**form, "also": ""})
    assert db.session.scalar(select(func.count()).where(Case.household_id == village.homes[0].id)) == 1


def test_her_dispute_takes_it_out_one_level_above_the_team_that_holds_the_main_case(village: Village) -> None:
    village.case(1)
    village.case(2)
    hers = village.also()
    db.write()
    closure.dispute(hers)
    assert hers.status is Status.ASSIGNED
    assert hers.team_id == teams.of(village.place.village.code).id
    assert (hers.main_case_id, hers.outcome, hers.is_on_discipline_list) == (None, None, False)


def test_where_the_township_holds_the_main_case_her_dispute_is_on_disciplines_list(village: Village) -> None:
    village.case(1)
    village.case(2)
    hers = village.also()
    main = hers.main_case
    assert main is not None
    db.write()
    main.team_id = teams.of(village.place.township.code).id
    db.session.flush()
    db.session.refresh(main)
    closure.dispute(hers)
    assert hers.team_id == main.team_id
    assert hers.is_on_discipline_list


def test_what_others_joined_goes_on_by_itself_when_the_main_case_is_taken_back(village: Village) -> None:
    village.case(1)
    village.case(2)
    hers = village.also()
    db.write()
    closure.withdraw(db.session.get_one(Case, hers.main_case_id))
    assert (hers.status, hers.main_case_id, hers.outcome) == (Status.ASSIGNED, None, None)
    assert actions(hers)[-1] is Action.UNMERGE


def test_she_may_object_as_long_as_the_case_she_joined_goes_on_and_thirty_days_after(village: Village) -> None:
    village.case(1)
    village.case(2)
    hers = village.also()
    main, now = hers.main_case, clock.now()
    assert main is not None
    with clock.fixed(now + timedelta(days=40)):
        assert closure.still_hers(hers)
        assert closure.hers_until(hers) is None
        db.write()
        closure.decline(main, staff.again(village.officer), outcome=Outcome.DECLINED, words="归县里管。")
    with clock.fixed(now + timedelta(days=69)):
        assert closure.still_hers(hers)
        db.write()
        closure.dispute(hers)
        assert hers.status is Status.ASSIGNED
    with clock.fixed(now + timedelta(days=71)):
        assert closure.hers_until(hers) is None


def test_the_door_files_joins_and_tells_her_how_it_goes_on(village: Village, client: Any) -> None:
    village.case(1)
    village.case(2)
    path = f"/d/{village.codes[0].token}"
    page = client.get(path, status=200)
    answer = client.submit(page, to=path, status=200, kind="help", text="我家门口也不亮。",
                           also=village.recent()[0].reference)
    text = page_of(answer).text
    assert "和村里已有人反映的那一件一起办" in text
    assert "您说也遇到，记下了" in text
    case = db.session.scalars(select(Case).where(Case.household_id == village.homes[0].id)).one()
    assert case.outcome is Outcome.MERGED
    story = page_of(client.submit(answer, to="/c", status=200, view="")).text
    assert "您说也遇到，和那一件一起办" in story
    assert "不想一起办？" in story
    page = client.submit(client.get("/c", status=200), to="/c", status=200, action="dispute")
    apart = page_of(page).text
    assert "您要单独办" in apart
    assert "没解决" not in apart.partition("您说解决没解决")[0]


# ---------------------------------------------------------------- repeats


REPEATS: dict[str, tuple[dict[str, Any], bool]] = {
    "the same category": ({}, True),
    "89 days before": ({"filed_at": datetime.fromisoformat("2026-08-22T10:00+08:00")}, True),
    "91 days before": ({"filed_at": datetime.fromisoformat("2026-08-19T10:00+08:00")}, False),
    "another category": ({"category": "垃圾"}, False),
    "merged": ({"outcome": Outcome.MERGED}, False),
    "withdrawn": ({"outcome": Outcome.WITHDRAWN}, False),
    "invalid: empty, a test": ({"outcome": Outcome.INVALID}, False),
    "declined as out of scope": ({"outcome": Outcome.DECLINED}, True),
    "resolved": ({"outcome": Outcome.RESOLVED}, True),
    "about a guardian": ({"about": About.GUARDIAN, "about_area_code": builders.CODES["microgrid"]}, False),
    "for the discipline office alone": ({"is_for_discipline_alone": True}, False),
    "booked where the team does not reach": ({"area_code": builders.CODES["township"], "team": "village"}, False),
    "held elsewhere, its own area": ({"team": "village"}, True),
}


@pytest.mark.parametrize("what", REPEATS)
def test_whether_the_household_says_it_again(village: Village, what: str) -> None:
    overrides, repeats = REPEATS[what]
    overrides = {"filed_at": clock.now() - timedelta(days=3), **overrides}
    if "team" in overrides:
        overrides["team"] = teams.of(village.place.village.code)
    village.case(0, **overrides)
    assert matters.is_repeat(village.case(0)) is repeats


def test_without_a_category_the_kind_says_whether_it_is_the_same(village: Village) -> None:
    village.case(0, category=None, kind=Kind.HELP, filed_at=clock.now() - timedelta(days=1))
    assert matters.is_repeat(village.case(0, category=None, kind=Kind.HELP))
    assert not matters.is_repeat(village.case(0, category=None, kind=Kind.ENQUIRY))
    assert not matters.is_repeat(village.case(1, category=None, kind=Kind.HELP))


def test_what_a_member_of_the_team_is_shut_out_of_is_no_repeat_for_it(village: Village) -> None:
    before = village.case(0, filed_at=clock.now() - timedelta(days=1))
    recusal.shut_out(before, village.aunt)
    db.session.commit()
    assert not matters.is_repeat(village.case(0))


# ---------------------------------------------------------------- categories


def test_every_seed_is_found_by_its_own_words_and_each_name_stands_for_one_matter() -> None:
    names = [name for seed in seeds.seeds() for name in seed.names]
    assert len(names) == len(set(names))
    for seed in seeds.seeds():
        assert seeds.of(seed.names[0]) == (seed,)
        assert all(seed.names[0] in seeds.named_in(word) for word in seed.words)


def test_a_townships_own_names_are_matched(village: Village) -> None:
    assert [seed.names[0] for seed in seeds.of("社保医保")] == ["医保社保"]
    assert [seed.names[0] for seed in seeds.of("噪声和养犬")] == ["噪声", "养犬"]
    assert seeds.of("其他") == ()


def test_a_guess_needs_a_word_it_knows() -> None:
    guesser = guessing.Guesser[str]()
    assert guesser.ranked("路灯不亮") == []
    guesser.learn("路灯", "路灯不亮")
    guesser.learn("垃圾", "垃圾没人收")
    assert guesser.ranked("那盏路灯") == ["路灯"]
    assert guesser.ranked("我们希望") == []


def suggested(village: Village, words: str) -> list[str]:
    return [one.name for one in matters.suggested(words, village.place.microgrid.code)]


def test_a_category_is_suggested_before_anything_was_classified(village: Village) -> None:
    assert suggested(village, "路灯不亮") == ["路灯"]
    assert suggested(village, "垃圾桶满了没人倒") == ["垃圾"]
    assert suggested(village, "") == []
    assert suggested(village, "你好") == []


def test_the_townships_own_corrections_are_learnt_within_minutes(village: Village, now: datetime) -> None:
    words = "猕猴桃架子倒了"
    assert suggested(village, words) == []
    village.case(1, "后山的猕猴桃架子塌了一片", category="其他")
    with clock.fixed(now + suggestions.KEPT_FOR, everywhere=True):
        assert suggested(village, words) == ["其他"]


@pytest.mark.parametrize("why", ["hidden", "erased", "about", "recused"])
def test_what_nobody_may_read_teaches_nothing(village: Village, why: str) -> None:
    about = {"about": About.CADRE, "about_area_code": builders.CODES["village"]} if why == "about" else {}
    case = village.case(1, "后山的猕猴桃架子塌了一片", category="其他", **about)
    db.write()
    if why == "hidden":
        contents.hide(case, contents.words(case)[0].id)
    elif why == "erased":
        contents.erase(case)
    elif why == "recused":
        recusal.shut_out(case, village.cadre)
    db.session.commit()
    assert suggested(village, "猕猴桃架子倒了") == []


def test_only_categories_in_use_there_are_suggested(village: Village) -> None:
    db.write()
    village.category["路灯"].is_active = False
    db.session.commit()
    assert suggested(village, "路灯不亮") == []


def test_the_desk_is_offered_what_it_may_be_and_decides_itself(village: Village) -> None:
    number = village.case(0, category=None).number
    desk = staff.signed_in(village.app, village.cadre)
    page = page_of(desk.get(f"/g/cases/{number}", status=200))
    assert "类别可能是" in page.text
    lamp = db.session.scalars(select(Category.id).where(Category.name == "路灯")).one()
    form = desk.get(f"/g/cases/{number}/classify?suggested={lamp}", status=200)
    desk.submit(form, to="/classify", status=303, suggested=str(lamp), words="归到路灯。")
    case = db.session.scalars(select(Case).where(Case.number == number)).one()
    assert case.category_id == lamp
    assert actions(case)[-1] is Action.CLASSIFY
    assert "类别可能是" not in page_of(desk.get(f"/g/cases/{number}", status=200)).text


def test_the_full_list_holds_where_no_suggestion_is_taken(village: Village) -> None:
    number = village.case(0, category=None).number
    desk = staff.signed_in(village.app, village.cadre)
    form = desk.get(f"/g/cases/{number}/classify", status=200)
    other = db.session.scalars(select(Category.id).where(Category.name == "垃圾")).one()
    desk.submit(form, to="/classify", status=303, suggested="", category=str(other), words="是垃圾。")
    assert db.session.scalars(select(Case).where(Case.number == number)).one().category_id == other
