"""管理: people, places, rules, texts, imports and codes from their pages; who may, and what is left behind."""

import io
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import zxingcpp
from flask import Flask
from PIL import Image
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from config import Config
from feedback import access, clock, db, policies, publicity, worklist
from feedback.administration import holidays, places, posts, rules, uploads
from feedback.errors import Refusal
from feedback.identity import passwords, second_factor
from feedback.models.cases import Case
from feedback.models.codes import CodeState, DoorCode
from feedback.models.kinds import Contact, Kind
from feedback.models.people import Person, Role, Service, SignIn, Team
from feedback.models.places import Area, Household
from feedback.models.records import StaffAct, StaffEvent
from feedback.models.rules import CalendarDay, CalendarYear, Category, DeadlinePolicy, TextKey
from feedback.web.admin import days
from tests import builders, staff
from tests.visitor import Visitor, page_of

TOWNSHIP, VILLAGE, MICROGRID = (builders.CODES[level] for level in ("township", "village", "microgrid"))
PAGES = ["people", "places", "plates", "imports", "clients", "texts", "deadlines", "categories", "days"]
OF_THE_TOWNSHIP = ["texts", "deadlines", "categories", "days"]


class Office:
    """A township with its administrator, an officer, a guardian, and another township beside it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.place = builders.a_township()
        self.admin = builders.a_person(self.place.township, Role.ADMIN, username="guanli")
        self.officer = builders.a_person(self.place.township, Role.TOWNSHIP, username="zhen")
        self.guardian = builders.a_person(self.place.microgrid, username="shouhu", name="周一禾")
        self.neighbour = builders.a_person(builders.an_area("330281115", "别的镇"), Role.TOWNSHIP, username="linzhen")
        for n in range(3):
            builders.a_household(self.place.microgrid, f"湖东路 {n + 1} 号")
        db.session.commit()

    def visitor(self, person: Person | None = None) -> Visitor:
        return staff.signed_in(self.app, person or self.admin)


@pytest.fixture
def office(app: Flask, now: object) -> Office:
    return Office(app)


def person(username: str) -> Person:
    return db.session.scalars(select(Person).where(Person.username == username)).one()


def last(act: StaffAct) -> StaffEvent:
    found = db.session.scalars(select(StaffEvent).where(StaffEvent.act == act).order_by(StaffEvent.id.desc())).first()
    return found or pytest.fail(f"no event {act}")


def token_of(seen: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', seen.get_data(as_text=True))
    assert found
    return found[1]


# ---------------------------------------------------------------- who may


@pytest.mark.parametrize("page", PAGES)
def test_the_administrator_has_every_section_and_the_township_its_rules_and_texts(office: Office, page: str) -> None:
    office.visitor().get(f"/admin/{page}", status=200)
    office.visitor(office.officer).get(f"/admin/{page}", status=200 if page in OF_THE_TOWNSHIP else 403)
    office.visitor(office.guardian).get(f"/admin/{page}", status=403)


def test_the_administrator_sees_no_case(office: Office) -> None:
    case = builders.a_case(builders.a_household(db.session.get_one(Area, MICROGRID)))
    number = case.number
    db.session.commit()
    visitor = office.visitor()
    for address in (f"/g/cases/{number}", "/t/", "/t/cases", f"/g/cases/{number}/respond"):
        assert visitor.get(address).status_code in {403, 404}
    assert not list(db.session.scalars(access.facts(staff.again(office.admin))))


def test_the_name_at_the_top_leads_each_to_a_room_of_their_own(office: Office) -> None:
    for who in (office.admin, office.officer):
        visitor = office.visitor(who)
        top = re.search(r'class="brand" href="([^"]+)"', visitor.get("/admin/texts").get_data(as_text=True))
        assert top
        assert visitor.get(top[1], follow_redirects=True).status_code == 200


@pytest.mark.parametrize("page", ["people", "places", "plates", "texts", "deadlines", "categories", "days"])
def test_another_township_is_not_theirs(office: Office, page: str) -> None:
    office.visitor().get(f"/admin/{page}?area=330281115", status=403)


def test_somebody_of_another_township_is_not_there(office: Office) -> None:
    visitor = office.visitor()
    assert "linzhen" not in visitor.get("/admin/people").get_data(as_text=True)
    visitor.get("/admin/people/linzhen", status=404)


# ---------------------------------------------------------------- people


def test_a_person_is_added_and_gets_a_first_password_on_a_slip(office: Office) -> None:
    visitor = office.visitor()
    answer = visitor.submit(visitor.get("/admin/people/new"), username="Xin.Ren", name="新来", phone="13800000001",
                            role="village", area_code=VILLAGE, is_leader="y", status=303)
    assert answer.location == "/admin/people/xin.ren"
    seen = visitor.get(answer.location)
    slip = page_of(visitor.submit(seen, to="/password", status=200)).text
    password = re.search(r"[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}", slip)
    made = person("xin.ren")
    assert password
    assert passwords.is_right(made, password[0])
    assert made.must_change_password
    (service,) = made.services
    assert (service.role, service.area_code, service.is_leader) == (Role.VILLAGE, VILLAGE, True)
    assert {last(act).subject for act in (StaffAct.PERSON, StaffAct.ROLE, StaffAct.PASSWORD)} == {"xin.ren"}
    assert password[0] not in str(db.session.scalars(select(StaffEvent.facts)).all())


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"username": "shouhu"}, "已经有人用了"),
        ({"username": "张三"}, "英文字母"),
        ({"phone": "1380000000"}, "电话少一位"),
        ({"area_code": TOWNSHIP}, "不在这一级任职"),
        ({"area_code": "330281115"}, "不归您管"),
        ({"role": "admin", "area_code": VILLAGE}, "不在这一级任职"),
        ({"to_on": "2026-01-01"}, "最后一天不能早过第一天"),
    ],
)
def test_what_is_wrong_with_a_new_person_is_said_and_every_word_stays(
    office: Office, wrong: dict[str, str], sentence: str
) -> None:
    visitor = office.visitor()
    given = {"username": "xinren", "name": "新来的人", "phone": "", "role": "village", "area_code": VILLAGE}
    fields: dict[str, Any] = {**given, **wrong}
    answer = visitor.submit(visitor.get("/admin/people/new"), **fields)
    assert answer.status_code in {400, 403}
    assert sentence in page_of(answer).text
    assert fields["name"] in answer.get_data(as_text=True)
    assert db.session.scalar(select(Person).where(Person.username == "xinren")) is None


def test_name_and_phone_are_changed_and_the_number_stays_out_of_the_record(office: Office) -> None:
    visitor = office.visitor()
    seen = visitor.get("/admin/people/shouhu")
    visitor.submit(seen, to="/admin/people/shouhu", name="周一禾苗", phone="13800000002", status=303)
    assert (person("shouhu").name, person("shouhu").phone) == ("周一禾苗", "13800000002")
    assert last(StaffAct.PERSON).facts == {"change": "changed", "name": ["周一禾", "周一禾苗"], "phone": "changed"}


def test_who_is_deactivated_is_out_at_once_and_can_come_back(office: Office) -> None:
    guardian, visitor = office.visitor(office.guardian), office.visitor()
    guardian.get("/g/", status=200)
    visitor.submit(visitor.get("/admin/people/shouhu"), to="/deactivate", status=303)
    assert guardian.get("/g/").status_code == 302
    own = (SignIn.person_id == person("shouhu").id, SignIn.ended_at.is_(None))
    assert db.session.scalar(select(func.count()).select_from(SignIn).where(*own)) == 0
    visitor.submit(visitor.get("/admin/people/shouhu"), to="/activate", status=303)
    assert person("shouhu").is_active


def test_nobody_deactivates_or_resets_oneself(office: Office) -> None:
    visitor = office.visitor()
    seen = visitor.get("/admin/people/guanli")
    for act in ("deactivate", "password"):
        visitor.post(f"/admin/people/guanli/{act}", data={"csrf_token": token_of(seen)}, status=400)
    assert person("guanli").is_active


def test_a_lost_phone_takes_the_second_factor_along(office: Office) -> None:
    staff.with_password(staff.again(office.officer))
    visitor = office.visitor()
    visitor.submit(visitor.get("/admin/people/zhen"), to="/password", is_phone_lost="y", status=200)
    assert not second_factor.is_set_up(person("zhen"))
    assert person("zhen").must_change_password


def test_posts_begin_and_end_on_days_and_administrators_wear_no_other_hat(office: Office) -> None:
    visitor, today = office.visitor(), clock.today()
    visitor.submit(visitor.get("/admin/people/shouhu"), to="/posts", role="village", area_code=VILLAGE,
                   from_on=today.isoformat(), status=303)
    assert {one.role for one in person("shouhu").services} == {Role.GUARDIAN, Role.VILLAGE}
    guarding = next(one for one in person("shouhu").services if one.role is Role.GUARDIAN)
    yesterday = today - timedelta(days=1)
    visitor.submit(visitor.get("/admin/people/shouhu"), to=f"/posts/{guarding.id}/end", last_on=yesterday.isoformat(),
                   status=303)
    assert access.scope(person("shouhu")).areas == {Role.VILLAGE: (VILLAGE,)}
    answer = visitor.submit(visitor.get("/admin/people/shouhu"), to="/posts", role="admin", area_code=TOWNSHIP,
                            from_on=today.isoformat(), status=400)
    assert "不能兼任" in page_of(answer).text


def test_an_ended_post_does_not_grow_back_beside_the_administrators(office: Office) -> None:
    today = clock.today()
    leaver = builders.a_person(office.place.microgrid, username="zhuanren")
    guarding = leaver.services[0]
    guarding.to_on = today - timedelta(days=1)
    builders.a_service(leaver, office.place.township, Role.ADMIN, from_on=today)
    with pytest.raises(Refusal, match="不能兼任"):
        posts.end(office.admin, guarding, today + timedelta(days=30))
    assert access.scope(person("zhuanren")).areas == {Role.ADMIN: (TOWNSHIP,)}


@pytest.mark.parametrize("address", [
    "/admin/days?year=99999", "/admin/days?year=" + "9" * 30, "/admin/people?named=%00", "/admin/people/%00",
    "/admin/categories/" + "9" * 30, "/admin/people?after=%00", "/admin/plates?door=%00",
])
def test_an_address_nobody_of_ours_wrote_is_no_fault(office: Office, address: str) -> None:
    assert office.visitor().get(address).status_code < 500


def test_a_post_of_somebody_else_is_not_ended_under_this_name(office: Office) -> None:
    other = db.session.scalars(select(Service.id).where(Service.person_id == person("linzhen").id)).one()
    visitor = office.visitor()
    seen = visitor.get("/admin/people/shouhu")
    visitor.post(f"/admin/people/shouhu/posts/{other}/end", status=404,
                 data={"csrf_token": token_of(seen), "last_on": "2026-11-01"})


def test_who_also_serves_elsewhere_is_not_this_administrators_to_change(office: Office) -> None:
    builders.a_service(staff.again(office.neighbour), db.session.get_one(Area, TOWNSHIP), Role.TOWNSHIP)
    db.session.commit()
    visitor = office.visitor()
    seen = visitor.get("/admin/people/linzhen", status=200)
    for act in ("password", "deactivate"):
        assert f"/admin/people/linzhen/{act}" not in seen.get_data(as_text=True)
        answer = visitor.post(f"/admin/people/linzhen/{act}", data={"csrf_token": token_of(seen)})
        assert answer.status_code in {400, 403}
    assert person("linzhen").is_active


def test_days_away_are_noted_and_taken_back(office: Office) -> None:
    visitor, today = office.visitor(), clock.today()
    days = {"from_on": today.isoformat(), "to_on": (today + timedelta(days=3)).isoformat()}
    visitor.submit(visitor.get("/admin/people/shouhu"), to="/people/shouhu/away", **days, status=303)
    (absence,) = person("shouhu").absences
    assert (absence.from_on, absence.to_on) == (today, today + timedelta(days=3))
    visitor.submit(visitor.get("/admin/people/shouhu"), to=f"/away/{absence.id}/end", status=303)
    assert person("shouhu").absences == []


def test_people_are_found_by_name_account_role_and_place(office: Office) -> None:
    visitor = office.visitor()
    for query, found in (("named=周一", True), ("named=SHOUHU", True), ("role=village", False),
                         (f"area={MICROGRID}", True), ("left=1", False)):
        assert ("/admin/people/shouhu" in visitor.get(f"/admin/people?{query}").get_data(as_text=True)) is found, query


# ---------------------------------------------------------------- places


def test_a_place_is_renamed_with_its_team_and_a_new_one_is_numbered(office: Office) -> None:
    visitor = office.visitor()
    seen = visitor.get(f"/admin/places?area={MICROGRID}")
    visitor.submit(seen, to="/places/name", name="桥头组", status=303)
    assert db.session.get_one(Area, MICROGRID).name == "桥头组"
    assert db.session.scalars(select(Team.name).where(Team.area_code == MICROGRID)).all() == ["桥头组"]
    seen = visitor.get(f"/admin/places?area={builders.CODES['grid']}")
    visitor.submit(seen, to="/places/below", name="二组", status=303)
    assert db.session.get_one(Area, f"{builders.CODES['grid']}002").name == "二组"
    assert last(StaffAct.AREA).subject.endswith("二组")


def test_a_township_has_teams_of_its_own(office: Office) -> None:
    visitor = office.visitor()
    visitor.submit(visitor.get("/admin/places"), to="/places/teams", name="自然资源所", status=303)
    team = db.session.scalars(select(Team).where(Team.name == "自然资源所")).one()
    visitor.submit(visitor.get("/admin/places"), to=f"/places/teams/{team.id}", name="规划所", status=303)
    assert db.session.scalars(select(Team.name).where(Team.id == team.id)).one() == "规划所"


def test_a_place_and_an_own_team_there_are_not_called_the_same(office: Office) -> None:
    builders.a_team(office.place.township, name="自然资源所")
    db.session.commit()
    with pytest.raises(Refusal):
        places.rename(office.admin, office.place.township, "自然资源所")


# ---------------------------------------------------------------- rules and texts


def test_a_new_deadline_holds_from_now_and_says_who_set_it(office: Office) -> None:
    visitor, filed_at = office.visitor(office.officer), clock.now()
    before = policies.promise(TOWNSHIP, Kind.HELP, False, filed_at=filed_at - timedelta(seconds=1))
    shown = visitor.submit(visitor.get("/admin/deadlines"), kind="help", response_amount="1", response_unit="days",
                           handling_amount="3", handling_unit="days", status=200)
    assert rules.versions(TOWNSHIP) == []
    visitor.submit(shown, button="save", status=303)
    held = policies.promise(TOWNSHIP, Kind.HELP, False, filed_at=filed_at)
    assert held.handling_due_at == filed_at + timedelta(days=3)
    assert policies.promise(TOWNSHIP, Kind.HELP, False, filed_at=filed_at - timedelta(seconds=1)) == before
    page = page_of(visitor.get("/admin/deadlines")).text
    assert "3 天" in page
    assert staff.again(office.officer).name in page
    assert last(StaffAct.POLICY).facts["handling"] == [3, "days"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"handling_amount": "1", "handling_unit": "hours"}, "不能早过响应的期限"),
        ({"response_amount": "0"}, "不小于 1"),
        ({"handling_amount": "900"}, "最长两个月"),
        ({"close_of_office": "半夜"}, "17:30"),
        ({"effective_on": "2026-01-01"}, "不能改过去的期限"),
    ],
)
def test_a_deadline_that_cannot_hold_is_refused_at_its_field(
    office: Office, wrong: dict[str, str], sentence: str
) -> None:
    visitor = office.visitor()
    fields: dict[str, Any] = {"kind": "help", "response_amount": "2", "response_unit": "days", "handling_amount": "3",
              "handling_unit": "days", **wrong}
    assert sentence in page_of(visitor.submit(visitor.get("/admin/deadlines"), **fields, status=400)).text
    assert db.session.scalar(select(func.count()).select_from(DeadlinePolicy)) == 0


LIMITS: dict[str, Any] = {
    "kind": "help", "response_amount": "1", "response_unit": "working_days", "handling_amount": "7",
    "handling_unit": "working_days",
}


def meaning(visitor: Visitor, **fields: Any) -> TestResponse:
    return visitor.submit(visitor.get("/admin/deadlines"), **{**LIMITS, **fields}, status=200)


def text_of(response: TestResponse) -> str:
    return "".join(page_of(response).text.split())


def test_before_a_deadline_is_set_it_is_shown_by_examples_beside_the_one_in_force(office: Office) -> None:
    with clock.fixed(datetime(2026, 9, 1, 2, tzinfo=UTC), everywhere=True):
        shown = meaning(office.visitor(office.officer))
        said = text_of(shown)
        assert "响应1个工作日，办结5个工作日，17:30下班→响应1个工作日，办结7个工作日，17:30下班" in said
        # filed on Tuesday 1 September: 2, 3, 4, 7, 8, then 9, 10
        assert "现在受理的9月1日（周二）10:009月2日（周三）17:30不变9月8日（周二）17:30→9月10日（周四）17:30" in said
        # Mid-autumn, a day off: as on Monday 28; 29, 30, 8, 9, 10, then 12, 13
        assert ("国庆节前的星期五傍晚受理的9月25日（周五）17:409月29日（周二）17:30不变"
                "10月10日（周六）17:30→10月13日（周二）17:30") in said
        # 5 February 2027, a year nobody has published: as on 9; 10, 11, 12, 15, 16, then 17, 18
        assert "除夕受理的2027年2月5日（周五）9:00" in said
        assert "2027年的放假安排还没有公布或录入" in said
        assert said.count("还没有公布或录入") == 1
    assert db.session.scalar(select(func.count()).select_from(DeadlinePolicy)) == 0
    assert db.session.scalar(select(func.count()).select_from(StaffEvent).where(StaffEvent.act == StaffAct.POLICY)) == 0


def test_a_year_that_was_entered_is_not_called_unknown_in_the_examples(office: Office) -> None:
    with clock.fixed(datetime(2026, 9, 1, 2, tzinfo=UTC), everywhere=True):
        db.session.add(CalendarYear(area_code=TOWNSHIP, year=2027))
        db.session.commit()
        assert "还没有公布或录入" not in text_of(meaning(office.visitor(office.officer)))


def test_hours_rest_on_no_calendar_in_the_examples(office: Office) -> None:
    said = text_of(meaning(office.visitor(office.officer), is_urgent="y", kind="", response_amount="1",
                           response_unit="hours", handling_amount="12", handling_unit="hours"))
    assert "响应2小时，办结24小时，17:30下班→响应1小时，办结12小时，17:30下班" in said
    assert "还没有公布或录入" not in said


def test_nothing_typed_is_lost_between_the_examples_and_the_saving(office: Office) -> None:
    visitor = office.visitor(office.officer)
    day = clock.today() + timedelta(days=30)
    shown = meaning(visitor, close_of_office="17:00", effective_on=day.isoformat(), is_urgent="y", handling_amount="9")
    assert "头一天早上受理的" in page_of(shown).text
    changed = visitor.submit(shown, handling_amount="8", status=200)
    assert "办结8个工作日" in text_of(changed)
    visitor.submit(changed, button="save", status=303)
    set_ = db.session.scalars(select(DeadlinePolicy)).one()
    assert (set_.kind, set_.is_urgent, set_.handling_amount, set_.close_of_office.hour) == (Kind.HELP, True, 8, 17)
    assert set_.effective_at == clock.start_of(day)


def test_kinds_with_the_same_deadlines_stand_together_and_a_more_particular_rule_goes_on(office: Office) -> None:
    visitor = office.visitor(office.officer)
    visitor.submit(meaning(visitor, kind="complaint", handling_amount="3"), button="save", status=303)
    said = text_of(meaning(visitor, kind="", handling_amount="5"))
    said = said[said.index("还没有定下"):]
    heads = [said.index(f"{kinds}响应1个工作日") for kinds in ("咨询", "求助", "投诉", "建议")]
    assert heads == sorted(heads)
    assert said.count("这一种另有更细的期限") == 1
    assert said.count("17:30下班·不变") == 2


def test_what_cannot_hold_has_no_examples_and_keeps_every_word(office: Office) -> None:
    visitor = office.visitor(office.officer)
    answer = visitor.submit(visitor.get("/admin/deadlines"), **{**LIMITS, "handling_amount": "many"}, status=400)
    assert "这样定，会怎样" not in page_of(answer).text
    assert 'value="many"' in answer.get_data(as_text=True)


def test_the_answer_to_a_new_deadline_opens_where_it_stands(office: Office) -> None:
    visitor = office.visitor(office.officer)
    wrong = visitor.submit(visitor.get("/admin/deadlines"), **{**LIMITS, "handling_amount": "many"}, status=400)
    for answer in (wrong, visitor.submit(visitor.get("/admin/deadlines"), **LIMITS, status=200)):
        html = answer.get_data(as_text=True)
        assert html.count('id="meaning"') == 1
        assert "#meaning" in html
    after = wrong.get_data(as_text=True).split('id="meaning"')[1]
    assert 'class="problem"' in after


def test_a_case_keeps_the_policy_it_was_filed_under_whatever_is_set_afterwards(office: Office) -> None:
    filed_at = clock.now()
    promise = policies.promise(MICROGRID, Kind.HELP, False, filed_at=filed_at)
    case = builders.a_case(
        builders.a_household(office.place.microgrid), filed_at=filed_at, response_due_at=promise.response_due_at,
        handling_due_at=promise.handling_due_at, handling_due_original_at=promise.handling_due_at)
    db.session.commit()
    kept, visitor = case.id, office.visitor(office.officer)
    day = {"response_unit": "days", "handling_amount": "1", "handling_unit": "days"}
    with clock.fixed(filed_at + timedelta(minutes=1), everywhere=True):
        visitor.submit(meaning(visitor, **day), button="save", status=303)
        db.write()
        case = db.session.get_one(Case, kept)
        event = worklist.respond(case, staff.again(office.guardian), contact=Contact.PHONE)
        assert case.next_due_at == event.handling_due_at == case.handling_due_at == promise.handling_due_at
        assert policies.of(case) == promise.policy
        assert policies.promise(MICROGRID, Kind.HELP, False, filed_at=filed_at) == promise
        tomorrow = clock.now() + timedelta(days=1)
        assert policies.promise(MICROGRID, Kind.HELP, False, filed_at=clock.now()).handling_due_at == tomorrow


def test_categories_are_added_renamed_and_put_away(office: Office) -> None:
    visitor = office.visitor(office.officer)
    visitor.submit(visitor.get("/admin/categories"), name="路灯", status=303)
    category = db.session.scalars(select(Category)).one()
    assert "已经有" in page_of(visitor.submit(visitor.get("/admin/categories"), name="路灯", status=400)).text
    seen = visitor.get(f"/admin/categories/{category.id}")
    visitor.submit(seen, name="路灯和电", is_active=[], status=303)
    stored = db.session.scalars(select(Category)).one()
    assert (stored.name, stored.is_active) == ("路灯和电", False)
    assert last(StaffAct.CATEGORY).facts["active"] is False


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1999-12-31"])
def test_a_day_of_an_impossible_year_is_a_sentence(office: Office, day: str) -> None:
    visitor = office.visitor()
    limits = {"kind": "help", "response_amount": "1", "response_unit": "days", "handling_amount": "3",
              "handling_unit": "days"}
    for address, to, fields in (
        ("/admin/deadlines", "", {**limits, "effective_on": day}),
        ("/admin/days", "", {"day": day, "is_working": "no"}),
        ("/admin/people/shouhu", "/people/shouhu/away", {"from_on": day, "to_on": day}),
    ):
        answer = visitor.submit(visitor.get(address), to=to, button="", status=400, **fields)
        assert "年份不对" in answer.get_data(as_text=True), address


def test_a_townships_own_day_goes_before_the_calendar_and_is_taken_back(office: Office) -> None:
    visitor, day = office.visitor(office.officer), clock.today() + timedelta(days=1)
    assert policies.calendar_of(TOWNSHIP).is_working(day)
    visitor.submit(visitor.get("/admin/days"), day=day.isoformat(), is_working="no", status=303)
    assert not policies.calendar_of(TOWNSHIP).is_working(day)
    visitor.submit(visitor.get("/admin/days"), day=day.isoformat(), is_working="", status=303)
    assert db.session.scalars(select(CalendarDay)).all() == []
    past = clock.today() - timedelta(days=1)
    visitor.submit(visitor.get("/admin/days"), day=past.isoformat(), is_working="no", status=400)


# The holidays of 2026 as published, a year later: only the weekdays are another year's.
NEXT_YEAR = "".join(
    line + "\n" for line in (
        "关于2027年部分节假日安排的通知",
        "一、元旦：1月1日（周五）至3日（周日）放假，共3天。",
        "二、春节：2月5日（农历除夕、周五）至11日（周四）放假调休，共7天。2月13日（周六）、2月20日（周六）上班。",
        "三、清明节：4月3日（周六）至5日（周一）放假，共3天。",
        "四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。5月8日（周六）上班。",
        "五、端午节：6月9日（周三）放假，共1天。",
        "六、中秋节：9月15日（周三）放假，共1天。",
        "七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。",
    )
)


def test_next_years_notice_is_pasted_looked_at_and_entered_at_the_second_press(office: Office) -> None:
    visitor = office.visitor(office.officer)
    db.session.add(CalendarDay(area_code=TOWNSHIP, day=date(2027, 2, 13), is_working=False))
    db.session.add(CalendarDay(area_code=TOWNSHIP, day=date(2027, 6, 9), is_working=False))
    db.session.commit()
    seen = visitor.get("/admin/days")
    assert "2027年的放假安排还没有公布或录入" in text_of(seen)
    shown = visitor.submit(seen, notice=NEXT_YEAR, button="look", status=200)
    said = text_of(shown)
    assert "2027年2月13日（周六）放假上班改动" in said
    assert "2027年2月5日（周五）—放假新增" in said
    assert "一样的1天：2027年6月9日放假" in said
    assert db.session.scalar(select(func.count()).select_from(CalendarDay)) == 2
    entered = visitor.submit(shown, button="enter", status=303)
    assert entered.headers["Location"].endswith("year=2027")
    found = holidays.read(NEXT_YEAR.encode())
    calendar = policies.calendar_of(TOWNSHIP)
    assert {day: calendar.is_working(day) for day in found.days} == found.days
    assert last(StaffAct.CALENDAR).facts == {
        "area": TOWNSHIP, "new": len(found.days) - 2, "changed": 1, "same": 1}
    assert "2027年的放假安排还没有公布或录入" not in text_of(visitor.get("/admin/days?year=2027"))
    again = visitor.submit(visitor.get("/admin/days"), notice=NEXT_YEAR, button="look", status=200)
    assert "没有要改的" in page_of(again).text
    assert not any(value == "enter" for form in page_of(again).forms for _, value in form.buttons)


def test_a_notice_with_mistakes_names_each_line_and_keeps_every_word(office: Office) -> None:
    visitor = office.visitor(office.officer)
    wrong = NEXT_YEAR.replace("（周五）至3日", "（周四）至3日").replace("共7天", "共8天")
    for step in ("look", "enter"):
        answer = visitor.submit(visitor.get("/admin/days"), notice=wrong, step=step, status=400)
        said = page_of(answer).text
        assert [f"第 {n} 行" in said for n in range(1, 9)] == [False, True, True, False, False, False, False, True]
        assert any(form.fields.get("notice") == [wrong.strip()] for form in page_of(answer).forms)
    assert "请贴上通知" in page_of(visitor.submit(visitor.get("/admin/days"), button="look", status=400)).text
    assert db.session.scalar(select(func.count()).select_from(CalendarDay)) == 0


def test_a_notice_comes_as_a_file_too(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor, found = office.visitor(office.officer), holidays.read(NEXT_YEAR.encode())
    rows = [(day, "上班" if works else "放假") for day, works in found.days.items()]
    book = builders.a_workbook(("日期", "安排"), *rows)
    for name, data in (("通知.txt", NEXT_YEAR.encode("gb18030")), ("2027.xlsx", book)):
        shown = visitor.submit(visitor.get("/admin/days"), file=(io.BytesIO(data), name), button="look", status=200)
        assert holidays.read(next(form for form in page_of(shown).forms if form.fields.get("notice", [""])[0])
                             .fields["notice"][0].encode()) == found
    broken = (io.BytesIO(NEXT_YEAR.replace("共7天", "共8天").encode()), "通知.txt")
    answer = visitor.submit(visitor.get("/admin/days"), file=broken, button="look", status=400)
    assert any("共8天" in form.fields.get("notice", [""])[0] for form in page_of(answer).forms)
    monkeypatch.setattr(days, "MOST_BYTES", 100)
    long = (io.BytesIO(NEXT_YEAR.encode()), "通知.txt")
    answer = visitor.submit(visitor.get("/admin/days"), file=long, button="look", status=400)
    assert "文件太大" in page_of(answer).text


def test_a_text_is_published_and_the_word_before_stays_in_the_record(office: Office) -> None:
    visitor = office.visitor(office.officer)
    for number in ("0574-62000000", "0574-62000001"):
        visitor.submit(visitor.get("/admin/texts"), to="/texts/hotline", hotline=number, status=303)
    assert publicity.of(TOWNSHIP).hotline == "0574-62000001"
    assert last(StaffAct.TEXT).facts == {"key": "hotline", "before": "0574-62000000", "after": "0574-62000001"}
    answer = visitor.submit(visitor.get("/admin/texts"), to="/texts/hotline", hotline="打给我", status=400)
    assert "只有数字" in page_of(answer).text
    assert "打给我" in answer.get_data(as_text=True)
    assert publicity.of(TOWNSHIP)[TextKey.HOTLINE] == "0574-62000001"


# ---------------------------------------------------------------- imports


def sent(visitor: Visitor, kind: str, name: str, data: bytes) -> TestResponse:
    return visitor.submit(visitor.get("/admin/imports"), to="/admin/imports", kind=kind, file=(io.BytesIO(data), name))


def households(*rows: str) -> bytes:
    return "\n".join(["microgrid,door,householder,phone", *rows]).encode()


def test_a_file_is_looked_at_first_then_taken_and_twice_changes_nothing(office: Office) -> None:
    visitor = office.visitor()
    data = households(f"{MICROGRID},新村 1 号,张三,13800000001", f"{MICROGRID},湖东路 1 号,,")
    looked = visitor.get(sent(visitor, "households", "户.csv", data).location)
    assert "会新增 1" in page_of(looked).text
    assert "13800000001" not in looked.get_data(as_text=True)
    assert db.session.scalar(select(func.count()).select_from(Household)) == 3
    visitor.submit(looked, to="/apply", status=303)
    assert db.session.scalar(select(func.count()).select_from(Household)) == 4
    assert last(StaffAct.IMPORT).subject == "户.csv"
    again = visitor.get(sent(visitor, "households", "户.csv", data).location)
    assert "没有要改的" in page_of(again).text


def test_every_bad_row_is_named_by_line_column_value_and_reason_and_can_be_downloaded(office: Office) -> None:
    visitor = office.visitor()
    data = households(f"{MICROGRID},新村 1 号,,", "3.30281E+17,新村 2 号,,", f"{MICROGRID},新村 3 号,,1380000000",
                      f"{MICROGRID},新村 1 号,,", "330281115001001001,别处 1 号,,")
    looked = visitor.get(sent(visitor, "households", "户.csv", data).location)
    page = page_of(looked).text
    assert "有 4 行不对，还不能导入" in page
    for shown in ("3 microgrid 3.30281E+17", "4 phone 1380000000 电话少一位", "5 door 新村 1 号"):
        assert shown in page
    assert "/apply" not in looked.get_data(as_text=True)
    address = re.search(r'href="(/admin/imports/[0-9a-f]+/bad-rows.csv)"', looked.get_data(as_text=True))
    assert address
    lines = visitor.get(address[1], status=200).get_data().decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines] == ["line", "3", "4", "5", "6"]
    visitor.post(address[1].replace("bad-rows.csv", "apply"), data={"csrf_token": token_of(looked)}, status=400)
    assert db.session.scalar(select(func.count()).select_from(Household)) == 3


def test_a_spreadsheet_is_read_like_any_other_file(office: Office) -> None:
    book = builders.a_workbook(("microgrid", "door"), (MICROGRID, "表里 1 号"))
    visitor = office.visitor()
    looked = visitor.get(sent(visitor, "households", "户.xlsx", book).location)
    assert "会新增 1" in page_of(looked).text


@pytest.mark.parametrize(
    ("kind", "data", "sentence"),
    [
        ("households", b"", "空表"),
        ("households", b"PK\x03\x04 not a workbook", ""),
        ("households", b"a,b\n1,2", "第一行是列名"),
        ("", b"microgrid,door\n", "请选这是什么表"),
    ],
)
def test_a_file_that_cannot_be_read_is_met_with_a_sentence(
    office: Office, kind: str, data: bytes, sentence: str
) -> None:
    answer = sent(office.visitor(), kind, "坏.csv", data)
    assert answer.status_code == 400
    assert sentence in page_of(answer).text


def test_a_file_that_is_too_long_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 1_000)
    answer = sent(office.visitor(), "households", "长.csv", b"x" * 1_001)
    assert answer.status_code == 400
    assert "文件太大" in page_of(answer).text


def test_a_row_beyond_ones_own_area_is_a_bad_row(office: Office) -> None:
    visitor = office.visitor()
    data = "username,name,phone,role,area\nyeye,爷爷,,township,330281115\nlinzhen,改名,,township,330281114\n".encode()
    looked = page_of(visitor.get(sent(visitor, "staff", "人.csv", data).location)).text
    assert "不归您管" in looked
    assert "也在别处任职" in looked
    assert person("linzhen").name != "改名"


def test_first_passwords_of_an_import_stand_on_slips_once(office: Office) -> None:
    visitor = office.visitor()
    data = f"username,name,phone,role,area\nxin1,新一,,guardian,{MICROGRID}\nxin2,新二,,guardian,{MICROGRID}\n".encode()
    looked = visitor.get(sent(visitor, "staff", "人.csv", data).location)
    slips = page_of(visitor.submit(looked, to="/apply", passwords="y", status=200)).text
    found = re.findall(r"[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}", slips)
    assert len(found) == 2
    assert passwords.is_right(person("xin1"), found[0])


def test_a_kept_file_opens_only_for_who_brought_it_and_only_for_an_hour(office: Office, config: Config) -> None:
    visitor = office.visitor()
    address = sent(visitor, "households", "户.csv", households(f"{MICROGRID},新村 1 号,张三,")).location
    kept = list((config.data_dir / "uploads").iterdir())
    assert len(kept) == 1
    assert "张三".encode() not in kept[0].read_bytes()
    other = builders.a_person(db.session.get_one(Area, TOWNSHIP), Role.ADMIN)
    db.session.commit()
    office.visitor(other).get(address, status=400)
    visitor.get("/admin/imports/" + "0" * 32, status=400)
    visitor.get(address, status=200)
    with clock.fixed(clock.now() + uploads.KEPT + timedelta(minutes=1), everywhere=True):
        office.visitor().get(address, status=400)


# ---------------------------------------------------------------- codes


def test_codes_are_issued_revoked_with_a_reason_and_replaced(office: Office) -> None:
    visitor = office.visitor()
    visitor.submit(visitor.get("/admin/plates"), to="/plates/issue", status=303)
    first, second, _ = db.session.scalars(select(DoorCode).order_by(DoorCode.id)).all()
    tokens = {first.token, second.token}
    seen = visitor.get("/admin/plates")
    assert not any(token in seen.get_data(as_text=True) for token in tokens)
    visitor.submit(seen, to=f"/plates/{first.id}/revoke", reason="拆房", status=303)
    visitor.submit(visitor.get("/admin/plates"), to=f"/plates/{second.id}/reissue", status=303)
    states = db.session.scalars(select(DoorCode.state).order_by(DoorCode.id)).all()
    assert states == [CodeState.REVOKED, CodeState.REPLACED, CodeState.ISSUED, CodeState.ISSUED]
    assert staff.again(office.admin).id == last(StaffAct.CODE).actor_id


def test_who_gave_a_door_a_new_code_sees_both_codes_of_this_door(office: Office) -> None:
    visitor = office.visitor()
    visitor.submit(visitor.get("/admin/plates"), to="/plates/issue", status=303)
    code = db.session.scalars(select(DoorCode).order_by(DoorCode.id).limit(1)).one()
    assert code.household is not None
    number, door = code.id, code.household.door
    searched = visitor.get("/admin/plates", query_string={"area": TOWNSHIP, "state": "issued", "door": door[:2]})
    answer = visitor.submit(searched, to=f"/plates/{number}/reissue", status=303)
    assert parse_qs(urlsplit(answer.location).query) == {"area": [VILLAGE], "door": [door]}
    seen = visitor.get(answer.location)
    new = db.session.get_one(DoorCode, number).replaced_by
    assert new is not None
    assert f"换成 {new.token[-4:]}" in page_of(seen).text
    again = visitor.submit(seen, to=f"/plates/{new.id}/revoke", reason="拆房", status=303)
    assert parse_qs(urlsplit(again.location).query)["door"] == [door]


@pytest.mark.fonts
def test_a_sample_is_seen_before_a_large_run_and_nothing_counts_as_printed(office: Office) -> None:
    visitor = office.visitor()
    assert "先发码" in page_of(visitor.get("/admin/plates/sample")).text
    visitor.submit(visitor.get("/admin/plates"), to="/plates/issue", status=303)
    seen = visitor.get("/admin/plates/sample?layout=3x8")
    assert "微信、支付宝和三种手机自带的相机" in page_of(seen).text
    assert "/admin/plates/sample.png?" in seen.text
    picture = Image.open(io.BytesIO(visitor.get("/admin/plates/sample.png?layout=3x8").data))
    read = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2))
    tokens = set(db.session.scalars(select(DoorCode.token)))
    assert {each.text[-12:] for each in read} == tokens
    assert '"/admin/plates/sample.pdf?' in seen.text
    printable = visitor.get("/admin/plates/sample.pdf?layout=3x8")
    assert printable.data.startswith(b"%PDF")
    assert "attachment" in printable.headers["Content-Disposition"]
    assert set(db.session.scalars(select(DoorCode.state))) == {CodeState.ISSUED}


def test_codes_are_found_by_door_and_state(office: Office) -> None:
    visitor = office.visitor()
    visitor.submit(visitor.get("/admin/plates"), to="/plates/issue", status=303)
    found = page_of(visitor.get("/admin/plates?door=路 2 号")).text
    assert "湖东路 2 号" in found
    assert "湖东路 1 号" not in found
    assert "湖东路" not in page_of(visitor.get("/admin/plates?state=revoked")).text
