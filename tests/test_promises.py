"""答应的日子: every screen with a due in a year nobody has published says so; an extension shows both dates."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from feedback import cli, clock, db, policies
from feedback.models.cases import Case
from feedback.models.kinds import Action, Kind, Status
from feedback.models.people import Person, Role, Service
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


def the_slip(app: Flask, number: str) -> str:
    """A new receipt for her, printed by the village."""
    place_code = builders.CODES["village"]
    officer = db.session.scalars(select(Person).join(Service).where(Service.area_code == place_code)).one()
    visitor = staff.signed_in(app, officer)
    page = visitor.get(f"/g/cases/{number}/reissue-receipt", status=200)
    return visitor.submit(page, to="/reissue-receipt", status=200).get_data(as_text=True)


def test_the_printed_slip_says_by_when_and_that_the_year_is_not_known(app: Flask, eve: datetime) -> None:
    place = builders.a_township()
    builders.a_person(place.village, Role.VILLAGE)
    case = a_running_case(place)
    number, due_at = case.number, case.response_due_at
    db.session.commit()
    slip = the_slip(app, number)
    assert "最晚 2027 年 1 月 4 日（周一）17:30 有人联系您。" in slip
    assert DOUBT in slip
    with clock.fixed(due_at + timedelta(hours=1), everywhere=True):
        slip = the_slip(app, number)
        assert "1 月 4 日（周一）17:30 前该有人联系您，超期了" in slip
        assert "最晚" not in slip


def test_a_slip_printed_later_promises_what_is_still_to_come(app: Flask, eve: datetime) -> None:
    place = builders.a_township()
    builders.a_person(place.village, Role.VILLAGE)
    case = a_running_case(place)
    number, case.responded_at, case.next_due_at = case.number, EVE, case.handling_due_at
    db.session.commit()
    slip = the_slip(app, number)
    assert "有人联系您" not in slip
    assert "最晚 2027 年 1 月 8 日（周五）17:30 告诉您结果。" in slip
    assert DOUBT in slip
    answered = db.session.scalars(select(Case)).one()
    answered.status, answered.reported_at, answered.next_due_at = Status.REPORTED_BACK, EVE, None
    db.session.commit()
    assert "最晚" not in the_slip(app, number)


@pytest.mark.parametrize("is_entered", [False, True])
def test_the_printed_letter_says_that_the_year_of_its_day_is_not_known(
    app: Flask, eve: datetime, is_entered: bool
) -> None:
    place = builders.a_township()
    officer = builders.a_person(place.township, Role.TOWNSHIP)
    case = a_running_case(place)
    letter = builders.an_event(case, Action.SUPERVISE, actor_id=officer.id, post=Role.TOWNSHIP,
                               until_at=policies.letter_due_at(case))
    address = f"/t/cases/{case.number}/letters/{letter.n}"
    if is_entered:
        db.session.add(CalendarYear(area_code=TOWNSHIP, year=2027))
    db.session.commit()
    page = staff.signed_in(app, officer).get(address, status=200).get_data(as_text=True)
    assert "2027 年 1 月 5 日 17:30" in page
    assert (DOUBT in page) is not is_entered


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
