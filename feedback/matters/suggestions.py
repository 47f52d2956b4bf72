"""可能的类别: which of the township's categories her words may belong to. Suggested, never decided.

Learnt in this process from the township's own classified cases, kept some minutes and stored nowhere. Words that were
hidden or erased, and those of cases from which anybody is shut out, teach nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select

from feedback import access, clock, contents, db, policies
from feedback.matters import categories, seeds
from feedback.matters.guessing import Guesser
from feedback.models.cases import Case, Recusal
from feedback.models.places import Level
from feedback.models.rules import Category

MOST = 3
LEARNT_FROM = 2000
NOT_OLDER = timedelta(days=366)
KEPT_FOR = timedelta(minutes=10)
TOWNSHIPS_KEPT = 40
SEED_COUNTS = 5
"""A word that every village says counts as if so many of the township's own cases had said it."""


@dataclass(frozen=True)
class _Learnt:
    at: datetime
    guesser: Guesser[int]


_learnt: WeakKeyDictionary[Engine, dict[str, _Learnt]] = WeakKeyDictionary()
"""Each database's townships, by code."""


def suggested(words: str, area_code: str) -> list[Category]:
    """At most three of the categories that hold there, the likeliest first; none where the words say nothing."""
    offered = {one.id: one for one in categories.on_offer(area_code)}
    if not words.strip() or not offered:
        return []
    ranked = _guesser(area_code[: Level.TOWNSHIP.digits]).ranked(words)
    return [offered[category_id] for category_id in ranked if category_id in offered][:MOST]


def _guesser(township: str) -> Guesser[int]:
    kept, now = _learnt.setdefault(db.engine(), {}), clock.now()
    found = kept.get(township)
    if found is None or not found.at <= now < found.at + KEPT_FOR:
        found = _Learnt(now, _taught(township))
        if len(kept) >= TOWNSHIPS_KEPT:
            kept.clear()
        kept[township] = found
    return found.guesser


def _taught(township: str) -> Guesser[int]:
    """What the seeds say, and what the township itself has classified of late."""
    guesser = Guesser[int]()
    for category in db.session.scalars(select(Category).where(Category.is_active).where(
        access.within(Category.area_code, township) | Category.area_code.in_(policies.upward(township))
    )):
        guesser.learn(category.id, "\n".join(seeds.words(category.name)), times=SEED_COUNTS)
    newest = db.session.scalars(
        select(Case)
        .where(
            access.within(Case.area_code, township), Case.category_id.is_not(None), Case.wrapped_key.is_not(None),
            Case.filed_at > clock.now() - NOT_OLDER,
            Case.about.is_(None), ~Case.is_for_discipline_alone,
            ~select(Recusal.case_id).where(Recusal.case_id == Case.id).exists(),
        )
        .order_by(Case.filed_at.desc())
        .limit(LEARNT_FROM)
    ).all()
    words = contents.first_words(newest)
    for case in newest:
        if case.category_id is not None and words[case.id]:
            guesser.learn(case.category_id, words[case.id])
    return guesser

