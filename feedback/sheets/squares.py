"""码格: the dark modules of QR squares as rectangles of one path, many squares at once.

Each unbroken stretch of a row is one rectangle. The three finder patterns come first: they are the same in
every square, so that a compressed page hardly weighs them.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feedback.qr import Matrix

Rows: TypeAlias = NDArray[np.uint64]

_FINDER = (0b1111111, 0b1000001, 0b1011101, 0b1011101, 0b1011101, 0b1000001, 0b1111111)
_WIDEST = 64
"""Modules in a row that one machine word holds."""

_ONE = np.uint64(1)


class _Stretches(dict[int, str]):
    """The rectangle of each stretch of dark modules, made when it is first met."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def __missing__(self, key: int) -> str:
        first, length = divmod(key, self.size + 1)
        row, column = divmod(first, self.size)
        self[key] = made = f"{column} {row} {length} 1 re\n"
        return made


def paths(matrices: Sequence[Matrix]) -> Iterator[str]:
    """The path of each square, in modules from the upper left dark one."""
    for size, alike in groupby(matrices, key=lambda matrix: matrix.size):
        if size > _WIDEST:
            yield from ("".join(f"{x} {y} {length} 1 re\n" for y, x, length in each.runs()) for each in alike)
        else:
            yield from _paths(np.array([matrix.rows for matrix in alike], dtype=np.uint64), size)


def _paths(rows: Rows, size: int) -> Iterator[str]:
    finders, stretches, first = _finders(size), _stretches(size), 0
    common = "".join(map(stretches.__getitem__, _keys(finders[None])[0]))
    keys, ends = _keys(rows & ~finders)
    for end in ends:
        yield common + "".join(map(stretches.__getitem__, keys[first:end]))
        first = end


def _keys(rows: Rows) -> tuple[list[int], list[int]]:
    """Each stretch of all squares as a number of its place and length, and where each square's end."""
    size = rows.shape[1]
    begins, ends = _places(rows & ~(rows >> _ONE)), _places(rows & ~(rows << _ONE))
    keys = begins % size ** 2 * (size + 1) + (ends - begins + 1)
    counts = np.searchsorted(begins, np.arange(1, len(rows) + 1) * size ** 2)
    return keys.tolist(), counts.tolist()


def _places(rows: Rows) -> NDArray[np.intp]:
    """Where bits are set, counted from the first row's highest module on."""
    size = rows.shape[1]
    octets = rows.astype(">u8").view(np.uint8).reshape(*rows.shape, 8)
    return np.flatnonzero(np.unpackbits(octets, axis=2)[:, :, _WIDEST - size:])


@cache
def _stretches(size: int) -> _Stretches:
    return _Stretches(size)


@cache
def _finders(size: int) -> Rows:
    rows = [0] * size
    for number, bits in enumerate(_FINDER):
        rows[number] |= bits << size - 7 | bits
        rows[size - 7 + number] |= bits << size - 7
    return np.array(rows, dtype=np.uint64)
