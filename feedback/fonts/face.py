"""字形: one font: what it can draw, how wide, and the part of it that is used.

Both kinds of outlines are subset: CFF (Noto, Source Han) and TrueType (LXGW WenKai).
"""

import hashlib
import string
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from fontTools.pens.boundsPen import ControlBoundsPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.ttCollection import TTCollection

from feedback.fonts import cff, truetype
from feedback.fonts.tray import Style

_SPACES = " \u3000"

NEEDED = frozenset({"cmap", "head", "hhea", "hmtx", "maxp"})
OUTLINES = (frozenset({"CFF "}), frozenset({"glyf", "loca"}))
_NAMES = frozenset(string.ascii_letters + string.digits + "-_")

PROBE = "户廉码0A"
"""What a font must hold to be of any use here."""


@dataclass(frozen=True)
class Subset:
    """A font cut down to some characters, ready to be embedded in a PDF."""

    name: str
    data: bytes
    is_cff: bool
    codes: dict[str, int]
    """The glyph's number in the font, by character."""
    widths: dict[str, float]
    """Advance in thousandths of the size, by character."""
    ascent: float
    descent: float
    bounds: tuple[float, float, float, float]


class Face:
    """One font: a file, or of a collection its simplified-Chinese member. Opened when it is first asked for something.

    fontTools reads a font for one thread at a time: whoever reads holds `reading`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reading = threading.RLock()
        self._drawn: dict[str, bool] = {}
        self._advances: dict[str, float] = {}

    def __repr__(self) -> str:
        return f"Face({self.path.name})"

    @cached_property
    def font(self) -> TTFont:
        stream = self.path.open("rb")
        try:
            number = _simplified(self.path) if stream.read(4) == b"ttcf" else 0
            stream.seek(0)
            return TTFont(stream, fontNumber=number, lazy=True)
        except BaseException:
            stream.close()
            raise

    @cached_property
    def _glyphs(self) -> dict[int, str]:
        return dict(self.font.getBestCmap() or {})

    @cached_property
    def outlines(self) -> dict[str, Any]:
        return self.font.getGlyphSet()  # type: ignore[no-any-return]

    @cached_property
    def units(self) -> int:
        return int(self.font["head"].unitsPerEm)

    def close(self) -> None:
        """Gives the file back, if it was ever opened."""
        if "font" in self.__dict__:
            self.font.close()

    def glyph(self, character: str) -> str:
        """The name of a character's glyph; of nothing, that of the one for what is missing."""
        return self._glyphs[ord(character)] if character else self._missing

    @cached_property
    def _missing(self) -> str:
        return str(self.font.getGlyphName(0))

    @cached_property
    def postscript_name(self) -> str:
        """Without what is no part of a name in a PDF."""
        return "".join(filter(_NAMES.__contains__, _named(self.font, 6) or self.path.stem)) or "Font"

    @property
    def weight(self) -> int:
        with self.reading:
            return _weight(self.font)

    @property
    def is_usable(self) -> bool:
        """Whether it holds Chinese, in outlines that a PDF can carry. Opens the file."""
        with self.reading:
            return self._is_usable

    @cached_property
    def _is_usable(self) -> bool:
        is_good = False
        with suppress(Exception):  # of a file that is no font, or half of one, fontTools says it in any way
            there = set(self.font.keys())
            is_good = there >= NEEDED and any(each <= there for each in OUTLINES) and "fvar" not in there \
                and all(map(self._has_ink, PROBE))
        if not is_good:
            self.close()
        return is_good

    def has(self, character: str) -> bool:
        """Whether the character leaves ink here; a space needs none, an empty box is no glyph."""
        if character not in self._drawn:
            with self.reading:
                self._drawn[character] = self.is_usable and self._has_ink(character)
        return self._drawn[character]

    def _has_ink(self, character: str) -> bool:
        name = self._glyphs.get(ord(character))
        if name is None or name == self._missing:
            return False
        if character in _SPACES:
            return True
        pen = ControlBoundsPen(self.outlines)
        self.outlines[name].draw(pen)
        return pen.bounds is not None

    def advance(self, character: str) -> float:
        """Width of a character at size 1."""
        if character not in self._advances:
            with self.reading:
                width, _ = self.font["hmtx"][self._glyphs[ord(character)]]
                self._advances[character] = float(width) / self.units
        return self._advances[character]

    def outline(self, text: str, *, x: float, y: float, size: float) -> str:
        """The text as SVG path data, its baseline beginning at (x, y), y pointing down."""
        pen = SVGPathPen(self.outlines, ntos=lambda value: f"{value:.3f}".rstrip("0").rstrip("."))
        scale = size / self.units
        with self.reading:
            for character in text:
                glyph = self.outlines[self._glyphs[ord(character)]]
                glyph.draw(TransformPen(pen, (scale, 0, 0, -scale, x, y)))
                x += self.advance(character) * size
        return str(pen.getCommands())

    def subset(self, characters: Iterable[str]) -> Subset:
        """Only the glyphs of these characters. The same characters give the same bytes."""
        wanted = sorted(set(characters))
        return self.cut(wanted).part(wanted)

    def cut(self, characters: Iterable[str]) -> "Cut":
        """The glyphs of these characters, from which the parts for many files can be taken."""
        with self.reading:
            return Cut(self, sorted(set(characters)))


class Cut:
    """The glyphs of a font that a run uses."""

    def __init__(self, face: Face, characters: Sequence[str]) -> None:
        font = face.font
        head, thousandths = font["head"], 1000 / face.units
        self.is_cff = "CFF " in font
        self._name = face.postscript_name
        self._units = face.units
        self._advances = {"": 1.0, **{each: face.advance(each) for each in characters}}
        self._ascent, self._descent = font["hhea"].ascent * thousandths, font["hhea"].descent * thousandths
        self._bounds = (head.xMin * thousandths, head.yMin * thousandths,
                        head.xMax * thousandths, head.yMax * thousandths)
        drawn = _in_cubics if self.is_cff else _in_quadratics
        self._outlines = {each: drawn(face, face.glyph(each)) for each in ["", *characters]}
        self._tables = {} if self.is_cff else {tag: font.reader[tag] for tag in ("head", "hhea", "maxp")}

    @property
    def characters(self) -> frozenset[str]:
        return frozenset(self._outlines)

    def part(self, characters: Sequence[str]) -> Subset:
        """A font of these characters; the glyph of the first one is number 1."""
        chosen = ["", *characters]
        name = f"{_tag(characters)}+{self._name}"
        outlines = [self._outlines[each] for each in chosen]
        if self.is_cff:
            data = cff.table(name, outlines, units=self._units, bounds=self._bounds)
        else:
            widths = [round(self._advances[each] * self._units) for each in chosen]
            data = truetype.table(outlines, widths, **self._tables)
        return Subset(
            name=name, data=data, is_cff=self.is_cff,
            codes={each: code for code, each in enumerate(characters, start=1)},
            widths={each: self._advances[each] * 1000 for each in characters},
            ascent=self._ascent, descent=self._descent, bounds=self._bounds,
        )


def _in_cubics(face: Face, name: str) -> bytes:
    """A glyph's outline without subroutines or hints, as CFF holds it, its own width first."""
    glyph = face.outlines[name]
    pen = T2CharStringPen(glyph.width, None)
    glyph.draw(pen)
    outline = pen.getCharString()
    outline.compile()
    return bytes(outline.bytecode)


def _in_quadratics(face: Face, name: str) -> bytes:
    """A glyph's outline as TrueType holds it, whatever it was composed of."""
    table, pen = face.font["glyf"], TTGlyphPen(None)
    glyph = table[name]
    if glyph.isComposite():
        recorded = DecomposingRecordingPen(face.outlines)
        face.outlines[name].draw(recorded)
        recorded.replay(pen)
        glyph = pen.glyph()
    glyph.removeHinting()
    return bytes(glyph.compile(table))


def _simplified(path: Path) -> int:
    """Which member of a collection draws characters as the mainland does: one named “… SC”, the boldest."""
    with path.open("rb") as stream, TTCollection(stream, lazy=True) as collection:
        ranks = []
        for number, font in enumerate(collection.fonts):
            words = f"{_named(font, 16)} {_named(font, 1)}".split()
            ranks.append(("SC" in words, "Mono" not in words, _weight(font), -number))
        return -max(ranks)[-1]


def _named(font: TTFont, number: int) -> str:
    """One of the names a font has for itself (ISO/IEC 14496-22, 5.2.7), or nothing."""
    return str(font["name"].getDebugName(number) or "") if "name" in font else ""


def _weight(font: TTFont) -> int:
    return int(font["OS/2"].usWeightClass) if "OS/2" in font else Style.HEI.weight


def _tag(characters: Sequence[str]) -> str:
    """The six capitals that mark a subset's name (ISO 32000-1, 9.6.4)."""
    digest = hashlib.sha256("".join(characters).encode()).digest()
    return "".join(chr(ord("A") + byte % 26) for byte in digest[:6])
