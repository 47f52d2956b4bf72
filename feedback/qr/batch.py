"""成批: the squares of a whole run at once, bit for bit those that `qrcode` would make one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from feedback.qr import affine, masks, square
from feedback.qr.addresses import DOOR_PATH, segments
from feedback.qr.affine import Characters, Plan, Rows, Shape
from feedback.qr.square import Level, Matrix, Segment

VERSIONS: Final = range(1, 7)
"""Made in batches; squares of any other version come from `qrcode`."""
_CHUNK: Final = 512
"""Squares at a time: what they need meanwhile stays within a processor's second cache."""


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

    chosen = {length: square.chosen(parts("0" * length)) for length in {len(token) for token in tokens} or {0}}
    if len(set(chosen.values())) > 1:
        raise ValueError("tokens of such different lengths need squares of more than one version or level")
    version, level = next(iter(chosen.values()))
    return drawn([parts(token) for token in tokens], version, level)


def drawn(payloads: Sequence[tuple[Segment, ...]], version: int, level: Level) -> Matrices:
    """The squares of payloads, at a version in which they fit."""
    shapes: set[Shape] = {tuple((part.mode, len(part.text)) for part in payload) for payload in payloads}
    if version in VERSIONS and len(shapes) == 1:
        (shape,) = shapes
        text = b"".join(part.text for payload in payloads for part in payload)
        characters = np.frombuffer(text, np.uint8).reshape(len(payloads), -1)
        if affine.is_writable(shape, characters):
            return _drawn(shape, characters, version, level)
    return _one_by_one(payloads, version, level)


def _drawn(shape: Shape, characters: Characters, version: int, level: Level) -> Matrices:
    plan = Plan(shape, characters[0], (characters != characters[0]).any(axis=0), version, level)
    size, scored = 17 + 4 * version, affine.masks(version, level, scored=True)
    final = affine.masks(version, level, scored=False)
    rows, chosen = np.empty((len(characters), size), np.uint64), np.empty(len(characters), np.uint8)
    both = np.concatenate([scored, columns(scored)], axis=1)
    for start in range(0, len(characters), _CHUNK):
        here = slice(start, start + _CHUNK)
        found = plan.rows(characters[here])
        lines = np.concatenate([found.T, columns(found).T])
        chosen[here] = masks.best(lines, both)
        rows[here] = found ^ final[chosen[here]]
    return Matrices(version, level, chosen, rows)


def columns(rows: Rows) -> Rows:
    size = rows.shape[1]
    found = np.zeros_like(rows)
    for column in range(size):
        for row in range(size):
            bit = rows[:, row] >> np.uint64(size - 1 - column) & np.uint64(1)
            found[:, column] |= bit << np.uint64(size - 1 - row)
    return found


def _one_by_one(payloads: Sequence[tuple[Segment, ...]], version: int, level: Level) -> Matrices:
    found = [square.best(payload, version, level) for payload in payloads]
    size = 17 + 4 * version
    rows = np.array([one.rows for one in found], np.uint64 if size <= 64 else object).reshape(len(found), size)
    return Matrices(version, level, np.array([one.mask for one in found], np.uint8), rows)
