"""写法: the ways to write a door's address as a square, ours and the obvious others, all in the same millimetres."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from qrcode import constants, util
from qrcode.main import QRCode

from feedback import qr


@dataclass(frozen=True)
class Coding:
    """One way to write a door's address."""

    name: str
    address: Callable[[str, str], str]
    matrix: Callable[[str, str], qr.Matrix]
    logo: bool = False


def _upper(base_url: str, token: str) -> tuple[util.QRData, ...]:
    first, rest = qr.segments(base_url, token)
    return util.QRData(first, mode=4), util.QRData(rest, mode=2)


def _lower(base_url: str, token: str) -> tuple[util.QRData, ...]:
    return (util.QRData(qr.address(base_url, token).lower().encode(), mode=4),)


def _at(level: int, data: Callable[[str, str], tuple[util.QRData, ...]] = _upper) -> Callable[[str, str], qr.Matrix]:
    """The smallest version at a level, by `qrcode`."""

    def made(base_url: str, token: str) -> qr.Matrix:
        code: QRCode[Any] = QRCode(error_correction=level, border=0)
        for segment in data(base_url, token):
            code.add_data(segment)
        code.make()
        return _as_matrix([[bool(dark) for dark in row] for row in code.modules])

    return made


def _libqrencode(base_url: str, token: str) -> qr.Matrix:
    """The same address at the same version and level; how it is cut into segments is the library's choice."""
    ours = qr.matrix(base_url, token)
    level = list(qr.Level).index(ours.level)
    made = library().QRcode_encodeString(qr.address(base_url, token).encode(), ours.version, level, 2, 1).contents
    if made.version != ours.version:
        raise ValueError(f"libqrencode needs version {made.version}")
    modules = [made.data[place] & 1 == 1 for place in range(made.width ** 2)]
    return _as_matrix([modules[first:first + made.width] for first in range(0, len(modules), made.width)])


class _QRcode(ctypes.Structure):
    _fields_ = [("version", ctypes.c_int), ("width", ctypes.c_int), ("data", ctypes.POINTER(ctypes.c_ubyte))]


@cache
def library() -> ctypes.CDLL:
    found = ctypes.CDLL("libqrencode.so.4")
    found.QRcode_encodeString.restype = ctypes.POINTER(_QRcode)
    return found


def _as_matrix(modules: Sequence[Sequence[bool]]) -> qr.Matrix:
    rows = tuple(int("".join("1" if dark else "0" for dark in row), 2) for row in modules)
    return qr.Matrix(version=(len(rows) - 17) // 4, level=qr.Level.Q, mask=0, rows=rows)


def _same(base_url: str, token: str) -> str:
    return qr.address(base_url, token)


CODINGS = (
    Coding("ours", _same, qr.matrix),
    Coding("libqrencode", _same, _libqrencode),
    Coding("L", _same, _at(constants.ERROR_CORRECT_L)),
    Coding("M", _same, _at(constants.ERROR_CORRECT_M)),
    Coding("H", _same, _at(constants.ERROR_CORRECT_H)),
    Coding("lower case", lambda *door: _same(*door).lower(), _at(constants.ERROR_CORRECT_Q, _lower)),
    Coding("logo", _same, qr.matrix, logo=True),
)
