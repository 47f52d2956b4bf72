"""字盘: the characters that one file uses: how wide each is, and by which number its font calls it.

It is plain data, so that another process can set words from it without opening a font.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import groupby


class Style(StrEnum):
    """The three voices of a plate."""

    SONG = "song"
    HEI = "hei"
    HEI_BOLD = "hei_bold"

    @property
    def weight(self) -> int:
        """The weight wanted, as in OS/2 usWeightClass."""
        return 400 if self is Style.HEI else 700


@dataclass(frozen=True)
class Drawer:
    """The characters of one style: of each its width at size 1, its font's number in the file, its own there."""

    advances: dict[str, float]
    fonts: dict[str, int]
    codes: dict[str, str]
    """In hexadecimal, four digits."""

    @cached_property
    def only(self) -> int:
        """The number of the one font of all; 0 where there are several."""
        several = set(self.fonts.values())
        return several.pop() if len(several) == 1 else 0


@dataclass(frozen=True)
class Tray:
    """Every character a file uses, by style."""

    drawers: dict[Style, Drawer]

    def width(self, text: str, style: Style) -> float:
        """Width of a line at size 1."""
        return sum(map(self.drawers[style].advances.__getitem__, text))

    def runs(self, text: str, style: Style) -> Iterator[tuple[int, str]]:
        """The text in stretches of one font each: the font's number, and the characters' in hexadecimal."""
        drawer = self.drawers[style]
        if drawer.only:
            yield drawer.only, "".join(map(drawer.codes.__getitem__, text))
            return
        for font, stretch in groupby(text, key=drawer.fonts.__getitem__):
            yield font, "".join(map(drawer.codes.__getitem__, stretch))


class Used:
    """Which characters are used in which style."""

    def __init__(self) -> None:
        self.characters: dict[Style, set[str]] = {style: set() for style in Style}

    def add(self, style: Style, *texts: Iterable[str]) -> None:
        self.characters[style].update(*texts)

    def join(self, other: "Used") -> None:
        for style, characters in other.characters.items():
            self.characters[style] |= characters
