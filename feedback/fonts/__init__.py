"""字体: finds fonts that hold Chinese, chooses one for each character, and knows what of them is used.

A character that no font at hand can draw is refused by name; a plate never shows a blank box. Nothing is
fetched from anywhere.
"""

import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from feedback.errors import Refusal
from feedback.fonts.face import Cut, Face, Subset
from feedback.fonts.tray import Drawer, Style, Tray, Used
from feedback.words import N_

__all__ = ["Face", "Style", "Subset", "Tray", "Typefaces", "Used", "load"]


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


class Typefaces:
    """The fonts of a run, best first for each style, and what of them has been used."""

    def __init__(self, faces: dict[Style, tuple[Face, ...]]) -> None:
        self.faces = faces
        self._chosen: dict[tuple[Style, str], Face | None] = {}
        self._used = Used()
        self._cuts: dict[Face, Cut] = {}

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

    def use(self, used: Used) -> None:
        """Notes characters that a run will need: each font is then cut once for all of its files."""
        self._used.join(used)

    def tray(self, used: Used) -> tuple[Tray, tuple[Subset, ...]]:
        """The characters of one file, and the fonts that hold them, in the order of their numbers."""
        self.use(used)
        chosen: dict[Face, set[str]] = {}
        for style in Style:
            for each in sorted(used.characters[style]):
                chosen.setdefault(self._face(each, style), set()).add(each)
        subsets = [self._cut(face, characters).part(sorted(characters)) for face, characters in chosen.items()]
        numbers = {face: number for number, face in enumerate(chosen)}
        return Tray({
            style: self._drawer(style, characters, numbers, subsets) for style, characters in used.characters.items()
        }), tuple(subsets)

    def _drawer(
        self, style: Style, characters: set[str], numbers: dict[Face, int], subsets: Sequence[Subset],
    ) -> Drawer:
        faces = {each: self._face(each, style) for each in sorted(characters)}
        return Drawer(
            advances={each: face.advance(each) for each, face in faces.items()},
            fonts={each: numbers[face] + 1 for each, face in faces.items()},
            codes={each: f"{subsets[numbers[face]].codes[each]:04X}" for each, face in faces.items()},
        )

    def _face(self, character: str, style: Style) -> Face:
        self.check(character, style, where=character)
        face = self.face_of(character, style)
        assert face is not None
        return face

    def _cut(self, face: Face, wanted: set[str]) -> Cut:
        """The glyphs of a run; cut again only when something else is wanted."""
        known = self._cuts.get(face)
        if known is None or not wanted <= known.characters:
            known = self._cuts[face] = face.cut(
                each for style, characters in self._used.characters.items() for each in characters
                if self.face_of(each, style) is face
            )
        return known


def load(configured: Sequence[str] = (), folders: Sequence[str] = FOLDERS) -> Typefaces:
    """The fonts at hand: configured files first, then the system's. Refuses when none holds Chinese."""
    own = [_face(Path(name)) for name in configured]
    unusable = [face for face in own if not face.is_usable]
    if unusable:
        raise Refusal(N_("HLM_PLATE_FONTS 里的 {file} 打不开，或者不是中文字体。"), file=str(unusable[0].path))
    installed = _installed(folders)
    faces = {}
    for style in Style:
        mine = sorted(own, key=lambda face: abs(face.weight - style.weight))
        paths = [installed[name.lower()] for name in KNOWN[style] if name.lower() in installed]
        faces[style] = (*mine, *map(_face, paths))
    if not all(any(face.is_usable for face in some) for some in faces.values()):
        raise Refusal(N_("没有找到中文字体：请安装 fonts-noto-cjk，或者用 HLM_PLATE_FONTS 指定字体文件。"))
    return Typefaces(faces)


def has_chinese(folders: Sequence[str] = FOLDERS) -> bool:
    """Whether a font that is known to hold Chinese is installed: asked of the names of files, none is opened."""
    installed = _installed(folders)
    return any(name.lower() in installed for names in KNOWN.values() for name in names)


def _installed(folders: Sequence[str]) -> dict[str, Path]:
    """Font files below the folders, by name in lower case."""
    found: dict[str, Path] = {}
    for folder in folders:
        for place, _, names in os.walk(Path(folder).expanduser()):
            for name in names:
                if name.lower().endswith((".ttf", ".otf", ".ttc")):
                    found.setdefault(name.lower(), Path(place) / name)
    return found


def _face(path: Path) -> Face:
    """The one of a file as it is now; what is read of it is kept."""
    try:
        found = path.stat()
    except OSError:
        return Face(path)
    return _kept(path, found.st_ino, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=64)
def _kept(path: Path, *_version: int) -> Face:
    return Face(path)
