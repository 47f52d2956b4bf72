"""日历: working days, make-up days, holidays, and who says so."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback import calendars
from feedback.calendars import Calendar, Source

NATIONAL = Calendar()
DAYS = st.dates(date(2004, 1, 1), date(2040, 12, 31))
OWN = st.dictionaries(st.dates(date(2025, 12, 1), date(2027, 3, 1)), st.booleans(), max_size=20)


@pytest.mark.parametrize("day", ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"])
def test_every_make_up_day_of_2026_is_a_working_day(day: str) -> None:
    make_up = date.fromisoformat(f"2026-{day}")
    assert make_up.weekday() >= 5
    assert NATIONAL.answer(make_up) == (True, Source.CHINESECALENDAR)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-01-01", "2026-01-03"),
        ("2026-02-15", "2026-02-23"),
        ("2026-04-04", "2026-04-06"),
        ("2026-05-01", "2026-05-05"),
        ("2026-06-19", "2026-06-21"),
        ("2026-09-25", "2026-09-27"),
        ("2026-10-01", "2026-10-07"),
    ],
)
def test_nobody_works_on_the_public_holidays_of_2026(first: str, last: str) -> None:
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        assert not NATIONAL.is_working(day), day
        day += timedelta(days=1)
    assert NATIONAL.is_working(day) or day.weekday() >= 5


def test_2026_has_248_working_days() -> None:
    assert NATIONAL.working_days(date(2025, 12, 31), date(2026, 12, 31)) == 248


def test_the_township_has_the_last_word() -> None:
    fair, flood = date(2026, 11, 20), date(2026, 11, 21)
    calendar = Calendar({fair: False, flood: True})
    assert calendar.answer(fair) == (False, Source.TOWNSHIP)
    assert calendar.answer(flood) == (True, Source.TOWNSHIP)
    assert calendar.source(date(2026, 11, 23)) is Source.CHINESECALENDAR


def test_a_year_nobody_has_published_falls_back_to_statutory_holidays() -> None:
    assert NATIONAL.answer(date(2029, 10, 1)) == (False, Source.HOLIDAYS)
    assert NATIONAL.answer(date(2029, 10, 10)) == (True, Source.HOLIDAYS)
    assert NATIONAL.answer(date(2029, 10, 13)) == (False, Source.HOLIDAYS)


def test_a_year_without_any_data_falls_back_to_monday_to_friday() -> None:
    assert NATIONAL.answer(date(2150, 10, 1)) == (True, Source.WEEKDAYS)
    assert NATIONAL.answer(date(2150, 10, 3)) == (False, Source.WEEKDAYS)


def test_what_nobody_has_published_is_named_before_what_somebody_has() -> None:
    calendar = Calendar({date(2026, 12, 30): False})
    assert calendar.weakest(date(2026, 12, 1), date(2026, 12, 5)) is Source.CHINESECALENDAR
    assert calendar.weakest(date(2026, 12, 28), date(2026, 12, 31)) is Source.TOWNSHIP
    assert Calendar().weakest(date(2028, 12, 28), date(2029, 1, 4)) is Source.HOLIDAYS
    assert Calendar().weakest(date(2100, 12, 28), date(2101, 1, 4)) is Source.WEEKDAYS


def test_every_source_has_words_of_its_own() -> None:
    assert len({source.label for source in Source}) == len(Source)


@given(own=OWN, day=DAYS, count=st.integers(1, 30))
def test_the_nth_working_day_is_one_and_has_n_working_days_up_to_it(
    own: dict[date, bool], day: date, count: int
) -> None:
    calendar = Calendar(own)
    end = calendar.add_working_days(day, count)
    assert calendar.is_working(end)
    assert calendar.working_days(day, end) == count


@given(day=st.dates(date(1, 1, 2), date(9998, 1, 1)))
def test_no_year_is_an_error(day: date) -> None:
    works, source = NATIONAL.answer(day)
    assert works in (True, False)
    assert isinstance(source, Source)


def test_the_first_day_of_the_lunar_year_is_known_or_said_not_to_be() -> None:
    assert calendars.spring_festival(2026) == date(2026, 2, 17)
    assert calendars.spring_festival(2027) == date(2027, 2, 6)
    assert calendars.spring_festival(2199) is None
