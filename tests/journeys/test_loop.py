"""The whole loop on real parts, beginning with the printed plate."""

import csv
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from feedback import clock, timer
from tests import browser
from tests.browser import Live
from tests.journeys import scanning, town

pytestmark = [pytest.mark.browser]


@pytest.fixture
def place(live: Live, tmp_path: Path) -> town.Town:
    return town.founded(live, tmp_path)


def filed(page: Page, address: str, words: str, *, kind: str = "help", about: str = "") -> str:
    """Files at the door behind an address; returns the receipt."""
    page.goto(address)
    page.check(f"[name=kind][value={kind}]", force=True)
    page.fill("[name=text]", words)
    if about:
        page.locator("summary", has_text="守护人或村干部").click()
        page.check(f"[name=about][value={about}]", force=True)
    page.set_input_files("#photos", [town.a_photo("before"), town.a_photo("nearer")])
    page.locator("button", has_text=re.compile(r"送\s*出")).last.click()
    expect(page.locator("h1")).to_have_text("收到了")
    digits = re.findall(r"\d{4}", page.locator(".receipt").first.inner_text())
    return "".join(digits[:4])


def followed(page: Page, receipt: str) -> None:
    page.goto("/c")
    page.fill("[name=receipt]", receipt)
    browser.tap(page.locator("button", has_text="看进度"))


def press(page: Page, words: str) -> None:
    browser.tap(page.get_by_role("button", name=words).first)


def test_from_the_printed_plate_to_the_township_s_figures(place: town.Town, phone: Page, second_phone: Page) -> None:
    address = scanning.scan_plate(place.sheet())
    receipt = filed(phone, address, "屋后水沟堵了，一下雨水就往灶间倒灌。")

    guardian = second_phone
    guardian.goto("/login")
    town.sign_in(guardian, place, "zhou")
    guardian.goto("/g/")
    expect(guardian.locator("main")).to_contain_text("屋后水沟堵了")
    browser.tap(guardian.get_by_text("我来办").first)
    guardian.check("[name=contact][value=in_person]", force=True)
    guardian.fill("[name=words]", "我下午三点带铁锹来。")
    press(guardian, "我来办")

    guardian.goto(address)
    browser.tap(guardian.get_by_text("我是守护人"))
    press(guardian, "记下上门")
    expect(guardian.locator("main")).to_contain_text("上门")
    browser.tap(guardian.get_by_role("link", name="写反馈"))
    guardian.check("[name=outcome][value=resolved]", force=True)
    guardian.fill("[name=words]", "淤泥和断石板已经清掉，换了新盖板。")
    press(guardian, "写反馈")

    followed(phone, receipt)
    expect(phone.locator("main")).to_contain_text("换了新盖板")
    expect(phone.locator("main")).to_contain_text("扫过您家门上的码")
    browser.tap(phone.locator("section.witness", has_text="上门了吗").get_by_role("button", name="来过"))
    press(phone, "解决了")
    expect(phone.locator("main")).to_contain_text("已办结")

    said = json.loads(place.hulianma("stats", "--area", "330281114", "--from", "2026-01-01", "--to", "2030-01-01",
                                     "--format", "json"))["rows"][0]
    assert (said["received"], said["counted"]) == (1, 1)
    assert said["resolution"] == {"n": 1, "of": 1, "rate": None}
    assert said["visited"] == {"n": 1, "of": 1, "rate": None}
    place.hulianma("export", "events", "--area", "330281114", "--from", "2026-01-01", "--to", "2030-01-01",
                   "--out", "events.csv")
    with (place.folder / "events.csv").open(encoding="utf-8-sig") as file:
        actions = [row["action"] for row in csv.DictReader(file)]
    assert actions == ["submit", "assign", "respond", "visit", "report_back", "witness", "confirm"]


def answered(page: Page, words: str) -> None:
    """Takes the first case of the queue and answers it without a visit."""
    page.goto("/g/")
    browser.tap(page.get_by_text("我来办").first)
    page.check("[name=contact][value=phone]", force=True)
    press(page, "我来办")
    page.goto(page.url.split("?")[0].rstrip("/") + "/report-back")
    page.check("[name=outcome][value=resolved]", force=True)
    page.fill("[name=words]", words)
    page.fill("[name=why_no_visit]", "她在外地，电话里说的。")
    press(page, "写反馈")


def test_not_solved_goes_above_and_silence_closes_it_unconfirmed(
    place: town.Town, phone: Page, second_phone: Page, desktop: Page
) -> None:
    address = scanning.scan_plate(place.sheet())
    receipt = filed(phone, address, "水管又漏了。")
    second_phone.goto("/login")
    town.sign_in(second_phone, place, "zhou")
    answered(second_phone, "已经修好。")

    followed(phone, receipt)
    press(phone, "没解决")
    expect(phone.locator("main")).to_contain_text("汪巷村")

    desktop.goto("/login")
    town.sign_in(desktop, place, "shuji")
    answered(desktop, "村里换了整段水管。")
    with clock.fixed(clock.now() + timedelta(days=8), everywhere=True):
        assert timer.tick().done["closed by silence"] == 1
        followed(phone, receipt)
        expect(phone.locator("main")).to_contain_text("未确认")
    said = json.loads(place.hulianma("stats", "--area", "330281114", "--from", "2026-01-01", "--to", "2030-01-01",
                                     "--format", "json"))["rows"][0]
    assert said["reopened"]["n"] == 1
    assert said["satisfaction"]["of"] == 0


def test_the_door_page_leads_a_guardian_through_sign_in_back_to_the_very_visit(
    place: town.Town, phone: Page, second_phone: Page
) -> None:
    address = scanning.scan_plate(place.sheet())
    filed(phone, address, "路灯不亮。")
    second_phone.goto(address)
    browser.tap(second_phone.get_by_text("我是守护人"))
    town.sign_in(second_phone, place, "chen")
    expect(second_phone.locator("main")).to_contain_text("36 号")
    press(second_phone, "记下上门")
    expect(second_phone.locator("main")).to_contain_text("办理中")


def test_the_loop_works_with_javascript_off(place: town.Town, plain_phone: Page) -> None:
    address = scanning.scan_plate(place.sheet())
    receipt = filed(plain_phone, address, "想问建房要什么材料。", kind="enquiry")
    followed(plain_phone, receipt)
    expect(plain_phone.locator("main")).to_contain_text("想问建房要什么材料")


def test_a_complaint_about_a_guardian_is_nowhere_for_him(
    place: town.Town, phone: Page, second_phone: Page
) -> None:
    address = scanning.scan_plate(place.sheet())
    filed(phone, address, "守护人说来没有来。", kind="complaint", about="guardian")
    case = json.loads(place.hulianma("stats", "--area", "330281114", "--from", "2026-01-01", "--to", "2030-01-01",
                                     "--by", "area", "--format", "json"))["rows"]
    assert sum(row["received"] for row in case) == 1
    guardian = second_phone
    guardian.goto("/login")
    town.sign_in(guardian, place, "zhou")
    for page in ("/g/", "/g/find?q=36"):
        guardian.goto(page)
        expect(guardian.locator("body")).not_to_contain_text("说来没有来")
    guardian.goto(address)
    browser.tap(guardian.get_by_text("我是守护人"))
    expect(guardian.locator("main")).to_contain_text("没有等您上门的事")
