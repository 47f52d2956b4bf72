"""Her way back to her case: all she may say on it, what she is told, and what stays on her phone."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from feedback import (
    appeals,
    cards,
    clock,
    closure,
    db,
    escalation,
    extensions,
    throttle,
    urging,
    workflow,
    worklist,
)
from feedback.models.cases import Case, CaseEvent
from feedback.models.codes import DoorCode
from feedback.models.kinds import Action, Answer, Contact, Kind, Outcome, Status
from feedback.models.people import Person, Role
from feedback.models.rules import Category
from feedback.workflow import Who
from tests import builders
from tests.visitor import Visitor, page_of

WORDS = "屋后水沟堵了，一下雨水就往灶间倒灌。"

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("filings", "guesses"):
        pace = getattr(throttle, name).pace
        monkeypatch.setattr(throttle, name, throttle.Brake(pace, sleep=lambda seconds: None))


def a_photo(colour: str = "red") -> tuple[BytesIO, str]:
    out = BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "JPEG")
    return BytesIO(out.getvalue()), f"{colour}.jpg"


@pytest.fixture
def token(database: Engine) -> str:
    place = builders.a_township()
    builders.a_person(place.microgrid, Role.GUARDIAN, name="周一禾")
    builders.a_person(place.microgrid, Role.GUARDIAN, name="陈二木")
    builders.a_person(place.village, Role.VILLAGE, name="书记甲")
    builders.a_person(place.township, Role.TOWNSHIP)
    made = builders.a_code(builders.a_household(place.microgrid)).token
    db.session.commit()
    return made


@pytest.fixture
def filed(client: Visitor, token: str) -> TestResponse:
    return client.submit(client.get("door.show", token=token), kind="help", text=WORDS, photos=[a_photo()], status=200)


@pytest.fixture
def digits(filed: TestResponse) -> str:
    found = re.search(r'data-digits="(\d{16})"', filed.get_data(as_text=True))
    assert found is not None
    return found[1]


@pytest.fixture
def seen(client: Visitor, digits: str) -> TestResponse:
    return client.submit(client.get("follow.show"), to="/c", receipt=digits, status=200)


def the_case() -> Case:
    return db.session.scalars(select(Case)).one()


def events() -> list[Action]:
    return list(db.session.scalars(select(CaseEvent.action).order_by(CaseEvent.n)))


def staff(act: Callable[[Case, Person], object]) -> None:
    """A guardian does something meanwhile."""
    db.write()
    act(the_case(), db.session.scalars(select(Person).where(Person.name == "周一禾")).one())
    db.session.commit()
    db.session.remove()


def responds() -> None:
    staff(lambda case, who: worklist.respond(case, who, contact=Contact.PHONE, words="说好明天去看"))


def visits_and_reports(outcome: Outcome = Outcome.RESOLVED) -> None:
    responds()
    staff(lambda case, who: worklist.visit(case, who, db.session.get_one(DoorCode, case.code_id)))
    staff(lambda case, who: worklist.report_back(case, who, outcome=outcome, words="淤泥已经清掉"))


def again(client: Visitor, digits: str) -> TestResponse:
    token_field = page_of(client.get("/c?lang=zh", follow_redirects=True)).forms[0].fields["csrf_token"]
    return client.post("/c", data={"csrf_token": token_field, "receipt": digits}, status=200)


def is_classified(kind: Kind, *, is_urgent: bool) -> None:
    db.session.add(Category(area_code=builders.CODES["township"], name="路灯"))
    db.session.commit()
    lamps = db.session.scalars(select(Category)).one()
    staff(lambda case, who: worklist.classify(case, who, kind=kind, category=lamps, is_urgent=is_urgent))


# ---------------------------------------------------------------- the way in


@pytest.mark.parametrize("written", ["", "12", "1234 5678 9012 345", "1234567890123456", "我的码", "9" * 60])
def test_wrong_and_unknown_receipts_look_alike(client: Visitor, token: str, written: str) -> None:
    page = client.submit(client.get("follow.show"), to="/c", receipt=written, status=404, title="没有查到")
    html = page.get_data(as_text=True)
    html = re.sub(r'nonce="[^"]+"|name="csrf_token" value="[^"]+"', "", html).replace(f'value="{written}"', "")
    other = client.submit(client.get("follow.show"), to="/c", receipt="0000000000000000", status=404)
    expected = re.sub(r'nonce="[^"]+"|name="csrf_token" value="[^"]+"', "", other.get_data(as_text=True))
    assert html == expected.replace('value="0000000000000000"', "")


def test_the_receipt_opens_her_case_however_it_is_written(client: Visitor, digits: str) -> None:
    spaced = " ".join(digits[n:n + 4] for n in range(0, 16, 4))
    full_width = digits.translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    for written in (digits, spaced, full_width):
        client.delete_cookie("session")
        page = client.submit(client.get("follow.show"), to="/c", receipt=written, status=200)
        assert WORDS[:10] in page_of(page).text


def test_nothing_of_the_receipt_is_in_an_address(client: Visitor, seen: TestResponse, digits: str) -> None:
    assert seen.request.full_path.rstrip("?") == "/c"
    assert not any(digits in link for link in page_of(seen).links)


def test_photos_are_shown_to_her_alone(app: Flask, client: Visitor, seen: TestResponse) -> None:
    address = re.findall(r'src="(/c/photos/\d+)"', seen.get_data(as_text=True))[0]
    shown = client.get(address, status=200)
    assert shown.mimetype == "image/jpeg"
    assert shown.headers["Cache-Control"] == "no-store"
    app.test_client().get(address, status=404)


def test_what_she_looked_at_can_be_put_away(client: Visitor, seen: TestResponse) -> None:
    assert WORDS[:10] in page_of(client.get("follow.show")).text
    client.submit(seen, to="/c", action="leave", status=303)
    assert WORDS[:10] not in page_of(client.get("follow.show")).text


def test_many_wrong_guesses_lock_nobody_out(client: Visitor, digits: str) -> None:
    for n in range(30):
        client.submit(client.get("follow.show"), to="/c", receipt=f"{n:016d}", status=404)
    client.submit(client.get("follow.show"), to="/c", receipt=digits, status=200)


# ---------------------------------------------------------------- what she says


def test_she_answers_a_question_and_may_add_more(client: Visitor, digits: str) -> None:
    responds()
    staff(lambda case, who: worklist.ask(case, who, words="从哪家门口开始堵的？"))
    page = again(client, digits)
    assert "从哪家门口开始堵的？" in page_of(page).text
    page = client.submit(page, button="", to="/c", action="answer", text="三叔家", status=200)
    assert "已记下您的答复" in page_of(page).text
    page = client.submit(page, to="/c", action="add", text="还有照片", photos=[a_photo("blue")], status=200)
    assert "还有照片" in page_of(page).text
    assert events()[-2:] == [Action.ANSWER, Action.ADD]


def test_she_confirms_and_the_case_is_closed_by_her_word(client: Visitor, digits: str) -> None:
    visits_and_reports()
    page = again(client, digits)
    assert "扫过您家门上的码" in page_of(page).text
    assert "没解决，可以接受" not in page_of(page).text
    page = client.submit(page, to="/c", action="confirm", answer="solved", status=200)
    assert (the_case().status, the_case().answer) == (Status.CLOSED, Answer.SOLVED)
    assert "已办结，您说解决了" in page_of(page).text


def test_not_solved_but_accepted_is_offered_when_it_was_not_resolved(client: Visitor, digits: str) -> None:
    visits_and_reports(Outcome.EXPLAINED)
    page = again(client, digits)
    assert "没解决，可以接受" in page_of(page).text
    client.submit(page, to="/c", action="confirm", answer="accepted", status=200)
    assert the_case().answer is Answer.ACCEPTED


def test_she_disputes_and_it_goes_to_somebody_above(client: Visitor, digits: str) -> None:
    visits_and_reports()
    page = client.submit(again(client, digits), to="/c", action="dispute", status=200)
    assert the_case().status is Status.ASSIGNED
    assert "交给湖东村重办" in page_of(page).text


def test_silence_after_a_dispute_is_not_told_as_her_word(client: Visitor, digits: str) -> None:
    visits_and_reports()
    client.submit(again(client, digits), to="/c", action="dispute", status=200)
    officer = db.session.scalars(select(Person).where(Person.name == "书记甲")).one()
    case = the_case()
    db.write()
    worklist.respond(case, officer, contact=Contact.PHONE)
    worklist.report_back(case, officer, outcome=Outcome.EXPLAINED, words="讲了。")
    case.answered_at, case.wakes_at = clock.now() - timedelta(hours=1), clock.now()
    closure.close_silent()
    db.session.commit()
    assert "已办结，未确认" in page_of(client.get("/c", status=200)).text


def test_both_answers_look_the_same_and_none_is_preselected(client: Visitor, digits: str) -> None:
    visits_and_reports()
    html = again(client, digits).get_data(as_text=True)
    assert html.count('<button class="button answer" type="submit">') == 2
    assert " checked" not in html


def test_she_bears_witness_once_to_each_call_and_visit(client: Visitor, digits: str) -> None:
    visits_and_reports()
    page = again(client, digits)
    visit = next(event.n for event in closure.to_witness(the_case()) if event.action is Action.VISIT)
    page = client.submit(page, to="/c", of=str(visit), came="no", action="witness", status=200)
    assert the_case().visited_at is None
    assert "您说没来过" in page_of(page).text
    client.submit(page, to="/c", contacted="yes", action="witness", status=200)
    assert closure.to_witness(the_case()) == []


def test_she_rates_and_the_last_rating_counts(client: Visitor, digits: str) -> None:
    visits_and_reports()
    page = client.submit(again(client, digits), to="/c", action="rate", rating="2", status=200)
    client.submit(page, to="/c", action="rate", rating="4", status=200)
    assert the_case().rating == 4


def test_she_alone_takes_it_back(client: Visitor, seen: TestResponse) -> None:
    page = client.submit(seen, to="/c", action="withdraw", status=200)
    assert the_case().outcome is Outcome.WITHDRAWN
    assert "已撤回" in page_of(page).text


def test_the_same_press_twice_is_one_act(client: Visitor, seen: TestResponse) -> None:
    for _ in range(2):
        client.submit(seen, to="/c", action="add", text="补一句", status=200)
    assert events().count(Action.ADD) == 1


def test_a_press_on_a_page_that_is_no_longer_true_is_told_who_was_quicker(client: Visitor, digits: str) -> None:
    visits_and_reports()
    page = again(client, digits)
    staff(lambda case, who: worklist.report_back(case, who, outcome=Outcome.EXPLAINED, words="再说一遍"))
    page = client.submit(page, to="/c", action="confirm", answer="solved", status=409)
    assert the_case().status is Status.REPORTED_BACK
    assert "周一禾" in page_of(page).text


def test_words_that_cannot_be_added_any_more_are_not_lost(client: Visitor, seen: TestResponse) -> None:
    client.submit(seen, to="/c", action="withdraw")
    page = client.submit(seen, to="/c", action="add", text="忘了说的一句话", status=409)
    assert "忘了说的一句话" in page.get_data(as_text=True)


def test_an_old_token_changes_nothing_and_keeps_her_words(client: Visitor, seen: TestResponse) -> None:
    client.delete_cookie("session")
    page = client.submit(seen, to="/c", action="add", text="忘了说的一句话", status=400)
    assert "忘了说的一句话" in page.get_data(as_text=True)
    assert Action.ADD not in events()
    client.submit(page, to="/c", action="add", text="忘了说的一句话", status=200)
    assert events().count(Action.ADD) == 1


def test_notes_among_staff_are_not_part_of_her_story(client: Visitor, digits: str) -> None:
    responds()
    staff(lambda case, who: worklist.note(case, who, words="借了铁锹"))
    page = again(client, digits)
    assert "说好明天去看" in page_of(page).text
    assert "借了铁锹" not in page.get_data(as_text=True)


# ---------------------------------------------------------------- this phone


def test_a_remembered_case_shows_kind_and_day_and_opens_with_four_digits(
    client: Visitor, filed: TestResponse, digits: str,
) -> None:
    client.submit(filed, to="/c", action="remember", status=200)
    client.submit(client.get("follow.show"), to="/c", action="leave")
    listed = client.get("follow.show")
    assert "求助 11 月 19 日" in page_of(listed).text
    assert WORDS[:6] not in listed.get_data(as_text=True)
    assert digits[:12] not in listed.get_data(as_text=True)
    wrong = f"{(int(digits[-4:]) + 1) % 10_000:04d}"
    client.submit(listed, to="/c", tail=wrong, status=404)
    page = client.submit(listed, to="/c", tail=digits[-4:], status=200)
    assert WORDS[:10] in page_of(page).text


def test_a_remembered_case_is_taken_off_the_phone(client: Visitor, filed: TestResponse) -> None:
    client.submit(filed, to="/c", action="remember")
    client.submit(client.get("follow.show"), to="/c", action="leave")
    client.submit(client.get("follow.show"), to="/c", action="forget", status=303)
    assert "记在这部手机的" not in page_of(client.get("follow.show")).text


@pytest.mark.parametrize("is_urgent", [False, True])
def test_she_is_told_of_a_change_of_class_where_it_changes_something_for_her(
    client: Visitor, digits: str, is_urgent: bool
) -> None:
    responds()
    is_classified(Kind.HELP, is_urgent=is_urgent)
    assert ("改了类别或种类" in page_of(again(client, digits)).text) is is_urgent


# ---------------------------------------------------------------- time


def in_days(days: float) -> AbstractContextManager[None]:
    return clock.fixed(clock.now() + timedelta(days=days), everywhere=True)


def climbs() -> None:
    """Time does what it does to the case."""
    db.write()
    escalation.climb_one(the_case())
    db.session.commit()
    db.session.remove()


def test_a_case_nobody_answers_says_so_to_her_and_who_was_told(client: Visitor, digits: str) -> None:
    with in_days(1.5):
        climbs()
        text = page_of(again(client, digits)).text
        assert "超期，还没人联系" in text
        assert "11 月 20 日（周五）17:30 前该有人联系您，超期了，还没有人联系。已提醒村里。" in text
        assert "超期：还没有人联系您，已提醒村里" in text
        assert "书记甲" not in text
    with in_days(5):
        climbs()
        text = page_of(again(client, digits)).text
        assert "已提醒村里、镇里。" in text
        assert "上级在督办。" in text


def test_what_is_in_time_says_nothing_of_the_ladder(client: Visitor, digits: str) -> None:
    with in_days(1.2):
        climbs()
        text = page_of(again(client, digits)).text
        assert Action.REMIND in events()
        assert "提醒" not in text
        assert "超期" not in text


def test_a_late_answer_is_told_by_the_clock_that_runs_now(client: Visitor, digits: str) -> None:
    with in_days(1.5):
        climbs()
        responds()
        assert "前该" not in page_of(again(client, digits)).text
    with in_days(30):
        climbs()
        text = page_of(again(client, digits)).text
        assert "前该告诉您结果，超期了，还没有办好。已提醒村里、镇里。" in text
        assert "超期：一直没有办好，已提醒镇里" in text


@pytest.mark.parametrize("late", [False, True])
def test_she_urges_once_a_day_and_is_told_so(client: Visitor, digits: str, late: bool) -> None:
    with in_days(1.5 if late else 0):
        page = client.submit(again(client, digits), to="/c", action="remind", status=200)
        assert "催过了，已提醒这一片的守护人。" in page_of(page).text
        assert "今天已经催过" in page_of(page).text
        assert [form for form in page_of(page).forms if form.fields.get("action") == ["remind"]] == []
        assert "您催办，已提醒这一片的守护人" in page_of(page).text
        n = the_case().events_count
        refused = client.submit(page, to="/c", action="remind", n=str(n), status=409)
        assert "今天已经催过，明天" in page_of(refused).text
    with in_days(2.5 if late else 1):
        assert "今天已经催过" not in page_of(again(client, digits)).text


def test_she_is_told_whom_her_urging_reaches(client: Visitor, digits: str) -> None:
    responds()
    page = client.submit(again(client, digits), to="/c", action="remind", status=200)
    assert "催过了，已提醒接手的人。" in page_of(page).text
    assert "您催办，已提醒接手的人" in page_of(page).text
    assert "等急了" not in page_of(page).text


def test_a_press_that_arrives_twice_urges_once(client: Visitor, digits: str) -> None:
    page = again(client, digits)
    for _ in range(2):
        assert "催过了" in page_of(client.submit(page, to="/c", action="remind", status=200)).text
    assert events().count(Action.REMIND) == 1


def test_urging_is_offered_while_nobody_has_answered(client: Visitor, digits: str) -> None:
    assert "催办" in page_of(again(client, digits)).text
    responds()
    assert "催办" in page_of(again(client, digits)).text
    staff(lambda case, who: worklist.visit(case, who, db.session.get_one(DoorCode, case.code_id)))
    staff(lambda case, who: worklist.report_back(case, who, outcome=Outcome.RESOLVED, words="淤泥已经清掉"))
    page = again(client, digits)
    assert "催办" not in page_of(page).text
    client.submit(page, to="/c", action="remind", status=409)


def test_an_extension_is_told_with_both_dates_and_why(client: Visitor, digits: str) -> None:
    responds()
    staff(lambda case, who: extensions.ask(case, who, days=3, words="只给同事看的理由"))
    db.write()
    leader = db.session.scalars(select(Person).where(Person.name == "书记甲")).one()
    extensions.grant(the_case(), leader, days=3, words="等挖机，晚三天")
    db.session.commit()
    text = page_of(again(client, digits)).text
    assert "期限延到 12 月 1 日（周二）17:30 原定 11 月 26 日（周四）17:30。" in text
    assert "等挖机，晚三天" in text
    assert "只给同事看的理由" not in text
    assert "申请延期" not in text


def test_what_comes_back_on_its_day_says_so(client: Visitor, digits: str) -> None:
    responds()
    staff(lambda case, who: worklist.visit(case, who, db.session.get_one(DoorCode, case.code_id)))
    staff(lambda case, who: worklist.report_back(
        case, who, outcome=Outcome.NOT_POSSIBLE_NOW, words="要等修路", look_again_on=date(2026, 12, 10)))
    with in_days(8):
        db.write()
        closure.close_silent()
        db.session.commit()
    with in_days(22):
        db.write()
        assert closure.look_again() == 1
        db.session.commit()
        assert "到了约好的日子，一组再来看这件事" in page_of(again(client, digits)).text


def test_nothing_of_cards_letters_and_appeals_is_told_to_her(client: Visitor, digits: str) -> None:
    with in_days(5):
        climbs()
        responds()
        staff(lambda case, who: urging.answer_letter(case, who, words="内部的回复"))
        staff(lambda case, who: appeals.appeal(case, who, n=the_card(), words="内部的申诉"))
        text = page_of(again(client, digits)).text
        for hidden in ("内部的", "申诉", "牌", "回复督办"):
            assert hidden not in text


def the_card() -> int:
    return next(one.n for one in cards.given(workflow.events(the_case())) if one.owner_id is None)


def test_having_said_not_solved_she_is_asked_why_at_once(client: Visitor, digits: str) -> None:
    visits_and_reports()
    page = client.submit(again(client, digits), to="/c", action="dispute", status=200)
    assert "哪里没解决？" in page_of(page).text
    assert the_case().status is Status.ASSIGNED
    told = client.submit(page, to="/c", action="add", text="下雨还是漫出来", status=200)
    assert "下雨还是漫出来" in page_of(told).text
    assert "哪里没解决？" not in page_of(told).text
    assert events()[-2:] == [Action.DISPUTE, Action.ADD]


def test_one_who_said_why_is_not_asked_again(client: Visitor, digits: str) -> None:
    visits_and_reports()
    page = client.submit(again(client, digits), to="/c", action="dispute", text="下雨还是漫", status=200)
    assert "哪里没解决？" not in page_of(page).text


def test_why_it_is_not_solved_is_kept_when_nothing_moves_any_more(client: Visitor, digits: str) -> None:
    visits_and_reports()
    db.write()
    case = the_case()
    case.disputes = workflow.MOVING_DISPUTES
    workflow.record(case, Action.CLOSE, Who.SYSTEM)
    db.session.commit()
    page = client.submit(again(client, digits), to="/c", action="dispute", status=200)
    assert "哪里没解决？" in page_of(page).text
    told = client.submit(page, to="/c", action="dispute", text="还是漫", status=200)
    assert "还是漫" in page_of(told).text


def test_a_wrong_receipt_is_said_once(client: Visitor, token: str) -> None:
    page = client.submit(client.get("follow.show"), to="/c", receipt="1234", status=404)
    (problem,) = re.findall(r'<a href="#receipt">([^<]+)</a>', page.get_data(as_text=True))
    assert page_of(page).text.count(problem) == 1


def test_another_receipt_can_be_typed_while_a_case_is_open(client: Visitor, digits: str, token: str) -> None:
    filed = client.submit(client.get("door.show", token=token), kind="help", text="另外一件", status=200)
    other = re.findall(r'data-digits="(\d{16})"', filed.get_data(as_text=True))[0]
    page = again(client, digits)
    assert WORDS[:8] in page_of(page).text
    assert "看另一件事" in page_of(page).text
    token_field = page_of(page).forms[0].fields["csrf_token"]
    opened = client.post("/c", data={"csrf_token": token_field, "receipt": other}, status=200)
    assert "另外一件" in page_of(opened).text


def test_only_the_first_call_and_the_first_answer_are_measured_by_their_dues(client: Visitor, digits: str) -> None:
    visits_and_reports(Outcome.EXPLAINED)
    with in_days(5):
        staff(lambda case, who: worklist.report_back(case, who, outcome=Outcome.EXPLAINED, words="再讲一遍"))
    with in_days(6):
        client.submit(again(client, digits), to="/c", action="dispute", text="还是漫", status=200)
        officer = db.session.scalars(select(Person).where(Person.name == "书记甲")).one()
        db.write()
        worklist.respond(the_case(), officer, contact=Contact.PHONE)
        db.session.commit()
        text = page_of(again(client, digits)).text
        assert text.count("比期限早") == 2
        assert "比期限晚" not in text


def test_what_is_late_after_somebody_came_is_not_told_as_nobody_having_come(client: Visitor, digits: str) -> None:
    responds()
    staff(lambda case, who: worklist.release(case, who))
    with in_days(30):
        text = page_of(again(client, digits)).text
        assert "超期，还没有办好" in text
        assert "还没人联系" not in text


def test_what_came_between_is_told_in_her_words(client: Visitor, digits: str) -> None:
    visits_and_reports()
    page = again(client, digits)
    client.submit(page, to="/c", action="confirm", answer="solved", status=200)
    text = page_of(client.submit(page, to="/c", action="dispute", text="又漫了", status=409)).text
    assert "村民" not in text
    assert "又漫了" in text


@pytest.mark.parametrize("action", ["add", "answer", "dispute"])
def test_words_sent_with_a_receipt_that_opens_nothing_any_more_are_not_lost(
    client: Visitor, seen: TestResponse, action: str
) -> None:
    db.write()
    closure.reissue_receipt(the_case(), db.session.scalars(select(Person).where(Person.name == "书记甲")).one())
    db.session.commit()
    page = client.submit(seen, to="/c", action=action, text="忘了说的一句话", status=404)
    assert "忘了说的一句话" in page.get_data(as_text=True)


@pytest.mark.parametrize("days", [1, 30])
def test_a_question_asked_when_time_was_over_promises_no_more_time(client: Visitor, digits: str, days: int) -> None:
    responds()
    with in_days(days):
        staff(lambda case, who: worklist.ask(case, who, words="从哪家门口开始堵的？"))
        assert ("期限顺延" in page_of(again(client, digits)).text) is (days == 1)
