"""时限: the arithmetic of the two clocks."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback import clock, deadlines
from feedback.calendars import Calendar, Source
from feedback.deadlines import DEFAULTS, LONGEST_ASKING, Limit, Unit

NATIONAL = Calendar()
ONE, TWO, FIVE = (Limit(n, Unit.WORKING_DAYS) for n in (1, 2, 5))
CLOSE = deadlines.CLOSE_OF_OFFICE


def at(text: str) -> datetime:
    """`2026-11-20 17:30` on the wall in Shanghai, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI).astimezone(UTC)


INSTANTS = st.datetimes(datetime(2025, 6, 1), datetime(2027, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001
LENGTHS = st.timedeltas(timedelta(0), timedelta(days=12))
WORKING = st.builds(Limit, st.integers(1, 20), st.just(Unit.WORKING_DAYS))
NATURAL = st.builds(Limit, st.integers(1, 200), st.sampled_from([Unit.HOURS, Unit.DAYS]))
LIMITS = st.one_of(WORKING, NATURAL)


@pytest.mark.parametrize(
    ("limit", "filed", "due"),
    [
        # an ordinary Wednesday
        (ONE, "2026-11-18 09:00", "2026-11-19 17:30"),
        (ONE, "2026-11-18 00:00", "2026-11-19 17:30"),
        (ONE, "2026-11-18 17:30", "2026-11-19 17:30"),
        (ONE, "2026-11-18 17:31", "2026-11-20 17:30"),
        (ONE, "2026-11-18 23:59", "2026-11-20 17:30"),
        (TWO, "2026-11-18 09:00", "2026-11-20 17:30"),
        (FIVE, "2026-11-18 09:00", "2026-11-25 17:30"),
        # over a weekend
        (ONE, "2026-11-20 10:00", "2026-11-23 17:30"),
        (ONE, "2026-11-20 18:00", "2026-11-24 17:30"),
        (ONE, "2026-11-21 10:00", "2026-11-24 17:30"),
        (ONE, "2026-11-22 23:00", "2026-11-24 17:30"),
        # make-up days: a filing on one counts that day, and they count towards a limit
        (ONE, "2026-01-04 10:00", "2026-01-05 17:30"),
        (ONE, "2026-02-13 10:00", "2026-02-14 17:30"),
        (ONE, "2026-02-27 10:00", "2026-02-28 17:30"),
        (ONE, "2026-05-08 10:00", "2026-05-09 17:30"),
        (ONE, "2026-09-18 10:00", "2026-09-20 17:30"),
        (ONE, "2026-09-20 10:00", "2026-09-21 17:30"),
        (ONE, "2026-10-09 10:00", "2026-10-10 17:30"),
        (ONE, "2026-10-10 10:00", "2026-10-12 17:30"),
        # Spring Festival and National Day
        (ONE, "2026-02-14 10:00", "2026-02-24 17:30"),
        (ONE, "2026-02-14 18:00", "2026-02-25 17:30"),
        (FIVE, "2026-02-17 10:00", "2026-03-02 17:30"),
        (ONE, "2026-09-30 17:30", "2026-10-08 17:30"),
        (ONE, "2026-09-30 17:31", "2026-10-09 17:30"),
        (ONE, "2026-10-03 12:00", "2026-10-09 17:30"),
        (FIVE, "2026-10-03 12:00", "2026-10-14 17:30"),
        # natural ones are plain addition, in any season
        (Limit(2, Unit.HOURS), "2026-10-01 23:30", "2026-10-02 01:30"),
        (Limit(24, Unit.HOURS), "2026-02-16 08:00", "2026-02-17 08:00"),
        (Limit(3, Unit.DAYS), "2026-02-27 08:00", "2026-03-02 08:00"),
    ],
)
def test_dues_worked_out_by_hand(limit: Limit, filed: str, due: str) -> None:
    assert clock.local(deadlines.due(limit, at(filed), NATIONAL)) == at(due)


def test_the_township_may_close_its_office_at_another_hour() -> None:
    assert deadlines.due(ONE, at("2026-11-18 17:10"), NATIONAL, time(17)) == at("2026-11-20 17:00")


def test_the_townships_own_days_move_a_due_and_are_named() -> None:
    fair = Calendar({date(2026, 11, 19): False})
    assert deadlines.due_with_source(ONE, at("2026-11-18 09:00"), fair) == (
        at("2026-11-20 17:30"),
        Source.TOWNSHIP,
    )
    assert deadlines.due_with_source(ONE, at("2026-11-18 09:00"), NATIONAL).source is Source.CHINESECALENDAR
    assert deadlines.due_with_source(ONE, at("2029-11-20 09:00"), NATIONAL).source is Source.HOLIDAYS


def test_every_kind_has_a_default_urgent_or_not() -> None:
    assert set(DEFAULTS) == {
        (kind, urgent) for kind in ("enquiry", "help", "complaint", "suggestion") for urgent in (False, True)
    }
    handling = {kind: policy.handling.amount for (kind, urgent), policy in DEFAULTS.items() if not urgent}
    assert handling == {"enquiry": 2, "help": 5, "complaint": 5, "suggestion": 15}
    for (_, urgent), policy in DEFAULTS.items():
        assert policy.response == (Limit(2, Unit.HOURS) if urgent else ONE)
        assert policy.handling == Limit(24, Unit.HOURS) if urgent else not policy.handling.is_natural


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Limit(0, Unit.HOURS)


@pytest.mark.parametrize(
    ("since", "until", "due"),
    [
        ("2026-11-18 10:00", "2026-11-18 17:29", "2026-11-20 17:30"),  # no close inside
        ("2026-11-18 10:00", "2026-11-18 17:30", "2026-11-23 17:30"),  # the close itself
        ("2026-11-18 17:30", "2026-11-19 10:00", "2026-11-20 17:30"),  # that day was over already
        ("2026-11-18 10:00", "2026-11-19 10:00", "2026-11-23 17:30"),
        ("2026-11-20 10:00", "2026-11-22 10:00", "2026-11-23 17:30"),  # Friday to Sunday: one close
        ("2026-11-20 18:00", "2026-11-24 10:00", "2026-11-20 17:30"),  # began after the due
    ],
)
def test_a_wait_moves_a_working_day_due_by_the_closes_inside_it(since: str, until: str, due: str) -> None:
    wait = (at(since), at(until))
    assert deadlines.moved(at("2026-11-20 17:30"), TWO, [wait], NATIONAL) == at(due)


def test_a_wait_over_national_day_counts_no_day_off() -> None:
    wait = (at("2026-09-30 10:00"), at("2026-10-08 10:00"))
    assert deadlines.moved(at("2026-10-09 17:30"), TWO, [wait], NATIONAL) == at("2026-10-10 17:30")


def test_a_question_stops_the_clock_for_five_working_days_at_most() -> None:
    asked, answered = at("2026-11-02 10:00"), at("2026-11-18 10:00")
    assert deadlines.capped([(asked, answered)], NATIONAL) == [(asked, at("2026-11-06 17:30"))]
    moved = deadlines.moved(at("2026-11-04 17:30"), TWO, deadlines.capped([(asked, answered)], NATIONAL), NATIONAL)
    assert moved == at("2026-11-11 17:30")


def test_the_five_days_are_for_all_questions_together() -> None:
    first = (at("2026-11-02 10:00"), at("2026-11-05 10:00"))  # three closes
    second = (at("2026-11-06 10:00"), at("2026-11-20 10:00"))  # two are left
    third = (at("2026-11-21 10:00"), at("2026-11-22 10:00"))
    assert deadlines.capped([first, second, third], NATIONAL) == [first, (second[0], at("2026-11-09 17:30"))]


def test_an_open_question_is_reckoned_with_all_the_days_that_are_left() -> None:
    asked = at("2026-11-18 10:00")
    assert deadlines.wait_of_open_question(asked, [], NATIONAL) == [(asked, at("2026-11-24 17:30"))]
    earlier = (at("2026-11-16 10:00"), at("2026-11-17 18:00"))
    assert deadlines.wait_of_open_question(asked, [earlier], NATIONAL) == [
        earlier,
        (asked, at("2026-11-20 17:30")),
    ]


@given(
    limit=LIMITS,
    filed=INSTANTS,
    own=st.dictionaries(st.dates(date(2025, 6, 1), date(2027, 7, 1)), st.booleans()),
)
def test_a_due_is_utc_and_lies_after_the_filing(limit: Limit, filed: datetime, own: dict[date, bool]) -> None:
    due = deadlines.due(limit, filed, Calendar(own))
    assert due.tzinfo is UTC
    assert due > filed


@given(limit=WORKING, filed=INSTANTS)
def test_a_working_day_due_is_a_close_with_n_working_days_up_to_it(limit: Limit, filed: datetime) -> None:
    due = clock.local(deadlines.due(limit, filed, NATIONAL))
    assert due.time() == CLOSE
    day = deadlines.filing_day(filed, NATIONAL)
    assert NATIONAL.working_days(day, due.date()) == limit.amount
    assert deadlines.closing(day) >= filed


@given(limit=LIMITS, one=INSTANTS, other=INSTANTS)
def test_who_files_earlier_is_never_due_later(limit: Limit, one: datetime, other: datetime) -> None:
    earlier, later = sorted([one, other])
    assert deadlines.due(limit, earlier, NATIONAL) <= deadlines.due(limit, later, NATIONAL)


@given(limit=NATURAL, filed=INSTANTS, start=LENGTHS, length=LENGTHS)
def test_a_wait_moves_a_natural_due_by_its_own_seconds(
    limit: Limit, filed: datetime, start: timedelta, length: timedelta
) -> None:
    due = deadlines.due(limit, filed, NATIONAL)
    wait = (filed + start, filed + start + length)
    moved = deadlines.moved(due, limit, [wait], NATIONAL)
    assert moved == (due + length if wait[0] <= due else due)


@given(limit=LIMITS, filed=INSTANTS, start=LENGTHS, length=LENGTHS)
def test_what_was_late_before_the_wait_is_late_after_it(
    limit: Limit, filed: datetime, start: timedelta, length: timedelta
) -> None:
    due = deadlines.due(limit, filed, NATIONAL)
    since = filed + start
    moved = deadlines.moved(due, limit, [(since, since + length)], NATIONAL)
    assert (since > due) == (since > moved)


@given(limit=WORKING, filed=INSTANTS, start=LENGTHS, first=LENGTHS, second=LENGTHS)
def test_two_waits_end_to_end_move_a_due_as_far_as_one(
    limit: Limit, filed: datetime, start: timedelta, first: timedelta, second: timedelta
) -> None:
    due = deadlines.due(limit, filed, NATIONAL)
    a, b, c = filed + start, filed + start + first, filed + start + first + second
    one = deadlines.moved(due, limit, [(a, c)], NATIONAL)
    assert deadlines.moved(due, limit, [(b, c), (a, b)], NATIONAL) == one


@given(lengths=st.lists(st.tuples(LENGTHS, LENGTHS), max_size=5), start=INSTANTS)
def test_questions_never_count_more_than_five_closes(
    lengths: list[tuple[timedelta, timedelta]], start: datetime
) -> None:
    questions = []
    for open_for, pause in lengths:
        questions.append((start, start + open_for))
        start += open_for + pause + timedelta(seconds=1)
    waits = deadlines.capped(questions, NATIONAL)
    due = at("2027-12-30 17:30")
    moved = deadlines.moved(due, FIVE, waits, NATIONAL)
    assert moved <= deadlines.closing(NATIONAL.add_working_days(clock.local(due).date(), LONGEST_ASKING))
    for wait, question in zip(waits, questions, strict=False):
        assert wait.since == question[0]
        assert wait.until <= question[1]


OWN = st.dictionaries(st.dates(date(2025, 6, 1), date(2027, 9, 1)), st.booleans(), max_size=30)
CLOSES = st.sampled_from([time(17), time(17, 30), time(18)])
SHARES = st.sampled_from([0.0, 0.25, 0.5, 0.8, 1.0])


@given(limit=WORKING, filed=INSTANTS, own=OWN, close=CLOSES)
def test_a_working_day_due_never_falls_on_a_day_off(
    limit: Limit, filed: datetime, own: dict[date, bool], close: time
) -> None:
    calendar = Calendar(own)
    due = clock.local(deadlines.due(limit, filed, calendar, close))
    assert calendar.is_working(due.date())
    assert due.time() == close


@given(limit=LIMITS, one=INSTANTS, other=INSTANTS, own=OWN, close=CLOSES)
def test_who_files_earlier_is_never_due_later_by_the_townships_own_days(
    limit: Limit, one: datetime, other: datetime, own: dict[date, bool], close: time
) -> None:
    earlier, later = sorted([one, other])
    calendar = Calendar(own)
    assert deadlines.due(limit, earlier, calendar, close) <= deadlines.due(limit, later, calendar, close)


@given(limit=LIMITS, filed=INSTANTS, days=st.integers(1, deadlines.LONGEST_EXTENSION), own=OWN)
def test_an_extension_ends_on_a_working_day_after_the_original_due(
    limit: Limit, filed: datetime, days: int, own: dict[date, bool]
) -> None:
    calendar = Calendar(own)
    due = deadlines.due(limit, filed, calendar)
    longer = deadlines.extended(due, days, calendar)
    assert longer > due
    assert calendar.is_working(clock.local(longer).date())
    assert calendar.working_days(clock.local(due).date(), clock.local(longer).date()) == days


@given(start=INSTANTS, first=LENGTHS, second=LENGTHS, own=OWN)
def test_office_time_adds_up(start: datetime, first: timedelta, second: timedelta, own: dict[date, bool]) -> None:
    calendar, middle, end = Calendar(own), start + first, start + first + second
    whole = deadlines.working_time(start, end, calendar)
    assert whole == deadlines.working_time(start, middle, calendar) + deadlines.working_time(middle, end, calendar)
    assert timedelta() <= whole <= end - start


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        ("2026-02-14 17:30", "2026-02-24 09:30", 0),  # Spring Festival, from close to opening
        ("2026-09-30 17:30", "2026-10-08 09:30", 0),  # National Day
        ("2026-09-30 16:30", "2026-10-08 10:30", 2),  # an hour on either side
        ("2026-10-09 00:00", "2026-10-11 00:00", 16),  # Friday and the worked Saturday
        ("2026-10-10 00:00", "2026-10-12 00:00", 8),  # the worked Saturday and a Sunday
    ],
)
def test_there_is_no_office_time_in_a_holiday(since: str, until: str, hours: int) -> None:
    assert deadlines.working_time(at(since), at(until), NATIONAL) == timedelta(hours=hours)


@given(limit=LIMITS, filed=INSTANTS, start=LENGTHS, length=LENGTHS, own=OWN)
def test_after_a_wait_as_much_is_left_as_was_left_when_it_began(
    limit: Limit, filed: datetime, start: timedelta, length: timedelta, own: dict[date, bool]
) -> None:
    """Where it began in time, however late it ends: the seconds of a natural limit, else the closes of office."""
    calendar = Calendar(own)
    due = deadlines.due(limit, filed, calendar)
    since = min(filed + start, due)
    until = since + length
    moved = deadlines.moved(due, limit, [(since, until)], calendar)
    assert moved >= due
    if limit.is_natural:
        assert moved - until == due - since
    else:
        assert closes_between(until, moved, calendar) == closes_between(since, due, calendar)


def closes_between(since: datetime, until: datetime, calendar: Calendar) -> int:
    """Counted day by day, without the code that is tested."""
    first = clock.local(since).date()
    days = (first + timedelta(days=n) for n in range((clock.local(until).date() - first).days + 1))
    return sum(calendar.is_working(day) and since < deadlines.closing(day) <= until for day in days)


@given(limit=LIMITS, filed=INSTANTS, share=SHARES, more=SHARES, own=OWN)
def test_a_share_of_a_limit_has_its_instant_between_filing_and_due(
    limit: Limit, filed: datetime, share: float, more: float, own: dict[date, bool]
) -> None:
    calendar, filed = Calendar(own), filed.replace(microsecond=0)
    due = deadlines.due(limit, filed, calendar)
    share, more = sorted([share, more])
    earlier, later = (deadlines.point(limit, filed, due, one, calendar) for one in (share, more))
    assert filed <= earlier <= later <= due
    assert deadlines.point(limit, filed, due, 1.0, calendar) == due


@given(limit=WORKING, filed=INSTANTS, share=SHARES, own=OWN)
def test_from_the_point_on_the_rest_of_the_office_time_is_left(
    limit: Limit, filed: datetime, share: float, own: dict[date, bool]
) -> None:
    calendar, filed = Calendar(own), filed.replace(microsecond=0)
    due = deadlines.due(limit, filed, calendar)
    point = deadlines.point(limit, filed, due, share, calendar)
    whole = deadlines.working_time(filed, due, calendar)
    assert abs(deadlines.working_time(point, due, calendar) - (1 - share) * whole) <= timedelta(seconds=1)
