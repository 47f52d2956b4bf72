"""点开: the list behind every number holds the very cases that the events say, page by page."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import islice

import pytest
from sqlalchemy import select

from feedback import clock, db, stats
from feedback.models.cases import Case, Recusal
from feedback.models.people import Person
from feedback.stats import By, Part, definitions, members, rolled, rollup
from feedback.stats.members import Members
from tests import builders
from tests.lives import NOW, Township

pytestmark = pytest.mark.usefixtures("database")

MONTHS = date(2026, 3, 1), date(2026, 11, 30)
RATES = {rate.key for rate in definitions.RATES}
NUMBERS = [(key, part) for key in members.KEYS for part in (Part if key in RATES else [Part.OF])]
NARROWED: list[tuple[By, ...]] = [
    (By.AREA,), (By.KIND,), (By.CATEGORY,), (By.TEAM,), (By.HANDLER,), (By.MONTH,), (By.HANDLER, By.MONTH),
    (By.AREA, By.CATEGORY),
]


@pytest.fixture
def town() -> Iterator[Township]:
    with clock.fixed(NOW, everywhere=True):
        made = Township(11)
        made.live(60)
        db.session.commit()
        while db.in_turn(rollup.keep_up):
            pass
        yield made


def all_pages(found: Members, most: int) -> Iterator[int]:
    after = None
    while True:
        ids, after = found.page(after, most)
        yield from ids
        if after is None:
            return
        assert len(ids) == most


def same(
    code: str, key: str, part: Part, to: Mapping[By, str], *, viewer: Person | None = None,
    days: tuple[date, date] = MONTHS, cohort: stats.Cohort | None = None, most: int = 30,
) -> None:
    kept = stats.view(code, *days, viewer=viewer).behind(key, part, *days, to)
    from_events = members.pick(cohort or stats.read(code, *days, viewer=viewer), key, part, to)
    assert list(all_pages(kept, most)) == from_events.ids, (key, part, to)
    assert kept.count == from_events.count


def shut_out(town: Township) -> Person:
    viewer = builders.a_person(town.place.township)
    db.session.add_all(Recusal(case_id=one, person_id=viewer.id, at=NOW)
                       for one in db.session.scalars(select(Case.id).limit(9)))
    db.session.commit()
    return viewer


@pytest.mark.parametrize("is_shut_out", [False, True])
def test_behind_every_number_are_the_cases_that_the_events_say(town: Township, is_shut_out: bool) -> None:
    viewer = shut_out(town) if is_shut_out else None
    place = town.place
    for code in (place.township.code, place.microgrid.code):
        cohort = stats.read(code, *MONTHS, viewer=viewer)
        for key, part in NUMBERS:
            same(code, key, part, {}, viewer=viewer, cohort=cohort)


@pytest.mark.parametrize("by", NARROWED, ids=str)
def test_narrowed_to_a_row_they_are_as_many_as_the_row_says(town: Township, by: tuple[By, ...]) -> None:
    code = town.place.township.code
    cohort = stats.read(code, *MONTHS)
    for row in rolled.figures(code, *MONTHS, by=by):
        to = dict(zip(by, row.key, strict=True))
        for key in ("received", "handling_on_time", "response_on_time"):
            same(code, key, Part.MISSING, to, cohort=cohort)
        for key in ("repeated", "handling_on_time"):
            assert stats.view(code, *MONTHS).behind(key, Part.N, *MONTHS, to).count == row.rates[key].n


def test_a_list_of_some_days_is_of_those_days(town: Township) -> None:
    same(town.place.township.code, "received", Part.OF, {}, days=(date(2026, 9, 7), date(2026, 11, 4)))
    same(town.place.township.code, "received", Part.OF, {}, days=(date(2020, 1, 1), date(2020, 1, 31)))


def test_pages_of_any_size_hold_each_case_once(town: Township) -> None:
    for most in (1, 7, 59, 60, 61):
        same(town.place.township.code, "received", Part.OF, {}, most=most)


def test_a_page_goes_on_where_it_ended_though_more_was_filed_meanwhile(town: Township) -> None:
    code = town.place.township.code
    behind = stats.view(code, *MONTHS).behind("received", Part.OF, *MONTHS)
    first, after = behind.page(None, 20)
    rest = list(all_pages(stats.view(code, *MONTHS).behind("received", Part.OF, *MONTHS), 30))[20:]
    town.live(5, since=NOW - timedelta(minutes=5))
    db.session.commit()
    while db.in_turn(rollup.keep_up):
        pass
    again = stats.view(code, *MONTHS).behind("received", Part.OF, *MONTHS)
    assert again.count == 65
    assert list(islice(again.page(after, 60)[0], 60)) == rest
    assert not set(first) & set(rest)


@pytest.mark.parametrize("to", [{By.KIND: "none"}, {By.AREA: "%"}, {By.AREA: "9"}, {By.MONTH: "soon"},
                                {By.TEAM: "/"}, {By.HANDLER: "nobody"}, {By.CATEGORY: "no such"}], ids=str)
def test_words_that_mean_nothing_find_nothing(town: Township, to: dict[By, str]) -> None:
    assert stats.view(town.place.township.code, *MONTHS).behind("received", Part.OF, *MONTHS, to).count == 0


def test_a_number_there_is_not_is_refused(town: Township) -> None:
    with pytest.raises(KeyError):
        stats.view(town.place.township.code, *MONTHS).behind("luck", Part.OF, *MONTHS)
