"""在岗: nobody who is not there keeps a case, and no case waits where nobody comes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select

from feedback import attendance, clock, db, teams, workflow, worklist
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action, Contact, Status
from feedback.models.people import Person, Role, Service, Team, TeamKind
from tests import builders

THURSDAY = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)
YESTERDAY = date(2026, 11, 18)


@dataclass
class Town:
    place: builders.Place
    aunt: Person
    uncle: Person
    secretary: Person
    officer: Person
    surveyor: Person
    own: Team


@pytest.fixture
def town(database: Engine) -> Iterator[Town]:
    """A guardian and her stand-in, one cadre, one officer, and one who works in a team of the township's own."""
    with clock.fixed(THURSDAY, everywhere=True):
        place = builders.a_township()
        own = builders.a_team(place.township)
        surveyor = builders.a_person(place.township, Role.TOWNSHIP)
        surveyor.services[0].team_id = own.id
        yield Town(
            place,
            builders.a_person(place.microgrid),
            builders.a_person(place.microgrid),
            builders.a_person(place.village, Role.VILLAGE),
            builders.a_person(place.township, Role.TOWNSHIP),
            surveyor,
            own,
        )


def a_case(town: Town, **facts: object) -> Case:
    return builders.a_case(builders.a_household(town.place.microgrid), **facts)


def owned(town: Town, by: Person | None = None) -> Case:
    case = a_case(town, **({"team": town.own} if by is town.surveyor else {}))
    worklist.respond(case, by or town.aunt, contact=Contact.PHONE)
    return case


def last(case: Case) -> CaseEvent:
    return workflow.events(case)[-1]


def leave(person: Person, to_on: date = YESTERDAY) -> None:
    """The person's services have ended."""
    for service in person.services:
        service.to_on = to_on
    db.session.flush()


def close_account(person: Person) -> None:
    person.is_active = False
    db.session.flush()


def move_away(town: Town, person: Person) -> None:
    """To another micro-grid, since today."""
    leave(person)
    builders.a_service(person, town.place.next_microgrid(), Role.GUARDIAN)


def renew(town: Town, person: Person) -> None:
    """The service ended, and another like it began."""
    leave(person)
    builders.a_service(person, town.place.microgrid, Role.GUARDIAN)


@pytest.mark.parametrize(("what_happens", "goes_back"), [
    (lambda town: None, False),
    (lambda town: builders.an_absence(town.aunt), True),
    (lambda town: close_account(town.aunt), True),
    (lambda town: leave(town.aunt), True),
    (lambda town: leave(town.aunt, date(2026, 11, 19)), False),  # the last day is served
    (lambda town: move_away(town, town.aunt), True),
    (lambda town: renew(town, town.aunt), False),
    (lambda town: builders.an_absence(town.uncle), False),
], ids=["there", "away", "account closed", "service ended", "last day", "moved", "renewed", "another away"])
def test_a_case_goes_back_to_its_team_when_its_owner_is_not_there(
    town: Town, what_happens: Callable[[Town], None], goes_back: bool
) -> None:
    case, answered = owned(town), owned(town)
    answered.status, answered.reported_at, answered.next_due_at = Status.REPORTED_BACK, THURSDAY, None
    what_happens(town)
    assert attendance.give_back() == (1 if goes_back else 0)
    if goes_back:
        assert (case.status, case.owner_id, case.team_id) == (
            Status.ASSIGNED, None, builders.team_of(town.place.microgrid).id
        )
        assert (last(case).action, last(case).reason) == (Action.RELEASE, "absent")
    else:
        assert (case.status, case.owner_id) == (Status.IN_PROGRESS, town.aunt.id)
    assert answered.owner_id == town.aunt.id
    assert attendance.give_back() == 0


def test_who_no_longer_works_in_a_team_of_the_townships_own_keeps_none_of_its_cases(town: Town) -> None:
    case = owned(town, town.surveyor)
    assert attendance.give_back() == 0
    town.surveyor.services[0].to_on = YESTERDAY
    builders.a_service(town.surveyor, town.place.township, Role.TOWNSHIP)
    assert attendance.give_back() == 1
    assert (case.status, case.team_id) == (Status.ASSIGNED, town.own.id)


def test_more_than_a_batch_is_given_back_and_moved_up(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attendance, "BATCH", 2)
    cases = [owned(town) for _ in range(5)]
    builders.an_absence(town.aunt)
    builders.an_absence(town.uncle)
    assert [attendance.give_back() for _ in range(4)] == [2, 2, 1, 0]
    assert [attendance.move_up() for _ in range(4)] == [2, 2, 1, 0]
    assert {case.team_id for case in cases} == {builders.team_of(town.place.village).id}


def test_a_case_that_can_not_be_moved_stops_no_other(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = owned(town), owned(town)
    held = broken.events_count
    record = workflow.record

    def sometimes(case: Case, *args: Any, **facts: Any) -> CaseEvent:
        event = record(case, *args, **facts)
        if case is broken:
            raise KeyError("no such thing")
        return event

    monkeypatch.setattr(workflow, "record", sometimes)
    for person in (town.aunt, town.uncle):
        builders.an_absence(person)
    with caplog.at_level("CRITICAL", logger="feedback.attendance"):
        assert [attendance.give_back() for _ in range(2)] == [1, 0]
        assert [attendance.move_up() for _ in range(2)] == [1, 0]
    assert (broken.status, broken.owner_id, broken.events_count) == (Status.IN_PROGRESS, town.aunt.id, held)
    assert sound.status is Status.NEW


def test_a_team_with_nobody_there_passes_its_cases_up_as_far_as_somebody_is(town: Town) -> None:
    case, village = a_case(town), builders.team_of(town.place.village)
    builders.an_absence(town.aunt)
    assert attendance.move_up() == 0
    builders.an_absence(town.uncle)
    assert attendance.move_up() == 1
    assert (case.status, case.team_id, last(case).reason) == (Status.NEW, village.id, "absent")
    assert attendance.move_up() == 0
    builders.an_absence(town.secretary)
    assert attendance.move_up() == 1
    assert (case.status, case.team_id) == (Status.ASSIGNED, builders.team_of(town.place.township).id)
    assert (last(case).action, last(case).actor_id, last(case).reason) == (Action.ASSIGN, None, "absent")
    assert attendance.move_up() == 0


def test_what_waits_in_an_empty_village_to_be_looked_at_goes_up_to_the_township(town: Town) -> None:
    case = a_case(town, status=Status.NEW, is_marked=True, team=builders.team_of(town.place.village))
    assert attendance.move_up() == 0
    leave(town.secretary)
    assert attendance.move_up() == 1
    assert case.team_id == builders.team_of(town.place.township).id


def test_a_case_of_an_empty_own_team_goes_to_the_township(town: Town) -> None:
    case = a_case(town, team=town.own)
    close_account(town.surveyor)
    assert attendance.move_up() == 1
    assert (case.status, case.team_id) == (Status.NEW, builders.team_of(town.place.township).id)


def test_where_nobody_is_there_on_any_level_a_case_stays_at_the_top_and_no_round_turns_in_a_circle(
    town: Town,
) -> None:
    case = a_case(town)
    for person in (town.aunt, town.uncle, town.secretary, town.officer, town.surveyor):
        builders.an_absence(person)
    moves = [attendance.move_up() for _ in range(5)]
    assert moves == [1, 1, 0, 0, 0]
    assert case.team_id == builders.team_of(town.place.township).id


def test_with_no_staff_at_all_no_round_turns_in_a_circle(town: Town) -> None:
    a_case(town)
    a_case(town, team=builders.a_team(town.place.township, TeamKind.DISCIPLINE, "纪委"))
    for person in (town.aunt, town.uncle, town.secretary, town.officer, town.surveyor):
        leave(person)
    assert [attendance.move_up() for _ in range(4)][-1] == 0


def test_a_case_that_stays_is_not_touched(town: Town) -> None:
    cases = [a_case(town), owned(town), a_case(town, status=Status.NEW, team=builders.team_of(town.place.village))]
    before = [case.events_count for case in cases]
    assert attendance.give_back() == attendance.move_up() == 0
    assert [case.events_count for case in cases] == before


def test_who_sits_where_is_the_same_in_sql_as_for_one_person(town: Town) -> None:
    builders.a_team(town.place.township, TeamKind.DISCIPLINE, "纪委")
    areas = [town.place.microgrid, town.place.grid, town.place.village, town.place.township, town.place.county]
    for area in areas:
        for role in Role:
            builders.a_person(area, role)
    builders.a_service(town.aunt, town.place.village, Role.VILLAGE, to_on=YESTERDAY)
    teams.of(town.place.county.code)
    seated = {tuple(row) for row in db.session.execute(teams.seats(teams.runs()))}
    everybody, every_team = db.session.scalars(select(Person)).all(), db.session.scalars(select(Team)).all()
    assert seated == {
        (person.id, team.id) for person in everybody for team in every_team if teams.is_member(person, team)
    }
    assert (town.surveyor.id, town.own.id) in seated
    ended = {tuple(row) for row in db.session.execute(teams.seats(Service.to_on < clock.today()))}
    assert ended == {(town.aunt.id, builders.team_of(town.place.village).id)}


def test_the_rows_that_move_are_written_by_the_one_writer(town: Town) -> None:
    """An event for each step, and none without one."""
    case = owned(town)
    for person in (town.aunt, town.uncle):
        builders.an_absence(person)
    attendance.give_back()
    attendance.move_up()
    actions = [event.action for event in workflow.events(case)][-2:]
    assert actions == [Action.RELEASE, Action.RELEASE]
