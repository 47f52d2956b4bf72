"""图表: numbers drawn as SVG on the server; pure, no tables, no words of its own.

Every drawing says the same in words (`words`, given by the page in the reader's language) and stands without
colour: full, middle, soft and hatched differ in grey too. Lengths begin at zero. Colours are presentation
attributes, so a drawing stands alone; the room's style sheet may overrule them by class, on paper above all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from markupsafe import Markup

INK, PAPER, ACCENT = "#1A2321", "#FFFFFF", "#14514B"
MIDDLE, SOFT, TRACK, EDGE = "#8FADA7", "#C9DAD5", "#DFE4E1", "#74807C"

BAR_WIDTH, BAR_HEIGHT = 152, 14
STACK_WIDTH, STACK_HEIGHT = 456, 24
SPARK_WIDTH, SPARK_HEIGHT, SPARK_MARGIN = 104, 24, 4
HATCH_STEP = 5
DIGIT_WIDTH = 9
COLUMNS_WIDTH, COLUMNS_HEIGHT = 456, 176
COLUMNS_LEFT, COLUMNS_TOP, COLUMNS_FOOT = 36, 20, 24
"""Room for the axis at the left, for a number above the highest column, for the names below."""


class Fill(StrEnum):
    """How an area is filled; the order is that of weight."""

    FULL = "done"
    MIDDLE = "middle"
    SOFT = "soft"
    TRACK = "track"
    HATCH = "hatched"

    @property
    def colour(self) -> str:
        return {
            Fill.FULL: ACCENT,
            Fill.MIDDLE: MIDDLE,
            Fill.SOFT: SOFT,
            Fill.TRACK: TRACK,
            Fill.HATCH: PAPER,
        }[self]

    @property
    def ink(self) -> str:
        """The colour of a number written on it."""
        return PAPER if self is Fill.FULL else INK


@dataclass(frozen=True)
class Part:
    """One stretch of a stacked bar."""

    n: int
    fill: Fill


def bar(n: int, of: int, words: str) -> Markup:
    """A share from zero: full is done; what is missing is the track on a screen, hatched on paper."""
    done = _scaled(n, of, BAR_WIDTH)
    missing = BAR_WIDTH - done
    drawn = [
        _rect(0, 0, BAR_WIDTH, BAR_HEIGHT, Fill.TRACK),
        _hatching(done, 0, missing, BAR_HEIGHT),
        _rect(0, 0, done, BAR_HEIGHT, Fill.FULL),
    ]
    return _svg(BAR_WIDTH, BAR_HEIGHT, words, drawn)


def length(n: int, most: int, words: str) -> Markup:
    """A count from zero, the longest of its table as long as it gets: nothing is missing, so there is no track."""
    return _svg(BAR_WIDTH, BAR_HEIGHT, words, [_rect(0, 0, _scaled(n, most, BAR_WIDTH), BAR_HEIGHT, Fill.FULL)])


def stacked(parts: Sequence[Part], words: str, *, of: int | None = None) -> Markup:
    """Stretches side by side, each with its number where there is room. `of` is what the full width stands for
    (default: their sum), so that bars below each other share one scale."""
    whole = of if of is not None else sum(part.n for part in parts)
    drawn: list[Markup] = []
    left = 0.0
    for part in parts:
        width = _scaled(part.n, whole, STACK_WIDTH)
        drawn.append(_rect(left, 0, width, STACK_HEIGHT, part.fill))
        if part.fill is Fill.HATCH:
            drawn.append(_hatching(left, 0, width, STACK_HEIGHT))
        if part.n and part.fill is not Fill.HATCH and width >= DIGIT_WIDTH * (len(str(part.n)) + 1):
            drawn.append(_text(left + width / 2, STACK_HEIGHT / 2, str(part.n), part.fill.ink))
        left += width
    return _svg(STACK_WIDTH, STACK_HEIGHT, words, drawn)


@dataclass(frozen=True)
class Column:
    """One column, what stands under it, and whether it is of days that are over."""

    n: int
    name: str
    is_whole: bool = True


def columns(drawn: Sequence[Column], words: str) -> Markup:
    """Counts side by side from zero, with an axis: a line at zero, half and top. What is not over yet is hatched.

    Each number stands on its column where all have room."""
    top = round_above(max((one.n for one in drawn), default=0))
    height, foot = COLUMNS_HEIGHT - COLUMNS_TOP - COLUMNS_FOOT, COLUMNS_HEIGHT - COLUMNS_FOOT
    step = (COLUMNS_WIDTH - COLUMNS_LEFT) / max(len(drawn), 1)
    parts: list[Markup] = []
    for level in sorted({0, top // 2, top}):
        y = foot - _scaled(level, top, height)
        parts.append(_rule(COLUMNS_LEFT, y, COLUMNS_WIDTH, INK if level == 0 else TRACK))
        parts.append(_text(COLUMNS_LEFT - 6, y, str(level), INK, "end"))
    has_room = all(len(str(one.n)) * DIGIT_WIDTH <= step for one in drawn)
    for place, one in enumerate(drawn):
        left, tall = COLUMNS_LEFT + place * step, _scaled(one.n, top, height)
        fill = Fill.FULL if one.is_whole else Fill.HATCH
        parts.append(_rect(left + step / 6, foot - tall, step * 2 / 3, tall, fill))
        if fill is Fill.HATCH:
            parts.append(_hatching(left + step / 6, foot - tall, step * 2 / 3, tall))
        if one.n and has_room:
            parts.append(_text(left + step / 2, foot - tall - 9, str(one.n), INK))
        parts.append(_text(left + step / 2, foot + 13, one.name, INK))
    return _svg(COLUMNS_WIDTH, COLUMNS_HEIGHT, words, parts)


def round_above(n: int) -> int:
    """The top of an axis: the least of 2, 4, 6, 8 and 10 times a power of ten that is not below."""
    power = 1
    while power * 10 < n:
        power *= 10
    return next(step * power for step in (2, 4, 6, 8, 10) if step * power >= n)


def sparkline(values: Sequence[float | None], words: str, *, low: float = 0.0, high: float = 1.0) -> Markup:
    """A line through the months on one scale for all rows: dotted at the first value, a dot on the last one.

    A month without a rate is a gap. Less than two values draw nothing to compare, so nothing is drawn.
    """
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return Markup("")
    span = (high - low) or 1.0

    def point(place: int, value: float) -> tuple[float, float]:
        step = (SPARK_WIDTH - 2 * SPARK_MARGIN) / (len(values) - 1)
        level = min(max((value - low) / span, 0.0), 1.0)
        return SPARK_MARGIN + place * step, SPARK_HEIGHT - SPARK_MARGIN - level * (SPARK_HEIGHT - 2 * SPARK_MARGIN)

    _, first = point(*known[0])
    dot = point(*known[-1])
    drawn = [
        Markup(
            '<line x1="0" y1="{0}" x2="{1}" y2="{0}" stroke="{2}" stroke-width="1.5" stroke-dasharray="2 3"/>'
        ).format(_number(first), SPARK_WIDTH, MIDDLE)
    ]
    drawn += [_line(point(place, value) for place, value in run) for run in _runs(known)]
    drawn.append(Markup('<circle cx="{}" cy="{}" r="3.5" fill="{}"/>').format(_number(dot[0]), _number(dot[1]), ACCENT))
    return _svg(SPARK_WIDTH, SPARK_HEIGHT, words, drawn)


def scale(rows: Iterable[Sequence[float | None]]) -> tuple[float, float]:
    """The lowest and highest of all rows of sparklines: one scale, so that they can be compared."""
    known = [value for values in rows for value in values if value is not None]
    return (min(known), max(known)) if known else (0.0, 1.0)


def swatch(fill: Fill) -> Markup:
    """A sample for the legend; the word stands beside it."""
    drawn = [_rect(0, 0, 22, 16, fill)]
    if fill is Fill.HATCH:
        drawn.append(_hatching(0, 0, 22, 16))
    return Markup('<svg class="swatch" viewBox="0 0 22 16" width="22" height="16" aria-hidden="true">{}</svg>').format(
        Markup("").join(drawn)
    )


def _svg(width: float, height: float, words: str, drawn: Iterable[Markup]) -> Markup:
    return Markup('<svg viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img" aria-label="{2}">{3}</svg>').format(
        _number(width), _number(height), words, Markup("").join(drawn)
    )


def _rect(left: float, top: float, width: float, height: float, fill: Fill) -> Markup:
    if width <= 0 or height <= 0:
        return Markup("")
    edge = Markup(' stroke="{}"').format(EDGE) if fill is Fill.HATCH else Markup("")
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}" fill="{}"{}/>').format(
        fill.value, _number(left), _number(top), _number(width), _number(height), fill.colour, edge
    )


def _hatching(left: float, top: float, width: float, height: float) -> Markup:
    """Diagonal strokes inside a rectangle, as one path: a pattern would need an id, and ids clash on a page."""
    strokes = []
    start = left - height + HATCH_STEP
    while start < left + width:
        x1, y1 = max(start, left), top + height - max(left - start, 0)
        x2 = min(start + height, left + width)
        strokes.append(f"M{_number(x1)} {_number(y1)}L{_number(x2)} {_number(y1 - (x2 - x1))}")
        start += HATCH_STEP
    if not strokes:
        return Markup("")
    return Markup('<path class="hatched" d="{}" stroke="{}" stroke-width="1" fill="none"/>').format(
        "".join(strokes), EDGE
    )


def _text(x: float, y: float, text: str, colour: str, anchor: str = "middle") -> Markup:
    return Markup(
        '<text x="{}" y="{}" fill="{}" font-size="14" text-anchor="{}" dominant-baseline="central">{}</text>'
    ).format(_number(x), _number(y), colour, anchor, text)


def _rule(left: float, y: float, right: float, colour: str) -> Markup:
    return Markup('<line x1="{0}" y1="{2}" x2="{1}" y2="{2}" stroke="{3}" stroke-width="1"/>').format(
        _number(left), _number(right), _number(y), colour
    )


def _line(points: Iterable[tuple[float, float]]) -> Markup:
    path = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
    return Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="2"/>').format(path, ACCENT)


def _runs(known: Sequence[tuple[int, float]]) -> list[list[tuple[int, float]]]:
    """Stretches of neighbouring months; a gap is not bridged."""
    runs: list[list[tuple[int, float]]] = []
    for place, value in known:
        if runs and runs[-1][-1][0] == place - 1:
            runs[-1].append((place, value))
        else:
            runs.append([(place, value)])
    return [run for run in runs if len(run) > 1]


def _scaled(n: int, of: int, width: float) -> float:
    return width * min(max(n / of, 0.0), 1.0) if of > 0 else 0.0


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
