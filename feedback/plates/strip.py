"""张贴的门牌: the two plates that lie on A4 sheets, their words beside the code: 91 × 50 and 62.4 × 32.4 mm."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from feedback import tokens
from feedback.fonts import Style
from feedback.plates.inscription import CALL, CALL_BRIEFLY, OPEN_BRIEFLY, TYPE_BRIEFLY, Inscription, Plate
from feedback.plates.setting import Room, Setter
from feedback.plates.shapes import WHITE, Box, Shape, Square, Words


class At(NamedTuple):
    """How large a line is and where its middle lies (mm)."""

    size: float
    middle: float


@dataclass(frozen=True, kw_only=True)
class Strip:
    """Measures of one form (mm). `call` is the sentence above the telephone number, where there is room."""

    width: float
    height: float
    code: float
    edge: float
    radius: float
    head: float
    indent: float
    village: At
    door: At
    title: At
    purpose: At
    call: At | None
    hotline: At
    host: At
    token: At
    label: float

    @property
    def code_at(self) -> tuple[float, float]:
        """Upper left corner of the code's quiet zone."""
        return self.edge, (self.height - self.code) / 2


CARD = Strip(
    width=91, height=50, code=47.6, edge=1.2, radius=2.6, head=15.4, indent=2.8,
    village=At(4.8, 3.9), door=At(7.6, 10.6), title=At(5.8, 20.2), purpose=At(3.9, 26.2), call=At(3.1, 31.9),
    hotline=At(4.2, 36.3), host=At(3.6, 41.0), token=At(3.4, 45.3), label=3.1,
)
LABEL = Strip(
    width=62.4, height=32.4, code=30.8, edge=0.8, radius=1.2, head=10.2, indent=1.5,
    village=At(3.3, 2.8), door=At(5.0, 7.2), title=At(4.1, 13.2), purpose=At(2.9, 17.6), call=None,
    hotline=At(2.8, 21.7), host=At(2.5, 25.2), token=At(2.4, 28.7), label=2.2,
)


def ground(words: Inscription, form: Strip, setter: Setter) -> list[Shape]:
    """What is the same on every plate of a village, the field under it all first."""
    panel = form.edge + form.code
    inner, half = form.radius - form.edge, form.edge / 2
    low = form.height - form.edge
    return [
        Box(0, 0, form.width, form.height, words.field, (form.radius, form.radius, form.radius, form.radius)),
        Box(form.edge, form.edge, form.width - 2 * form.edge, low - form.edge, WHITE,
            (0, inner, inner, 0)),  # a round corner here would reach into the quiet zone
        Box(panel, half, form.width - half - panel, form.head - half, words.field, (0, form.radius - half, 0, 0)),
        setter.line(words.village, Style.SONG, form.village.size, _room(form, form.village), colour=WHITE),
        setter.line(words.title, Style.SONG, form.title.size, _room(form, form.title)),
        setter.line(words.purpose, Style.HEI_BOLD, form.purpose.size, _room(form, form.purpose)),
        *_ways_in(words, form, setter),
    ]


def own(plate: Plate, form: Strip, setter: Setter) -> list[Shape]:
    """What is this plate's alone, over the ground: code on the left, door and token on the right."""
    at = _room(form, form.door)
    room = Room(at.x, at.middle, at.width, 2 * (form.head - form.door.middle - form.edge / 2))
    return [
        *setter.block(plate.door, Style.SONG, form.door.size, room, colour=WHITE),
        _value(tokens.grouped(plate.token), form.token, form, setter),
        Square(*form.code_at, form.code, plate.matrix),
    ]


def _room(form: Strip, at: At, indent: float = 0) -> Room:
    left = form.edge + form.code + form.indent + indent
    return Room(left, at.middle, form.width - form.edge - form.indent * 0.6 - left, at.size)


def _ways_in(words: Inscription, form: Strip, setter: Setter) -> Iterator[Shape]:
    """Telephone, address and, for the token, its label."""
    if words.hotline and form.call:
        yield setter.line(CALL, Style.HEI, form.call.size, _room(form, form.call))
        yield setter.line(words.hotline, Style.HEI_BOLD, form.hotline.size, _room(form, form.hotline))
    elif words.hotline:
        yield _label(CALL_BRIEFLY, form.hotline, form, setter)
        yield _value(words.hotline, form.hotline, form, setter)
    yield _label(OPEN_BRIEFLY, form.host, form, setter)
    yield _value(words.host, form.host, form, setter)
    yield _label(TYPE_BRIEFLY, form.token, form, setter)


def _label(text: str, at: At, form: Strip, setter: Setter) -> Words:
    return setter.line(text, Style.HEI, form.label, _room(form, At(form.label, at.middle)))


def _value(text: str, at: At, form: Strip, setter: Setter) -> Words:
    return setter.line(text, Style.HEI_BOLD, at.size, _room(form, at, 2.35 * form.label))
