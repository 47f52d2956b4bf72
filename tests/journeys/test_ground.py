"""The ground of the journeys: a real browser meets the real application."""

from playwright.sync_api import Page

from tests import browser


def test_the_first_page_is_chinese_whatever_the_phone_claims_and_hinders_nobody(phone: Page) -> None:
    phone.goto("/")
    assert phone.locator("html").get_attribute("lang") == "zh-CN"
    assert browser.hindrances(phone) == []
    assert browser.is_within_its_width(phone)


def test_the_first_page_needs_no_script(plain_phone: Page) -> None:
    plain_phone.goto("/")
    assert plain_phone.locator("h1").inner_text()
