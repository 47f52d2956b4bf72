"""月报: a report stays as it was issued, betrays nobody, and anyone works it out again."""

import hashlib
import json
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from flask import Flask
from sqlalchemy import Engine, func, select, update

from config import Config
from feedback import access, clock, db, installation, monthly, paper, stats, workflow
from feedback.alone import Turn
from feedback.errors import Busy, Conflict, Forbidden, Missing, Refusal
from feedback.models.cases import Case, Recusal
from feedback.models.kinds import About, Action, Kind, Outcome, Status
from feedback.models.monthly import MonthlyReport
from feedback.models.people import Person, Role
from feedback.models.places import Area
from feedback.models.records import StaffAct, StaffEvent
from feedback.monthly import Month, changes, composing, register, standing
from feedback.web.township import telling
from feedback.workflow import Who
from tests import builders, staff
from tests.builders import Place
from tests.lives import NOW, Township
from tests.stories import at
from tests.test_cli import environment, run
from tests.visitor import page_of

__all__ = ["environment"]

OCTOBER = Month(2026, 10)
ADDRESS = f"/t/reports/{builders.CODES['township']}/2026-10"


@pytest.fixture(autouse=True)
def stopped(database: Engine) -> Any:
    with clock.fixed(NOW, everywhere=True):
        yield


@pytest.fixture
def town() -> Township:
    """A township with lives in it, an officer, and a past that began in May."""
    made = Township(seed=11)
    made.live(24)
    db.session.commit()
    return made


@pytest.fixture
def officer(town: Township) -> Person:
    person = builders.a_person(town.place.township, Role.TOWNSHIP, username="officer", name="陈镇")
    db.session.commit()
    return person


def issued(area: Area, by: Person, *, seen: int = 0, reason: str = "") -> MonthlyReport:
    report = monthly.issue(area, OCTOBER, by, seen=seen, reason=reason)
    db.session.commit()
    return report


def filed(place: Place, when: str = "2026-10-12 09:00", **facts: Any) -> Case:
    household = facts.pop("household", None) or builders.a_household(place.microgrid)
    case = builders.a_case(household, filed_at=at(when), **facts)
    db.session.commit()
    return case


# ---------------------------------------------------------------- frozen


def test_a_report_is_canonical_json_with_a_checksum_of_exactly_these_bytes(town: Township, officer: Person) -> None:
    report = issued(town.place.township, officer)
    assert report.checksum == hashlib.sha256(report.content).hexdigest()
    assert report.content == composing.canonical(json.loads(report.content))
    said = report.says
    assert (said["month"], said["version"], said["area"]["name"]) == ("2026-10", 1, "梁弄镇")
    assert said["issued_by"] == {"name": "陈镇", "number": officer.staff_number}
    assert said["correction"] is None
    assert len(said["program"]["definitions"]) == 64


def test_what_happens_later_changes_nothing_that_was_issued(town: Township, officer: Person) -> None:
    before = issued(town.place.township, officer).content
    with clock.fixed(NOW + timedelta(days=2)):
        for case in db.session.scalars(select(Case).where(Case.status == Status.ASSIGNED)):
            db.write()
            workflow.record(case, Action.RESPOND, officer)
        db.session.commit()
        assert changes.between(json.loads(before), monthly.preview(town.place.township, OCTOBER)), "something changed"
        [report] = monthly.every()
        assert report.content == before
        assert report.is_intact
        assert monthly.verify(report) is None


def test_no_row_is_changed_or_removed_by_the_program(town: Township, officer: Person) -> None:
    report = issued(town.place.township, officer)
    db.write()
    report.content = b"{}"
    with pytest.raises(RuntimeError, match="stays as it was issued"):
        db.session.flush()
    db.session.rollback()
    db.write()
    db.session.delete(report)
    with pytest.raises(RuntimeError, match="stays as it was issued"):
        db.session.flush()
    db.session.rollback()
    assert monthly.find(town.place.township.code, OCTOBER, 1) is not None


def test_a_month_that_is_not_over_is_previewed_and_not_issued(town: Township, officer: Person) -> None:
    november = Month(2026, 11)
    assert monthly.preview(town.place.township, november)["figures"]["month"]["received"] > 0
    with pytest.raises(Refusal, match="还没有过完"):
        monthly.issue(town.place.township, november, officer, seen=0)
    assert not monthly.every()


@pytest.mark.parametrize(("when", "is_over"), [("2026-11-01 00:00", False), ("2026-11-01 00:00:59", False),
                                               ("2026-11-01 00:01", True)])
def test_a_month_is_over_when_its_last_minute_is_surely_stored(when: str, is_over: bool) -> None:
    with clock.fixed(datetime.fromisoformat(f"{when}+08:00")):
        assert monthly.may_be_issued(OCTOBER) is is_over


def test_an_instant_shortly_before_is_the_one_it_tells_of(town: Township, officer: Person) -> None:
    report = issued(town.place.township, officer)
    assert datetime.fromisoformat(report.says["as_at"]) == NOW - register.SETTLED
    assert report.issued_at == NOW


def test_issuing_is_one_transaction_with_its_staff_event(town: Township, officer: Person) -> None:
    monthly.issue(town.place.township, OCTOBER, officer, seen=0)
    db.session.rollback()
    acts = select(func.count()).select_from(StaffEvent).where(StaffEvent.act == StaffAct.REPORT)
    assert (monthly.every(), db.session.scalar(acts)) == ([], 0)
    report = issued(town.place.township, officer)
    event = db.session.scalars(select(StaffEvent).where(StaffEvent.act == StaffAct.REPORT)).one()
    assert (event.actor_id, event.subject) == (officer.id, "330281114 2026-10")
    assert event.facts == {"area": "330281114", "version": 1, "checksum": report.checksum}


# ---------------------------------------------------------------- corrections


def test_a_correction_stands_beside_and_says_number_by_number_what_changed(town: Township, officer: Person) -> None:
    place = town.place
    case = filed(place, kind=Kind.HELP)
    first = issued(place.township, officer)
    with clock.fixed(NOW + timedelta(hours=1)):
        db.write()
        workflow.record(case, Action.WITHDRAW, Who.VILLAGER, outcome=Outcome.WITHDRAWN)
        db.session.commit()
    with clock.fixed(NOW + timedelta(hours=2)):
        second = issued(place.township, officer, seen=1, reason=" 湖东村\n一件撤回了 ")
    said, before = second.says, first.says
    assert said["correction"]["reason"] == "湖东村 一件撤回了"
    assert (said["correction"]["of"], said["correction"]["of_checksum"]) == (1, first.checksum)
    told = {tuple(one["where"]): (one["old"], one["new"]) for one in said["correction"]["changes"]}
    was = before["figures"]["month"]["counted"]
    assert told["figures", "month", "counted"] == (was, was - 1)
    assert ("figures", "month", "received") not in told
    place_was = next(one for one in before["places"] if one["key"] == place.village.code)
    assert told["places", place.village.code, "counted"] == (place_was["counted"], place_was["counted"] - 1)
    old, new = changes.numbers(before), changes.numbers(said)
    assert set(told) == {where for where in {*old, *new} if old.get(where) != new.get(where)}
    assert [one.version for one in monthly.versions(place.township.code, OCTOBER)] == [1, 2]
    assert monthly.newest(place.township.code, OCTOBER) == second
    assert first.is_intact
    assert monthly.verify(first) is None


def test_a_category_that_overtakes_another_changes_none_of_its_numbers(town: Township, officer: Person) -> None:
    first = issued(town.place.township, officer)
    behind = next(one for one in reversed(first.says["categories"]) if one["name"] in {"=路灯", "水渠"})
    [category] = [one for one in town.categories if one.name == behind["name"]]
    for _ in range(20):
        filed(town.place, category_id=category.id)
    second = issued(town.place.township, officer, seen=1, reason="补录")
    assert second.says["categories"][0]["name"] == category.name, "it was behind, and is the first"
    was, now = ({one["name"]: one for one in report.says["categories"]} for report in (first, second))
    told = {one["where"][1] for one in second.says["correction"]["changes"] if one["where"][0] == "categories"}
    assert told == {name for name in {*was, *now} if {**was.get(name, {}), "key": 0} != {**now.get(name, {}), "key": 0}}
    [counted] = [one for one in second.says["correction"]["changes"]
                 if one["where"] == ["categories", category.name, "counted"]]
    assert (counted["old"], counted["new"]) == (behind["counted"], behind["counted"] + 20)


def test_categories_of_the_same_number_stand_in_one_order_whatever_they_are_called(officer: Person, town: Township
                                                                                     ) -> None:
    first, second = town.categories
    for category, is_late in ((first, True), (second, False)):
        said = monthly.preview(town.place.township, OCTOBER)["categories"]
        wanted = 30 - next((one["counted"] for one in said if one["name"] == category.name), 0)
        for _ in range(wanted):
            filed(town.place, category_id=category.id, handling_due_at=at("2026-10-13 09:00") if is_late
                  else at("2026-12-31 09:00"))
    report = issued(town.place.township, officer)
    assert [one["counted"] for one in report.says["categories"][:2]] == [30, 30]
    db.write()
    first.name, second.name = "甲", "乙"
    db.session.commit()
    assert monthly.verify(report) is None


@pytest.mark.parametrize("reason", ["", "  \n", "长" * 201, "看\x07见"])
def test_a_correction_gives_its_reason_in_words(town: Township, officer: Person, reason: str) -> None:
    issued(town.place.township, officer)
    filed(town.place)
    with pytest.raises(Refusal, match="为什么更正"):
        monthly.issue(town.place.township, OCTOBER, officer, seen=1, reason=reason)


def test_a_correction_that_changes_nothing_is_none(town: Township, officer: Person) -> None:
    issued(town.place.township, officer)
    with pytest.raises(Refusal, match="没有一个数"):
        monthly.issue(town.place.township, OCTOBER, officer, seen=1, reason="想改")


def test_who_did_not_see_the_newest_version_issues_nothing(town: Township, officer: Person) -> None:
    issued(town.place.township, officer)
    for seen in (0, 2):
        with pytest.raises(Conflict, match="已经有人印发过"):
            monthly.issue(town.place.township, OCTOBER, officer, seen=seen, reason="一样")
        db.session.rollback()
    assert len(monthly.every()) == 1


def test_of_two_who_issue_at_once_one_does(town: Township, officer: Person) -> None:
    code, person_id, ready = town.place.township.code, officer.id, threading.Barrier(2)
    db.session.remove()
    outcomes: list[str] = []

    def issue() -> None:
        try:
            area, person = db.session.get_one(Area, code), db.session.get_one(Person, person_id)
            ready.wait(10)
            monthly.issue(area, OCTOBER, person, seen=0)
            db.session.commit()
            outcomes.append("issued")
        except Conflict:
            outcomes.append("told of the other")
        finally:
            db.session.remove()

    threads = [threading.Thread(target=issue) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["issued", "told of the other"]
    assert [one.version for one in monthly.every()] == [1]


# ---------------------------------------------------------------- who

HATS: dict[str, tuple[str, Role, bool]] = {
    "township": ("township", Role.TOWNSHIP, True),
    "county": ("county", Role.TOWNSHIP, True),
    "village": ("village", Role.VILLAGE, False),
    "guardian": ("microgrid", Role.GUARDIAN, False),
    "discipline": ("township", Role.DISCIPLINE, False),
    "auditor": ("township", Role.AUDITOR, False),
    "admin": ("township", Role.ADMIN, False),
}


@pytest.mark.parametrize("who", HATS)
@pytest.mark.parametrize("level", ["township", "village"])
def test_only_those_who_serve_the_township_issue(who: str, level: str) -> None:
    place = builders.a_township()
    area_level, role, may = HATS[who]
    person = builders.a_person(getattr(place, area_level), role)
    area: Area = getattr(place, level)
    assert access.may_issue(person, area.code) is may
    if may:
        assert monthly.issue(area, OCTOBER, person, seen=0).version == 1
    else:
        with pytest.raises(Forbidden):
            monthly.issue(area, OCTOBER, person, seen=0)


def test_neither_another_township_nor_an_own_team_issues() -> None:
    place = builders.a_township()
    there = builders.a_person(builders.an_area("330281115", "邻镇"), Role.TOWNSHIP)
    in_team = builders.a_person(place.township, Role.TOWNSHIP)
    in_team.services[0].team_id = builders.a_team(place.township).id
    db.session.commit()
    assert not access.may_issue(there, place.township.code)
    assert not access.may_issue(in_team, place.township.code)


def test_a_grid_has_no_report(officer: Person, town: Township) -> None:
    with pytest.raises(Refusal, match="县、镇、村"):
        monthly.issue(town.place.microgrid, OCTOBER, officer, seen=0)


# ---------------------------------------------------------------- recusal


def a_watched_place() -> tuple[Place, dict[str, Person]]:
    """A township whose guardian and cadre also watch over it, and others who do not."""
    place = builders.a_township()
    people = {
        "guardian": builders.a_person(place.microgrid), "cadre": builders.a_person(place.village, Role.VILLAGE),
        "township": builders.a_person(place.township, Role.TOWNSHIP),
        "discipline": builders.a_person(place.township, Role.DISCIPLINE),
        "plain guardian": builders.a_person(place.next_microgrid()),
    }
    builders.a_service(people["guardian"], place.township, Role.AUDITOR)
    builders.a_service(people["cadre"], place.county, Role.DISCIPLINE)
    return place, people


def recused(case: Case, person: Person, when: str = "2026-10-12 10:00") -> None:
    db.write()
    db.session.add(Recusal(case_id=case.id, person_id=person.id, at=at(when)))
    db.session.commit()


def about_guardian(place: Place, people: dict[str, Person]) -> Case:
    return filed(place, about=About.GUARDIAN, about_area_code=place.microgrid.code)


def about_cadre(place: Place, people: dict[str, Person]) -> Case:
    return filed(place, about=About.CADRE, about_area_code=place.village.code)


def alone(place: Place, people: dict[str, Person]) -> Case:
    return filed(place, is_for_discipline_alone=True)


def from_a_watcher(place: Place, people: dict[str, Person]) -> Case:
    case = filed(place)
    recused(case, people["discipline"])
    return case


def said_again(place: Place, people: dict[str, Person]) -> Case:
    """The household of an ordinary case had said the same before, of somebody who watches."""
    known = db.session.scalars(select(Case).order_by(Case.id)).first()
    assert known is not None
    return filed(place, "2026-09-28 09:00", household=known.household, kind=known.kind, about=About.GUARDIAN,
                 about_area_code=place.microgrid.code)


SECRETS: list[Callable[[Place, dict[str, Person]], Case]] = [
    about_guardian, about_cadre, alone, from_a_watcher, said_again,
]


@pytest.mark.parametrize("secret", SECRETS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("level", ["township", "village"])
def test_with_and_without_a_case_kept_apart_the_bytes_are_the_same(
    level: str, secret: Callable[[Place, dict[str, Person]], Case]
) -> None:
    place, people = a_watched_place()
    area: Area = getattr(place, level)
    filed(place, "2026-10-20 09:00")
    before = composing.canonical(composing.compose(area, OCTOBER, NOW))
    case = secret(place, people)
    assert composing.canonical(composing.compose(area, OCTOBER, NOW)) == before
    assert case.number not in before.decode()
    assert stats.figures(area.code, date(2026, 9, 1), OCTOBER.to_on)[0].received == 2, "it is real elsewhere"


def test_every_report_says_in_the_same_words_that_such_matters_are_told_elsewhere() -> None:
    place, people = a_watched_place()
    empty = monthly.preview(place.township, OCTOBER)["notes"]
    about_guardian(place, people)
    assert composing.APART in empty
    assert monthly.preview(place.township, OCTOBER)["notes"] == empty


def test_what_is_kept_from_a_guardian_who_watches_nothing_is_counted_and_never_named() -> None:
    place, people = a_watched_place()
    case = filed(place)
    recused(case, people["plain guardian"])
    said = monthly.preview(place.township, OCTOBER)
    assert (said["figures"]["month"]["received"], said["standing"]["open"], said["slowest"]) == (1, 1, [])


def test_a_case_recused_later_is_in_what_was_issued_before_and_verifies() -> None:
    place, people = a_watched_place()
    case = filed(place)
    report = issued(place.township, people["township"])
    assert report.says["slowest"][0]["key"] == case.number
    with clock.fixed(NOW + timedelta(hours=1)):
        recused(case, people["discipline"], "2026-11-19 10:30")
        assert monthly.verify(report) is None
        assert monthly.preview(place.township, OCTOBER)["figures"]["month"]["received"] == 0


def test_who_no_longer_watches_keeps_nothing_apart() -> None:
    place, people = a_watched_place()
    about_guardian(place, people)
    for service in people["guardian"].services:
        if service.role is Role.AUDITOR:
            service.to_on = date(2026, 11, 1)
    db.session.commit()
    assert composing.compose(place.township, OCTOBER, NOW)["figures"]["month"]["received"] == 1
    assert composing.compose(place.township, OCTOBER, at("2026-11-01 12:00"))["figures"]["month"]["received"] == 0


# ---------------------------------------------------------------- worked out again


@pytest.mark.parametrize("by", [[], ["area"], ["kind"]], ids=str)
def test_the_printed_command_gives_the_same_numbers(
    environment: Config, town: Township, officer: Person, by: list[str]
) -> None:
    filed(town.place, is_for_discipline_alone=True)
    said = issued(town.place.township, officer).says
    window = ["--from", said["from"], "--to", said["to"], "--as-at", said["as_at"], "--as-reported"]
    asked = ["--by", by[0]] if by else []
    result = run("stats", "--area", said["area"]["code"], *window, *asked, "--format", "json")
    rows = {row["key"]: row for row in json.loads(result.stdout)["rows"]}

    def parts(value: Any) -> Any:
        return {"n": value["n"], "of": value["of"]} if isinstance(value, dict) and "rate" in value else value

    if not by:
        told = {key: parts(value) for key, value in rows["all"].items() if key != "key"}
        assert told == said["figures"]["month"]
        return
    figures = {"counted", "received", "response_on_time", "handling_on_time", "resolution", "unconfirmed"}
    for one in said["places" if by == ["area"] else "kinds"]:
        for key in figures & set(one):
            assert parts(rows[one["key"]][key]) == one[key]


def test_how_it_stood_is_how_it_stands_for_whoever_looks_at_that_instant(town: Township) -> None:
    now, stood = stats.open_now(town.place.township.code), standing.read(town.place.township.code, NOW)
    for code in (town.place.township.code, town.place.village.code):
        inside = now.inside(code)
        assert (stood.open(code), stood.overdue(code), stood.awaiting_her_word(code)) == (
            inside.open, inside.overdue, inside.awaiting_her_word,
        )
    assert stood.open(town.place.township.code) > stood.overdue(town.place.township.code) > 0
    assert stood.awaiting_her_word(town.place.township.code) > 0
    places = monthly.preview(town.place.township, OCTOBER)["places"]
    assert sum(one["open"] for one in places) == stood.open(town.place.township.code)


def test_how_it_stood_is_told_the_same_after_everything_was_closed(town: Township) -> None:
    code = town.place.township.code

    def told() -> tuple[int, int, int, list[str]]:
        stood = standing.read(code, NOW)
        return (stood.open(code), stood.overdue(code), stood.awaiting_her_word(code),
                [one.number for one in stood.slowest])

    before = told()
    with clock.fixed(NOW + timedelta(days=40)):
        for case in db.session.scalars(select(Case).where(Case.closed_at.is_(None))).all():
            if workflow.is_possible(case, Action.WITHDRAW):
                db.write()
                workflow.record(case, Action.WITHDRAW, Who.VILLAGER)
        db.session.commit()
        assert told() == before
    assert before[0] > 0


def tampered(report: MonthlyReport, old: bytes, new: bytes, *, with_checksum: bool) -> MonthlyReport:
    """Somebody with the database in hand changes the row behind the program's back."""
    content = report.content.replace(old, new)
    assert content != report.content
    values: dict[str, Any] = {"content": content}
    if with_checksum:
        values["checksum"] = hashlib.sha256(content).hexdigest()
    db.write()
    db.session.execute(update(MonthlyReport.__table__).values(values))  # type: ignore[arg-type]
    db.session.commit()
    db.session.expire_all()
    [found] = monthly.every()
    return found


def test_a_changed_byte_is_found_on_every_reading(town: Township, officer: Person) -> None:
    report = tampered(issued(town.place.township, officer), '"陈镇"'.encode(), '"张镇"'.encode(), with_checksum=False)
    assert not report.is_intact
    difference = monthly.verify(report)
    assert difference is not None
    assert difference.where == "checksum"


def test_a_changed_number_under_a_new_checksum_is_found_by_working_it_out_again(
    town: Township, officer: Person
) -> None:
    report = issued(town.place.township, officer)
    was = report.says["figures"]["month"]["received"]
    report = tampered(report, f'"received":{was},'.encode(), f'"received":{was + 3},'.encode(), with_checksum=True)
    assert report.is_intact
    assert monthly.verify(report) == ("figures month received", str(was + 3), str(was))


def test_a_renamed_place_or_category_is_no_difference(town: Township, officer: Person) -> None:
    report = issued(town.place.township, officer)
    db.write()
    for one in town.categories:
        one.name = f"新{one.name}"
    town.place.village.name = "新村"
    db.session.commit()
    assert monthly.verify(report) is None


def test_commands_list_print_and_verify(environment: Config, town: Township, officer: Person) -> None:
    report = issued(town.place.township, officer)
    content, checksum = report.content, report.checksum
    listed = run("monthly", "list")
    assert f"330281114 2026-10 version 1  issued 2026-11-19T10:00+08:00  {checksum}" in listed.output
    assert run("monthly", "show", "--area", "330281114", "--month", "2026-10").stdout_bytes == content
    assert "1 reports say what was issued" in run("monthly", "verify").output
    assert run("monthly", "show", "--area", "330281114", "--month", "2026-09").exit_code == 1
    assert run("monthly", "list", "--month", "2026-13").exit_code == 2
    installation.open_with(environment)
    tampered(monthly.every()[0], '"陈镇"'.encode(), '"张镇"'.encode(), with_checksum=False)
    broken = run("monthly", "verify")
    assert broken.exit_code == 1
    assert "330281114 2026-10 version 1: checksum" in broken.output
    assert "BROKEN" in run("monthly", "list").output


# ---------------------------------------------------------------- months


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "202610", "2026-1", "1826-10", "２０２６-10", "2026-10-01", ""])
def test_what_is_no_month_is_missing(text: str) -> None:
    with pytest.raises(Missing):
        Month.read(text)


def test_months_count_over_years() -> None:
    assert str(Month(2026, 1).earlier(1)) == "2025-12"
    assert str(OCTOBER.earlier(12)) == "2025-10"
    assert (Month(2028, 2).to_on, OCTOBER.from_on) == (date(2028, 2, 29), date(2026, 10, 1))


# ---------------------------------------------------------------- pages and paper


def the_place() -> Place:
    """The township as stored now: a request ends the session that an earlier one belongs to."""
    return Place(**{level: db.session.get_one(Area, code) for level, code in builders.CODES.items()})


def test_issuing_and_correcting_by_the_page(app: Flask, town: Township, officer: Person) -> None:
    browser = staff.signed_in(app, officer)
    preview = browser.get(ADDRESS, status=200)
    assert "还没有印发" in page_of(preview).text
    token = page_of(preview).forms[-1].fields["csrf_token"][0]
    assert browser.post(ADDRESS, data={"csrf_token": token, "seen": "0"}).location == f"{ADDRESS}/1"
    filed(the_place())
    first = browser.get(f"{ADDRESS}/1", status=200)
    token = page_of(first).forms[-1].fields["csrf_token"][0]
    assert browser.post(ADDRESS, data={"csrf_token": token, "seen": "0"}).status_code == 409
    answer = browser.post(ADDRESS, data={"csrf_token": token, "seen": "1", "reason": "补录一件"})
    assert answer.location == f"{ADDRESS}/2"
    second = page_of(browser.get(ADDRESS, status=200)).text
    assert "补录一件" in second
    assert "湖东村 · 计件" in second
    assert "以第 2 版为准" in page_of(browser.get(f"{ADDRESS}/1", status=200)).text
    listed = page_of(browser.get("/t/reports", status=200)).text
    assert "第 1 版" in listed
    assert "第 2 版" in listed


def test_the_bytes_that_are_saved_are_those_of_the_checksum(app: Flask, town: Township, officer: Person) -> None:
    checksum = issued(town.place.township, officer).checksum
    browser = staff.signed_in(app, officer)
    saved = browser.get(f"{ADDRESS}/1.json", status=200)
    assert hashlib.sha256(saved.data).hexdigest() == checksum
    assert checksum in page_of(browser.get(f"{ADDRESS}/1", status=200)).text
    assert browser.get(f"{ADDRESS}/1.docx").status_code == 404
    assert browser.get(f"{ADDRESS}/2.json").status_code == 404


def test_a_broken_report_is_shown_as_broken_and_not_hidden(app: Flask, town: Township, officer: Person) -> None:
    tampered(issued(town.place.township, officer), b'"version":1', b'"version":<script>', with_checksum=False)
    browser = staff.signed_in(app, officer)
    page = browser.get(f"{ADDRESS}/1", status=200)
    assert "这一版坏了" in page_of(page).text
    assert "&lt;script&gt;" in page.get_data(as_text=True)
    assert "坏了" in page_of(browser.get("/t/reports", status=200)).text
    assert browser.get(f"{ADDRESS}/1.pdf").status_code == 400


@pytest.mark.parametrize("path", ["/t/reports/330281114201001/2026-10", "/t/reports/330281114/2026-13",
                                  "/t/reports/330281114/2027-01", "/t/reports/330281/2026-10", "/t/reports/x/2026-10"])
def test_what_is_no_report_of_hers_is_missing(app: Flask, town: Township, officer: Person, path: str) -> None:
    staff.signed_in(app, officer).get(path, status=404)


def a_printed_report(app: Flask, area: Area, by: Person) -> bytes:
    address = f"/t/reports/{area.code}/2026-10/1.pdf"
    issued(area, by)
    return bytes(staff.signed_in(app, by).get(address, status=200).data)


def pages(data: bytes) -> list[str]:
    with pypdfium2.PdfDocument(data) as document:
        texts = []
        for number in range(len(document)):
            page = document[number]
            text = page.get_textpage()
            texts.append(text.get_text_range())
            text.close()
            page.close()
        return texts


@pytest.mark.fonts
@pytest.mark.pdf
@pytest.mark.parametrize(("level", "below"), [("township", 18), ("county", 20), ("village", 1)])
def test_the_printed_report_is_two_pages(app: Flask, level: str, below: int) -> None:
    place = builders.a_township()
    county = builders.a_person(place.county, Role.TOWNSHIP)
    if level == "county":
        for n in range(below - 1):
            builders.an_area(f"330281{n + 201}", f"镇{n}")
    places = [place] + [place.next_village() for _ in range(below - 1 if level == "township" else 0)]
    for where in places:
        for day in range(1, 8):
            filed(where, f"2026-10-{day:02d} 09:00", kind=list(Kind)[day % 4])
    data = a_printed_report(app, getattr(place, level), county)
    texts = pages(data)
    assert len(texts) == 2
    assert f"受理 {7 * len(places)} 件" in texts[0]
    assert "hulianma stats --area" in texts[1]


@pytest.mark.fonts
@pytest.mark.pdf
def test_the_same_report_gives_the_same_pdf(app: Flask, town: Township, officer: Person) -> None:
    first = a_printed_report(app, town.place.township, officer)
    again = staff.signed_in(app, officer).get(f"{ADDRESS}/1.pdf", status=200).data
    assert first == again


@pytest.mark.fonts
@pytest.mark.pdf
def test_who_presses_again_and_again_gets_the_page_that_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made = paper.pdf("<p>一</p>")
    monkeypatch.setattr(paper, "_turn", Turn(0.05, "忙"))
    with paper._turn.taken():
        assert paper.pdf("<p>一</p>") == made
        with pytest.raises(Busy, match="忙"):
            paper.pdf("<p>二</p>")
    assert pages(paper.pdf("<p>二</p>")) == ["二"]


def test_one_report_at_a_time_is_worked_out(town: Township, officer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composing, "_turn", Turn(0.05, "忙"))
    with composing._turn.taken(), pytest.raises(Busy, match="忙"):
        issued(town.place.township, officer)
    assert issued(town.place.township, officer).version == 1


@pytest.mark.fonts
@pytest.mark.pdf
def test_a_printed_page_fetches_nothing(tmp_path: Path) -> None:
    hiding = tmp_path / "hiding.css"
    hiding.write_text("p { display: none }")
    html = f'<link rel="stylesheet" href="{hiding.as_uri()}"><p>看得见</p><img src="{hiding.as_uri()}">'
    assert "看得见" in pages(paper.pdf(html))[0]


def test_a_changed_length_of_time_never_reads_as_unchanged(app: Flask) -> None:
    where = ["figures", "month", "handling_seconds", "median"]
    with app.test_request_context():
        assert telling.old_and_new({"where": where, "old": 380_160, "new": 382_000}) == "6336.00 分钟 → 6366.67 分钟"
        assert telling.old_and_new({"where": where, "old": 380_160, "new": 389_000}) == "4.4 天 → 4.5 天"
        assert telling.old_and_new({"where": where, "old": None, "new": 389_000}) == "— → 4.5 天"
        assert telling.old_and_new({"where": ["figures", "month", "received"], "old": 0, "new": None}) == "0 → —"
