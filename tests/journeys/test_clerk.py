"""镇里的人: a deadline and a year's holidays from their pages, on a desktop and on a phone."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, Page

from feedback import db
from feedback.models.people import Role
from feedback.models.rules import CalendarYear, DeadlinePolicy
from tests import browser, builders
from tests.browser import Live
from tests.test_admin import NEXT_YEAR

pytestmark = pytest.mark.browser


@pytest.fixture(params=[(browser.PHONE, "zh"), (browser.DESKTOP, "en")], ids=["360 px, Chinese", "1280 px, English"])
def clerk(request: pytest.FixtureRequest, chromium: Browser, live: Live, now: datetime) -> Iterator[Page]:
    """The page of an officer who is signed in."""
    device, language = cast("tuple[dict[str, Any], str]", request.param)
    officer = builders.a_person(builders.a_township().township, Role.TOWNSHIP, username="zhen")
    db.session.commit()
    with browser.as_staff(chromium, live, officer, device, language) as page:
        yield page


def looked_at(page: Page) -> None:
    assert browser.is_within_its_width(page), page.url
    assert not browser.hindrances(page), page.url


def test_a_deadline_is_looked_at_by_examples_changed_and_set(clerk: Page) -> None:
    clerk.goto("/admin/deadlines")
    looked_at(clerk)
    clerk.fill("[name=response_amount]", "1")
    clerk.fill("[name=handling_amount]", "7")
    browser.tap(clerk.locator("main form.form button").first)
    looked_at(clerk)
    assert clerk.locator(".meaning tbody tr").count() == 9
    clerk.fill("[name=handling_amount] >> nth=-1", "8")
    browser.tap(clerk.locator("main form.form >> nth=-1 >> button").first)
    assert clerk.input_value("#handling_amount") == "8"
    browser.tap(clerk.locator(".meaning button").first)
    looked_at(clerk)
    assert [one.handling_amount for one in db.session.query(DeadlinePolicy)] == [8]


def test_a_years_notice_is_mended_looked_at_and_entered(clerk: Page) -> None:
    clerk.goto("/admin/days")
    looked_at(clerk)
    clerk.fill("#notice", NEXT_YEAR.replace("共7天", "共8天"))
    browser.tap(clerk.locator("#year button").first)
    assert clerk.locator(".errors li").count() == 2
    looked_at(clerk)
    clerk.fill("#notice", clerk.input_value("#notice").replace("共8天", "共7天"))
    browser.tap(clerk.locator("#year button").first)
    looked_at(clerk)
    browser.tap(clerk.locator("#changes button").first)
    looked_at(clerk)
    assert [one.year for one in db.session.query(CalendarYear)] == [2027]
