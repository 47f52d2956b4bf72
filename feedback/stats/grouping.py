"""分组: under which key a case is told (by area, kind, category, team, handler, month), and what people call it.

The handler of a response is who responded, of a handling who gave the standing answer, else the owner; where
nobody has taken it up it is the holding team (未认领). Whoever declined or merged a case answers for that.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from sqlalchemy import select

from feedback import db
from feedback.models.kinds import Kind
from feedback.models.people import Person, Team, TeamKind
from feedback.models.places import DIGITS, Area
from feedback.models.rules import Category
from feedback.stats import counted
from feedback.stats.cohort import Cohort
from feedback.stats.counted import Counted
from feedback.stats.definitions import Whose
from feedback.stats.row import Key, Row, of_group
from feedback.words import N_

ALL: Key = ("all",)
NO_CATEGORY = ""


class By(StrEnum):
    """What figures may be told by."""

    AREA = "area"
    KIND = "kind"
    CATEGORY = "category"
    TEAM = "team"
    HANDLER = "handler"
    MONTH = "month"

    @property
    def label(self) -> str:
        return {
            By.AREA: N_("区域"),
            By.KIND: N_("种类"),
            By.CATEGORY: N_("类别"),
            By.TEAM: N_("持件队"),
            By.HANDLER: N_("经办人"),
            By.MONTH: N_("月份"),
        }[self]


def rows(cohort: Cohort, by: Sequence[By] = ()) -> list[Row]:
    """The figures of a cohort, one row a group; without `by` a single one.

    By area alone there is a row for each area one level down, empty ones too, and a last one for what is booked
    in the area itself.
    """
    return told([counted.of(case) for case in cohort.cases], cohort.area_code, by)


def told(cases: Sequence[Counted], area_code: str, by: Sequence[By] = ()) -> list[Row]:
    """The figures of cases of an area, one row a group, as `rows` gives them."""
    if not by:
        return [of_group(ALL, (N_("合计"),), lambda whose: cases)]
    grouping = Grouping(cases, area_code, by)
    groups = {whose: grouping.groups(whose) for whose in (Whose if By.HANDLER in by else [Whose.CASE])}
    keys = {key for group in groups.values() for key in group}
    if tuple(by) == (By.AREA,):
        keys |= {(code,) for code in grouping.areas}

    def row(key: Key) -> Row:
        names = grouping.names(key)
        return of_group(key, names, lambda whose: groups.get(whose, groups[Whose.CASE]).get(key, []))

    return [row(key) for key in sorted(keys, key=grouping.rank)]


class Told(Protocol):
    """Something that is told under the words of a table: a case, or many added up."""

    @property
    def area_code(self) -> str: ...
    @property
    def team_id(self) -> int: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def category_id(self) -> int | None: ...
    @property
    def month(self) -> str: ...


T = TypeVar("T", bound=Told)


class Grouping(Generic[T]):
    """Knows the keys and names that one table needs; each register is read at most once."""

    def __init__(self, cases: Sequence[T], area_code: str, by: Sequence[By]) -> None:
        self.cases = cases
        self.area_code = area_code
        self.by = tuple(by)
        self.digits = min((n for n in DIGITS.values() if n > len(area_code)), default=len(area_code))
        self.areas = self._areas() if By.AREA in by else {}
        self.teams = self._teams() if {By.TEAM, By.HANDLER} & set(by) else {}
        self.people = self._people() if By.HANDLER in by else {}
        self.categories = self._categories() if By.CATEGORY in by else {}
        self.called = {**dict(self.teams.values()), **dict(self.people.values())}

    def groups(self, whose: Whose) -> dict[Key, list[T]]:
        found: defaultdict[Key, list[T]] = defaultdict(list)
        for case in self.cases:
            found[tuple(self._word(by, case, whose) for by in self.by)].append(case)
        return found

    def names(self, key: Key) -> tuple[str, ...]:
        return tuple(self._name(by, word) for by, word in zip(self.by, key, strict=True))

    def rank(self, key: Key) -> tuple[tuple[bool, int, str], ...]:
        """Kinds in their own order, what is booked in the area itself last, all else by its word."""
        return tuple(
            (word == self.area_code, list(Kind).index(Kind(word)) if by is By.KIND else 0, word)
            for by, word in zip(self.by, key, strict=True)
        )

    def _word(self, by: By, case: T, whose: Whose) -> str:
        match by:
            case By.AREA:
                return case.area_code[: self.digits]
            case By.KIND:
                return case.kind.value
            case By.CATEGORY:
                return NO_CATEGORY if case.category_id is None else self.categories[case.category_id]
            case By.TEAM:
                return self.teams[case.team_id][0]
            case By.HANDLER:
                person_id = answering(case, whose)
                return self.teams[case.team_id][0] if person_id is None else self.people[person_id][0]
            case By.MONTH:
                return case.month

    def _name(self, by: By, word: str) -> str:
        match by:
            case By.AREA:
                return self.areas.get(word, word)
            case By.KIND:
                return Kind(word).label
            case By.CATEGORY:
                return word or N_("未归类")
            case By.TEAM | By.HANDLER:
                return self.called[word]
            case By.MONTH:
                return word

    def _areas(self) -> dict[str, str]:
        own = self.area_code
        found = select(Area.code, Area.name).where((Area.parent_code == own) | (Area.code == own))
        return dict(db.session.execute(found).all())

    def _teams(self) -> dict[int, tuple[str, str]]:
        """Its area's code; an own team's has its name behind it."""
        wanted = _in(case.team_id for case in self.cases)
        found = db.session.execute(select(Team.id, Team.area_code, Team.kind, Team.name).where(Team.id.in_(wanted)))
        return {id_: (code if kind is TeamKind.AREA else f"{code}/{name}", name) for id_, code, kind, name in found}

    def _people(self) -> dict[int, tuple[str, str]]:
        wanted = _in(answering(case, whose) for case in self.cases for whose in Whose)
        found = db.session.execute(select(Person.id, Person.staff_number, Person.name).where(Person.id.in_(wanted)))
        return {id_: (number, name) for id_, number, name in found}

    def _categories(self) -> dict[int, str]:
        wanted = _in(case.category_id for case in self.cases)
        found = db.session.execute(select(Category.id, Category.name).where(Category.id.in_(wanted)))
        return dict(found.all())


def answering(case: object, whose: Whose) -> int | None:
    """Who answers for a case's response, its handling, or the case; None where nobody has taken it up."""
    found: int | None = getattr(case, f"{whose.value}_by_id")
    return found


def _in(ids: Iterable[int | None]) -> set[int]:
    return {id_ for id_ in ids if id_ is not None}
