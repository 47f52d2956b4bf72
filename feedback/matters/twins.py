"""疑似重复: cases of this household and its neighbours that likely say the same, among those the reader may read; of
the rest of the village those that say almost the same in the same days, as when the water fails everywhere at once.

Only the first words of a bounded number of candidates are opened, and nothing learnt from them is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload

from feedback import access, contents, db
from feedback.matters import alike, seeds
from feedback.models.cases import Case
from feedback.models.kinds import Action, Outcome
from feedback.models.people import Person
from feedback.models.places import Household

WITHIN = timedelta(days=90)
CANDIDATES = 60
"""So many of the newest are compared."""
MOST = 3
LEAST = 0.12
"""From this likeness on, texts are shown as the same matter."""
LEAST_OF_A_MATTER = 0.05
"""The same where both name a matter that every village has, such as a street lamp."""
WITHIN_VILLAGE = timedelta(days=3)
CANDIDATES_OF_THE_VILLAGE = 30
LEAST_OF_THE_VILLAGE = 0.5
"""Other micro-grids have lamps and bins of their own: only what says almost the same is shown from there."""
NOT_SHOWN = frozenset({Outcome.MERGED, Outcome.WITHDRAWN, Outcome.INVALID})


@dataclass(frozen=True)
class Alike:
    """Another case that is likely about the same, and why it looks so."""

    case: Case
    shared: tuple[str, ...]
    """What both say: 路灯, 不亮."""
    is_same_household: bool
    may_take_it: bool
    """Whether the reader may merge the case at hand into this one now."""


def duplicates(case: Case, person: Person) -> list[Alike]:
    """At most three, the most alike first; none where the case has no household or no words."""
    if case.household is None or not access.may_read(person, case):
        return []
    own = contents.first_words([case])[case.id]
    close = _close(own, case, person) if own else []
    close.sort(key=lambda pair: -pair[1].score)
    may_merge = access.may(person, Action.MERGE, case) and not _has_merged(case)
    return [
        Alike(one, like.shared, one.household_id == case.household_id,
              may_merge and one.closed_at is None and one.main_case_id is None)
        for one, like in close[:MOST]
    ]


def _close(own: str, case: Case, person: Person) -> list[tuple[Case, alike.Likeness]]:
    """Neighbours and the rest of the village are compared apart: what counts is learnt from each for itself."""
    matters = seeds.named_in(own)
    near, texts = _compared(own, _candidates(case, person))
    close = [(one, like) for one, like in near if _is_close(like, matters & seeds.named_in(texts[one.id]))]
    far, _texts = _compared(own, _of_the_village(case, person))
    return close + [(one, like) for one, like in far if like.shared and like.score >= LEAST_OF_THE_VILLAGE]


def _compared(own: str, others: Sequence[Case]) -> tuple[list[tuple[Case, alike.Likeness]], dict[int, str]]:
    texts = contents.first_words(others)
    return list(zip(others, alike.compare(own, [texts[one.id] for one in others]), strict=True)), texts


def _is_close(like: alike.Likeness, matters: frozenset[str]) -> bool:
    return bool(like.shared) and like.score >= (LEAST_OF_A_MATTER if matters else LEAST)


def _candidates(case: Case, person: Person) -> Sequence[Case]:
    """The newest cases of the same micro-grid, not of another category, filed within so long before or after."""
    assert case.household is not None
    near = select(Household.id).where(Household.microgrid_code == case.household.microgrid_code)
    return _newest(case, person, Case.household_id.in_(near), WITHIN, CANDIDATES)


def _of_the_village(case: Case, person: Person) -> Sequence[Case]:
    """The same of the other micro-grids of the village, within days."""
    assert case.household is not None
    others = select(Household.id).where(
        Household.village_code == case.household.village_code,
        Household.microgrid_code != case.household.microgrid_code,
    )
    return _newest(case, person, Case.household_id.in_(others), WITHIN_VILLAGE, CANDIDATES_OF_THE_VILLAGE)


def _newest(case: Case, person: Person, there: ColumnElement[bool], within: timedelta, most: int) -> Sequence[Case]:
    query = access.cases(person).where(
        there,
        Case.id != case.id,
        Case.filed_at.between(case.filed_at - within, case.filed_at + within),
        or_(Case.outcome.is_(None), Case.outcome.not_in(NOT_SHOWN)),
    )
    if case.category_id is not None:
        query = query.where(or_(Case.category_id.is_(None), Case.category_id == case.category_id))
    newest = query.order_by(Case.filed_at.desc(), Case.id.desc()).limit(most)
    return db.session.scalars(newest.options(joinedload(Case.household))).all()


def _has_merged(case: Case) -> bool:
    return db.session.scalar(select(Case.id).where(Case.main_case_id == case.id).limit(1)) is not None
