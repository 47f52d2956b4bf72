"""公开栏的规矩: what everybody may know of a village's month; pure, from what is kept of its cases.

Against whom: a reader of the board who knows the village, what his neighbours filed, these very rules, and all boards
there are. For what: that of nobody he can tell that she filed, about what, or what she said in the end. Those who
handle a case know it anyway; a case somebody is shut out of is not among these at all (`boards.cases`).

How, with k = 5: a month has one set of cases, those that ought to have an answer by now, and every number is of that
set. It is told from 2k cases on, since of fewer nothing but "all" or "none" could be said. There is no second total,
no crossed table, nothing below the village and nothing above it, so no two numbers are told of nearly the same cases;
what a month tells never changes, so none of them is told twice. What is left is to part the set:

- the office's deeds (in time or late) in two: a part of 1 to 4 is "fewer than five", and the other is then not told
  either; none at all may be told, it says nothing of any villager;
- what villagers said and about what: a part of fewer than five, none included, is told together with another, so that
  it is the difference of no two numbers; where even that leaves too few, only that it is fewer than five.

Half of the cases, not the median of those that came to an end: what nobody answered counts as longest. Times are in
coarse steps, so that no number is one case's own.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from feedback.stats import marks
from feedback.stats.counted import Counted
from feedback.stats.definitions import FEWEST_FOR_A_RATE
from feedback.words import N_

K = FEWEST_FOR_A_RATE
FEWEST = 2 * K
"""Cases from which on a month is told at all."""
MOST_MATTERS = 5
STEPS = (1, 2, 4, 8, 12, 24)
"""Hours; beyond, whole days."""


class Side(StrEnum):
    """Which part of two is fewer than five."""

    DONE = "done"
    MISSED = "missed"


@dataclass(frozen=True)
class Deed:
    """How often a promise was kept: both parts, or neither and which of them is fewer than five."""

    done: int | None = None
    missed: int | None = None
    few: Side | None = None


class Word(StrEnum):
    """What the villagers said; the last two are several of the first together."""

    SOLVED = "solved"
    NOT_SOLVED = "not_solved"
    NO_WORD = "no_word"
    ANSWERED = "answered"
    ALL_BUT_SOLVED = "all_but_solved"

    @property
    def label(self) -> str:
        return {
            Word.SOLVED: N_("说解决了"),
            Word.NOT_SOLVED: N_("说没解决"),
            Word.NO_WORD: N_("自己没有回话"),
            Word.ANSWERED: N_("自己回了话"),
            Word.ALL_BUT_SOLVED: N_("说没解决，或者没有回话"),
        }[self]


@dataclass(frozen=True)
class Said:
    """Parts that make up the whole, or none; and what of it is fewer than five."""

    parts: tuple[tuple[Word, int], ...] = ()
    few: Word | None = None


@dataclass(frozen=True)
class Matters:
    """What most cases were about, the most first, and all others together; nothing where it would tell."""

    most: tuple[tuple[str, int], ...] = ()
    rest: int = 0


@dataclass(frozen=True)
class Told:
    """A month of a village as everybody may know it. `total` None: too few, and then nothing else is told."""

    total: int | None = None
    contacted: Deed = Deed()
    answered: Deed = Deed()
    contacted_within: int | None = None
    """Hours within which half of the cases were taken up; None where half were not, or nothing is told."""
    answered_within: int | None = None
    said: Said = Said()
    matters: Matters = Matters()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Told":
        said, matters = found["said"], found["matters"]
        return cls(
            found["total"], _deed(found["contacted"]), _deed(found["answered"]), found["contacted_within"],
            found["answered_within"],
            Said(tuple((Word(word), n) for word, n in said["parts"]), Word(said["few"]) if said["few"] else None),
            Matters(tuple((name, n) for name, n in matters["most"]), matters["rest"]),
        )


def told(cases: Iterable[Counted], names: Mapping[int, str]) -> Told:
    """What may be told of a village's cases of one month; `names` are those of the categories."""
    judged = [case for case in cases if _has(case, "handling_on_time.of")]
    if len(judged) < FEWEST:
        return Told()
    return Told(
        total=len(judged),
        contacted=deed(len(judged), _number(judged, _is_late_to_contact)),
        answered=deed(len(judged), _number(judged, lambda case: not _has(case, "handling_on_time.n"))),
        contacted_within=_within(case.response_seconds for case in judged),
        answered_within=_within(case.handling_seconds for case in judged),
        said=said(
            _number(judged, lambda case: _has(case, "resolution.n")),
            _number(judged, lambda case: _has(case, "resolution.of") and not _has(case, "resolution.n")),
            _number(judged, lambda case: not _has(case, "resolution.of")),
        ),
        matters=matters([names.get(case.category_id or 0, "") for case in judged]),
    )


def deed(total: int, missed: int) -> Deed:
    """A whole in two parts."""
    done = total - missed
    if 0 < missed < K:
        return Deed(few=Side.MISSED)
    if 0 < done < K:
        return Deed(few=Side.DONE)
    return Deed(done, missed)


def said(solved: int, not_solved: int, no_word: int) -> Said:
    """What villagers said of a whole, in as many parts as may be told; no word is never taken for a good one."""
    if min(solved, not_solved, no_word) >= K:
        return Said(((Word.SOLVED, solved), (Word.NOT_SOLVED, not_solved), (Word.NO_WORD, no_word)))
    if min(solved, not_solved + no_word) >= K:
        return Said(((Word.SOLVED, solved), (Word.ALL_BUT_SOLVED, not_solved + no_word)))
    if solved >= K:
        return Said(few=Word.ALL_BUT_SOLVED)
    if min(no_word, solved + not_solved) >= K:
        return Said(((Word.ANSWERED, solved + not_solved), (Word.NO_WORD, no_word)), few=Word.SOLVED)
    return Said(few=Word.SOLVED)


def matters(names: Sequence[str]) -> Matters:
    """The most frequent of them; '' is without one, and always among the others."""
    counts = {name: names.count(name) for name in set(names) if name}
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    most = [name for name in ranked[:MOST_MATTERS] if counts[name] >= K]
    while most and len(names) - sum(counts[name] for name in most) < K:
        most.pop()
    return Matters(tuple((name, counts[name]) for name in most), len(names) - sum(counts[name] for name in most))


def _within(seconds: Iterable[int | None]) -> int | None:
    """Hours, in steps, within which half of all were done; what was not counts as longest."""
    known = list(seconds)
    half = sorted(one for one in known if one is not None)[: math.ceil(len(known) / 2)]
    if len(half) < math.ceil(len(known) / 2):
        return None
    hours = max(1, math.ceil(half[-1] / 3600))
    return next((step for step in STEPS if hours <= step), math.ceil(hours / 24) * 24)


def _is_late_to_contact(case: Counted) -> bool:
    return _has(case, "response_on_time.of") and not _has(case, "response_on_time.n")


def _has(case: Counted, key: str) -> bool:
    return bool(case.marks >> marks.PLACE[key] & 1)


def _number(cases: Iterable[Counted], holds: Callable[[Counted], bool]) -> int:
    return sum(map(holds, cases))


def _deed(found: Mapping[str, Any]) -> Deed:
    return Deed(found["done"], found["missed"], Side(found["few"]) if found["few"] else None)
