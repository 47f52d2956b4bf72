"""静默时段: nobody is woken for what can wait."""

from datetime import datetime

import pytest

from feedback import clock
from feedback.notifications import hours


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI)


TABLE = {
    "2026-11-19T06:59:59": "2026-11-19T07:00:00",
    "2026-11-19T07:00:00": "2026-11-19T07:00:00",
    "2026-11-19T10:00:00": "2026-11-19T10:00:00",
    "2026-11-19T20:59:59": "2026-11-19T20:59:59",
    "2026-11-19T21:00:00": "2026-11-20T07:00:00",
    "2026-11-19T23:59:59": "2026-11-20T07:00:00",
    "2026-11-20T00:00:00": "2026-11-20T07:00:00",
    "2026-12-31T22:00:00": "2027-01-01T07:00:00",
    "2026-02-28T21:30:00": "2026-03-01T07:00:00",
}
MORNINGS = {
    "2026-11-19T06:59:59": "2026-11-19T07:00:00",
    "2026-11-19T07:00:00": "2026-11-20T07:00:00",
    "2026-11-19T10:00:00": "2026-11-20T07:00:00",
    "2026-11-19T23:00:00": "2026-11-20T07:00:00",
}


@pytest.mark.parametrize(("at", "goes_out"), TABLE.items())
def test_a_message_made_at_night_waits_for_the_morning(at: str, goes_out: str) -> None:
    assert hours.earliest(shanghai(at)) == shanghai(goes_out)


@pytest.mark.parametrize("at", TABLE)
def test_life_and_safety_wait_for_nothing(at: str) -> None:
    assert hours.earliest(shanghai(at), is_urgent=True) == shanghai(at)


@pytest.mark.parametrize(("at", "morning"), MORNINGS.items())
def test_what_is_good_to_know_waits_for_the_next_morning(at: str, morning: str) -> None:
    assert hours.next_morning(shanghai(at)) == shanghai(morning)
