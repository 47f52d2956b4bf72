"""演示镇: the township before its year of cases, and the small traces a year leaves beside them."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy import select

from feedback import clock, codes, db, monthly, publicity, receipts, roster
from feedback.demo import people, places
from feedback.demo.letters import CATEGORIES
from feedback.demo.people import PASSWORD, SIGN_INS
from feedback.errors import Refusal
from feedback.identity import passwords, second_factor
from feedback.models.cases import Case
from feedback.models.codes import DoorCode
from feedback.models.kinds import Status
from feedback.models.people import Absence, Person, Role, Service
from feedback.models.places import Area
from feedback.models.records import Instance, StaffAct, StaffEvent
from feedback.models.rules import Category, PublishedText, TextKey

RECEIPT = "demo_receipt"
TEXTS = {
    TextKey.HOTLINE: "0574-62000000",
    TextKey.DUTY_PHONE: "0574-62000001",
    TextKey.DISCIPLINE_PHONE: "0574-62000002",
    TextKey.COUNTY_DISCIPLINE_PHONE: "0574-62000003",
    TextKey.SHOW_GUARDIANS: publicity.YES,
    TextKey.PUBLISHER: "演示镇人民政府（演示）",
    TextKey.PLATE_PURPOSE: "问事 说事 监督",
    TextKey.PRIVACY: "您写的只给办这件事的人看，办结三年后删掉。"
                     "门牌会让人知道是哪一户；不想让人知道，可以勾“不留门牌”。",
}
"""Published by the demo township; the telephone numbers ring nowhere."""
AWAY, AWAY_NOW = 24, 2
"""Guardians who were away for a week in the year, and those of them who are today."""
MONTHS_REPORTED = 3
CORRECTED = "上一版印发时，有的诉求办理期限还没到，现在补上结果"
REPLACED = 8
"""Codes whose plates were lost."""


def settle(area: str, rng: Random, *, since: datetime) -> None:
    """Places, staff and doors, imported as an office would; texts, codes on every door, the printed sign-ins."""
    grid = places.microgrids(area, rng)
    with clock.fixed(since):
        _import(roster.Kind.AREAS, places.areas_csv(area, grid))
        _import(roster.Kind.STAFF, people.staff_csv(area, grid, rng))
        _import(roster.Kind.HOUSEHOLDS, places.households_csv(grid, rng))
        _publish(area)
        codes.issue(db.session.get_one(Area, area))
        db.session.commit()
    _give_passwords()
    _send_away(rng, clock.today())


def leave_traces(rng: Random) -> None:
    """After the year: one receipt to print, some codes that ended, and what the auditor finds."""
    _keep_a_receipt(rng)
    _end_some_codes(rng)
    _sign_in_and_out(rng)


def issue_reports(area_code: str) -> None:
    """The township's reports of the last months, each as it would have been issued then, and one correction."""
    place = db.session.get_one(Area, area_code)
    officer = db.session.scalars(select(Person).where(Person.username == "zhen1")).one()
    now = clock.now()
    for back in range(MONTHS_REPORTED, 0, -1):
        month = monthly.Month.of(clock.today()).earlier(back)
        for seen, days in ((0, 3), (1, 20)) if back == MONTHS_REPORTED else ((0, 3),):
            if month.ends_at + timedelta(days=days) < now:
                with clock.fixed(month.ends_at + timedelta(days=days, hours=-15)), suppress(Refusal):
                    monthly.issue(place, month, officer, seen=seen, reason=CORRECTED)
                db.session.commit()


def _import(kind: roster.Kind, source: bytes) -> None:
    roster.apply(roster.plan(kind, source, file_name=f"演示-{kind.label}.csv"))
    db.session.commit()


def _publish(area: str) -> None:
    db.write()
    db.session.add_all(PublishedText(area_code=area, key=key, words=words) for key, words in TEXTS.items())
    db.session.add_all(Category(area_code=area, name=name) for name in CATEGORIES)
    db.session.commit()


def _give_passwords() -> None:
    """To the printed sign-ins alone."""
    password_hash = passwords.hash_of(PASSWORD)
    db.write()
    for sign_in in SIGN_INS:
        person = db.session.scalars(select(Person).where(Person.username == sign_in.username)).one()
        person.password_hash, person.must_change_password = password_hash, False
        if second_factor.is_needed(person):
            second_factor.enrol(person, second_factor.new_secret())
    db.session.commit()


def _send_away(rng: Random, today: date) -> None:
    """Some were away for a week in the year, two are today; none of the printed ones."""
    db.write()
    printed = {sign_in.username for sign_in in SIGN_INS}
    guardians = db.session.scalars(
        select(Person).join(Service).where(Service.role == Role.GUARDIAN, Person.username.not_in(printed))
        .distinct().order_by(Person.username)
    ).all()
    for number, person in enumerate(rng.sample(guardians, AWAY)):
        from_on = today - timedelta(days=2 if number < AWAY_NOW else rng.randint(20, 340))
        db.session.add(Absence(person_id=person.id, from_on=from_on, to_on=from_on + timedelta(days=6)))
    db.session.commit()


def _keep_a_receipt(rng: Random) -> None:
    """The one receipt that is printed with the demo; all others nobody knows."""
    digits = f"{rng.randrange(10**16):016}"
    db.write()
    case = db.session.scalars(
        select(Case)
        .where(Case.status == Status.REPORTED_BACK, Case.about.is_(None), Case.household_id.is_not(None))
        .order_by(Case.reported_at.desc(), Case.id).limit(1)
    ).first()
    if case is not None:
        case.receipt_digest = receipts.digest(digits)
        db.session.add(Instance(key=RECEIPT, value=digits))
    db.session.commit()


def _end_some_codes(rng: Random) -> None:
    """A few plates were lost and replaced, one was ended for good."""
    tokens = db.session.scalars(
        select(DoorCode.token).where(DoorCode.ended_at.is_(None)).order_by(DoorCode.household_id)
    ).all()
    *replaced, revoked = rng.sample(tokens[200:], REPLACED + 1)
    for token in replaced:
        codes.reissue(token)
    codes.revoke(revoked, reason="房子拆了")
    db.session.commit()


def _sign_in_and_out(rng: Random) -> None:
    """What the auditor finds of the last month."""
    everybody = db.session.scalars(select(Person).order_by(Person.username)).all()
    acts = (StaffAct.SIGN_IN, StaffAct.SIGN_IN, StaffAct.SIGN_IN, StaffAct.SIGN_OUT, StaffAct.SIGN_IN_FAILED)
    db.write()
    for _ in range(160):
        at = clock.now() - timedelta(seconds=rng.randrange(60, 30 * 86_400))
        person, act = rng.choice(everybody), rng.choice(acts)
        actor_id = None if act is StaffAct.SIGN_IN_FAILED else person.id
        db.session.add(StaffEvent(at=at, actor_id=actor_id, act=act, subject=person.username, facts={}))
    db.session.commit()
