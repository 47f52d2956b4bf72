"""直方图: how long things took, in lanes that grow by two per cent; sums merge exactly, a rank is right within 1 %.

The lanes of all durations of a group are one integer, so that histograms, like marks, are added up by plain
addition and a case is taken out of one again by subtraction.
"""

import math
import zlib
from dataclasses import dataclass

from feedback.stats.row import Spread

GROWTH = 1.02
LANE = 32
"""Bits of a lane."""
LANES = 821
"""The last one begins at 130 days and holds everything longer."""
ERROR = GROWTH**0.5 - 1
"""How far the middle of a lane is from its edges, as a part of the value: just under 1 %."""


def lane(seconds: int) -> int:
    """Which lane a duration falls into; the first holds 0 and 1 second."""
    return min(LANES - 1, math.ceil(math.log(seconds, GROWTH) - 1e-9)) if seconds > 1 else 0


def one(seconds: int | None) -> int:
    """The histogram of a single duration; empty for none."""
    return 0 if seconds is None else 1 << (LANE * lane(seconds))


def middle(place: int) -> int:
    """What a duration in a lane is taken to be: whole seconds."""
    return 1 if place == 0 else round(GROWTH ** (place - 0.5))


@dataclass(frozen=True)
class Histogram:
    """Many durations added up."""

    sums: int

    @property
    def counts(self) -> list[int]:
        raw = self.sums.to_bytes(LANES * LANE // 8, "little")
        step = LANE // 8
        return [int.from_bytes(raw[at : at + step], "little") for at in range(0, len(raw), step)]

    @property
    def spread(self) -> Spread:
        """Median and p90 by nearest rank, each within ERROR of the exact one; of more than 130 days only that."""
        counts = self.counts
        total = sum(counts)
        return Spread(_at_rank(counts, total, 50), _at_rank(counts, total, 90), total, ERROR if total else 0.0)


def packed(sums: int) -> bytes:
    """As it is stored: most lanes are empty."""
    return zlib.compress(sums.to_bytes((sums.bit_length() + 7) // 8, "little"), 1) if sums else b""


def unpacked(stored: bytes) -> int:
    return int.from_bytes(zlib.decompress(stored), "little") if stored else 0


def _at_rank(counts: list[int], total: int, percent: int) -> int | None:
    if not total:
        return None
    rank, passed = math.ceil(percent * total / 100), 0
    for place, count in enumerate(counts):
        passed += count
        if passed >= rank:
            return middle(place)
    return None
