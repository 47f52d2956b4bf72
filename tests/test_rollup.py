"""汇总: what is kept beside the cases says what the events say, whatever happened, and says so when it does not."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from feedback import access, clock, db, stats, workflow
from feedback.errors import Busy
from feedback.models.cases import Case, CaseEvent, Recusal
from feedback.models.figures import CaseFigures, FigureCell
from feedback.models.kinds import About, Action, Kind
from feedback.models.people import Person, Role
from feedback.models.rules import Category
from feedback.stats import By, Spread, anew, histogram, kept, marks, reached, rolled, rollup, sums, verification
from feedback.workflow import Who
from tests import builders
from tests.lives import NOW, Township

pytestmark = pytest.mark.usefixtures("database")

MONTHS = date(2026, 3, 1), date(2026, 11, 30)
ASKED: list[tuple[By, ...]] = [
    (), (By.AREA,), (By.KIND,), (By.CATEGORY,), (By.MONTH,), (By.AREA, By.KIND), (By.MONTH, By.CATEGORY),
    (By.TEAM,), (By.HANDLER,),
]


def kept_up() -> int:
    """As many rounds as there is something to count."""
    total = 0
    while count := db.in_turn(rollup.keep_up):
        total += count
    return total


@pytest.fixture
def town() -> Iterator[Township]:
    with clock.fixed(NOW, everywhere=True):
        made = Township(7)
        made.live(60)
        db.session.commit()
        yield made


def same(code: str, *, viewer: Person | None = None, days: tuple[date, date] = MONTHS) -> None:
    """Every row of every table, from what is kept and from the events as at the same instant."""
    as_at = reached.counted_up_to()
    for by in ASKED:
        told = rolled.figures(code, *days, by=by, viewer=viewer)
        from_events = stats.figures(code, *days, as_at=as_at, by=by, viewer=viewer)
        assert told == from_events, (code, by)


def codes(town: Township) -> list[str]:
    place = town.place
    return [place.county.code, place.township.code, place.village.code, place.grid.code, place.microgrid.code]


def test_what_is_kept_says_what_the_events_say(town: Township) -> None:
    assert kept_up() >= 60
    for code in codes(town):
        same(code)
    assert verification.verify() is None


def test_a_part_of_a_month_is_told_from_the_cases(town: Township) -> None:
    kept_up()
    same(town.place.township.code, days=(date(2026, 9, 7), date(2026, 11, 4)))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_happens_next_it_stays_so(seed: int) -> None:
    chance, now = Random(seed), NOW
    with clock.fixed(now, everywhere=True):
        town = Township(seed)
    for cases in (8, 5, 5):
        now += timedelta(days=chance.choice([0.01, 1, 9, 40]))
        with clock.fixed(now, everywhere=True):
            town.live(cases)
            db.session.commit()
            kept_up()
            same(town.place.township.code)
            same(town.place.village.code)
            assert verification.verify() is None


def test_who_is_shut_out_of_what_is_the_same_by_index(town: Township) -> None:
    place = town.place
    people = [builders.a_person(place.microgrid), builders.a_person(place.village, Role.VILLAGE),
              builders.a_person(place.township, Role.TOWNSHIP), builders.a_person(place.township, Role.DISCIPLINE)]
    about = [(None, None), (About.GUARDIAN, place.microgrid.code), (About.CADRE, place.village.code)]
    for number, case in enumerate(db.session.scalars(select(Case).limit(30))):
        case.about, case.about_area_code = about[number % 3]
        case.is_for_discipline_alone = number % 5 == 0
    db.session.add_all(Recusal(case_id=one, person_id=person.id, at=NOW)
                       for person in people for one in db.session.scalars(select(Case.id).offset(30).limit(4)))
    db.session.commit()
    for person in people:
        exists = set(db.session.scalars(select(Case.id).where(access.not_shut_out(person))))
        assert set(db.session.scalars(select(Case.id))) - exists == set(db.session.scalars(access.shut_out(person)))


def test_a_due_that_passes_changes_the_figures_though_nothing_happened(town: Township) -> None:
    kept_up()
    with clock.fixed(NOW + timedelta(days=40), everywhere=True):
        assert kept_up()
        same(town.place.township.code)


def test_another_category_and_another_area_move_a_case_from_sum_to_sum(town: Township) -> None:
    kept_up()
    other = Category(area_code=town.place.township.code, name="垃圾")
    db.write()
    db.session.add(other)
    db.session.flush()
    for case in db.session.scalars(select(Case).where(Case.closed_at.is_(None)).limit(4)):
        case.category_id = other.id
        workflow.record(case, Action.CLASSIFY, Who.SYSTEM)
    db.session.commit()
    assert kept_up() >= 1
    same(town.place.township.code)
    assert verification.verify() is None


def test_what_a_viewer_is_shut_out_from_is_in_none_of_the_figures(town: Township) -> None:
    kept_up()
    viewer = builders.a_person(town.place.township)
    db.session.add_all(Recusal(case_id=one, person_id=viewer.id, at=NOW)
                       for one in db.session.scalars(select(Case.id).limit(9)))
    db.session.commit()
    for code in codes(town):
        same(code, viewer=viewer)


def test_nothing_is_counted_twice_and_a_round_with_nothing_new_does_nothing(town: Township) -> None:
    kept_up()
    before = rolled.figures(town.place.township.code, *MONTHS)
    assert kept_up() == 0
    assert rolled.figures(town.place.township.code, *MONTHS) == before


def test_made_anew_it_is_the_same(town: Township) -> None:
    kept_up()
    before = rows()
    db.in_turn(anew.begin)
    assert rows() == []
    kept_up()
    assert rows() == before


def test_what_another_version_made_is_made_anew(town: Township, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_up()
    monkeypatch.setattr(sums, "MADE_OF", "another")
    assert reached.counted_up_to() is None
    assert kept_up() >= 60
    assert reached.counted_up_to() == NOW
    assert kept_up() == 0


def rows() -> list[tuple[object, ...]]:
    db.session.expire_all()
    cells = db.session.scalars(select(FigureCell).order_by(
        FigureCell.period, FigureCell.kind, FigureCell.category, FigureCell.area_code))
    return [(one.period, one.kind, one.category, one.area_code, sums.read(one)) for one in cells]


def test_a_planted_corruption_is_found_in_any_column_of_any_row(town: Township) -> None:
    kept_up()
    for table in (CaseFigures.__table__, FigureCell.__table__):
        for column in table.c:
            if column.name != "case_id":
                found_after_planting(table, column.name, town.chance)


def found_after_planting(table: Any, name: str, chance: Random) -> None:
    row = chance.choice(db.session.execute(select(table)).all())
    db.write()
    here = [column == getattr(row, column.name) for column in table.primary_key]
    db.session.execute(update(table).where(*here).values({name: other_than(name, getattr(row, name))}))
    difference = verification.verify()
    db.session.rollback()
    assert difference is not None, (name, row)
    assert difference.kept != difference.follows, (name, row)


def other_than(name: str, value: Any) -> Any:
    match value:
        case Kind():
            return Kind.HELP if value is not Kind.HELP else Kind.COMPLAINT
        case datetime():
            return value + timedelta(seconds=1)
        case date():
            return value + timedelta(days=1)
        case bytes():
            return b"\1" + value
        case str():
            return {"period": "2025-01", "kind": "none", "category": "77"}.get(name, "330281115201")
        case None:
            return NOW if name == "settles_at" else 7
    return value + 1


@pytest.mark.parametrize("table", [CaseFigures, FigureCell])
def test_a_row_that_is_missing_is_found(town: Township, table: Any) -> None:
    kept_up()
    db.write()
    db.session.delete(db.session.scalars(select(table).offset(17)).first())
    difference = verification.verify()
    assert difference is not None
    assert difference.kept == "nothing"


def test_days_are_dropped_as_they_grow_old_and_months_stay(town: Township) -> None:
    kept_up()
    for later in (1, 30, 31, 400):
        with clock.fixed(NOW + timedelta(days=later), everywhere=True):
            kept_up()
            assert reached.days_from() == clock.today() - timedelta(days=89)
            periods = set(db.session.scalars(select(FigureCell.period)))
            assert all(len(one) == 7 or one >= str(reached.days_from()) for one in periods)
            assert verification.verify() is None
            same(town.place.township.code, days=(date(2026, 10, 7), date(2026, 11, 17)))


@pytest.mark.parametrize("days", [1, 7, 60])
def test_the_last_days_read_no_case(town: Township, days: int) -> None:
    kept_up()
    window = clock.today() - timedelta(days=days - 1), clock.today()
    assert rolled.spell(kept.Shown(town.place.township.code, *window), *window).rest == []
    same(town.place.township.code, days=window)


def test_a_rebuild_that_was_stopped_goes_on_and_nothing_is_told_from_it(
    town: Township, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_up()
    before = rows()
    monkeypatch.setattr(anew, "PORTION", 13)
    db.in_turn(anew.begin)
    steps = 0
    while reached.counted_up_to() is None:
        with pytest.raises(ZeroDivisionError):
            db.in_turn(lambda: rollup.keep_up() / 0)
        db.in_turn(rollup.keep_up)
        if steps == 2:
            town.live(3)
            db.session.commit()
        steps += 1
    assert steps > 9
    assert rows() != before
    assert verification.verify() is None
    same(town.place.township.code)


# ---------------------------------------------------------------- pure


@given(st.lists(st.integers(0, 2 ** len(marks.MARKS) - 1)))
def test_sums_of_marks_count_each_mark(many: list[int]) -> None:
    total = marks.added(many)
    for place, mark in enumerate(marks.MARKS):
        assert marks.count(total, mark.key) == sum(one >> place & 1 for one in many)


@given(st.lists(st.integers(0, 130 * 86_400), min_size=1))
def test_a_histogram_tells_ranks_within_one_per_cent(many: list[int]) -> None:
    exact, told = Spread.over(many), histogram.Histogram(sum(map(histogram.one, many))).spread
    assert told.n == exact.n
    for mine, its in ((told.median, exact.median), (told.p90, exact.p90)):
        assert mine is not None
        assert its is not None
        assert abs(mine - its) <= max(1, its * histogram.ERROR + 0.5)


@given(st.lists(st.integers(0, 10_000_000)))
def test_a_histogram_is_stored_and_read_back(many: list[int]) -> None:
    sums = sum(map(histogram.one, many))
    assert histogram.unpacked(histogram.packed(sums)) == sums




# ---------------------------------------------------------------- where a page reads


def test_a_page_reads_what_is_kept_while_the_timer_keeps_up(town: Township) -> None:
    code = town.place.township.code
    before = stats.view(code, *MONTHS).rows(*MONTHS, [By.AREA])
    kept_up()
    db.session.execute(delete(CaseEvent))
    found = stats.view(code, *MONTHS)
    assert found.as_at == reached.counted_up_to()
    assert found.rows(*MONTHS, [By.AREA]) == before


def test_no_page_reads_the_events_of_more_cases_than_it_can_wait_for(town: Township) -> None:
    code = town.place.township.code
    with pytest.raises(Busy, match="正在重新算"):
        stats.view(code, *MONTHS, most_anew=3)
    asked = stats.view(code, *MONTHS, most_anew=None).rows(*MONTHS)
    kept_up()
    with clock.fixed(NOW + timedelta(days=3)):
        late = stats.view(code, *MONTHS, most_anew=3)
        assert (late.as_at, late.rows(*MONTHS)) == (NOW, asked)
        assert stats.view(code, *MONTHS).as_at == NOW + timedelta(days=3)


def test_while_it_is_made_anew_a_page_reads_the_events(town: Township, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_up()
    before = [row.as_json() for row in stats.view(town.place.township.code, *MONTHS).rows(*MONTHS)]
    monkeypatch.setattr(anew, "PORTION", 20)
    db.in_turn(anew.begin)
    for _ in range(2):
        assert reached.counted_up_to() is None
        assert [row.as_json() for row in stats.view(town.place.township.code, *MONTHS).rows(*MONTHS)] == before
        db.in_turn(rollup.keep_up)
    kept_up()
    assert reached.counted_up_to() == NOW
    same(town.place.township.code)


def test_a_timer_that_stands_still_makes_no_page_older_than_minutes(town: Township) -> None:
    kept_up()
    later = NOW + timedelta(minutes=6)
    with clock.fixed(later, everywhere=True):
        assert stats.view(town.place.township.code, *MONTHS).as_at == later
