"""The builders make what the rules would have made."""

from sqlalchemy import Engine

from feedback import db, tokens
from feedback.models.kinds import Action, Kind
from feedback.models.people import Role
from tests import builders


def test_a_case_stands_in_the_team_of_its_microgrid_with_its_first_facts(database: Engine) -> None:
    town = builders.a_township()
    guardian = builders.a_person(town.microgrid, Role.GUARDIAN)
    household = builders.a_household(town.microgrid)
    code = builders.a_code(household)
    case = builders.a_case(household, kind=Kind.ENQUIRY)
    event = builders.an_event(case, Action.NOTE, actor_id=guardian.id)
    db.session.commit()
    assert (case.team.area_code, case.kind, case.events_count) == (town.microgrid.code, Kind.ENQUIRY, 3)
    assert event.n == 3
    assert tokens.is_valid(code.token)


def test_every_test_begins_with_an_empty_database(database: Engine) -> None:
    with database.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM area").scalar_one() == 0


def test_a_second_village_and_microgrid_lie_beside_the_first(database: Engine) -> None:
    town = builders.a_township()
    other = town.next_village()
    assert {town.next_microgrid().code, other.microgrid.code} == {"330281114201001002", "330281114202001001"}
