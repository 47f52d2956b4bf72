"""百万件: a county of a million cases: what people do all day is answered by indexes, in either database."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine

from feedback import alerts, clock, db, patience, timer
from feedback.administration import clients
from feedback.models.cases import Case, CaseEvent
from feedback.models.clients import Reads
from feedback.models.figures import CaseFigures
from feedback.models.kinds import Action, Status
from feedback.models.people import Role
from feedback.stats import rollup
from feedback.workflow import Who, record
from tests import builders, crowd, staff
from tests.conftest import NOW
from tests.test_door import digits_of
from tests.test_plans import busy, listening, scans
from tests.visitor import Visitor

pytestmark = pytest.mark.xdist_group("a million")

CASES, DAYS, TOWNSHIPS = 1_000_000, 200, 9
TOWNSHIP = builders.CODES["township"]
OPEN_DAYS = 4
"""The last of the days; what was filed before is closed."""
PERIOD = "from=2026-10-01&to=2026-10-31"
OF_EVENTS = {f"/t/reports/{TOWNSHIP}/2026-10", "looking for alerts"}
"""What is worked out from the events of a township's month."""
Watched = Callable[[str], AbstractContextManager[None]]
YEAR = "from=2025-12-01&to=2026-11-19"


def a_million(place: builders.Place) -> None:
    """A township and eight others, two years of cases, one filed event of each, and what is kept of them."""
    crowd.microgrids(place, 4)
    for n in range(1, TOWNSHIPS):
        code = f"{place.county.code}8{n:02d}"
        areas = [builders.an_area(code + below, f"邻镇 {n}{below}") for below in ("", "201", "201001", "201001001")]
        crowd.microgrids(replace(place, grid=areas[2], microgrid=areas[3]), 4)
    db.session.commit()
    a_day = CASES // DAYS
    with crowd.without_indexes(Case, CaseEvent, CaseFigures):
        for n in range(DAYS):
            filed_at = NOW - timedelta(days=3 * (DAYS - n))
            due = {"response_due_at": filed_at, "handling_due_at": filed_at, "handling_due_original_at": filed_at}
            if n < DAYS - OPEN_DAYS:
                facts = {"status": Status.CLOSED, "closed_at": filed_at + timedelta(days=2), **due}
            else:
                later = NOW + timedelta(days=3)
                facts = {"status": Status.IN_PROGRESS, "responded_at": filed_at, "next_due_at": later,
                         "wakes_at": later, **due}
            crowd.cases(a_day, is_owned=True, after=n * a_day, filed_at=filed_at, arrived_at=filed_at, **facts)
        crowd.events(NOW - timedelta(days=3))
        crowd.figures()
    crowd.analyse()


@pytest.fixture
def place(database: Engine) -> Iterator[builders.Place]:
    with clock.fixed(NOW, everywhere=True):
        yield builders.a_township()


def test_what_is_done_all_day_reads_no_large_table_from_end_to_end(
    app: Flask, place: builders.Place, database: Engine
) -> None:
    with patience.unhurried():
        a_million(place)
    busy(place)
    aunt = builders.a_person(place.microgrid)
    leader = builders.a_person(place.township, Role.TOWNSHIP, is_leader=True)
    token = builders.a_code(builders.a_household(place.microgrid, "湖东路 27 号")).token
    for rule in alerts.rules.DEFAULTS:
        alerts.rules.set_rule(leader, place.township.code, replace(rule, is_on=True))
    _, machine = clients.add(None, name="县平台", area_code=place.township.code, reads=list(Reads),
                             expires_on=date(2027, 1, 1))
    db.session.commit()
    guardian, office = staff.signed_in(app, aunt), staff.signed_in(app, leader)
    found: list[tuple[str, list[str], str]] = []

    @contextmanager
    def watched(name: str) -> Iterator[None]:
        with listening(database) as asked:
            yield
        assert asked, name
        db.session.rollback()
        found.extend((name, how, one[0]) for one in asked if (how := scans(database, *one)))

    def ask(visitor: Visitor, *addresses: str) -> None:
        for address in addresses:
            with watched(address):
                assert visitor.get(address).status_code < 400, address

    while db.in_turn(rollup.keep_up):
        pass
    at_the_door(app, token, watched)
    number = db.session.query(Case.number).order_by(Case.id.desc()).limit(1).scalar()
    ask(guardian, "/g/", "/g/notices", f"/g/cases/{number}", f"/g/d/{token}")
    with watched("a step of a case"):
        db.write()
        noted = db.session.query(Case).filter_by(number=number).one()
        record(noted, Action.NOTE, Who.HER_GUARDIAN, actor=staff.again(aunt))
        db.session.commit()
    lists = ("open", "due_today", "overdue", "supervised", "extension", "waiting", "new")
    ask(office, f"/t/?{PERIOD}", f"/t/figures?{PERIOD}&by=category", f"/t/figures?{PERIOD}&by=handler", "/t/alerts",
        "/t/notices", "/t/cards", "/t/reports", f"/t/reports/{TOWNSHIP}/2026-10",
        *(f"/t/cases?now={one}" for one in lists),
        *(f"/t/cases?figure={key}&{YEAR}" for key in ("received", "open", "excluded", "recorded_for_her")),
        f"/t/cases?figure=handling_on_time&part=missing&{YEAR}")
    visitor = app.test_client()
    for path in ("figures", "standing", "cases", "events"):
        with watched(f"/api/v1/{path}"):
            visitor.get(f"/api/v1/{path}?{PERIOD}", headers={"Authorization": f"Bearer {machine}"})
    with watched("looking for alerts"):
        assert db.in_turn(alerts.looking.look)
    with watched("a round of the timer"):
        assert timer.tick().failed == {}
    assert [one for one in found if not is_known(*one)] == []


def is_known(name: str, how: list[str], statement: str) -> bool:
    """What PostgreSQL chooses today: to look for the first case of a township where cases lie, until it has found one;
    and to join the cases of a township's month with all events, of which there are no more than cases here. There is
    no notice yet: that table is empty."""
    is_the_first = "filed_at <" in statement and statement.rstrip().endswith(("::INTEGER", "LIMIT ?"))
    return all("notice" in one for one in how) or (
        not db.is_sqlite() and all(one.startswith("Seq Scan") for one in how)
        and (is_the_first or name in OF_EVENTS)
    )


def at_the_door(app: Flask, token: str, watched: Watched) -> None:
    """She opens her door's page, files, and looks at her case by its receipt."""
    visitor, another = app.test_client(), app.test_client()
    assert isinstance(visitor, Visitor)
    assert isinstance(another, Visitor)
    with watched("door"):
        page = visitor.get("door.show", token=token)
    with watched("filing"):
        filed = visitor.submit(page, kind="help", text="路灯坏了，晚上看不见路。", status=200)
    receipt = digits_of(filed.get_data(as_text=True))
    with watched("receipt"):
        another.submit(another.get("follow.show"), to="/c", receipt=receipt, status=200)
