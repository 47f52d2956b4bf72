"""用时: how long things took in the groups of a table, read only when a row is asked for it, then for all its rows."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from feedback.stats import histogram
from feedback.stats.definitions import DURATIONS, Whose
from feedback.stats.grouping import By, Grouping
from feedback.stats.histogram import Histogram
from feedback.stats.kept import Tally
from feedback.stats.row import Key, Spread

PLACE = {duration.key: place for place, duration in enumerate(DURATIONS)}
WHOSE = {duration.key: duration.whose for duration in DURATIONS}


class Lasting:
    """The durations of a table. `read` is asked once, for tallies that hold durations or histograms of them."""

    def __init__(self, area_code: str, by: Sequence[By], read: Callable[[], Iterable[Tally]]) -> None:
        self._area_code, self._by, self._read = area_code, by, read

    def of(self, key: Key) -> Mapping[str, Spread]:
        """How long it took in one group."""
        return _OfGroup(self, key)

    def spread(self, key: Key, duration: str) -> Spread:
        tallies = self._groups[WHOSE[duration]].get(key, [])
        place = PLACE[duration]
        each = [taken for tally in tallies for one in tally.seconds if (taken := one[place]) is not None]
        summed = sum(tally.histograms[place] for tally in tallies if tally.histograms)
        if not summed:
            return Spread.over(each)
        return Histogram(summed + sum(map(histogram.one, each))).spread

    @cached_property
    def _groups(self) -> Mapping[Whose, Mapping[Key, Sequence[Tally]]]:
        tallies = list(self._read())
        if not self._by:
            return {whose: {(): tallies} for whose in Whose}
        grouping = Grouping(tallies, self._area_code, self._by)
        if By.HANDLER in self._by:
            return {whose: grouping.groups(whose) for whose in Whose}
        return dict.fromkeys(Whose, grouping.groups(Whose.CASE))


class _OfGroup(Mapping[str, Spread]):
    def __init__(self, lasting: Lasting, key: Key) -> None:
        self._lasting, self._key = lasting, key

    def __getitem__(self, duration: str) -> Spread:
        return self._lasting.spread(self._key, duration)

    def __iter__(self) -> Iterator[str]:
        return iter(PLACE)

    def __len__(self) -> int:
        return len(PLACE)

    def __repr__(self) -> str:
        return repr(dict(self))
