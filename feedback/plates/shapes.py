"""图形: what a printed page consists of, in millimetres from its upper left corner.

Boxes, words and QR squares, nothing else: each way out (PDF, SVG) draws these three.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

from feedback.fonts import Style
from feedback.qr import QUIET_ZONE, Matrix


class Colour(str):
    """A colour as “#RRGGBB”."""

    __slots__ = ()

    @property
    def parts(self) -> tuple[float, float, float]:
        """Red, green and blue from 0 to 1."""
        red, green, blue = (int(self[start:start + 2], 16) / 255 for start in (1, 3, 5))
        return red, green, blue

    @property
    def contrast(self) -> float:
        """Of white on it, from 1 to 21 (WCAG 2.2, relative luminance)."""
        red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in self.parts)
        return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


DAI, BLACK, WHITE = Colour("#14514B"), Colour("#000000"), Colour("#FFFFFF")
"""The green of the field, unless a township chose another; ink, and paper."""


@dataclass(frozen=True)
class Box:
    """A filled rectangle; its corners may be round, beginning at the upper left, clockwise."""

    x: float
    y: float
    width: float
    height: float
    colour: Colour
    radii: tuple[float, float, float, float] = (0, 0, 0, 0)


@dataclass(frozen=True)
class Words:
    """One line of text whose baseline begins at (x, y)."""

    x: float
    y: float
    text: str
    style: Style
    size: float
    colour: Colour = BLACK


@dataclass(frozen=True)
class Square:
    """A QR code with its quiet zone; `size` is the whole of it."""

    x: float
    y: float
    size: float
    matrix: Matrix

    @property
    def module(self) -> float:
        """Side of one module."""
        return self.size / (self.matrix.size + 2 * QUIET_ZONE)

    @property
    def margin(self) -> float:
        """Width of the quiet zone."""
        return QUIET_ZONE * self.module


Shape: TypeAlias = Box | Words | Square


@dataclass(frozen=True)
class Page:
    """One page; `trim` is what is left of it after cutting (x, y, width, height), `title` what it shows."""

    width: float
    height: float
    trim: tuple[float, float, float, float]
    title: str
    shapes: tuple[Shape, ...]


def moved(shapes: list[Shape], x: float, y: float) -> list[Shape]:
    """The same shapes, farther right and down."""
    return [replace(shape, x=shape.x + x, y=shape.y + y) for shape in shapes]
