"""仿射: at one version and level every module is a sum, without carry, of the payload's bits and a constant.

Error correction is linear over GF(2), a mask only inverts modules, everything else stands still. So a square is
that of any other payload of the same shape, changed by one pattern for each bit in which the two differ. Each
pattern is taken from `qrcode`'s own encoder, once.

A payload is an array of characters; its shape says which segments they make up. A cell is what is written at
once: two alphanumeric characters in 11 bits, a last one alone in 6, a byte in 8.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from qrcode import util

from feedback.qr import square
from feedback.qr.masks import MASKS, Lines
from feedback.qr.square import Level, Mode, Segment

Characters = NDArray[np.uint8]
"""(payloads, characters of each)."""
Rows = NDArray[np.uint64]
"""(payloads, size), or (size,): the rows of squares, the lowest bit the rightmost module."""
Shape = tuple[tuple[Mode, int], ...]
"""Mode and length of each segment."""

_AT_ONCE: Final = 6
"""Bits looked up in one table: the tables of a door's token stay within a processor's second cache."""
_FILLING: Final = b"Z"
"""`qrcode` fails at a block of error correction that holds nothing but zeros."""
_UNKNOWN: Final = 255
_ORDER: Final = np.full(256, _UNKNOWN, np.uint8)
"""The value of each alphanumeric character."""
_ORDER[list(util.ALPHA_NUM)] = np.arange(len(util.ALPHA_NUM))
_BASE: Final = len(util.ALPHA_NUM)


class Cell(NamedTuple):
    """Where it begins, counted in characters of the whole payload, and in bits."""

    mode: Mode
    first: int
    length: int
    bits: int


@lru_cache(maxsize=64)
def cells(shape: Shape) -> tuple[Cell, ...]:
    return tuple(_cells(shape))


def _cells(shape: Shape) -> Iterator[Cell]:
    first = 0
    for mode, length in shape:
        step, bits = (2, 11) if mode is Mode.ALPHANUMERIC else (1, 8)
        for start in range(0, length, step):
            whole = start + step <= length
            yield Cell(mode, first + start, step if whole else 1, bits if whole else 6)
        first += length


def is_writable(shape: Shape, characters: Characters) -> bool:
    """Whether every character of an alphanumeric segment is one."""
    first = 0
    for mode, length in shape:
        if mode is Mode.ALPHANUMERIC and (_ORDER[characters[:, first:first + length]] == _UNKNOWN).any():
            return False
        first += length
    return True


def segments(shape: Shape, characters: Characters) -> tuple[Segment, ...]:
    """One payload, as it is told to the encoder."""
    text, first, found = characters.tobytes(), 0, []
    for mode, length in shape:
        found.append(Segment(mode, text[first:first + length]))
        first += length
    return tuple(found)


class Plan:
    """How the squares of payloads that are like the first, except in some characters, come about."""

    def __init__(self, shape: Shape, payloads: Characters, version: int, level: Level, portion: int) -> None:
        varying = (payloads != payloads[0]).any(axis=0)
        like = np.where(varying, np.uint8(ord(_FILLING)), payloads[0])
        self.constant = _constant(shape, like.tobytes(), version, level)
        self.cells = [
            (cell, _value(cell, like), _tables(shape, number, version, level))
            for number, cell in enumerate(cells(shape))
            if varying[cell.first:cell.first + cell.length].any()
        ]
        self.room = np.empty((2, min(portion, len(payloads)), len(self.constant)), np.uint64)

    def squares(self, characters: Characters) -> Rows:
        """Of a portion the rows, then the words for scoring them; under mask 0 and without format information.

        The next portion takes their place.
        """
        found: Rows = self.room[0, :len(characters)]
        taken = self.room[1, :len(characters)]
        found[:] = self.constant
        for cell, usual, tables in self.cells:
            changed = _value(cell, characters) ^ usual
            for first, table in tables:
                np.take(table, changed >> first & len(table) - 1, axis=0, out=taken, mode="clip")
                found ^= taken
        return found


@lru_cache(maxsize=64)
def _constant(shape: Shape, text: bytes, version: int, level: Level) -> Rows:
    """What the squares of a run have in common: the same for each of its portions, so made once."""
    found = _told(np.array(
        square.masked(segments(shape, np.frombuffer(text, np.uint8)), version, level, 0, scored=True), np.uint64))
    found.flags.writeable = False
    return found


def _told(rows: Rows) -> Rows:
    """The rows, and after them the words for scoring: a sum of squares becomes the sum of both."""
    return np.concatenate([rows, Lines(rows.shape[-1]).words(rows)], axis=-1)


def _value(cell: Cell, characters: Characters) -> NDArray[np.intp]:
    """What is written in the cell, of each payload."""
    own = characters[..., cell.first]
    if cell.mode is Mode.BYTES:
        return own.astype(np.intp)
    if cell.length == 1:
        return _ORDER[own].astype(np.intp)
    return _ORDER[own].astype(np.intp) * _BASE + _ORDER[characters[..., cell.first + 1]]


@lru_cache(maxsize=512)
def _tables(shape: Shape, number: int, version: int, level: Level) -> list[tuple[int, Rows]]:
    """What each value of one cell changes in the rows: (lowest bit, changes by the value of some bits from there)."""
    cell = cells(shape)[number]
    payload = np.frombuffer(_FILLING * sum(length for _mode, length in shape), np.uint8).copy()

    def drawn(value: int) -> Rows:
        _write(cell, payload, value)
        return _told(np.array(square.masked(segments(shape, payload), version, level, 0, scored=True), np.uint64))

    changes = [drawn(0) ^ drawn(1 << bit) for bit in range(cell.bits)]
    return [(first, _sums(changes[first:first + _AT_ONCE])) for first in range(0, cell.bits, _AT_ONCE)]


def _character(mode: Mode, value: int) -> int:
    return util.ALPHA_NUM[value] if mode is Mode.ALPHANUMERIC else value


def _write(cell: Cell, payload: Characters, value: int) -> None:
    if cell.length == 2:
        payload[cell.first] = _character(cell.mode, value // _BASE)
    payload[cell.first + cell.length - 1] = _character(cell.mode, value % _BASE if cell.length == 2 else value)


def _sums(changes: Sequence[Rows]) -> Rows:
    """Every sum of some of the changes, at the number whose bits say which."""
    sums = np.zeros((1, len(changes[0])), np.uint64)
    for change in changes:
        sums = np.concatenate((sums, sums ^ change))
    return sums


@lru_cache(maxsize=64)
def masks(version: int, level: Level, *, scored: bool) -> Rows:
    """(masks, size): what turns rows as `Plan.squares` gives them into those under each mask; unless `scored`, with
    the format information.
    """
    nothing = (Segment(Mode.BYTES, b""),)
    like = np.array(square.masked(nothing, version, level, 0, scored=True), np.uint64)
    under = [square.masked(nothing, version, level, mask, scored=scored) for mask in range(MASKS)]
    found: Rows = np.array(under, np.uint64) ^ like
    found.flags.writeable = False
    return found
