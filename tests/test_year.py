"""A year of a township beside a careful clerk who does everything by hand."""

import pytest

from tests.year import Year

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.slow, pytest.mark.timeout(300)]

SEED, CASES = 2026, 60


def test_all_year_time_does_to_every_case_what_the_clerk_says_and_at_that_second() -> None:
    year = Year(SEED, CASES)
    for _day in year.days():
        pass
    assert year.done["submit"] == CASES


def test_all_year_whoever_should_hear_of_a_fact_does_and_nobody_else() -> None:
    year = Year(SEED, CASES, hears=True)
    for _day in year.days():
        pass
    assert year.done["submit"] == CASES
