"""索引: whatever number of cases is open, a round reads the few rows it needs. Both databases say how they would."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from config import Config
from feedback import alerts, clock, db, rounds, timer
from feedback.models.kinds import Status
from feedback.models.notices import Route, Via
from feedback.models.people import Role
from feedback.models.places import Area
from feedback.notifications import routes, ways
from feedback.stats import rollup
from tests import builders, crowd, sink
from tests.conftest import NOW

LARGE = {"feedback_case", "case_event", "case_figures", "notice"}
"""What grows with the years."""
SHORT = {"ix_case_event_untold", "ix_sign_untold", "ix_notice_next_try", "ix_case_wakes", "ix_case_unfigured",
         "ix_case_alone"}
"""Indexes that hold only what still waits, or what is for the discipline office alone: the first rows of them may be
read without a condition."""

Asked = list[tuple[str, Any]]


@contextmanager
def listening(engine: Engine) -> Iterator[Asked]:
    """Every question that is asked in the block, with what it was asked with."""
    asked: Asked = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH", "UPDATE", "DELETE")) and not many:
            asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def scans(engine: Engine, statement: str, parameters: Any) -> list[str]:
    """The large tables that the database would read from end to end to answer, each with how."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            return list(_scans_of_sqlite(connection, statement, parameters))
        plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
        return list(_scans_in((plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]))


def _scans_of_sqlite(connection: Connection, statement: str, parameters: Any) -> Iterator[str]:
    names = dict(re.findall(r"(?:FROM|JOIN|,|UPDATE) (\w+) AS (\w+)", statement))
    real = {alias: table for table, alias in names.items()}
    for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters):
        how = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", row[3])
        if how and real.get(how[1], how[1]) in LARGE and how[2] not in SHORT:
            yield row[3]


def _scans_in(plan: dict[str, Any]) -> Iterator[str]:
    is_read_whole = plan["Node Type"] == "Seq Scan" or (
        plan["Node Type"].startswith("Index") and "Index Cond" not in plan and plan["Index Name"] not in SHORT
    )
    if plan.get("Relation Name") in LARGE and is_read_whole:
        yield f"{plan['Node Type']} on {plan['Relation Name']} {plan.get('Index Name', '')}"
    for part in plan.get("Plans", ()):
        yield from _scans_in(part)


@pytest.fixture
def place(database: Engine) -> Iterator[builders.Place]:
    with clock.fixed(NOW, everywhere=True):
        yield builders.a_township()


def busy(place: builders.Place) -> None:
    """Something for every step: cases overdue, answered, put off and closed, an owner away, an empty team."""
    aunt = builders.a_person(place.microgrid)
    secretary = builders.a_person(place.village)
    officer = builders.a_person(place.township, Role.TOWNSHIP)
    address = routes.sealed(officer, Via.EMAIL, "officer@example.cn")
    db.session.add(Route(person_id=officer.id, via=Via.EMAIL, address=address))
    household, elsewhere = builders.a_household(place.microgrid), builders.a_household(place.next_microgrid())
    past = NOW - timedelta(days=9)
    builders.a_code(household)
    builders.a_case(household, filed_at=past, wakes_at=past)
    builders.a_case(elsewhere, filed_at=past, wakes_at=past)
    answered = {"reported_at": past, "responded_at": past, "next_due_at": None}
    builders.a_case(household, filed_at=past, wakes_at=past, status=Status.REPORTED_BACK, **answered)
    builders.a_case(household, filed_at=past, wakes_at=past, status=Status.CLOSED, closed_at=past,
                    look_again_on=NOW.date(), **answered)
    builders.a_case(household, filed_at=past, owner_id=aunt.id, responded_at=past, status=Status.IN_PROGRESS)
    builders.a_case(household, filed_at=past, owner_id=secretary.id, responded_at=past, status=Status.IN_PROGRESS)
    long_ago = NOW - timedelta(days=75)
    builders.a_case(household, filed_at=long_ago, status=Status.CLOSED, closed_at=long_ago, **answered)
    builders.an_absence(aunt)
    secretary.services[0].to_on = NOW.date() - timedelta(days=1)
    for _ in range(6):
        builders.a_case(household)
    db.session.commit()


def crowded(place: builders.Place) -> None:
    """Ten thousand open cases beside them, of which none is due, and the database knows how many there are."""
    crowd.microgrids(place, 40)
    long_ago, later = NOW - timedelta(days=3), NOW + timedelta(days=3)
    crowd.cases(
        10_000, is_owned=True, status=Status.IN_PROGRESS, filed_at=long_ago, arrived_at=long_ago, responded_at=long_ago,
        response_due_at=later, handling_due_at=later, handling_due_original_at=later, next_due_at=later, wakes_at=later,
    )
    crowd.events(long_ago)
    crowd.notices(long_ago)
    crowd.analyse()


@pytest.fixture
def mailing(config: Config, place: builders.Place) -> Iterator[None]:
    """Mails go out, and arrive."""
    with sink.mail_server() as box:
        ways.use(replace(config, smtp_url=box.url, smtp_from="notice@h.example.cn"))
        yield
    ways.use(config)


@pytest.mark.usefixtures("mailing")
def test_no_round_reads_a_large_table_from_end_to_end(place: builders.Place, database: Engine) -> None:
    """But the first of all, which makes the figures."""
    crowded(place)
    while db.in_turn(rollup.keep_up):
        pass
    busy(place)
    with listening(database) as asked:
        report = timer.tick()
    assert report.failed == {}
    idle = {name for name, count in report.done.items() if not count}
    assert idle == {"unfiled drafts forgotten", "runs sent to be printed", "old sheets taken away"}
    assert [(found, one[0]) for one in asked if (found := scans(database, *one))] == []


def test_a_round_with_nothing_due_asks_few_questions_whatever_lies_there(
    place: builders.Place, database: Engine
) -> None:
    builders.a_person(place.microgrid)
    counts, microgrid = [], place.microgrid.code
    for _ in range(2):
        household = builders.a_household(db.session.get_one(Area, microgrid))
        for _ in range(5):
            builders.a_case(household, filed_at=NOW - timedelta(days=3), wakes_at=NOW + timedelta(days=1))
        db.session.commit()
        timer.tick()
        with listening(database) as asked:
            timer.tick()
        counts.append(len(asked))
    assert counts[0] == counts[1] < 50


def test_the_health_figures_are_the_first_rows_of_indexes(place: builders.Place, database: Engine) -> None:
    crowded(place)
    busy(place)
    with listening(database) as asked:
        rounds.health()
    assert len(asked) == 5
    assert [scans(database, *one) for one in asked] == [[]] * 5


def test_a_whole_reading_is_noticed(place: builders.Place, database: Engine) -> None:
    crowded(place)
    parameters: Any = () if database.dialect.name == "sqlite" else {}
    assert scans(database, "SELECT number FROM feedback_case WHERE kind = 'help'", parameters)
    assert scans(database, "SELECT case_event.at FROM case_event ORDER BY case_event.n", parameters)
    assert scans(database, "SELECT number FROM feedback_case WHERE wakes_at <= '2026-01-01'", parameters) == []


def test_the_look_for_alerts_reads_the_window_of_one_township_and_no_more(
    place: builders.Place, database: Engine
) -> None:
    crowd.microgrids(place, 40)
    years_ago = NOW - timedelta(days=700)
    crowd.cases(
        10_000, status=Status.CLOSED, filed_at=years_ago, arrived_at=years_ago, closed_at=years_ago,
        response_due_at=years_ago, handling_due_at=years_ago, handling_due_original_at=years_ago,
    )
    crowd.events(years_ago)
    crowd.analyse()
    busy(place)
    leader = builders.a_person(place.township, Role.TOWNSHIP, is_leader=True)
    for rule in alerts.rules.DEFAULTS:
        alerts.rules.set_rule(leader, place.township.code, replace(rule, is_on=True))
    db.session.commit()
    with listening(database) as asked:
        assert db.in_turn(alerts.looking.look)
        alerts.lists.standing(leader, place.township.code)
        alerts.lists.waiting(leader, place.township.code)
        alerts.trial.of(alerts.rules.DEFAULTS[-1], place.township.code)
    assert len(asked) > 8
    assert [(found, one[0]) for one in asked if (found := scans(database, *one))] == []
