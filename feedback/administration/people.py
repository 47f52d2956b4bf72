"""人员: who has an account. Nobody is deleted: who leaves is deactivated, and what they did keeps its name."""

import re
import secrets

from sqlalchemy import Select, exists, or_, select

from feedback import access, db, phones
from feedback.administration import authority, posts
from feedback.errors import Refusal
from feedback.identity import devices, passwords, second_factor, trail
from feedback.models.people import Person, Role, Service
from feedback.models.records import StaffAct
from feedback.words import N_

PAGE = 50
MAX_NAME = 40
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_NUMBER_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NUMBER_LENGTH = 8


def within(
    admin: Person, *, named: str = "", role: Role | None = None, area_code: str = "", is_active: bool | None = True
) -> Select[Person]:
    """People who serve, or served, in the administrator's areas; by name or account, role, area and state."""
    serves = [Service.person_id == Person.id, access.within_any(Service.area_code, access.scope(admin).of(Role.ADMIN))]
    if role is not None:
        serves.append(Service.role == role)
    if area_code.isdecimal():
        serves.append(access.within(Service.area_code, area_code))
    query = select(Person).where(exists().where(*serves)).order_by(Person.username)
    if is_active is not None:
        query = query.where(Person.is_active == is_active)
    if named:
        query = query.where(or_(Person.name.contains(named, autoescape=True),
                                Person.username.contains(named.lower(), autoescape=True)))
    return query


def page(query: Select[Person], after: str = "") -> tuple[list[Person], str]:
    """Up to PAGE people after an account, and the account after which the next page begins ('' at the end)."""
    found = list(db.session.scalars(query.where(Person.username > after).limit(PAGE + 1)))
    return found[:PAGE], found[PAGE - 1].username if len(found) > PAGE else ""


def add(by: Person, *, username: str, name: str, phone: str, post: posts.Post) -> Person:
    """A new account with its first post and no password yet."""
    username, name, phone = username.strip().lower(), _name(name), _phone(phone)
    db.write()
    authority.require(by, post.area_code)
    if not USERNAME.fullmatch(username):
        raise Refusal(N_("账号用 2 到 40 个英文字母、数字、点、短横"), field="username")
    if db.session.scalar(select(Person.id).where(Person.username == username)) is not None:
        raise Refusal(N_("账号 {username} 已经有人用了"), field="username", username=username)
    person = Person(username=username, staff_number=_staff_number(), name=name, phone=phone)
    db.session.add(person)
    db.session.flush()
    trail.leave(StaffAct.PERSON, by, subject=username, change="added", name=name)
    posts.add(by, person, post)
    return person


def change(by: Person, person: Person, *, name: str, phone: str) -> None:
    """Another name or number; the staff event says the name before, of the number only that it changed."""
    name, phone = _name(name), _phone(phone)
    db.write()
    authority.require_managed(by, person)
    facts: dict[str, object] = {}
    if name != person.name:
        facts["name"] = [person.name, name]
    if phone != person.phone:
        facts["phone"] = "changed"
    if not facts:
        return
    person.name, person.phone = name, phone
    trail.leave(StaffAct.PERSON, by, subject=person.username, change="changed", **facts)


def deactivate(by: Person, person: Person) -> None:
    """Takes the account away at once: every phone and desktop is signed out. What they hold, the timer gives back."""
    db.write()
    authority.require_managed(by, person)
    if person.id == by.id:
        raise Refusal(N_("不能停用自己的账号，请另一位管理员来停。"))
    if person.is_active:
        person.is_active = False
        devices.end_all(person)
        trail.leave(StaffAct.PERSON, by, subject=person.username, change="deactivated")


def activate(by: Person, person: Person) -> None:
    """Gives the account back; the posts are as they were."""
    db.write()
    authority.require_managed(by, person)
    if not person.is_active:
        person.is_active = True
        trail.leave(StaffAct.PERSON, by, subject=person.username, change="activated")


def reset_password(by: Person, person: Person, *, is_phone_lost: bool = False) -> str:
    """A new first password, to be handed over on paper and changed at the next sign-in. Every device is signed out.

    With the phone lost, a new second factor is set up too.
    """
    authority.require_managed(by, person)
    if person.id == by.id:
        raise Refusal(N_("自己的密码在“账号”里改。"))
    if not person.is_active:
        raise Refusal(N_("这个账号停用了，先启用再给密码。"))
    password = passwords.give_first(person, by=by)
    if is_phone_lost:
        second_factor.forget(person, by=by)
    return password


def _name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > MAX_NAME:
        raise Refusal(N_("姓名不能空，最多 {limit} 个字"), field="name", limit=MAX_NAME)
    return name


def _phone(phone: str) -> str:
    phone = phones.plain(phone)
    if phone and (trouble := phones.trouble_with(phone)):
        raise Refusal(trouble, field="phone")
    return phone


def _staff_number() -> str:
    while True:
        number = "".join(secrets.choice(_NUMBER_LETTERS) for _ in range(_NUMBER_LENGTH))
        if db.session.scalar(select(Person.id).where(Person.staff_number == number)) is None:
            return number
