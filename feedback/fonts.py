"""字体: finds fonts that hold Chinese, measures with them, and hands out only the glyphs that are used.

A character that no font at hand can draw is refused by name; a plate never shows a blank box. Both kinds
of outlines are subset: CFF (Noto, Source Han) and TrueType (LXGW WenKai). Nothing is fetched.
"""

import hashlib
import io
import os
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path

from fontTools import subset as font_subset
from fontTools.pens.boundsPen import ControlBoundsPen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont, TTLibError
from fontTools.ttLib.ttCollection import TTCollection

from feedback.errors import Refusal
from feedback.words import N_


class Style(StrEnum):
    """The three voices of a plate."""

    SONG = "song"
    HEI = "hei"
    HEI_BOLD = "hei_bold"

    @property
    def weight(self) -> int:
        """The weight wanted, as in OS/2 usWeightClass."""
        return 400 if self is Style.HEI else 700


FOLDERS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts",
    "/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts", "C:/Windows/Fonts",
)
"""Where systems keep their fonts; searched with everything below."""

_SONG_FILES = (
    "NotoSerifCJK-Bold.ttc", "NotoSerifCJKsc-Bold.otf", "NotoSerifSC-Bold.otf", "SourceHanSerif-Bold.ttc",
    "SourceHanSerifSC-Bold.otf", "SourceHanSerifCN-Bold.otf", "Songti.ttc",
)
_HEI_FILES = (
    "NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "NotoSansSC-Regular.otf",
    "SourceHanSans-Regular.ttc", "SourceHanSansSC-Regular.otf", "SourceHanSansCN-Regular.otf",
    "Hiragino Sans GB.ttc", "msyh.ttc", "LXGWWenKai-Regular.ttf", "wqy-microhei.ttc",
)
_HEI_BOLD_FILES = (
    "NotoSansCJK-Bold.ttc", "NotoSansCJKsc-Bold.otf", "NotoSansSC-Bold.otf", "SourceHanSans-Bold.ttc",
    "SourceHanSansSC-Bold.otf", "SourceHanSansCN-Bold.otf", "Hiragino Sans GB.ttc", "msyhbd.ttc",
    "LXGWWenKai-Bold.ttf", "LXGWWenKai-Medium.ttf",
)
KNOWN = {
    Style.SONG: _SONG_FILES + _HEI_BOLD_FILES + _HEI_FILES,
    Style.HEI: _HEI_FILES + _HEI_BOLD_FILES,
    Style.HEI_BOLD: _HEI_BOLD_FILES + _HEI_FILES,
}
"""File names by style, best first; those further down lend what the first ones lack."""

_BROKEN = (OSError, TTLibError, AssertionError, struct.error)
"""What reading a file that is no font, or half of one, ends with."""

_SPACES = " \u3000"

_PROBE = "户廉码0A"
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
        except _BROKEN:
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
            return ("glyf" in font or "CFF " in font) and "fvar" not in font and all(map(self.has, _PROBE))
        except _BROKEN:
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


class Typefaces:
    """The fonts of a run, best first for each style, and what of them has been used."""

    def __init__(self, faces: dict[Style, tuple[Face, ...]]) -> None:
        self.faces = faces
        self._chosen: dict[tuple[Style, str], Face | None] = {}
        self._used: dict[Face, set[str]] = {}
        self._subsets: dict[Face, Subset] = {}

    def face_of(self, character: str, style: Style) -> Face | None:
        """The best font of a style that can draw the character."""
        key = (style, character)
        if key not in self._chosen:
            self._chosen[key] = next((face for face in self.faces[style] if face.has(character)), None)
        return self._chosen[key]

    def check(self, text: str, style: Style, *, where: str) -> None:
        """Refuses a text with a character that no font can draw, naming it and the place it is wanted for."""
        for character in text:
            if self.face_of(character, style) is None:
                raise Refusal(
                    N_("{where}：字体里没有“{character}”（{code}），印不出来。请装上有这个字的字体，"
                       "或者用 HLM_PLATE_FONTS 指定字体文件。"),
                    where=where, character=character, code=f"U+{ord(character):04X}",
                )

    def runs(self, text: str, style: Style) -> Iterator[tuple[Face, str]]:
        """The text in stretches that one font can draw."""
        self.check(text, style, where=text)
        stretch, current = "", None
        for character in text:
            face = self.face_of(character, style)
            if current is not None and face is not current:
                yield current, stretch
                stretch = ""
            stretch, current = stretch + character, face
        if current is not None:
            yield current, stretch

    def width(self, text: str, style: Style) -> float:
        """Width of a text at size 1."""
        return sum(face.advance(each) for face, stretch in self.runs(text, style) for each in stretch)

    def use(self, text: str, style: Style) -> None:
        """Notes characters that will be embedded: one subset then serves every file of a run."""
        for face, stretch in self.runs(text, style):
            self._used.setdefault(face, set()).update(stretch)

    def subset(self, face: Face) -> Subset:
        """The used part of a font; made again only when something was used since."""
        known = self._subsets.get(face)
        if known is None or set(known.codes) != self._used[face]:
            known = self._subsets[face] = face.subset(self._used[face])
        return known


def load(configured: Sequence[str] = (), folders: Sequence[str] = FOLDERS) -> Typefaces:
    """The fonts at hand: configured files first, then the system's. Refuses when none holds Chinese."""
    own = [face for name in configured for face in _opened(Path(name))]
    unusable = [name for name in configured if not any(face.path == Path(name) for face in own)]
    if unusable:
        raise Refusal(N_("HLM_PLATE_FONTS 里的 {file} 打不开，或者不是中文字体。"), file=unusable[0])
    installed = _installed(tuple(folders))
    faces = {}
    for style in Style:
        mine = sorted(own, key=lambda face: abs(face.weight - style.weight))
        paths = [installed[name.lower()] for name in KNOWN[style] if name.lower() in installed]
        faces[style] = (*mine, *(face for path in paths for face in _opened(path)))
    if not all(faces.values()):
        raise Refusal(N_("没有找到中文字体：请安装 fonts-noto-cjk，或者用 HLM_PLATE_FONTS 指定字体文件。"))
    return Typefaces(faces)


@cache
def _installed(folders: tuple[str, ...]) -> dict[str, Path]:
    """Font files below the folders, by name in lower case."""
    found: dict[str, Path] = {}
    for folder in folders:
        for place, _, names in os.walk(Path(folder).expanduser()):
            for name in names:
                if name.lower().endswith((".ttf", ".otf", ".ttc")):
                    found.setdefault(name.lower(), Path(place) / name)
    return found


@cache
def _opened(path: Path) -> tuple[Face, ...]:
    """The usable simplified-Chinese face of a file: none or one."""
    try:
        face = Face(path, _simplified(path) if path.suffix.lower() == ".ttc" else 0)
    except _BROKEN:
        return ()
    if face.is_usable():
        return (face,)
    face.close()
    return ()


def _simplified(path: Path) -> int:
    """Which member of a collection draws characters as the mainland does: one named “… SC”, the boldest."""
    with path.open("rb") as stream, TTCollection(stream, lazy=True) as collection:
        ranks = []
        for number, font in enumerate(collection.fonts):
            words = f"{font['name'].getDebugName(16) or ''} {font['name'].getDebugName(1) or ''}".split()
            ranks.append(("SC" in words, "Mono" not in words, font["OS/2"].usWeightClass, -number))
        return -max(ranks)[-1]
