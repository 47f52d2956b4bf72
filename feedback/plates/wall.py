"""墙上的门牌: the plate that hangs beside a door, 85 × 120 mm, read from two steps away."""

from feedback import tokens
from feedback.fonts import Style
from feedback.plates.inscription import CALL, OPEN, TYPE, Inscription, Plate
from feedback.plates.setting import Room, Setter
from feedback.plates.shapes import BLACK, WHITE, Box, Shape, Square, Words

WIDTH, HEIGHT = 85.0, 120.0
CODE = 66.0

_EDGE = 1.6
_RULE = 0.6
_HEAD = 19.0
_LEFT = 7.1
_ROOM = WIDTH - 2 * _LEFT
_RADIUS = 4.4
_VILLAGE, _DOOR = 8.4, 11.5
CODE_X, CODE_Y = (WIDTH - CODE) / 2, _HEAD + 0.5

_SMALLEST_SHARE = 0.8
"""Village and door stay side by side until they would be smaller than this."""


def ground(words: Inscription, setter: Setter) -> list[Shape]:
    """What is the same on every plate of a village, the field under it all first."""
    inner = _RADIUS - _EDGE
    rows = _rows(words)
    return [
        Box(0, 0, WIDTH, HEIGHT, words.field, (_RADIUS, _RADIUS, _RADIUS, _RADIUS)),
        Box(_EDGE, _HEAD, WIDTH - 2 * _EDGE, HEIGHT - _HEAD - _EDGE, WHITE, (0, 0, inner, inner)),
        setter.line(words.title, Style.SONG, 8.4, Room(_LEFT, 90.4, 30, 9)),
        setter.line(words.purpose, Style.HEI_BOLD, 5.1, Room(_LEFT + 30, 90.7, _ROOM - 30, 6), from_right=True),
        Box(_LEFT, 96.2, _ROOM, _RULE, BLACK),
        *(setter.line(label, Style.HEI, 4.0, Room(_LEFT, middle, 20.5, 5)) for label, _, middle in rows),
        *(_value(value, middle, setter) for _, value, middle in rows if value),
    ]


def own(plate: Plate, setter: Setter) -> list[Shape]:
    """What is this plate's alone, over the ground: the head's words, the token and the code."""
    return [
        *_head(plate, setter),
        _value(tokens.grouped(plate.token), _rows(plate)[-1][2], setter),
        Square(CODE_X, CODE_Y, CODE, plate.matrix),
    ]


def _head(plate: Plate, setter: Setter) -> list[Shape]:
    """Village on the left and door on the right; where both would become small, one above the other."""
    natural = setter.width(plate.village, Style.SONG) * _VILLAGE + setter.width(plate.door, Style.SONG) * _DOOR
    share = min(1.0, (_ROOM - 6) / (natural or 1))
    if share >= _SMALLEST_SHARE:
        room = Room(_LEFT, _HEAD / 2 + 0.2, _ROOM, _HEAD - 4)
        return [
            setter.line(plate.village, Style.SONG, _VILLAGE * share, room, colour=WHITE),
            setter.line(plate.door, Style.SONG, _DOOR * share, room, colour=WHITE, from_right=True),
        ]
    above, below = Room(_LEFT, 4.2, _ROOM, 5), Room(_LEFT, 12.4, _ROOM, 10.6)
    return [
        setter.line(plate.village, Style.SONG, 5.0, above, colour=WHITE),
        *setter.block(plate.door, Style.SONG, _VILLAGE, below, colour=WHITE),
    ]


def _rows(words: Inscription) -> list[tuple[str, str, float]]:
    """Telephone, address and code, for whoever has no camera: label, value and middle; the token is the plate's own."""
    rows = [(OPEN, words.host), (TYPE, "")]
    if words.hotline:
        rows.insert(0, (CALL, words.hotline))
    first = 107.2 - 2.8 * (len(rows) - 1)
    return [(label, value, first + 5.6 * number) for number, (label, value) in enumerate(rows)]


def _value(text: str, middle: float, setter: Setter) -> Words:
    return setter.line(text, Style.HEI_BOLD, 5.0, Room(_LEFT + 22, middle, _ROOM - 22, 6), from_right=True)
