"""门禁: every address beside every kind of visitor, in one table; an address that is not in it fails.

The case in question was filed at a door of 湖东村, is about nobody, and waits in the queue of its micro-grid. Forms
are sent empty, with this browser's token: who may send them is asked before what is in them.
"""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from feedback import clock, contents, db, intake, monthly, receipts, routing, worklist
from feedback.administration import clients
from feedback.codes import runs
from feedback.identity import devices
from feedback.models.cases import Case
from feedback.models.clients import Reads
from feedback.models.contents import Audience
from feedback.models.people import Absence, Person, Role, SignIn
from feedback.models.rules import Category
from feedback.sheets import Format, Layout
from feedback.web.auth import guard
from tests import builders, staff
from tests.visitor import Visitor, page_of

VISITORS = ("anonymous", "her guardian", "guardian elsewhere", "village", "other village", "township",
            "other township", "own team", "discipline", "auditor", "admin")
"""The columns of the table, in order."""

CELLS = {
    ".": "lets in: the page, or what the form leads to",
    "s": "sign in first; where machines ask, show a token",
    "x": "not for this role (403)",
    "?": "there is no such thing for this person (404)",
    "~": "not in this status (409)",
}

TABLE = """
GET  /                                                      ...........
GET  /D/<name>.txt                                          ???????????
GET  /D/<token>                                             ...........
POST /D/<token>                                             ...........
GET  /V/<village_code>                                      ...........
GET  /account/                                              s..........
POST /account/devices/<int:device>/end                      s.?????????
GET  /account/notices                                       s..........
GET  /account/notices/<via>                                 s..........
POST /account/notices/<via>                                 s..........
POST /account/notices/<via>/remove                          s..........
POST /account/notices/<via>/try                             s??????????
GET  /account/password                                      s..........
POST /account/password                                      s..........
GET  /account/proof                                         s..........
POST /account/proof                                         s..........
GET  /account/second-factor                                 s..........
POST /account/second-factor                                 s..........
GET  /admin/                                                sxxxx..?xx.
GET  /admin/alerts                                          sxxxx..?xx.
GET  /admin/alerts/<rule_key>                               sxxxx..?xx.
POST /admin/alerts/<rule_key>                               sxxxx..?xx.
GET  /admin/categories                                      sxxxx..?xx.
POST /admin/categories                                      sxxxx..?xx.
GET  /admin/categories/<int:category_id>                    sxxxx.xxxx.
POST /admin/categories/<int:category_id>                    sxxxx.xxxx.
GET  /admin/clients                                         sxxxxxxxxx.
POST /admin/clients                                         sxxxxxxxxx.
POST /admin/clients/<int:client_id>/name                    sxxxxxxxxx.
POST /admin/clients/<int:client_id>/revoke                  sxxxxxxxxx.
GET  /admin/days                                            sxxxx..?xx.
POST /admin/days                                            sxxxx..?xx.
GET  /admin/deadlines                                       sxxxx..?xx.
POST /admin/deadlines                                       sxxxx..?xx.
GET  /admin/imports                                         sxxxxxxxxx.
POST /admin/imports                                         sxxxxxxxxx.
GET  /admin/imports/<name>                                  sxxxxxxxxx.
POST /admin/imports/<name>/apply                            sxxxxxxxxx.
GET  /admin/imports/<name>/bad-rows.csv                     sxxxxxxxxx.
GET  /admin/people                                          sxxxxxxxxx.
GET  /admin/people/<username>                               sxxxxxxxxx.
POST /admin/people/<username>                               sxxxxxxxxx.
POST /admin/people/<username>/activate                      sxxxxxxxxx.
POST /admin/people/<username>/away                          sxxxxxxxxx.
POST /admin/people/<username>/away/<int:absence_id>/end     sxxxxxxxxx?
POST /admin/people/<username>/deactivate                    sxxxxxxxxx.
POST /admin/people/<username>/password                      sxxxxxxxxx.
POST /admin/people/<username>/posts                         sxxxxxxxxx.
POST /admin/people/<username>/posts/<int:service_id>/end    sxxxxxxxxx.
POST /admin/people/<username>/posts/<int:service_id>/leader sxxxxxxxxx.
GET  /admin/people/new                                      sxxxxxxxxx.
POST /admin/people/new                                      sxxxxxxxxx.
GET  /admin/places                                          sxxxxxxxxx.
POST /admin/places/below                                    sxxxxxxxxx.
POST /admin/places/name                                     sxxxxxxxxx.
POST /admin/places/teams                                    sxxxxxxxxx.
POST /admin/places/teams/<int:team_id>                      sxxxxxxxxx.
GET  /admin/plates                                          sxxxxxxxxx.
POST /admin/plates/<int:code_id>/reissue                    sxxxxxxxxx.
POST /admin/plates/<int:code_id>/reprint                    sxxxxxxxxx.
POST /admin/plates/<int:code_id>/revoke                     sxxxxxxxxx.
POST /admin/plates/issue                                    sxxxxxxxxx.
GET  /admin/plates/ledger                                   sxxxxxxxxx.
POST /admin/plates/ledger.csv                               sxxxxxxxxx.
POST /admin/plates/print                                    sxxxxxxxxx.
POST /admin/plates/reprint                                  sxxxxxxxxx.
GET  /admin/plates/runs                                     sxxxxxxxxx.
GET  /admin/plates/runs/<int:run_id>                        sxxxxxxxxx.
GET  /admin/plates/runs/<int:run_id>/<village_code>.zip     sxxxxxxxxx~
GET  /admin/plates/runs/<int:run_id>/plates.zip             sxxxxxxxxx~
POST /admin/plates/runs/<int:run_id>/go-on                  sxxxxxxxxx.
POST /admin/plates/runs/<int:run_id>/stop                   sxxxxxxxxx.
GET  /admin/plates/sample                                   sxxxxxxxxx.
GET  /admin/plates/sample.pdf                               sxxxxxxxxx.
GET  /admin/plates/sample.png                               sxxxxxxxxx.
GET  /admin/texts                                           sxxxx..?xx.
POST /admin/texts/<key>                                     sxxxx..?xx.
GET  /api/v1/                                               sssssssssss
GET  /api/v1/areas                                          sssssssssss
GET  /api/v1/cases                                          sssssssssss
GET  /api/v1/definitions                                    sssssssssss
GET  /api/v1/events                                         sssssssssss
GET  /api/v1/figures                                        sssssssssss
GET  /api/v1/openapi.json                                   sssssssssss
GET  /api/v1/standing                                       sssssssssss
GET  /c                                                     ...........
POST /c                                                     ???????????
GET  /c/photos/<int:photo_id>                               ???????????
GET  /d/<name>.txt                                          ???????????
GET  /d/<token>                                             ...........
POST /d/<token>                                             ...........
GET  /g/                                                    s........xx
GET  /g/absences                                            s..........
POST /g/absences                                            s..........
POST /g/absences/<int:absence_id>/end                       s.?????????
GET  /g/boards                                              sxx.....xxx
GET  /g/boards/<village_code>                               sxx.?.??xxx
GET  /g/cases/<number>                                      s.?.?.??..x
GET  /g/cases/<number>/answer-supervision                   s.?x?x??xxx
POST /g/cases/<number>/answer-supervision                   s.?x?x??xxx
GET  /g/cases/<number>/ask                                  s~?~?~??~xx
POST /g/cases/<number>/ask                                  s~?~?~??~xx
GET  /g/cases/<number>/ask-extension                        s~?~?~??~xx
POST /g/cases/<number>/ask-extension                        s~?~?~??~xx
GET  /g/cases/<number>/assign                               sxx~?~??xxx
POST /g/cases/<number>/assign                               sxx~?~??xxx
GET  /g/cases/<number>/cards/<int:n>/appeal                 s???????xxx
POST /g/cases/<number>/cards/<int:n>/appeal                 s???????xxx
GET  /g/cases/<number>/cards/<int:n>/decide                 sxxxx???xxx
POST /g/cases/<number>/cards/<int:n>/decide                 sxxxx???xxx
GET  /g/cases/<number>/classify                             s.?.?.??xxx
POST /g/cases/<number>/classify                             s.?.?.??xxx
GET  /g/cases/<number>/contact                              s.?.?x???xx
POST /g/cases/<number>/contact                              s.?.?x???xx
GET  /g/cases/<number>/decline                              sxx.?.??xxx
POST /g/cases/<number>/decline                              sxx.?.??xxx
GET  /g/cases/<number>/end-supervision                      sxxxx.??.xx
POST /g/cases/<number>/end-supervision                      sxxxx.??.xx
GET  /g/cases/<number>/erase                                sxxxx.??xxx
POST /g/cases/<number>/erase                                sxxxx.??xxx
GET  /g/cases/<number>/escalate                             s.?x?x??xxx
POST /g/cases/<number>/escalate                             s.?x?x??xxx
GET  /g/cases/<number>/extend                               s~?~?~??~xx
POST /g/cases/<number>/extend                               s~?~?~??~xx
GET  /g/cases/<number>/follow-up                            sxx~?~??xxx
POST /g/cases/<number>/follow-up                            sxx~?~??xxx
GET  /g/cases/<number>/hand-over                            s~?~?~??~xx
POST /g/cases/<number>/hand-over                            s~?~?~??~xx
GET  /g/cases/<number>/hide                                 sxxxx.??xxx
POST /g/cases/<number>/hide                                 sxxxx.??xxx
GET  /g/cases/<number>/merge                                sxx.?.??xxx
POST /g/cases/<number>/merge                                sxx.?.??xxx
GET  /g/cases/<number>/note                                 s.?.?.??xxx
POST /g/cases/<number>/note                                 s.?.?.??xxx
GET  /g/cases/<number>/photos/<int:photo_id>                s.?.?.???xx
GET  /g/cases/<number>/recuse                               s.?.?.??.xx
POST /g/cases/<number>/recuse                               s.?.?.??.xx
GET  /g/cases/<number>/refuse-extension                     s~?~?~??~xx
POST /g/cases/<number>/refuse-extension                     s~?~?~??~xx
GET  /g/cases/<number>/reissue-receipt                      sxx.?.??xxx
POST /g/cases/<number>/reissue-receipt                      sxx.?.??xxx
GET  /g/cases/<number>/release                              sx?.?x??xxx
POST /g/cases/<number>/release                              sx?.?x??xxx
GET  /g/cases/<number>/remind                               sx?.?x??xxx
POST /g/cases/<number>/remind                               sx?.?x??xxx
GET  /g/cases/<number>/reopen                               sxx~?~??xxx
POST /g/cases/<number>/reopen                               sxx~?~??xxx
GET  /g/cases/<number>/report-back                          s~?~?~??~xx
POST /g/cases/<number>/report-back                          s~?~?~??~xx
GET  /g/cases/<number>/respond                              s.?x?x??xxx
POST /g/cases/<number>/respond                              s.?x?x??xxx
GET  /g/cases/<number>/send-back                            s.?x?x??xxx
POST /g/cases/<number>/send-back                            s.?x?x??xxx
GET  /g/cases/<number>/supervise                            sxxxx.??.xx
POST /g/cases/<number>/supervise                            sxxxx.??.xx
GET  /g/cases/<number>/transfer                             sxx.?.??xxx
POST /g/cases/<number>/transfer                             sxx.?.??xxx
GET  /g/cases/<number>/unmerge                              sxx~?~??xxx
POST /g/cases/<number>/unmerge                              sxx~?~??xxx
POST /g/cases/<number>/visit                                s........xx
GET  /g/d/<token>                                           s........xx
GET  /g/door                                                s........xx
POST /g/door/check                                          s....xxxxxx
POST /g/door/damage                                         s....xxxxxx
GET  /g/door/elsewhere                                      s....xxxxxx
POST /g/door/hang                                           s....xxxxxx
GET  /g/find                                                s........xx
GET  /g/new                                                 s.......xxx
GET  /g/new/<village_code>/<path:door>                      s.?.?.??xxx
POST /g/new/<village_code>/<path:door>                      s.?.?.??xxx
GET  /g/notices                                             s..........
GET  /g/plate-flags                                         sxx..xxxxxx
POST /g/plate-flags/<int:flag_id>/settle                    sxx?????xxx
GET  /g/plates                                              s....xxxxxx
GET  /g/plates/<microgrid_code>                             s.?.?xxxxxx
GET  /g/plates/<village_code>/<path:door>                   s.?.?xxxxxx
POST /g/plates/<village_code>/<path:door>                   s.?.?xxxxxx
GET  /g/signs                                               sxx..xxxxxx
GET  /healthz                                               ...........
GET  /login                                                 ...........
POST /login                                                 ...........
GET  /login/code                                            ...........
POST /login/code                                            ...........
POST /logout                                                s..........
GET  /privacy                                               ...........
GET  /readyz                                                ...........
GET  /t/                                                    sxxxx.....x
GET  /t/alerts                                              sxxxx..?..x
POST /t/alerts/<int:alert_id>/answer                        sxxxx????xx
GET  /t/audit/cases                                         sxxxxxxxx.x
GET  /t/audit/staff                                         sxxxxxxxx.x
GET  /t/cards                                               sxxxx..?..x
GET  /t/cases                                               sxxxx..?..x
GET  /t/cases/<number>/letters/<int:n>                      s?????????x
POST /t/cases/<number>/end-supervision                      sxxxx~??~xx
POST /t/cases/<number>/supervise                            sxxxx....xx
POST /t/export/<what>.<ending>                              sxxxx..?..x
GET  /t/figures                                             sxxxx..?..x
GET  /t/letters                                             sxxxx..?..x
GET  /t/notices                                             sxxxx..?..x
POST /t/notices/<int:notice_id>/resend                      sxxxx????xx
POST /t/notices/resend                                      sxxxx..?.xx
GET  /t/plates                                              sxxxx..?..x
GET  /t/reports                                             sxxxx..?..x
GET  /t/reports/<area_code>/<month>                         sxxxx.??..x
GET  /t/reports/<area_code>/<month>/<int:version>           sxxxx.??..x
GET  /t/reports/<area_code>/<month>/<int:version>.<form>    sxxxx.??..x
POST /t/reports/<area_code>/<month>                         sxxxx.??xxx
GET  /t/signs                                               sxxxx..?..x
GET  /t/visits                                              sxxxx..?..x
GET  /v/<village_code>                                      ...........
GET  /village/<area_code>                                   ...........
"""


@pytest.fixture
def here(app: Flask, now: datetime) -> dict[str, str | int]:
    """A small county, and what stands for each parameter of an address."""
    place = builders.a_township()
    there = builders.an_area("330281115", "邻镇")
    people = {
        "her guardian": builders.a_person(place.microgrid, username="hers"),
        "guardian elsewhere": builders.a_person(place.next_microgrid()),
        "village": builders.a_person(place.village, Role.VILLAGE),
        "other village": builders.a_person(place.next_village().village, Role.VILLAGE),
        "township": builders.a_person(place.township, Role.TOWNSHIP),
        "other township": builders.a_person(there, Role.TOWNSHIP),
        "discipline": builders.a_person(place.township, Role.DISCIPLINE),
        "auditor": builders.a_person(place.township, Role.AUDITOR),
        "admin": builders.a_person(place.township, Role.ADMIN),
    }
    team = builders.a_team(place.township)
    people["own team"] = builders.a_person(there, Role.GUARDIAN)
    people["own team"].services[0].area_code = place.township.code
    people["own team"].services[0].role, people["own team"].services[0].team_id = Role.TOWNSHIP, team.id
    victim = builders.a_person(place.microgrid, username="victim")
    for kind, person in people.items():
        person.username = kind.replace(" ", "-")
    household = builders.a_household(place.microgrid, "湖东路 27 号")
    code = builders.a_code(household)
    category = Category(area_code=place.township.code, name="路灯")
    absence = Absence(person_id=people["her guardian"].id, from_on=clock.today(), to_on=clock.today())
    db.session.add_all([category, absence])
    client, _ = clients.add(None, name="镇大屏", area_code=place.township.code, reads=[Reads.FIGURES],
                            expires_on=clock.today())
    run = runs.order(place.township, layout=Layout.TWO_BY_FIVE, form=Format.PDF, base_url="http://localhost")
    devices.begin(people["her guardian"], device="another", is_kept=True)
    db.session.commit()
    letter = intake.read({"kind": "help", "text": "路灯坏了", "receipt": receipts.mint(code.token)}, code.token)
    filed = intake.file(letter, intake.Doorway(place.microgrid, household, code))
    routing.route(filed.case)
    monthly.issue(place.village, monthly.Month(2026, 10), people["township"], seen=0)
    db.session.commit()
    return {
        "number": filed.case.number, "photo_id": a_photo(filed.case, victim), "token": code.token, "code_id": code.id,
        "village_code": place.village.code, "area_code": place.village.code, "door": household.door,
        "device": db.session.scalars(select(SignIn.id)).one(), "absence_id": absence.id, "username": victim.username,
        "service_id": victim.services[0].id, "category_id": category.id, "team_id": team.id, "key": "hotline",
        "client_id": client.id, "run_id": run.id,
        "name": "nothing", "via": "webhook", "notice_id": 999, "n": 1, "what": "cases", "ending": "csv",
        "alert_id": 999, "flag_id": 999, "microgrid_code": place.microgrid.code, "rule_key": "village_on_time",
        "month": "2026-10", "version": 1, "form": "json",
    }


def a_photo(case: Case, person: Person) -> int:
    """A photo on the case; its number."""
    out = BytesIO()
    Image.new("RGB", (32, 32), "green").save(out, "JPEG")
    photos = contents.take_photos(case, [out.getvalue()]).stored
    db.write()
    worklist.note(case, person, words="", photos=photos)
    found = contents.photos_of(case, {Audience.STAFF})[0].id
    db.session.commit()
    return found


def expected() -> dict[str, str]:
    """Method and rule → one cell for each visitor."""
    rows = (line.split() for line in TABLE.strip().splitlines())
    return {f"{method} {rule}": cells for method, rule, cells in rows}


def routes(app: Flask) -> dict[str, Rule]:
    """Method and rule of every address the application answers to."""
    return {
        f"{method} {rule.rule}": rule
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    }


def last_those_that_end_something(name: str) -> tuple[bool, bool, str]:
    """Reading first; what ends a sign-in or changes a person after everything else."""
    return name == "POST /logout", not name.startswith("GET"), name


def cell(response: TestResponse) -> str:
    if response.status_code == 401 or (response.location or "").startswith("/login?next="):
        return "s"
    return {403: "x", 404: "?", 409: "~"}.get(response.status_code, ".")


def knocked(app: Flask, visitor: str, values: dict[str, str | int]) -> dict[str, str]:
    """What each address answers this visitor."""
    return answers_to(app, a_browser(app, visitor), values)


def answers_to(app: Flask, browser: Visitor, values: dict[str, str | int]) -> dict[str, str]:
    answers: dict[str, str] = {}
    for name in sorted(routes(app), key=last_those_that_end_something):
        method, rule = name.split()[0], routes(app)[name]
        with app.test_request_context():
            path = app.url_map.bind("localhost").build(rule.endpoint, {k: values[k] for k in rule.arguments}, method)
        data = {"csrf_token": token_of(browser)} if method == "POST" else None
        answers[name] = cell(browser.open(path, method=method, data=data))
    return answers


def a_browser(app: Flask, visitor: str) -> Visitor:
    if visitor == "anonymous":
        browser = app.test_client()
        assert isinstance(browser, Visitor)
        return browser
    person = db.session.scalars(select(Person).where(Person.username == visitor.replace(" ", "-"))).one()
    return staff.signed_in(app, person)


def token_of(browser: Visitor) -> str:
    """This browser's token, from a page that everybody may open."""
    forms = page_of(browser.get("/c")).forms
    return next(form.fields["csrf_token"][0] for form in forms if "csrf_token" in form.fields)


def test_every_address_is_in_the_table_and_nothing_else_is(app: Flask) -> None:
    assert set(expected()) == set(routes(app))


def test_every_address_says_who_may_call_it(app: Flask) -> None:
    assert not [rule.rule for rule in routes(app).values() if guard.of(app, rule.endpoint) is None]


@pytest.mark.parametrize("visitor", VISITORS)
def test_each_address_answers_each_visitor_as_the_table_says(
    app: Flask, here: dict[str, str | int], visitor: str
) -> None:
    at = VISITORS.index(visitor)
    wanted = {name: cells[at] for name, cells in expected().items()}
    found = knocked(app, visitor, here)
    wrong = [f"{name}: {CELLS[found[name]]}, not: {CELLS[wanted.get(name, '?')]}"
             for name in found if found[name] != wanted.get(name)]
    assert not wrong, f"{visitor}:\n" + "\n".join(wrong)


def test_the_token_of_a_machine_opens_what_is_for_machines_and_nothing_else(
    app: Flask, here: dict[str, str | int]
) -> None:
    machine = a_browser(app, "anonymous")
    _, token = clients.add(None, name="县平台", area_code="330281114", reads=list(Reads), expires_on=clock.today())
    db.session.commit()
    machine.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    found = answers_to(app, machine, here)
    wanted = {name: "." if " /api/" in name else cells[0] for name, cells in expected().items()}
    assert {name: cell for name, cell in found.items() if cell != wanted.get(name)} == {}


def test_the_table_never_lets_an_anonymous_visitor_past_the_public_rooms(app: Flask) -> None:
    public = {name for name, cells in expected().items() if cells[0] != "s"}
    rooms = {name.split()[1].lower().split("/")[1] for name in public}
    assert rooms <= {"", "d", "c", "privacy", "v", "village", "login", "healthz", "readyz"}


def test_every_post_needs_this_browsers_token(app: Flask, here: dict[str, str | int]) -> None:
    browser = a_browser(app, "township")
    events = db.session.scalars(select(Case.events_count)).one()
    for name, rule in routes(app).items():
        if not name.startswith("POST"):
            continue
        path = app.url_map.bind("localhost").build(rule.endpoint, {k: here[k] for k in rule.arguments}, "POST")
        answer = browser.post(path, data={"n": "2", "words": "没有令牌", "text": "没有令牌", "kind": "help"})
        assert answer.status_code >= 400, f"{path}: {answer.status}"
    assert db.session.scalars(select(Case.events_count)).all() == [events]


def test_a_view_that_names_nobody_is_closed_to_everybody(app: Flask, here: dict[str, str | int]) -> None:
    view: Callable[[], str] = lambda: "open"  # noqa: E731
    app._got_first_request = False
    app.add_url_rule("/t/forgotten", "township.forgotten", view)
    assert a_browser(app, "township").get("/t/forgotten").status_code == 403
    assert a_browser(app, "anonymous").get("/t/forgotten").status_code == 302
