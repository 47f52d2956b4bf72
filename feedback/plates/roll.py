"""卷标: the plate for a label printer's roll, 70 × 50 mm: black alone, so that heat can print it.

At version 3 a module is 1 mm, eight dots of a printer with 203 dots to the inch, so that none is blurred.
"""

from collections.abc import Iterator

from feedback import tokens
from feedback.fonts import Style
from feedback.plates.inscription import CALL_BRIEFLY, OPEN_BRIEFLY, TYPE_BRIEFLY, Inscription, Plate
from feedback.plates.setting import Room, Setter
from feedback.plates.shapes import WHITE, Box, Shape, Square

WIDTH, HEIGHT = 70.0, 50.0
CODE = 37.0
CODE_X, CODE_Y = 1.0, 12.4

_EDGE = 2.0
_LEFT = 39.6
_ROOM = WIDTH - _EDGE - _LEFT
_LABEL, _INDENT = 2.7, 6.6
_TOKEN_AT = 44.4


def ground(words: Inscription, setter: Setter) -> list[Shape]:
    """What is the same on every plate of a village."""
    return [
        Box(0, 0, WIDTH, HEIGHT, WHITE),
        setter.line(words.village, Style.SONG, 3.6, Room(_EDGE, 3.2, WIDTH - 2 * _EDGE, 3.6)),
        setter.line(words.title, Style.SONG, 7.0, Room(_LEFT, 18.6, _ROOM, 7)),
        setter.line(words.purpose, Style.HEI_BOLD, 4.2, Room(_LEFT, 25.4, _ROOM, 4.2)),
        *_ways_in(words, setter),
    ]


def own(plate: Plate, setter: Setter) -> list[Shape]:
    """What is this plate's alone: its door across the top, token and code."""
    return [
        *setter.block(plate.door, Style.SONG, 6.6, Room(_EDGE, 8.6, WIDTH - 2 * _EDGE, 7.0)),
        setter.line(tokens.grouped(plate.token), Style.HEI_BOLD, 3.0, _value(_TOKEN_AT)),
        Square(CODE_X, CODE_Y, CODE, plate.matrix),
    ]


def _ways_in(words: Inscription, setter: Setter) -> Iterator[Shape]:
    rows = [(OPEN_BRIEFLY, words.host, 39.2), (TYPE_BRIEFLY, "", _TOKEN_AT)]
    if words.hotline:
        rows.insert(0, (CALL_BRIEFLY, words.hotline, 34.0))
    for label, value, middle in rows:
        yield setter.line(label, Style.HEI, _LABEL, Room(_LEFT, middle, _INDENT, _LABEL))
        if value:
            yield setter.line(value, Style.HEI_BOLD, 3.0, _value(middle))


def _value(middle: float) -> Room:
    return Room(_LEFT + _INDENT, middle, _ROOM - _INDENT, 3.0)
