"""掩模: of eight masks the one with the fewest penalty points, counted as `qrcode` counts them.

A line is a row or a column, packed into a word. Its points follow from where neighbours are alike (E) and where
they differ: n modules alike are n - 1 ones in E.

1. A run of n ≥ 5 costs n - 2. With A the places where four ones follow each other in E, n - 4 of them in a run,
   and B where five do, one less: 3 |A| - 2 |B|.
2. Four modules alike in a square cost 3.
3. 1011101 with four light modules before it costs 40, and again with four light modules after it.
4. Ten for each 5 % by which dark modules are more or fewer than half.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Lines = NDArray[np.uint64]
"""(lines, squares): rows from the top, then columns from the left."""


def best(lines: Lines, masks: Lines) -> NDArray[np.uint8]:
    """The mask of each square; `masks` (8, lines) turn `lines` into those under each mask. Of equals, the first."""
    points = np.stack([_points(lines ^ mask[:, None]) for mask in masks])
    found: NDArray[np.uint8] = np.argmin(points, axis=0).astype(np.uint8)
    return found


def _points(lines: Lines) -> NDArray[np.int64]:
    size = len(lines) // 2
    one, edges = np.uint64(1), np.uint64((1 << size - 1) - 1)
    alike = ~(lines ^ lines >> one) & edges
    three = alike & alike >> one & alike >> np.uint64(2)
    four = three & alike >> np.uint64(3)
    five = four & four >> one
    unlike = alike ^ edges
    change = unlike & unlike >> one
    core = lines & change & (alike & alike >> one) >> np.uint64(2) & change >> np.uint64(4)
    after = (core >> np.uint64(4)) & three & unlike >> np.uint64(3)
    before = core & unlike >> np.uint64(6) & three >> np.uint64(7)
    below = ~(lines[:size - 1] ^ lines[1:size])
    blocks = below & below >> one & alike[:size - 1]
    dark = _count(lines[:size])
    return (3 * (_count(four) + _count(blocks)) - 2 * _count(five) + 40 * (_count(after) + _count(before))
            + _unbalanced(size)[dark])


def _count(words: Lines) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.bitwise_count(words).sum(axis=0, dtype=np.int64)
    return found


@lru_cache(maxsize=16)
def _unbalanced(size: int) -> NDArray[np.int64]:
    """The points of rule 4, by the number of dark modules."""
    return np.array([int(abs(dark / size**2 * 100 - 50) / 5) * 10 for dark in range(size * size + 1)])
