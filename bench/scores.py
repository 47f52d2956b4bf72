"""得分: shares of what was tried, with what chance leaves open, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Z = 1.96
"""For 95 % of what chance may do."""
RESAMPLES = 2000

Tried = NDArray[np.bool_]


def wilson(successes: int, tries: int) -> tuple[float, float]:
    """Wilson's interval for a share."""
    share, weight = successes / tries, Z * Z / tries
    middle, reach = share + weight / 2, Z * np.sqrt(share * (1 - share) / tries + weight / tries / 4)
    return float((middle - reach) / (1 + weight)), float((middle + reach) / (1 + weight))


def difference(ours: Tried, theirs: Tried, seed: int = 1) -> tuple[float, float, float]:
    """Theirs minus ours in percentage points, with a bootstrap interval over pairs; first axis pairs, second decoders.

    A pair is one door after one damage: its decoders stay together.
    """
    each = theirs.mean(axis=1) - ours.mean(axis=1)
    drawn = np.random.default_rng(seed).integers(0, len(each), (RESAMPLES, len(each)))
    low, high = np.percentile(each[drawn].mean(axis=1), [2.5, 97.5])
    return float(100 * each.mean()), float(100 * low), float(100 * high)


def counted(tried: Tried) -> str:
    """k of n."""
    return f"{int(tried.sum())} of {tried.size}"


def percent(tried: Tried) -> str:
    """A share with Wilson's interval."""
    low, high = wilson(int(tried.sum()), tried.size)
    return f"{100 * tried.mean():.0f} % ({100 * low:.0f}–{100 * high:.0f})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines)
