"""解码: every code in a picture, where it lies to parts of a pixel, and what two decoders read.

ZXing finds and decodes every code, and WeChat's decoder (OpenCV's) decodes each square once more; neither had a part
in drawing. WeChat's reads one code in a picture, so it is given square by square.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from math import ceil, floor
from typing import Any, TypeAlias, cast

import numpy as np
import zxingcpp
from numpy.typing import NDArray

from feedback import qr
from feedback.errors import Refusal
from feedback.words import N_

LIGHT = 200
"""A pixel of the quiet zone is at least so light, of 255: at 200 dots per inch a black hairline of 0.05 mm is not."""

_EDGE = 0.1
"""How far from where it is measured an edge may be (pixels)."""
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)

Pixels: TypeAlias = NDArray[np.uint8]


class Decoder(StrEnum):
    """Who reads the codes."""

    ZXING = "zxing"
    WECHAT = "wechat"

    @property
    def label(self) -> str:
        return {Decoder.ZXING: "ZXing", Decoder.WECHAT: N_("微信解码器")}[self]


@dataclass(frozen=True)
class Square:
    """Where a code lies, quiet zone left out (pixels), and its modules along a side."""

    left: float
    top: float
    right: float
    low: float
    modules: int
    is_upright: bool

    @property
    def module(self) -> float:
        return (self.right - self.left) / self.modules

    @property
    def quiet(self) -> float:
        return self.module * qr.QUIET_ZONE


@dataclass(frozen=True)
class Code:
    """One code: what ZXing reads and what WeChat's decoder does, None where it reads nothing."""

    square: Square
    text: str
    again: str | None
    is_free: bool
    """Nothing dark in the quiet zone."""


def codes(pixels: Pixels) -> Iterator[Code]:
    """Every code that ZXing finds, by rows."""
    found = [(_square(each, pixels), each.text) for each in zxingcpp.read_barcodes(pixels, formats=_QR)]
    for square, text in _in_reading_order(found):
        yield Code(square, text, _again(pixels, square), _is_free(pixels, square))


def _in_reading_order(found: Iterable[tuple[Square, str]]) -> list[tuple[Square, str]]:
    """By rows: codes begin a new one where they lie half a code lower than the one before."""
    rows: list[list[tuple[Square, str]]] = []
    for each in sorted(found, key=lambda one: one[0].top):
        square = each[0]
        if rows and square.top - rows[-1][-1][0].top < (square.low - square.top) / 2:
            rows[-1].append(each)
        else:
            rows.append([each])
    return [each for row in rows for each in sorted(row, key=lambda one: one[0].left)]


def _square(found: zxingcpp.Barcode, pixels: Pixels) -> Square:
    """Where the decoder found a code, to parts of a pixel."""
    at = found.position
    corners = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
    left, right = min(each.x for each in corners), max(each.x for each in corners)
    top, low = min(each.y for each in corners), max(each.y for each in corners)
    modules = 17 + 4 * int(cast(dict[str, Any], found.extra)["Version"])
    slack = (right - left) / modules / 2
    is_upright = (
        abs(at.top_left.y - at.top_right.y) <= slack and abs(at.top_left.x - at.bottom_left.x) <= slack
        and at.top_left.x < at.top_right.x and at.top_left.y < at.bottom_left.y
    )
    rough = Square(left, top, right, low, modules, is_upright)
    return _exact(pixels, rough) if is_upright else rough


def _exact(pixels: Pixels, rough: Square) -> Square:
    """The same square, its edges taken from the outer rings of the three finders: dark, straight, six modules long."""
    module = rough.module
    rows = slice(round(rough.top + module), round(rough.top + 6 * module))
    columns = slice(round(rough.left + module), round(rough.left + 6 * module))

    def before(edge: float) -> tuple[int, int]:
        return max(0, round(edge - 2 * module)), round(edge + module / 2)

    def after(edge: float) -> tuple[int, int]:
        return round(edge - module / 2), round(edge + 2 * module)

    left, top = before(rough.left), before(rough.top)
    right, low = after(rough.right), after(rough.low)
    return Square(
        left=left[0] + _light(pixels[rows, slice(*left)].mean(axis=0)),
        top=top[0] + _light(pixels[slice(*top), columns].mean(axis=1)),
        right=min(right[1], pixels.shape[1]) - _light(pixels[rows, slice(*right)].mean(axis=0)),
        low=min(low[1], pixels.shape[0]) - _light(pixels[slice(*low), columns].mean(axis=1)),
        modules=rough.modules, is_upright=True,
    )


def _light(lightness: NDArray[np.float64]) -> float:
    """How much of a stretch that is light on one side and dark on the other is light (pixels)."""
    dark, light = lightness.min(), lightness.max()
    return float(((lightness - dark) / max(light - dark, 1)).sum())


def _is_free(pixels: Pixels, square: Square) -> bool:
    """Whether four modules around the square are on the page and light."""
    left, top = ceil(square.left - square.quiet - _EDGE), ceil(square.top - square.quiet - _EDGE)
    right, low = floor(square.right + square.quiet + _EDGE), floor(square.low + square.quiet + _EDGE)
    height, width = pixels.shape
    if left < 0 or top < 0 or right > width or low > height:
        return False
    dark = pixels[top:low, left:right] < LIGHT
    inner = dark[floor(square.top - _EDGE) - top:ceil(square.low + _EDGE) - top,
                 floor(square.left - _EDGE) - left:ceil(square.right + _EDGE) - left]
    return int(dark.sum()) == int(inner.sum())


def _again(pixels: Pixels, square: Square) -> str | None:
    """What WeChat's decoder reads in the square and its quiet zone."""
    left, top = max(0, floor(square.left - square.quiet)), max(0, floor(square.top - square.quiet))
    right, low = ceil(square.right + square.quiet), ceil(square.low + square.quiet)
    texts, _ = wechat().detectAndDecode(np.ascontiguousarray(pixels[top:low, left:right]))
    return str(texts[0]) if texts else None


@cache
def wechat() -> Any:
    """WeChat's decoder; loaded only where something is read, for it is large."""
    try:
        import cv2

        return cv2.wechat_qrcode_WeChatQRCode()  # type: ignore[attr-defined, unused-ignore]
    except (ImportError, AttributeError) as error:
        raise Refusal(N_("缺少第二种解码器，不能核对：请安装 opencv-contrib-python-headless。")) from error
