"""张贴的门牌: the two plates that lie on A4 sheets, their words beside the code: 91 × 50 and 62.4 × 32.4 mm."""

from dataclasses import dataclass
from typing import NamedTuple

from feedback import tokens
from feedback.fonts import Style
from feedback.plates.inscription import CALL, CALL_BRIEFLY, OPEN_BRIEFLY, TITLE, TYPE_BRIEFLY, Plate
from feedback.plates.setting import Room, Setter
from feedback.plates.shapes import Box, Colour, Shape, Square


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


def draw(plate: Plate, form: Strip, setter: Setter) -> list[Shape]:
    """Code on the left, words on the right, from the upper left corner."""
    panel = form.edge + form.code
    inner, half = form.radius - form.edge, form.edge / 2
    low = form.height - form.edge
    return [
        Box(0, 0, form.width, form.height, Colour.DAI, (form.radius, form.radius, form.radius, form.radius)),
        Box(form.edge, form.edge, form.width - 2 * form.edge, low - form.edge, Colour.WHITE,
            (0, inner, inner, 0)),  # a round corner here would reach into the quiet zone
        Box(panel, half, form.width - half - panel, form.head - half, Colour.DAI, (0, form.radius - half, 0, 0)),
        Square(*form.code_at, form.code, plate.matrix),
        *_head(plate, form, setter),
        *_body(plate, form, setter),
    ]


def _room(form: Strip, at: At, indent: float = 0) -> Room:
    left = form.edge + form.code + form.indent + indent
    return Room(left, at.middle, form.width - form.edge - form.indent * 0.6 - left, at.size)


def _head(plate: Plate, form: Strip, setter: Setter) -> list[Shape]:
    room = _room(form, form.door)
    door = Room(room.x, room.middle, room.width, 2 * (form.head - form.door.middle - form.edge / 2))
    return [
        setter.line(plate.village, Style.SONG, form.village.size, _room(form, form.village), colour=Colour.WHITE),
        *setter.block(plate.door, Style.SONG, form.door.size, door, colour=Colour.WHITE),
    ]


def _body(plate: Plate, form: Strip, setter: Setter) -> list[Shape]:
    """Title, purpose, and the three ways in."""
    shapes: list[Shape] = [
        setter.line(TITLE, Style.SONG, form.title.size, _room(form, form.title)),
        setter.line(plate.purpose, Style.HEI_BOLD, form.purpose.size, _room(form, form.purpose)),
    ]
    rows = [(OPEN_BRIEFLY, plate.host, form.host), (TYPE_BRIEFLY, tokens.grouped(plate.token), form.token)]
    if plate.hotline and form.call:
        shapes.append(setter.line(CALL, Style.HEI, form.call.size, _room(form, form.call)))
        shapes.append(setter.line(plate.hotline, Style.HEI_BOLD, form.hotline.size, _room(form, form.hotline)))
    elif plate.hotline:
        rows.insert(0, (CALL_BRIEFLY, plate.hotline, form.hotline))
    for label, value, at in rows:
        shapes.append(setter.line(label, Style.HEI, form.label, _room(form, At(form.label, at.middle))))
        shapes.append(setter.line(value, Style.HEI_BOLD, at.size, _room(form, at, 2.35 * form.label)))
    return shapes
