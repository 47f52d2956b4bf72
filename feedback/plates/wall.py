"""墙上的门牌: the plate that hangs beside a door, 85 × 120 mm, read from two steps away."""

from feedback import tokens
from feedback.fonts import Style
from feedback.plates.inscription import CALL, OPEN, TITLE, TYPE, Plate
from feedback.plates.setting import Room, Setter
from feedback.plates.shapes import Box, Colour, Shape, Square

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


def draw(plate: Plate, setter: Setter) -> list[Shape]:
    """Head, code, title and the three ways in, from the upper left corner."""
    inner = _RADIUS - _EDGE
    return [
        Box(0, 0, WIDTH, HEIGHT, Colour.DAI, (_RADIUS, _RADIUS, _RADIUS, _RADIUS)),
        Box(_EDGE, _HEAD, WIDTH - 2 * _EDGE, HEIGHT - _HEAD - _EDGE, Colour.WHITE, (0, 0, inner, inner)),
        *_head(plate, setter),
        Square(CODE_X, CODE_Y, CODE, plate.matrix),
        setter.line(TITLE, Style.SONG, 8.4, Room(_LEFT, 90.4, 30, 9)),
        setter.line(plate.purpose, Style.HEI_BOLD, 5.1, Room(_LEFT + 30, 90.7, _ROOM - 30, 6), from_right=True),
        Box(_LEFT, 96.2, _ROOM, _RULE, Colour.BLACK),
        *_ways_in(plate, setter),
    ]


def _head(plate: Plate, setter: Setter) -> list[Shape]:
    """Village on the left and door on the right; where both would become small, one above the other."""
    natural = setter.width(plate.village, Style.SONG) * _VILLAGE + setter.width(plate.door, Style.SONG) * _DOOR
    share = min(1.0, (_ROOM - 6) / natural)
    if share >= _SMALLEST_SHARE:
        room = Room(_LEFT, _HEAD / 2 + 0.2, _ROOM, _HEAD - 4)
        return [
            setter.line(plate.village, Style.SONG, _VILLAGE * share, room, colour=Colour.WHITE),
            setter.line(plate.door, Style.SONG, _DOOR * share, room, colour=Colour.WHITE, from_right=True),
        ]
    above, below = Room(_LEFT, 4.2, _ROOM, 5), Room(_LEFT, 12.4, _ROOM, 10.6)
    return [
        setter.line(plate.village, Style.SONG, 5.0, above, colour=Colour.WHITE),
        *setter.block(plate.door, Style.SONG, _VILLAGE, below, colour=Colour.WHITE),
    ]


def _ways_in(plate: Plate, setter: Setter) -> list[Shape]:
    """Telephone, address and code, for whoever has no camera."""
    rows = [(OPEN, plate.host), (TYPE, tokens.grouped(plate.token))]
    if plate.hotline:
        rows.insert(0, (CALL, plate.hotline))
    shapes: list[Shape] = []
    first = 107.2 - 2.8 * (len(rows) - 1)
    for number, (label, value) in enumerate(rows):
        middle = first + 5.6 * number
        shapes += [
            setter.line(label, Style.HEI, 4.0, Room(_LEFT, middle, 20.5, 5)),
            setter.line(value, Style.HEI_BOLD, 5.0, Room(_LEFT + 22, middle, _ROOM - 22, 6), from_right=True),
        ]
    return shapes
