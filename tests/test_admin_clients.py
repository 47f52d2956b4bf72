"""接口凭证的页: given, renamed and taken away by the administrator of the area; the token is shown once."""

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from feedback import db
from feedback.identity import clients as tokens
from feedback.models.clients import ApiClient
from feedback.models.people import Role
from feedback.models.records import StaffAct, StaffEvent
from tests import builders, staff
from tests.visitor import Visitor, page_of

GIVEN: dict[str, Any] = {"name": "县平台", "area_code": builders.CODES["township"], "reads": ["figures", "cases"],
         "expires_on": "2027-01-31"}


@pytest.fixture
def admin(app: Flask, now: object) -> Visitor:
    place = builders.a_township()
    return staff.signed_in(app, builders.a_person(place.township, Role.ADMIN, username="guanli"))


def given(admin: Visitor, **other: Any) -> str:
    """The token that the page shows."""
    page = admin.submit(admin.get("/admin/clients", status=200), to="/admin/clients", status=200, **{**GIVEN, **other})
    found = re.search(r"hlm_[\w-]{43}", page.get_data(as_text=True))
    assert found
    return found[0]


def the_client() -> ApiClient:
    return db.session.scalars(select(ApiClient)).one()


def test_a_token_is_shown_once_and_reads_what_was_ticked(admin: Visitor) -> None:
    token = given(admin)
    client = tokens.find(token)
    assert client is not None
    assert (client.name, client.reads, client.expires_on) == ("县平台", ["figures", "cases"], date(2027, 1, 31))
    assert client.created_by is not None
    assert client.created_by.username == "guanli"
    listed = admin.get("/admin/clients", status=200)
    assert token not in listed.get_data(as_text=True)
    assert "县平台" in page_of(listed).text
    assert "还没来读过" in page_of(listed).text


def test_what_is_wrong_is_said_at_its_field_and_gives_nothing(admin: Visitor) -> None:
    seen = admin.get("/admin/clients", status=200)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"expires_on": "2030-01-01"}, "最多两年"), ({"area_code": "330281"}, "不归您管"),
        ({"area_code": builders.CODES["village"]}, "镇街或县"), ({"reads": []}, "至少一样"), ({"name": ""}, "要写"),
    ]
    for wrong, sentence in cases:
        page = admin.submit(seen, to="/admin/clients", status=400, **{**GIVEN, **wrong})
        assert sentence in page_of(page).text
    assert db.session.scalars(select(ApiClient)).all() == []


def test_it_is_renamed_and_taken_away_there_and_each_leaves_a_staff_event(admin: Visitor) -> None:
    token = given(admin)
    number = the_client().id
    page = admin.get("/admin/clients")
    admin.submit(page, to=f"/admin/clients/{number}/name", name="市平台", status=303)
    assert the_client().name == "市平台"
    refused = admin.submit(page, to=f"/admin/clients/{number}/name", name=" ", status=400)
    assert "不能空" in page_of(refused).text
    admin.submit(page, to=f"/admin/clients/{number}/revoke", status=303)
    assert tokens.find(token) is None
    assert "停用了" in page_of(admin.get("/admin/clients")).text
    left = db.session.scalars(select(StaffEvent).where(StaffEvent.act == StaffAct.API_CLIENT)).all()
    assert [one.facts["change"] for one in left] == ["added", "renamed", "revoked"]
    assert all(one.actor is not None and one.actor.username == "guanli" for one in left)
    assert token not in str([one.facts for one in left])


def test_the_last_day_it_came_is_shown_with_how_often(admin: Visitor) -> None:
    given(admin)
    for _ in range(3):
        tokens.note_use(the_client())
        db.session.commit()
    assert "最近 11 月 19 日 来读过，那天 3 次" in page_of(admin.get("/admin/clients")).text


def test_somebody_else_s_client_is_not_there(admin: Visitor) -> None:
    given(admin)
    number = the_client().id
    elsewhere = builders.a_person(builders.an_area("330281115", "邻镇"), Role.ADMIN)
    other = staff.signed_in(admin.application, elsewhere)
    page = other.get("/admin/clients", status=200)
    assert "县平台" not in page_of(page).text
    csrf = page_of(page).forms[-1].fields["csrf_token"][0]
    for path in ("name", "revoke"):
        other.post(f"/admin/clients/{number}/{path}", data={"csrf_token": csrf, "name": "我的"}, status=404)
    assert the_client().name == "县平台"
