"""上墙与巡码: the guardian's pages after a scan, the round, and what village and township look at."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from feedback import clock, codes, db, tokens
from feedback.codes import walks
from feedback.models.codes import CodeState, DoorCode
from feedback.models.people import Person, Role
from feedback.models.places import Household
from feedback.models.walks import Finding, PlateCheck, PlateFlag
from tests import builders, staff
from tests.visitor import Visitor, page_of

VILLAGE, MICROGRID = builders.CODES["village"], builders.CODES["microgrid"]
ROUND = f"/g/plates/{MICROGRID}"


class Street:
    """团结路: 7 and 9 hang, 12 is printed, 14 is damaged; and a door of another village."""

    def __init__(self, app: Flask) -> None:
        self.app, self.tokens, self.place = app, dict[str, str](), builders.a_township()
        self.people = {
            "aunt": builders.a_person(self.place.microgrid, name="周一禾"),
            "cadre": builders.a_person(self.place.village, Role.VILLAGE),
            "officer": builders.a_person(self.place.township, Role.TOWNSHIP, is_leader=True),
            "auditor": builders.a_person(self.place.township, Role.AUDITOR),
        }
        for door, state in (("7 号", CodeState.HUNG), ("9 号", CodeState.HUNG), ("12 号", CodeState.PRINTED),
                            ("14 号", CodeState.DAMAGED)):
            self._a_plate(builders.a_household(self.place.microgrid, f"团结路 {door}"), state)
        self._a_plate(builders.a_household(self.place.next_village().microgrid, "溪边 3 号"), CodeState.HUNG)
        db.session.commit()

    def _a_plate(self, household: Household, state: CodeState) -> None:
        code = builders.a_code(household)
        code.state, code.printed_at = state, clock.now()
        code.hung_at = clock.now() if state is not CodeState.PRINTED else None
        self.tokens[household.door] = code.token

    def desk(self, who: str) -> Visitor:
        return staff.signed_in(self.app, self.people[who], is_kept=who == "aunt")

    def state(self, door: str) -> CodeState:
        return db.session.scalars(select(DoorCode).where(DoorCode.token == self.tokens[door])).one().state

    def found(self) -> dict[str, Finding]:
        """Door → what was found there."""
        return {one.household.door: one.finding for one in db.session.scalars(select(PlateCheck))}

    def reasons(self) -> dict[str, Finding]:
        flags = db.session.scalars(select(PlateFlag).where(PlateFlag.settled_at.is_(None)))
        return {one.household.door: one.reason for one in flags}


@pytest.fixture
def street(app: Flask, now: datetime) -> Street:
    return Street(app)


def test_one_tap_after_the_scan_hangs_a_plate_and_says_which_doors_still_wait(street: Street) -> None:
    desk = street.desk("aunt")
    door = desk.get(f"/g/d/{street.tokens['团结路 12 号']}", follow_redirects=True, status=200)
    answer = desk.submit(door, to="/g/door/hang", status=303)
    page = desk.get(answer.location, status=200)
    text = page_of(page).text
    assert "挂好了：湖东村 团结路 12 号" in text
    assert "还有 1 户等上墙" in text
    assert "一共 4 户，挂好 3 户" in text
    assert street.state("团结路 12 号") is CodeState.HUNG
    desk.submit(door, to="/g/door/hang", status=303)
    assert street.state("团结路 12 号") is CodeState.HUNG, "a second tap changes nothing"


def test_a_villagers_scan_hangs_nothing_and_offers_no_button(street: Street, client: Visitor) -> None:
    page = client.get(f"/d/{street.tokens['团结路 12 号']}", status=200)
    assert not [form for form in page_of(page).forms if "/g/" in form.action]
    token = page_of(page).forms[0].fields["csrf_token"][0]
    client.post("/g/door/hang", data={"csrf_token": token}, status=401)
    assert street.state("团结路 12 号") is CodeState.PRINTED


@pytest.mark.parametrize(("door", "buttons"), [
    ("团结路 7 号", ["/g/door/check", "/g/door/damage"]), ("团结路 12 号", ["/g/door/hang", "/g/door/damage"]),
    ("团结路 14 号", ["/g/door/hang", "/g/door/check"]), ("溪边 3 号", []),
])
def test_a_plate_is_offered_what_its_state_allows(street: Street, door: str, buttons: list[str]) -> None:
    desk = street.desk("aunt")
    page = desk.get(f"/g/d/{street.tokens[door]}", follow_redirects=True, status=200)
    assert [form.action for form in page_of(page).forms if form.action.startswith("/g/door/")] == buttons
    assert "/g/door/elsewhere" in page_of(page).links, "whatever was scanned may hang at a door of hers"


@pytest.mark.parametrize("who", ["officer", "auditor"])
def test_who_tends_no_plates_is_offered_none(street: Street, who: str) -> None:
    answer = street.desk(who).get(f"/g/d/{street.tokens['团结路 12 号']}", follow_redirects=True)
    assert "/g/door/" not in answer.get_data(as_text=True)


def test_a_plate_that_is_spoilt_is_due_for_printing_and_stands_in_the_villages_list(street: Street) -> None:
    desk = street.desk("aunt")
    door = desk.get(f"/g/d/{street.tokens['团结路 7 号']}", follow_redirects=True)
    desk.submit(door, to="/g/door/damage", status=303)
    assert street.state("团结路 7 号") is CodeState.DAMAGED
    page = page_of(street.desk("cadre").get("/g/plate-flags", status=200))
    assert "要看的门牌 1 处" in page.text
    assert "团结路 7 号 坏了，要重印" in page.text
    assert "周一禾" in page.text


def test_out_of_turn_he_is_asked_at_which_door_he_stands(street: Street) -> None:
    desk = street.desk("aunt")
    first = desk.get(f"/g/d/{street.tokens['团结路 7 号']}", follow_redirects=True)
    assert "您站在哪一户" not in page_of(first).text, "nobody knows yet where he begins"
    desk.submit(first, to="/g/door/check", status=303)
    second = desk.get(f"/g/d/{street.tokens['团结路 9 号']}", follow_redirects=True)
    assert "您站在哪一户" not in page_of(second).text, "it is the door that comes next"
    third = desk.get(f"/g/d/{street.tokens['团结路 14 号']}", follow_redirects=True)
    assert "新牌挂好了" in page_of(third).text


def test_the_page_of_an_earlier_scan_says_nothing_about_a_later_one(street: Street) -> None:
    desk = street.desk("aunt")
    first = desk.get(f"/g/d/{street.tokens['团结路 7 号']}", follow_redirects=True)
    desk.get(f"/g/d/{street.tokens['团结路 12 号']}", follow_redirects=True)
    for button in ("check", "damage"):
        desk.submit(first, to=f"/g/door/{button}", status=400)
    assert street.found() == street.reasons() == {}
    assert street.state("团结路 7 号") is CodeState.HUNG


def test_the_code_of_the_next_door_on_this_one_is_one_tap_and_flags_both(street: Street) -> None:
    desk = street.desk("aunt")
    desk.submit(desk.get(f"/g/d/{street.tokens['团结路 14 号']}", follow_redirects=True), to="/g/door/hang")
    asked = desk.get(f"/g/d/{street.tokens['团结路 9 号']}", follow_redirects=True)
    assert "这张码是团结路 9 号的，下一户该是团结路 7 号。您站在哪一户门前？" in page_of(asked).text
    desk.submit(asked, to="/g/door/check", at=f"{VILLAGE} 团结路 7 号", status=303)
    assert street.reasons() == {"团结路 7 号": Finding.OTHERS, "团结路 9 号": Finding.ASTRAY}
    assert street.found() == {"团结路 14 号": Finding.FINE, "团结路 7 号": Finding.OTHERS}


def test_a_code_from_far_away_is_flagged_at_the_door_he_picks(street: Street) -> None:
    desk = street.desk("aunt")
    desk.get(f"/g/d/{street.tokens['溪边 3 号']}")
    page = desk.get("/g/door/elsewhere", status=200)
    desk.submit(page, to="/g/door/check", at=f"{VILLAGE} 团结路 9 号", status=303)
    assert street.reasons() == {"团结路 9 号": Finding.OTHERS, "溪边 3 号": Finding.ASTRAY}


@pytest.mark.parametrize("at", [f"{VILLAGE} 没有这一户", "330281114202 溪边 3 号", f"{VILLAGE}", "x", f" {VILLAGE}"])
def test_he_stands_at_no_door_but_his_own(street: Street, at: str) -> None:
    desk = street.desk("aunt")
    page = desk.get(f"/g/d/{street.tokens['溪边 3 号']}", follow_redirects=True)
    page = desk.get("/g/door/elsewhere", status=200)
    desk.submit(page, to="/g/door/check", at=at, status=404)
    assert street.found() == street.reasons() == {}


@pytest.mark.parametrize("finding", walks.BY_HAND)
def test_a_door_that_can_t_be_scanned_is_written_down_by_hand(street: Street, finding: Finding) -> None:
    desk = street.desk("aunt")
    assert f"/g/plates/{VILLAGE}/%E5%9B%A2%E7%BB%93%E8%B7%AF%209%20%E5%8F%B7" in page_of(desk.get(ROUND)).links
    page = desk.get(f"/g/plates/{VILLAGE}/团结路 9 号", status=200)
    answer = desk.submit(page, to="/g/plates/", finding=finding.value, status=303)
    assert f"{finding.label}，11 月 19 日" in page_of(desk.get(answer.location)).text
    assert street.reasons() == {"团结路 9 号": finding}


def test_what_is_no_finding_is_refused(street: Street) -> None:
    desk = street.desk("aunt")
    page = desk.get(f"/g/plates/{VILLAGE}/团结路 9 号", status=200)
    for said in ("", "fine", "others", "x"):
        desk.submit(page, to="/g/plates/", finding=said, status=400)
    assert street.found() == {}


def test_half_an_hour_after_the_scan_it_has_to_be_scanned_again(street: Street, now: datetime) -> None:
    desk = street.desk("aunt")
    door = desk.get(f"/g/d/{street.tokens['团结路 12 号']}", follow_redirects=True)
    with clock.fixed(now + timedelta(minutes=31), everywhere=True):
        desk.submit(door, to="/g/door/hang", status=400)
        desk.get("/g/door/elsewhere", status=404)
    assert street.state("团结路 12 号") is CodeState.PRINTED


def test_no_page_of_the_round_shows_a_token(street: Street) -> None:
    desk = street.desk("aunt")
    desk.get(f"/g/d/{street.tokens['团结路 9 号']}")
    for path in (ROUND, "/g/door", "/g/door/elsewhere", f"/g/plates/{VILLAGE}/团结路 9 号"):
        html = desk.get(path, status=200).get_data(as_text=True)
        assert not [one for one in street.tokens.values() if one in html or tokens.grouped(one) in html]


def test_a_village_sees_how_far_each_round_is(street: Street) -> None:
    builders.a_household(street.place.next_microgrid())
    db.session.commit()
    desk = street.desk("aunt")
    assert desk.get("/g/plates").location == ROUND, "of one micro-grid only, its round"
    desk.submit(desk.get(f"/g/d/{street.tokens['团结路 7 号']}", follow_redirects=True), to="/g/door/check")
    text = page_of(street.desk("cadre").get("/g/plates", status=200)).text
    assert "一组 查了 1 / 4 户" in text
    assert "2 组 还没有门牌" in text
    assert "溪边" not in text


# ---------------------------------------------------------------- village and township


def flagged(street: Street) -> None:
    aunt = db.session.get_one(Person, street.people["aunt"].id)
    home = db.session.scalars(select(Household).where(Household.door == "团结路 9 号")).one()
    walks.report(aunt, home, Finding.FOREIGN)
    db.session.commit()


def test_what_may_be_a_fraud_says_what_to_do_and_needs_a_word(street: Street) -> None:
    flagged(street)
    desk = street.desk("cadre")
    assert "要看的门牌 1 处" in page_of(desk.get("/g/")).text
    page = desk.get("/g/plate-flags", status=200)
    assert "先拍照" in page_of(page).text
    assert "110" in page_of(page).text
    desk.submit(page, to="/settle", words=" ", status=400)
    answer = desk.submit(page, to="/settle", words="揭下来了，报了派出所。", status=303)
    assert answer.location == "/g/plate-flags"
    assert street.reasons() == {}
    desk.submit(page, to="/settle", words="再来一次", status=409)


def test_a_plate_that_is_printed_again_waits_to_be_hung_and_not_to_be_printed(street: Street) -> None:
    desk = street.desk("aunt")
    for door in ("7 号", "9 号"):
        desk.submit(desk.get(f"/g/plates/{VILLAGE}/团结路 {door}"), to="/g/plates/", finding=Finding.SILENT.value)
    code = db.session.scalars(select(DoorCode).where(DoorCode.token == street.tokens["团结路 9 号"])).one()
    db.write()
    codes.move(code, CodeState.PRINTED)
    db.session.commit()
    for who, address in (("cadre", "/g/plate-flags"), ("officer", "/t/plates")):
        text = page_of(street.desk(who).get(address, status=200)).text
        assert text.count("重印一张同样的码，挂上去再扫一遍。") == 1
        assert text.count("新的印好了，挂上去再扫一遍。") == 1


def test_the_township_sees_the_list_and_the_rounds_with_their_denominators(street: Street) -> None:
    flagged(street)
    desk = street.desk("officer")
    assert "要看的门牌 1 处" in page_of(desk.get("/t/")).text
    page = desk.get("/t/plates", status=200)
    text = page_of(page).text
    assert "2026 年第 4 季度巡码：查了 1 / 5 户" in text
    assert "湖东村 1 / 4 0 / 1" in text
    answer = desk.submit(page, to="/settle", words="派出所来过了。", status=303)
    assert answer.location == "/t/plates"
    assert "没有要看的门牌" in page_of(desk.get("/t/plates")).text


def test_a_place_a_reason_and_a_quarter_narrow_what_the_township_sees(street: Street) -> None:
    flagged(street)
    desk = street.desk("officer")
    assert "团结路 9 号" in page_of(desk.get("/t/plates?reason=foreign")).text
    assert "团结路 9 号" not in page_of(desk.get("/t/plates?reason=gone")).text
    assert "团结路 9 号" not in page_of(desk.get("/t/plates?area=330281114202")).text
    assert "第 3 季度巡码：查了 0 / 0 户" in page_of(desk.get("/t/plates?quarter=2026Q3")).text
    for odd in ("2027Q1", "x", "2026Q9"):
        assert "第 4 季度" in page_of(desk.get(f"/t/plates?quarter={odd}", status=200)).text
    desk.get("/t/plates?area=330281115", status=404)


def test_an_auditor_reads_and_settles_nothing(street: Street) -> None:
    flagged(street)
    page = street.desk("auditor").get("/t/plates", status=200)
    assert "团结路 9 号" in page_of(page).text
    assert not [form for form in page_of(page).forms if "settle" in form.action]


def test_a_notice_leads_to_the_list(street: Street) -> None:
    from feedback import notifications

    flagged(street)
    while db.in_turn(notifications.take):
        pass
    for who, href in (("cadre", "/g/plate-flags"), ("officer", "/t/plates")):
        page = page_of(street.desk(who).get("/g/notices", status=200))
        assert "可能是贴上去骗钱的" in page.text
        assert href in page.links
