"""门牌: what one plate looks like: a green field with village and door, the code, and three other ways in.

Four forms: the wall plate, two strips for A4 sheets, and a label for a thermal printer. Nothing is printed
over or inside the code's quiet zone, no line is thinner than 0.6 mm, and no word is cut off: long names shrink
or break.
"""

from enum import StrEnum
from typing import NamedTuple

from feedback.plates import roll, strip, wall
from feedback.plates.inscription import PURPOSE, TITLE, Inscription, Plate, host, village_name
from feedback.plates.setting import Setter
from feedback.plates.shapes import DAI, Shape

__all__ = [
    "CODE_AT", "CODE_SIZE", "DAI", "EDITION", "EXTENT", "PURPOSE", "TITLE", "Extent", "Form", "Inscription", "Plate",
    "draw",
    "ground", "host", "own", "village_name",
]

EDITION = 2
"""Goes up when a plate is drawn differently, so that sheets printed before are printed again."""


class Form(StrEnum):
    """The shapes a plate comes in."""

    WALL = "wall"
    CARD = "card"
    LABEL = "label"
    ROLL = "roll"


class Extent(NamedTuple):
    """Width and height in millimetres."""

    width: float
    height: float


_STRIPS = {Form.CARD: strip.CARD, Form.LABEL: strip.LABEL}

EXTENT = {
    Form.WALL: Extent(wall.WIDTH, wall.HEIGHT),
    Form.ROLL: Extent(roll.WIDTH, roll.HEIGHT),
    **{form: Extent(strip.width, strip.height) for form, strip in _STRIPS.items()},
}
CODE_SIZE = {Form.WALL: wall.CODE, Form.ROLL: roll.CODE, **{form: strip.code for form, strip in _STRIPS.items()}}
"""Side of the code, quiet zone included (mm); never less than 30."""

CODE_AT = {
    Form.WALL: (wall.CODE_X, wall.CODE_Y), Form.ROLL: (roll.CODE_X, roll.CODE_Y),
    **{form: strip.code_at for form, strip in _STRIPS.items()},
}
"""Upper left corner of the code's quiet zone on the plate (mm)."""


def draw(plate: Plate, form: Form, setter: Setter) -> list[Shape]:
    """A plate's shapes, from its own upper left corner."""
    return [*ground(plate, form, setter), *own(plate, form, setter)]


def ground(words: Inscription, form: Form, setter: Setter) -> list[Shape]:
    """What plates with these words have in common whatever their door and token; it lies under all else."""
    if form is Form.WALL:
        return wall.ground(words, setter)
    if form is Form.ROLL:
        return roll.ground(words, setter)
    return strip.ground(words, _STRIPS[form], setter)


def own(plate: Plate, form: Form, setter: Setter) -> list[Shape]:
    """What is one plate's alone: its door, its token, its code."""
    if form is Form.WALL:
        return wall.own(plate, setter)
    if form is Form.ROLL:
        return roll.own(plate, setter)
    return strip.own(plate, _STRIPS[form], setter)
