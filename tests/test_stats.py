"""统计: which cases a figure is about, under which key it is told, and how things stand now."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from feedback import clock, db, stats, workflow
from feedback.models.cases import Case, Recusal
from feedback.models.kinds import About, Action, Kind, Outcome, Status
from feedback.models.people import Person, Role
from feedback.models.rules import Category
from feedback.stats import By, Standing
from feedback.workflow import Who
from tests import builders
from tests.builders import Place
from tests.lives import NOW, Township
from tests.stories import at

pytestmark = pytest.mark.usefixtures("database")

NOVEMBER = date(2026, 11, 1), date(2026, 11, 30)
YEAR = date(2026, 1, 1), date(2026, 12, 31)


@pytest.fixture
def place() -> Place:
    return builders.a_township()


def filed(place: Place, when: str, **facts: object) -> Case:
    household = facts.pop("household", None) or builders.a_household(place.microgrid)
    return builders.a_case(household, filed_at=at(when), **facts)  # type: ignore[arg-type]


def happens(case: Case, when: str, action: Action, by: workflow.By, **facts: object) -> None:
    with clock.fixed(at(when)):
        db.write()
        workflow.record(case, action, by, **facts)  # type: ignore[arg-type]


def received(area_code: str, from_on: date = NOVEMBER[0], to_on: date = NOVEMBER[1], **asked: object) -> int:
    (row,) = stats.figures(area_code, from_on, to_on, **asked)  # type: ignore[arg-type]
    return row.received


# ---------------------------------------------------------------- which cases


def test_a_cohort_is_filed_on_shanghai_days_both_included(place: Place) -> None:
    for when in ("2026-10-31 23:59", "2026-11-01 00:00", "2026-11-30 23:59", "2026-12-01 00:00"):
        filed(place, when)
    with clock.fixed(at("2026-12-31 12:00")):
        assert received(place.township.code) == 2


def test_an_area_is_everything_below_it(place: Place) -> None:
    other = place.next_village()
    filed(place, "2026-11-02 09:00")
    filed(other, "2026-11-02 09:00")
    with clock.fixed(at("2026-11-30 12:00")):
        codes = (place.county.code, place.township.code, place.village.code, place.microgrid.code, other.grid.code)
        assert [received(code) for code in codes] == [2, 2, 1, 1, 1]


def test_as_at_an_instant_nothing_later_is_known(place: Place) -> None:
    guardian = builders.a_person(place.microgrid)
    case = filed(place, "2026-11-02 09:00")
    happens(case, "2026-11-02 10:00", Action.RESPOND, guardian)
    happens(case, "2026-11-04 10:00", Action.WITHDRAW, Who.VILLAGER, outcome=Outcome.WITHDRAWN)
    told = [
        stats.figures(place.township.code, *NOVEMBER, as_at=at(when))[0]
        for when in ("2026-11-02 08:59", "2026-11-02 09:30", "2026-11-02 12:00", "2026-11-04 12:00")
    ]
    assert [row.received for row in told] == [0, 1, 1, 1]
    assert [row.durations["response_seconds"].n for row in told] == [0, 0, 1, 0]
    assert [row.counted for row in told] == [0, 1, 1, 0]


def test_a_case_recused_later_is_still_booked_below_as_at_an_earlier_instant(place: Place) -> None:
    officer = builders.a_person(place.township, Role.TOWNSHIP)
    case = filed(place, "2026-11-02 09:00")
    with clock.fixed(at("2026-11-03 09:00")):
        db.write()
        case.area_code = place.township.code
    happens(case, "2026-11-03 09:00", Action.RECUSE, officer, team=builders.team_of(place.township))
    assert received(place.village.code, as_at=at("2026-11-02 12:00")) == 1
    assert received(place.village.code, as_at=at("2026-11-03 12:00")) == 0
    assert received(place.township.code, as_at=at("2026-11-03 12:00")) == 1


@pytest.mark.parametrize("how", ["recused", "about a guardian"])
def test_what_somebody_is_shut_out_from_is_in_none_of_his_figures(place: Place, how: str) -> None:
    viewer = builders.a_person(place.village, Role.VILLAGE)
    household = builders.a_household(place.microgrid)
    filed(place, "2026-11-02 08:00", household=household)
    with clock.fixed(at("2026-11-30 12:00")):
        before = _seen(place, viewer)
    case = filed(place, "2026-11-02 09:00", household=household)
    if how == "recused":
        db.session.add(Recusal(case_id=case.id, person_id=viewer.id, at=clock.now()))
    else:
        builders.a_service(viewer, place.microgrid, Role.GUARDIAN)
        case.about, case.about_area_code = About.GUARDIAN, place.microgrid.code
    db.session.flush()
    with clock.fixed(at("2026-11-30 12:00")):
        assert _seen(place, viewer) == before
        assert received(place.village.code) == 2


def _seen(place: Place, viewer: Person) -> object:
    rows = [
        stats.figures(place.village.code, *NOVEMBER, by=by, viewer=viewer)
        for by in ((), (By.AREA,), (By.KIND, By.MONTH), (By.HANDLER,), (By.TEAM,))
    ]
    return rows, stats.open_now(place.village.code, viewer=viewer)


# ---------------------------------------------------------------- the same matter again


@pytest.mark.parametrize(
    ("earlier", "again"),
    [
        ({}, True),
        ({"when": "2026-08-12 09:00"}, True),
        ({"when": "2026-08-12 08:59"}, False),
        ({"when": "2026-11-10 09:00"}, False),
        ({"kind": Kind.COMPLAINT}, False),
        ({"elsewhere": True}, False),
    ],
)
def test_a_household_repeats_itself_within_90_days(place: Place, earlier: dict[str, object], again: bool) -> None:
    household = builders.a_household(place.microgrid)
    elsewhere = builders.a_household(place.microgrid) if earlier.pop("elsewhere", False) else household
    filed(place, str(earlier.pop("when", "2026-10-01 09:00")), **{"household": elsewhere, "kind": Kind.HELP, **earlier})
    filed(place, "2026-11-10 09:00", household=household, kind=Kind.HELP)
    (row,) = stats.figures(place.township.code, date(2026, 11, 10), date(2026, 11, 10), as_at=at("2026-11-30 12:00"))
    assert row.rates["repeated"].n == int(again)


def test_a_category_is_compared_before_the_kind(place: Place) -> None:
    lamps, drains = (Category(area_code=place.township.code, name=name) for name in ("路灯", "水渠"))
    db.session.add_all([lamps, drains])
    db.session.flush()
    household = builders.a_household(place.microgrid)
    filed(place, "2026-11-02 09:00", household=household, kind=Kind.HELP, category_id=lamps.id)
    filed(place, "2026-11-03 09:00", household=household, kind=Kind.HELP, category_id=drains.id)
    filed(place, "2026-11-04 09:00", household=household, kind=Kind.COMPLAINT, category_id=lamps.id)
    filed(place, "2026-11-05 09:00", household=household, kind=Kind.COMPLAINT)
    cohort = stats.read(place.township.code, *NOVEMBER, as_at=at("2026-11-30 12:00"))
    assert [case.is_repeated for case in cohort.cases] == [False, False, True, True]


def test_what_was_booked_above_repeats_nothing_below(place: Place) -> None:
    household = builders.a_household(place.microgrid)
    filed(place, "2026-11-02 09:00", household=household, area_code=place.village.code)
    filed(place, "2026-11-03 09:00", household=household)
    when = at("2026-11-30 12:00")
    shares = [
        stats.figures(area.code, *NOVEMBER, as_at=when)[0].rates["repeated"]
        for area in (place.microgrid, place.village)
    ]
    assert [share.n for share in shares] == [0, 1]


def test_no_household_never_repeats_itself(place: Place) -> None:
    for when in ("2026-11-02 09:00", "2026-11-03 09:00"):
        filed(place, when, household_id=None)
    (row,) = stats.figures(place.township.code, *NOVEMBER, as_at=at("2026-11-30 12:00"))
    assert (row.rates["repeated"].n, row.rates["repeated"].of) == (0, 2)


# ---------------------------------------------------------------- under which key


def test_by_area_every_area_below_has_a_row_and_what_is_booked_here_comes_last(place: Place) -> None:
    quiet = place.next_village()
    filed(place, "2026-11-02 09:00")
    filed(place, "2026-11-02 09:00", area_code=place.township.code)
    rows = stats.figures(place.township.code, *NOVEMBER, by=[By.AREA], as_at=at("2026-11-30 12:00"))
    assert [(row.key, row.names, row.received) for row in rows] == [
        ((place.village.code,), ("湖东村",), 1),
        ((quiet.village.code,), (quiet.village.name,), 0),
        ((place.township.code,), ("梁弄镇",), 1),
    ]


def test_a_microgrid_is_its_own_only_row(place: Place) -> None:
    filed(place, "2026-11-02 09:00")
    rows = stats.figures(place.microgrid.code, *NOVEMBER, by=[By.AREA], as_at=at("2026-11-30 12:00"))
    assert [(row.key, row.received) for row in rows] == [((place.microgrid.code,), 1)]


def test_kinds_keep_their_order_and_several_keys_stand_side_by_side(place: Place) -> None:
    for month in ("10", "11"):
        for kind in reversed(Kind):
            filed(place, f"2026-{month}-02 09:00", kind=kind)
    rows = stats.figures(place.township.code, *YEAR, by=[By.MONTH, By.KIND], as_at=at("2026-11-30 12:00"))
    assert [row.key for row in rows] == [(f"2026-{month}", kind.value) for month in ("10", "11") for kind in Kind]
    assert rows[0].as_json()["key"] == ["2026-10", "enquiry"]
    assert rows[0].names == ("2026-10", "咨询")
    alone = stats.figures(place.township.code, *YEAR, as_at=at("2026-11-30 12:00"))
    assert alone[0].as_json()["key"] == "all"


def test_teams_and_handlers_are_told_by_codes_and_called_by_names(place: Place) -> None:
    guardian = builders.a_person(place.microgrid)
    office = builders.a_team(place.township)
    filed(place, "2026-11-02 09:00", team=office)
    taken = filed(place, "2026-11-02 09:00")
    happens(taken, "2026-11-02 10:00", Action.RESPOND, guardian)
    when = at("2026-11-30 12:00")
    teams = stats.figures(place.township.code, *NOVEMBER, by=[By.TEAM], as_at=when)
    assert [(row.key, row.names) for row in teams] == [
        ((f"{place.township.code}/自然资源所",), ("自然资源所",)),
        ((place.microgrid.code,), ("一组",)),
    ]
    handlers = stats.figures(place.township.code, *NOVEMBER, by=[By.HANDLER], as_at=when)
    assert {row.key[0]: (row.names[0], row.received) for row in handlers} == {
        guardian.staff_number: (guardian.name, 1),
        f"{place.township.code}/自然资源所": ("自然资源所", 1),
    }


def test_a_part_of_a_cohorts_days_needs_no_second_scan(database: Engine) -> None:
    town = Township(seed=7)
    town.live(60)
    with clock.fixed(NOW):
        cohort = stats.read(town.place.township.code, *YEAR)
        october = stats.figures(town.place.township.code, date(2026, 10, 1), date(2026, 10, 31))
    asked: list[str] = []
    event.listen(database, "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert stats.rows(cohort.filed(date(2026, 10, 1), date(2026, 10, 31))) == october
    assert asked == []


@pytest.mark.parametrize("by", [[one] for one in By] + [[By.AREA, By.KIND]], ids=str)
def test_the_rows_of_any_grouping_add_up_to_the_whole(by: list[By]) -> None:
    town = Township(seed=11)
    town.live(80)
    with clock.fixed(NOW):
        cohort = stats.read(town.place.township.code, *YEAR)
        (whole,) = stats.rows(cohort)
        parts = stats.rows(cohort, by)
    assert sum(row.received for row in parts) == whole.received
    assert sum(row.open for row in parts) == whole.open
    assert sum(row.handling_not_yet_due for row in parts) == whole.handling_not_yet_due
    for key, share in whole.rates.items():
        assert sum(row.rates[key].n for row in parts) == share.n, key
        assert sum(row.rates[key].of for row in parts) == share.of, key
    assert sum(row.durations["response_seconds"].n for row in parts) == whole.durations["response_seconds"].n


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(days=st.lists(st.integers(0, 199), min_size=2, max_size=4).map(sorted))
def test_windows_side_by_side_hold_every_case_once(town_of_cases: Township, days: list[int]) -> None:
    start, end = (NOW - timedelta(days=200)).date(), NOW.date()
    cuts = [start + timedelta(days=day) for day in days]
    code = town_of_cases.place.township.code
    with clock.fixed(NOW):
        whole = received(code, start, end)
        firsts, lasts = [start, *(cut + timedelta(days=1) for cut in cuts)], [*cuts, end]
        assert sum(received(code, first, last) for first, last in zip(firsts, lasts, strict=True)) == whole == 60


@pytest.fixture
def town_of_cases() -> Township:
    town = Township(seed=3)
    town.live(60)
    return town


# ---------------------------------------------------------------- now


def test_how_an_area_stands_now(place: Place, now: datetime) -> None:
    guardian = builders.a_person(place.microgrid)
    other = place.next_village()
    today = {"response_due_at": now + timedelta(hours=1), "next_due_at": now + timedelta(hours=1)}
    later = {"next_due_at": now + timedelta(days=1)}
    late = {"next_due_at": now - timedelta(seconds=1), "supervised_at": now - timedelta(days=2)}
    answering = {"responded_at": now - timedelta(days=1), "status": Status.IN_PROGRESS, "owner_id": guardian.id}
    filed(place, "2026-11-18 09:00", **today)
    filed(place, "2026-11-18 09:00", **{**answering, "next_due_at": now + timedelta(hours=13)})
    filed(place, "2026-11-18 09:00", **later)
    filed(other, "2026-11-10 09:00", **late)
    filed(other, "2026-11-09 09:00", next_due_at=None, status=Status.REPORTED_BACK)
    filed(other, "2026-11-09 09:00", next_due_at=None, status=Status.CLOSED, closed_at=now)
    told = stats.open_now(place.township.code)
    assert told.inside(place.village.code) == Standing(open=3, response_due_today=1, handling_due_today=1)
    assert told.inside(other.village.code) == Standing(open=1, overdue=1, supervised=1, awaiting_her_word=1)
    assert told.total == Standing(4, 1, 1, 1, 1, 1)
    assert told.total.due_today == 2
    assert told.supervised_since == now - timedelta(days=2)


def test_nothing_open_is_nothing(place: Place) -> None:
    told = stats.open_now(place.township.code)
    assert told.total == Standing()
    assert told.supervised_since is None
