"""预警的页: each alert with its reason and a way into its cases; a rule is tried on the past before it is set."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from feedback import clock, db, notifications
from feedback.alerts import looking, rules
from feedback.models.alerts import Alert, AlertRule
from feedback.models.kinds import Action, Status
from feedback.models.people import Person, Role
from feedback.models.places import Household
from tests import builders, staff
from tests.conftest import NOW
from tests.test_alerts import ON_TIME, REPEATED_BURST
from tests.visitor import Visitor, page_of

TOWNSHIP, VILLAGE = builders.CODES["township"], builders.CODES["village"]
DAY = timedelta(days=1)
REASON = "湖东村 11 月 12 日至 11 月 18 日受理的，按时办结率 0 / 6 件 = 0.0%，低于 80%，已连续 2 天。"
BURST = "王小满到 11 月 18 日 10:05 为止的 10 分钟里反馈了 6 件，不少于 3 件。"


class Town:
    """Six cases of six days ago, all late, all reported back within five minutes yesterday."""

    def __init__(self) -> None:
        self.place = builders.a_township()
        self.guardian = builders.a_person(self.place.microgrid, name="王小满")
        self.leader = builders.a_person(self.place.township, Role.TOWNSHIP, is_leader=True)
        self.officer = builders.a_person(self.place.township, Role.TOWNSHIP)
        self.admin = builders.a_person(self.place.township, Role.ADMIN)
        door: Household = builders.a_household(self.place.microgrid)
        due = {"handling_due_at": NOW - 3 * DAY, "handling_due_original_at": NOW - 3 * DAY}
        self.numbers = []
        for minute in range(6):
            case = builders.a_case(door, filed_at=NOW - 6 * DAY, status=Status.REPORTED_BACK, **due)
            builders.an_event(case, Action.REPORT_BACK, at=NOW - DAY + minute * timedelta(minutes=1),
                              actor_id=self.guardian.id, owner_id=self.guardian.id)
            self.numbers.append(case.number)
        db.session.commit()

    def night(self) -> None:
        for rule in (ON_TIME, REPEATED_BURST):
            rules.set_rule(self.leader, TOWNSHIP, rule)
        db.session.commit()
        while db.in_turn(looking.look):
            pass
        while db.in_turn(notifications.take):
            pass


@pytest.fixture
def town(app: Flask, now: datetime) -> Town:
    return Town()


def visitor(app: Flask, person: Person) -> Visitor:
    return staff.signed_in(app, person)


def text(browser: Visitor, path: str) -> str:
    return page_of(browser.get(path, status=200)).text


def test_a_leader_reads_every_reason_and_an_officer_those_of_no_person(app: Flask, town: Town) -> None:
    town.night()
    leader, officer = visitor(app, town.leader), visitor(app, town.officer)
    page = text(leader, "/t/alerts")
    assert REASON in page
    assert BURST in page
    assert "先问本人" in page
    assert all(number in page for number in town.numbers)
    assert "预警 2 条" in text(leader, "/t/")
    page = text(officer, "/t/alerts")
    assert REASON in page
    assert "王小满" not in page
    assert "预警 1 条" in text(officer, "/t/")


def test_the_number_of_an_alert_opens_into_its_cases(app: Flask, town: Town) -> None:
    town.night()
    leader = visitor(app, town.leader)
    href = next(one for one in page_of(leader.get("/t/alerts")).links if "handling_on_time" in one)
    for part in ("part=missing", f"place={VILLAGE}", "from=2026-11-12", "to=2026-11-18"):
        assert part in href
    page = text(leader, href)
    assert all(number in page for number in town.numbers)


def test_a_notice_leads_to_the_alerts_and_names_nobody(app: Flask, town: Town) -> None:
    town.night()
    page = page_of(visitor(app, town.leader).get("/g/notices", status=200))
    assert REASON in page.text
    assert "关于一位经办人的预警" in page.text
    assert "王小满" not in page.text
    assert "/t/alerts" in page.links


def test_what_was_found_is_written_down_once_with_who_and_when(app: Flask, town: Town) -> None:
    town.night()
    alert_id = db.session.scalars(select(Alert.id).where(Alert.place_code == VILLAGE)).one()
    name, leader = town.leader.name, visitor(app, town.leader)
    form = next(one for one in page_of(leader.get("/t/alerts")).forms if one.action.endswith(f"/{alert_id}/answer"))
    sent = {"csrf_token": form.fields["csrf_token"][0], "words": "配件没到，<b>周五</b>前装好。"}
    leader.post(f"/t/alerts/{alert_id}/answer", data=sent, status=303)
    page = leader.get("/t/alerts", status=200).get_data(as_text=True)
    assert "&lt;b&gt;周五" in page
    assert f"{name} 11 月 19 日 10:00写的" in page
    assert leader.post(f"/t/alerts/{alert_id}/answer", data=sent).status_code == 409


def test_a_rule_is_tried_first_and_set_by_the_second_press(app: Flask, town: Town) -> None:
    leader = visitor(app, town.leader)
    address = "/admin/alerts/village_on_time"
    form = page_of(leader.get(address, status=200)).forms[-1]
    filled = {"csrf_token": form.fields["csrf_token"][0], "name": "村里按时办结少", "threshold": "80",
              "window_days": "7", "lasting_days": "2", "least": "5", "is_on": "y"}
    page = page_of(leader.post(address, data=filled, status=200))
    assert "会响 1 次" in page.text
    assert "按时办结率 0 / 6 件" in page.text
    assert db.session.scalar(select(func.count()).select_from(AlertRule)) == 0
    leader.post(address, data={**filled, "step": "save"}, status=303)
    assert rules.in_force(TOWNSHIP)[0].window_days == 7
    assert leader.post(address, data={**filled, "least": "4", "step": "save"}).status_code == 400
    assert "一次也不会响" in text_of(leader, address, {**filled, "least": "7"})


def test_a_rule_of_ones_own_is_added_and_tried_without_names_for_who_does_not_lead(app: Flask, town: Town) -> None:
    filled = {"name": "连着反馈", "measure": rules.BURST, "per": "handler", "side": "above", "threshold": "3",
              "window_days": "7", "lasting_days": "1", "least": "5", "minutes": "10", "is_on": "y"}
    for person, named in ((town.leader, True), (town.officer, False), (town.admin, False)):
        browser = visitor(app, person)
        form = page_of(browser.get("/admin/alerts/new", status=200)).forms[-1]
        filled["csrf_token"] = form.fields["csrf_token"][0]
        page = text_of(browser, "/admin/alerts/new", filled)
        assert "会响 1 次" in page
        assert ("王小满" in page) is named
        assert "6 件" in page
    leader = visitor(app, town.leader)
    filled["csrf_token"] = page_of(leader.get("/admin/alerts/new")).forms[-1].fields["csrf_token"][0]
    leader.post("/admin/alerts/new", data={**filled, "step": "save"}, status=303)
    assert "10 分钟内反馈过 3 件以上" in text(leader, "/admin/alerts")
    wrong = {**filled, "per": "village"}
    assert leader.post("/admin/alerts/new", data={**wrong, "step": "save"}).status_code == 400


def text_of(browser: Visitor, address: str, sent: dict[str, str]) -> str:
    return page_of(browser.post(address, data=sent, status=200)).text


def test_a_rule_there_is_not_is_not_found(app: Flask, town: Town) -> None:
    assert visitor(app, town.leader).get("/admin/alerts/own_nothing").status_code == 404
    assert clock.now() == NOW
