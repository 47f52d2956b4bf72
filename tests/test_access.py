"""谁能看、谁能办: the whole matrix holder × status × person × action, and what does not exist for the shut-out."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from feedback import access, closure, contents, db, queue, recusal, routing, workflow, worklist
from feedback.errors import Forbidden, Missing
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import About, Action, Contact, Outcome, Status
from feedback.models.people import Person, Role
from feedback.workflow import Who
from tests import builders

TABLE = Path(__file__).parent / "tables" / "who_may.txt"


def the_table() -> dict[tuple[str, str, str], set[str]]:
    rows = (line.split("|") for line in TABLE.read_text().splitlines() if not line.startswith("#"))
    return {(held.strip(), status.strip(), who.strip()): set(may.split()) for held, status, who, may in rows}


@pytest.fixture
def place(database: Engine) -> builders.Place:
    return builders.a_township()


@pytest.fixture
def people(place: builders.Place) -> dict[str, Person]:
    other = place.next_village()
    made = {
        "owner": builders.a_person(place.microgrid),
        "guardian": builders.a_person(place.microgrid),
        "neighbour": builders.a_person(place.next_microgrid()),
        "village": builders.a_person(place.village, Role.VILLAGE),
        "cadre": builders.a_person(place.village, Role.VILLAGE),
        "other village": builders.a_person(other.village, Role.VILLAGE),
        "township": builders.a_person(place.township, Role.TOWNSHIP),
        "deputy": builders.a_person(place.township, Role.TOWNSHIP),
        "own team": builders.a_person(place.township, Role.TOWNSHIP),
        "discipline": builders.a_person(place.township, Role.DISCIPLINE),
        "auditor": builders.a_person(place.township, Role.AUDITOR),
        "admin": builders.a_person(place.township, Role.ADMIN),
    }
    made["own team"].services[0].team_id = builders.a_team(place.township).id
    db.session.flush()
    return made


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("held_by", ["microgrid", "village", "township"])
def test_every_person_may_do_exactly_what_the_table_says(
    place: builders.Place, people: dict[str, Person], held_by: str, status: Status
) -> None:
    owner = people["owner" if held_by == "microgrid" else held_by]
    case = builders.a_case(
        builders.a_household(place.microgrid), status=status, team=builders.team_of(getattr(place, held_by)),
        owner_id=None if status in {Status.NEW, Status.ASSIGNED} else owner.id,
    )
    table = the_table()
    for who, person in people.items():
        may = {action.value for action in Action if access.may(person, action, case)}
        assert may == table[held_by, status.value, who], f"{who}, held by the {held_by}, {status}"


def test_the_table_has_a_row_for_everybody_in_every_status(people: dict[str, Person]) -> None:
    expected = {
        (held, status.value, who)
        for held in ("microgrid", "village", "township") for status in Status for who in people
    }
    assert set(the_table()) == expected


def filed_about(place: builders.Place, about: About) -> Case:
    household = builders.a_household(place.microgrid)
    area = place.microgrid if about is About.GUARDIAN else place.village
    case = builders.a_new_case(household, about=about, about_area_code=area.code)
    recusal.set_aside(case)
    workflow.record(case, Action.SUBMIT, Who.VILLAGER)
    routing.route(case)
    return case


def test_a_complaint_about_a_guardian_goes_to_the_village_and_exists_for_no_guardian_there(
    place: builders.Place, people: dict[str, Person]
) -> None:
    case = filed_about(place, About.GUARDIAN)
    assert case.status is Status.ASSIGNED
    assert (case.area_code, case.team.area_code) == (place.village.code, place.village.code)
    for who in ("owner", "guardian"):
        person = people[who]
        assert not access.may_know(person, case)
        assert db.session.scalars(access.cases(person)).all() == []
        assert db.session.scalars(access.facts(person)).all() == []
        assert queue.of_household(person, case.household_id or 0) == []
        assert set(queue.counts(person).values()) == {0}
        with pytest.raises(Missing):
            access.case_or_404(person, case.number)
    assert access.may(people["village"], Action.RESPOND, case)


def test_no_event_of_a_complaint_about_a_guardian_names_the_micro_grid(
    place: builders.Place, people: dict[str, Person]
) -> None:
    case = filed_about(place, About.GUARDIAN)
    areas = db.session.scalars(select(CaseEvent.area_code).where(CaseEvent.case_id == case.id))
    assert set(areas) == {place.village.code}


def test_recusal_is_by_person_whatever_hat_he_wears(place: builders.Place, people: dict[str, Person]) -> None:
    builders.a_service(people["guardian"], place.village, Role.VILLAGE)
    builders.a_service(people["guardian"], place.township, Role.TOWNSHIP)
    case = filed_about(place, About.GUARDIAN)
    assert not access.may_know(people["guardian"], case)


def test_somebody_who_begins_to_serve_there_later_is_shut_out_too(
    place: builders.Place, people: dict[str, Person]
) -> None:
    case = filed_about(place, About.GUARDIAN)
    builders.a_service(people["village"], place.microgrid, Role.GUARDIAN)
    assert access.is_shut_out(people["village"], case)
    assert case not in db.session.scalars(access.cases(people["village"])).all()


def test_a_complaint_about_a_cadre_goes_to_the_township(place: builders.Place, people: dict[str, Person]) -> None:
    case = filed_about(place, About.CADRE)
    assert (case.area_code, case.team.area_code) == (place.township.code, place.township.code)
    assert not access.may_know(people["village"], case)
    assert not access.may_know(people["guardian"], case)


def test_when_nobody_unrecused_is_left_the_discipline_office_takes_it(
    place: builders.Place, people: dict[str, Person]
) -> None:
    for who in ("township", "deputy"):
        builders.a_service(people[who], place.village, Role.VILLAGE)
    case = filed_about(place, About.CADRE)
    assert case.team.kind == "discipline"
    assert access.may(people["discipline"], Action.RESPOND, case)
    assert not access.may_know(people["township"], case)


def test_recusing_later_has_the_same_effect_at_once_on_everything_merged(
    place: builders.Place, people: dict[str, Person]
) -> None:
    household = builders.a_household(place.microgrid)
    main, merged = (builders.a_case(household) for _ in range(2))
    for case in (main, merged):
        contents.new_key(case)
    db.session.flush()
    closure.merge(merged, people["village"], main, words="同一件。")
    worklist.recuse(main, people["village"], people["guardian"])
    for case in (main, merged):
        assert not access.may_know(people["guardian"], case)
    assert main.area_code == place.village.code
    assert main.team.area_code == place.village.code


def test_only_above_or_discipline_recuses_somebody_else(place: builders.Place, people: dict[str, Person]) -> None:
    case = builders.a_case(builders.a_household(place.microgrid))
    contents.new_key(case)
    with pytest.raises(Forbidden):
        worklist.recuse(case, people["owner"], people["guardian"])
    worklist.recuse(case, people["owner"], people["owner"])
    assert access.is_shut_out(people["owner"], case)
    worklist.respond(case, people["village"], contact=Contact.PHONE)


def test_words_that_accuse_of_taking_go_to_the_discipline_officer_alone(
    place: builders.Place, people: dict[str, Person]
) -> None:
    case = builders.a_case(builders.a_household(place.microgrid))
    contents.new_key(case)
    worklist.recuse_to_discipline(case, people["owner"], words="说的是收钱的事。")
    for who, person in people.items():
        assert access.may_know(person, case) == (who == "discipline"), who
        found = case in db.session.scalars(access.facts(person)).all()
        assert found == (who == "discipline"), who


def test_a_number_never_given_and_one_not_his_look_alike(place: builders.Place, people: dict[str, Person]) -> None:
    case = builders.a_case(builders.a_household(place.microgrid))
    sentences = set()
    for number in (case.number, "0000000000"):
        with pytest.raises(Missing) as caught:
            access.case_or_404(people["neighbour"], number)
        sentences.add(str(caught.value))
    assert len(sentences) == 1


def test_auditor_knows_facts_and_reads_no_words(place: builders.Place, people: dict[str, Person]) -> None:
    case = builders.a_case(builders.a_household(place.microgrid))
    assert access.may_know(people["auditor"], case)
    assert not access.may_read(people["auditor"], case)
    assert not access.may_know(people["admin"], case)


def test_outcome_words_are_complete() -> None:
    assert all(outcome.label for outcome in Outcome)
