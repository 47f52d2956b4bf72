"""字形表: puts glyphs together into a CFF font whose glyphs are called by their place (Adobe Technical Note 5176).

It holds outlines and widths and nothing else: no subroutines, no hints, no names.
"""

import struct
from collections.abc import Sequence

_ROS, _MATRIX, _COUNT, _FONTS, _CHOICE = b"\x0c\x1e", b"\x0c\x07", b"\x0c\x22", b"\x0c\x24", b"\x0c\x25"
_BOUNDS, _CHARSET, _OUTLINES, _PRIVATE, _DEFAULT, _NOMINAL = b"\x05", b"\x0f", b"\x11", b"\x12", b"\x14", b"\x15"
_NIBBLES = {".": 0xa, "-": 0xe}
_HEAD = b"\x01\x00\x04\x04"
_FIRST_STRING = 391
"""Numbers below it are of strings that every reader knows."""


def table(
    name: str, outlines: Sequence[bytes], *, units: int, bounds: tuple[float, float, float, float],
) -> bytes:
    """A font of these glyphs, each beginning with its own width; the first is the one for what is missing."""
    front = _index([name.encode("ascii")])
    behind = _index([b"Adobe", b"Identity"]) + _index([])
    private = _whole(0) + _DEFAULT + _whole(0) + _NOMINAL
    charset = b"\x02" + struct.pack(">HH", 1, len(outlines) - 2) if len(outlines) > 1 else b"\x00"
    parts = [charset, bytes(1 + len(outlines)), _index(outlines), private]
    start = sum(map(len, [_HEAD, front, _index([_top([0] * 4, len(outlines), units, bounds)]), behind]))
    *places, end = [start + sum(map(len, parts[:number])) for number in range(len(parts) + 1)]
    top = _top([*places[:3], end], len(outlines), units, bounds)
    font = _whole(len(private)) + _whole(places[3]) + _PRIVATE
    return b"".join([_HEAD, front, _index([top]), behind, *parts, _index([font])])


def _top(places: Sequence[int], count: int, units: int, bounds: tuple[float, float, float, float]) -> bytes:
    """The font's own facts; of one length whatever the places are."""
    charset, choice, glyphs, array = map(_whole, places)
    matrix = b"".join(_real(value) for value in (1 / units, 0, 0, 1 / units, 0, 0)) + _MATRIX if units != 1000 else b""
    return b"".join([
        _whole(_FIRST_STRING), _whole(_FIRST_STRING + 1), _whole(0), _ROS, matrix,
        *(_whole(round(edge)) for edge in bounds), _BOUNDS, _whole(count), _COUNT,
        charset, _CHARSET, glyphs, _OUTLINES, array, _FONTS, choice, _CHOICE,
    ])


def _index(items: Sequence[bytes]) -> bytes:
    if not items:
        return b"\x00\x00"
    ends, end = [1], 1
    for each in items:
        end += len(each)
        ends.append(end)
    return struct.pack(">HB", len(items), 4) + struct.pack(f">{len(ends)}I", *ends) + b"".join(items)


def _whole(value: int) -> bytes:
    return b"\x1d" + struct.pack(">i", value)


def _real(value: float) -> bytes:
    nibbles = [_NIBBLES.get(each, ord(each) - ord("0")) for each in f"{value:.10f}".rstrip("0")] + [0xf]
    nibbles += [0xf] * (len(nibbles) % 2)
    return b"\x1e" + bytes(high << 4 | low for high, low in zip(nibbles[::2], nibbles[1::2], strict=True))
