"""Importing areas, households and staff: all or nothing, safe to repeat, every bad row named."""

from __future__ import annotations

from datetime import date

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, func, select

from feedback import db, roster, teams
from feedback.errors import Refusal
from feedback.models.people import Person, Role, Service, Team, TeamKind
from feedback.models.places import Area, Household
from feedback.models.records import StaffEvent
from feedback.roster import Effect, Kind, contacts

TOWN = "code,name\n330281114,梁弄镇\n330281114200,东溪村\n330281114203,后陈村\n"
GRIDS = "parent,name\n330281114200,东片\n330281114200,西片\n"
MICROGRIDS = "parent,name\n330281114200001,一组\n330281114200001,二组\n330281114203001,后一组\n"
HOMES = ("microgrid,door,householder,phone\n330281114200001001,溪东路1号,周一禾,13800138001\n"
         "330281114200001001,溪东路2号,,\n330281114200001002,溪东路3号,王三田,0574-62300000\n")
STAFF = ("username,name,phone,role,area,leader,team\n"
         "zhou,周一禾,13800138001,guardian,330281114200001001,yes,\n"
         "zhou,周一禾,13800138001,guardian,330281114200001002,,\n"
         "wang,王三田,,village,330281114200,yes,\n"
         "li,李五谷,,township,330281114,,自然资源所\n")

pytestmark = pytest.mark.usefixtures("database", "now")


def take(kind: Kind, text: str) -> roster.Plan:
    done = roster.apply(roster.plan(kind, text.encode(), file_name="表.csv"))
    db.session.commit()
    return done


def counts(plan: roster.Plan) -> tuple[int, int, int]:
    return plan.new, plan.changed, plan.same


def areas() -> dict[str, str]:
    return {row.code: row.name for row in db.session.execute(select(Area.code, Area.name))}


def refused(kind: Kind, text: str) -> list[tuple[int, str, str]]:
    """(line, column, reason) of every bad row; and nothing must have been taken."""
    before = stored()
    plan = roster.plan(kind, text.encode())
    with pytest.raises(Refusal):
        roster.apply(plan)
    db.session.rollback()
    assert stored() == before
    return [(bad.line, bad.column, str(bad)) for bad in plan.bad_rows]


def stored() -> list[int]:
    tables = (Area, Team, Household, Person, Service, StaffEvent)
    found = [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
    db.session.rollback()
    return found


@pytest.fixture
def town() -> None:
    take(Kind.AREAS, TOWN)


@pytest.fixture
def microgrids(town: None) -> None:
    take(Kind.AREAS, GRIDS)
    take(Kind.AREAS, MICROGRIDS)


def test_areas_come_with_their_codes_parents_and_queues(town: None) -> None:
    village = db.session.get_one(Area, "330281114200")
    assert village.parent_code == "330281114"
    assert db.session.get_one(Area, "330281114").parent_code is None
    kinds = db.session.execute(select(Team.area_code, Team.kind).order_by(Team.area_code, Team.kind)).all()
    assert [tuple(row) for row in kinds] == [
        ("330281114", TeamKind.AREA), ("330281114", TeamKind.DISCIPLINE),
        ("330281114200", TeamKind.AREA), ("330281114203", TeamKind.AREA),
    ]


def test_a_village_without_grids_gets_grid_001_until_its_own_take_the_number(town: None) -> None:
    assert areas()["330281114200001"] == roster.FIRST_GRID
    take(Kind.AREAS, GRIDS)
    assert areas()["330281114200001"] == "东片"
    assert areas()["330281114200002"] == "西片"
    assert areas()["330281114203001"] == roster.FIRST_GRID


def test_grid_001_stays_once_something_is_in_it(town: None) -> None:
    take(Kind.AREAS, MICROGRIDS)
    take(Kind.AREAS, "parent,name\n330281114203,新片\n")
    assert areas()["330281114203001"] == roster.FIRST_GRID
    assert areas()["330281114203002"] == "新片"


def test_a_village_whose_grids_are_in_the_same_file_gets_no_other() -> None:
    take(Kind.AREAS, TOWN + "330281114200005,南片\n")
    assert "330281114200001" not in areas()


def test_grids_and_microgrids_are_numbered_in_file_order(microgrids: None) -> None:
    found = areas()
    assert found["330281114200001001"] == "一组"
    assert found["330281114200001002"] == "二组"
    assert found["330281114203001001"] == "后一组"
    take(Kind.AREAS, "parent,name\n330281114200001,三组\n330281114200001,一组\n")
    assert areas()["330281114200001003"] == "三组"


def test_the_file_is_given_back_with_its_codes_and_can_be_given_again(town: None) -> None:
    done = take(Kind.AREAS, GRIDS)
    assert isinstance(done, roster.AreasPlan)
    assert done.gives_codes
    back = done.coded_csv().decode()
    assert back.splitlines() == [
        "code,parent,name", "330281114200001,330281114200,东片", "330281114200002,330281114200,西片",
    ]
    again = take(Kind.AREAS, back)
    assert counts(again) == (0, 0, 2)
    assert isinstance(again, roster.AreasPlan)
    assert not again.gives_codes


@pytest.mark.parametrize("text", [GRIDS, MICROGRIDS, TOWN])
def test_areas_given_twice_change_nothing(microgrids: None, text: str) -> None:
    before = stored()
    assert counts(take(Kind.AREAS, text))[:2] == (0, 0)
    assert stored() == before


def test_a_renamed_area_renames_its_queue(town: None) -> None:
    done = take(Kind.AREAS, "code,name\n330281114200,东溪新村\n")
    assert counts(done) == (0, 1, 0)
    assert teams.of("330281114200").name == "东溪新村"


def test_a_county_imported_later_takes_its_townships(town: None) -> None:
    take(Kind.AREAS, "code,name\n330281,余姚市\n")
    assert db.session.get_one(Area, "330281114").parent_code == "330281"


def test_bad_areas_are_named_by_line_column_and_reason(town: None) -> None:
    text = ("code,name\n3302811142,甲\n330281115200,乙\n330281114204,\n330281114200,丙\n330281114200,丁\n"
            "330281114205,好村\n")
    found = refused(Kind.AREAS, text)
    assert [(line, column) for line, column, _ in found] == [(2, "code"), (3, "code"), (4, "name"), (6, "code")]
    assert "330281115" in found[1][2]
    assert "第 5 行" in found[3][2]


@pytest.mark.parametrize(
    ("line", "column"),
    [("330281114,某村", "parent"), ("330281114999,某格", "parent"), ("x,某格", "parent"), (",某格", "parent"),
     ("330281114200,", "name")],
)
def test_an_area_without_code_needs_a_village_or_grid_above_it(town: None, line: str, column: str) -> None:
    assert [(row[0], row[1]) for row in refused(Kind.AREAS, f"parent,name\n{line}\n")] == [(2, column)]


def test_two_areas_of_one_name_below_one_parent_are_refused(town: None) -> None:
    assert refused(Kind.AREAS, "parent,name\n330281114200,东片\n330281114200,东片\n")[0][:2] == (3, "name")


def test_the_thousandth_grid_is_refused(town: None) -> None:
    text = "code,name\n330281114200999,末片\n"
    take(Kind.AREAS, text)
    assert refused(Kind.AREAS, "parent,name\n330281114200,又一片\n")[0][1] == "parent"


def test_households_are_stored_with_sealed_names_and_phones(microgrids: None) -> None:
    assert counts(take(Kind.HOUSEHOLDS, HOMES)) == (3, 0, 0)
    household = db.session.scalars(select(Household).where(Household.door == "溪东路1号")).one()
    assert household.householder is not None
    assert "周一禾".encode() not in household.householder
    assert contacts.of(household) == ("周一禾", "13800138001")
    empty = db.session.scalars(select(Household).where(Household.door == "溪东路2号")).one()
    assert (empty.householder, empty.phone) == (None, None)


def test_households_given_twice_change_nothing(microgrids: None) -> None:
    take(Kind.HOUSEHOLDS, HOMES)
    before = stored()
    assert counts(take(Kind.HOUSEHOLDS, HOMES)) == (0, 0, 3)
    assert stored() == before


def test_a_household_moves_between_microgrids_and_keeps_its_contacts(microgrids: None) -> None:
    take(Kind.HOUSEHOLDS, HOMES)
    plan = roster.plan(Kind.HOUSEHOLDS, "microgrid,door\n330281114200001002,溪东路1号\n".encode())
    [change] = plan.changes
    assert (change.line, change.effect) == (2, Effect.CHANGED)
    assert change.differences == (("microgrid", "330281114200001001", "330281114200001002"),)
    roster.apply(plan)
    household = db.session.scalars(select(Household).where(Household.door == "溪东路1号")).one()
    assert household.microgrid_code == "330281114200001002"
    assert contacts.of(household) == ("周一禾", "13800138001")


def test_a_changed_phone_is_shown_masked_and_an_emptied_one_goes(microgrids: None) -> None:
    take(Kind.HOUSEHOLDS, HOMES)
    new = "microgrid,door,phone\n330281114200001001,溪东路1号,13900139009\n330281114200001002,溪东路3号,\n"
    plan = roster.plan(Kind.HOUSEHOLDS, new.encode())
    assert plan.changes[0].differences == (("phone", "138****8001", "139****9009"),)
    assert plan.changes[1].differences[0].after == ""
    roster.apply(plan)
    third = db.session.scalars(select(Household).where(Household.door == "溪东路3号")).one()
    assert contacts.of(third) == ("王三田", "")


def test_the_same_door_in_another_village_is_another_household(microgrids: None) -> None:
    take(Kind.HOUSEHOLDS, HOMES)
    assert counts(take(Kind.HOUSEHOLDS, "microgrid,door\n330281114203001001,溪东路1号\n")) == (1, 0, 0)


def test_bad_households_are_named_and_nothing_is_taken(microgrids: None) -> None:
    text = ("microgrid,door,householder,phone\n330281114200001001,1号,,\n330281114200001009,2号,,\n"
            "3.30281E+17,3号,,\n330281114200001001,,,\n330281114200001002,1号,,\n"
            "330281114200001001,5号,,1380013800\n330281114200001001,6号,,12ab\n3302811142,7号,,\n")
    found = refused(Kind.HOUSEHOLDS, text)
    assert [(line, column) for line, column, _ in found] == [
        (3, "microgrid"), (4, "microgrid"), (5, "door"), (6, "door"), (7, "phone"), (8, "phone"), (9, "microgrid"),
    ]
    assert found[4][2] == "电话少一位，请再看看"
    assert "第 2 行" in found[3][2]


def test_bad_rows_are_handed_back_as_a_csv_without_formulas(microgrids: None) -> None:
    plan = roster.plan(Kind.HOUSEHOLDS, b"microgrid,door\n=1+1,a\n@x,b\n")
    lines = plan.bad_rows_csv().decode("utf-8-sig").splitlines()
    assert lines[0] == "line,column,value,reason"
    assert lines[1].startswith("2,microgrid,'=1+1,")
    assert lines[2].startswith("3,microgrid,'@x,")
    assert plan.bad_rows_csv(lambda text: "no").decode().endswith("no\r\n")


def test_a_dry_run_changes_nothing(microgrids: None) -> None:
    before = stored()
    plan = roster.plan(Kind.HOUSEHOLDS, HOMES.encode())
    assert plan.new == 3
    assert stored() == before


def test_a_plan_is_compared_again_when_it_is_applied(microgrids: None) -> None:
    first, second = (roster.plan(Kind.HOUSEHOLDS, HOMES.encode()) for _ in range(2))
    roster.apply(first)
    db.session.commit()
    assert counts(roster.apply(second)) == (0, 0, 3)


def test_staff_serve_from_today_and_the_own_team_is_made(microgrids: None) -> None:
    assert counts(take(Kind.STAFF, STAFF)) == (4, 0, 0)
    zhou = db.session.scalars(select(Person).where(Person.username == "zhou")).one()
    assert {(one.area_code, one.is_leader) for one in zhou.services} == {
        ("330281114200001001", True), ("330281114200001002", False)}
    assert {one.from_on for one in zhou.services} == {date(2026, 11, 19)}
    own = db.session.scalars(select(Team).where(Team.kind == TeamKind.OWN)).one()
    assert (own.area_code, own.name) == ("330281114", "自然资源所")
    assert [person.username for person in teams.members(own)] == ["li"]
    assert teams.members(teams.of("330281114200")) == [
        db.session.scalars(select(Person).where(Person.username == "wang")).one()]


def test_staff_given_twice_change_nothing(microgrids: None) -> None:
    take(Kind.STAFF, STAFF)
    before = stored()
    assert counts(take(Kind.STAFF, STAFF)) == (0, 0, 4)
    assert stored() == before


def test_a_changed_name_leader_or_area_is_shown_and_done(microgrids: None) -> None:
    take(Kind.STAFF, STAFF)
    new = ("username,name,role,area,leader\nwang,王三天,village,330281114200,\n"
           "zhou,周一禾,guardian,330281114203001001,\n")
    plan = roster.plan(Kind.STAFF, new.encode())
    assert counts(plan) == (1, 1, 0)
    assert {one.column for one in plan.changes[0].differences} == {"name", "leader"}
    roster.apply(plan)
    zhou = db.session.scalars(select(Person).where(Person.username == "zhou")).one()
    assert (len(zhou.services), zhou.phone) == (3, "13800138001")


def test_first_passwords_are_given_once_and_to_nobody_who_has_one(microgrids: None) -> None:
    take(Kind.STAFF, STAFF)
    plan = roster.plan(Kind.STAFF, STAFF.encode())
    slips = roster.slips_for(plan)
    assert [slip.username for slip in slips] == ["zhou", "wang", "li"]
    roster.apply(plan, slips=slips)
    db.session.commit()
    wang = db.session.scalars(select(Person).where(Person.username == "wang")).one()
    assert wang.password_hash is not None
    assert PasswordHasher().verify(wang.password_hash, slips[1].password)
    assert wang.must_change_password
    assert roster.slips_for(roster.plan(Kind.STAFF, STAFF.encode())) == []


def test_bad_staff_are_named_and_nothing_is_taken(microgrids: None) -> None:
    text = ("username,name,phone,role,area,leader,team\n"
            "a,甲,,guardian,330281114200001001,,\n"
            "bb,,,guardian,330281114200001001,,\n"
            "cc,丙,,king,330281114200001001,,\n"
            "dd,丁,,guardian,330281114200,,\n"
            "ee,戊,,guardian,330281114200001001,maybe,\n"
            "ff,己,,guardian,330281114200001001,,某队\n"
            "gg,庚,,village,330281114299,,\n"
            "hh,辛,,admin,330281114,,\n"
            "hh,辛,,township,330281114,,\n"
            "ii,壬,,village,330281114200,,\n"
            "ii,癸,,village,330281114203,,\n"
            "ii,壬,,village,330281114200,,\n")
    found = refused(Kind.STAFF, text)
    assert [(line, column) for line, column, _ in found] == [
        (2, "username"), (3, "name"), (4, "role"), (5, "area"), (6, "leader"), (7, "team"), (8, "area"),
        (9, "role"), (12, "name"), (13, "area"),
    ]


def test_an_import_leaves_one_event_with_counts_and_no_names(microgrids: None, database: Engine) -> None:
    take(Kind.HOUSEHOLDS, HOMES)
    event = db.session.scalars(select(StaffEvent).order_by(StaffEvent.id.desc())).first()
    assert event is not None
    assert (event.act, event.subject) == ("import", "表.csv")
    assert event.facts == {"kind": "households", "new": 3, "changed": 0, "same": 0, "passwords": 0}


def test_every_role_may_serve_somewhere() -> None:
    assert set(roster.LEVELS) == set(Role)
