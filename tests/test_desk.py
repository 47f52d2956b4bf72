"""待办: the queue, the case, every act on its page, the visit, filing on her behalf, days away."""

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from feedback import clock, contents, db, intake, receipts, routing, urging, worklist
from feedback.models.cases import Case, CaseEvent
from feedback.models.codes import CodeState, DoorCode
from feedback.models.contents import Audience
from feedback.models.kinds import Action, Channel, Contact, Kind, Outcome, Status
from feedback.models.people import Absence, Person, Role
from feedback.models.places import Area, Household
from feedback.models.records import StaffAct, StaffEvent
from feedback.web.desk import acts
from tests import builders, staff
from tests.visitor import Visitor, page_of

VILLAGE, MICROGRID = builders.CODES["village"], builders.CODES["microgrid"]


class Town:
    """湖东村: two guardians of one micro-grid, one of another, a village officer, one of the township."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.place = builders.a_township()
        self.aunt = builders.a_person(self.place.microgrid, username="aunt", name="周一禾")
        self.uncle = builders.a_person(self.place.microgrid, username="uncle", name="李守诚")
        self.far = builders.a_person(self.place.next_microgrid(), username="far", name="远处人")
        self.village = builders.a_person(self.place.village, Role.VILLAGE, username="cun", is_leader=True)
        self.township = builders.a_person(self.place.township, Role.TOWNSHIP, username="zhen", name="王主任")
        self.household = builders.a_household(self.place.microgrid, "湖东路 27 号")
        self.code = builders.a_code(self.household)
        db.session.commit()
        self.token = self.code.token

    def desk(self, person: Person, *, is_kept: bool = False) -> Visitor:
        return staff.signed_in(self.app, person, is_kept=is_kept)

    def case(self, text: str = "路灯坏了三天，晚上看不见路。", **fields: str) -> str:
        """Files a case at the door; its number."""
        household = db.session.scalars(select(Household).where(Household.door == "湖东路 27 号")).one()
        code = db.session.scalars(select(DoorCode).where(DoorCode.household_id == household.id)).one()
        door = fields.pop("door", code.token)
        letter = intake.read({"kind": "help", "text": text, "receipt": receipts.mint(door), **fields}, door)
        filed = intake.file(letter, intake.Doorway(household.microgrid, household, code))
        routing.route(filed.case)
        number = filed.case.number
        db.session.commit()
        return number


@pytest.fixture
def town(app: Flask, now: datetime) -> Town:
    return Town(app)


def case(number: str) -> Case:
    return db.session.scalars(select(Case).where(Case.number == number)).one()


def last_event(number: str) -> CaseEvent:
    return db.session.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case(number).id).order_by(CaseEvent.n.desc())
    ).first() or pytest.fail("no event")


def responded(town: Town, number: str, by: Person | None = None) -> None:
    db.write()
    worklist.respond(case(number), staff.again(by or town.aunt), contact=Contact.PHONE, words="说好明天来看。")
    db.session.commit()


def visited(town: Town, number: str) -> None:
    db.write()
    worklist.visit(case(number), staff.again(town.aunt), db.session.get_one(DoorCode, case(number).code_id))
    db.session.commit()


def act(desk: Visitor, number: str, what: str, *, status: int = 303, **fields: Any) -> Any:
    """Opens the page of an act and sends its form."""
    page = desk.get(f"/g/cases/{number}/{what}", status=200)
    return desk.submit(page, to=f"/{what}", status=status, **fields)


def a_photo() -> tuple[BytesIO, str]:
    out = BytesIO()
    Image.new("RGB", (64, 48), "green").save(out, "JPEG")
    out.seek(0)
    return out, "a.jpg"


# ---------------------------------------------------------------- the queue


def test_the_queue_shows_what_is_due_first_and_says_overdue_in_words(town: Town, now: datetime) -> None:
    with clock.fixed(now - timedelta(days=20), everywhere=True):
        town.case("早就该办的事。")
    town.case("今天才来的事。")
    page = town.desk(town.aunt).get("/g/", status=200, title="待办")
    text = page_of(page).text
    assert text.index("早就该办的事") < text.index("今天才来的事")
    assert "超期" in text
    assert "1 件超期" in text


def test_what_came_since_the_last_look_is_marked_new(town: Town, now: datetime) -> None:
    town.case("先来的事。")
    desk = town.desk(town.aunt)
    assert "新来" not in page_of(desk.get("/g/", status=200)).text
    with clock.fixed(now + timedelta(minutes=20), everywhere=True):
        town.case("后来的事。")
    with clock.fixed(now + timedelta(minutes=25), everywhere=True):
        again = page_of(desk.get("/g/", status=200)).text
        assert "上次看过后新来 1 件" in again
        assert "上次看过后新来 1 件" in page_of(desk.get("/g/", status=200)).text, "a reload is the same look"


def test_all_guardians_of_the_microgrid_see_it_and_others_do_not(town: Town) -> None:
    number = town.case()
    for person, sees in ((town.aunt, True), (town.uncle, True), (town.far, False)):
        page = town.desk(person).get("/g/", status=200)
        assert (f"/g/cases/{number}" in page_of(page).links) is sees


def test_a_guardian_of_two_microgrids_sees_both(town: Town) -> None:
    number = town.case()
    builders.a_service(staff.again(town.far), staff.again(town.aunt).services[0].area, Role.GUARDIAN)
    db.session.commit()
    assert f"/g/cases/{number}" in page_of(town.desk(town.far).get("/g/", status=200)).links


def test_the_next_page_begins_where_this_one_ends(town: Town) -> None:
    numbers = {town.case(f"第 {n} 件事", door=f"door{n}") for n in range(25)}
    db.write()
    for one in db.session.scalars(select(Case).where(Case.is_marked)):
        one.is_marked = False
    for one in db.session.scalars(select(Case)):
        one.status = Status.ASSIGNED
        one.team_id = builders.team_of(one.area).id
    db.session.commit()
    desk = town.desk(town.aunt)
    first = page_of(desk.get("/g/", status=200)).links
    onward = next(link for link in first if "after=" in link)
    second = page_of(desk.get(onward, status=200)).links
    shown = [{link.rsplit("/", 1)[1] for link in links if link.startswith("/g/cases/") and link.count("/") == 3}
             for links in (first, second)]
    assert shown[0] | shown[1] == numbers
    assert not shown[0] & shown[1]


def test_waiting_cases_are_folded_into_one_line_and_have_a_filter(town: Town) -> None:
    number = town.case(answer_by="page")
    responded(town, number)
    act(town.desk(town.aunt), number, "report-back", outcome="resolved", words="灯换好了。")
    page = page_of(town.desk(town.aunt).get("/g/", status=200))
    assert f"/g/cases/{number}" not in page.links
    assert "等村民回话 1 件" in page.text
    waiting = page_of(town.desk(town.aunt).get("/g/?show=waiting", status=200))
    assert f"/g/cases/{number}" in waiting.links


def test_what_nobody_was_asked_to_do_stands_first_at_the_village(town: Town) -> None:
    for n in range(6):
        number = town.case(f"第 {n} 件", door=f"door{n}")
    assert case(number).status is Status.NEW
    page = page_of(town.desk(town.village).get("/g/", status=200))
    assert f"/g/cases/{number}/assign" in page.links
    assert "待受理" in page.text


# ---------------------------------------------------------------- the case


def test_the_case_tells_the_whole_story_and_offers_only_what_is_possible(town: Town) -> None:
    number = town.case(phone="13800000027", name="王店主")
    page = page_of(town.desk(town.aunt).get(f"/g/cases/{number}", status=200))
    assert "路灯坏了三天" in page.text
    assert "138****0027" in page.text
    assert "13800000027" not in page.text
    assert f"/g/cases/{number}/respond" in page.links
    assert f"/g/cases/{number}/report-back" not in page.links
    assert f"/g/cases/{number}/decline" not in page.links


def test_a_page_of_the_desk_never_shows_a_token_or_its_address(town: Town) -> None:
    number = town.case()
    desk = town.desk(town.aunt)
    desk.get(f"/g/d/{town.token}", status=302)
    for path in ("/g/", "/g/door", f"/g/cases/{number}", "/g/find?q=27", "/g/new?q=27"):
        assert town.token not in desk.get(path, status=200).get_data(as_text=True).upper()


def test_somebody_elsewhere_and_a_wrong_number_meet_the_same_page(town: Town) -> None:
    number = town.case()
    desk = town.desk(town.far)
    answers = [desk.get(f"/g/cases/{one}", status=404).get_data(as_text=True) for one in (number, "1000000000")]
    assert page_of_text(answers[0]) == page_of_text(answers[1])


def page_of_text(html: str) -> str:
    from tests.visitor import Page

    return Page(html).text


def test_the_households_earlier_cases_are_those_the_reader_may_see(town: Town) -> None:
    first, second = town.case("第一件事"), town.case("第二件事", door="second")
    about = town.case("守护人从来不上门", kind="complaint", about="guardian", door="third")
    page = page_of(town.desk(town.aunt).get(f"/g/cases/{second}", status=200))
    assert f"/g/cases/{first}" in page.links
    assert f"/g/cases/{about}" not in page.links
    assert "1 件" in page.text
    above = page_of(town.desk(town.village).get(f"/g/cases/{second}", status=200))
    assert f"/g/cases/{about}" in above.links


def test_discipline_sees_the_facts_of_a_case_and_no_word_of_it(town: Town) -> None:
    number = town.case(phone="13800000027")
    responded(town, number)
    person = builders.a_person(staff.again(town.township).services[0].area, Role.DISCIPLINE)
    db.session.commit()
    page = page_of(town.desk(person).get(f"/g/cases/{number}", status=200))
    home = case(number).household
    assert home is not None
    for word in ("路灯坏了", "说好明天", "0027", home.door):
        assert word not in page.text
    assert f"/g/cases/{number}/supervise" in page.links


def test_revealing_shows_the_number_once_and_leaves_events(town: Town) -> None:
    number = town.case(phone="13800000027", name="王店主")
    desk = town.desk(town.aunt)
    page = desk.get(f"/g/cases/{number}/contact", status=200)
    assert "13800000027" not in page.get_data(as_text=True)
    shown = desk.submit(page, to="/contact", status=200)
    assert "13800000027" in page_of(shown).text
    assert last_event(number).action is Action.REVEAL
    acts = db.session.scalars(select(StaffEvent.act).where(StaffEvent.subject == number)).all()
    assert acts == [StaffAct.REVEAL]
    assert "13800000027" not in desk.get(f"/g/cases/{number}", status=200).get_data(as_text=True)


def test_a_kept_phone_asks_for_the_password_before_it_shows_a_number(town: Town, now: datetime) -> None:
    staff.with_password(town.aunt)
    number = town.case(phone="13800000027")
    phone = town.desk(town.aunt, is_kept=True)
    with staff.nobody_waits(), clock.fixed(now + timedelta(hours=1), everywhere=True):
        proof = phone.get(f"/g/cases/{number}/contact", status=302)
        page = phone.get(proof.location, status=200)
        phone.submit(page, password="not it", status=400)
        back = phone.submit(page, password=staff.PASSWORD, status=302)
        assert back.location == f"/g/cases/{number}/contact"
        phone.submit(phone.get(back.location, status=200), to="/contact", status=200)
    with clock.fixed(now + timedelta(hours=2), everywhere=True):
        token = page_of(phone.get(f"/g/cases/{number}/note", status=200)).forms[0].fields["csrf_token"][0]
        phone.post(f"/g/cases/{number}/contact", data={"n": "3", "csrf_token": token}, status=302)


def test_photos_are_for_those_who_may_read_the_case(town: Town) -> None:
    number = town.case()
    desk = town.desk(town.aunt)
    act(desk, number, "note", photos=a_photo(), words="现场")
    photo = contents.photos_of(case(number))[0]
    assert photo.audience is Audience.STAFF
    address = f"/g/cases/{number}/photos/{photo.id}"
    assert desk.get(address, status=200).mimetype == "image/jpeg"
    town.desk(town.far).get(address, status=404)


# ---------------------------------------------------------------- acts


def test_the_first_to_respond_owns_it_and_the_other_is_told_who_was_quicker(town: Town) -> None:
    number = town.case()
    hers, his = town.desk(town.aunt), town.desk(town.uncle)
    pages = [desk.get(f"/g/cases/{number}/respond", status=200) for desk in (hers, his)]
    hers.submit(pages[0], to="/respond", contact="phone", words="说好明天来看。", status=303)
    late = his.submit(pages[1], to="/respond", contact="in_person", words="我已经到门口了。", status=409)
    text = page_of(late).text
    assert "周一禾" in text
    assert "我已经到门口了" in late.get_data(as_text=True)
    assert f"/g/cases/{number}" in page_of(late).links
    assert case(number).owner.username == "aunt"  # type: ignore[union-attr]


def test_a_note_is_not_overtaken_by_what_others_do(town: Town) -> None:
    number = town.case()
    page = town.desk(town.uncle).get(f"/g/cases/{number}/note", status=200)
    desk = town.desk(town.uncle)
    page = desk.get(f"/g/cases/{number}/note", status=200)
    responded(town, number)
    desk.submit(page, to="/note", words="路过看了一眼。", status=303)
    assert last_event(number).action is Action.NOTE


def test_a_form_with_something_missing_keeps_every_word(town: Town) -> None:
    number = town.case()
    answer = act(town.desk(town.aunt), number, "respond", words="说好明天来看。", status=400)
    page = page_of(answer)
    assert "说好明天来看。" in page.forms[0].fields["words"][0]
    assert "还差 1 处" in page.text


def test_a_rules_sentence_stands_at_its_field_and_the_words_are_kept(town: Town) -> None:
    number = town.case()
    responded(town, number)
    answer = act(town.desk(town.aunt), number, "report-back", outcome="resolved", words="灯换好了，您看看亮不亮。",
                 status=400)
    page = page_of(answer)
    assert "还没有上门" in page.text
    assert "灯换好了" in page.forms[0].fields["words"][0]


def test_the_door_is_the_next_step_until_the_answer_is_given(town: Town) -> None:
    number = town.case()
    responded(town, number)
    desk = town.desk(town.aunt)
    before = desk.get(f"/g/cases/{number}", status=200)
    assert "下一步：上门" in page_of(before).text
    assert "不上门，写反馈" in page_of(before).text
    assert "button main" not in before.get_data(as_text=True), "reporting without a visit is not the main thing"
    act(desk, number, "report-back", outcome="resolved", words="灯换好了。", why_no_visit="她来办公室说的。")
    assert "下一步：上门" not in page_of(desk.get(f"/g/cases/{number}", status=200)).text


def test_her_urging_stands_in_the_story_as_hers(town: Town) -> None:
    number = town.case()
    db.write()
    urging.remind_by_her(case(number))
    db.session.commit()
    assert "村民催办" in page_of(town.desk(town.aunt).get(f"/g/cases/{number}", status=200)).text


def test_asking_and_handing_over_and_releasing(town: Town) -> None:
    number = town.case()
    responded(town, number)
    desk = town.desk(town.aunt)
    act(desk, number, "ask", words="是哪一盏灯？")
    assert case(number).asked_at is not None
    assert f"/g/cases/{number}/ask" not in page_of(desk.get(f"/g/cases/{number}", status=200)).links
    page = page_of(desk.get(f"/g/cases/{number}/hand-over", status=200))
    sent = {**page.forms[0].fields, "to": "uncle", "words": "我这几天不在。"}
    desk.post(f"/g/cases/{number}/hand-over", data=sent, status=303)
    assert case(number).owner.username == "uncle"  # type: ignore[union-attr]
    act(town.desk(town.uncle), number, "release")
    assert (case(number).status, case(number).owner_id) == (Status.ASSIGNED, None)


def test_a_colleague_away_today_is_not_offered(town: Town) -> None:
    number = town.case()
    responded(town, number)
    db.write()
    db.session.add(Absence(person_id=staff.again(town.uncle).id, from_on=clock.today(), to_on=clock.today()))
    db.session.commit()
    page = town.desk(town.aunt).get(f"/g/cases/{number}/hand-over", status=200)
    assert "李守诚" not in page_of(page).text


def test_sending_back_leads_up_and_the_reason_stays_inside(town: Town) -> None:
    number = town.case()
    act(town.desk(town.aunt), number, "send-back", words="这条路归公路站。")
    found = case(number)
    assert (found.status, found.team.area_code) == (Status.NEW, VILLAGE)
    assert not [piece for piece in contents.words(found, {Audience.HER}) if "公路站" in piece.text]


def test_the_village_assigns_what_was_sent_back(town: Town) -> None:
    number = town.case()
    act(town.desk(town.aunt), number, "send-back", words="这条路归公路站。")
    team = acts.team_key(builders.team_of(staff.again(town.aunt).services[0].area))
    act(town.desk(town.village), number, "assign", team=team)
    assert case(number).status is Status.ASSIGNED
    assert acts.team_key(case(number).team) == team


def test_escalating_transferring_and_classifying(town: Town) -> None:
    number = town.case()
    act(town.desk(town.aunt), number, "escalate", words="要村里出面。")
    assert case(number).team.area_code == VILLAGE
    team = acts.team_key(builders.team_of(staff.again(town.far).services[0].area))
    act(town.desk(town.village), number, "transfer", team=team, words="换隔壁组来办。")
    assert acts.team_key(case(number).team) == team
    act(town.desk(town.township), number, "classify", kind="complaint", is_urgent="y", words="")
    assert (case(number).kind, case(number).is_urgent) == (Kind.COMPLAINT, True)


def test_a_team_out_of_reach_is_refused_even_by_a_made_up_form(town: Town) -> None:
    number = town.case()
    other = acts.team_key(builders.team_of(staff.again(town.township).services[0].area))
    answer = act(town.desk(town.village), number, "transfer", team=other, words="换人",
                 status=400)
    assert case(number).team.area_code == MICROGRID
    assert page_of(answer).forms


def test_declining_needs_words_to_her_and_is_never_a_guardians(town: Town) -> None:
    number = town.case()
    town.desk(town.aunt).get(f"/g/cases/{number}/decline", status=403)
    desk = town.desk(town.township)
    act(desk, number, "decline", outcome="declined", status=400)
    act(desk, number, "decline", outcome="declined", words="这归电力公司，打 95598。")
    assert (case(number).status, case(number).outcome) == (Status.CLOSED, Outcome.DECLINED)
    act(desk, number, "reopen", words="还是我们来办。")
    assert case(number).status is Status.ASSIGNED


def test_merging_and_taking_apart(town: Town) -> None:
    main, double = town.case("垃圾桶满了"), town.case("垃圾桶满了，又是苍蝇", door="b")
    desk = town.desk(town.village)
    act(desk, double, "merge", into="1000000000", words="两件一起办。", status=400)
    act(desk, double, "merge", into=main, words="两件一起办。")
    assert case(double).main_case_id == case(main).id
    assert f"/g/cases/{main}" in page_of(desk.get(f"/g/cases/{double}", status=200)).links
    act(desk, double, "unmerge")
    assert case(double).status is Status.ASSIGNED


def test_a_follow_up_needs_her_consent_and_is_not_the_owners(town: Town) -> None:
    number = town.case(answer_by="page")
    responded(town, number)
    act(town.desk(town.aunt), number, "report-back", outcome="resolved", words="灯换好了。")
    town.desk(town.aunt).get(f"/g/cases/{number}/follow-up", status=403)
    desk = town.desk(town.village)
    act(desk, number, "follow-up", says="solved", words="电话里说亮了。", status=400)
    act(desk, number, "follow-up", says="solved", words="电话里说亮了。", consents="y")
    event = last_event(number)
    assert (event.action, event.by_her) == (Action.FOLLOW_UP, False)


def test_supervision_begins_and_ends(town: Town) -> None:
    number = town.case()
    desk = town.desk(town.township)
    act(desk, number, "supervise", words="三天了没人去。")
    assert case(number).is_supervised
    assert f"/g/cases/{number}/supervise" not in page_of(desk.get(f"/g/cases/{number}", status=200)).links
    act(desk, number, "end-supervision")
    assert not case(number).is_supervised


def test_who_recuses_himself_never_sees_it_again_and_comes_to_the_queue(town: Town) -> None:
    number = town.case()
    desk = town.desk(town.aunt)
    answer = act(desk, number, "recuse", person="me", words="是我表姐家。")
    assert answer.location == "/g/"
    desk.get(f"/g/cases/{number}", status=404)
    town.desk(town.village).get(f"/g/cases/{number}", status=200)


def test_words_that_accuse_go_to_the_discipline_office_alone(town: Town) -> None:
    number = town.case("有人收了两条烟才给办。")
    officer = builders.a_person(staff.again(town.township).services[0].area, Role.DISCIPLINE)
    db.session.commit()
    act(town.desk(town.aunt), number, "recuse", person="discipline")
    for person in (town.aunt, town.uncle, town.village, town.township):
        town.desk(person).get(f"/g/cases/{number}", status=404)
    assert "两条烟" in page_of(town.desk(officer).get(f"/g/cases/{number}", status=200)).text


def test_a_new_receipt_stands_on_one_slip_only_and_the_old_one_dies(town: Town) -> None:
    number = town.case()
    before = case(number).receipt_digest
    desk = town.desk(town.village)
    slip = act(desk, number, "reissue-receipt", status=200)
    digits = next(word for word in page_of(slip).words if word.strip().isdecimal() and len(word.strip()) == 4)
    assert case(number).receipt_digest != before
    assert digits not in page_of(desk.get(f"/g/cases/{number}", status=200)).text


def test_hiding_and_erasing_leave_the_facts(town: Town) -> None:
    number = town.case("我叫试名，住在湖东路。")
    desk = town.desk(town.township)
    piece = contents.words(case(number))[0].id
    act(desk, number, "hide", pieces=[str(piece)])
    assert "我叫试名" not in page_of(desk.get(f"/g/cases/{number}", status=200)).text
    act(desk, number, "erase", is_sure="y")
    assert case(number).is_erased
    assert "文字已删除" in page_of(desk.get(f"/g/cases/{number}", status=200)).text


# ---------------------------------------------------------------- the visit


def test_scanning_the_door_offers_its_cases_and_one_press_records_the_visit(town: Town) -> None:
    number = town.case()
    responded(town, number)
    desk = town.desk(town.aunt)
    sent = desk.get(f"/g/d/{town.token.lower()}", status=302)
    assert sent.location == "/g/door"
    page = desk.get(sent.location, status=200, title="上门")
    assert "湖东路 27 号" in page_of(page).text
    desk.submit(page, to=f"/cases/{number}/visit", status=303)
    event = last_event(number)
    assert (event.action, event.code_id is not None) == (Action.VISIT, True)
    assert db.session.scalars(select(DoorCode.state)).one() is CodeState.HUNG
    act(desk, number, "report-back", outcome="resolved", words="灯换好了。")
    assert case(number).status is Status.REPORTED_BACK


def test_signing_in_from_the_door_leads_back_to_that_very_visit(town: Town, client: Visitor) -> None:
    number = town.case()
    staff.with_password(town.aunt)
    asked = client.get(f"/g/d/{town.token}", status=302)
    with staff.nobody_waits():
        page = client.get(asked.location, status=200)
        sent = client.submit(page, username="aunt", password=staff.PASSWORD, status=303)
    assert sent.location == f"/g/d/{town.token}"
    door = client.get(sent.location, status=302)
    client.submit(client.get(door.location, status=200), to=f"/cases/{number}/visit", status=303)
    assert case(number).owner.username == "aunt"  # type: ignore[union-attr]


def test_a_visit_needs_this_sign_ins_own_scan_within_half_an_hour(town: Town, now: datetime) -> None:
    number = town.case()
    scanned, other = town.desk(town.aunt), town.desk(town.aunt)
    scanned.get(f"/g/d/{town.token}", status=302)
    page = scanned.get("/g/door", status=200)
    token = page_of(other.get(f"/g/cases/{number}/note", status=200)).forms[0].fields["csrf_token"][0]
    other.post(f"/g/cases/{number}/visit", data={"n": "2", "csrf_token": token}, status=400)
    with scanned.session_transaction() as session:
        kept = session["door"]
    with other.session_transaction() as session:
        session["door"] = kept
    other.post(f"/g/cases/{number}/visit", data={"n": "2", "csrf_token": token}, status=400)
    with clock.fixed(now + timedelta(minutes=29, seconds=30), everywhere=True):
        scanned.get("/g/", status=200)
    with clock.fixed(now + timedelta(minutes=31), everywhere=True):
        scanned.submit(page, to=f"/cases/{number}/visit", status=400)
    assert last_event(number).action is Action.ASSIGN


def test_another_doors_scan_is_no_visit_to_this_one(town: Town) -> None:
    number = town.case()
    other = builders.a_code(builders.a_household(db.session.get_one(Area, MICROGRID))).token
    db.session.commit()
    desk = town.desk(town.aunt)
    page = desk.get(desk.get(f"/g/d/{other}", status=302).location, status=200)
    assert "没有等您上门的事" in page_of(page).text
    token = page_of(desk.get(f"/g/cases/{number}/note", status=200)).forms[0].fields["csrf_token"][0]
    desk.post(f"/g/cases/{number}/visit", data={"n": "2", "csrf_token": token}, status=400)


def test_a_revoked_or_mistyped_code_explains_itself(town: Town) -> None:
    from feedback import codes

    codes.revoke(town.token, reason="掉了")
    db.session.commit()
    desk = town.desk(town.aunt)
    assert "停用" in page_of(desk.get(f"/g/d/{town.token}", status=404)).text
    assert "输得不对" in page_of(desk.get("/g/d/AAAAAAAAAAAA", status=404)).text
    desk.get("/g/door", status=404)


def test_a_guardian_visits_for_the_village_that_owns_the_case(town: Town) -> None:
    number = town.case()
    act(town.desk(town.aunt), number, "escalate", words="要村里出面。")
    responded(town, number, by=town.village)
    desk = town.desk(town.uncle)
    page = desk.get(desk.get(f"/g/d/{town.token}", status=302).location, status=200)
    desk.submit(page, to=f"/cases/{number}/visit", status=303)
    assert case(number).owner.username == "cun"  # type: ignore[union-attr]


# ---------------------------------------------------------------- on her behalf


def new_sheet(desk: Visitor) -> Any:
    page = desk.get("/g/new?q=27", status=200)
    link = next(one for one in page_of(page).links if one.startswith("/g/new/"))
    return desk.get(link, status=200, title="替村民写一件")


def test_what_is_filed_on_her_behalf_says_so_and_gives_her_a_slip(town: Town) -> None:
    desk = town.desk(town.aunt)
    said = {"kind": "help", "text": "她说水管漏了。", "channel": "in_person", "consent": "y"}
    slip = desk.submit(new_sheet(desk), **said, status=200)
    found = db.session.scalars(select(Case)).one()
    assert (found.channel, found.typed_by_id, found.status) == (
        Channel.IN_PERSON, staff.again(town.aunt).id, Status.ASSIGNED)
    assert "凭条" in page_of(slip).text
    shown = page_of(desk.get(f"/g/cases/{found.number}", status=200)).text
    assert "替村民记下" in shown


def test_without_her_consent_or_the_way_she_said_it_nothing_is_filed_and_nothing_lost(town: Town) -> None:
    desk = town.desk(town.aunt)
    answer = desk.submit(new_sheet(desk), kind="help", text="她说水管漏了。", photos=a_photo(), status=400)
    assert db.session.scalar(select(func.count()).select_from(Case)) == 0
    page = page_of(answer)
    assert "她说水管漏了" in page.forms[0].fields["text"][0]
    assert "1 张照片已经收下" in page.text
    desk.submit(answer, channel="by_phone", consent="y", status=200)
    assert len(contents.photos_of(db.session.scalars(select(Case)).one())) == 1


def test_she_may_keep_her_door_to_herself_on_her_behalf_too(town: Town) -> None:
    desk = town.desk(town.aunt)
    said = {"kind": "help", "text": "她说水管漏了。", "channel": "by_phone", "consent": "y", "no_door": "1"}
    slip = desk.submit(new_sheet(desk), **said, status=200)
    found = db.session.scalars(select(Case)).one()
    assert (found.household_id, found.area_code) == (None, builders.CODES["township"])
    assert "27 号" not in page_of(slip).text


def test_a_page_that_grew_too_old_is_renewed_with_every_word(town: Town) -> None:
    desk = town.desk(town.aunt)
    sheet = new_sheet(desk)
    answer = desk.submit(sheet, csrf_token="old", kind="help", text="她说水管漏了。", channel="by_phone", consent="y",
                         status=400)
    page = page_of(answer)
    assert "这一页放得久了" in page.text
    assert "还差" not in page.text
    desk.submit(answer, status=200)
    assert db.session.scalars(select(Case.channel)).one() is Channel.BY_PHONE


def test_nobody_files_for_a_household_elsewhere_or_about_himself(town: Town) -> None:
    far = town.desk(town.far)
    assert "没有找到" in page_of(far.get("/g/new?q=27", status=200)).text
    far.get("/g/new/330281114201/湖东路 27 号", status=404)
    desk = town.desk(town.aunt)
    desk.submit(new_sheet(desk), kind="complaint", text="守护人不来。", about="guardian", channel="in_person",
                consent="y", status=403)
    assert db.session.scalar(select(func.count()).select_from(Case)) == 0


# ---------------------------------------------------------------- finding, days away


def test_a_case_is_found_by_number_or_door_only_where_the_person_sees_it(town: Town) -> None:
    number = town.case()
    assert town.desk(town.aunt).get(f"/g/find?q={number}", status=302).location == f"/g/cases/{number}"
    assert f"/g/cases/{number}" in page_of(town.desk(town.aunt).get("/g/find?q=27", status=200)).links
    far = page_of(town.desk(town.far).get(f"/g/find?q={number}", status=200))
    assert "没有找到" in far.text


def test_days_away_are_ones_own_and_a_leaders_to_set(town: Town) -> None:
    hers = town.desk(town.aunt)
    page = hers.get("/g/absences", status=200, title="请假")
    hers.submit(page, to="/absences", from_on="2026-11-20", to_on="2026-11-22", status=303)
    hers.submit(page, to="/absences", from_on="2026-11-22", to_on="2026-11-20", status=400)
    hers.submit(page, to="/absences", person="uncle", from_on="2026-11-20", to_on="2026-11-22", status=400)
    leader = town.desk(town.village)
    page = leader.get("/g/absences", status=200)
    leader.submit(page, to="/absences", person="uncle", from_on="2026-11-20", to_on="2026-11-20", status=303)
    away = db.session.execute(select(Person.username, Absence.from_on).join(Absence)).all()
    assert sorted(name for name, _ in away) == ["aunt", "uncle"]
    page = hers.get("/g/absences", status=200)
    hers.submit(page, to="/end", status=303)
    assert [one.person.username for one in db.session.scalars(select(Absence))] == ["uncle"]


def test_a_guardian_cannot_end_somebody_elses_days(town: Town) -> None:
    db.write()
    absence = Absence(person_id=staff.again(town.far).id, from_on=clock.today(), to_on=clock.today())
    db.session.add(absence)
    db.session.flush()
    absence_id = absence.id
    db.session.commit()
    desk = town.desk(town.aunt)
    token = page_of(desk.get("/g/absences", status=200)).forms[0].fields["csrf_token"][0]
    desk.post(f"/g/absences/{absence_id}/end", data={"csrf_token": token}, status=404)
