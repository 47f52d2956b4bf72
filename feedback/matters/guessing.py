"""猜类: which of several names a text is likely to carry, learnt by counting pairs of neighbouring characters.

Multinomial naive Bayes. A name that was seen little leans on what all texts have in common (Dirichlet smoothing), so
that neither a rare name nor a common one is put forward only for its size.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

from feedback.matters import alike

Name = TypeVar("Name", bound=Hashable)

LEANING = 800
"""How many pairs of the common ground a name's own count is mixed with."""


class Guesser(Generic[Name]):
    """Learns from texts whose name is known; ranks the names for one whose name is not."""

    def __init__(self) -> None:
        self._pairs: dict[Name, Counter[str]] = defaultdict(Counter)
        self._texts: Counter[Name] = Counter()
        self._all: Counter[str] = Counter()

    def learn(self, name: Name, text: str, *, times: int = 1) -> None:
        """One text that carries the name; `times` where it is to count for several."""
        counted = Counter({pair: count * times for pair, count in Counter(alike.sequence(text)).items()})
        self._pairs[name].update(counted)
        self._all.update(counted)
        self._texts[name] += 1

    def ranked(self, text: str) -> list[Name]:
        """The names that share a pair with the text, the likeliest first."""
        found = [pair for pair in alike.sequence(text) if pair in self._all]
        names = [name for name, counted in self._pairs.items() if not counted.keys().isdisjoint(found)]
        return sorted(names, key=lambda name: -self._score(name, found))

    def _score(self, name: Name, found: Iterable[str]) -> float:
        """How much likelier the text is under this name than under all of them together."""
        counted, total = self._pairs[name], sum(self._pairs[name].values())
        whole = sum(self._all.values())
        return math.log(self._texts[name]) + math.fsum(
            math.log((counted[pair] * whole / self._all[pair] + LEANING) / (total + LEANING)) for pair in found
        )
