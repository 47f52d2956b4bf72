"""掩模: of eight masks the one with the fewest penalty points, counted as `qrcode` counts them.

A line is a row or a column. What it costs follows from where neighbours in it are alike: n modules alike in a row
are n - 1 ones among its `alike` bits.

1. A run of n ≥ 5 costs n - 2. Four ones follow each other in n - 4 places of it, and in none of the next four:
   two of these are marked as well, and all marks counted.
2. Four modules alike in a square cost 3: alike in a row, in the next, and across.
3. 1011101 costs 40 with four light modules before it, and 40 with four after it, all inside the square.
4. Ten for each 5 % by which dark modules are more or fewer than half.

Words hold lines, two of them up to version 4, so that a step over a word is a step over sixty modules. At version 4
a line is one module longer than its half of a word: that module is known by being alike to its neighbour or not.
Every step is one pass over an array that stays in a processor's second cache.
"""

import math
from functools import lru_cache
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
T = TypeVar("T", bound=np.generic)

AT_ONCE: Final = 256
"""Squares scored in one go."""
MASKS: Final = 8


class Lines:
    """How the lines of squares of a size lie in words: columns, then rows, then once more the row in the middle.

    The n-th word holds line n and, in its upper half, line n + `height`.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.lanes = 2 if size <= 33 else 1
        self.width = 64 // self.lanes
        self.height = -(-size // self.lanes)
        self.overhangs = size > self.width
        self.columns, self.rows = slice(0, self.height), slice(self.height, 2 * self.height)
        self.next_rows = slice(self.height + 1, 2 * self.height + 1)

    def each(self, bits: int) -> np.uint64:
        """These bits for each line of a word."""
        bits &= (1 << self.width) - 1
        return np.uint64(sum(bits << self.width * lane for lane in range(self.lanes)))

    def packed(self, lines: Words) -> Words:
        """(…, size) to (…, height)."""
        kept = lines & np.uint64((1 << self.width) - 1)
        found = kept[..., :self.height].copy()
        if self.lanes == 2:
            found[..., :self.size - self.height] |= kept[..., self.height:] << np.uint64(self.width)
        return found

    def words(self, rows: Words) -> Words:
        """(…, size) rows to what `Scores` counts from; sums of squares become sums of words."""
        places = np.arange(self.size, dtype=np.uint64)
        modules = rows[..., None] >> places & np.uint64(1)
        columns = (modules.swapaxes(-1, -2) << places).sum(axis=-1, dtype=np.uint64)
        found = [self.packed(columns), self.packed(rows)]
        if self.overhangs:
            last = np.uint64(1 << self.width - 1)
            found += [self.packed((lines ^ lines >> np.uint64(1)) & last) for lines in (columns, rows)]
        return np.concatenate(found, axis=-1)

    def unlike(self, words: Words) -> Words:
        """(words, …): where a module differs from the next of its line, and the row in the middle once more."""
        count = 2 * self.height
        found = np.empty((count + 1, *words.shape[1:]), np.uint64)
        usual = found[:count]
        np.right_shift(words[:count], np.uint64(1), out=usual)
        usual ^= words[:count]
        usual &= self.each((1 << min(self.size, self.width) - 1) - 1)
        if self.overhangs:
            usual ^= words[count:]
        found[count] = self._middle(found)
        return found

    def neighbours(self) -> Words:
        """(words): one for every pair of neighbours that `unlike` speaks of."""
        real = self.packed(np.full(self.size, (1 << self.size - 1) - 1, np.uint64))
        found = np.concatenate([real, real, real[:1]])
        found[-1] = self._middle(found)
        return found

    def across(self, words: Words) -> Words:
        """(height, …): where a module differs from the one below it."""
        rows = words[self.rows]
        found = np.empty_like(rows)
        np.bitwise_xor(rows[:-1], rows[1:], out=found[:-1])
        np.bitwise_xor(rows[-1], self._middle(words), out=found[-1])
        return found

    def _middle(self, words: Words) -> Words | np.uint64:
        return words[self.height] >> np.uint64(self.width) if self.lanes == 2 else np.uint64(0)

    def area(self, words: Words) -> Words:
        """All modules, each once, but the corner of a finder pattern where lines overhang."""
        if not self.overhangs:
            return words[self.rows]
        edge = words[self.size - 1 - self.height] >> np.uint64(self.width)
        return np.concatenate([words[self.rows], edge[None]])


class Scores:
    """Chooses masks for `AT_ONCE` squares at a time; `masks` (8, size) are the modules each mask inverts."""

    def __init__(self, masks: Words) -> None:
        self.lines = lines = Lines(masks.shape[1])
        inverted = lines.words(masks).T
        self.core = lines.each((1 << lines.size - 6) - 1)
        self.to_alike = _spread(lines.unlike(inverted) ^ lines.neighbours()[:, None])
        self.to_dark = _spread(np.concatenate([inverted[:2 * lines.height], inverted[:1]]) & self.core)
        self.to_alike_across = _spread(~lines.across(inverted))
        self.to_area = _spread(lines.area(inverted))
        shape = self.to_alike.shape
        self.room = [_aligned(shape, np.uint64) for _ in range(7)]
        self.counts = [_aligned(shape, np.uint8) for _ in range(2)]
        self.blocks = _aligned(self.to_alike_across.shape, np.uint64)
        self.area = _aligned(self.to_area.shape, np.uint64)
        self.balance = _unbalanced(lines.size)

    def best(self, words: Words) -> NDArray[np.uint8]:
        """(words, AT_ONCE) as `Lines.words` has them: the mask of each. Of equals the first."""
        points = self.points(words) * MASKS
        points += np.arange(MASKS, dtype=np.uint32)[:, None]
        found: NDArray[np.uint8] = (points.min(axis=0) % MASKS).astype(np.uint8)
        return found

    def points(self, words: Words) -> NDArray[np.uint32]:
        """(masks, AT_ONCE)"""
        runs, finders = self.counts
        alike, pairs, either, before, after = self._runs(words, runs)
        blocks = self._blocks(words, alike)
        self._finders(words, pairs, either, before, after, finders)
        dark = self._dark(words)
        found: NDArray[np.uint32] = self._total(runs) + 3 * blocks + 40 * self._total(finders) + self.balance[dark]
        return found

    def _runs(self, words: Words, count: NDArray[np.uint8]) -> tuple[Words, ...]:
        """Rule 1 into `count`; and what the other rules need, at the place where it begins:
        alike, two alike, one of two alike, three alike before a change, three alike after a change.
        """
        alike, pairs, either, before, after, run, spare = self.room
        one = np.uint64(1)
        np.bitwise_xor(self.lines.unlike(words), self.to_alike, out=alike)
        np.right_shift(alike, one, out=either)
        np.bitwise_and(alike, either, out=pairs)
        either |= alike
        np.right_shift(pairs, one, out=before)
        before &= pairs
        np.right_shift(before, one, out=after)
        np.bitwise_and(alike, after, out=run)
        after ^= run
        before ^= run
        if self.lines.overhangs:
            run &= self.lines.each((1 << self.lines.size - 4) - 1)
        for _ in range(2):
            np.left_shift(run, one, out=spare)
            run |= spare
        np.bitwise_count(run, out=count)
        return alike, pairs, either, before, after

    def _blocks(self, words: Words, alike: Words) -> NDArray[np.uint32]:
        """Rule 2."""
        np.bitwise_xor(self.lines.across(words), self.to_alike_across, out=self.blocks)
        self.blocks &= alike[:, self.lines.rows]
        self.blocks &= alike[:, self.lines.next_rows]
        return _sum(np.bitwise_count(self.blocks))

    def _finders(
        self, words: Words, pairs: Words, either: Words, before: Words, after: Words, count: NDArray[np.uint8]
    ) -> None:
        """Rule 3 into `count`: unlike, unlike, alike, alike, unlike, unlike, beginning with a dark module; then a
        change and three alike, or before it three alike and a change. Two such cores are never neighbours.
        """
        lines, room = self.lines, self.room[-1]
        dark = words[:2 * lines.height] & self.core
        dark = np.concatenate([dark, dark[:1]])
        pairs >>= np.uint64(2)
        np.bitwise_xor(dark, self.to_dark, out=room)
        pairs &= room
        np.right_shift(either, np.uint64(4), out=room)
        either |= room
        np.invert(either, out=either)
        pairs &= either
        after >>= np.uint64(6)
        after &= pairs
        before <<= np.uint64(4)
        before &= pairs
        if lines.overhangs:
            inside = (1 << lines.size - 10) - 1
            after &= lines.each(inside)
            before &= lines.each(inside << 4)
        before += before
        before |= after
        np.bitwise_count(before, out=count)

    def _dark(self, words: Words) -> NDArray[np.uint32]:
        """How many modules are dark; the corner that lines overhang is."""
        np.bitwise_xor(self.lines.area(words), self.to_area, out=self.area)
        return _sum(np.bitwise_count(self.area)) + np.uint32(self.lines.overhangs)

    def _total(self, counts: NDArray[np.uint8]) -> NDArray[np.uint32]:
        return _sum(counts[:, self.lines.columns] + counts[:, self.lines.rows])


def _sum(counts: NDArray[np.uint8]) -> NDArray[np.uint32]:
    found: NDArray[np.uint32] = counts.sum(axis=1, dtype=np.uint16).astype(np.uint32)
    return found


def _spread(words: Words) -> Words:
    """(words, masks) to (masks, words, AT_ONCE)."""
    found = _aligned((*words.T.shape, AT_ONCE), np.uint64)
    found[:] = words.T[:, :, None]
    return found


def _aligned(shape: tuple[int, ...], kind: type[T]) -> NDArray[T]:
    """Beginning where a cache line does."""
    size = np.dtype(kind).itemsize * math.prod(shape)
    found = np.empty(size + 64, np.uint8)
    start = -found.ctypes.data % 64
    return found[start:start + size].view(kind).reshape(shape)


@lru_cache(maxsize=16)
def _unbalanced(size: int) -> NDArray[np.uint32]:
    """The points of rule 4, by the number of dark modules."""
    return np.array([int(abs(dark / size**2 * 100 - 50) / 5) * 10 for dark in range(size * size + 1)], np.uint32)
