"""成批: the squares of a whole run at once, bit for bit those that `qrcode` would make one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from feedback.qr import affine, square
from feedback.qr.addresses import DOOR_PATH, segments
from feedback.qr.affine import Characters, Plan, Rows, Shape
from feedback.qr.masks import AT_ONCE, Scores, Words
from feedback.qr.square import Level, Matrix, Segment

VERSIONS: Final = range(1, 7)
"""Made in batches; squares of any other version come from `qrcode`."""
_PORTION: Final = 12 * AT_ONCE
"""Squares put together at a time: what they need meanwhile is a few megabytes."""


@dataclass(frozen=True)
class Matrices:
    """Squares of one version and level.

    `rows` is (squares, size), the highest of `size` bits the leftmost module; of Python's own numbers from version 12
    on, where a row is longer than 64 modules.
    """

    version: int
    level: Level
    masks: NDArray[np.uint8]
    rows: Rows

    @property
    def size(self) -> int:
        """Modules along one side."""
        return 17 + 4 * self.version

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, number: int) -> Matrix:
        return Matrix(self.version, self.level, int(self.masks[number]), tuple(self.rows[number].tolist()))

    def __iter__(self) -> Iterator[Matrix]:
        return map(self.__getitem__, range(len(self)))


def matrices(
    base_url: str, tokens: Sequence[str], *, lower_host: bool = False, path: str = DOOR_PATH
) -> Matrices:
    """The squares of these tokens' addresses: of each the same as `matrix` gives.

    ValueError where tokens are of so different lengths that one version and level don't hold for all of them.
    """
    def parts(token: str) -> tuple[Segment, ...]:
        return square.written(segments(base_url, token, lower_host=lower_host, path=path))

    lengths = {len(token) for token in tokens} or {0}
    chosen = {square.chosen(parts("0" * length)) for length in lengths}
    if len(chosen) > 1:
        raise ValueError("tokens of such different lengths need squares of more than one version or level")
    ((version, level),) = chosen
    together = "".join(tokens)
    if len(lengths) > 1 or not together.isascii():
        return drawn([parts(token) for token in tokens], version, level)
    return _alike(parts(""), together.upper().encode(), len(tokens), version, level)


def _alike(before: tuple[Segment, ...], after: bytes, count: int, version: int, level: Level) -> Matrices:
    """Payloads that begin alike; `after` is the rest of each, all in one, and belongs to the last segment."""
    start = b"".join(part.text for part in before)
    length = len(after) // max(count, 1)
    characters = np.empty((count, len(start) + length), np.uint8)
    characters[:, :len(start)] = np.frombuffer(start, np.uint8)
    characters[:, len(start):] = np.frombuffer(after, np.uint8).reshape(count, length)
    shape = [(part.mode, len(part.text)) for part in before]
    shape[-1] = (before[-1].mode, len(before[-1].text) + length)
    return made(tuple(shape), characters, version, level)


def drawn(payloads: Sequence[tuple[Segment, ...]], version: int, level: Level) -> Matrices:
    """The squares of payloads, at a version in which they fit."""
    shapes: set[Shape] = {tuple((part.mode, len(part.text)) for part in payload) for payload in payloads}
    if len(shapes) != 1:
        return _one_by_one(payloads, version, level)
    text = b"".join(part.text for payload in payloads for part in payload)
    return made(shapes.pop(), np.frombuffer(text, np.uint8).reshape(len(payloads), -1), version, level)


def made(shape: Shape, characters: Characters, version: int, level: Level) -> Matrices:
    """The squares of payloads of one shape, one a line of `characters`."""
    if len(characters) and version in VERSIONS and affine.is_writable(shape, characters):
        return _drawn(shape, characters, version, level)
    return _one_by_one([affine.segments(shape, one) for one in characters], version, level)


def _drawn(shape: Shape, characters: Characters, version: int, level: Level) -> Matrices:
    count, size = len(characters), 17 + 4 * version
    plan = Plan(shape, characters, version, level, _PORTION)
    scores = Scores(affine.masks(version, level, scored=True))
    final = affine.masks(version, level, scored=False)
    rows, chosen = np.empty((count, size), np.uint64), np.empty(count, np.uint8)
    for start in range(0, count, _PORTION):
        here = slice(start, start + _PORTION)
        squares = plan.squares(characters[here])
        best = _best(scores, squares[:, size:])
        np.bitwise_xor(squares[:, :size], final.take(best, axis=0), out=rows[here])
        chosen[here] = best
    return Matrices(version, level, chosen, rows)


def _best(scores: Scores, words: Words) -> NDArray[np.uint8]:
    found = np.empty(len(words), np.uint8)
    for start in range(0, len(words), AT_ONCE):
        some = words[start:start + AT_ONCE]
        turned = np.zeros((words.shape[1], AT_ONCE), np.uint64)
        turned[:, :len(some)] = some.T
        found[start:start + AT_ONCE] = scores.best(turned)[:len(some)]
    return found


def _one_by_one(payloads: Sequence[tuple[Segment, ...]], version: int, level: Level) -> Matrices:
    found = [square.best(payload, version, level) for payload in payloads]
    size = 17 + 4 * version
    rows = np.array([one.rows for one in found], np.uint64 if size <= 64 else object).reshape(len(found), size)
    return Matrices(version, level, np.array([one.mask for one in found], np.uint8), rows)
