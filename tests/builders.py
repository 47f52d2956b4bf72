"""积木: small builders of stored things, each with sensible defaults and overrides. They flush; tests commit.

    town = builders.a_township()
    aunt, uncle = (builders.a_person(town.microgrid, Role.GUARDIAN) for _ in range(2))
    case = builders.a_case(builders.a_household(town.microgrid), kind=Kind.HELP)
"""

import io
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from openpyxl import Workbook
from openpyxl.utils.datetime import WINDOWS_EPOCH
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import select

from feedback import clock, db
from feedback.models.cases import Case, CaseEvent
from feedback.models.codes import DoorCode
from feedback.models.kinds import Action, Channel, Kind, Status
from feedback.models.people import Absence, Person, Role, Service, Team, TeamKind
from feedback.models.places import Area, Household, Level

CODES = {"county": "330281", "township": "330281114", "village": "330281114201", "grid": "330281114201001",
         "microgrid": "330281114201001001"}
NAMES = {"county": "余姚市", "township": "梁弄镇", "village": "湖东村", "grid": "第一网格", "microgrid": "一组"}

EVERY_WAY: dict[str, Any] = {
    "smtp_url": "smtp://127.0.0.1", "smtp_from": "hulianma@example.cn",
    "sms_url": "https://sms.example.cn/in", "sms_key": "a key for messages",
}
"""Settings with which an installation can send by every way; nothing is sent by them in a test."""

_numbers = count(1)


@dataclass(frozen=True)
class Place:
    """One township with one village in it, down to one micro-grid; each has its team."""

    county: Area
    township: Area
    village: Area
    grid: Area
    microgrid: Area

    def next_microgrid(self) -> Area:
        """A further micro-grid of the same grid."""
        siblings = db.session.scalars(select(Area).where(Area.parent_code == self.grid.code)).all()
        return an_area(f"{self.grid.code}{len(siblings) + 1:03d}", f"{len(siblings) + 1} 组")

    def next_village(self) -> "Place":
        """A further village of the same township, with a grid and a micro-grid."""
        villages = db.session.scalars(select(Area).where(Area.parent_code == self.township.code)).all()
        code = f"{self.township.code}{201 + len(villages)}"
        return Place(self.county, self.township, an_area(code, f"{len(villages) + 1} 村"),
                     an_area(f"{code}001", "第一网格"), an_area(f"{code}001001", "一组"))


def a_township() -> Place:
    """梁弄镇 with 湖东村; there is no team above the township."""
    return Place(**{level: an_area(CODES[level], NAMES[level]) for level in CODES})


def an_area(code: str, name: str) -> Area:
    """An area below one that stands already, and its team where it is a level that has one."""
    held = db.session()
    db.write()
    parents = [digits for digits in (6, 9, 12, 15) if digits < len(code)]
    area = Area(code=code, name=name, parent_code=code[: parents[-1]] if parents else None)
    held.add(area)
    if area.level in {Level.TOWNSHIP, Level.VILLAGE, Level.MICROGRID}:
        held.add(Team(area_code=code, kind=TeamKind.AREA, name=name))
    held.flush()
    return area


def a_team(area: Area, kind: TeamKind = TeamKind.OWN, name: str = "自然资源所") -> Team:
    db.write()
    team = Team(area_code=area.code, kind=kind, name=name)
    db.session.add(team)
    db.session.flush()
    return team


def team_of(area: Area) -> Team:
    """The area's own team."""
    return db.session.scalars(select(Team).where(Team.area_code == area.code, Team.kind == TeamKind.AREA)).one()


def a_person(area: Area, role: Role = Role.GUARDIAN, **overrides: Any) -> Person:
    """Somebody who has served the area since the beginning of the year."""
    db.write()
    n = next(_numbers)
    is_leader = overrides.pop("is_leader", False)
    person = Person(**{"username": f"person{n}", "staff_number": secrets.token_hex(6), "name": f"试名{n}",
                       "phone": f"1390000{n:04d}", "must_change_password": False, **overrides})
    db.session.add(person)
    db.session.flush()
    a_service(person, area, role, is_leader=is_leader)
    return person


def a_service(person: Person, area: Area, role: Role, **overrides: Any) -> Service:
    """A further hat of a person."""
    db.write()
    service = Service(**{"person_id": person.id, "area_code": area.code, "role": role, "from_on": date(2026, 1, 1),
                         **overrides})
    db.session.add(service)
    db.session.flush()
    db.session.refresh(person)
    return service


def a_household(microgrid: Area, door: str | None = None) -> Household:
    db.write()
    household = Household(microgrid_code=microgrid.code, village_code=microgrid.code[:12],
                          door=door or f"湖东路 {next(_numbers)} 号")
    db.session.add(household)
    db.session.flush()
    return household


def a_code(household: Household, token: str | None = None) -> DoorCode:
    """The household's active code; its token is a real one."""
    from feedback import tokens

    db.write()
    code = DoorCode(token=token or tokens.new(), village_code=household.village_code, household_id=household.id,
                    issued_at=clock.now())
    db.session.add(code)
    db.session.flush()
    return code


def a_case(household: Household, **overrides: Any) -> Case:
    """A case as it stands right after filing: assigned to the team of its micro-grid, with its first facts."""
    db.write()
    filed_at: datetime = overrides.pop("filed_at", clock.now())
    team = overrides.pop("team", None) or team_of(household.microgrid)
    due = {"response_due_at": filed_at + timedelta(days=1), "handling_due_at": filed_at + timedelta(days=5)}
    case = Case(**{
        "number": secrets.token_hex(5), "area_code": household.microgrid_code, "team_id": team.id,
        "household_id": household.id, "kind": Kind.HELP, "channel": Channel.DOOR, "status": Status.ASSIGNED,
        "filed_at": filed_at, "arrived_at": filed_at, "next_due_at": due["response_due_at"],
        "handling_due_original_at": due["handling_due_at"], "receipt_digest": secrets.token_bytes(32),
        "is_visit_wanted": True, **due, **overrides,
    })
    db.session.add(case)
    db.session.flush()
    an_event(case, Action.SUBMIT, at=filed_at, status=Status.NEW, by_her=True)
    an_event(case, Action.ASSIGN, at=filed_at)
    return case


def an_event(case: Case, action: Action, **overrides: Any) -> CaseEvent:
    """The next fact of a case, with everything else as the case stands."""
    db.write()
    case.events_count += 1
    shared = ("status", "area_code", "team_id", "owner_id", "kind", "category_id", "is_urgent", "channel", "is_marked",
              "is_visit_wanted", "household_id", "response_due_at", "handling_due_at", "handling_due_original_at",
              "policy_id")
    event = CaseEvent(**{"case_id": case.id, "n": case.events_count, "action": action, "at": clock.now(),
                         **{name: getattr(case, name) for name in shared}, **overrides})
    db.session.add(event)
    db.session.flush()
    return event


def a_new_case(household: Household, **overrides: Any) -> Case:
    """A case nobody has recorded yet: the row that intake makes before SUBMIT."""
    from feedback import teams

    db.write()
    now = clock.now()
    case = Case(**{
        "number": secrets.token_hex(5), "area_code": household.microgrid_code, "household_id": household.id,
        "team_id": teams.waiting(household.microgrid_code).id, "kind": Kind.COMPLAINT, "channel": Channel.DOOR,
        "status": Status.NEW, "filed_at": now, "arrived_at": now, "response_due_at": now + timedelta(days=1),
        "handling_due_at": now + timedelta(days=5), "handling_due_original_at": now + timedelta(days=5),
        "receipt_digest": secrets.token_bytes(32), **overrides,
    })
    db.session.add(case)
    db.session.flush()
    return case


def an_absence(person: Person) -> None:
    """The person is away today."""
    db.write()
    db.session.add(Absence(person_id=person.id, from_on=clock.today(), to_on=clock.today()))
    db.session.flush()
    db.session.refresh(person)


def a_workbook(*rows: tuple[Any, ...], epoch: datetime = WINDOWS_EPOCH) -> bytes:
    """An XLSX whose only sheet has these rows, with real dates where a cell is one."""
    book, out = Workbook(), io.BytesIO()
    book.epoch = epoch
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in rows:
        sheet.append(row)
    book.save(out)
    return out.getvalue()
