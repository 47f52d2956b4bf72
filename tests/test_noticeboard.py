"""公开栏: a light page for everybody, and one A3 sheet for the wall; both say what was told and nothing else."""

import gzip
import json
import re
from datetime import timedelta
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from flask import Flask
from PIL import Image
from playwright.sync_api import Page
from sqlalchemy import Engine, delete

from feedback import db, publicity
from feedback.models.boards import PublicBoard
from feedback.models.people import Person, Role
from feedback.models.rules import TextKey
from feedback.stats import public
from feedback.stats.public import Deed, Matters, Said, Side, Told, Word
from tests import browser as browsers
from tests import builders, staff
from tests.conftest import NOW
from tests.visitor import Visitor, page_of

pytestmark = pytest.mark.usefixtures("now")

VILLAGE, TOWNSHIP = builders.CODES["village"], builders.CODES["township"]
PAGE, SHEET = f"/v/{VILLAGE}", f"/g/boards/{VILLAGE}"
MONTHS = [*(f"2025-{month:02d}" for month in range(10, 13)), *(f"2026-{month:02d}" for month in range(1, 10))]
NEWEST, FIRST_VIEW = MONTHS[-1], 14 * 1024

SEPTEMBER = Told(
    total=37, contacted=Deed(few=Side.MISSED), answered=Deed(30, 7), contacted_within=4, answered_within=72,
    said=Said(((Word.SOLVED, 20), (Word.ALL_BUT_SOLVED, 17))), matters=Matters((("路灯", 9), ("水渠", 6)), 22),
)
FULLEST = Told(
    total=999, contacted=Deed(901, 98), answered=Deed(few=Side.MISSED), contacted_within=24, answered_within=24 * 12,
    said=Said(((Word.SOLVED, 333), (Word.NOT_SOLVED, 333), (Word.NO_WORD, 333))),
    matters=Matters(tuple((f"{n}{'一个名字很长的类别' * 4}", 100) for n in range(public.MOST_MATTERS)), 499),
)


@pytest.fixture
def village(database: Engine) -> builders.Place:
    place = builders.a_township()
    builders.a_person(place.township, Role.TOWNSHIP, username="clerk")
    builders.a_person(place.village, Role.VILLAGE, username="cadre")
    for month in MONTHS:
        tell(SEPTEMBER if month == NEWEST else Told(), month)
    db.session.commit()
    return place


def tell(told: Told, month: str = NEWEST) -> None:
    db.write()
    db.session.execute(delete(PublicBoard).where(PublicBoard.area_code == VILLAGE, PublicBoard.month == month))
    words = json.dumps(told.as_json())
    db.session.add(PublicBoard(area_code=VILLAGE, month=month, as_at=NOW - timedelta(days=29), told=words))
    db.session.commit()


def the(username: str) -> Person:
    return db.session.query(Person).filter_by(username=username).one()


def switch_off(area_code: str) -> None:
    publicity.publish(area_code, TextKey.PUBLIC_BOARD, publicity.NO, by=the("clerk"))
    db.session.commit()


# ---------------------------------------------------------------- the page


@pytest.mark.usefixtures("village")
def test_the_page_says_what_was_told_in_words(client: Visitor) -> None:
    text = page_of(client.get(PAGE, status=200, title="9 月该有结果的 37 件，30 件按时")).text
    assert "有人联系 晚了的不到 5 件" in text
    assert "按时 30 件，晚了 7 件" in text
    assert "一半的事，4 小时内有人联系。 一半的事，3 天内有结果。" in text
    assert "说解决了 20 件" in text
    assert "说没解决，或者没有回话 17 件" in text
    assert "路灯 9 件 水渠 6 件 其余合计 22 件" in text
    assert "到 10 月 21 日该有结果的事" in text


@pytest.mark.parametrize(("told", "title"), [
    (Told(), "9 月的事太少，不公布"),
    (Told(total=12, answered=Deed(12, 0)), "12 件，件件按时"),
    (Told(total=12, answered=Deed(0, 12)), "12 件，没有一件按时"),
    (Told(total=12, answered=Deed(few=Side.MISSED)), "12 件，晚了的不到 5 件"),
    (Told(total=12, answered=Deed(few=Side.DONE)), "12 件，按时的不到 5 件"),
])
@pytest.mark.usefixtures("village")
def test_the_title_is_what_was_found(client: Visitor, told: Told, title: str) -> None:
    tell(told)
    client.get(PAGE, status=200, title=title)


@pytest.mark.usefixtures("village")
def test_where_half_was_never_answered_the_page_says_so(client: Visitor) -> None:
    tell(Told(total=12, answered=Deed(0, 12), contacted=Deed(0, 12), said=Said(few=Word.SOLVED)))
    text = page_of(client.get(PAGE)).text
    assert "过半的事，一直没有人联系上。 过半的事，还没有结果。" in text
    assert "说解决了 不到 5 件 其余的分开说，会看出是谁，不公布" in text


@pytest.mark.usefixtures("village")
def test_an_earlier_month_is_one_link_away_and_one_that_is_not_there_is_the_newest(client: Visitor) -> None:
    page = page_of(client.get(PAGE))
    assert f"{PAGE}?month=2026-08" in page.links
    assert f"{PAGE}?month={NEWEST}" not in page.links
    client.get(f"{PAGE}?month=2026-08", status=200, title="8 月的事太少，不公布")
    client.get(f"{PAGE}?month=<script>", status=200, title="9 月")


@pytest.mark.usefixtures("village")
def test_the_page_sets_nothing_may_be_kept_a_while_and_reads_the_same_in_capitals(client: Visitor) -> None:
    answer, upper = client.get(PAGE), client.get(PAGE.upper())
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "private, max-age=600"
    assert set(answer.headers.getlist("Vary")) == {"Cookie", "Accept-Encoding"}
    assert page_of(upper).text == page_of(answer).text
    assert page_of(upper).forms == page_of(answer).forms == []


@pytest.mark.usefixtures("village")
def test_the_fullest_page_is_read_in_one_round_trip(client: Visitor) -> None:
    tell(FULLEST)
    page = client.get(PAGE).get_data()
    assert len(gzip.compress(page)) < FIRST_VIEW
    assert b"<script" not in page


@pytest.mark.parametrize("code", ["330281114299", TOWNSHIP, f"{VILLAGE}001", "nowhere", "３３０２８１１１４２０１"])
@pytest.mark.usefixtures("village")
def test_a_village_that_is_none_is_said_kindly(client: Visitor, code: str) -> None:
    client.get(f"/v/{code}", status=404, title="没有这个村")


@pytest.mark.usefixtures("village")
def test_before_the_first_month_the_page_says_when(client: Visitor) -> None:
    db.session.execute(delete(PublicBoard))
    db.session.commit()
    assert "每月 21 日公布上个月的" in page_of(client.get(PAGE, status=200)).text


@pytest.mark.parametrize("area_code", [TOWNSHIP, VILLAGE])
@pytest.mark.usefixtures("village")
def test_where_it_is_switched_off_nothing_is_told_and_nothing_leads_there(
    app: Flask, client: Visitor, area_code: str
) -> None:
    switch_off(area_code)
    text = page_of(client.get(PAGE, status=200)).text
    assert "这里不公布" in text
    assert "37" not in text
    assert PAGE not in page_of(client.get(f"/village/{VILLAGE}")).links
    sheet = page_of(staff.signed_in(app, the("cadre")).get(SHEET)).text
    assert "村民看不到" in sheet
    assert "37" not in sheet


def test_the_door_leads_there_and_takes_nothing_along(client: Visitor, village: builders.Place) -> None:
    token = builders.a_code(builders.a_household(village.microgrid)).token
    db.session.commit()
    door = client.get(f"/d/{token}")
    assert PAGE in page_of(door).links
    assert door.headers["Referrer-Policy"] == "no-referrer"
    assert token not in client.get(PAGE, headers={"Referer": f"http://localhost/d/{token}"}).get_data(as_text=True)
    assert PAGE in page_of(client.get(f"/village/{VILLAGE}")).links


@pytest.mark.usefixtures("village")
def test_the_page_hinders_nobody(phone: Page) -> None:
    phone.goto(PAGE)
    assert not browsers.hindrances(phone)


@pytest.mark.usefixtures("village")
def test_the_page_fits_an_old_phone_without_scripts(plain_phone: Page) -> None:
    tell(FULLEST)
    plain_phone.goto(PAGE)
    assert browsers.is_within_its_width(plain_phone)


# ---------------------------------------------------------------- the sheet


@pytest.mark.usefixtures("village")
def test_the_sheet_is_for_the_village_and_the_township_that_hang_it_up(app: Flask, village: builders.Place) -> None:
    other = builders.a_person(village.next_village().village, Role.VILLAGE)
    for person, status in ((the("cadre"), 200), (the("clerk"), 200), (other, 404)):
        browser = staff.signed_in(app, person)
        browser.get(SHEET, status=status)
        assert (SHEET in page_of(browser.get("/g/boards", status=200)).links) == (status == 200)
    staff.signed_in(app, the("clerk")).get("/g/boards/330281114299", status=404)


@pytest.mark.usefixtures("village")
def test_the_sheet_says_what_the_page_says(app: Flask, client: Visitor) -> None:
    sheet, page = page_of(staff.signed_in(app, the("cadre")).get(SHEET)).text, page_of(client.get(PAGE)).text
    said = ("9 月该有结果的 37 件，30 件按时", "晚了的不到 5 件", "说没解决，或者没有回话 17 件", "路灯 9 件")
    assert [words in sheet for words in said] == [words in page for words in said] == [True] * 4


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("told", [Told(), SEPTEMBER, FULLEST], ids=["few", "usual", "fullest"])
@pytest.mark.usefixtures("village")
def test_the_sheet_is_one_page_of_a3_and_its_code_leads_to_the_page(
    desktop: Page, live: browsers.Live, told: Told, language: str
) -> None:
    tell(told)
    staff.with_password(the("cadre"))
    desktop.goto(f"/login?next={SHEET}?lang={language}")
    desktop.fill("[name=username]", "cadre")
    desktop.fill("[name=password]", staff.PASSWORD)
    desktop.press("[name=password]", "Enter")
    desktop.wait_for_url(f"**{SHEET}")
    paper = pypdfium2.PdfDocument(desktop.pdf(prefer_css_page_size=True, print_background=False))
    assert len(paper) == 1
    assert [round(side / 72 * 25.4) for side in paper[0].get_size()] == [297, 420]
    grey = paper[0].render(scale=2).to_pil().convert("L")
    (found,) = zxingcpp.read_barcodes(grey)
    assert re.fullmatch(rf"{live.url}/V/{VILLAGE}", found.text, re.IGNORECASE)
    assert is_blank_below(grey)


def is_blank_below(paper: Image.Image) -> bool:
    """Nothing is printed into the lower margin."""
    out = BytesIO()
    paper.crop((0, paper.height - paper.height * 14 // 420, paper.width, paper.height)).save(out, "PNG")
    return Image.open(out).getextrema()[0] > 250  # type: ignore[operator]
