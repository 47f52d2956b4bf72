"""矢量图: a page as SVG. Words are outlines, so that it looks the same where no Chinese font is."""

from feedback.fonts import Typefaces
from feedback.plates.shapes import BLACK, WHITE, Box, Page, Shape, Square, Words
from feedback.qr import QUIET_ZONE


def write(page: Page, typefaces: Typefaces) -> bytes:
    """The page, in millimetres, on white paper."""
    width, height = _number(page.width), _number(page.height)
    drawn = "\n".join(_drawn(shape, typefaces) for shape in page.shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}">\n<title>{_escaped(page.title)}</title>\n'
        f'<rect width="{width}" height="{height}" fill="{WHITE}"/>\n{drawn}\n</svg>\n'
    ).encode()


def _drawn(shape: Shape, typefaces: Typefaces) -> str:
    match shape:
        case Box():
            return f'<path d="{_outline(shape)}" fill="{shape.colour}"/>'
        case Words():
            return _words(shape, typefaces)
        case Square():
            return _square(shape)


def _outline(box: Box) -> str:
    """Clockwise from the upper left corner's end; round corners are quarter circles."""
    upper_left, upper_right, lower_right, lower_left = box.radii
    right, low = box.x + box.width, box.y + box.height
    parts = [
        f"M{_number(box.x + upper_left)} {_number(box.y)}H{_number(right - upper_right)}",
        _corner(upper_right, right, box.y + upper_right), f"V{_number(low - lower_right)}",
        _corner(lower_right, right - lower_right, low), f"H{_number(box.x + lower_left)}",
        _corner(lower_left, box.x, low - lower_left), f"V{_number(box.y + upper_left)}",
        _corner(upper_left, box.x + upper_left, box.y),
    ]
    return "".join(parts) + "Z"


def _corner(radius: float, x: float, y: float) -> str:
    return f"A{_number(radius)} {_number(radius)} 0 0 1 {_number(x)} {_number(y)}" if radius else ""


def _words(words: Words, typefaces: Typefaces) -> str:
    x, paths = words.x, []
    for face, stretch in typefaces.runs(words.text, words.style):
        paths.append(face.outline(stretch, x=x, y=words.y, size=words.size))
        x += sum(map(face.advance, stretch)) * words.size
    return f'<path d="{"".join(paths)}" fill="{words.colour}"><title>{_escaped(words.text)}</title></path>'


def _square(square: Square) -> str:
    """Dark modules only, on module coordinates; the paper is the quiet zone."""
    runs = "".join(
        f"M{column + QUIET_ZONE} {row + QUIET_ZONE}h{length}v1h-{length}z"
        for row, column, length in square.matrix.runs()
    )
    place = f"translate({_number(square.x)} {_number(square.y)}) scale({square.module:.6f})"
    return f'<path transform="{place}" d="{runs}" fill="{BLACK}" shape-rendering="crispEdges"/>'


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
