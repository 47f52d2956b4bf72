"""答应的日子: every screen with a due in a year nobody has published says so; an extension shows both dates."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from flask import Flask

from feedback import cli, clock, db, policies
from feedback.models.cases import Case
from feedback.models.kinds import Action, Kind
from feedback.models.people import Role
from feedback.models.rules import CalendarYear, PublishedText, TextKey
from feedback.web import promises
from tests import builders, staff
from tests.visitor import Visitor

EVE = datetime(2026, 12, 31, 2, tzinfo=UTC)
DOUBT = "2027 年的放假安排还没有公布或录入"
TOWNSHIP = builders.CODES["township"]


@pytest.fixture
def eve() -> Iterator[datetime]:
    """The last working morning of 2026, whose promises lie in a year nobody has published."""
    with clock.fixed(EVE, everywhere=True):
        yield EVE


@pytest.fixture
def door(app: Flask, eve: datetime) -> tuple[Visitor, str]:
    code = builders.a_code(builders.a_household(builders.a_township().microgrid))
    db.session.add(PublishedText(area_code=TOWNSHIP, key=TextKey.DUTY_PHONE, words="0574-62000001"))
    db.session.commit()
    client = app.test_client()
    assert isinstance(client, Visitor)
    return client, code.token


def a_running_case(place: builders.Place | None = None) -> Case:
    place = place or builders.a_township()
    promise = policies.promise(builders.CODES["microgrid"], Kind.HELP, False, filed_at=EVE)
    return builders.a_case(
        builders.a_household(place.microgrid), filed_at=EVE,
        response_due_at=promise.response_due_at, handling_due_at=promise.handling_due_at,
        next_due_at=promise.response_due_at,
    )


def filed(door: tuple[Visitor, str], **fields: str) -> str:
    client, token = door
    seen = client.get(f"/d/{token}")
    return client.submit(seen, kind="help", text="路灯坏了", status=200, button="", **fields).get_data(as_text=True)


def test_the_door_says_that_the_year_of_its_promise_is_not_known(door: tuple[Visitor, str]) -> None:
    assert DOUBT in door[0].get(f"/d/{door[1]}").get_data(as_text=True)


def test_the_receipt_says_it(door: tuple[Visitor, str]) -> None:
    assert DOUBT in filed(door)


def test_the_door_of_a_wrong_code_says_it(door: tuple[Visitor, str]) -> None:
    assert DOUBT in door[0].get("/d/000000000000").get_data(as_text=True)


def test_a_year_the_township_has_entered_is_known(door: tuple[Visitor, str]) -> None:
    db.session.add(CalendarYear(area_code=TOWNSHIP, year=2027))
    db.session.commit()
    assert DOUBT not in door[0].get(f"/d/{door[1]}").get_data(as_text=True)
    assert DOUBT not in filed(door)


def test_an_urgent_case_rests_on_no_calendar_and_its_receipt_begins_with_whom_to_ring(
    door: tuple[Visitor, str],
) -> None:
    page = filed(door, urgent="1")
    assert DOUBT not in page
    for number in ("110", "119", "120", "057462000001"):
        assert page.index(f"tel:{number}") < page.index("<h1>")


def test_the_desk_and_the_township_say_it_in_list_and_case(app: Flask, eve: datetime) -> None:
    place = builders.a_township()
    officer = builders.a_person(place.township, Role.TOWNSHIP, username="zhen")
    guardian = builders.a_person(place.microgrid, username="aunt")
    number = a_running_case(place).number
    db.session.commit()
    visitor = staff.signed_in(app, officer)
    for address in ("/t/cases", f"/g/cases/{number}"):
        assert DOUBT in visitor.get(address, status=200).get_data(as_text=True), address
    assert DOUBT in staff.signed_in(app, staff.again(guardian)).get("/g/", status=200).get_data(as_text=True)


def test_hours_become_a_matter_of_the_calendar_once_they_are_extended(app: Flask, eve: datetime) -> None:
    case = a_running_case()
    case.is_urgent, case.responded_at = True, EVE
    assert policies.uncertain_year_of(case) is None
    case.extension_days = 2
    assert policies.uncertain_year_of(case) == 2027
    case.next_due_at = None
    assert policies.uncertain_year_of(case) is None


def test_an_extended_due_stands_beside_the_original_one(app: Flask, eve: datetime) -> None:
    case = a_running_case()
    original = case.handling_due_at
    with app.test_request_context():
        assert promises.extended(case) == ""
        case.extension_days, case.handling_due_at = 2, original + timedelta(days=3)
        builders.an_event(case, Action.EXTEND, handling_due_original_at=original)
        db.session.flush()
        assert promises.extended(case) == "原定 2027 年 1 月 8 日 17:30，经批准延到 2027 年 1 月 11 日 17:30"


def test_the_command_says_it() -> None:
    def said(filed_at: str, *more: str) -> str:
        return CliRunner().invoke(cli.main, ["deadline", "--kind", "enquiry", "--filed", filed_at, *more]).output

    assert "uncertain: the days off of 2027" in said("2026-12-30T10:00+08:00")
    assert "uncertain" not in said("2026-12-29T10:00+08:00")
    assert "uncertain:" not in said("2026-12-31T10:00+08:00", "--urgent")
