"""记号: in which numbers a case is counted, as the bits of one integer; and the sum of many, in one integer too.

A mark is a yes or no about a case: it is received, it is in the denominator of a rate, in its numerator. The bits of
a case are kept beside it; to add up cases is to add up integers in which every mark has a lane of its own, so
that a group is counted, and a case taken out of it again, by plain addition, and sums merge exactly.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from feedback.stats.definitions import RATES, Holds, Rate, Whose
from feedback.stats.endings import Ending, ending
from feedback.stats.facts import Exclusion, Facts, Verdict

LANE = 48
"""Bits of a lane: no country files so much."""


@dataclass(frozen=True)
class Mark:
    """One yes or no, and whose figure it enters."""

    key: str
    holds: Holds
    whose: Whose = Whose.CASE


def of_rate(rate: Rate) -> tuple[Mark, Mark]:
    """Its denominator and its numerator."""
    return (
        Mark(f"{rate.key}.of", rate.among, rate.whose),
        Mark(f"{rate.key}.n", lambda case: rate.among(case) and rate.holds(case), rate.whose),
    )


def _excluded(reason: Exclusion) -> Mark:
    return Mark(f"excluded.{reason.value}", lambda case: case.exclusion is reason)


def _ended(end: Ending) -> Mark:
    return Mark(f"ending.{end.value}", lambda case: ending(case) is end)


MARKS: tuple[Mark, ...] = (
    Mark("received", lambda case: True),
    *(_excluded(reason) for reason in Exclusion),
    Mark("open", lambda case: case.is_counted and case.is_open),
    Mark("to_check", lambda case: case.is_to_check),
    Mark("response_not_yet_due.of", lambda case: case.response is Verdict.NOT_YET_DUE, Whose.RESPONSE),
    Mark(
        "response_not_yet_due.n",
        lambda case: case.response is Verdict.NOT_YET_DUE and case.responded_at is not None,
        Whose.RESPONSE,
    ),
    Mark("handling_not_yet_due", lambda case: case.handling is Verdict.NOT_YET_DUE, Whose.HANDLING),
    Mark("recorded_answers", lambda case: case.is_counted and case.recorded_answer is not None),
    Mark("recorded_ratings", lambda case: case.is_counted and case.recorded_rating is not None),
    *(mark for rate in RATES for mark in of_rate(rate)),
    *(_ended(end) for end in Ending),
)
"""In the order of their bits. Where another version had others, what is kept is made anew (`sums.MADE_OF`)."""

PLACE: Mapping[str, int] = {mark.key: place for place, mark in enumerate(MARKS)}


def bits(case: Facts) -> int:
    """The marks of a case: bit `PLACE[key]` is set where the mark holds."""
    return sum(1 << place for place, mark in enumerate(MARKS) if mark.holds(case))


def _spread_out(byte: int) -> int:
    return sum(1 << (LANE * place) for place in range(8) if byte >> place & 1)


_LANES = tuple(_spread_out(byte) for byte in range(256))


def lanes(marks: int) -> int:
    """The bits of one case as a sum: a one in the lane of each mark that holds."""
    found = shift = 0
    while marks:
        found |= _LANES[marks & 0xFF] << shift
        marks >>= 8
        shift += 8 * LANE
    return found


def added(many: Iterable[int]) -> int:
    """The sum of the bits of many cases."""
    return sum(map(lanes, many))


def count(sums: int, key: str) -> int:
    """How many of the cases added up have a mark."""
    return sums >> (LANE * PLACE[key]) & ((1 << LANE) - 1)


def only(whose: Whose) -> int:
    """Lanes of the marks that enter this or that handler's figures, all ones."""
    full = (1 << LANE) - 1
    return sum(full << (LANE * place) for place, mark in enumerate(MARKS) if mark.whose is whose)
