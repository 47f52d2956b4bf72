"""相似: how alike two short texts are, in a way that can be explained to the reader.

A text is the set of its pairs of neighbouring characters (路灯不亮 → 路灯 灯不 不亮). Pairs that many of the texts at
hand share say little; rare ones, such as the name of a lane, say much. The likeness of two texts is the cosine of
their weighted sets: 0 where they share nothing, 1 where they say the same. What they share can be shown.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

SIGNS = re.compile(r"[一-鿿㐀-䶿a-z0-9]+")
EVERYDAY = frozenset((resources.files("feedback") / "data" / "everyday.txt").read_text("utf-8").split())
"""Words that belong to every letter: greetings, pleas, little words. They are left out, however rare they are here."""
LITTLE = re.compile("|".join(sorted(EVERYDAY)))
EDGES = "的了是在有和也都就很又还被把给到说我你他她它们这那个上下里中要会能请一"
"""Signs that a shown piece neither begins nor ends with, unless nothing else is left of it."""
SHOWN = 3
LONGEST_SHOWN = 8


@dataclass(frozen=True)
class Likeness:
    """How alike another text is, and the pieces both contain, the most telling first."""

    score: float
    shared: tuple[str, ...]


def runs(text: str) -> list[str]:
    """What is left of the text between spaces, punctuation and everyday words, in small letters."""
    return SIGNS.findall(LITTLE.sub(" ", text.lower()))


def sequence(text: str) -> Iterator[str]:
    """Every two neighbouring signs, as they come."""
    for run in runs(text):
        yield from (run[at : at + 2] for at in range(len(run) - 1))


def pairs(text: str) -> frozenset[str]:
    """The same, each once."""
    return frozenset(sequence(text))


def weights(texts: Iterable[frozenset[str]]) -> Mapping[str, float]:
    """What each pair counts among these texts: the fewer have it, the more."""
    among = list(texts)
    counted = Counter(pair for one in among for pair in one)
    return {pair: math.log(1 + len(among) / count) for pair, count in counted.items()}


def cosine(one: frozenset[str], other: frozenset[str], weight: Mapping[str, float]) -> float:
    """0 where nothing is shared, 1 where everything is."""
    def length(of: frozenset[str]) -> float:
        return math.fsum(weight[pair] ** 2 for pair in of)

    measure = math.sqrt(length(one) * length(other))
    return length(one & other) / measure if measure else 0.0


def compare(text: str, others: Sequence[str]) -> list[Likeness]:
    """How alike each of the others is to the text, in their order; what counts is learnt from all of them."""
    own, rest = pairs(text), [pairs(other) for other in others]
    weight = weights([own, *rest])
    return [
        Likeness(cosine(own, one, weight), shared(text, other, weight)) for other, one in zip(others, rest, strict=True)
    ]


def shared(text: str, other: str, weight: Mapping[str, float]) -> tuple[str, ...]:
    """Pieces of the text that the other has too, the most telling ones: 路灯, 不亮."""
    there = " ".join(runs(other))
    found: dict[str, float] = {}
    for run in runs(text):
        at = 0
        while at < len(run) - 1:
            end = at
            while end < len(run) - 1 and run[at : end + 2] in there and end - at < LONGEST_SHOWN - 1:
                end += 1
            if end > at:
                piece = run[at : end + 1]
                shown = piece.strip(EDGES)
                if len(shown) > 1:
                    found[shown] = math.fsum(weight[piece[n : n + 2]] for n in range(len(piece) - 1))
            at = max(end, at + 1)
    best = sorted(found, key=lambda piece: -found[piece])
    kept: list[str] = []
    for piece in best:
        if len(kept) < SHOWN and not any(piece in one or one in piece for one in kept):
            kept.append(piece)
    return tuple(kept)
