"""公开栏: a month is told once, on its day, of every village, and holds nothing somebody is shut out of."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from feedback import clock, db, recusal, timer
from feedback.models.boards import PublicBoard
from feedback.models.cases import Case
from feedback.models.kinds import About, Action
from feedback.models.people import Role
from feedback.models.places import Household
from feedback.models.rules import Category
from feedback.stats import boards, rollup
from feedback.stats.public import Matters, Told
from tests import builders
from tests.builders import Place
from tests.conftest import NOW
from tests.stories import at

pytestmark = pytest.mark.usefixtures("database")

THE_DAY = at("2026-11-21 00:00")
OCTOBER = "2026-10"
VILLAGE = builders.CODES["village"]


@pytest.fixture
def place() -> Iterator[Place]:
    with clock.fixed(NOW, everywhere=True):
        yield builders.a_township()


def filed(place: Place, cases: int, when: str = "2026-10-08 10:00", **facts: object) -> list[Case]:
    home = builders.a_household(place.microgrid)
    return [builders.a_case(home, filed_at=at(when), **facts) for _ in range(cases)]


def published(when: datetime = THE_DAY) -> int:
    """As the timer does it, at an instant; how many boards were told."""
    db.session.commit()
    with clock.fixed(when, everywhere=True):
        while db.in_turn(rollup.keep_up):
            pass
        told = 0
        while count := db.in_turn(boards.publish):
            told += count
    return told


def board() -> Told:
    """What is told of the village's October."""
    with clock.fixed(THE_DAY + timedelta(days=40)):
        return next(one.told for one in boards.of(VILLAGE) if one.month == OCTOBER)


def test_a_month_is_told_on_the_twenty_first_of_the_next(place: Place) -> None:
    filed(place, 12)
    published(THE_DAY - timedelta(seconds=1))
    assert OCTOBER not in db.session.scalars(select(PublicBoard.month)).all()
    assert published() == 1
    row = db.session.get_one(PublicBoard, (place.village.code, OCTOBER))
    assert row.as_at == THE_DAY
    assert json.loads(row.told)["total"] == 12
    assert published() == 0


def test_the_last_twelve_finished_months_are_told_and_no_village_is_left_out(place: Place) -> None:
    other = place.next_village()
    filed(place, 1, "2025-11-30 23:59")
    assert published() == 24
    with clock.fixed(THE_DAY):
        assert [one.month for one in boards.of(other.village.code)][::11] == [OCTOBER, "2025-11"]
        assert boards.newest(place.township.code).keys() == {place.village.code, other.village.code}
    assert published(at("2026-12-20 23:59")) == 0
    assert published(at("2026-12-21 00:00")) == 2
    with clock.fixed(at("2026-12-21 00:00")):
        assert len(boards.of(other.village.code)) == 12


def test_of_months_before_the_first_case_nothing_is_told(place: Place) -> None:
    assert published() == 0
    filed(place, 12, "2026-09-01 00:00")
    assert published() == 2
    with clock.fixed(THE_DAY):
        assert [one.month for one in boards.of(VILLAGE)] == [OCTOBER, "2026-09"]


def test_what_was_told_never_changes(place: Place) -> None:
    cases = filed(place, 12)
    published()
    before = board()
    db.write()
    builders.an_event(cases[0], Action.CLASSIFY, at=THE_DAY)
    filed(place, 9)
    assert published(THE_DAY + timedelta(days=2)) == 0
    assert board() == before


def test_boards_wait_until_the_cases_are_counted(place: Place) -> None:
    filed(place, 12)
    db.session.commit()
    with clock.fixed(THE_DAY, everywhere=True):
        assert db.in_turn(boards.publish) == 0
        timer.tick()
    assert board().total == 12


def test_what_somebody_is_shut_out_of_is_in_no_board(place: Place) -> None:
    guardian = builders.a_person(place.microgrid)
    builders.a_person(place.village, Role.VILLAGE)
    filed(place, 12)
    filed(place, 7, about=About.GUARDIAN, about_area_code=place.microgrid.code, area_code=place.village.code)
    filed(place, 5, is_for_discipline_alone=True)
    for case in filed(place, 6):
        recusal.shut_out(case, guardian)
    published()
    assert board().total == 12


def test_a_board_is_of_the_village_and_of_whole_months_in_shanghai(place: Place) -> None:
    filed(place, 10, "2026-10-01 00:00")
    filed(place, 10, "2026-10-31 23:59")
    filed(place, 10, "2026-09-30 23:59")
    filed(place, 10, "2026-11-01 00:00")
    filed(place.next_village(), 10)
    for case in filed(place, 10):
        case.area_code = place.township.code
        builders.an_event(case, Action.RECUSE, at=case.filed_at)
    published()
    assert board().total == 20


def test_matters_are_named_as_the_township_names_them(place: Place) -> None:
    lamps = Category(area_code=place.township.code, name="路灯")
    db.session.add(lamps)
    db.session.flush()
    filed(place, 8, category_id=lamps.id)
    filed(place, 6)
    published()
    assert board().matters == Matters((("路灯", 8),), 6)


def test_what_happened_to_a_case_is_told_as_the_figures_tell_it(place: Place) -> None:
    guardian = builders.a_person(place.microgrid)
    for number, case in enumerate(filed(place, 20)):
        if number < 12:
            builders.an_event(case, Action.RESPOND, at=case.filed_at + timedelta(hours=3), actor_id=guardian.id,
                              status="in_progress")
    published()
    told = board()
    assert (told.total, told.contacted.done, told.contacted.missed, told.contacted_within) == (20, 12, 8, 4)
    assert (told.answered.done, told.answered.missed, told.answered_within) == (0, 20, None)


def test_no_household_is_needed_for_a_village_to_have_its_board(place: Place) -> None:
    filed(place.next_village(), 1)
    assert not db.session.scalars(select(Household).where(Household.village_code == VILLAGE)).all()
    published()
    assert board() == Told()
