"""身份: passwords, second factors, devices, and tries that are slowed and never locked out."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import Engine, select

from feedback import clock, db, identity
from feedback.errors import Refusal
from feedback.identity import devices, passwords, second_factor
from feedback.models.people import Person, Role, SignIn
from feedback.models.records import StaffAct, StaffEvent
from tests import builders, staff
from tests.visitor import Visitor, page_of

TERMS = devices.Terms(kept=timedelta(days=30), idle=timedelta(minutes=30))
ELSEWHERE = "203.0.113.7"


@pytest.fixture(autouse=True)
def waited() -> Iterator[list[float]]:
    with staff.nobody_waits() as seconds:
        yield seconds


@pytest.fixture
def town(database: Engine, now: datetime) -> builders.Place:
    return builders.a_township()


@pytest.fixture
def guardian(town: builders.Place) -> Person:
    return staff.with_password(builders.a_person(town.microgrid, username="zhou", phone="13900000001"))


@pytest.fixture
def officer(town: builders.Place) -> Person:
    return staff.with_password(builders.a_person(town.township, Role.TOWNSHIP, username="zhen"))


def acts() -> list[StaffAct]:
    return list(db.session.scalars(select(StaffEvent.act).order_by(StaffEvent.id)))


def code_of(moment: datetime) -> str:
    return pyotp.TOTP(staff.SECRET).at(moment)


# ---------------------------------------------------------------- passwords


def test_the_right_password_names_its_person_in_any_case_of_the_account(guardian: Person) -> None:
    assert identity.check_password(" ZHOU ", staff.PASSWORD, address=ELSEWHERE).id == guardian.id


def test_a_wrong_account_and_a_wrong_password_are_told_the_same(guardian: Person) -> None:
    with pytest.raises(Refusal) as wrong_password:
        identity.check_password("zhou", "something else", address=ELSEWHERE)
    with pytest.raises(Refusal) as wrong_account:
        identity.check_password("nobody", staff.PASSWORD, address=ELSEWHERE)
    assert str(wrong_password.value) == str(wrong_account.value)


def test_a_deactivated_person_and_one_without_a_password_are_not_let_in(town: builders.Place) -> None:
    left = staff.with_password(builders.a_person(town.microgrid, username="left"))
    db.write()
    left.is_active = False
    builders.a_person(town.microgrid, username="bare")
    db.session.commit()
    for name in ("left", "bare"):
        with pytest.raises(Refusal):
            identity.check_password(name, staff.PASSWORD, address=ELSEWHERE)


def test_a_failed_try_is_kept_whatever_is_rolled_back_and_never_says_what_was_typed(guardian: Person) -> None:
    for name in ("zhou", "my-secret-password"):
        with pytest.raises(Refusal):
            identity.check_password(name, "wrong wrong", address=ELSEWHERE)
    db.session.rollback()
    failed = db.session.scalars(select(StaffEvent).where(StaffEvent.act == StaffAct.SIGN_IN_FAILED)).all()
    assert [(event.subject, event.actor_id) for event in failed] == [("zhou", None), ("", None)]


@pytest.mark.parametrize("poor", ["short", "11111111", "12345678", "zhou", "zhou1234 13900000001", "password123",
                                  "qwertyuiop", "x" * 200])
def test_a_poor_password_is_refused_with_a_sentence(guardian: Person, poor: str) -> None:
    assert passwords.trouble_with(poor, guardian)


@pytest.mark.parametrize("fine", ["wo jia men kou", "liang nong zhen 2026", "山上有座庙庙里有个和尚", "ks8f-0sl2-qq9v"])
def test_a_password_of_some_length_is_taken_without_rules_about_signs(guardian: Person, fine: str) -> None:
    assert passwords.trouble_with(fine, guardian) is None


def test_a_new_password_signs_out_every_other_device(guardian: Person) -> None:
    here, there = (devices.begin(guardian, device=name, is_kept=True) for name in ("here", "there"))
    this = devices.find(here, TERMS)
    assert this is not None
    passwords.choose(guardian, "a quite new one", at=this)
    db.session.commit()
    assert devices.find(here, TERMS)
    assert not devices.find(there, TERMS)
    assert identity.check_password("zhou", "a quite new one", address=ELSEWHERE)


def test_the_same_password_is_no_new_one(guardian: Person) -> None:
    key = devices.begin(guardian, device="", is_kept=False)
    this = devices.find(key, TERMS)
    assert this is not None
    with pytest.raises(Refusal, match="和原来的一样"):
        passwords.choose(guardian, staff.PASSWORD, at=this)


def test_a_first_password_must_be_changed_and_ends_every_sign_in(guardian: Person) -> None:
    key = devices.begin(guardian, device="", is_kept=True)
    password = passwords.give_first(guardian, by=None)
    db.session.commit()
    assert guardian.must_change_password
    assert devices.find(key, TERMS) is None
    assert identity.check_password("zhou", password, address=ELSEWHERE).id == guardian.id


def test_passwords_are_kept_as_argon2id_only(guardian: Person) -> None:
    assert (guardian.password_hash or "").startswith("$argon2id$")


# ---------------------------------------------------------------- slowed, never locked


def test_wrong_tries_are_slowed_and_the_right_one_still_gets_in(guardian: Person, waited: list[float]) -> None:
    for _ in range(12):
        with pytest.raises(Refusal):
            identity.check_password("zhou", "wrong", address=ELSEWHERE)
    assert waited
    assert max(waited) <= 5.0
    assert identity.check_password("zhou", staff.PASSWORD, address=ELSEWHERE).id == guardian.id


def test_strangers_who_try_an_account_do_not_slow_the_device_that_knows_it(
    guardian: Person, waited: list[float]
) -> None:
    for _ in range(12):
        with pytest.raises(Refusal):
            identity.check_password("zhou", "wrong", address=ELSEWHERE)
    waited.clear()
    identity.check_password("zhou", staff.PASSWORD, address="198.51.100.1", known_device="her own")
    assert not waited


# ---------------------------------------------------------------- the second factor


@pytest.mark.parametrize("role", [Role.TOWNSHIP, Role.DISCIPLINE, Role.AUDITOR, Role.ADMIN])
def test_the_township_and_above_need_a_second_factor(town: builders.Place, role: Role) -> None:
    assert second_factor.is_needed(builders.a_person(town.township, role))


def test_a_townships_own_team_needs_one_and_village_and_guardians_do_not(town: builders.Place) -> None:
    own = builders.a_person(town.microgrid)
    builders.a_service(own, town.township, Role.TOWNSHIP, team_id=builders.a_team(town.township).id)
    assert second_factor.is_needed(own)
    assert not second_factor.is_needed(builders.a_person(town.village, Role.VILLAGE))
    assert not second_factor.is_needed(builders.a_person(town.microgrid))


def test_a_code_is_good_once(officer: Person, now: datetime) -> None:
    identity.check_code(officer, code_of(now), address=ELSEWHERE)
    db.session.commit()
    with pytest.raises(Refusal):
        identity.check_code(officer, code_of(now), address=ELSEWHERE)


def test_an_earlier_code_is_worth_nothing_after_a_later_one(officer: Person, now: datetime) -> None:
    identity.check_code(officer, code_of(now + timedelta(seconds=30)), address=ELSEWHERE)
    db.session.commit()
    with pytest.raises(Refusal):
        identity.check_code(officer, code_of(now), address=ELSEWHERE)


@pytest.mark.parametrize(("seconds", "is_taken"), [(-30, True), (30, True), (-90, False), (90, False)])
def test_a_clock_may_be_half_a_minute_off(officer: Person, now: datetime, seconds: int, is_taken: bool) -> None:
    assert second_factor.spend(officer, code_of(now + timedelta(seconds=seconds))) is is_taken


def test_the_secret_is_kept_sealed(officer: Person) -> None:
    assert staff.SECRET.encode() not in (officer.totp_secret or b"")


def test_a_wrong_code_leaves_an_event(officer: Person) -> None:
    with pytest.raises(Refusal):
        identity.check_code(officer, "000000", address=ELSEWHERE)
    assert acts()[-1] is StaffAct.SIGN_IN_FAILED


# ---------------------------------------------------------------- devices


def test_a_desktop_ends_when_it_is_left_alone(guardian: Person, now: datetime) -> None:
    key = devices.begin(guardian, device="", is_kept=False)
    with clock.fixed(now + timedelta(minutes=29)):
        found = devices.find(key, TERMS)
        assert found is not None
        devices.see(found)
    with clock.fixed(now + timedelta(minutes=58)):
        assert devices.find(key, TERMS)
    with clock.fixed(now + timedelta(minutes=60)):
        assert devices.find(key, TERMS) is None


def test_a_guardians_phone_stays_thirty_days_and_no_longer(guardian: Person, now: datetime) -> None:
    key = devices.begin(guardian, device="", is_kept=True)
    with clock.fixed(now + timedelta(days=29)):
        assert devices.find(key, TERMS)
    with clock.fixed(now + timedelta(days=30)):
        assert devices.find(key, TERMS) is None


def test_whoever_needs_a_second_factor_is_never_kept(officer: Person, guardian: Person, now: datetime) -> None:
    keys = [devices.begin(one, device="", is_kept=True) for one in (officer, guardian)]
    db.session.commit()
    builders.a_service(guardian, officer.services[0].area, Role.TOWNSHIP)
    db.session.commit()
    with clock.fixed(now + timedelta(hours=1)):
        assert [devices.find(key, TERMS) for key in keys] == [None, None]


def test_a_person_who_has_left_is_signed_out_everywhere(guardian: Person) -> None:
    key = devices.begin(guardian, device="", is_kept=True)
    db.session.commit()
    db.write()
    guardian.is_active = False
    db.session.commit()
    assert devices.find(key, TERMS) is None


def test_only_the_digest_of_a_key_is_kept(guardian: Person) -> None:
    key = devices.begin(guardian, device="", is_kept=False)
    assert key.encode() not in db.session.scalars(select(SignIn.digest)).one()


def test_the_password_is_asked_again_on_a_kept_phone_only_and_not_every_minute(guardian: Person, now: datetime) -> None:
    kept, desk = (devices.find(devices.begin(guardian, device="", is_kept=one), TERMS) for one in (True, False))
    assert kept is not None
    assert desk is not None
    with clock.fixed(now + timedelta(minutes=16)):
        assert not devices.is_proved(kept)
        assert devices.is_proved(desk)
        devices.prove(kept)
        assert devices.is_proved(kept)


# ---------------------------------------------------------------- the pages


def test_a_guardian_signs_in_with_account_and_password_and_comes_to_the_queue(
    client: Visitor, guardian: Person
) -> None:
    page = client.get("auth.show_sign_in", status=200, title="登录")
    answer = client.submit(page, username="zhou", password=staff.PASSWORD, status=303)
    assert answer.location == "/g/"
    assert acts()[-1] is StaffAct.SIGN_IN


def test_a_wrong_password_keeps_the_account_and_says_one_sentence(client: Visitor, guardian: Person) -> None:
    page = client.get("/login?next=/g/find", status=200)
    again = client.submit(page, username="zhou", password="wrong wrong", status=400)
    assert "账号或密码不对" in page_of(again).text
    assert page_of(again).forms[0].fields["username"] == ["zhou"]
    assert page_of(again).forms[0].fields["next"] == ["/g/find"]
    assert "wrong wrong" not in again.get_data(as_text=True)


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:1",
                                    "/a\nb", "g/"])
def test_signing_in_never_leads_to_another_site(client: Visitor, guardian: Person, target: str) -> None:
    page = client.get("/login", query_string={"next": target}, status=200)
    answer = client.submit(page, username="zhou", password=staff.PASSWORD, next=target, status=303)
    assert answer.location == "/g/"


def test_signing_in_leads_back_to_where_one_was_going(client: Visitor, guardian: Person) -> None:
    sent = client.get("/g/find?q=27", status=302)
    page = client.get(sent.location, status=200)
    answer = client.submit(page, username="zhou", password=staff.PASSWORD, status=303)
    assert answer.location == "/g/find?q=27"


def test_the_session_is_made_anew_at_sign_in(client: Visitor, guardian: Person) -> None:
    page = client.get("/login", status=200)
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
        before = dict(session)
    client.submit(page, username="zhou", password=staff.PASSWORD, status=303)
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session["key"] not in before.values()


def test_a_phone_is_kept_only_where_its_owner_says_so(client: Visitor, guardian: Person) -> None:
    page = client.get("/login", status=200)
    client.submit(page, username="zhou", password=staff.PASSWORD, is_kept="y", status=303)
    assert db.session.scalars(select(SignIn)).one().is_kept


def test_an_officer_gives_the_second_factor_and_then_comes_to_the_township(
    client: Visitor, officer: Person, now: datetime
) -> None:
    page = client.get("/login", status=200)
    second = client.submit(page, username="zhen", password=staff.PASSWORD, status=302)
    assert db.session.scalar(select(SignIn)) is None
    assert client.get("/g/", status=302).location.startswith("/login")
    page = client.get(second.location, status=200, title="动态码")
    client.submit(page, code="123456", status=400)
    answer = client.submit(page, code=code_of(now), status=303)
    assert answer.location == "/t/"


def test_the_second_step_is_worth_nothing_after_ten_minutes_or_another_password(
    client: Visitor, officer: Person, now: datetime
) -> None:
    page = client.get("/login", status=200)
    client.submit(page, username="zhen", password=staff.PASSWORD, status=302)
    with clock.fixed(now + timedelta(minutes=11)):
        assert client.get("/login/code", status=302).location == "/login"
    page = client.get("/login", status=200)
    client.submit(page, username="zhen", password=staff.PASSWORD, status=302)
    passwords.give_first(staff.again(officer), by=None)
    db.session.commit()
    assert client.get("/login/code", status=302).location == "/login"


def test_a_demo_shows_the_code_and_says_so_and_nothing_else_does(
    client: Visitor, app: Flask, officer: Person, now: datetime
) -> None:
    page = client.get("/login", status=200)
    client.submit(page, username="zhen", password=staff.PASSWORD, status=302)
    assert code_of(now) not in client.get("/login/code", status=200).get_data(as_text=True)
    config = app.extensions["config"]
    app.extensions["config"] = type(config)(**{**vars(config), "demo": True})
    shown = page_of(client.get("/login/code", status=200)).text
    assert code_of(now) in shown
    assert "演示" in shown


def test_a_first_password_opens_nothing_but_the_page_that_changes_it(client: Visitor, town: builders.Place) -> None:
    staff.with_password(builders.a_person(town.microgrid, username="new"), is_first=True)
    page = client.get("/login", status=200)
    client.submit(page, username="new", password=staff.PASSWORD, status=303)
    assert client.get("/g/", status=302).location == "/account/password"
    page = client.get("/account/password", status=200, title="换密码")
    client.submit(page, password=staff.PASSWORD, new_password="12345678", again="12345678", status=400)
    client.submit(page, password="not it at all", new_password="men kou da shu", again="men kou da shu", status=400)
    client.submit(page, password=staff.PASSWORD, new_password="men kou da shu", again="men kou xiao shu", status=400)
    client.submit(page, password=staff.PASSWORD, new_password="men kou da shu", again="men kou da shu", status=302)
    client.get("/g/", status=200)


def test_an_officer_without_a_second_factor_sets_one_up_first(
    client: Visitor, town: builders.Place, now: datetime
) -> None:
    person = staff.with_password(builders.a_person(town.township, Role.ADMIN, username="admin"))
    db.write()
    person.totp_secret = None
    db.session.commit()
    page = client.get("/login", status=200)
    client.submit(page, username="admin", password=staff.PASSWORD, status=303)
    assert client.get("/account/", status=302).location == "/account/second-factor"
    page = client.get("/account/second-factor", status=200)
    with client.session_transaction() as session:
        secret = session["totp"]
    client.submit(page, code="000000", status=400)
    client.submit(page, code=pyotp.TOTP(secret).at(now), status=302)
    person = staff.again(person)
    assert second_factor.is_set_up(person)
    assert not second_factor.spend(person, pyotp.TOTP(secret).at(now)), "the code that set it up is used"


def test_a_second_factor_is_not_replaced_by_somebody_at_a_signed_in_desk(app: Flask, officer: Person) -> None:
    before = officer.totp_secret
    desk = staff.signed_in(app, officer)
    desk.get("/account/second-factor", status=302)
    token = page_of(desk.get("/account/", status=200)).forms[0].fields["csrf_token"][0]
    desk.post("/account/second-factor", data={"code": "000000", "csrf_token": token}, status=302)
    assert staff.again(officer).totp_secret == before


def test_signing_out_ends_the_sign_in_for_good(app: Flask, guardian: Person) -> None:
    desk = staff.signed_in(app, guardian)
    page = desk.get("/account/", status=200)
    with desk.session_transaction() as session:
        kept = dict(session)
    desk.submit(page, to="/logout", status=302)
    with desk.session_transaction() as session:
        session.update(kept)
    assert desk.get("/g/", status=302).location.startswith("/login")
    assert acts()[-1] is StaffAct.SIGN_OUT


def test_one_sees_ones_own_devices_and_ends_one_of_them(app: Flask, guardian: Person, town: builders.Place) -> None:
    stranger = staff.signed_in(app, builders.a_person(town.microgrid))
    lost, here = staff.signed_in(app, guardian, is_kept=True), staff.signed_in(app, guardian)
    page = here.get("/account/", status=200)
    lost_id = db.session.scalars(select(SignIn.id).where(SignIn.is_kept)).one()
    theirs = stranger.get("/account/", status=200)
    token = page_of(theirs).forms[0].fields["csrf_token"][0]
    stranger.post(f"/account/devices/{lost_id}/end", data={"csrf_token": token}, status=404)
    here.submit(page, to=f"/account/devices/{lost_id}/end", status=302)
    assert lost.get("/g/", status=302).location.startswith("/login")
    here.get("/g/", status=200)


def test_what_was_typed_at_a_desk_that_signed_itself_out_is_not_lost(
    app: Flask, guardian: Person, now: datetime
) -> None:
    desk = staff.signed_in(app, guardian)
    page = desk.get("/account/", status=200)
    token = page_of(page).forms[0].fields["csrf_token"][0]
    with clock.fixed(now + timedelta(hours=1)):
        data = {"csrf_token": token, "words": "这一句写了很久，不想再写一遍。"}
        answer = desk.post("/g/cases/123/note", data=data, status=401)
    assert "这一句写了很久" in page_of(answer).text or "这一句写了很久" in answer.get_data(as_text=True)


def test_cookies_are_bound_to_the_host_where_it_is_https(config: object, database: Engine) -> None:
    from dataclasses import replace

    from config import Config
    from feedback.web import create_app

    assert isinstance(config, Config)
    made = create_app(replace(config, base_url="https://h.example.cn"))
    made.test_client_class = Visitor
    answer = made.test_client().get("/login", base_url="https://h.example.cn")
    cookie = next(value for name, value in answer.headers if name == "Set-Cookie")
    assert cookie.startswith("__Host-session=")
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Domain" not in cookie


