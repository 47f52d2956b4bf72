"""A villager on her phone: with scripts, without them, on a line that comes and goes, and twice by mistake."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, Route, expect
from sqlalchemy import func, select

from feedback import contents, db, worklist
from feedback.models.cases import Case
from feedback.models.codes import DoorCode
from feedback.models.kinds import Contact, Outcome, Status
from feedback.models.people import Person, Role
from feedback.models.rules import PublishedText, TextKey
from tests import browser, builders
from tests.browser import Live
from tests.builders import CODES

WORDS = "屋后水沟堵了，一下雨水就往灶间倒灌。"
TOO_SMALL = """() => Array.from(document.querySelectorAll('a[href], button, summary, .input, .face, .tick-face'))
    .filter(one => one.offsetParent && one.className !== 'skip' && one.getBoundingClientRect().height < 47.5)
    .map(one => one.outerHTML.slice(0, 90))"""
"""Targets on the page that a thumb can't be sure to hit."""
SEND = re.compile(r"送\s*出")

pytestmark = [pytest.mark.browser]


@pytest.fixture
def door(live: Live) -> str:
    """The address of a door in a township with everything published."""
    place = builders.a_township()
    for name in ("周一禾", "陈二木", "王三田"):
        builders.a_person(place.microgrid, Role.GUARDIAN, name=name)
    builders.a_person(place.village, Role.VILLAGE)
    builders.a_person(place.township, Role.TOWNSHIP)
    texts = {TextKey.SHOW_GUARDIANS: "是", TextKey.HOTLINE: "0574-62000000", TextKey.DUTY_PHONE: "0574-62000110",
             TextKey.DISCIPLINE_PHONE: "0574-62000001", TextKey.PUBLISHER: "梁弄镇人民政府主办"}
    for key, words in texts.items():
        db.session.add(PublishedText(area_code=CODES["township"], key=key, words=words))
    token = builders.a_code(builders.a_household(place.microgrid)).token
    db.session.commit()
    db.session.remove()
    return f"/d/{token}"


def a_photo(width: int = 400, height: int = 300) -> FilePayload:
    out = BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(out, "JPEG", quality=95)
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def cases() -> int:
    db.session.remove()
    return db.session.scalar(select(func.count()).select_from(Case)) or 0


def the_case() -> Case:
    db.session.remove()
    return db.session.scalars(select(Case)).one()


def write(page: Page, words: str = WORDS, kind: str = "求助") -> None:
    page.locator(".choice", has_text=kind).click()
    page.fill("#text", words)


def send(page: Page) -> None:
    page.get_by_role("button", name=SEND).click()


def receipt(page: Page) -> str:
    expect(page.locator("h1")).to_have_text("收到了")
    return "".join(re.findall(r"\d", page.locator("#digits").inner_text()))


def is_good(page: Page) -> None:
    """Nothing hinders anybody, nothing scrolls sideways, every target fits a thumb."""
    assert browser.hindrances(page) == []
    fits(page)


def fits(page: Page) -> None:
    """What can be asked of a page without scripts too."""
    assert browser.is_within_its_width(page)
    assert page.evaluate(TOO_SMALL) == []


def staff(act: Callable[[Case, Person], object]) -> None:
    db.write()
    act(db.session.scalars(select(Case)).one(), db.session.scalars(select(Person).where(Person.name == "周一禾")).one())
    db.session.commit()
    db.session.remove()


# ---------------------------------------------------------------- the page itself


@pytest.mark.parametrize("cookies", [{}, {"big": "1"}, {"lang": "en"}, {"lang": "en", "big": "1"}])
def test_the_door_hinders_nobody_in_either_language_and_size(
    phone: Page, live: Live, door: str, cookies: dict[str, str],
) -> None:
    phone.context.add_cookies([{"name": name, "value": value, "url": live.url} for name, value in cookies.items()])
    phone.goto(door)
    is_good(phone)
    for fold in phone.locator("summary").all():
        fold.click()
    phone.locator("label[for=urgent]").click()
    is_good(phone)


def test_at_twice_the_size_nothing_scrolls_sideways(chromium: Browser, live: Live, door: str) -> None:
    half = {**browser.PHONE, "viewport": {"width": 180, "height": 370}}
    with browser.visiting(chromium, live, half) as page:
        for path in (door, "/", "/c", "/privacy"):
            page.goto(path)
            assert browser.is_within_its_width(page), path


def test_an_urgent_tick_answers_at_once_with_whom_to_ring_first(phone: Page, door: str) -> None:
    phone.goto(door)
    expect(phone.locator("a[href='tel:120']")).to_be_hidden()
    phone.locator("label[for=urgent]").click()
    expect(phone.locator("a[href='tel:120']")).to_be_visible()


# ---------------------------------------------------------------- filing


def test_two_taps_and_the_words_and_it_is_sent(phone: Page, door: str) -> None:
    phone.goto(door)
    write(phone)
    send(phone)
    assert len(receipt(phone)) == 16
    is_good(phone)
    assert cases() == 1


def test_without_scripts_it_works_the_same(plain_phone: Page, door: str) -> None:
    page = plain_phone
    page.goto(door)
    fits(page)
    send(page)
    expect(page.locator("#errors")).to_contain_text("还差 2 处")
    fits(page)
    write(page)
    page.set_input_files("#photos", [a_photo(), a_photo()])
    send(page)
    digits = receipt(page)
    fits(page)
    assert len(contents.photos_of(the_case())) == 2
    browser.tap(page.get_by_role("button", name="看进度"))
    expect(page.locator("h1")).to_contain_text(WORDS[:10])
    page.goto("/c")
    assert digits not in page.url
    fits(page)


def test_large_photos_are_made_smaller_before_they_are_sent(phone: Page, door: str) -> None:
    photo = a_photo(3000, 2000)
    sizes: list[int] = []
    phone.on("request", lambda request: sizes.append(int(request.headers.get("content-length", 0)))
             if request.method == "POST" else None)
    phone.goto(door)
    write(phone)
    phone.set_input_files("#photos", photo)
    send(phone)
    receipt(phone)
    assert len(contents.photos_of(the_case())) == 1
    assert max(sizes) < len(photo["buffer"]) / 2


def test_photos_can_be_taken_away_again(phone: Page, door: str) -> None:
    phone.goto(door)
    write(phone)
    phone.set_input_files("#photos", [a_photo(), a_photo()])
    expect(phone.locator("#picked img")).to_have_count(2)
    phone.get_by_role("button", name="去掉第 1 张").click()
    expect(phone.locator("#picked img")).to_have_count(1)
    send(phone)
    receipt(phone)
    assert len(contents.photos_of(the_case())) == 1


def test_what_is_missing_is_said_first_and_nothing_is_lost(phone: Page, door: str) -> None:
    phone.goto(door)
    phone.fill("#text", WORDS)
    phone.set_input_files("#photos", a_photo())
    send(phone)
    expect(phone.locator("#errors")).to_be_focused()
    expect(phone.locator("#text")).to_have_value(WORDS)
    expect(phone.locator("#kept")).to_contain_text("1 张照片已经收下")
    phone.locator(".choice", has_text="求助").click()
    send(phone)
    receipt(phone)
    assert len(contents.photos_of(the_case())) == 1


def test_a_draft_survives_a_closed_page_and_is_gone_once_sent(phone: Page, door: str) -> None:
    phone.goto(door)
    write(phone)
    phone.goto("about:blank")
    phone.goto(door)
    expect(phone.locator("#text")).to_have_value(WORDS)
    expect(phone.locator("[value=help]")).to_be_checked()
    send(phone)
    receipt(phone)
    phone.goto(door)
    expect(phone.locator("#text")).to_have_value("")


def test_a_failed_send_goes_by_itself_when_the_line_is_back(phone: Page, door: str) -> None:
    phone.goto(door)
    write(phone)
    phone.set_input_files("#photos", a_photo())
    phone.context.set_offline(True)
    send(phone)
    expect(phone.locator("#status")).to_contain_text("没网了")
    assert cases() == 0
    phone.context.set_offline(False)
    receipt(phone)
    assert cases() == 1


def test_a_lost_answer_is_asked_for_again_and_the_case_is_filed_once(phone: Page, live: Live, door: str) -> None:
    lost: list[str] = []

    def lose_the_first_answer(route: Route) -> None:
        if route.request.method != "POST" or lost:
            return route.continue_()
        lost.append(route.fetch().text())
        return route.abort("connectionreset")

    phone.route(f"**{door}", lose_the_first_answer)
    phone.goto(door)
    write(phone)
    send(phone)
    digits = receipt(phone)
    assert f'data-digits="{digits}"' in lost[0]
    assert cases() == 1


def test_a_page_closed_while_sending_sends_the_same_letter_again(phone: Page, door: str) -> None:
    """The answer was lost and the page closed: the draft still carries its receipt."""
    def lose_the_answer(route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        route.fetch()
        return route.abort("connectionreset")

    phone.route(f"**{door}", lose_the_answer)
    phone.goto(door)
    write(phone)
    send(phone)
    expect(phone.locator("#status")).to_contain_text("没网了")
    phone.unroute(f"**{door}")
    phone.goto("about:blank")
    phone.goto(door)
    send(phone)
    receipt(phone)
    assert cases() == 1


def test_a_double_press_files_once(plain_phone: Page, door: str) -> None:
    plain_phone.goto(door)
    write(plain_phone)
    plain_phone.get_by_role("button", name=SEND).dblclick(no_wait_after=True)
    receipt(plain_phone)
    assert cases() == 1


def test_going_back_and_sending_other_words_is_a_new_matter_only_if_she_says_so(plain_phone: Page, door: str) -> None:
    page = plain_phone
    page.goto(door)
    html = page.content()
    old = re.findall(r'name="receipt" value="([^"]+)"', html)[0]
    write(page)
    send(page)
    receipt(page)
    page.goto(door)
    page.locator("[name=receipt]").evaluate("(field, value) => { field.value = value; }", old)
    write(page, "另外一件事")
    send(page)
    expect(page.locator("#text")).to_have_value("另外一件事")
    assert cases() == 1
    page.get_by_role("button", name="作为新的诉求发送").click()
    receipt(page)
    assert cases() == 2


# ---------------------------------------------------------------- afterwards


def test_the_receipt_is_kept_as_a_picture_and_on_this_phone(phone: Page, door: str) -> None:
    phone.goto(door)
    write(phone)
    send(phone)
    digits = receipt(phone)
    phone.get_by_role("button", name="存成图片").click()
    expect(phone.locator("#drawn img")).to_have_attribute("alt", re.compile(digits[:4]))
    phone.get_by_role("button", name="记在这部手机").click()
    phone.get_by_role("button", name="看完收起").click()
    expect(phone.locator("main")).not_to_contain_text(WORDS[:6])
    is_good(phone)
    phone.get_by_label("求助的查询码后四位").fill(digits[-4:])
    phone.get_by_role("button", name="看", exact=True).click()
    expect(phone.locator("h1")).to_contain_text(WORDS[:6])


def test_she_follows_her_case_to_its_end(phone: Page, door: str) -> None:
    phone.goto(door)
    write(phone)
    send(phone)
    digits = receipt(phone)
    staff(lambda case, who: worklist.respond(case, who, contact=Contact.PHONE, words="说好明天去看"))
    staff(lambda case, who: worklist.visit(case, who, db.session.get_one(DoorCode, case.code_id)))
    staff(lambda case, who: worklist.report_back(case, who, outcome=Outcome.EXPLAINED, words="淤泥已经清掉"))
    phone.goto("/c")
    phone.fill("#receipt", " ".join(digits[n:n + 4] for n in range(0, 16, 4)))
    browser.tap(phone.get_by_role("button", name="看进度"))
    is_good(phone)
    browser.tap(phone.get_by_role("button", name="来过"))
    expect(phone.locator("main")).to_contain_text("您说来过")
    browser.tap(phone.get_by_role("link", name="大字版"))
    expect(phone.locator("h1")).to_contain_text(WORDS[:6])
    is_good(phone)
    browser.tap(phone.get_by_role("button", name="没解决，可以接受"))
    expect(phone.locator(".tag").first).to_have_text("已办结，您说可以接受")
    is_good(phone)
    assert the_case().status is Status.CLOSED
