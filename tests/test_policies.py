"""期限: which deadline holds, and that what is set later never reaches back."""

import random
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

import pytest

from feedback import clock, db, policies
from feedback.administration import rules
from feedback.deadlines import Limit, Unit
from feedback.models.kinds import Kind
from feedback.models.people import Role
from feedback.models.rules import Category
from tests import builders

START = datetime(2026, 9, 1, 2, tzinfo=UTC)
TOWNSHIP, MICROGRID = builders.CODES["township"], builders.CODES["microgrid"]


class Filed(NamedTuple):
    kind: Kind
    is_urgent: bool
    category_id: int | None
    at: datetime


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_set_afterwards_what_was_filed_keeps_its_promise(seed: int) -> None:
    """Versions of every kind, some of them for a later day; a promise once given is the same at the end."""
    chance, place = random.Random(seed), builders.a_township()
    officers = [builders.a_person(area, Role.TOWNSHIP) for area in (place.township, place.county)]
    street = Category(area_code=TOWNSHIP, name="路灯")
    db.session.add(street)
    db.session.flush()
    given: list[tuple[Filed, policies.Promise]] = []
    for hour in range(24):
        with clock.fixed(START + timedelta(hours=7 * hour), everywhere=True):
            officer = chance.choice(officers)
            where = TOWNSHIP if officer is officers[0] else builders.CODES["county"]
            category = street.id if where == TOWNSHIP and chance.random() < 0.3 else None
            delay = chance.choice([None, timedelta(days=1), timedelta(days=3)])
            amount = chance.randint(1, 5)
            rules.set_limits(officer, where, rules.Limits(
                kind=chance.choice([None, *Kind]), category_id=category, is_urgent=chance.random() < 0.3,
                response=Limit(amount, Unit.WORKING_DAYS), handling=Limit(amount + 5, Unit.WORKING_DAYS),
                close_of_office=chance.choice([time(17), time(17, 30)]),
                effective_at=None if delay is None else clock.now() + delay,
            ))
            filed = Filed(chance.choice(list(Kind)), chance.random() < 0.3, chance.choice([None, street.id]),
                          clock.now() + timedelta(minutes=chance.randint(0, 300)))
        with clock.fixed(filed.at, everywhere=True):
            given.append((filed, promised(filed)))
    assert len({promise.policy_id for _, promise in given}) > 3
    assert [promised(filed) for filed, _ in given] == [promise for _, promise in given]


def promised(filed: Filed) -> policies.Promise:
    return policies.promise(MICROGRID, filed.kind, filed.is_urgent, category_id=filed.category_id, filed_at=filed.at)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("is_later", [False, True])
def test_a_proposed_version_is_what_it_would_be_once_set(is_later: bool) -> None:
    officer = builders.a_person(builders.a_township().township, Role.TOWNSHIP)
    with clock.fixed(START, everywhere=True):
        begins = START + timedelta(days=2) if is_later else None
        limits = rules.Limits(kind=None, category_id=None, is_urgent=False, response=Limit(2, Unit.WORKING_DAYS),
                              handling=Limit(9, Unit.WORKING_DAYS), effective_at=begins)
        proposed = rules.proposed(officer, TOWNSHIP, limits)
        days = [START + timedelta(days=n) for n in range(5)]
        foretold = [policies.promise(MICROGRID, Kind.HELP, False, filed_at=day, proposed=proposed) for day in days]
        assert rules.versions(TOWNSHIP) == []
        rules.set_limits(officer, TOWNSHIP, limits)
        held = [policies.promise(MICROGRID, Kind.HELP, False, filed_at=day) for day in days]
    assert [one.handling_due_at for one in foretold] == [one.handling_due_at for one in held]
    assert [one.policy for one in foretold] == [one.policy for one in held]
