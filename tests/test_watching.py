"""监督的页: letters, cards, signs, why it is late: the right numbers, to the right people, without her words."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine, event, select

from feedback import access, appeals, cards, clock, db, recusal, urging, workflow
from feedback.cards import Card
from feedback.models.cases import CaseEvent
from feedback.models.kinds import Action
from feedback.models.people import Person, Role
from feedback.models.places import Area
from feedback.supervision import cards as drawn
from feedback.supervision import letters
from tests import browser, builders, staff
from tests.browser import Live
from tests.test_township import COUNT, listed, stated, without_nonces
from tests.visitor import Visitor, page_of
from tests.watched import APPEAL, DEMAND, DOOR, REPLY, WORDS, Watched

TOWNSHIP, VILLAGE = builders.CODES["township"], builders.CODES["village"]
MONTH = (datetime(2026, 11, 1).date(), datetime(2026, 11, 30).date())  # noqa: DTZ001


@pytest.fixture
def town(app: Flask, now: datetime) -> Watched:
    return Watched()


def visitor(app: Flask, person: Person) -> Visitor:
    return staff.signed_in(app, person)


def text(browser: Visitor, path: str) -> str:
    return page_of(browser.get(path, status=200)).text


def letter_of(town: Watched, number: str) -> str:
    """The address of the case's letter."""
    n = db.session.scalar(select(CaseEvent.n).where(
        CaseEvent.case_id == town.case(number).id, CaseEvent.action == Action.SUPERVISE))
    return f"/t/cases/{number}/letters/{n}"


# ---------------------------------------------------------------- letters


def test_the_list_of_letters_has_each_where_it_stands(app: Flask, town: Watched) -> None:
    leader = visitor(app, town.leader)
    page = text(leader, "/t/letters")
    for heading in ("逾期没有回复 1 张", "等回复 0 张", "了结的 1 张"):
        assert heading in page
    late, answered = page.index(f"{town.late}-"), page.index(f"{town.answered}-")
    assert page.index("逾期没有回复") < late < page.index("等回复 0 张") < answered
    assert "11 月 12 日 9:00 已回复" in page[answered:]


def test_the_letter_of_an_officer_says_what_is_demanded_and_what_was_answered(app: Flask, town: Watched) -> None:
    page = text(visitor(app, town.officer), letter_of(town, town.answered))
    for words in ("梁弄镇督办单", f"{town.answered}-", "湖东村一组", "求助 · 湖东村", "2026 年 11 月 11 日 10:00",
                  DEMAND, "2026 年 11 月 13 日 17:30", REPLY, "周一禾", "签字"):
        assert words in page, words
    assert "督办时还没有过期限" in page


def test_the_letter_of_the_clock_says_by_itself_why_and_leaves_room_for_the_answer(app: Flask, town: Watched) -> None:
    page = text(visitor(app, town.village), letter_of(town, town.late))
    due, room = "办理期限 2026 年 11 月 9 日 17:30，已经过了", "什么时候能办好："
    for words in (due, "办理期限过了一个工作日", "按规定自动发出", room):
        assert words in page, words


READERS = {
    # who: answer for the officer's letter, reads the words
    "guardian": (200, True), "guardian elsewhere": (404, False), "village": (200, True),
    "other village": (404, False), "township": (200, True), "other township": (404, False),
    "discipline": (200, False), "auditor": (200, False), "admin": (403, False), "shut out": (404, False),
}


def a_reader(town: Watched, who: str) -> Person:
    db.write()
    place, other = town.place, town.place.next_village()
    match who:
        case "guardian elsewhere":
            return builders.a_person(other.microgrid)
        case "other village":
            return builders.a_person(other.village, Role.VILLAGE)
        case "other township":
            return builders.a_person(builders.an_area("330281115", "邻镇"), Role.TOWNSHIP)
        case "admin":
            return builders.a_person(place.township, Role.ADMIN)
        case "shut out":
            person = builders.a_person(place.township, Role.TOWNSHIP)
            recusal.shut_out(town.case(town.answered), person)
            return person
        case _:
            return {"guardian": town.uncle, "village": town.village, "township": town.officer,
                    "discipline": town.discipline, "auditor": town.auditor}[who]


@pytest.mark.parametrize("who", READERS)
def test_who_may_open_a_letter_and_read_what_was_demanded(app: Flask, town: Watched, who: str) -> None:
    person = a_reader(town, who)
    db.session.commit()
    status, reads = READERS[who]
    answer = visitor(app, person).get(letter_of(town, town.answered), status=status)
    for words in (DEMAND, REPLY):
        assert (words in answer.get_data(as_text=True)) is reads


def test_the_discipline_office_reads_its_own_letter_and_the_auditor_does_not(app: Flask, town: Watched) -> None:
    db.write()
    urging.supervise(town.case(town.nobodys), staff.again(town.discipline), words="请村里今天联系。")
    db.session.commit()
    address = letter_of(town, town.nobodys)
    for person, reads in ((town.discipline, True), (town.officer, True), (town.auditor, False)):
        page = text(visitor(app, person), address)
        assert ("请村里今天联系。" in page) is reads
        assert "梁弄镇纪委督办单" in page


def test_an_event_that_gave_no_letter_is_not_there(app: Flask, town: Watched) -> None:
    officer = visitor(app, town.officer)
    for n in (1, 2, 999):
        officer.get(f"/t/cases/{town.answered}/letters/{n}", status=404)


def test_no_letter_and_no_list_of_letters_says_a_word_of_hers_or_where_she_lives(app: Flask, town: Watched) -> None:
    for person in (town.aunt, town.village, town.leader, town.discipline, town.auditor):
        paths = [letter_of(town, town.late), letter_of(town, town.answered)]
        if person not in (town.aunt, town.village):
            paths.append("/t/letters")
        for path in paths:
            html = visitor(app, person).get(path, status=200).get_data(as_text=True)
            for words in (WORDS, WORDS[:6], DOOR, "27 号", "28 号"):
                assert words not in html, (person.username, path, words)


def test_an_erased_case_keeps_its_letter_without_words(app: Flask, town: Watched) -> None:
    from feedback import closure

    db.write()
    closure.erase(town.case(town.answered), workflow.Who.SYSTEM)
    db.session.commit()
    page = text(visitor(app, town.officer), letter_of(town, town.answered))
    assert "（文字已删除）" in page
    assert DEMAND not in page


# ---------------------------------------------------------------- cards


def test_every_number_of_the_cards_opens_as_many_as_it_says(app: Flask, town: Watched) -> None:
    leader = visitor(app, town.leader)
    html = leader.get("/t/cards", status=200).get_data(as_text=True)
    links = sorted({(unescape(address).partition("#")[0], int(n)) for address, n in COUNT.findall(html)})
    assert len(links) >= 6
    for address, n in links:
        opened = leader.get(address, status=200).get_data(as_text=True)
        if address.startswith("/t/cases"):
            assert stated(opened) == n, address
        else:
            section = opened.split('id="chosen"')[1]
            assert f"这里的 {n} 张" in section
            assert section.count('<th scope="row"') == n, address


def test_the_tables_count_the_cards_that_the_events_say(app: Flask, town: Watched) -> None:
    found = [given for number in (town.late, town.nobodys, town.asking, town.answered)
             for given in cards.given(workflow.events(town.case(number)))]
    (row,) = drawn.by_team(drawn.drawn(town.leader, TOWNSHIP, *MONTH))
    assert {card: row.standing[card] for card in Card} == {
        card: sum(given.card is card for given in found) for card in Card}
    assert all(row.standing[card] for card in Card)
    (person,) = drawn.by_person(drawn.drawn(town.leader, TOWNSHIP, *MONTH))
    assert person.name == "周一禾"
    assert sum(person.standing.values()) == sum(given.owner_id is not None for given in found) < len(found)


def test_days_and_places_without_cards_have_none(town: Watched) -> None:
    day = clock.local(next(given.at for given in cards.given(workflow.events(town.case(town.late))))).date()
    assert {clock.local(one.given.at).date() for one in drawn.drawn(town.leader, TOWNSHIP, day, day)} == {day}
    assert drawn.drawn(town.leader, TOWNSHIP, *(datetime(2026, 10, n).date() for n in (1, 31))) == []  # noqa: DTZ001
    assert drawn.drawn(town.leader, town.silent_code, *MONTH) == []


@pytest.mark.parametrize(("who", "sees"), [("leader", True), ("officer", False), ("discipline", False),
                                           ("auditor", False)])
def test_names_stand_on_cards_for_leaders_alone(app: Flask, town: Watched, who: str, sees: bool) -> None:
    browser = visitor(app, getattr(town, who))
    number = staff.again(town.aunt).staff_number
    for path in ("/t/cards", "/t/cards?card=blue"):
        assert ("周一禾" in text(browser, path)) is sees
    browser.get(f"/t/cards?handler={number}", status=200 if sees else 404)


def test_one_who_led_once_and_serves_on_sees_no_names(app: Flask, town: Watched) -> None:
    db.write()
    yesterday = clock.today() - timedelta(days=1)
    builders.a_service(staff.again(town.officer), town.place.township, Role.TOWNSHIP, is_leader=True, to_on=yesterday)
    db.session.commit()
    assert "周一禾" not in text(visitor(app, town.officer), "/t/cards")


def test_an_appeal_stands_first_with_the_way_to_decide_it_and_once_upheld_the_card_is_apart(
    app: Flask, town: Watched
) -> None:
    address = re.compile(r'href="(/g/cases/[^"]+)"[^>]*>答复申诉')
    officer = visitor(app, town.officer)
    html = officer.get("/t/cards", status=200).get_data(as_text=True)
    (link,) = address.findall(html)
    assert html.index("等答复的申诉 1 件") < html.index(link) < html.index("持件队</th>")
    assert APPEAL not in html
    officer.get(link, status=200)
    assert not address.findall(visitor(app, town.auditor).get("/t/cards").get_data(as_text=True))
    before = drawn.by_team(drawn.drawn(staff.again(town.leader), TOWNSHIP, *MONTH))[0]
    db.write()
    case = town.case(town.late)
    card = next(one for one in cards.given(workflow.events(case)) if one.is_waiting)
    appeals.decide(case, staff.again(town.officer), n=card.n, upholds=True, words="停电属实。")
    db.session.commit()
    after = drawn.by_team(drawn.drawn(staff.again(town.leader), TOWNSHIP, *MONTH))[0]
    assert (after.lifted, before.lifted) == (1, 0)
    assert sum(after.standing.values()) == sum(before.standing.values()) - 1
    page = text(officer, "/t/cards?card=lifted")
    assert "申诉成立，已撤" in page
    assert "等答复的申诉" not in page


def test_cards_and_appeals_are_found_by_their_indexes(town: Watched, database: Engine) -> None:
    if not db.is_sqlite():
        pytest.skip("the plan of a small table on PostgreSQL says nothing")
    asked: list[tuple[str, object]] = []
    event.listen(database, "before_cursor_execute", lambda *args: asked.append((args[2], args[3])))
    drawn.drawn(town.leader, TOWNSHIP, *MONTH)
    drawn.waiting(town.leader, TOWNSHIP)
    for words, index in (("action = 'remind'", "ix_case_event_rung"), ("action = 'appeal'", "ix_case_event_appeal")):
        statement, values = next(one for one in asked if words in one[0])
        plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]
        steps = [row[3] for row in plan.all()]
        assert any(index in step for step in steps), steps


# ---------------------------------------------------------------- why it is late, what waits, signs


def test_the_overdue_list_says_why_each_is_late(app: Flask, town: Watched) -> None:
    html = visitor(app, town.leader).get("/t/cases?now=overdue", status=200).get_data(as_text=True)
    rows = dict(re.findall(r'/g/cases/(\d+)"(.*?)</tr>', html, re.DOTALL))
    assert set(rows) == {town.late, town.nobodys, town.answered}
    assert "没有结果，晚了 9 天，已提醒到“超期一个工作日”" in rows[town.late]
    assert "没人联系，晚了 16 小时 30 分，已提醒到“超期”" in rows[town.nobodys]
    assert "督办中" in rows[town.late]
    assert "督办中" not in rows[town.nobodys]


def test_what_is_under_way_is_said_beside_the_lateness(app: Flask, town: Watched) -> None:
    with clock.fixed(datetime(2026, 11, 26, 2, tzinfo=clock.SHANGHAI), everywhere=True):
        html = visitor(app, town.leader).get("/t/cases?now=overdue", status=200).get_data(as_text=True)
    rows = dict(re.findall(r'/g/cases/(\d+)"(.*?)</tr>', html, re.DOTALL))
    assert "等批延期 3 个工作日" in rows[town.asking]


def test_who_waits_for_an_extension_has_a_list(app: Flask, town: Watched) -> None:
    leader = visitor(app, town.leader)
    assert listed(leader, "/t/cases?now=extension") == [town.asking]
    assert stated(leader.get("/t/cases?now=extension").get_data(as_text=True)) == 1


WAITING = {"延期申请 1 件": "/t/cases?now=extension", "申诉 1 件": "/t/cards", "督办单逾期没回 1 张": "/t/letters",
           "苗头 2 处": "/t/signs"}


def test_the_first_page_says_what_waits_and_leads_there(app: Flask, town: Watched) -> None:
    leader = visitor(app, town.leader)
    html = leader.get("/t/", status=200).get_data(as_text=True)
    line = html.split('class="waits"')[1].split("</p>")[0]
    links = {words: unescape(address) for address, words in re.findall(r'href="([^"]+)"[^>]*>([^<]+)</a>', line)}
    assert {words: re.sub(r"[?&]area=\d+", "", address) for words, address in links.items()} == WAITING
    for address in links.values():
        leader.get(address, status=200)
    elsewhere = leader.get(f"/t/?area={town.silent_code}").get_data(as_text=True)
    assert "苗头 1 处" in elsewhere
    assert "申诉" not in elsewhere.split('class="waits"')[1].split("</p>")[0]


def test_a_township_without_anything_waiting_has_no_such_line(app: Flask, now: datetime) -> None:
    leader = builders.a_person(builders.a_township().township, Role.TOWNSHIP, is_leader=True)
    db.session.commit()
    assert 'class="waits"' not in visitor(app, leader).get("/t/", status=200).get_data(as_text=True)


def test_signs_are_said_in_plain_words_and_a_burst_opens_its_cases(app: Flask, town: Watched) -> None:
    leader = visitor(app, town.leader)
    page = leader.get("/t/signs", status=200)
    assert "湖东村今天有 5 件说路灯" in page_of(page).text
    assert "湖东村2 组 110 天没有人说话，也没有人上门" in page_of(page).text
    (address,) = [link for link in page_of(page).links if "category=" in link]
    assert len(listed(leader, address)) == 5
    with clock.fixed(datetime(2026, 12, 1, tzinfo=clock.SHANGHAI), everywhere=True):
        old = page_of(visitor(app, town.leader).get("/t/signs", status=200)).text
    assert old.index("以前的") < old.index("湖东村11 月 19 日有 5 件说路灯")


def test_the_village_sees_its_own_signs_on_the_desk(app: Flask, town: Watched) -> None:
    db.write()
    other = builders.a_person(town.place.next_village().village, Role.VILLAGE)
    db.session.commit()
    village = visitor(app, town.village)
    page = village.get("/g/signs", status=200, title="苗头")
    assert "湖东村今天有 5 件说路灯" in page_of(page).text
    cases = [link for link in page_of(page).links if link.startswith("/g/cases/")]
    assert len(cases) == 5
    for link in cases:
        village.get(link, status=200)
    assert "/g/signs" in page_of(village.get("/g/")).links
    assert "现在没有苗头" in text(visitor(app, other), "/g/signs")
    assert "/g/signs" not in page_of(visitor(app, other).get("/g/")).links


@pytest.mark.parametrize("path", ["/t/letters", "/t/cards", "/t/cards?card=yellow", "/t/signs",
                                  "/t/cases?now=overdue", "/t/"])
def test_the_pages_speak_english_and_only_of_the_own_area(app: Flask, town: Watched, path: str) -> None:
    leader = visitor(app, town.leader)
    leader.get("/t/?lang=en")
    assert page_of(leader.get(path, status=200)).language == "en"
    joined = f"{path}{'&' if '?' in path else '?'}area=330281115"
    leader.get(joined, status=404)


# ---------------------------------------------------------------- who is shut out


def test_whoever_is_shut_out_reads_the_same_pages_with_and_without_the_late_case(app: Flask, town: Watched) -> None:
    db.write()
    person = staff.again(town.village)
    builders.a_service(person, db.session.get_one(Area, TOWNSHIP), Role.TOWNSHIP, is_leader=True)
    db.session.commit()
    reader = visitor(app, person)
    paths = ["/t/", "/t/letters", "/t/cards", "/t/cards?card=yellow", "/t/cards?card=red", "/t/signs", "/g/signs",
             "/t/cases?now=overdue", "/t/cases?now=extension", "/g/"]

    def all_of_it() -> dict[str, str]:
        return {path: without_nonces(reader.get(path, status=200).get_data(as_text=True)) for path in paths}

    all_of_it()
    before = all_of_it()
    number = town.late_about_cadres()
    case = town.case(number)
    assert access.is_shut_out(staff.again(person), case)
    assert case.is_supervised
    seen = text(visitor(app, town.leader), "/t/letters"), text(visitor(app, town.leader), "/t/cards?card=red")
    assert all(number in page for page in seen), "it is real for somebody else"
    after = all_of_it()
    assert [path for path in paths if after[path] != before[path]] == []
    reader.get(letter_of(town, number), status=404)


def test_the_lists_begin_in_what_the_viewer_may_know(town: Watched) -> None:
    db.write()
    for number in (town.late, town.answered):
        recusal.shut_out(town.case(number), town.officer)
    assert letters.unanswered(town.officer, TOWNSHIP) == []
    assert letters.settled(town.officer, TOWNSHIP, *MONTH) == []
    assert drawn.waiting(town.officer, TOWNSHIP) == []
    left = {one.case.number for one in drawn.drawn(town.officer, TOWNSHIP, *MONTH)}
    assert left == {town.nobodys} | ({town.asking} & left)


# ---------------------------------------------------------------- on a screen and on paper


@pytest.mark.browser
@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_the_pages_hinder_nobody_and_fit_their_screen(
    chromium: Browser, live: Live, now: datetime, device: str
) -> None:
    town = Watched()
    staff.with_password(town.leader)
    with db.session.no_autoflush:
        paths = ["/t/", "/t/letters", "/t/cards?card=blue", "/t/signs", "/t/cases?now=overdue",
                 letter_of(town, town.late)]
    key = a_key(town.leader)
    db.session.remove()
    shape = browser.PHONE if device == "phone" else browser.DESKTOP
    with browser.visiting(chromium, live, shape) as page:
        enter(page, key)
        for path in paths:
            page.goto(path)
            assert browser.hindrances(page) == [], path
            assert browser.is_within_its_width(page), path


@pytest.mark.browser
def test_a_letter_prints_on_one_sheet_without_anything_of_the_screen(
    chromium: Browser, live: Live, now: datetime
) -> None:
    import pypdfium2

    town = Watched()
    staff.with_password(town.leader)
    key, path = a_key(town.leader), letter_of(town, town.answered)
    db.session.remove()
    with browser.visiting(chromium, live, browser.DESKTOP) as page:
        enter(page, key)
        page.goto(path)
        sheet = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))
    assert len(sheet) == 1
    assert [round(side / 72 * 25.4) for side in sheet[0].get_size()] == [210, 297]
    page_text = sheet[0].get_textpage().get_text_range()
    assert "督办单" in page_text
    for words in ("退出", "总览", "打印", "English", "看这件诉求"):
        assert words not in page_text


def a_key(person: Person) -> str:
    """The code of the second factor at this moment."""
    import pyotp

    return pyotp.TOTP(staff.SECRET).at(clock.now())


def enter(page: Page, key: str) -> None:
    page.goto("/login")
    page.fill("#username", "chen")
    page.fill("#password", staff.PASSWORD)
    browser.tap(page.locator("form.form button[type=submit]"))
    page.fill("input[name=code]", key)
    browser.tap(page.locator("form.form button[type=submit]"))
    assert page.url.endswith("/t/")
