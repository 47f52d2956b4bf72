"""演示的班子: who and what the demo township has, found once, so that a year can be played without asking again."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from feedback import access, db, teams
from feedback.models.codes import DoorCode
from feedback.models.people import Person, Role, Service, Team, TeamKind
from feedback.models.places import Area, Household, Level
from feedback.models.rules import Category

T = TypeVar("T")


class Cast:
    """Everybody and every door of one township, by where they belong."""

    def __init__(self, area_code: str) -> None:
        self.area_code = area_code
        below = access.within(Area.code, area_code)
        self.areas = {one.code: one for one in db.session.scalars(select(Area).where(below).order_by(Area.code))}
        everybody = db.session.scalars(
            select(Person).order_by(Person.username)
            .options(selectinload(Person.services), selectinload(Person.absences))
        ).all()
        self.people = {person.id: person for person in everybody}
        self.teams = {
            (one.area_code, one.kind, one.name if one.kind is TeamKind.OWN else ""): one
            for one in db.session.scalars(select(Team).where(access.within(Team.area_code, area_code)))
        }
        self.categories = {one.name: one for one in db.session.scalars(select(Category))}
        self.doors: defaultdict[str, list[Household]] = defaultdict(list)
        for home in db.session.scalars(select(Household).order_by(Household.microgrid_code, Household.id)):
            self.doors[home.microgrid_code].append(home)
        self.codes = {
            code.household_id: code
            for code in db.session.scalars(select(DoorCode).where(DoorCode.ended_at.is_(None)))
        }
        self._members: defaultdict[int, list[Person]] = defaultdict(list)
        for person in everybody:
            for service in person.services:
                team = self._team_of(service)
                if team is not None:
                    self._members[team.id].append(person)

    @property
    def microgrids(self) -> list[str]:
        return [code for code in self.areas if len(code) == Level.MICROGRID.digits]

    def team(self, area_code: str) -> Team:
        return self.teams[area_code, TeamKind.AREA, ""]

    def own_team(self, name: str) -> Team:
        return self.teams[self.area_code, TeamKind.OWN, name]

    def present(self, team: Team, day: date) -> list[Person]:
        """Members who are not away on the day."""
        return [person for person in self._members[team.id] if not teams.is_away(person, day)]

    def _team_of(self, service: Service) -> Team | None:
        if service.team_id is not None:
            return service.team
        if service.role is Role.DISCIPLINE:
            return self.teams[service.area_code, TeamKind.DISCIPLINE, ""]
        level = self.areas[service.area_code].level
        return self.team(service.area_code) if teams.ROLE_AT.get(level) is service.role else None
