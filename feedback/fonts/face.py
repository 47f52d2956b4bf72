"""字形: one font: what it can draw, how wide, and the part of it that is used.

Both kinds of outlines are subset: CFF (Noto, Source Han) and TrueType (LXGW WenKai).
"""

import hashlib
import struct
from collections.abc import Iterable, Sequence
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
from fontTools.ttLib import TTFont, TTLibError
from fontTools.ttLib.ttCollection import TTCollection

from feedback.fonts import cff, truetype

BROKEN = (OSError, TTLibError, AssertionError, struct.error)
"""What reading a file that is no font, or half of one, ends with."""

_SPACES = " \u3000"

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

    For one thread at a time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._drawn: dict[str, bool] = {}
        self._advances: dict[str, float] = {}

    def __repr__(self) -> str:
        return f"Face({self.path.name})"

    @cached_property
    def font(self) -> TTFont:
        number = _simplified(self.path) if self.path.suffix.lower() == ".ttc" else 0
        stream = self.path.open("rb")
        try:
            return TTFont(stream, fontNumber=number, lazy=True)
        except BROKEN:
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
        return self._glyphs[ord(character)] if character else ".notdef"

    @cached_property
    def postscript_name(self) -> str:
        return str(self.font["name"].getDebugName(6) or self.path.stem)

    @cached_property
    def weight(self) -> int:
        return int(self.font["OS/2"].usWeightClass)

    @cached_property
    def is_usable(self) -> bool:
        """Whether it holds Chinese, in outlines that a PDF can carry. Opens the file."""
        try:
            font = self.font
            return ("glyf" in font or "CFF " in font) and "fvar" not in font and all(map(self._has_ink, PROBE))
        except BROKEN:
            self.close()
            return False

    def has(self, character: str) -> bool:
        """Whether the character leaves ink here; a space needs none, an empty box is no glyph."""
        if character not in self._drawn:
            self._drawn[character] = self.is_usable and self._has_ink(character)
        return self._drawn[character]

    def _has_ink(self, character: str) -> bool:
        name = self._glyphs.get(ord(character))
        if name is None or name == ".notdef":
            return False
        if character in _SPACES:
            return True
        pen = ControlBoundsPen(self.outlines)
        self.outlines[name].draw(pen)
        return pen.bounds is not None

    def advance(self, character: str) -> float:
        """Width of a character at size 1."""
        if character not in self._advances:
            width, _ = self.font["hmtx"][self._glyphs[ord(character)]]
            self._advances[character] = float(width) / self.units
        return self._advances[character]

    def outline(self, text: str, *, x: float, y: float, size: float) -> str:
        """The text as SVG path data, its baseline beginning at (x, y), y pointing down."""
        pen = SVGPathPen(self.outlines, ntos=lambda value: f"{value:.3f}".rstrip("0").rstrip("."))
        scale = size / self.units
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
            words = f"{font['name'].getDebugName(16) or ''} {font['name'].getDebugName(1) or ''}".split()
            ranks.append(("SC" in words, "Mono" not in words, font["OS/2"].usWeightClass, -number))
        return -max(ranks)[-1]


def _tag(characters: Sequence[str]) -> str:
    """The six capitals that mark a subset's name (ISO 32000-1, 9.6.4)."""
    digest = hashlib.sha256("".join(characters).encode()).digest()
    return "".join(chr(ord("A") + byte % 26) for byte in digest[:6])
