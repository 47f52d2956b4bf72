"""接口: what a machine with a token may read and what not; all else is a problem, told in two languages."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from config import Config
from feedback import clock, db, stats, throttle
from feedback.administration import clients
from feedback.identity import clients as tokens
from feedback.models.cases import Case
from feedback.models.clients import ApiClient, ApiUse, Reads
from feedback.models.places import Area
from feedback.stats import By, reached, rollup
from feedback.web.api.resources import RESOURCES
from tests import builders
from tests.conftest import NOW
from tests.lives import Township
from tests.visitor import Visitor

COUNTY, TOWNSHIP, VILLAGE = (builders.CODES[level] for level in ("county", "township", "village"))
DAYS = "from=2026-08-01&to=2026-11-19"
ELSEWHERE = "330281115"


class Machine:
    """A client of the API: its token, and what it is answered."""

    def __init__(self, app: Flask, token: str) -> None:
        self.token = token
        visitor = app.test_client()
        assert isinstance(visitor, Visitor)
        self.visitor = visitor

    def ask(self, path: str, *, method: str = "GET", status: int | None = None, **headers: str) -> TestResponse:
        more = {name.replace("_", "-"): one for name, one in headers.items()}
        given = {"Authorization": f"Bearer {self.token}", **more}
        return self.visitor.open(f"/api/v1{path}", method=method, headers=given, status=status)

    def read(self, path: str) -> Any:
        return self.ask(path, status=200).get_json()

    def refused(self, path: str, status: int, **more: Any) -> Any:
        """The problem, which must be a whole one."""
        answer = self.ask(path, status=status, **more)
        assert answer.mimetype == "application/problem+json"
        told = answer.get_json()
        assert told["status"] == status
        assert {"type", "title", "detail", "detail_en"} <= set(told)
        return told


def a_machine(app: Flask, *reads: Reads, name: str = "县平台", area: str = TOWNSHIP, **given: Any) -> Machine:
    _, token = clients.add(None, name=name, area_code=area, reads=reads or list(Reads),
                           expires_on=given.get("until", date(2027, 1, 1)))
    db.session.commit()
    return Machine(app, token)


@pytest.fixture(autouse=True)
def nobody_waits() -> Iterator[list[float]]:
    """Wrong tokens cost no time here; the seconds they would have cost are noted."""
    waited: list[float] = []
    before = throttle.tokens._sleep
    throttle.tokens._sleep = waited.append
    throttle.tokens._counts.clear()
    yield waited
    throttle.tokens._sleep = before
    throttle.tokens._counts.clear()


@pytest.fixture
def land(app: Flask, now: object) -> Flask:
    """A township in which nothing has happened yet, and another beside it."""
    builders.a_township()
    builders.an_area(ELSEWHERE, "邻镇")
    db.session.commit()
    return app


@pytest.fixture
def town(app: Flask, now: object) -> Flask:
    """A township with cases in it."""
    Township(5).live(25)
    db.session.commit()
    while db.in_turn(rollup.keep_up):
        pass
    return app


def every_path() -> list[str]:
    return [one.path + (f"?{DAYS}" if any(each.name == "from" for each in one.asks) else "") for one in RESOURCES]


# ---------------------------------------------------------------- who


def test_without_a_token_nothing_is_read(land: Flask) -> None:
    for path in every_path():
        answer = land.test_client().get(f"/api/v1{path}")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("shown", ["Bearer", "Bearer ", "Bearer x", "Basic {token}", "{token}", "Bearer {token}x",
                                   "Bearer  {token}", "Bearer hlm_\udcff"])
def test_a_token_shown_wrongly_is_none(land: Flask, shown: str) -> None:
    machine = a_machine(land)
    value = shown.replace("{token}", machine.token).encode("latin-1", "replace").decode("latin-1")
    machine.refused("/", 401, Authorization=value)


def test_a_revoked_token_and_an_expired_one_read_nothing(land: Flask) -> None:
    revoked, expired = a_machine(land, name="一"), a_machine(land, name="二", until=date(2026, 11, 19))
    clients.revoke(None, clients.named("一"))
    db.session.commit()
    revoked.refused("/areas", 401)
    expired.read("/areas")
    with clock.fixed(NOW + timedelta(days=1), everywhere=True):
        expired.refused("/areas", 401)


def test_each_request_is_counted_for_the_client_and_the_day(land: Flask) -> None:
    machine, other = a_machine(land), a_machine(land, name="另一个")
    for path in ("/areas", "/areas?level=village", "/figures"):
        machine.ask(path)
    other.ask("/", method="HEAD", status=200)
    found = db.session.execute(select(ApiClient.name, ApiUse.requests).join_from(ApiClient, ApiUse)).all()
    assert {tuple(row) for row in found} == {("县平台", 3), ("另一个", 1)}


def test_a_client_that_asks_too_often_is_told_when_to_come_back(config: Config, land: Flask) -> None:
    land.extensions["config"] = replace(config, api_per_minute=3)
    machine, other = a_machine(land), a_machine(land, name="另一个")
    for _ in range(3):
        machine.read("/standing")
    answer = machine.ask("/standing", status=429)
    assert 1 <= int(answer.headers["Retry-After"]) <= 20
    assert "秒" in answer.get_json()["detail"]
    other.read("/standing")
    assert tokens.uses(clients.named("县平台")) == {date(2026, 11, 19): 3}


def test_wrong_tokens_slow_down_their_own_address_and_nobody_who_has_a_good_one(
    land: Flask, nobody_waits: list[float]
) -> None:
    machine = a_machine(land)
    for n in range(25):
        land.test_client().get("/api/v1/", headers={"Authorization": f"Bearer {n}"})
    assert max(nobody_waits) == 3.0
    nobody_waits.clear()
    machine.read("/")
    assert nobody_waits == []


def test_no_token_stands_in_a_log(land: Flask, caplog: pytest.LogCaptureFixture) -> None:
    machine = a_machine(land)
    with caplog.at_level(logging.DEBUG):
        machine.read("/")
        machine.ask("/figures")
        Machine(land, machine.token + "x").ask("/")
    assert machine.token not in caplog.text


def test_no_cookie_is_set_and_none_opens_anything(land: Flask) -> None:
    machine = a_machine(land)
    for path in (*every_path(), "/?lang=en", "/nothing"):
        answer = machine.ask(path)
        assert "Set-Cookie" not in answer.headers
        assert "Location" not in answer.headers
        assert not [name for name in answer.headers.keys() if name.startswith("Access-Control-")]  # noqa: SIM118


# ---------------------------------------------------------------- what


def test_the_figures_are_those_of_every_screen_and_of_the_command(town: Flask) -> None:
    machine, days = a_machine(town), (date(2026, 8, 1), date(2026, 11, 19))
    for by in ([], [By.AREA], [By.KIND, By.MONTH], [By.HANDLER]):
        told = machine.read(f"/figures?{DAYS}" + (f"&by={','.join(by)}" if by else ""))
        rows = stats.figures(TOWNSHIP, *days, as_at=reached.counted_up_to(), by=by)
        assert told["rows"] == json.loads(json.dumps([row.as_json() for row in rows]))
        assert (told["area"], told["from"], told["to"], told["by"]) == (TOWNSHIP, "2026-08-01", "2026-11-19", by)
        assert told["as_at"] == clock.local(NOW).isoformat()
    assert told["rows"]


def test_what_is_for_the_discipline_office_alone_is_in_no_answer(town: Flask) -> None:
    machine = a_machine(town)
    paths = [f"/figures?{DAYS}", f"/figures?{DAYS}&by=team", f"/figures?{DAYS}&area={VILLAGE}&by=kind", "/standing"]
    before = [machine.read(path) for path in paths]
    db.write()
    booked, since = Case.area_code.startswith(VILLAGE), Case.filed_at >= clock.start_of(date(2026, 8, 1))
    hidden = db.session.scalars(select(Case).where(booked, since, Case.closed_at.is_(None))).all()
    assert hidden
    for case in hidden:
        case.is_for_discipline_alone = True
    db.session.commit()
    after = [machine.read(path) for path in paths]
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert after[0]["rows"][0]["received"] == before[0]["rows"][0]["received"] - len(hidden)


def test_how_it_stands_is_what_the_overview_says(town: Flask) -> None:
    told = a_machine(town).read(f"/standing?area={VILLAGE}")
    total = stats.open_now(VILLAGE).total
    assert (told["open"], told["overdue"], told["due_today"]) == (total.open, total.overdue, total.due_today)
    assert told["open"]


def test_areas_come_page_by_page_and_each_once(land: Flask) -> None:
    machine = a_machine(land, area=COUNTY)
    pages, path = [], "/areas?limit=2"
    while path:
        page = machine.read(path)
        pages.append([one["code"] for one in page["areas"]])
        path = f"/areas?limit=2&cursor={page['next']}" if page["next"] else ""
    every = db.session.scalars(select(Area.code).order_by(Area.code)).all()
    assert [code for page in pages for code in page] == list(every)
    assert {len(page) for page in pages[:-1]} == {2}
    assert {one["level"] for one in machine.read("/areas?level=township")["areas"]} == {"township"}


def test_what_lies_outside_the_area_is_not_there(land: Flask) -> None:
    machine = a_machine(land)
    for path in ("/areas", f"/figures?{DAYS}", "/standing"):
        joint = "&" if "?" in path else "?"
        never = machine.refused(f"{path}{joint}area=999999", 404)
        for area in (COUNTY, ELSEWHERE, "330281"):
            assert machine.refused(f"{path}{joint}area={area}", 404) == never
    assert {one["code"] for one in machine.read("/areas")["areas"]} >= {TOWNSHIP, VILLAGE}
    assert not [one for one in machine.read("/areas")["areas"] if not one["code"].startswith(TOWNSHIP)]


@pytest.mark.parametrize(("reads", "path"), [
    ([Reads.CASES], f"/figures?{DAYS}"), ([Reads.CASES], "/standing"),
    ([Reads.FIGURES], f"/figures?{DAYS}&by=handler"), ([Reads.FIGURES], f"/figures?{DAYS}&by=kind,handler"),
])  # fmt: skip
def test_a_client_reads_only_what_it_was_given(land: Flask, reads: list[Reads], path: str) -> None:
    told = a_machine(land, *reads).refused(path, 403)
    assert "凭证" in told["detail"]


def test_an_answer_that_seldom_changes_may_be_kept_and_figures_may_not(land: Flask) -> None:
    machine = a_machine(land)
    for path in ("/", "/openapi.json", "/definitions", "/areas"):
        first = machine.ask(path, status=200)
        assert first.headers["Cache-Control"] == "private, no-cache"
        again = machine.ask(path, If_None_Match=first.headers["ETag"], status=304)
        assert again.data == b""
    for path in (f"/figures?{DAYS}", "/standing"):
        assert machine.ask(path, status=200).headers["Cache-Control"] == "no-store"


# ---------------------------------------------------------------- what is asked wrongly


@pytest.mark.parametrize(("path", "status", "parameter"), [
    ("/areas?page=2", 400, "page"), (f"/figures?{DAYS}&as_at=2026-01-01", 400, "as_at"), ("/?x", 400, "x"),
    (f"/figures?{DAYS}&from=2026-08-02", 400, "from"), ("/figures?from=2026-08-01", 400, "to"),
    ("/figures", 400, "from"), ("/figures?from=20260801&to=2026-11-19", 400, "from"),
    ("/figures?from=2026-W31-1&to=2026-11-19", 400, "from"), ("/figures?from=2026-02-30&to=2026-11-19", 400, "from"),
    (f"/figures?{DAYS}&by=", 400, "by"), (f"/figures?{DAYS}&by=kind,kind", 400, "by"),
    (f"/figures?{DAYS}&by=owner", 400, "by"), ("/areas?area=%00", 400, "area"),
    ("/areas?area=330281114%00", 400, "area"),
    ("/areas?area=%EF%BC%93%EF%BC%93%EF%BC%90%EF%BC%92%EF%BC%98%EF%BC%91", 400, "area"),
    ("/areas?area=" + "3" * 100_000, 400, "area"), ("/areas?" + "x" * 100_000 + "=1", 400, "x" * 40 + "…"),
    ("/areas?limit=0", 400, "limit"), ("/areas?limit=201", 400, "limit"), ("/areas?limit=1e1", 400, "limit"),
    ("/areas?limit=-1", 400, "limit"), ("/areas?level=province", 400, "level"), ("/areas?cursor=", 400, "cursor"),
    ("/areas?cursor=abc", 422, "cursor"), ("/figures?from=2026-11-19&to=2026-08-01", 422, "to"),
    ("/figures?from=2023-01-01&to=2026-11-19", 422, "to"), ("/figures?from=0001-01-01&to=9999-12-31", 422, "from"),
])  # fmt: skip
def test_what_is_asked_wrongly_is_refused_by_its_name(land: Flask, path: str, status: int, parameter: str) -> None:
    told = a_machine(land).refused(path, status)
    assert told["parameter"] == parameter
    assert len(json.dumps(told)) < 2_000


def test_three_years_are_asked_at_once_and_a_county_by_handler_is_not(town: Flask) -> None:
    machine = a_machine(town, area=COUNTY)
    assert machine.read("/figures?from=2023-11-20&to=2026-11-19&by=month")["rows"]
    assert machine.refused(f"/figures?{DAYS}&by=handler", 422)["parameter"] == "by"
    assert machine.read(f"/figures?{DAYS}&by=handler&area={TOWNSHIP}")["rows"]


def test_a_cursor_is_good_for_its_own_client_and_question_only(land: Flask) -> None:
    machine, other = a_machine(land), a_machine(land, name="另一个")
    cursor = machine.read("/areas?limit=1")["next"]
    machine.read(f"/areas?limit=5&cursor={cursor}")
    machine.refused(f"/areas?limit=1&level=village&cursor={cursor}", 422)
    machine.refused(f"/areas?limit=1&area={VILLAGE}&cursor={cursor}", 422)
    machine.refused(f"/areas?limit=1&cursor={cursor[:-1]}", 422)
    other.refused(f"/areas?limit=1&cursor={cursor}", 422)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_nothing_but_reading_is_there(land: Flask, method: str) -> None:
    machine = a_machine(land)
    for path in every_path():
        answer = machine.ask(path, method=method, status=405)
        assert answer.mimetype == "application/problem+json"
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD"}


def test_head_is_the_answer_without_its_body(land: Flask) -> None:
    machine = a_machine(land)
    for path in every_path():
        answer = machine.ask(path, method="HEAD", status=200)
        assert answer.data == b""
        assert answer.mimetype == "application/json"


def test_an_address_that_is_not_there_is_a_problem_too(land: Flask) -> None:
    machine = a_machine(land)
    for path in ("/nothing", "/figures/330281114", "/../v2", "/%00"):
        machine.refused(path, 404)


def test_every_parameter_and_every_answer_is_described_in_both_languages(land: Flask) -> None:
    told = a_machine(land).read("/openapi.json")
    assert told["openapi"].startswith("3.1")
    assert set(told["paths"]) == {one.path for one in RESOURCES}
    for path, one in told["paths"].items():
        assert set(one) == {"get"}, path
        assert {"200", "400", "401", "403", "404", "422", "429"} <= set(one["get"]["responses"])
        for each in one["get"]["parameters"]:
            assert " · " in each["description"]
    assert told["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}
