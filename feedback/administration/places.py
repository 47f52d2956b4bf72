"""区划与队: names of places, new places below the ones there are, and a township's own teams.

A code is never changed and a place never deleted. New grids and micro-grids are numbered as an import numbers them.
"""

import csv
import io

from sqlalchemy import func, select, update

from feedback import access, db, roster
from feedback.administration import authority
from feedback.errors import Refusal
from feedback.identity import trail
from feedback.models.people import Person, Service, Team, TeamKind
from feedback.models.places import Area, Household, Level
from feedback.models.records import StaffAct
from feedback.words import N_

MAX_NAME = 60


def below(area: Area) -> list[Area]:
    """The places one level down, in code order."""
    return list(db.session.scalars(select(Area).where(Area.parent_code == area.code).order_by(Area.code)))


def rename(by: Person, area: Area, name: str) -> None:
    """Another name; its team is called the same."""
    name = _name(name)
    db.write()
    authority.require(by, area.code)
    if area.name == name:
        return
    taken = select(Area.code).where(Area.parent_code == area.parent_code, Area.name == name, Area.code != area.code)
    if area.parent_code and db.session.scalar(taken) is not None:
        raise Refusal(N_("同一个上级下面已经有“{name}”。"), field="name", name=name)
    _require_free(area.code, name)
    before, area.name = area.name, name
    own = (Team.area_code == area.code, Team.kind == TeamKind.AREA)
    db.session.execute(update(Team).where(*own).values(name=name))
    trail.leave(StaffAct.AREA, by, subject=area.code, change="renamed", name=[before, name])


def add(by: Person, parent: Area, name: str, code: str = "") -> None:
    """A new place below: a village with its national code, a grid or micro-grid numbered here."""
    name = _name(name)
    authority.require(by, parent.code)
    if not code and len(parent.code) < Level.VILLAGE.digits:
        raise Refusal(N_("村社以上请写国家统计局的编码。"), field="code")
    table = io.StringIO()
    csv.writer(table).writerows([["code", "parent", "name"], [code.strip(), parent.code, name]])
    planned = roster.plan(roster.Kind.AREAS, table.getvalue().encode())
    if planned.is_refused:
        bad = planned.bad_rows[0]
        raise Refusal(bad.reason, field="name" if bad.column == "name" else "code", **bad.values)
    done = roster.apply(planned, by=by)
    for change in done.changes:
        trail.leave(StaffAct.AREA, by, subject=change.subject, change=change.effect.value)


def add_team(by: Person, area: Area, name: str) -> Team:
    """A township's own team, such as 自然资源所."""
    name = _name(name)
    db.write()
    authority.require_ruling(by, area.code)
    _require_free(area.code, name)
    team = Team(area_code=area.code, kind=TeamKind.OWN, name=name)
    db.session.add(team)
    db.session.flush()
    trail.leave(StaffAct.AREA, by, subject=area.code, change="team added", name=name)
    return team


def rename_team(by: Person, team: Team, name: str) -> None:
    """Another name for an own team."""
    name = _name(name)
    db.write()
    authority.require_ruling(by, team.area_code)
    if team.kind is not TeamKind.OWN:
        raise Refusal(N_("这个队跟着区划叫，改区划的名称。"))
    if team.name == name:
        return
    _require_free(team.area_code, name)
    before, team.name = team.name, name
    trail.leave(StaffAct.AREA, by, subject=team.area_code, change="team renamed", name=[before, name])


def households_below(area: Area) -> int:
    """How many doors lie in the area."""
    inside = access.within(Household.microgrid_code, area.code)
    return db.session.scalar(select(func.count()).select_from(Household).where(inside)) or 0


def people_below(area: Area) -> int:
    """How many people have served in the area or below it."""
    inside = access.within(Service.area_code, area.code)
    return db.session.scalar(select(func.count(Service.person_id.distinct())).where(inside)) or 0


def _name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > MAX_NAME:
        raise Refusal(N_("名称不能空，最多 {limit} 个字"), field="name", limit=MAX_NAME)
    return name


def _require_free(area_code: str, name: str) -> None:
    if db.session.scalar(select(Team.id).where(Team.area_code == area_code, Team.name == name)) is not None:
        raise Refusal(N_("已经有一个队叫“{name}”。"), field="name", name=name)
