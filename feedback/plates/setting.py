"""排字: makes words fit the room they have, by shrinking and by breaking lines, never by cutting them off."""

from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Protocol

from feedback.fonts import Style
from feedback.plates.shapes import BLACK, Colour, Words

LEADING = 1.16
"""Distance of two baselines at size 1."""

MIDDLE = 0.38
"""How far above the baseline the middle of a Chinese character lies, at size 1."""

WORTH_A_LINE = 1.05
"""How much larger the words must become before another line is begun."""

_MOST_BREAKS = 2


@dataclass(frozen=True)
class Room:
    """A place for words: its left edge, its middle line, and how wide and high it is."""

    x: float
    middle: float
    width: float
    height: float


class Measure(Protocol):
    """Whoever knows how wide words are: the fonts themselves, or one file's tray."""

    def width(self, text: str, style: Style, /) -> float: ...


class Setter:
    """Sets words in the fonts of a run."""

    def __init__(self, measure: Measure) -> None:
        self.width = measure.width
        """Width of a line at size 1, by text and style."""

    def line(
        self, text: str, style: Style, size: float, room: Room,
        *, colour: Colour = BLACK, from_right: bool = False,
    ) -> Words:
        """One line, shrunk to the room's width; set from its right edge where asked."""
        natural = self.width(text, style)
        size = min(size, room.width / natural) if natural else size
        x = room.x + room.width - natural * size if from_right else room.x
        return Words(x, room.middle + MIDDLE * size, text, style, size, colour)

    def block(
        self, text: str, style: Style, size: float, room: Room, *, colour: Colour = BLACK,
    ) -> list[Words]:
        """Up to three lines, broken where that lets them be largest, around the room's middle."""
        largest, lines = min(size, room.height, room.width / (self.width(text, style) or 1)), [text]
        for breaks in range(1, _MOST_BREAKS + 1):
            if largest >= size or _highest(room, breaks) <= largest * WORTH_A_LINE:
                break
            possible, broken = self._best(text, style, room, size, breaks)
            if possible > largest * WORTH_A_LINE:
                largest, lines = possible, broken
        first = room.middle + MIDDLE * largest - LEADING * largest * (len(lines) - 1) / 2
        return [
            Words(room.x, first + LEADING * largest * number, each, style, largest, colour)
            for number, each in enumerate(lines)
        ]

    def _best(self, text: str, style: Style, room: Room, size: float, breaks: int) -> tuple[float, list[str]]:
        """The largest size with so many breaks, and the lines: broken at spaces, then evenly, where it is free."""
        height = _highest(room, breaks)
        best: tuple[tuple[float, int, float], list[str]] = ((0.0, 0, 0.0), [text])
        places = [place for place in range(1, len(text)) if _may_break(text, place)]
        for chosen in combinations(places, breaks):
            lines = [text[start:end].strip() for start, end in pairwise((0, *chosen, len(text)))]
            widest = max(self.width(each, style) for each in lines)
            at_spaces = sum(text[place - 1] == " " for place in chosen)
            best = max(best, ((min(size, height, room.width / widest), at_spaces, -widest), lines))
        return best[0][0], best[1]


def _highest(room: Room, breaks: int) -> float:
    """How large words may be so that so many lines and one more are no higher than the room."""
    return room.height / (1 + LEADING * breaks)


def _may_break(text: str, place: int) -> bool:
    """Between words and between Chinese characters; never inside a number, a Latin word, or “36 号”."""
    before, after = text[:place].rstrip(), text[place]
    if after == " " or not before:
        return False
    if before[-1].isdigit() and not _is_tight(after):
        return False
    return text[place - 1] == " " or not (_is_tight(before[-1]) and _is_tight(after))


def _is_tight(character: str) -> bool:
    return character.isascii() or character in "–—"
