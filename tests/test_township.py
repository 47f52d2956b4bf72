"""镇街: the township's pages: the same numbers as the figures, each a way into its cases; who may look and act."""

import csv
import io
import re
from datetime import date, datetime
from html import unescape
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from feedback import access, clock, clocks, contents, db, stats
from feedback.models.cases import Case
from feedback.models.contents import Audience
from feedback.models.kinds import About, Kind
from feedback.models.people import Person, Role
from feedback.models.places import Area
from feedback.models.records import StaffAct, StaffEvent
from feedback.stats import By
from tests import builders, lives, staff
from tests.visitor import Visitor, page_of

TOWNSHIP = builders.CODES["township"]
COUNT = re.compile(r'<a class="count" href="([^"]+)">(\d+)</a>')
RUNG = re.compile(r'<a class="count" href="([^"]+rung=[^"]+)">(\d+)</a>')
YEAR = {"from": "2026-05-01", "to": "2026-11-19"}


class Office:
    """The township's office over a year of cases: a leader, an officer, discipline, auditor and administrator."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        town = lives.Township(7)
        self.place, self.people = town.place, town.people
        self.leader = builders.a_person(self.place.township, Role.TOWNSHIP, is_leader=True, name="陈书记")
        self.officer = builders.a_person(self.place.township, Role.TOWNSHIP)
        self.discipline = builders.a_person(self.place.township, Role.DISCIPLINE)
        self.auditor = builders.a_person(self.place.township, Role.AUDITOR)
        self.admin = builders.a_person(self.place.township, Role.ADMIN)
        self.village = builders.a_person(self.place.village, Role.VILLAGE)
        town.live(60)
        db.session.commit()

    def visitor(self, person: Person) -> Visitor:
        return staff.signed_in(self.app, person)


@pytest.fixture
def office(app: Flask, now: datetime) -> Office:
    return Office(app)


def stated(html: str) -> int:
    """How many cases a list says it has."""
    heading = re.search(r"<h1>(.*?)</h1>", html, re.DOTALL)
    assert heading
    return int(re.findall(r"(\d+) 件", heading[1])[-1])


def listed(visitor: Visitor, address: str) -> list[str]:
    """The numbers of every case of a list, page after page."""
    found: list[str] = []
    while address:
        html = visitor.get(address, status=200).get_data(as_text=True)
        found += re.findall(r'<th scope="row"><a href="/g/cases/([0-9a-z]+)"', html)
        further = re.search(r'href="([^"]+)" rel="next"', html)
        address = unescape(further[1]) if further else ""
    return found


def without_nonces(html: str) -> str:
    html = re.sub(r'nonce="[^"]+"', "", html)
    return re.sub(r'name="csrf_token" value="[^"]+"', "", html)


# ---------------------------------------------------------------- numbers


def test_the_overview_says_the_very_numbers_of_the_figures(office: Office) -> None:
    page = page_of(office.visitor(office.leader).get("/t/", query_string=YEAR, status=200, title="梁弄镇")).text
    row = stats.figures(TOWNSHIP, date(2026, 5, 1), date(2026, 11, 19), viewer=staff.again(office.leader))[0]
    for key in ("response_on_time", "handling_on_time", "resolution"):
        share = row.rates[key]
        assert share.rate is not None
        assert f"{share.rate * 100:.1f}" in page
        assert re.search(rf"\b{share.n} / {share.of} 件", page), key
    assert f"受理 {row.received} 件" in page
    assert f"计 {row.counted} 件" in page


def test_every_number_of_the_overview_opens_as_many_cases_as_it_says(office: Office) -> None:
    visitor = office.visitor(office.leader)
    html = visitor.get("/t/", query_string=YEAR).get_data(as_text=True)
    links = {(unescape(address), int(n)) for address, n in COUNT.findall(html)}
    assert len(links) > 40
    for address, n in sorted(links)[::3]:
        assert stated(visitor.get(address, status=200).get_data(as_text=True)) == n, address


def test_what_is_booked_in_the_township_itself_opens_as_those_cases_alone(office: Office) -> None:
    visitor = office.visitor(office.leader)
    for case in db.session.scalars(select(Case).where(Case.next_due_at.is_not(None)).limit(2)):
        case.area_code = TOWNSHIP
    db.session.commit()
    html = visitor.get("/t/", query_string=YEAR).get_data(as_text=True)
    links = re.findall(rf'href="([^"]*now=(?:open|overdue)[^"]*place={TOWNSHIP})">\w+ (\d+)</a>', html)
    assert len(links) == 1
    address, n = unescape(links[0][0]), int(links[0][1])
    assert stated(visitor.get(address, status=200).get_data(as_text=True)) == n
    numbers = listed(visitor, address)
    assert set(db.session.scalars(select(Case.area_code).where(Case.number.in_(numbers)))) == {TOWNSHIP}


@pytest.mark.parametrize("by", list(By))
def test_every_number_of_a_grouped_table_opens_as_many_cases_as_it_says(office: Office, by: By) -> None:
    visitor = office.visitor(office.leader)
    html = visitor.get("/t/figures", query_string={**YEAR, "by": by.value}, status=200).get_data(as_text=True)
    links = sorted({(unescape(address), int(n)) for address, n in COUNT.findall(html)})
    assert len(links) > 20
    for address, n in links[:: max(1, len(links) // 12)]:
        assert stated(visitor.get(address, status=200).get_data(as_text=True)) == n, address


def test_a_list_goes_on_page_by_page_with_each_case_once(office: Office) -> None:
    visitor = office.visitor(office.leader)
    numbers = listed(visitor, f"/t/cases?figure=received&area={TOWNSHIP}&from=2026-05-01&to=2026-11-19")
    stored = set(db.session.scalars(select(Case.number).where(Case.filed_at >= clock.start_of(date(2026, 5, 1)))))
    assert len(numbers) == len(set(numbers)) > 30
    assert set(numbers) == stored


@pytest.mark.parametrize("which", ["open", "due_today", "overdue", "supervised", "waiting"])
def test_the_numbers_of_this_moment_are_those_of_their_lists(office: Office, which: str) -> None:
    visitor = office.visitor(office.leader)
    standing = stats.open_now(TOWNSHIP, viewer=staff.again(office.leader)).total
    n = {"waiting": standing.awaiting_her_word}.get(which, getattr(standing, which, None))
    html = visitor.get("/t/").get_data(as_text=True)
    assert f"now={which}&amp;area={TOWNSHIP}&amp;from=" in html
    assert stated(visitor.get(f"/t/cases?now={which}").get_data(as_text=True)) == n
    assert len(listed(visitor, f"/t/cases?now={which}")) == n


def test_the_lists_keep_their_filters_in_the_address(office: Office) -> None:
    visitor = office.visitor(office.leader)
    numbers = listed(visitor, f"/t/cases?now=open&kind=help&place={builders.CODES['village']}")
    assert numbers
    for number in numbers:
        case = db.session.scalars(select(Case).where(Case.number == number)).one()
        assert case.kind is Kind.HELP
        assert case.area_code.startswith(builders.CODES["village"])


def test_a_list_keeps_its_filters_through_its_pages_its_form_and_its_other_lists(office: Office) -> None:
    visitor = office.visitor(office.leader)
    village = builders.CODES["village"]
    kept = {"now": "open", "kind": "help", "place": village, "rung": "response_0", "from": "2026-10-01"}
    page = page_of(visitor.get("/t/cases", query_string=kept, status=200))
    (form,) = [form for form in page.forms if form.method == "get" and form.action == "/t/cases"]
    assert kept.items() <= {name: values[0] for name, values in form.fields.items()}.items()
    supervised = next(link for link in page.links if "now=supervised" in link)
    assert {"kind=help", f"place={village}", "from=2026-10-01"} <= set(supervised.partition("?")[2].split("&"))
    without_kind = next(link for link in page.links if "rung=response_0" in link and "kind=" not in link)
    assert f"place={village}" in without_kind
    overview = next(link for link in page.links if link.startswith("/t/?area"))
    assert "from=2026-10-01" in overview


def test_every_rung_opens_the_cases_that_stand_on_it(office: Office) -> None:
    db.write()
    for place, case in enumerate(db.session.scalars(select(Case).where(Case.next_due_at.is_not(None)))):
        case.response_rung, case.handling_rung = place % 5, (place + 2) % 5
    db.session.commit()
    visitor = office.visitor(office.officer)
    links = RUNG.findall(visitor.get("/t/", query_string=YEAR).get_data(as_text=True))
    assert len(links) > 5
    for address, n in links:
        assert stated(visitor.get(unescape(address), status=200).get_data(as_text=True)) == int(n), address
    standing = stats.open_now(TOWNSHIP, viewer=staff.again(office.officer)).total
    assert sum(int(n) for _, n in links) == standing.open


def test_a_county_is_shown_without_what_only_townships_see(office: Office) -> None:
    head = builders.a_person(office.place.county, Role.TOWNSHIP, is_leader=True)
    db.session.commit()
    html = office.visitor(head).get("/t/", query_string=YEAR, status=200).get_data(as_text=True)
    assert "到镇街一级看" in html
    assert "rung=" not in html
    assert 'class="handlers' not in html
    below = office.visitor(head).get("/t/", query_string={**YEAR, "area": TOWNSHIP}).get_data(as_text=True)
    assert "rung=" in below
    assert 'class="handlers' in below


@pytest.mark.parametrize("against", ["", "year"])
def test_the_table_of_figures_says_by_how_much_a_rate_has_changed(office: Office, against: str) -> None:
    visitor = office.visitor(office.leader)
    days = {"from": "2026-08-15", "to": "2026-11-19", "by": "kind", "against": against}
    html = visitor.get("/t/figures", query_string=days, status=200).get_data(as_text=True)
    now = stats.figures(TOWNSHIP, date(2026, 8, 15), date(2026, 11, 19), viewer=staff.again(office.leader))[0]
    before = stats.figures(TOWNSHIP, date(2026, 5, 10), date(2026, 8, 14), viewer=staff.again(office.leader))[0]
    points = now.rates["handling_on_time"].points_above(before.rates["handling_on_time"])
    assert points is not None
    if against:  # there was nothing a year before
        assert "去年同期" in html
        assert 'class="change"' not in html
    else:
        assert f'<small class="change">{points:+.1f}</small>' in html.partition("<tfoot>")[2]


def test_a_day_that_is_none_is_refused_with_a_sentence(office: Office) -> None:
    page = office.visitor(office.leader).get("/t/?from=2026-13-01", status=400)
    assert "日期写成 2026-10-01 这样" in page_of(page).text
    office.visitor(office.leader).get("/t/?from=2026-10-05&to=2026-10-01", status=400)


@pytest.mark.parametrize("address", ["/t/", "/t/figures?by=kind", "/t/cases?now=open", "/t/visits"])
def test_the_pages_speak_english_too(office: Office, address: str) -> None:
    visitor = office.visitor(office.leader)
    visitor.get("/t/?lang=en")
    assert page_of(visitor.get(address, status=200)).language == "en"


# ---------------------------------------------------------------- who may


@pytest.mark.parametrize("address", ["/t/", "/t/cases", "/t/figures", "/t/visits", "/t/audit/staff"])
def test_guardian_village_and_administrator_do_not_enter(office: Office, address: str) -> None:
    for person in (office.people[0], office.village, office.admin):
        office.visitor(person).get(address, status=403)


def test_only_the_auditor_reads_the_records(office: Office) -> None:
    for address in ("/t/audit/staff", "/t/audit/cases"):
        office.visitor(office.auditor).get(address, status=200)
        office.visitor(office.leader).get(address, status=403)
        office.visitor(office.discipline).get(address, status=403)


def test_another_township_is_not_there(office: Office) -> None:
    visitor = office.visitor(office.leader)
    for address in ("/t/?area=330281115", "/t/cases?area=330281", "/t/figures?area=33"):
        visitor.get(address, status=404)


def test_the_discipline_list_is_there_for_the_discipline_office_alone(office: Office) -> None:
    office.visitor(office.discipline).get("/t/cases?now=discipline", status=200)
    for person in (office.leader, office.auditor):
        office.visitor(person).get("/t/cases?now=discipline", status=404)


def test_words_stand_only_before_those_who_may_read_them(office: Office) -> None:
    db.write()
    case = db.session.scalars(select(Case).where(Case.next_due_at.is_not(None)).order_by(Case.filed_at)).first()
    assert case
    contents.new_key(case)
    contents.add_words(case, "井边的灯坏了三天", n=1, audience=Audience.HER)
    db.session.commit()
    for address in ("/t/", "/t/cases?now=open"):
        for person, reads in ((office.leader, True), (office.discipline, False), (office.auditor, False)):
            html = office.visitor(person).get(address, status=200).get_data(as_text=True)
            assert ("井边的灯坏了三天" in html) is reads, (address, person.username)


def test_figures_by_handler_are_for_leaders(office: Office) -> None:
    number = staff.again(office.people[0]).staff_number
    leader, officer = office.visitor(office.leader), office.visitor(office.officer)
    assert "by=handler" in leader.get("/t/figures").get_data(as_text=True)
    assert "by=handler" not in officer.get("/t/figures").get_data(as_text=True)
    leader.get(f"/t/cases?figure=counted&handler={number}", status=200)
    officer.get(f"/t/cases?figure=counted&handler={number}", status=404)
    assert "handler=" not in officer.get("/t/figures?by=handler").get_data(as_text=True).split("<table")[1]
    leader.submit(leader.get("/t/figures?by=handler"), to="/t/export/figures.csv", status=200)
    token = re.search(r'name="csrf_token" value="([^"]+)"', officer.get("/t/figures").get_data(as_text=True))
    assert token
    officer.post("/t/export/figures.csv?by=handler", data={"csrf_token": token[1]}, status=404)


def test_handlers_stand_before_leaders_alone_by_load_and_each_number_opens(office: Office) -> None:
    leader, officer = office.visitor(office.leader), office.visitor(office.officer)
    assert "handlers" not in page_of(officer.get("/t/", query_string=YEAR)).text
    assert 'class="handlers' not in officer.get("/t/", query_string=YEAR).get_data(as_text=True)
    officer.get("/t/cases?now=open&handler=-", status=404)
    html = leader.get("/t/", query_string=YEAR).get_data(as_text=True)
    section = html.partition('class="handlers')[2].partition("</section>")[0]
    assert "不等于办得差" in section
    assert "不是名次" in html
    in_hand = [int(n) for n in re.findall(r'now=open[^"]*handler=[^"]*">(\d+)</a>', section)]
    assert in_hand == sorted(in_hand, reverse=True)
    links = COUNT.findall(section)
    assert len(links) > 15
    for address, n in links[::2]:
        assert stated(leader.get(unescape(address), status=200).get_data(as_text=True)) == int(n), address
    unowned = re.search(r'href="([^"]*handler=-[^"]*)">[^<]*?(\d+) 件', section)
    assert unowned
    assert stated(leader.get(unescape(unowned[1])).get_data(as_text=True)) == int(unowned[2]) > 0


def test_pages_and_files_of_one_who_is_shut_out_are_the_same_with_and_without_the_case(office: Office) -> None:
    cadre = office.people[-3]  # a village officer, who is made a township officer too
    microgrid, village = office.place.microgrid.code, office.place.village.code
    builders.a_service(staff.again(cadre), office.place.township, Role.TOWNSHIP, is_leader=True)
    db.session.commit()
    visitor = office.visitor(cadre)
    assert 'class="handlers' in visitor.get("/t/").get_data(as_text=True)
    addresses = ["/t/", "/t/figures?by=handler", "/t/cases?now=open&handler=-", "/t/cases?now=open&rung=response_0",
                 "/t/figures?by=area", "/t/figures?by=team", "/t/cases?now=open", "/t/cases?figure=received"]

    def all_of_it() -> list[Any]:
        pages = [without_nonces(visitor.get(address, status=200).get_data(as_text=True)) for address in addresses]
        file = visitor.submit(visitor.get("/t/"), to="/t/export/cases.csv").get_data(as_text=True)
        return [*pages, sorted(row["case"] for row in csv.DictReader(io.StringIO(file.lstrip("\ufeff"))))]

    before = all_of_it()
    db.write()
    household = builders.a_household(db.session.get_one(Area, microgrid))
    case = builders.a_case(household, about=About.CADRE, about_area_code=village, area_code=TOWNSHIP)
    db.session.commit()
    assert access.is_shut_out(staff.again(cadre), case)
    assert case.number in listed(office.visitor(office.leader), "/t/cases?now=open")
    assert all_of_it() == before


# ---------------------------------------------------------------- acts


def an_open_case() -> Case:
    """The first case of the list, with a key for words."""
    db.write()
    query = select(Case).where(Case.status.in_(clocks.OPEN)).order_by(Case.next_due_at, Case.id)
    case = db.session.scalars(query).first() or pytest.fail("no open case")
    contents.new_key(case)
    db.session.commit()
    return case


@pytest.mark.parametrize("who", ["officer", "discipline"])
def test_a_case_is_supervised_from_the_list_and_the_list_comes_back(office: Office, who: str) -> None:
    number, visitor = an_open_case().number, office.visitor(getattr(office, who))
    seen = visitor.get("/t/cases?now=open")
    answer = visitor.submit(seen, to=f"/t/cases/{number}/supervise", words="拖得太久", status=303)
    assert answer.location == "/t/cases?now=open"
    assert number in listed(visitor, "/t/cases?now=supervised")
    seen = visitor.get("/t/cases?now=supervised")
    visitor.submit(seen, to=f"/t/cases/{number}/end-supervision", status=303)
    assert number not in listed(visitor, "/t/cases?now=supervised")


def test_supervising_needs_a_word_for_those_who_handle_it(office: Office) -> None:
    number, visitor = an_open_case().number, office.visitor(office.officer)
    page = visitor.submit(visitor.get("/t/cases?now=open"), to=f"/t/cases/{number}/supervise", words=" ", status=400)
    assert "为什么督办" in page_of(page).text


def test_the_auditor_changes_nothing(office: Office) -> None:
    number, visitor = an_open_case().number, office.visitor(office.auditor)
    html = visitor.get("/t/cases?now=open").get_data(as_text=True)
    assert "督办中" in html
    assert f"/t/cases/{number}/supervise" not in html
    token = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert token
    visitor.post(f"/t/cases/{number}/supervise", data={"csrf_token": token[1], "words": "试"}, status=403)


def test_no_page_is_left_for_another_site_after_an_act(office: Office) -> None:
    number, visitor = an_open_case().number, office.visitor(office.officer)
    seen = visitor.get("/t/cases?now=open")
    answer = visitor.submit(seen, to=f"/t/cases/{number}/supervise", words="拖", back="https://example.com/")
    assert answer.location == f"/g/cases/{number}"


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("what", ["figures", "cases", "events"])
def test_files_open_as_text_without_a_formula_and_leave_a_staff_event(office: Office, what: str) -> None:
    visitor = office.visitor(office.leader)
    seen = visitor.get("/t/figures", query_string={**YEAR, "by": "category"})
    rows = csv.DictReader(io.StringIO(visitor.submit(seen, to=f"{what}.csv").get_data().decode("utf-8-sig")))
    sheet = load_workbook(io.BytesIO(visitor.submit(seen, to=f"{what}.xlsx").get_data())).active
    assert sheet is not None
    cells = [cell for line in sheet.iter_rows() for cell in line]
    assert all(cell.data_type != "f" for cell in cells)
    assert len(list(rows)) == sheet.max_row - 1 > 0
    if what != "figures":
        column = [cell.value for cell in sheet[1]].index("area")
        assert {cell.data_type for cell in list(sheet.columns)[column][1:]} == {"s"}
    events = db.session.scalars(select(StaffEvent).where(StaffEvent.act == StaffAct.EXPORT)).all()
    assert [event.subject.rpartition(".")[2] for event in events] == ["csv", "xlsx"]
    assert {event.facts["rows"] for event in events} == {sheet.max_row - 1}


def test_a_link_alone_exports_nothing(office: Office) -> None:
    office.visitor(office.leader).get("/t/export/cases.csv", status=405)


def test_the_figures_file_says_the_same_as_the_page(office: Office) -> None:
    visitor = office.visitor(office.leader)
    seen = visitor.get("/t/figures", query_string={**YEAR, "by": "kind"})
    rows = list(csv.DictReader(io.StringIO(visitor.submit(seen, to="figures.csv").get_data().decode("utf-8-sig"))))
    shown = re.findall(r'figure=counted&amp;part=of[^"]*kind=(\w+)">(\d+)</a>', seen.get_data(as_text=True))
    assert {(row["kind"], row["counted"]) for row in rows} == set(shown)


def test_a_file_of_figures_by_area_says_what_each_place_is_called(office: Office) -> None:
    visitor = office.visitor(office.leader)
    seen = visitor.get("/t/figures", query_string={**YEAR, "by": "area"})
    rows = list(csv.DictReader(io.StringIO(visitor.submit(seen, to="figures.csv").get_data().decode("utf-8-sig"))))
    assert len(rows) > 1
    for row in rows:
        place = db.session.get(Area, row["area"])
        assert place
        assert row["area_name"] == place.name


@pytest.mark.parametrize("address", [
    "/t/?from=0001-01-01&to=0001-01-02", "/t/?from=9999-12-30&to=9999-12-31", "/t/cases?now=open&place=abc",
    "/t/cases?figure=received&after=" + "9" * 5000, "/t/cases?now=open&after=99999999999-1",
    "/t/cases?now=open&category=%00", "/t/cases?now=open&team=%00", "/g/?after=999999999999-1", "/g/find?q=%00",
    "/g/cases/%00", "/g/cases/1/photos/" + "9" * 30, "/t/?area=%00",
])
def test_an_address_nobody_of_ours_wrote_is_no_fault(office: Office, address: str) -> None:
    assert office.visitor(office.leader).get(address).status_code < 500
