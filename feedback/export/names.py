"""代号: what stands in one file for people, teams, categories and households."""

from sqlalchemy import select

from feedback import db
from feedback.models.people import Person, Team, TeamKind
from feedback.models.rules import Category


class Names:
    """People by staff number, households by a name that is good for one file only."""

    def __init__(self) -> None:
        self._households: dict[int, int] = {}
        people = db.session.execute(select(Person.id, Person.staff_number))
        teams = db.session.execute(select(Team.id, Team.area_code, Team.kind, Team.name))
        categories = db.session.execute(select(Category.id, Category.name))
        self.people = dict(people.all())
        self.categories = dict(categories.all())
        self.teams = {id_: code if kind is TeamKind.AREA else f"{code}/{name}" for id_, code, kind, name in teams}

    def person(self, id_: int | None) -> str:
        return "" if id_ is None else self.people[id_]

    def category(self, id_: int | None) -> str:
        return "" if id_ is None else self.categories[id_]

    def household(self, id_: int | None) -> str:
        """Its place among the households of this file: the same one is the same here, and another elsewhere."""
        return "" if id_ is None else f"H{self._households.setdefault(id_, len(self._households) + 1)}"
