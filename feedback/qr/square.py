"""方阵: one square of dark and light modules, by the library `qrcode`.

Version: the smallest that fits Q; then H where H fits in the same version. Mask: the one with the fewest penalty
points, as `qrcode` counts them. ISO/IEC 18004 (7.8.3) has the complete symbol evaluated; `qrcode` counts while the
format information, and the dark module beside it, are still light, and takes no light area outside the square for
part of a finder-like pattern. So its mask is not always the standard's; a reader finds the same words under any.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, Final, NamedTuple

from qrcode import constants, util
from qrcode.main import QRCode

from feedback.qr.addresses import DOOR_PATH, segments

QUIET_ZONE: Final = 4
"""Light modules on each side of the square; nothing may be printed in them."""


class Level(StrEnum):
    """Error correction: how much of the square may be lost. Ours are Q and H."""

    L = "L"
    M = "M"
    Q = "Q"
    H = "H"


class Mode(IntEnum):
    """How a segment's characters become bits; the value is the mode indicator of ISO/IEC 18004, table 2."""

    ALPHANUMERIC = 2
    BYTES = 4


class Segment(NamedTuple):
    mode: Mode
    text: bytes


CORRECTION: Final = {
    Level.L: constants.ERROR_CORRECT_L,
    Level.M: constants.ERROR_CORRECT_M,
    Level.Q: constants.ERROR_CORRECT_Q,
    Level.H: constants.ERROR_CORRECT_H,
}


@dataclass(frozen=True)
class Matrix:
    """A QR code without its quiet zone; each row is a number whose highest bit is the leftmost module."""

    version: int
    level: Level
    mask: int
    rows: tuple[int, ...]

    @property
    def size(self) -> int:
        """Modules along one side."""
        return len(self.rows)

    def is_dark(self, row: int, column: int) -> bool:
        return bool(self.rows[row] >> (self.size - 1 - column) & 1)

    def runs(self) -> Iterator[tuple[int, int, int]]:
        """(row, first column, length) of each unbroken stretch of dark modules."""
        for number, row in enumerate(self.rows):
            column = 0
            for stretch in f"{row:0{self.size}b}".split("0"):
                if stretch:
                    yield number, column, len(stretch)
                column += len(stretch) + 1


def matrix(base_url: str, token: str, *, lower_host: bool = False, path: str = DOOR_PATH) -> Matrix:
    """The modules of a token's address, or of another page's that is named like one below its own path."""
    parts = written(segments(base_url, token, lower_host=lower_host, path=path))
    return best(parts, *chosen(parts))


def written(address: tuple[bytes, bytes]) -> tuple[Segment, Segment]:
    scheme, rest = address
    return Segment(Mode.BYTES, scheme), Segment(Mode.ALPHANUMERIC, rest)


def chosen(parts: Iterable[Segment]) -> tuple[int, Level]:
    """The smallest version that fits Q, and the highest level that is free in it."""
    parts = tuple(parts)
    version = int(_filled(parts, Level.Q).best_fit())
    return version, Level.H if int(_filled(parts, Level.H).best_fit()) == version else Level.Q


def best(parts: Iterable[Segment], version: int, level: Level) -> Matrix:
    """With the mask that `qrcode` finds the best."""
    code = _filled(parts, level, version)
    mask = code.best_mask_pattern()
    code.makeImpl(False, mask)
    return Matrix(version=version, level=level, mask=mask, rows=_packed(code))


def masked(parts: Iterable[Segment], version: int, level: Level, mask: int, *, scored: bool = False) -> tuple[int, ...]:
    """The rows with this mask; `scored`: as they are while penalty points are counted, without format information."""
    code = _filled(parts, level, version)
    code.makeImpl(scored, mask)
    return _packed(code)


def _packed(code: QRCode[Any]) -> tuple[int, ...]:
    return tuple(int("".join("1" if dark else "0" for dark in row), 2) for row in code.modules)


def _filled(parts: Iterable[Segment], level: Level, version: int | None = None) -> QRCode[Any]:
    code: QRCode[Any] = QRCode(version=version, error_correction=CORRECTION[level])
    for part in parts:
        code.add_data(util.QRData(part.text, mode=part.mode.value))
    return code
