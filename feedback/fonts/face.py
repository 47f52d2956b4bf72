"""字形: one font: what it can draw, how wide, and the part of it that is used.

Both kinds of outlines are subset: CFF (Noto, Source Han) and TrueType (LXGW WenKai).
"""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fontTools import subset as font_subset
from fontTools.pens.boundsPen import ControlBoundsPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, TTLibError

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
    """One font: a file, or one member of a collection. For one thread at a time."""

    def __init__(self, path: Path, number: int = 0) -> None:
        self.path = path
        self.number = number
        self._drawn: dict[str, bool] = {}
        self._advances: dict[str, float] = {}

    def __repr__(self) -> str:
        return f"Face({self.path.name}, {self.number})"

    @cached_property
    def _font(self) -> TTFont:
        stream = self.path.open("rb")
        try:
            return TTFont(stream, fontNumber=self.number, lazy=True)
        except BROKEN:
            stream.close()
            raise

    @cached_property
    def _glyphs(self) -> dict[int, str]:
        return dict(self._font.getBestCmap() or {})

    @cached_property
    def _outlines(self) -> dict[str, object]:
        return self._font.getGlyphSet()  # type: ignore[no-any-return]

    @cached_property
    def _units(self) -> int:
        return int(self._font["head"].unitsPerEm)

    def close(self) -> None:
        """Gives the file back, if it was ever opened."""
        if "_font" in self.__dict__:
            self._font.close()

    @cached_property
    def postscript_name(self) -> str:
        return str(self._font["name"].getDebugName(6) or self.path.stem)

    @cached_property
    def weight(self) -> int:
        return int(self._font["OS/2"].usWeightClass)

    def is_usable(self) -> bool:
        """Whether it holds Chinese, in outlines that a PDF can carry."""
        try:
            font = self._font
            return ("glyf" in font or "CFF " in font) and "fvar" not in font and all(map(self.has, PROBE))
        except BROKEN:
            return False

    def has(self, character: str) -> bool:
        """Whether the character leaves ink here; a space needs none, an empty box is no glyph."""
        if character not in self._drawn:
            self._drawn[character] = self._has_ink(character)
        return self._drawn[character]

    def _has_ink(self, character: str) -> bool:
        name = self._glyphs.get(ord(character))
        if name is None or name == ".notdef":
            return False
        if character in _SPACES:
            return True
        pen = ControlBoundsPen(self._outlines)
        self._outlines[name].draw(pen)  # type: ignore[attr-defined]
        return pen.bounds is not None

    def advance(self, character: str) -> float:
        """Width of a character at size 1."""
        if character not in self._advances:
            width, _ = self._font["hmtx"][self._glyphs[ord(character)]]
            self._advances[character] = float(width) / self._units
        return self._advances[character]

    def outline(self, text: str, *, x: float, y: float, size: float) -> str:
        """The text as SVG path data, its baseline beginning at (x, y), y pointing down."""
        pen = SVGPathPen(self._outlines, ntos=lambda value: f"{value:.3f}".rstrip("0").rstrip("."))
        scale = size / self._units
        for character in text:
            glyph = self._outlines[self._glyphs[ord(character)]]
            glyph.draw(TransformPen(pen, (scale, 0, 0, -scale, x, y)))  # type: ignore[attr-defined]
            x += self.advance(character) * size
        return str(pen.getCommands())

    def subset(self, characters: Iterable[str]) -> Subset:
        """Only the glyphs of these characters. The same characters give the same bytes."""
        wanted = sorted(set(characters))
        return self.cut(wanted).part(wanted)

    def cut(self, characters: Iterable[str]) -> "Cut":
        """The glyphs of these characters, from which the parts for many files can be taken."""
        wanted = sorted(set(characters))
        with TTFont(self.path, fontNumber=self.number, lazy=True, recalcTimestamp=False) as font:
            cutter = font_subset.Subsetter(_cutting())
            cutter.populate(unicodes=map(ord, wanted))
            cutter.subset(font)
            return Cut(self, font, wanted)


class Cut:
    """The glyphs of a font that a run uses."""

    def __init__(self, face: Face, font: TTFont, characters: Sequence[str]) -> None:
        thousandths = 1000 / font["head"].unitsPerEm
        names = font.getBestCmap()
        glyphs = {"": ".notdef", **{each: names[ord(each)] for each in characters}}
        self.is_cff = "CFF " in font
        self._name = face.postscript_name
        self._units = int(font["head"].unitsPerEm)
        self._advances = {each: int(font["hmtx"][name][0]) for each, name in glyphs.items()}
        self._ascent, self._descent = font["hhea"].ascent * thousandths, font["hhea"].descent * thousandths
        head = font["head"]
        self._bounds = (head.xMin * thousandths, head.yMin * thousandths,
                        head.xMax * thousandths, head.yMax * thousandths)
        self._outlines: dict[str, tuple[bytes, int]] = {}
        self._groups: list[cff.Widths] = []
        self._tables: dict[str, bytes] = {}
        if self.is_cff:
            self._take_cff(font, glyphs)
        else:
            self._take_truetype(font, glyphs)

    @property
    def characters(self) -> frozenset[str]:
        return frozenset(self._outlines)

    def part(self, characters: Sequence[str]) -> Subset:
        """A font of these characters; the glyph of the first one is number 1."""
        chosen = ["", *characters]
        name = f"{_tag(characters)}+{self._name}"
        outlines = [self._outlines[each] for each in chosen]
        if self.is_cff:
            bounds = self._bounds
            data = cff.table(name, outlines, self._groups, units=self._units, bounds=bounds)
        else:
            widths = [self._advances[each] for each in chosen]
            data = truetype.table([outline for outline, _ in outlines], widths, **self._tables)
        return Subset(
            name=name, data=data, is_cff=self.is_cff,
            codes={each: code for code, each in enumerate(characters, start=1)},
            widths={each: self._advances[each] * 1000 / self._units for each in characters},
            ascent=self._ascent, descent=self._descent, bounds=self._bounds,
        )

    def _take_cff(self, font: TTFont, glyphs: dict[str, str]) -> None:
        top = font["CFF "].cff.topDictIndex[0]
        groups = [each.Private for each in top.FDArray] if hasattr(top, "FDArray") else [top.Private]
        self._groups = [cff.Widths(each.defaultWidthX, each.nominalWidthX) for each in groups]
        for character, name in glyphs.items():
            outline, group = top.CharStrings.getItemAndSelector(name)
            outline.compile()
            self._outlines[character] = (bytes(outline.bytecode), group or 0)

    def _take_truetype(self, font: TTFont, glyphs: dict[str, str]) -> None:
        table, outlines = font["glyf"], font.getGlyphSet()
        for character, name in glyphs.items():
            glyph = table[name]
            if glyph.isComposite():
                recorded, pen = DecomposingRecordingPen(outlines), TTGlyphPen(None)
                outlines[name].draw(recorded)
                recorded.replay(pen)
                glyph = pen.glyph()
            self._outlines[character] = (bytes(glyph.compile(table)), 0)
        self._tables = {tag: bytes(font[tag].compile(font)) for tag in ("head", "hhea", "maxp")}


def _cutting() -> font_subset.Options:
    options = font_subset.Options()
    options.layout_features = []
    options.name_IDs = []
    options.hinting = False
    options.desubroutinize = True
    options.notdef_outline = True
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "name", "gasp", "OS/2"]
    return options


def _tag(characters: Sequence[str]) -> str:
    """The six capitals that mark a subset's name (ISO 32000-1, 9.6.4)."""
    digest = hashlib.sha256("".join(characters).encode()).digest()
    return "".join(chr(ord("A") + byte % 26) for byte in digest[:6])
