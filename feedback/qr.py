"""二维码: the address a plate or a notice carries, and the square of dark and light modules that says it.

BASE_URL's scheme is a byte segment, host, port, path and token one alphanumeric segment in upper case: that
keeps version 3 at level Q for hosts of up to 18 characters. Version: the smallest that fits Q; then H where
H fits in the same version. Mask: the one with the fewest penalty points (ISO/IEC 18004:2024, 7.8.3).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from qrcode import constants, util
from qrcode.main import QRCode

QUIET_ZONE = 4
"""Light modules on each side of the square; nothing may be printed in them."""

DOOR_PATH = "/D/"
BOARD_PATH = "/V/"
"""Where everybody reads a village's board."""

_ALPHANUMERIC: Final = 2
_BYTES: Final = 4


class Level(StrEnum):
    """Error correction: how much of the square may be lost."""

    Q = "Q"
    H = "H"


_CORRECTION = {Level.Q: constants.ERROR_CORRECT_Q, Level.H: constants.ERROR_CORRECT_H}


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


def address(base_url: str, token: str, *, lower_host: bool = False, path: str = DOOR_PATH) -> str:
    """The address exactly as the code says it."""
    return b"".join(segments(base_url, token, lower_host=lower_host, path=path)).decode("ascii")


def segments(
    base_url: str, token: str, *, lower_host: bool = False, path: str = DOOR_PATH
) -> tuple[bytes, bytes]:
    """The address in two: what is written as bytes, and what as alphanumeric characters.

    The host joins the bytes where it is wanted in lower case, or holds a character (IPv6's brackets) that
    the alphanumeric set lacks.
    """
    parts = urlsplit(base_url)
    scheme, host = f"{parts.scheme}://".encode("ascii"), parts.netloc.encode("idna")
    where = f"{path}{token}".upper().encode("ascii")
    wanted = host.lower() if lower_host else host.upper()
    if set(wanted) <= set(util.ALPHA_NUM):
        return scheme, wanted + where
    return scheme + wanted, where


def matrix(base_url: str, token: str, *, lower_host: bool = False, path: str = DOOR_PATH) -> Matrix:
    """The modules of a token's address, or of another page's that is named like one below its own path."""
    scheme, rest = segments(base_url, token, lower_host=lower_host, path=path)
    data = (util.QRData(scheme, mode=_BYTES), util.QRData(rest, mode=_ALPHANUMERIC))
    version = _smallest(data, Level.Q)
    level = Level.H if _smallest(data, Level.H) == version else Level.Q
    code = _filled(data, level, version)
    mask = code.best_mask_pattern()
    code.makeImpl(False, mask)
    rows = tuple(int("".join("1" if dark else "0" for dark in row), 2) for row in code.modules)
    return Matrix(version=version, level=level, mask=mask, rows=rows)


def _filled(data: tuple[util.QRData, ...], level: Level, version: int | None = None) -> QRCode[Any]:
    code: QRCode[Any] = QRCode(version=version, error_correction=_CORRECTION[level])
    for segment in data:
        code.add_data(segment)
    return code


def _smallest(data: tuple[util.QRData, ...], level: Level) -> int:
    return int(_filled(data, level).best_fit())
