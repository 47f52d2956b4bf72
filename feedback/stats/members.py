"""是哪几件: the cases behind each number, by the very marks that counted them.

A number is named by the key of a rate or of a count, and by the part of it: its numerator, its denominator, or
what is missing between them. It is narrowed by the words of the tables, as it can be grouped by them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from feedback.stats import counted, marks
from feedback.stats.cohort import Cohort
from feedback.stats.counted import Counted
from feedback.stats.definitions import RATES, Whose
from feedback.stats.endings import Ending
from feedback.stats.facts import Exclusion
from feedback.stats.grouping import By, Grouping
from feedback.stats.row import Row


class Part(StrEnum):
    """Which of a share's cases."""

    N = "n"
    OF = "of"
    MISSING = "missing"


class Fit(NamedTuple):
    """What the marks of a case must be like: all of these bits, none of those, and one at least of the last."""

    all: int
    none: int = 0
    any: int = 0

    def fits(self, bits: int) -> bool:
        return bits & (self.all | self.none) == self.all and (not self.any or bool(bits & self.any))


def _bits(*keys: str) -> int:
    return sum(1 << marks.PLACE[key] for key in keys)


_RECEIVED = _bits("received")
_EXCLUDED = _bits(*(f"excluded.{reason}" for reason in Exclusion))
_COUNTS: Mapping[str, Fit] = {
    "received": Fit(_RECEIVED),
    "excluded": Fit(_RECEIVED, any=_EXCLUDED),
    "counted": Fit(_RECEIVED, none=_EXCLUDED),
    "open": Fit(_bits("open")),
    "closed": Fit(_RECEIVED, none=_EXCLUDED | _bits("open")),
    "to_check": Fit(_bits("to_check")),
    "response_not_yet_due": Fit(_bits("response_not_yet_due.of")),
    "handling_not_yet_due": Fit(_bits("handling_not_yet_due")),
    "recorded_for_her": Fit(_RECEIVED, any=_bits("recorded_answers", "recorded_ratings")),
    **{f"excluded_{reason}": Fit(_bits(f"excluded.{reason}")) for reason in Exclusion},
    **{f"ending_{end}": Fit(_bits(f"ending.{end}")) for end in Ending},
}
_RATES = {rate.key: rate for rate in RATES}
KEYS = (*_COUNTS, *_RATES)
"""Every number whose cases can be asked for."""


def whose(key: str) -> Whose:
    """Under which of a case's handlers a number is told."""
    if key in _RATES:
        return _RATES[key].whose
    return {"response_not_yet_due": Whose.RESPONSE, "handling_not_yet_due": Whose.HANDLING}.get(key, Whose.CASE)


def fit(key: str, part: Part = Part.OF) -> Fit:
    """Which cases are behind a number. Raises KeyError for a number there is not."""
    if key in _COUNTS:
        return _COUNTS[key]
    if key not in _RATES:
        raise KeyError(key)
    n, of = _bits(f"{key}.n"), _bits(f"{key}.of")
    return {Part.N: Fit(n), Part.OF: Fit(of), Part.MISSING: Fit(of, none=n)}[part]


_TOLD: Mapping[str, Callable[[Row], int]] = {
    "received": lambda row: row.received,
    "excluded": lambda row: row.excluded_in_all,
    "counted": lambda row: row.counted,
    "open": lambda row: row.open,
    "closed": lambda row: row.closed,
    "to_check": lambda row: row.to_check,
    "response_not_yet_due": lambda row: row.response_not_yet_due.of,
    "handling_not_yet_due": lambda row: row.handling_not_yet_due,
    **{f"excluded_{reason}": lambda row, reason=reason: row.excluded[reason] for reason in Exclusion},  # type: ignore[misc]
    **{f"ending_{end}": lambda row, end=end: row.endings[end] for end in Ending},  # type: ignore[misc]
}


def is_told(key: str) -> bool:
    """Whether a row says the number itself."""
    return key in _TOLD or key in _RATES


def told(row: Row, key: str, part: Part) -> int:
    """How many cases are behind a number, as its row says it."""
    if key in _TOLD:
        return _TOLD[key](row)
    share = row.rates[key]
    return {Part.N: share.n, Part.OF: share.of, Part.MISSING: share.missing}[part]


class Members(Protocol):
    """The cases behind a number, the last filed first."""

    @property
    def count(self) -> int:
        """How many there are in all."""

    def page(self, after: int | None, most: int) -> tuple[Sequence[int], int | None]:
        """Ids of the cases behind the one with the id `after`, and behind which one the next page goes on."""


@dataclass(frozen=True)
class Found:
    """The same where all of them are at hand."""

    ids: Sequence[int]

    @property
    def count(self) -> int:
        return len(self.ids)

    def page(self, after: int | None, most: int) -> tuple[Sequence[int], int | None]:
        start = self.ids.index(after) + 1 if after in self.ids else 0
        ids = self.ids[start : start + most]
        return ids, ids[-1] if start + most < len(self.ids) else None


def pick(cohort: Cohort, key: str, part: Part = Part.OF, to: Mapping[By, str] | None = None) -> Found:
    """The cases behind a number of a cohort. Raises KeyError for a number there is not."""
    asked = fit(key, part)
    cases = _narrowed([counted.of(case) for case in cohort.cases], cohort.area_code, to or {}, whose(key))
    found = [case for case in cases if asked.fits(case.marks)]
    found.sort(key=lambda case: (case.filed_at, case.case_id), reverse=True)
    return Found([case.case_id for case in found])


def _narrowed(
    cases: Sequence[Counted], area_code: str, to: Mapping[By, str], answering: Whose
) -> Sequence[Counted]:
    """Those that are told under these words. They are those of `Row.key`: a row's cases are found by its own key."""
    if not to:
        return cases
    groups = Grouping(cases, area_code, tuple(to)).groups(answering)
    return groups.get(tuple(to.values()), [])
