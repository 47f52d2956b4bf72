"""绘图指令: shapes as operators of a PDF content stream (ISO 32000-1, 8.5 and 9.4), in millimetres, y pointing down."""

from functools import lru_cache

from feedback.fonts import Tray
from feedback.plates.shapes import BLACK, WHITE, Box, Colour, Shape, Square, Words
from feedback.sheets import squares

_CIRCLE = 0.5522847498
"""Where a cubic curve's control points lie so that it comes nearest to a quarter circle of radius 1."""


def drawn(shape: Shape, tray: Tray, path: str = "") -> str:
    """One shape; the path of a square that was made before may be given."""
    match shape:
        case Box():
            return f"{_fill(shape.colour)} {_outline(shape)} f\n"
        case Words():
            return _words(shape, tray)
        case Square():
            return _square(shape, path or next(squares.paths([shape.matrix])))


def numbers(*values: float) -> str:
    return " ".join(map(number, values))


@lru_cache(maxsize=1 << 14)
def number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _outline(box: Box) -> str:
    if not any(box.radii):
        return numbers(box.x, box.y, box.width, box.height) + " re"
    upper_left, upper_right, lower_right, lower_left = box.radii
    left, top, right, low = box.x, box.y, box.x + box.width, box.y + box.height
    return " ".join([
        numbers(left + upper_left, top) + " m",
        numbers(right - upper_right, top) + " l", _corner(upper_right, right - upper_right, top, 1, 0, 0, 1),
        numbers(right, low - lower_right) + " l", _corner(lower_right, right, low - lower_right, 0, 1, -1, 0),
        numbers(left + lower_left, low) + " l", _corner(lower_left, left + lower_left, low, -1, 0, 0, -1),
        numbers(left, top + upper_left) + " l", _corner(upper_left, left, top + upper_left, 0, -1, 1, 0),
        "h",
    ])


def _corner(radius: float, x: float, y: float, out_x: int, out_y: int, in_x: int, in_y: int) -> str:
    """A quarter circle from (x, y) that leaves along (out) and arrives along (in)."""
    if not radius:
        return ""
    end_x, end_y = x + radius * (out_x + in_x), y + radius * (out_y + in_y)
    reach = radius * _CIRCLE
    return numbers(
        x + reach * out_x, y + reach * out_y, end_x - reach * in_x, end_y - reach * in_y, end_x, end_y,
    ) + " c"


def _words(words: Words, tray: Tray) -> str:
    size = number(words.size)
    shown = " ".join(f"/F{font} {size} Tf <{codes}> Tj" for font, codes in tray.runs(words.text, words.style))
    return f"{_fill(words.colour)} BT 1 0 0 -1 {number(words.x)} {number(words.y)} Tm {shown} ET\n"


def _square(square: Square, path: str) -> str:
    """All dark modules as one path, on module coordinates; the paper is the quiet zone."""
    module = f"{square.module:.6f}"
    place = numbers(square.x + square.margin, square.y + square.margin)
    return f"q {module} 0 0 {module} {place} cm {_fill(BLACK)}\n{path}f Q\n"


def _fill(colour: Colour) -> str:
    """Black and white as grey, so that a press uses one ink for them."""
    if colour == BLACK:
        return "0 g"
    return "1 g" if colour == WHITE else f"{numbers(*colour.parts)} rg"
