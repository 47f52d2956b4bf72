"""是哪几件: the cases behind each number, by the very definitions that counted them.

A number is named by the key of a rate or of a count, and by the part of it: its numerator, its denominator, or
what is missing between them. A cohort can be narrowed as it can be grouped.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum

from feedback.stats.cohort import Cohort
from feedback.stats.definitions import RATES, Holds, Rate, Whose
from feedback.stats.endings import Ending, ending
from feedback.stats.facts import Exclusion, Facts, Verdict
from feedback.stats.grouping import By, grouped


class Part(StrEnum):
    """Which of a share's cases."""

    N = "n"
    OF = "of"
    MISSING = "missing"


def _excluded_for(reason: Exclusion) -> Holds:
    return lambda case: case.exclusion is reason


def _ended_as(end: Ending) -> Holds:
    return lambda case: ending(case) is end


_COUNTS: Mapping[str, Holds] = {
    "received": lambda case: True,
    "excluded": lambda case: not case.is_counted,
    "counted": lambda case: case.is_counted,
    "open": lambda case: case.is_counted and case.is_open,
    "closed": lambda case: case.is_closed,
    "to_check": lambda case: case.is_to_check,
    "response_not_yet_due": lambda case: case.response is Verdict.NOT_YET_DUE,
    "handling_not_yet_due": lambda case: case.handling is Verdict.NOT_YET_DUE,
    "recorded_for_her": lambda case: (
        case.is_counted and (case.recorded_answer is not None or case.recorded_rating is not None)
    ),
    **{f"excluded_{reason.value}": _excluded_for(reason) for reason in Exclusion},
    **{f"ending_{end.value}": _ended_as(end) for end in Ending},
}
_RATES: Mapping[str, Rate] = {rate.key: rate for rate in RATES}
KEYS = (*_COUNTS, *_RATES)
"""Every number whose cases can be asked for."""


def whose(key: str) -> Whose:
    """Under which of a case's handlers a number is told."""
    if key in _RATES:
        return _RATES[key].whose
    return {"response_not_yet_due": Whose.RESPONSE, "handling_not_yet_due": Whose.HANDLING}.get(key, Whose.CASE)


def holds(key: str, part: Part = Part.OF) -> Holds:
    """Whether a case is one of those behind a number. Raises KeyError for a number there is not."""
    if key in _COUNTS:
        return _COUNTS[key]
    rate = _RATES[key]
    in_part: Mapping[Part, Callable[[Facts], bool]] = {
        Part.N: rate.holds,
        Part.OF: lambda case: True,
        Part.MISSING: lambda case: not rate.holds(case),
    }
    return lambda case: rate.among(case) and in_part[part](case)


def narrowed(cohort: Cohort, to: Mapping[By, str], answering: Whose = Whose.CASE) -> Cohort:
    """Those of a cohort that are told under these words of its groupings; its days and area stay.

    The words are those of `Row.key`, so that a row's cases are found by the row's own key.
    """
    if not to:
        return cohort
    by = tuple(to)
    return replace(cohort, cases=grouped(cohort, by, answering).get(tuple(to[one] for one in by), []))


def pick(cohort: Cohort, key: str, part: Part = Part.OF, to: Mapping[By, str] | None = None) -> list[int]:
    """Ids of the cases behind a number, the last filed first. Raises KeyError for a number there is not."""
    is_one = holds(key, part)
    found = [case for case in narrowed(cohort, to or {}, whose(key)).cases if is_one(case)]
    found.sort(key=lambda case: (case.filed_at, case.last.case_id), reverse=True)
    return [case.last.case_id for case in found]
