"""认读: what a stranger's scanner makes of a printed page: every code on it, in millimetres, and the words beside each.

PDFium rasterises, two decoders read (`decoding`); none of the three had a part in drawing. Nothing here knows the
register: pages can be read by processes of their own, one page in memory at a time each.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from re import compile as pattern

import numpy as np
import pypdfium2
from PIL import Image

from feedback import decoding, qr, tokens, workers
from feedback.decoding import Pixels
from feedback.errors import Refusal
from feedback.plates import CODE_AT, CODE_SIZE, EXTENT, Form
from feedback.words import N_

RESOLUTIONS = (200, 400)
"""Dots per inch; the finer one is tried on pages where something could not be read."""
TOLERANCE = 0.3
"""How far a square may be from its size (mm)."""
LARGEST = 1200.0
"""A page is at most so long (mm): plates laid out anew on a printer's sheet are; a vaster one eats the memory."""
PAGES_AT_ONCE = 8
"""Pages a process is given at a time."""

MILLIMETRES = 25.4
_POINTS = 72
_PRINTED_TOKEN = pattern(r"\b" + " ".join(["([0-9A-HJKMNP-TV-Z]{4})"] * 3) + r"\b")


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
    decoding.wechat()
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
    return Sheet(stack.path, 1, (), tuple(_seen(pixels, resolution, None)))


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
            seen = list(_seen(np.ascontiguousarray(pixels.reshape(pixels.shape[:2])), resolution, words))
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


def _seen(pixels: Pixels, resolution: float, words: _Words | None) -> Iterator[Seen]:
    """Every code of a page, in millimetres."""
    scale = MILLIMETRES / resolution
    for place, code in enumerate(decoding.codes(pixels), start=1):
        square = code.square
        across = (square.right - square.left) / square.modules * scale
        down = (square.low - square.top) / square.modules * scale
        whole = square.modules + 2 * qr.QUIET_ZONE
        seen = Seen(
            place, code.text, code.again, x=(square.left - square.quiet) * scale, y=(square.top - square.quiet) * scale,
            width=across * whole, height=down * whole, module=min(across, down),
            is_upright=square.is_upright, is_free=code.is_free, is_whole=True, words=None,
        )
        if seen.form and seen.is_upright:
            seen = replace(
                seen, is_whole=_is_whole(seen, seen.form, pixels.shape[1] * scale, pixels.shape[0] * scale),
                words=words.around(seen.x, seen.y, seen.form) if words else None)
        yield seen


def _is_whole(seen: Seen, form: Form, width: float, height: float) -> bool:
    """Whether a plate lies on a page of this size (mm)."""
    left, top = seen.x - CODE_AT[form][0], seen.y - CODE_AT[form][1]
    right, low = left + EXTENT[form].width, top + EXTENT[form].height
    return min(left, top, width - right, height - low) >= -TOLERANCE
