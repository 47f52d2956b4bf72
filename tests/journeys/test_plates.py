"""上墙与巡码: a guardian without scripts hangs a plate and walks the round; the village sees it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import browser
from tests.browser import Live
from tests.journeys import scanning, town

pytestmark = [pytest.mark.browser]


@pytest.fixture
def place(live: Live, tmp_path: Path) -> town.Town:
    return town.founded(live, tmp_path)


def scan(page: Page, address: str) -> None:
    """As WeChat's scanner does it: the page behind the plate, and from there to the guardian's."""
    page.goto(address)
    browser.tap(page.get_by_text("我是守护人"))


def press(page: Page, words: str) -> None:
    browser.tap(page.get_by_role("button", name=words).first)


def test_a_plate_is_hung_and_the_round_finds_the_one_in_the_wrong_place(
    place: town.Town, plain_phone: Page, second_phone: Page
) -> None:
    first, second = scanning.scan_sheets(place.sheet())[0]
    guardian, main = plain_phone, plain_phone.locator("main")
    scan(guardian, first)
    town.sign_in(guardian, place, "zhou")
    press(guardian, "挂好了")
    expect(main).to_contain_text("挂好了：汪巷村 36 号")
    expect(main).to_contain_text("还有 1 户等上墙")
    expect(main).to_contain_text("查了 1 / 2 户")
    expect(main).to_contain_text("下一户：37 号")

    scan(guardian, first)  # the same code again, at the next door
    guardian.get_by_text("我站在别的门前").click()
    guardian.select_option("#at", label="37 号")
    press(guardian, "这一户挂的是别家的码")
    expect(main).to_contain_text("挂的是别家的码")

    cadre = second_phone
    cadre.goto("/login")
    town.sign_in(cadre, place, "shuji")
    cadre.goto("/g/")
    browser.tap(cadre.get_by_text("要看的门牌 2 处"))
    expect(cadre.locator("main")).to_contain_text("汪巷村 37 号 挂的是别家的码：36 号")
    expect(cadre.locator("main")).to_contain_text("汪巷村 36 号 码挂到别家门上了：37 号")
    assert browser.hindrances(cadre) == []

    scan(guardian, second)  # its own plate hangs there now
    press(guardian, "挂好了")
    expect(main).to_contain_text("2 户都上墙了")
    expect(main).to_contain_text("这个季度都查过了")
    cadre.goto("/g/plate-flags")
    expect(cadre.locator("h1")).to_have_text("没有要看的门牌")
