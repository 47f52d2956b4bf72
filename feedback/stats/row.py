"""统计行: every figure of one group of cases, counted by the table of definitions."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from feedback.stats import marks
from feedback.stats.counted import Counted
from feedback.stats.definitions import COMPOSITE, DURATIONS, FEWEST_FOR_A_RATE, RATES, Duration, Whose
from feedback.stats.endings import Ending
from feedback.stats.facts import Exclusion

Key = tuple[str, ...]
GroupOf = Callable[[Whose], Sequence[Counted]]
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
    error: float = 0.0
    """How far from the exact ones they may be, as a part of the value: 0.01 is one per cent, 0 exact."""

    @property
    def is_exact(self) -> bool:
        return self.error == 0

    @classmethod
    def over(cls, seconds: Iterable[int]) -> "Spread":
        ordered = sorted(seconds)
        return cls(nearest_rank(ordered, 50), nearest_rank(ordered, 90), len(ordered))

    def as_json(self) -> dict[str, Any]:
        bound = {} if self.is_exact else {"error": round(self.error, 4)}
        return {"median": self.median, "p90": self.p90, "n": self.n, **bound}


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
    """Where figures are kept they are read when first asked for, in the transaction of the row."""
    endings: Mapping[Ending, int]

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
    sums = sum(marks.added(case.marks for case in cases(whose)) & marks.only(whose) for whose in Whose)
    return of_sums(key, names, sums, {one.key: spread(one, cases(one.whose)) for one in DURATIONS})


def of_sums(key: Key, names: tuple[str, ...], sums: int, durations: Mapping[str, Spread]) -> Row:
    """The figures of one group whose marks are added up."""
    def count(of: str) -> int:
        return marks.count(sums, of)

    def share(of: str) -> Share:
        return Share(count(f"{of}.n"), count(f"{of}.of"))

    return Row(
        key=key,
        names=names,
        received=count("received"),
        excluded={reason: count(f"excluded.{reason.value}") for reason in Exclusion},
        open=count("open"),
        to_check=count("to_check"),
        response_not_yet_due=share("response_not_yet_due"),
        handling_not_yet_due=count("handling_not_yet_due"),
        recorded_answers=count("recorded_answers"),
        recorded_ratings=count("recorded_ratings"),
        rates={rate.key: share(rate.key) for rate in RATES},
        durations=durations,
        endings={end: count(f"ending.{end.value}") for end in Ending},
    )


def spread(duration: Duration, cases: Iterable[Counted]) -> Spread:
    """How long it took, over the cases in which it came to its end."""
    return Spread.over(seconds for case in cases if (seconds := case.seconds(duration)) is not None)
