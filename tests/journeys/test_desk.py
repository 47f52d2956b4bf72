"""守护人的一天: the desk on a phone of 360 px, in both languages, with and without scripts."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page

from feedback import clock, db, intake, receipts, routing, worklist
from feedback.models.kinds import Contact
from feedback.models.people import Person
from tests import browser, builders, staff
from tests.browser import Live

TOO_SMALL = """() => Array.from(document.querySelectorAll('a[href], button, summary, .input, .face'))
    .filter(one => one.offsetParent && one.className !== 'skip' && one.getBoundingClientRect().height < 47.5)
    .map(one => one.outerHTML.slice(0, 120))"""
"""Targets on the page that a thumb can't be sure to hit."""

pytestmark = pytest.mark.browser


class Day:
    """A guardian with an overdue case, one nobody has taken, and the code of the first one's door."""

    def __init__(self, live: Live, now: datetime) -> None:
        place = builders.a_township()
        self.guardian = staff.with_password(builders.a_person(place.microgrid, username="zhou", name="周一禾"))
        household = builders.a_household(place.microgrid, "湖东路 27 号")
        code = builders.a_code(household)
        db.session.commit()
        self.token, self.numbers = code.token, []
        for text, ago in (("屋后水沟堵了，水往灶间倒灌。", timedelta(days=20)), ("路灯不亮。", timedelta(hours=1))):
            with clock.fixed(now - ago):
                letter = intake.read({"kind": "help", "text": text, "phone": "13800000027",
                                      "receipt": receipts.mint(text)}, text)
                case = intake.file(letter, intake.Doorway(place.microgrid, household, code)).case
                routing.route(case)
                self.numbers.append(case.number)
                db.session.commit()
        db.write()
        guardian = db.session.get_one(Person, self.guardian.id)
        worklist.respond(case, guardian, contact=Contact.PHONE, words="明天来换。")
        db.session.commit()
        db.session.remove()


@pytest.fixture
def day(live: Live, now: datetime) -> Day:
    return Day(live, now)


def sign_in(page: Page) -> None:
    page.fill("#username", "zhou")
    page.fill("#password", staff.PASSWORD)
    browser.tap(page.locator("form.form button[type=submit]"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_the_desk_hinders_nobody_at_360_px(phone: Page, day: Day, language: str) -> None:
    phone.goto(f"/login?lang={language}")
    places = ["/login", "/g/", "/g/find?q=27", "/g/new?q=27", "/g/absences", "/account/", "/account/password",
              f"/g/cases/{day.numbers[0]}", f"/g/cases/{day.numbers[0]}/respond", f"/g/cases/{day.numbers[1]}",
              f"/g/cases/{day.numbers[1]}/report-back", f"/g/cases/{day.numbers[1]}/contact",
              f"/g/cases/{day.numbers[1]}/recuse", f"/g/d/{day.token}"]
    for place in places:
        phone.goto(place)
        assert browser.hindrances(phone) == [], place
        assert browser.is_within_its_width(phone), place
        assert phone.evaluate(TOO_SMALL) == [], place
        if place == "/login":
            sign_in(phone)


def test_a_guardian_without_scripts_scans_visits_and_reports_back(plain_phone: Page, day: Day) -> None:
    page, number = plain_phone, day.numbers[1]
    page.goto(f"/g/d/{day.token}")
    sign_in(page)
    assert page.url.endswith("/g/door")
    browser.tap(page.locator(f"form[action$='/cases/{number}/visit'] button"))
    assert "扫过门上的码" in page.inner_text(".timeline")
    browser.tap(page.locator(".actions a.main"))
    page.check("input[name=outcome][value=resolved]", force=True)
    page.fill("#words", "灯换好了，您晚上看看亮不亮。")
    browser.tap(page.locator("form.form button.main"))
    assert page.url.endswith(f"/g/cases/{number}")
    assert "等村民回话" in page.inner_text(".timeline")


def test_what_is_due_is_said_in_words_and_not_by_colour_alone(phone: Page, day: Day) -> None:
    phone.goto("/g/")
    sign_in(phone)
    assert "超期" in phone.inner_text(".case.overdue header")
    heights = phone.eval_on_selector_all(".filters a, .case .button", "all => all.map(one => one.offsetHeight)")
    assert min(heights) >= 48
