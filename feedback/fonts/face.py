"""字形: one font: what it can draw, how wide, and the part of it that is used.

Both kinds of outlines are subset: CFF (Noto, Source Han) and TrueType (LXGW WenKai).
"""

import hashlib
import io
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fontTools import subset as font_subset
from fontTools.pens.boundsPen import ControlBoundsPen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont, TTLibError

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
    """The glyph's number in the font, by character: CID for CFF, glyph index for TrueType."""
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
        buffer = io.BytesIO()
        with TTFont(self.path, fontNumber=self.number, lazy=True, recalcTimestamp=False) as font:
            postscript_name = font["name"].getDebugName(6) or self.path.stem
            cutter = font_subset.Subsetter(_cutting())
            cutter.populate(unicodes=map(ord, wanted))
            cutter.subset(font)
            font.save(buffer)
        buffer.seek(0)
        cut = TTFont(buffer)
        thousandths = 1000 / self._units
        head = cut["head"]
        return Subset(
            name=f"{_tag(wanted)}+{postscript_name}",
            data=cut.getTableData("CFF ") if "CFF " in cut else buffer.getvalue(),
            is_cff="CFF " in cut,
            codes=_codes(cut, wanted),
            widths={each: self.advance(each) * 1000 for each in wanted},
            ascent=cut["hhea"].ascent * thousandths,
            descent=cut["hhea"].descent * thousandths,
            bounds=(head.xMin * thousandths, head.yMin * thousandths,
                    head.xMax * thousandths, head.yMax * thousandths),
        )


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


def _codes(font: TTFont, characters: Sequence[str]) -> dict[str, int]:
    names = font.getBestCmap()
    by_cid = "CFF " in font and hasattr(font["CFF "].cff.topDictIndex[0], "ROS")
    return {
        each: int(names[ord(each)].removeprefix("cid")) if by_cid else font.getGlyphID(names[ord(each)])
        for each in characters
    }
