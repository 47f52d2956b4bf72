"""认读: what a stranger's scanner makes of a printed page: every code on it, twice over, and the words beside each.

PDFium rasterises, ZXing finds and decodes every code, and WeChat's decoder (OpenCV's) decodes each square once more;
none of the three had a part in drawing. WeChat's reads one code in a picture, so it is given square by square. Nothing
here knows the register: pages can be read by processes of their own, one page in memory at a time each.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from itertools import chain, islice
from math import ceil, floor
from pathlib import Path
from re import compile as pattern
from typing import Any, TypeAlias, cast

import numpy as np
import pypdfium2
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from feedback import qr, tokens, workers
from feedback.errors import Refusal
from feedback.plates import CODE_AT, CODE_SIZE, EXTENT, Form
from feedback.words import N_

RESOLUTIONS = (200, 400)
"""Dots per inch; the finer one is tried on pages where something could not be read."""
LIGHT = 200
"""A pixel of the quiet zone is at least so light, of 255: at 200 dots per inch a black hairline of 0.05 mm is not."""
TOLERANCE = 0.3
"""How far a square may be from its size (mm)."""
LARGEST = 1200.0
"""A page is at most so long (mm): plates laid out anew on a printer's sheet are; a vaster one eats the memory."""
PAGES_AT_ONCE = 8
"""Pages a process is given at a time."""

MILLIMETRES = 25.4
_POINTS = 72
_EDGE = 0.1
"""How far from where it is measured an edge may be (pixels)."""
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)
_PRINTED_TOKEN = pattern(r"\b" + " ".join(["([0-9A-HJKMNP-TV-Z]{4})"] * 3) + r"\b")

Pixels: TypeAlias = NDArray[np.uint8]


class Decoder(StrEnum):
    """Who reads the codes."""

    ZXING = "zxing"
    WECHAT = "wechat"

    @property
    def label(self) -> str:
        return {Decoder.ZXING: "ZXing", Decoder.WECHAT: N_("微信解码器")}[self]


@dataclass(frozen=True)
class Stack:
    """Some pages of one file, to be read together; without `look` their words alone are wanted."""

    path: Path
    pages: tuple[int, ...]
    look: bool = True


@dataclass(frozen=True)
class Seen:
    """One code: what both decoders read, where its quiet zone lies and how large all is (mm)."""

    place: int
    """Counts from 1, by rows."""
    text: str
    again: str | None
    """By WeChat's decoder; None where it reads nothing."""
    x: float
    y: float
    width: float
    height: float
    module: float
    is_upright: bool
    is_free: bool
    """Nothing dark in the quiet zone."""
    is_whole: bool
    """The plate around it lies on the page with all its edges, as far as that can be told."""
    words: str | None
    """What is written on the plate around it, without spaces; None where that can't be told."""

    @property
    def form(self) -> Form | None:
        """The plate whose code has this size; None where none has."""
        for form, size in CODE_SIZE.items():
            if max(abs(size - self.width), abs(size - self.height)) <= TOLERANCE:
                return form
        return None


@dataclass(frozen=True)
class Sheet:
    """One page; `named` are the tokens printed on it in words. Pages count from 1."""

    path: Path
    page: int
    named: tuple[str, ...]
    seen: tuple[Seen, ...]


def count(path: Path) -> int:
    """How many pages there are. Refuses what is neither a PDF nor a picture."""
    if _is_picture(path):
        return 1
    with closing(_document(path)) as document:
        return len(document)


def subject(path: Path) -> str:
    """What the file says it is about: the code of an area, or nothing."""
    if _is_picture(path):
        return ""
    with closing(_document(path)) as document:
        return str(document.get_metadata_value("Subject"))


@contextmanager
def readers(jobs: int = 1) -> Iterator[Callable[[Iterable[Stack]], Iterator[Sheet]]]:
    """What reads pages, in order, until the end of the block: so many processes, or this one.

    PDFium is not for several threads of one process: whoever has threads asks for two jobs at least.
    """
    wechat()
    if jobs == 1:
        yield lambda stacks: chain.from_iterable(map(_read, stacks))
        return
    with workers.workers(jobs) as spread:
        yield lambda stacks: chain.from_iterable(spread(_read_on_one_core, stacks))


def stacks_of(path: Path, pages: Sequence[int], *, look: bool = True) -> Iterator[Stack]:
    """The pages of a file in handfuls."""
    rest = iter(pages)
    while some := tuple(islice(rest, PAGES_AT_ONCE)):
        yield Stack(path, some, look)


@cache
def wechat() -> Any:
    """WeChat's decoder; loaded only where something is read, for it is large."""
    try:
        import cv2

        return cv2.wechat_qrcode_WeChatQRCode()  # type: ignore[attr-defined, unused-ignore]
    except (ImportError, AttributeError) as error:
        raise Refusal(N_("缺少第二种解码器，不能核对：请安装 opencv-contrib-python-headless。")) from error


def _document(path: Path) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise Refusal(N_("{file} 不是能打开的 PDF。"), file=path.name) from error


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() == ".png"


def _read_on_one_core(stack: Stack) -> list[Sheet]:
    """As one worker among several reads."""
    import cv2

    cv2.setNumThreads(1)
    return _read(stack)


def _read(stack: Stack) -> list[Sheet]:
    if _is_picture(stack.path):
        return [_picture(stack) if stack.look else Sheet(stack.path, 1, (), ())]
    with closing(_document(stack.path)) as document:
        return [_page(document, stack, number) for number in stack.pages]


def _picture(stack: Stack) -> Sheet:
    """A page that is pixels already; it has no words a program could read."""
    try:
        with Image.open(stack.path) as picture:
            picture.verify()  # what makes the monthly report's PDF tells Pillow to be content with half a picture
        with Image.open(stack.path) as picture:
            resolution = float(picture.info.get("dpi", (0, 0))[0])
            pixels = np.asarray(picture.convert("L"))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:  # what Pillow says of broken and of vast ones
        raise Refusal(N_("{file} 不是能打开的 PNG。"), file=stack.path.name) from error
    if not resolution:
        raise Refusal(N_("{file} 没有写明分辨率，量不出尺寸。"), file=stack.path.name)
    return Sheet(stack.path, 1, (), tuple(_decoded(pixels, resolution, None)))


def _page(document: pypdfium2.PdfDocument, stack: Stack, number: int) -> Sheet:
    """A page of a PDF; once more and finer where a decoder failed or fewer codes were read than words name."""
    page = document[number - 1]
    if max(page.get_size()) > LARGEST * _POINTS / MILLIMETRES:
        raise Refusal(N_("{file} 第 {page} 页太大，不像是门牌的印张。"), file=stack.path.name, page=number)
    with closing(page), closing(page.get_textpage()) as text:
        named = _named(text.get_text_bounded())
        seen: list[Seen] = []
        for resolution in RESOLUTIONS if stack.look else ():
            pixels = page.render(scale=resolution / _POINTS, grayscale=True).to_numpy()
            words = _Words(text, page.get_height()) if text.count_chars() else None
            seen = list(_decoded(np.ascontiguousarray(pixels.reshape(pixels.shape[:2])), resolution, words))
            if len(seen) >= max(len(named), 1) and all(each.again == each.text for each in seen):
                break
        return Sheet(stack.path, number, named, tuple(seen))


def _named(text: str) -> tuple[str, ...]:
    """The tokens in a page's words; a telephone number in three groups is none."""
    found = ["".join(groups) for groups in _PRINTED_TOKEN.findall(text)]
    return tuple(token for token in found if tokens.is_valid(token) and not token.isdigit())


@dataclass(frozen=True)
class _Words:
    """The text of a page."""

    text: pypdfium2.PdfTextPage
    height: float

    def around(self, x: float, y: float, form: Form) -> str:
        """What stands on the plate whose code's quiet zone begins there (mm), without spaces."""
        left, top = x - CODE_AT[form][0], y - CODE_AT[form][1]
        right, low = left + EXTENT[form].width, top + EXTENT[form].height
        points = _POINTS / MILLIMETRES
        found = self.text.get_text_bounded(
            left=left * points, right=right * points, top=self.height - top * points, bottom=self.height - low * points)
        return "".join(found.split())


@dataclass(frozen=True)
class _Square:
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


def _decoded(pixels: Pixels, resolution: float, words: _Words | None) -> Iterator[Seen]:
    """Every code ZXing finds, by rows, each measured and decoded again."""
    found = [(_square(each, pixels), each.text) for each in zxingcpp.read_barcodes(pixels, formats=_QR)]
    scale = MILLIMETRES / resolution
    for place, (square, text) in enumerate(_in_reading_order(found), start=1):
        across = (square.right - square.left) / square.modules * scale
        down = (square.low - square.top) / square.modules * scale
        whole = square.modules + 2 * qr.QUIET_ZONE
        seen = Seen(
            place, text, _again(pixels, square),
            x=(square.left - square.quiet) * scale, y=(square.top - square.quiet) * scale,
            width=across * whole, height=down * whole, module=min(across, down),
            is_upright=square.is_upright, is_free=_is_free(pixels, square), is_whole=True, words=None,
        )
        if seen.form and seen.is_upright:
            seen = replace(
                seen, is_whole=_is_whole(seen, seen.form, pixels.shape[1] * scale, pixels.shape[0] * scale),
                words=words.around(seen.x, seen.y, seen.form) if words else None)
        yield seen


def _in_reading_order(found: Iterable[tuple[_Square, str]]) -> list[tuple[_Square, str]]:
    """By rows: codes begin a new one where they lie half a code lower than the one before."""
    rows: list[list[tuple[_Square, str]]] = []
    for each in sorted(found, key=lambda one: one[0].top):
        square = each[0]
        if rows and square.top - rows[-1][-1][0].top < (square.low - square.top) / 2:
            rows[-1].append(each)
        else:
            rows.append([each])
    return [each for row in rows for each in sorted(row, key=lambda one: one[0].left)]


def _square(found: zxingcpp.Barcode, pixels: Pixels) -> _Square:
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
    rough = _Square(left, top, right, low, modules, is_upright)
    return _exact(pixels, rough) if is_upright else rough


def _exact(pixels: Pixels, rough: _Square) -> _Square:
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
    return _Square(
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


def _is_free(pixels: Pixels, square: _Square) -> bool:
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


def _is_whole(seen: Seen, form: Form, width: float, height: float) -> bool:
    """Whether a plate lies on a page of this size (mm)."""
    left, top = seen.x - CODE_AT[form][0], seen.y - CODE_AT[form][1]
    right, low = left + EXTENT[form].width, top + EXTENT[form].height
    return min(left, top, width - right, height - low) >= -TOLERANCE


def _again(pixels: Pixels, square: _Square) -> str | None:
    """What WeChat's decoder reads in the square and its quiet zone."""
    left, top = max(0, floor(square.left - square.quiet)), max(0, floor(square.top - square.quiet))
    right, low = ceil(square.right + square.quiet), ceil(square.low + square.quiet)
    texts, _ = wechat().detectAndDecode(np.ascontiguousarray(pixels[top:low, left:right]))
    return str(texts[0]) if texts else None
