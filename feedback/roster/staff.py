"""人员导入: who serves where, one row for each area a person serves.

A person is known by the username. Rows of one person agree in name and phone; another area or role adds a
service from today. Services and people the file doesn't name stay as they are: ending one is the
administrator's own act. A leader or an own team may change. An own team of the township is made when it is
first named. Administrator and auditor handle no cases, so neither hat goes with another.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from feedback import clock, db, phones, teams
from feedback.identity import passwords
from feedback.models.people import Person, Role, Service, Team, TeamKind
from feedback.models.places import LEVEL_OF_LENGTH, Area, Level
from feedback.roster.plans import Change, Difference, Effect, Kind, Plan, slices
from feedback.tables import Column, Row
from feedback.words import N_

MAX_NAME = 40
LEVELS = {
    Role.GUARDIAN: {Level.MICROGRID, Level.GRID},
    Role.VILLAGE: {Level.VILLAGE},
    Role.TOWNSHIP: {Level.TOWNSHIP, Level.COUNTY},
    Role.DISCIPLINE: {Level.TOWNSHIP, Level.COUNTY},
    Role.AUDITOR: {Level.TOWNSHIP, Level.COUNTY},
    Role.ADMIN: {Level.TOWNSHIP, Level.COUNTY},
}
"""At which level each role serves."""
ALONE = {Role.ADMIN, Role.AUDITOR}
"""Roles that go with no other: the one manages people and sees no case, the other reads facts only."""

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_YES = {"yes", "y", "1", "true", "是"}
_NO = {"", "no", "n", "0", "false", "否"}
_ROLES = {role.value: role for role in Role} | {role.label: role for role in Role}
_STAFF_NUMBER_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

Post = tuple[Role, str]


@dataclass
class _Member:
    """One person as the file has them."""

    first: Row
    username: str
    name: str
    phone: str
    posts: dict[Post, Row] = field(default_factory=dict)


class StaffPlan(Plan):
    """`username,name,phone,role,area,leader,team`; phone, leader and team may be missing."""

    kind = Kind.STAFF
    shapes = ((
        Column("username", ("账号", "用户名")), Column("name", ("姓名",)),
        Column("phone", ("电话", "手机", "手机号"), is_required=False, is_code=True),
        Column("role", ("角色",)), Column("area", ("区划", "区划编码", "区划代码"), is_code=True),
        Column("leader", ("负责人",), is_required=False), Column("team", ("队", "队伍"), is_required=False),
    ),)

    def _compare(self) -> None:
        self._areas = {row.code: row.name for row in db.session.execute(select(Area.code, Area.name))}
        self._members: dict[str, _Member] = {}
        for row in self.rows:
            if self._is_good(row):
                self._take(row)
        self._people = self._stored()
        for member in self._members.values():
            self._compare_one(member, self._people.get(member.username))
        self.changes.sort(key=lambda change: change.line)

    def _stored(self) -> dict[str, Person]:
        found: dict[str, Person] = {}
        for some in slices(list(self._members)):
            people = db.session.scalars(
                select(Person).where(Person.username.in_(some)).options(selectinload(Person.services))
            )
            found |= {person.username: person for person in people}
        return found

    def _is_good(self, row: Row) -> bool:
        cells = row.cells
        before = len(self.bad_rows)
        if not _USERNAME.fullmatch(cells["username"].lower()):
            self._refuse(row, "username", N_("账号用 2 到 40 个英文字母、数字、点、短横"))
        if not cells["name"] or len(cells["name"]) > MAX_NAME:
            self._refuse(row, "name", N_("姓名不能空，最多 {limit} 个字"), limit=MAX_NAME)
        cells["phone"] = phones.plain(cells["phone"])
        if cells["phone"] and (trouble := phones.trouble_with(cells["phone"])):
            self._refuse(row, "phone", trouble)
        role = _ROLES.get(cells["role"].lower())
        if role is None:
            self._refuse(row, "role", N_("角色应该是其中一个：{roles}"), roles="、".join(Role))
        if cells["area"] not in self._areas:
            self._refuse(row, "area", N_("没有这个区划；先导入区划"))
        elif role is not None and LEVEL_OF_LENGTH[len(cells["area"])] not in LEVELS[role]:
            self._refuse(row, "area", N_("这个角色不在这一级任职，请看编码的位数"))
        if cells["leader"].lower() not in _YES | _NO:
            self._refuse(row, "leader", N_("负责人写 yes，不是就空着"))
        if cells["team"] and role not in {None, Role.TOWNSHIP}:
            self._refuse(row, "team", N_("只有镇干部可以在镇自己的队里"))
        return len(self.bad_rows) == before

    def _take(self, row: Row) -> None:
        cells = row.cells
        username, post = cells["username"].lower(), (_ROLES[cells["role"].lower()], cells["area"])
        member = self._members.setdefault(username, _Member(row, username, cells["name"], cells["phone"]))
        if (cells["name"], cells["phone"]) != (member.name, member.phone):
            column = "name" if cells["name"] != member.name else "phone"
            self._refuse(row, column, N_("同一个账号，和第 {line} 行写的不一样"), line=member.first.line)
        elif post in member.posts:
            self._refuse(row, "area", N_("同一个人的这个任职，第 {line} 行已经有了"), line=member.posts[post].line)
        else:
            member.posts[post] = row

    def _compare_one(self, member: _Member, person: Person | None) -> None:
        services = {(one.role, one.area_code): one for one in teams.serving(person.services)} if person else {}
        roles = {role for role, _ in (*services, *member.posts)}
        if roles & ALONE and len(roles) > 1:
            self._refuse(member.first, "role", N_("管理员和审计不能兼任别的"))
            return
        if person is None:
            for row in member.posts.values():
                self.changes.append(Change(row.line, Effect.NEW, self._subject(row)))
            return
        differences = self._differences(member, person)
        for post, row in member.posts.items():
            if post not in services:
                self.changes.append(Change(row.line, Effect.NEW, self._subject(row), differences))
                differences = ()
                continue
            changed = (*differences, *self._service_differences(row, services[post]))
            if changed:
                self.changes.append(Change(row.line, Effect.CHANGED, self._subject(row), changed))
            else:
                self.same += 1
            differences = ()

    def _differences(self, member: _Member, person: Person) -> tuple[Difference, ...]:
        found: list[Difference] = []
        if member.name != person.name:
            found.append(Difference("name", person.name, member.name))
        if "phone" in self.columns and member.phone != person.phone:
            found.append(Difference("phone", phones.masked(person.phone), phones.masked(member.phone)))
        return tuple(found)

    def _service_differences(self, row: Row, service: Service) -> tuple[Difference, ...]:
        found: list[Difference] = []
        if "leader" in self.columns and _is_leader(row) != service.is_leader:
            found.append(Difference("leader", _yes(service.is_leader), _yes(_is_leader(row))))
        team = service.team.name if service.team else ""
        if "team" in self.columns and row.cells["team"] != team:
            found.append(Difference("team", team, row.cells["team"]))
        return tuple(found)

    def _subject(self, row: Row) -> str:
        cells = row.cells
        return f"{cells['username'].lower()} {cells['name']} {cells['role']} {self._areas[cells['area']]}"

    @property
    def without_password(self) -> list[str]:
        """Usernames of the file that could not sign in: new people, and those never given a password."""
        return [
            username for username in self._members
            if username not in self._people or self._people[username].password_hash is None
        ]

    def slips(self) -> list[passwords.Slip]:
        """A first password for each of them, on a slip."""
        found: list[passwords.Slip] = []
        for username in self.without_password:
            member = self._members[username]
            place = " ".join(self._areas[area] for _, area in member.posts)
            found.append(passwords.Slip(username, member.name, place, passwords.new_first()))
        return found

    def write(self) -> None:
        taken = set(db.session.scalars(select(Person.staff_number)))
        for member in self._members.values():
            person = self._people.get(member.username)
            if person is None:
                person = Person(username=member.username, staff_number=_staff_number(taken), phone="")
                db.session.add(person)
                self._people[member.username] = person
            person.name = member.name
            person.phone = member.phone if "phone" in self.columns else person.phone
        db.session.flush()
        for member in self._members.values():
            self._write_services(member, self._people[member.username])
        db.session.flush()

    def _write_services(self, member: _Member, person: Person) -> None:
        services = {(one.role, one.area_code): one for one in teams.serving(person.services)}
        for (role, area), row in member.posts.items():
            service = services.get((role, area))
            if service is None:
                service = Service(person=person, area_code=area, role=role, from_on=clock.today())
                db.session.add(service)
            if "leader" in self.columns:
                service.is_leader = _is_leader(row)
            if "team" in self.columns:
                service.team = _own_team(row.cells["area"], row.cells["team"]) if row.cells["team"] else None


def _own_team(area: str, name: str) -> Team:
    found = db.session.scalar(select(Team).where(Team.area_code == area, Team.name == name))
    if found is None:
        found = Team(area_code=area, kind=TeamKind.OWN, name=name)
        db.session.add(found)
        db.session.flush()
    return found


def _staff_number(taken: set[str]) -> str:
    while True:
        number = "".join(secrets.choice(_STAFF_NUMBER_LETTERS) for _ in range(8))
        if number not in taken:
            taken.add(number)
            return number


def _is_leader(row: Row) -> bool:
    return row.cells["leader"].lower() in _YES


def _yes(value: bool) -> str:
    return "yes" if value else ""
