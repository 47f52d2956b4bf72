"""监督: doors scanned too fast, visits she denied, lists page by page, and what the auditor reads."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from feedback import clock, closure, db, workflow
from feedback.identity import trail
from feedback.models.cases import Case
from feedback.models.kinds import About, Action, Answer, Kind, Outcome, Status
from feedback.models.people import Person, Role, TeamKind
from feedback.models.places import Household
from feedback.models.records import StaffAct
from feedback.supervision import hands, lists, records, visits
from feedback.supervision.lists import Narrowed, Now
from tests import builders

TOWNSHIP = builders.CODES["township"]
DAYS = (date(2026, 11, 1), date(2026, 11, 30))
EVERYWHERE = Narrowed(area_code=TOWNSHIP)


class Town:
    """One micro-grid with two guardians, and somebody at the township who looks."""

    def __init__(self) -> None:
        self.place = builders.a_township()
        self.aunt, self.uncle = (builders.a_person(self.place.microgrid) for _ in range(2))
        self.viewer = builders.a_person(self.place.township, Role.TOWNSHIP)
        self.auditor = builders.a_person(self.place.township, Role.AUDITOR)
        self.households = [builders.a_household(self.place.microgrid) for _ in range(4)]
        self.codes = {household.id: builders.a_code(household) for household in self.households}

    def visited(self, household: Household, by: Person, at: datetime) -> Case:
        with clock.fixed(at):
            case = builders.a_case(household, filed_at=at - timedelta(hours=2))
            workflow.record(case, Action.VISIT, by, code=self.codes[household.id])
        return case

    def seen(self, viewer: Person | None = None) -> list[visits.Rush]:
        return visits.rushes(viewer or self.viewer, TOWNSHIP, *DAYS)


@pytest.fixture
def town(database: Engine, now: datetime) -> Town:
    return Town()


def reported(case: Case, by: Person) -> Case:
    if case.responded_at is None:
        workflow.record(case, Action.RESPOND, by)
    workflow.record(case, Action.REPORT_BACK, by, outcome=Outcome.EXPLAINED)
    return case


# ---------------------------------------------------------------- hands


def test_what_is_open_is_in_somebodys_hands_or_in_nobodys_and_stands_on_one_rung(town: Town, now: datetime) -> None:
    first, second, third, fourth = town.households
    late = {"next_due_at": now - timedelta(hours=1)}
    builders.a_case(first, response_rung=2, handling_rung=1)
    taken = {"responded_at": now, "response_rung": 4, "status": Status.IN_PROGRESS}
    builders.a_case(second, owner_id=town.aunt.id, handling_rung=3, **taken, **late)
    builders.a_case(third, owner_id=town.aunt.id, handling_rung=0, **taken)
    builders.a_case(fourth, owner_id=town.uncle.id, handling_rung=3, closed_at=now, **taken)
    builders.a_case(fourth, owner_id=town.uncle.id, **taken | {"next_due_at": None})
    found = hands.of(town.viewer, TOWNSHIP)
    assert {place.word: n for place, n in found.places.items() if n} == {
        "response_2": 1, "handling_3": 1, "handling_0": 1}
    (load,) = found.loads.values()
    assert (load.name, load.open, load.overdue) == (town.aunt.name, 2, 1)
    assert (found.unowned, found.open, found.told(2), found.told(3)) == (1, 3, 1, 1)
    for place, n in found.places.items():
        assert lists.count(town.viewer, Now.OPEN, Narrowed(area_code=TOWNSHIP, place=place)) == n, place
    assert lists.count(town.viewer, Now.OPEN, Narrowed(area_code=TOWNSHIP, owner=lists.NOBODY)) == 1


def test_what_somebody_is_shut_out_from_is_in_nobodys_hands_for_him(town: Town) -> None:
    builders.a_service(town.aunt, town.place.township, Role.TOWNSHIP)
    before = hands.of(town.aunt, TOWNSHIP)
    builders.a_case(town.households[0], about=About.GUARDIAN, about_area_code=town.place.microgrid.code)
    assert hands.of(town.aunt, TOWNSHIP) == before
    assert hands.of(town.viewer, TOWNSHIP).open == 1


def test_the_first_day_is_that_of_the_first_case_the_viewer_may_know(town: Town, now: datetime) -> None:
    builders.a_service(town.aunt, town.place.township, Role.TOWNSHIP)
    today, then = clock.local(now).date(), clock.local(now - timedelta(days=40)).date()
    assert not lists.had_begun(town.viewer, TOWNSHIP, today)
    long_ago, about = now - timedelta(days=40), {"about": About.GUARDIAN, "about_area_code": town.place.microgrid.code}
    builders.a_case(town.households[0], filed_at=long_ago, **about)
    builders.a_case(town.households[1], filed_at=now)
    for area in (TOWNSHIP, TOWNSHIP[:6]):
        assert lists.had_begun(town.viewer, area, then)
        assert not lists.had_begun(town.viewer, area, then - timedelta(days=1))
        assert not lists.had_begun(town.aunt, area, today - timedelta(days=1))
        assert lists.had_begun(town.aunt, area, today)


def test_a_township_that_began_later_than_its_neighbour_has_its_own_beginning(town: Town, now: datetime) -> None:
    builders.a_case(town.households[0], filed_at=now - timedelta(days=400))
    other = builders.an_area("330281115", "大岚镇")
    last_month = clock.local(now).date() - timedelta(days=40)
    assert lists.had_begun(town.viewer, TOWNSHIP, last_month)
    assert not lists.had_begun(town.viewer, other.code, last_month)


# ---------------------------------------------------------------- visits


def test_three_doors_within_minutes_are_one_run(town: Town, now: datetime) -> None:
    for place, household in enumerate(town.households[:3]):
        town.visited(household, town.aunt, now + timedelta(minutes=4 * place))
    (rush,) = town.seen()
    assert (rush.by, rush.doors, len(rush.scans)) == (town.aunt, 3, 3)


def test_doors_further_apart_than_some_minutes_are_no_run(town: Town, now: datetime) -> None:
    for place, household in enumerate(town.households[:3]):
        town.visited(household, town.aunt, now + timedelta(minutes=6 * place))
    assert town.seen() == []


def test_the_same_door_twice_is_no_run(town: Town, now: datetime) -> None:
    town.visited(town.households[0], town.aunt, now)
    town.visited(town.households[0], town.aunt, now + timedelta(minutes=1))
    assert town.seen() == []


def test_two_guardians_at_two_doors_are_no_run(town: Town, now: datetime) -> None:
    town.visited(town.households[0], town.aunt, now)
    town.visited(town.households[1], town.uncle, now + timedelta(minutes=1))
    assert town.seen() == []


def test_a_visit_she_denied_is_listed_and_one_she_witnessed_is_not(town: Town, now: datetime) -> None:
    denied, true = (town.visited(town.households[n], town.aunt, now) for n in (0, 1))
    for case, came in ((denied, False), (true, True)):
        closure.witness(case, of_n=case.events_count, yes=came)
    (one,) = visits.denials(town.viewer, TOWNSHIP, *DAYS)
    assert (one.case, one.by, one.visited_at) == (denied, town.aunt, now)


def test_who_is_shut_out_sees_no_run_that_a_case_about_them_is_part_of(town: Town, now: datetime) -> None:
    village = town.place.village
    cadre = builders.a_person(village, Role.VILLAGE)
    builders.a_service(cadre, town.place.township, Role.TOWNSHIP)
    town.visited(town.households[0], town.aunt, now)
    case = town.visited(town.households[1], town.aunt, now + timedelta(minutes=1))
    case.about, case.about_area_code = About.CADRE, village.code
    db.session.flush()
    assert len(town.seen()) == 1
    assert town.seen(cadre) == []


# ---------------------------------------------------------------- lists


def test_a_list_goes_on_behind_its_last_case_and_shows_each_once(town: Town, now: datetime) -> None:
    same_due = [builders.a_case(town.households[0]) for _ in range(5)]
    found: list[Case] = []
    after = ""
    for _ in range(3):
        page = lists.standing(town.viewer, Now.OPEN, EVERYWHERE, after=after, most=2)
        found += page.cases
        after = page.after
    assert found == same_due
    assert after == ""
    assert lists.count(town.viewer, Now.OPEN, EVERYWHERE) == 5


@pytest.mark.parametrize("after", ["x", "-", "1-", "9" * 40 + "-1", "1-x"])
def test_an_address_that_no_page_of_ours_said_begins_at_the_front(town: Town, after: str) -> None:
    case = builders.a_case(town.households[0])
    assert lists.standing(town.viewer, Now.OPEN, EVERYWHERE, after=after).cases == [case]


def test_each_list_holds_what_it_says(town: Town, now: datetime) -> None:
    late = builders.a_case(town.households[0], filed_at=now - timedelta(days=3))
    today = builders.a_case(town.households[1], next_due_at=now + timedelta(hours=2))
    waiting = reported(builders.a_case(town.households[2]), town.aunt)
    watched = builders.a_case(town.households[3])
    workflow.record(watched, Action.SUPERVISE, town.viewer)

    def held(which: Now) -> list[Case]:
        return list(lists.standing(town.viewer, which, EVERYWHERE).cases)

    assert held(Now.OPEN) == [late, today, watched]
    assert held(Now.OVERDUE) == [late]
    assert held(Now.DUE_TODAY) == [today]
    assert held(Now.WAITING) == [waiting]
    assert held(Now.SUPERVISED) == [watched]
    assert held(Now.FOLLOW_UP) == [waiting]


def test_the_discipline_list_holds_what_the_office_took_and_what_was_put_on_it(town: Town) -> None:
    officer = builders.a_person(town.place.township, Role.DISCIPLINE)
    office = builders.a_team(town.place.township, TeamKind.DISCIPLINE, "纪委")
    taken = builders.a_case(town.households[0], team=office)
    listed = builders.a_case(town.households[1], is_on_discipline_list=True)
    builders.a_case(town.households[2])
    assert list(lists.standing(officer, Now.DISCIPLINE, EVERYWHERE).cases) == [taken, listed]
    assert Now.DISCIPLINE in lists.offered(officer)
    assert Now.DISCIPLINE not in lists.offered(town.viewer)


def test_who_has_spoken_since_the_answer_is_not_asked_again(town: Town) -> None:
    case = reported(builders.a_case(town.households[0]), town.aunt)
    workflow.record(case, Action.RATE, workflow.Who.VILLAGER, rating=5)
    assert lists.count(town.viewer, Now.FOLLOW_UP, EVERYWHERE) == 1
    with clock.fixed(clock.now() + timedelta(days=1)):
        closure.confirm(case, says=Answer.ACCEPTED)
        assert lists.count(town.viewer, Now.FOLLOW_UP, EVERYWHERE) == 0


def test_a_list_is_narrowed_by_kind_team_owner_and_place(town: Town) -> None:
    help_, enquiry = (builders.a_case(town.households[0], kind=kind) for kind in (Kind.HELP, Kind.ENQUIRY))
    workflow.record(enquiry, Action.RESPOND, town.aunt)
    team = town.place.microgrid.code

    def held(**to: object) -> list[Case]:
        return list(lists.standing(town.viewer, Now.OPEN, Narrowed(**{"area_code": TOWNSHIP, **to})).cases)  # type: ignore[arg-type]

    assert held(kind=Kind.HELP) == [help_]
    assert held(owner=town.aunt.staff_number) == [enquiry]
    assert len(held(team=team)) == 2
    assert held(team=f"{TOWNSHIP}/自然资源所") == []
    assert held(category="路灯") == []
    assert len(held(category=lists.NO_CATEGORY)) == 2
    assert held(area_code="330281114999") == []


# ---------------------------------------------------------------- records


def test_the_auditor_reads_what_people_of_the_own_area_did(town: Town) -> None:
    elsewhere = builders.a_person(builders.an_area("330281115", "别的镇"), Role.TOWNSHIP)
    for person in (town.viewer, elsewhere):
        trail.leave(StaffAct.EXPORT, person, subject="x.csv")
    trail.leave(StaffAct.SIGN_IN_FAILED, None, subject="")
    asked = records.Asked(from_on=DAYS[0], to_on=DAYS[1])
    events, after = records.staff_events(town.auditor, asked)
    assert [event.actor for event in events] == [None, town.viewer]
    assert after == ""
    narrowed = records.Asked(from_on=DAYS[0], to_on=DAYS[1], act=StaffAct.EXPORT, username=town.viewer.username)
    assert [event.act for event in records.staff_events(town.auditor, narrowed)[0]] == [StaffAct.EXPORT]


def test_a_case_that_does_not_exist_for_the_auditor_is_not_named_by_what_was_revealed(town: Town) -> None:
    open_case, hidden = (builders.a_case(household, owner_id=town.aunt.id) for household in town.households[:2])
    for case in (open_case, hidden):
        trail.leave(StaffAct.REVEAL, town.aunt, subject=case.number)
    hidden.is_for_discipline_alone = True
    asked = records.Asked(from_on=DAYS[0], to_on=DAYS[1], act=StaffAct.REVEAL)
    assert [event.subject for event in records.staff_events(town.auditor, asked)[0]] == [open_case.number]


def test_records_go_on_page_by_page(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "PAGE", 2)
    for _ in range(3):
        trail.leave(StaffAct.EXPORT, town.viewer)
    asked = records.Asked(from_on=DAYS[0], to_on=DAYS[1])
    first, after = records.staff_events(town.auditor, asked)
    rest, end = records.staff_events(town.auditor, asked, after=after)
    assert (len(first), len(rest), end) == (2, 1, "")


def test_the_facts_of_cases_are_read_newest_first(town: Town) -> None:
    builders.a_case(town.households[0])
    events, _ = records.case_events(town.auditor, TOWNSHIP, records.Asked(from_on=DAYS[0], to_on=DAYS[1]))
    assert [event.action for event in events] == [Action.ASSIGN, Action.SUBMIT]
