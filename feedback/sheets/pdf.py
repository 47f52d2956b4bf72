"""可印文件 PDF: writes one file page by page as PDF 1.7 (ISO 32000-1), words as text in embedded subsets.

Of what is written only each object's place is kept, so a file of any length takes the same memory. Nothing in
it depends on the time or the machine, and its viewer preference asks for printing at 100 %.
"""

import zlib
from array import array
from collections.abc import Iterable, Sequence
from typing import IO

from feedback.fonts import Subset
from feedback.sheets.operators import number, numbers

POINTS_PER_INCH = 72
POINTS_PER_MILLIMETRE = POINTS_PER_INCH / 25.4

MOST_KIDS = 64
"""A node of the page tree has at most so many below it."""

_ENTRIES = 10_000
"""Lines of the last table that are written at once."""


class Book:
    """A file that is being written. All its pages are of one size."""

    def __init__(
        self, out: IO[bytes], subsets: Sequence[Subset], forms: dict[str, tuple[float, float, str]], *,
        size: tuple[float, float], trim: tuple[float, float, float, float],
    ) -> None:
        self._file = _File(out)
        self._size, self._trim = size, trim
        self._nodes: list[int] = []
        self._pages = array("Q")
        places = [_font(self._file, each) for each in subsets]
        fonts = self._file.add(f"<< {' '.join(f'/F{n} {place} 0 R' for n, place in enumerate(places, start=1))} >>")
        objects = " ".join(f"/{name} {self._form(form, fonts)} 0 R" for name, form in forms.items())
        self._resources = self._file.add(f"<< /Font {fonts} 0 R /XObject << {objects} >> >>")

    def add(self, contents: Iterable[bytes]) -> None:
        """Writes pages; each one's content stream comes compressed."""
        left, top, width, height = self._trim
        low = self._size[1] - top - height
        trim = _box(left, low, left + width, low + height)
        for content in contents:
            if len(self._pages) % MOST_KIDS == 0:
                self._nodes.append(self._file.reserve())
            stream = self._file.packed(content)
            self._pages.append(self._file.add(
                f"<< /Type /Page /Parent {self._nodes[-1]} 0 R /TrimBox {trim} /Contents {stream} 0 R >>"))

    def close(self, *, title: str, subject: str) -> None:
        """Writes what comes last, once one page at least is there; `subject` is the area code the file is about."""
        root = self._tree()
        catalogue = self._file.add(
            f"<< /Type /Catalog /Pages {root} 0 R /Lang (zh-CN) "
            "/ViewerPreferences << /PrintScaling /None /DisplayDocTitle true >> >>")
        about = self._file.add(f"<< /Title {_text(title)} /Subject {_text(subject)} /Producer (hulianma) >>")
        self._file.finish(root=catalogue, info=about)

    def _form(self, form: tuple[float, float, str], fonts: int) -> int:
        width, height, operators = form
        entries = f"/Type /XObject /Subtype /Form /BBox [0 0 {numbers(width, height)}] " \
                  f"/Resources << /Font {fonts} 0 R >> "
        return self._file.stream(operators.encode("ascii"), entries)

    def _tree(self) -> int:
        """The nodes above the pages, and those above them, up to the one that says what all pages share."""
        kids: Sequence[int] = self._pages
        counts, nodes = [1] * len(kids), self._nodes
        while True:
            above = [self._file.reserve() for _ in range(0, len(nodes), MOST_KIDS)] if len(nodes) > 1 else []
            sums = []
            for place, node in enumerate(nodes):
                some = slice(place * MOST_KIDS, (place + 1) * MOST_KIDS)
                sums.append(sum(counts[some]))
                entries = f"/Parent {above[place // MOST_KIDS]} 0 R" if above else (
                    f"/MediaBox {_box(0, 0, *self._size)} /Resources {self._resources} 0 R")
                listed = " ".join(f"{kid} 0 R" for kid in kids[some])
                self._file.put(node, f"<< /Type /Pages /Count {sums[-1]} {entries} /Kids [{listed}] >>")
            if not above:
                return nodes[0]
            kids, counts, nodes = nodes, sums, above


class _File:
    """Numbered objects, and at the end the table that says where each begins."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._places = array("Q", [0])
        self._length = 0
        self._write(b"%PDF-1.7\n%\xe6\x88\xb7\xe7\xa0\x81\n")

    def reserve(self) -> int:
        """A number for an object that comes later."""
        self._places.append(0)
        return len(self._places) - 1

    def put(self, number: int, body: str | bytes) -> int:
        """Writes the object of a reserved number."""
        self._places[number] = self._length
        content = body.encode("ascii") if isinstance(body, str) else body
        self._write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
        return number

    def add(self, body: str | bytes) -> int:
        return self.put(self.reserve(), body)

    def stream(self, content: bytes, entries: str = "") -> int:
        return self.packed(zlib.compress(content, 9), entries)

    def packed(self, content: bytes, entries: str = "") -> int:
        """A stream that is compressed already."""
        head = f"<< /Length {len(content)} /Filter /FlateDecode {entries}>>\nstream\n".encode("ascii")
        return self.add(head + content + b"\nendstream")

    def finish(self, *, root: int, info: int) -> None:
        start, count = self._length, len(self._places)
        self._write(f"xref\n0 {count}\n0000000000 65535 f \n".encode("ascii"))
        for first in range(1, count, _ENTRIES):
            some = self._places[first:first + _ENTRIES]
            self._write("".join(f"{place:010d} 00000 n \n" for place in some).encode("ascii"))
        trailer = f"trailer\n<< /Size {count} /Root {root} 0 R /Info {info} 0 R >>\nstartxref\n{start}\n%%EOF\n"
        self._write(trailer.encode("ascii"))

    def _write(self, content: bytes) -> None:
        self._out.write(content)
        self._length += len(content)


def _font(file: _File, subset: Subset) -> int:
    """A composite font whose codes are its glyph numbers (9.7), and the way back to characters (9.10.3)."""
    entries = "/Subtype /CIDFontType0C " if subset.is_cff else f"/Length1 {len(subset.data)} "
    data = file.stream(subset.data, entries)
    descriptor = file.add(
        f"<< /Type /FontDescriptor /FontName /{subset.name} /Flags 4 /ItalicAngle 0 /StemV 80 "
        f"/FontBBox [{numbers(*subset.bounds)}] /Ascent {number(subset.ascent)} "
        f"/Descent {number(subset.descent)} /CapHeight {number(subset.ascent)} "
        f"/{'FontFile3' if subset.is_cff else 'FontFile2'} {data} 0 R >>"
    )
    widths = " ".join(f"{code} [{number(subset.widths[each])}]" for each, code in sorted(subset.codes.items()))
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


def _box(left: float, low: float, right: float, high: float) -> str:
    return f"[{numbers(*(value * POINTS_PER_MILLIMETRE for value in (left, low, right, high)))}]"


def _text(words: str) -> str:
    return f"<FEFF{words.encode('utf-16-be').hex().upper()}>"
