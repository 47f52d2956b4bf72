"""Her way back to her case: all she may say on it, what she is told, and what stays on her phone."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from feedback import clock, closure, db, throttle, worklist
from feedback.models.cases import Case, CaseEvent
from feedback.models.codes import DoorCode
from feedback.models.kinds import Action, Answer, Contact, Kind, Outcome, Status
from feedback.models.people import Person, Role
from feedback.models.rules import Category
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
    return client.submit(client.get("/c?lang=zh", follow_redirects=True), to="/c", receipt=digits, status=200)


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
