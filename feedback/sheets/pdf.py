"""可印文件 PDF: writes pages as PDF 1.7 (ISO 32000-1), words as text in embedded subsets, codes as one path each.

Nothing in it depends on the time or the machine, and its viewer preference asks for printing at 100 %.
"""

import io
import zlib
from collections.abc import Sequence

from feedback.fonts import Face, Subset, Typefaces
from feedback.plates.shapes import Box, Colour, Page, Shape, Square, Words
from feedback.qr import QUIET_ZONE

POINTS_PER_INCH = 72
POINTS_PER_MILLIMETRE = POINTS_PER_INCH / 25.4

_CIRCLE = 0.5522847498
"""Where a cubic curve's control points lie so that it comes nearest to a quarter circle of radius 1."""


def write(pages: Sequence[Page], typefaces: Typefaces, *, subject: str) -> bytes:
    """The pages, one at least, as one file; `subject` goes into its properties."""
    for page in pages:
        for shape in page.shapes:
            if isinstance(shape, Words):
                typefaces.use(shape.text, shape.style)
    file = _File()
    catalogue, tree, resources = file.reserve(), file.reserve(), file.reserve()
    fonts = _Fonts(typefaces)
    numbers = [_page(file, page, fonts, tree=tree, resources=resources) for page in pages]
    entries = " ".join(f"/{name} {_font(file, typefaces.subset(face))} 0 R" for face, name in fonts.names.items())
    file.put(resources, f"<< /Font << {entries} >> >>")
    file.put(tree, f"<< /Type /Pages /Count {len(numbers)} /Kids [{_references(numbers)}] >>")
    file.put(catalogue, f"<< /Type /Catalog /Pages {tree} 0 R /Lang (zh-CN) "
                        "/ViewerPreferences << /PrintScaling /None /DisplayDocTitle true >> >>")
    about = file.add(f"<< /Title {_text(pages[0].title)} /Subject {_text(subject)} /Producer (hulianma) >>")
    return file.finished(root=catalogue, info=about)


class _File:
    """Numbered objects, and at the end the table that says where each begins."""

    def __init__(self) -> None:
        self._out = io.BytesIO()
        self._out.write(b"%PDF-1.7\n%\xe6\x88\xb7\xe7\xa0\x81\n")
        self._places: list[int] = [0]

    def reserve(self) -> int:
        """A number for an object that comes later."""
        self._places.append(0)
        return len(self._places) - 1

    def put(self, number: int, body: str | bytes) -> int:
        """Writes the object of a reserved number."""
        self._places[number] = self._out.tell()
        content = body.encode("ascii") if isinstance(body, str) else body
        self._out.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
        return number

    def add(self, body: str | bytes) -> int:
        return self.put(self.reserve(), body)

    def stream(self, content: bytes, entries: str = "") -> int:
        packed = zlib.compress(content, 9)
        head = f"<< /Length {len(packed)} /Filter /FlateDecode {entries}>>\nstream\n".encode("ascii")
        return self.add(head + packed + b"\nendstream")

    def finished(self, *, root: int, info: int) -> bytes:
        start, count = self._out.tell(), len(self._places)
        lines = ["0000000000 65535 f \n", *(f"{place:010d} 00000 n \n" for place in self._places[1:])]
        trailer = f"trailer\n<< /Size {count} /Root {root} 0 R /Info {info} 0 R >>\nstartxref\n{start}\n%%EOF\n"
        self._out.write((f"xref\n0 {count}\n" + "".join(lines) + trailer).encode("ascii"))
        return self._out.getvalue()


class _Fonts:
    """The names by which content streams call the fonts."""

    def __init__(self, typefaces: Typefaces) -> None:
        self.typefaces = typefaces
        self.names: dict[Face, str] = {}

    def name(self, face: Face) -> str:
        return self.names.setdefault(face, f"F{len(self.names) + 1}")


def _page(file: _File, page: Page, fonts: _Fonts, *, tree: int, resources: int) -> int:
    """A page's object; its content is in millimetres, y pointing down."""
    scale = POINTS_PER_MILLIMETRE
    flip = f"{_number(scale)} 0 0 {_number(-scale)} 0 {_number(page.height * scale)} cm\n"
    drawn = "\n".join(_drawn(shape, fonts) for shape in page.shapes)
    content = file.stream((flip + drawn).encode("ascii"))
    left, top, width, height = page.trim
    trim = (left, page.height - top - height, left + width, page.height - top)
    return file.add(
        f"<< /Type /Page /Parent {tree} 0 R /MediaBox {_box((0, 0, page.width, page.height))} "
        f"/TrimBox {_box(trim)} /Resources {resources} 0 R /Contents {content} 0 R >>"
    )


def _drawn(shape: Shape, fonts: _Fonts) -> str:
    match shape:
        case Box():
            return f"{_fill(shape.colour)} {_outline(shape)} f"
        case Words():
            return _words(shape, fonts)
        case Square():
            return _square(shape)


def _outline(box: Box) -> str:
    if not any(box.radii):
        return _numbers(box.x, box.y, box.width, box.height) + " re"
    upper_left, upper_right, lower_right, lower_left = box.radii
    left, top, right, low = box.x, box.y, box.x + box.width, box.y + box.height
    return " ".join([
        _numbers(left + upper_left, top) + " m",
        _numbers(right - upper_right, top) + " l", _corner(upper_right, right - upper_right, top, 1, 0, 0, 1),
        _numbers(right, low - lower_right) + " l", _corner(lower_right, right, low - lower_right, 0, 1, -1, 0),
        _numbers(left + lower_left, low) + " l", _corner(lower_left, left + lower_left, low, -1, 0, 0, -1),
        _numbers(left, top + upper_left) + " l", _corner(upper_left, left, top + upper_left, 0, -1, 1, 0),
        "h",
    ])


def _corner(radius: float, x: float, y: float, out_x: int, out_y: int, in_x: int, in_y: int) -> str:
    """A quarter circle from (x, y) that leaves along (out) and arrives along (in)."""
    if not radius:
        return ""
    end_x, end_y = x + radius * (out_x + in_x), y + radius * (out_y + in_y)
    reach = radius * _CIRCLE
    return _numbers(
        x + reach * out_x, y + reach * out_y, end_x - reach * in_x, end_y - reach * in_y, end_x, end_y,
    ) + " c"


def _words(words: Words, fonts: _Fonts) -> str:
    shown = []
    for face, stretch in fonts.typefaces.runs(words.text, words.style):
        codes = fonts.typefaces.subset(face).codes
        text = "".join(f"{codes[each]:04X}" for each in stretch)
        shown.append(f"/{fonts.name(face)} {_number(words.size)} Tf <{text}> Tj")
    return f"{_fill(words.colour)} BT 1 0 0 -1 {_numbers(words.x, words.y)} Tm {' '.join(shown)} ET"


def _square(square: Square) -> str:
    """All dark modules as one path, on module coordinates; the paper is the quiet zone."""
    module = f"{square.module:.6f}"
    runs = " ".join(
        f"{column + QUIET_ZONE} {row + QUIET_ZONE} {length} 1 re" for row, column, length in square.matrix.runs()
    )
    place = f"{module} 0 0 {module} {_numbers(square.x, square.y)} cm"
    return f"q {place} {_fill(Colour.BLACK)} {runs} f Q"


def _font(file: _File, subset: Subset) -> int:
    """A composite font whose codes are its glyph numbers (9.7), and the way back to characters (9.10.3)."""
    entries = "/Subtype /CIDFontType0C " if subset.is_cff else f"/Length1 {len(subset.data)} "
    data = file.stream(subset.data, entries)
    descriptor = file.add(
        f"<< /Type /FontDescriptor /FontName /{subset.name} /Flags 4 /ItalicAngle 0 /StemV 80 "
        f"/FontBBox [{_numbers(*subset.bounds)}] /Ascent {_number(subset.ascent)} "
        f"/Descent {_number(subset.descent)} /CapHeight {_number(subset.ascent)} "
        f"/{'FontFile3' if subset.is_cff else 'FontFile2'} {data} 0 R >>"
    )
    widths = " ".join(f"{code} [{_number(subset.widths[each])}]" for each, code in sorted(subset.codes.items()))
    kind = "/Subtype /CIDFontType0" if subset.is_cff else "/Subtype /CIDFontType2 /CIDToGIDMap /Identity"
    descendant = file.add(
        f"<< /Type /Font {kind} /BaseFont /{subset.name} /FontDescriptor {descriptor} 0 R /DW 1000 "
        f"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /W [{widths}] >>"
    )
    characters = file.stream(_characters(subset))
    return file.add(
        f"<< /Type /Font /Subtype /Type0 /BaseFont /{subset.name} /Encoding /Identity-H "
        f"/DescendantFonts [{descendant} 0 R] /ToUnicode {characters} 0 R >>"
    )


def _characters(subset: Subset) -> bytes:
    pairs = [f"<{code:04X}> <{each.encode('utf-16-be').hex().upper()}>" for each, code in subset.codes.items()]
    blocks = [pairs[first:first + 100] for first in range(0, len(pairs), 100)]
    mapping = "\n".join(f"{len(each)} beginbfchar\n" + "\n".join(each) + "\nendbfchar" for each in blocks)
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
        f"1 begincodespacerange <0000> <FFFF> endcodespacerange\n{mapping}\n"
        "endcmap CMapName currentdict /CMap defineresource pop end end\n"
    ).encode("ascii")


def _fill(colour: Colour) -> str:
    """Black and white as grey, so that a press uses one ink for them."""
    if colour is Colour.BLACK:
        return "0 g"
    return "1 g" if colour is Colour.WHITE else f"{_numbers(*colour.parts)} rg"


def _box(corners: tuple[float, float, float, float]) -> str:
    return f"[{_numbers(*(value * POINTS_PER_MILLIMETRE for value in corners))}]"


def _text(words: str) -> str:
    return f"<FEFF{words.encode('utf-16-be').hex().upper()}>"


def _references(numbers: Sequence[int]) -> str:
    return " ".join(f"{number} 0 R" for number in numbers)


def _numbers(*values: float) -> str:
    return " ".join(map(_number, values))


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")
