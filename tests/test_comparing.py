"""环比、同比: what a period is held against, each with its own parts, and silence where there is too little."""

from collections.abc import Iterator
from datetime import date, datetime

import pytest
from flask import Flask

from feedback.stats import Row, counted
from feedback.stats.row import of_group
from feedback.web.township.comparing import Against, headlines
from feedback.web.township.window import Window
from tests.stories import Story

OCTOBER = Window(date(2026, 10, 1), date(2026, 10, 31))
NOVEMBER = Window(date(2026, 11, 1), date(2026, 11, 19))
"""The month of the tests' now, up to today."""


@pytest.fixture(autouse=True)
def reading(app: Flask, now: datetime) -> Iterator[None]:
    """Somebody who reads Chinese."""
    with app.test_request_context("/"):
        yield


def row(n: int, late: int = 0) -> Row:
    stories = [Story().assigned().responded().reported("2026-11-10 10:00" if place < late else "2026-11-04 10:00")
               for place in range(n)]
    cases = [counted.of(story.facts()) for story in stories]
    return of_group(("all",), ("",), lambda whose: cases)


def test_a_month_is_held_against_the_month_before_and_the_same_month_of_last_year() -> None:
    assert OCTOBER.before() == Window(date(2026, 9, 1), date(2026, 9, 30))
    assert OCTOBER.year_before() == Window(date(2025, 10, 1), date(2025, 10, 31))
    assert NOVEMBER.year_before() == Window(date(2025, 11, 1), date(2025, 11, 30))
    assert Window(date(2024, 2, 1), date(2024, 2, 29)).year_before() == Window(date(2023, 2, 1), date(2023, 2, 28))


def test_other_days_are_held_against_the_same_days_of_last_year() -> None:
    assert Window(date(2026, 3, 5), date(2026, 4, 2)).year_before() == Window(date(2025, 3, 5), date(2025, 4, 2))
    assert Window(date(2024, 2, 29), date(2024, 3, 5)).year_before() == Window(date(2023, 2, 28), date(2023, 3, 5))
    assert Window(date(2024, 1, 1), date(2026, 1, 1)).year_before() is None


def test_each_comparison_has_its_own_numerator_and_denominator() -> None:
    against = [Against(OCTOBER.before(), row(10, late=5)), Against(Window(date(2025, 10, 1), date(2025, 10, 31)),
                                                                  row(8, late=2), is_year_before=True)]
    one = next(one for one in headlines(row(10, late=1), against, dict.fromkeys(KEYS, ())) if one.key == KEYS[1])
    found = [(each.against.name, each.share.n, each.share.of, round(each.points or 0)) for each in one.compared]
    assert found == [(" 9 月", 5, 10, 40), ("去年 10 月", 6, 8, 15)]


KEYS = ("response_on_time", "handling_on_time", "resolution")


def test_too_few_are_shown_and_not_compared_and_a_year_without_any_is_not_spoken_of() -> None:
    against = [Against(OCTOBER.before(), row(4)), Against(Window(date(2025, 10, 1), date(2025, 10, 31)), row(0),
                                                         is_year_before=True)]
    one = next(one for one in headlines(row(10), against, dict.fromkeys(KEYS, ())) if one.key == KEYS[1])
    (before,) = one.compared
    assert (before.share.n, before.share.of, before.points) == (4, 4, None)
    assert [each.received(row(10), OCTOBER) for each in against] == [None, None]


def test_what_came_in_is_compared_whole_when_the_days_are_over_and_by_the_day_before() -> None:
    before = Against(OCTOBER, row(31))
    assert str(before.received(row(62), Window(date(2026, 8, 1), date(2026, 8, 31)))) == "比 10 月多 100%"
    assert str(before.received(row(38), NOVEMBER)) == "每天比 10 月多 100%"
    assert Against(OCTOBER, row(31), is_whole=False).received(row(38), NOVEMBER) is None
