"""总览: a leader's page on a desktop, on a phone and on two sheets of paper, in both languages."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

import pypdfium2 as pdfium
import pytest
from playwright.sync_api import Browser, Page

from feedback import db
from feedback.models.people import Role
from tests import browser, builders, lives
from tests.browser import Live

pytestmark = pytest.mark.browser

YEAR = "from=2026-05-01&to=2026-11-19"
SCROLLED_INSIDE = "[...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth).length"


@pytest.fixture(params=[(browser.PHONE, "zh"), (browser.DESKTOP, "en")], ids=["360 px, Chinese", "1280 px, English"])
def leader(request: pytest.FixtureRequest, chromium: Browser, live: Live, now: datetime) -> Iterator[Page]:
    """The page of a leader who is signed in, with a year of cases behind her."""
    device, language = cast("tuple[dict[str, Any], str]", request.param)
    town = lives.Township(7)
    head = builders.a_person(town.place.township, Role.TOWNSHIP, is_leader=True)
    town.live(60)
    db.session.commit()
    with browser.as_staff(chromium, live, head, device, language) as page:
        yield page


def test_the_overview_is_whole_on_any_screen_and_its_numbers_open(leader: Page) -> None:
    for address in (f"/t/?{YEAR}", f"/t/figures?by=category&{YEAR}", f"/t/cases?now=open&{YEAR}"):
        leader.goto(address)
        assert browser.is_within_its_width(leader), address
        assert not browser.hindrances(leader), address
        if leader.viewport_size == browser.PHONE["viewport"]:
            assert leader.evaluate(SCROLLED_INSIDE) == 0, address
    leader.goto(f"/t/?{YEAR}")
    number = leader.locator(".matters .count").first
    said = number.inner_text()
    browser.tap(number)
    assert said in leader.inner_text("h1")
    browser.tap(leader.locator("a.after").first)
    assert "from=2026-05-01" in leader.url


def test_the_overview_prints_on_two_sheets_without_the_names_of_handlers(leader: Page) -> None:
    leader.goto(f"/t/?{YEAR}")
    assert leader.locator("table.handlers").count() == 1
    with pdfium.PdfDocument(leader.pdf(prefer_css_page_size=True)) as sheets:
        assert len(sheets) == 2
    leader.emulate_media(media="print")
    assert not leader.locator("table.handlers").is_visible()
    assert leader.locator("table.ranked").is_visible()
