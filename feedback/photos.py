"""照片: a photo that came in is believed in nothing: it is decoded by a child process and painted anew.

JPEG, PNG or WebP, at most 8 MB and 24 million pixels. The child has no secrets, little memory and little
time; what it gives back is a JPEG of at most 1600 pixels an edge, upright, with nothing in it but pixels:
no place, no camera, no comment, no second picture. A file that can't be used is one sentence about that
photo alone; the words and the other photos stay.

    python -m feedback.photos < photo > jpeg      (the child; its exit status names the flaw)
"""

import os
import subprocess
import sys
import threading
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, cast

import config
from feedback.errors import Busy, Refusal
from feedback.words import N_

if TYPE_CHECKING:
    from PIL import Image

EDGE = 1600  # pixels of the longer edge kept: a phone's screen twice over, a page of A4 at 140 dpi
QUALITY = 80
CHILD_MEMORY = 640 * config.MEGABYTE  # 24 Mpx as RGBA is 96 MB; a decoder holds it up to four times
CHILD_CPU = 15  # seconds of work
PATIENCE = 30.0  # seconds of waiting, for a child and for a free place beside the others
ROOT = Path(__file__).resolve().parent.parent

_places = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))


class Flaw(StrEnum):
    """Why a photo can't be used; the value is the child's exit status."""

    EMPTY = "10"
    TOO_HEAVY = "11"
    HEIC = "12"
    VIDEO = "13"
    NOT_A_PHOTO = "14"
    TOO_LARGE = "15"
    BROKEN = "16"
    TOO_MUCH_WORK = "17"

    @property
    def sentence(self) -> str:
        return {
            Flaw.EMPTY: N_("这张照片是空的，没有传上来。请再选一次。"),
            Flaw.TOO_HEAVY: N_("这张照片超过 8 MB，收不下。请截个图再选，或换一张小的。"),
            Flaw.HEIC: N_("这张是苹果手机的 HEIC 格式，这里打不开。请截个图再选。"),
            Flaw.VIDEO: N_("这是一段录像，这里只收照片。请截一张图再选。"),
            Flaw.NOT_A_PHOTO: N_("这不是照片。请选手机里的照片（JPG、PNG 或 WebP）。"),
            Flaw.TOO_LARGE: N_("这张照片尺寸太大（超过 2400 万像素）。请截个图再选。"),
            Flaw.BROKEN: N_("这张照片打不开，可能没有传完整。请再选一次，或换一张。"),
            Flaw.TOO_MUCH_WORK: N_("这张照片太复杂，处理不了。请截个图再选。"),
        }[self]


class Unusable(Refusal):
    """One photo that can't be kept, and why."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.sentence, field="photos")
        self.flaw = flaw


def develop(uploaded: bytes) -> bytes:
    """The photo as a clean upright JPEG. Raises Unusable, or Busy when too many are being decoded.

    Slow (0.2 to 2 seconds): call it before `db.write()`.
    """
    flaw = flaw_at_first_sight(uploaded)
    if flaw is not None:
        raise Unusable(flaw)
    if not _places.acquire(timeout=PATIENCE):
        raise Busy(N_("现在传照片的人多，请过一会儿再送一次。您写的都还在。"), field="photos")
    try:
        done = subprocess.run(
            [sys.executable, "-E", "-s", "-m", "feedback.photos"],
            input=uploaded, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=ROOT, env={"LC_ALL": "C.UTF-8"}, timeout=PATIENCE, check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unusable(Flaw.TOO_MUCH_WORK) from None
    finally:
        _places.release()
    if done.returncode == 0 and done.stdout.startswith(JPEG):
        return done.stdout
    raise Unusable(_flaw_of(done.returncode))


def _flaw_of(status: int) -> Flaw:
    """A child that died of a signal ran out of time; one that died otherwise met a broken file."""
    if status < 0:
        return Flaw.TOO_MUCH_WORK
    try:
        return Flaw(str(status))
    except ValueError:
        return Flaw.BROKEN


# ---------------------------------------------------------------- before anything is decoded

JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
APPLE_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
STILL_BRANDS = APPLE_BRANDS | {b"avif", b"avis"}


def flaw_at_first_sight(uploaded: bytes) -> Flaw | None:
    """What size and first bytes tell; the name and type a browser sends are not asked."""
    if not uploaded:
        return Flaw.EMPTY
    if len(uploaded) > config.PHOTO_BYTES:
        return Flaw.TOO_HEAVY
    if uploaded.startswith((JPEG, PNG)) or (uploaded[:4] == b"RIFF" and uploaded[8:12] == b"WEBP"):
        return None
    if uploaded[4:8] == b"ftyp":
        brand = uploaded[8:12].lower()
        if brand in APPLE_BRANDS:
            return Flaw.HEIC
        return Flaw.NOT_A_PHOTO if brand in STILL_BRANDS else Flaw.VIDEO
    return Flaw.NOT_A_PHOTO


# ---------------------------------------------------------------- inside the child


class _TooLarge(Exception):
    """More pixels than are taken in."""


def main() -> int:
    """Reads a photo from standard input, writes the clean one, returns 0 or the number of its flaw."""
    _limit_this_process()
    try:
        clean = repaint(sys.stdin.buffer.read(config.PHOTO_BYTES + 1))
    except _TooLarge:
        return int(Flaw.TOO_LARGE)
    except MemoryError:
        return int(Flaw.TOO_MUCH_WORK)
    except Exception:  # whatever a decoder says about bytes of a stranger
        return int(Flaw.BROKEN)
    sys.stdout.buffer.write(clean)
    return 0


def _limit_this_process() -> None:
    """Memory, processor time, no files, no core dump. Where the system knows no such limits, time alone."""
    try:
        import resource
    except ImportError:
        return
    for limit, most in (
        (resource.RLIMIT_AS, CHILD_MEMORY),
        (resource.RLIMIT_CPU, CHILD_CPU),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))


def repaint(uploaded: bytes) -> bytes:
    """The pixels alone, upright, at most EDGE an edge, as a baseline JPEG. Only ever run in the child."""
    import warnings

    from PIL import Image, ImageOps

    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # asked below, in our own words
    with Image.open(BytesIO(uploaded), formats=("JPEG", "PNG", "WEBP")) as opened:
        if opened.width * opened.height > config.PHOTO_PIXELS:
            raise _TooLarge
        opened.draft("RGB", (EDGE, EDGE))  # a JPEG four times too large is decoded at a quarter
        opened.load()
        try:
            upright = ImageOps.exif_transpose(opened)
        except Exception:  # broken notes about a whole picture: the picture still counts
            upright = opened.copy()
    smaller = _as_rgb(upright)
    smaller.thumbnail((EDGE, EDGE), Image.Resampling.LANCZOS)
    clean = Image.new("RGB", smaller.size)
    clean.paste(smaller)  # a new picture: nothing of the old one's info comes along
    out = BytesIO()
    clean.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _as_rgb(picture: "Image.Image") -> "Image.Image":
    """Red, green, blue; what was transparent becomes white, 16-bit greys keep their upper eight."""
    from PIL import Image

    if picture.mode.startswith("I"):
        picture = picture.convert("I").point(lambda grey: cast(float, grey) / 257).convert("L")
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return picture.convert("RGB")


if __name__ == "__main__":
    sys.exit(main())
