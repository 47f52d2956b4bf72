"""接口的事实: page by page the same cases and events as the exported files, without what the client may not know."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, event, insert, select

from feedback import clock, db, export
from feedback.export import Asked, legend, paged
from feedback.models.cases import Case, CaseEvent
from feedback.models.clients import Reads
from feedback.models.places import Area, Household
from tests import builders
from tests.lives import NOW, Township
from tests.test_api import COUNTY, DAYS, TOWNSHIP, VILLAGE, Machine, a_machine
from tests.test_plans import listening, scans

FROM_ON, TO_ON = date(2026, 8, 1), date(2026, 11, 19)
FILES = {"cases": export.cases, "events": export.events}


@pytest.fixture
def town(app: Flask, now: object) -> Iterator[Flask]:
    with clock.fixed(NOW, everywhere=True):
        Township(5).live(25)
        db.session.commit()
        yield app


def whole(machine: Machine, what: str, *, limit: int = 4, area: str = TOWNSHIP) -> list[dict[str, Any]]:
    """Everything of a resource, page after page."""
    found: list[dict[str, Any]] = []
    start = path = f"/{what}?{DAYS}&area={area}&limit={limit}"
    while path:
        page = machine.read(path)
        assert len({one["case"] for one in page[what]}) <= limit
        found += page[what]
        path = f"{start}&cursor={page['next']}" if page["next"] else ""
    return found


def of_file(what: str) -> list[dict[str, Any]]:
    """The same of the exported file, as JSON values; households have other names there."""
    table = FILES[what](Asked(TOWNSHIP, FROM_ON, TO_ON))
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return [{name: paged._value(name, cell) for name, cell in row.items()} for row in rows]


def without_households(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(({**one, "household": one["household"] is not None} for one in records),
                  key=lambda one: (one["case"], one.get("n", 0)))


@pytest.mark.parametrize("what", FILES)
def test_a_page_is_of_one_instant_whatever_is_done_meanwhile(town: Flask, what: str) -> None:
    """Somebody nobody had heard of takes a case on between two questions of the same page."""
    machine, before = a_machine(town), of_file(what)
    newcomer = builders.a_person(db.session.get_one(Area, VILLAGE)).id
    db.session.commit()
    of_the_first = select(CaseEvent).join(Case, Case.id == CaseEvent.case_id).where(Case.number == before[0]["case"])
    last = db.session.scalars(of_the_first.order_by(CaseEvent.n.desc())).first()
    assert last is not None
    columns = {one.name: getattr(last, one.key) for one in CaseEvent.__table__.c if one.name != "id"}
    step = columns | {"n": last.n + 1, "actor_id": newcomer, "owner_id": newcomer}
    db.session.rollback()
    left = [step]

    def meanwhile(connection: Connection, cursor: Any, statement: str, *rest: Any) -> None:
        if "DISTINCT case_event.actor_id" in statement and left and not db.is_sqlite():
            with db.engine().begin() as other:
                other.execute(insert(CaseEvent), [left.pop()])

    event.listen(db.engine(), "after_cursor_execute", meanwhile)
    assert without_households(whole(machine, what, limit=100)) == without_households(before)
    assert db.is_sqlite() or not left


@pytest.mark.parametrize("what", FILES)
def test_the_pages_together_are_the_exported_file(town: Flask, what: str) -> None:
    told = whole(a_machine(town), what)
    assert without_households(told) == without_households(of_file(what))
    assert len({one["case"] for one in told}) > 8, "there were several pages"


def test_cases_come_in_the_order_of_filing_and_what_comes_in_meanwhile_repeats_none(town: Flask) -> None:
    machine = a_machine(town)
    every = [one["case"] for one in whole(machine, "cases", limit=200)]
    first = machine.read(f"/cases?{DAYS}&limit=3")
    builders.a_case(db.session.scalars(select(Household)).all()[0], filed_at=clock.start_of(FROM_ON))
    db.session.commit()
    rest = machine.read(f"/cases?{DAYS}&limit=200&cursor={first['next']}")
    assert [one["case"] for one in (*first["cases"], *rest["cases"])] == every
    filed = [one["filed_at"] for one in (*first["cases"], *rest["cases"])]
    assert filed == sorted(filed)


@pytest.mark.parametrize("what", FILES)
def test_staff_are_left_out_unless_the_client_may_read_them(town: Flask, what: str) -> None:
    may, may_not = a_machine(town), a_machine(town, Reads.CASES, Reads.EVENTS, name="不看人")
    people = paged.PEOPLE & set(legend.CASES if what == "cases" else legend.EVENTS)
    assert people
    for one in whole(may_not, what):
        assert not people & set(one)
    assert any(one[name] for one in whole(may, what) for name in people)


def test_a_household_has_one_name_for_a_client_and_another_for_any_other(town: Flask) -> None:
    machine, other = a_machine(town), a_machine(town, name="另一个")
    names = {one["case"]: one["household"] for one in whole(machine, "cases")}
    assert names == {one["case"]: one["household"] for one in whole(machine, "events") if one["n"] == 1}
    others = {one["case"]: one["household"] for one in whole(other, "cases")}
    real = {one for one in names.values() if one is not None}
    assert real
    assert not real & set(others.values())
    assert len(real) == len(set(others.values()) - {None})


@pytest.mark.parametrize("what", FILES)
def test_what_is_for_the_discipline_office_alone_is_on_no_page_nor_named_on_one(town: Flask, what: str) -> None:
    machine = a_machine(town)
    before = whole(machine, what)
    db.write()
    first, second = db.session.scalars(select(Case).where(Case.filed_at >= clock.start_of(FROM_ON)).limit(2))
    hidden, other = first.number, second.number
    first.is_for_discipline_alone = True
    event = db.session.scalars(select(CaseEvent).where(CaseEvent.case_id == second.id, CaseEvent.n == 2)).one()
    event.main_case_id = first.id
    db.session.commit()
    after = whole(machine, what)
    assert hidden in {one["case"] for one in before}
    assert hidden not in str(after)
    assert other in {one["case"] for one in after}


def test_a_mark_of_a_repeat_tells_nothing_of_a_hidden_case(town: Flask) -> None:
    machine = a_machine(town)
    repeated = [one["case"] for one in whole(machine, "cases") if one["repeated"]]
    assert repeated
    db.write()
    case = db.session.scalars(select(Case).where(Case.number == repeated[0])).one()
    for one in db.session.scalars(select(Case).where(Case.household_id == case.household_id, Case.id != case.id)):
        one.is_for_discipline_alone = True
    db.session.commit()
    (told,) = (one for one in whole(machine, "cases") if one["case"] == repeated[0])
    assert told["repeated"] is False


def test_a_village_is_told_by_itself_and_nothing_of_another_area(town: Flask) -> None:
    machine = a_machine(town, area=COUNTY)
    own = whole(machine, "cases", area=VILLAGE)
    assert own
    assert {one["area"][:12] for one in own} == {VILLAGE}
    assert {one["case"] for one in own} == {
        one["case"] for one in whole(machine, "cases", area=COUNTY) if one["area"].startswith(VILLAGE)}


@pytest.mark.parametrize(("reads", "path"), [(Reads.EVENTS, "cases"), (Reads.CASES, "events")])
def test_a_client_reads_only_the_facts_it_was_given(town: Flask, reads: Reads, path: str) -> None:
    a_machine(town, reads).refused(f"/{path}?{DAYS}", 403)


@pytest.mark.parametrize("area", [TOWNSHIP, VILLAGE])
def test_a_page_reads_no_large_table_from_end_to_end(town: Flask, database: Engine, area: str) -> None:
    machine = a_machine(town)
    with listening(database) as asked:
        machine.read(f"/cases?{DAYS}&limit=5&area={area}")
        machine.read(f"/events?{DAYS}&limit=5&area={area}")
    if database.dialect.name == "sqlite":  # so few rows are read whole by PostgreSQL, index or not
        assert [found for one in asked if (found := scans(database, *one))] == []
    assert len(asked) < 60
