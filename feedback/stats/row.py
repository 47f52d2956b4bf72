"""统计行: every figure of one group of cases, counted by the table of definitions."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from feedback.stats.definitions import COMPOSITE, DURATIONS, FEWEST_FOR_A_RATE, RATES, Duration, Rate, Whose
from feedback.stats.facts import Exclusion, Facts, Verdict

Key = tuple[str, ...]
GroupOf = Callable[[Whose], Sequence[Facts]]
"""The cases of a group, as far as this or that handler answers for them."""


@dataclass(frozen=True)
class Share:
    """n of `of` cases."""

    n: int
    of: int

    @property
    def rate(self) -> float | None:
        """Between 0 and 1; None where the denominator is too small to speak of a rate."""
        return self.n / self.of if self.of >= FEWEST_FOR_A_RATE else None

    @property
    def missing(self) -> int:
        return self.of - self.n

    def points_above(self, other: "Share") -> float | None:
        """The difference to another share in percentage points (百分点); None where either is no rate."""
        if self.rate is None or other.rate is None:
            return None
        return (self.rate - other.rate) * 100

    def as_json(self) -> dict[str, Any]:
        return {"n": self.n, "of": self.of, "rate": self.rate}


@dataclass(frozen=True)
class Spread:
    """Median and p90 of natural seconds by nearest rank; None of nothing."""

    median: int | None
    p90: int | None
    n: int

    @classmethod
    def over(cls, seconds: Iterable[int]) -> "Spread":
        ordered = sorted(seconds)
        return cls(nearest_rank(ordered, 50), nearest_rank(ordered, 90), len(ordered))

    def as_json(self) -> dict[str, Any]:
        return {"median": self.median, "p90": self.p90, "n": self.n}


def nearest_rank(ordered: Sequence[int], percent: int) -> int | None:
    """The ⌈p·n⌉-th smallest of values in ascending order."""
    return ordered[math.ceil(percent * len(ordered) / 100) - 1] if ordered else None


@dataclass(frozen=True)
class Row:
    """Every figure of one group. `key` holds one word for each grouping asked for, `names` what people call
    them (Chinese source strings where they are ours)."""

    key: Key
    names: tuple[str, ...]
    received: int
    excluded: Mapping[Exclusion, int]
    open: int
    to_check: int
    response_not_yet_due: Share
    """Of those whose response is not yet due, how many have been responded to."""
    handling_not_yet_due: int
    recorded_answers: int
    recorded_ratings: int
    rates: Mapping[str, Share]
    durations: Mapping[str, Spread]

    @property
    def excluded_in_all(self) -> int:
        return sum(self.excluded.values())

    @property
    def counted(self) -> int:
        return self.received - self.excluded_in_all

    @property
    def closed(self) -> int:
        return self.counted - self.open

    def composite(self, weights: Mapping[str, float] = COMPOSITE) -> float | None:
        """综合分: the weighted mean of rates; None without weights, or where one of them is no rate."""
        known = [(self.rates[key].rate, weight) for key, weight in weights.items()]
        rated = [(rate, weight) for rate, weight in known if rate is not None]
        if not rated or len(rated) < len(known):
            return None
        return sum(rate * weight for rate, weight in rated) / sum(weight for _, weight in rated)

    def as_json(self) -> dict[str, Any]:
        """The row as the command line and the export give it; times in seconds."""
        waiting = self.response_not_yet_due
        return {
            "key": self.key[0] if len(self.key) == 1 else list(self.key),
            "received": self.received,
            "excluded": {reason.value: n for reason, n in self.excluded.items()},
            "counted": self.counted,
            "open": self.open,
            **{key: share.as_json() for key, share in self.rates.items()},
            **{key: spread.as_json() for key, spread in self.durations.items()},
            "to_check": self.to_check,
            "not_yet_due": {
                "response": {"n": waiting.of, "responded": waiting.n},
                "handling": self.handling_not_yet_due,
            },
            "recorded_for_her": {"answers": self.recorded_answers, "ratings": self.recorded_ratings},
        }


def of_group(key: Key, names: tuple[str, ...], cases: GroupOf) -> Row:
    """The figures of one group."""
    own = cases(Whose.CASE)
    counted = [case for case in own if case.is_counted]
    excluded = Counter(case.exclusion for case in own)
    waiting = [case for case in cases(Whose.RESPONSE) if case.response is Verdict.NOT_YET_DUE]
    return Row(
        key=key,
        names=names,
        received=len(own),
        excluded={reason: excluded[reason] for reason in Exclusion},
        open=sum(case.is_open for case in counted),
        to_check=sum(case.is_to_check for case in own),
        response_not_yet_due=Share(sum(case.responded_at is not None for case in waiting), len(waiting)),
        handling_not_yet_due=sum(case.handling is Verdict.NOT_YET_DUE for case in cases(Whose.HANDLING)),
        recorded_answers=sum(case.recorded_answer is not None for case in counted),
        recorded_ratings=sum(case.recorded_rating is not None for case in counted),
        rates={rate.key: _share(rate, cases(rate.whose)) for rate in RATES},
        durations={duration.key: _spread(duration, cases(duration.whose)) for duration in DURATIONS},
    )


def _share(rate: Rate, cases: Sequence[Facts]) -> Share:
    among = [case for case in cases if rate.among(case)]
    return Share(sum(map(rate.holds, among)), len(among))


def _spread(duration: Duration, cases: Sequence[Facts]) -> Spread:
    lengths = ((duration.until(case), case.filed_at) for case in cases if case.is_counted)
    return Spread.over((until - since) // timedelta(seconds=1) for until, since in lengths if until is not None)
