"""门牌: what one plate looks like: a green field with village and door, the code, and three other ways in.

Three forms: the wall plate, and two strips for A4 sheets. Nothing is printed over or inside the code's
quiet zone, no line is thinner than 0.6 mm, and no word is cut off: long names shrink or break.
"""

from enum import StrEnum
from typing import NamedTuple

from feedback.plates import strip, wall
from feedback.plates.inscription import Plate, check, host, village_name
from feedback.plates.setting import Setter
from feedback.plates.shapes import Shape

__all__ = ["CODE_SIZE", "EXTENT", "Extent", "Form", "Plate", "check", "draw", "host", "village_name"]


class Form(StrEnum):
    """The shapes a plate comes in."""

    WALL = "wall"
    CARD = "card"
    LABEL = "label"


class Extent(NamedTuple):
    """Width and height in millimetres."""

    width: float
    height: float


_STRIPS = {Form.CARD: strip.CARD, Form.LABEL: strip.LABEL}

EXTENT = {
    Form.WALL: Extent(wall.WIDTH, wall.HEIGHT),
    **{form: Extent(strip.width, strip.height) for form, strip in _STRIPS.items()},
}
CODE_SIZE = {Form.WALL: wall.CODE, **{form: strip.code for form, strip in _STRIPS.items()}}
"""Side of the code, quiet zone included (mm); never less than 30."""


def draw(plate: Plate, form: Form, setter: Setter) -> list[Shape]:
    """A plate's shapes, from its own upper left corner."""
    if form is Form.WALL:
        return wall.draw(plate, setter)
    return strip.draw(plate, _STRIPS[form], setter)
