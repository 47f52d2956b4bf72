"""村里近期已有人反映: what a door may say of the village's open matters, and her 「我也遇到」.

It says a category, the village and a day; never words, never a household, never a case about somebody, nothing that
fewer than two other households stand behind. What she chooses is a signed reference: it opens nothing, names no
case, and holds only while that case can still take hers.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Select, func, or_, select

from feedback import access, clock, db, sealing
from feedback.matters import categories, seeds
from feedback.models.cases import Case, Recusal
from feedback.models.contents import Content
from feedback.models.kinds import Outcome
from feedback.models.people import Person
from feedback.models.places import Household, Level
from feedback.models.rules import Category

WITHIN = timedelta(days=14)
MOST = 3
HOUSEHOLDS = 2
"""So many households other than hers must stand behind what a door says."""
LOOKED_AT = 500
"""So many of a village's newest cases are looked at."""
SIGNED_BYTES = 9


@dataclass(frozen=True)
class Recent:
    """One line: the matter, the last day somebody said it, and what stands for it in a form."""

    category: Category
    village: str
    day: date
    case_id: int
    """The open case that hers would join."""
    reference: str
    words: tuple[str, ...]
    """What people say when they mean it: the page compares them with what she types."""


def recent(area_code: str, household: Household | None) -> list[Recent]:
    """At most three, the newest first, for the door of this household; none for a door without one."""
    if household is None or len(area_code) < Level.VILLAGE.digits:
        return []
    by_category: dict[int, list[_Line]] = defaultdict(list)
    for line in _lines(area_code[: Level.VILLAGE.digits]):
        by_category[line.category_id].append(line)
    names = {one.id: one for one in categories.on_offer(area_code)}
    found = [_recent(names[key], lines, household) for key, lines in by_category.items() if key in names]
    return sorted((one for one in found if one), key=lambda one: one.day, reverse=True)[:MOST]


def chosen(reference: str, area_code: str) -> tuple[Category | None, Case | None]:
    """What she meant by 「我也遇到」: the category, and the case where it is still one that may take hers.

    A reference that is not ours means nothing.
    """
    key, _, signature = reference.partition(".")
    category = next((one for one in categories.on_offer(area_code) if str(one.id) == key), None)
    if category is None or not signature or len(area_code) < Level.VILLAGE.digits:
        return None, None
    village = area_code[: Level.VILLAGE.digits]
    open_ones = _open(village).with_only_columns(Case.id).where(Case.category_id == category.id)
    for case_id in db.session.scalars(open_ones.order_by(Case.filed_at.desc()).limit(LOOKED_AT)):
        if reference == _reference(category.id, case_id):
            return category, db.session.get_one(Case, case_id)
    return category, None


def is_joinable(main: Case, category_id: int | None) -> bool:
    """Whether a case, held still, may take another household's of this category at her word."""
    return (
        main.closed_at is None and main.main_case_id is None and main.category_id == category_id
        and db.session.scalar(_open(main.area_code[: Level.VILLAGE.digits]).where(Case.id == main.id)) is not None
    )


def also_met(case: Case, person: Person) -> int:
    """How many further households say the same: those whose cases, as the reader knows of them, went into this one."""
    merged = access.facts(person).where(
        Case.main_case_id == case.id, Case.outcome == Outcome.MERGED, Case.household_id != (case.household_id or 0)
    )
    return db.session.scalar(merged.with_only_columns(func.count(Case.household_id.distinct()))) or 0


# ---------------------------------------------------------------- inside


class _Line(NamedTuple):
    category_id: int
    household_id: int
    id: int
    filed_at: datetime
    main_case_id: int | None


def _tellable(village: str) -> Select[Case]:
    """What a door may speak of at all: nobody is shut out, nothing of it is hidden, erased or still to be checked."""
    return select(Case).where(
        access.within(Case.area_code, village),
        Case.about.is_(None), ~Case.is_for_discipline_alone, ~Case.is_marked, Case.wrapped_key.is_not(None),
        Case.household_id.is_not(None), Case.category_id.is_not(None),
        ~select(Recusal.case_id).where(Recusal.case_id == Case.id).exists(),
        ~select(Content.id).where(Content.case_id == Case.id, Content.hidden_at.is_not(None)).exists(),
    )


def _open(village: str) -> Select[Case]:
    return _tellable(village).where(Case.closed_at.is_(None), Case.main_case_id.is_(None))


def _lines(village: str) -> list[_Line]:
    """The village's open cases of late, and those merged into one, newest first."""
    query = (
        _tellable(village)
        .where(
            Case.filed_at > clock.now() - WITHIN,
            or_(Case.closed_at.is_(None), Case.outcome == Outcome.MERGED),
        )
        .with_only_columns(Case.category_id, Case.household_id, Case.id, Case.filed_at, Case.main_case_id)
        .order_by(Case.filed_at.desc(), Case.id.desc())
        .limit(LOOKED_AT)
    )
    return [
        _Line(category_id, household_id, case_id, filed_at, main_case_id)
        for category_id, household_id, case_id, filed_at, main_case_id in db.session.execute(query)
        if category_id is not None and household_id is not None
    ]


def _recent(category: Category, lines: Sequence[_Line], household: Household) -> Recent | None:
    """The line for one category: it leads to the open case that most households share, the newest of such."""
    if any(line.household_id == household.id and line.main_case_id for line in lines):
        return None  # it has joined one already
    behind: dict[int, set[int]] = defaultdict(set)
    for line in lines:
        behind[line.main_case_id or line.id].add(line.household_id)
    others = [line for line in lines if line.household_id != household.id]
    mains = [line for line in others if line.main_case_id is None]
    if not mains or len({line.household_id for line in others}) < HOUSEHOLDS:
        return None
    main = max(mains, key=lambda line: len(behind[line.id]))
    return Recent(category, household.village.name, clock.local(others[0].filed_at).date(), main.id,
                  _reference(category.id, main.id), seeds.words(category.name))



def _reference(category_id: int, case_id: int) -> str:
    """The same on every page for the same case: a form sent twice says the same twice."""
    key = sealing.keys().form_key("also met")
    return f"{category_id}.{sealing.mac(key, f'{category_id} {case_id}'.encode())[:SIGNED_BYTES].hex()}"
