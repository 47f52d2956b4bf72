"""Every photo comes out as plain pixels, upright; every bad file is one sentence, and never a crash."""

import contextlib
import random
import struct
import subprocess
import threading
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

import config
from feedback import photos
from feedback.errors import Refusal


def encoded(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def picture(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    return Image.linear_gradient("L").resize((width, height)).convert(mode)


def seen(jpeg: bytes) -> Image.Image:
    opened = Image.open(BytesIO(jpeg))
    assert opened.format == "JPEG"
    opened.load()
    return opened


def noted(jpeg: bytes) -> bytes:
    """Everything in the file before the pixels."""
    return jpeg[: jpeg.index(b"\xff\xda")]


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_that_claims(width: int, height: int, data: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return photos.PNG + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


# ---------------------------------------------------------------- good ones


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"),
     ("PNG", "LA"), ("PNG", "1"), ("PNG", "I;16"), ("WEBP", "RGB"), ("WEBP", "RGBA")],
)
def test_what_phones_send_comes_out_as_a_jpeg(kind: str, mode: str) -> None:
    source = Image.new("I;16", (64, 48), 40_000) if mode == "I;16" else picture(mode=mode)
    result = seen(photos.develop(encoded(source, kind)))
    assert (result.mode, result.size) == ("RGB", (64, 48))


def test_a_large_photo_is_made_small_and_keeps_its_shape() -> None:
    result = seen(photos.develop(encoded(picture(4000, 3000))))
    assert result.size == (1600, 1200)


def test_a_small_photo_stays_as_large_as_it_is() -> None:
    assert seen(photos.develop(encoded(picture(1, 1)))).size == (1, 1)


def test_what_was_transparent_becomes_white() -> None:
    result = seen(photos.develop(encoded(Image.new("RGBA", (8, 8), (0, 0, 0, 0)), "PNG")))
    assert result.getpixel((4, 4)) == (255, 255, 255)


def test_a_sixteen_bit_grey_keeps_its_grey() -> None:
    result = seen(photos.develop(encoded(Image.new("I;16", (8, 8), 128 * 257), "PNG")))
    assert result.getpixel((4, 4)) == (128, 128, 128)


def test_nothing_but_pixels_is_left_of_a_jpeg() -> None:
    notes = Image.Exif()
    notes[0x010F] = "PhoneMaker"
    notes[0x8825] = {1: "N", 2: (29.0, 50.0, 12.0)}
    source = encoded(picture(), exif=notes, comment=b"my house", icc_profile=b"profile" * 30, dpi=(301, 301))
    source += b"appended secrets"
    for secret in (b"PhoneMaker", b"my house", b"profile", b"secrets"):
        assert secret in source
    clean = photos.develop(source)
    for secret in (b"Exif", b"PhoneMaker", b"my house", b"profile", b"secrets", b"ICC", b"http", b"Adobe"):
        assert secret not in clean
    assert set(seen(clean).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_nothing_but_pixels_is_left_of_a_png() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Location", "Liangnong 12")
    clean = photos.develop(encoded(picture(), "PNG", pnginfo=notes))
    assert b"Liangnong" not in clean
    assert set(seen(clean).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_stands_upright(orientation: int) -> None:
    upright = Image.new("RGB", (60, 40), "white")
    upright.paste((255, 0, 0), (0, 0, 30, 20))  # red in the upper left corner
    turn = Image.Transpose
    undo = {2: turn.FLIP_LEFT_RIGHT, 3: turn.ROTATE_180, 4: turn.FLIP_TOP_BOTTOM, 5: turn.TRANSPOSE,
            6: turn.ROTATE_90, 7: turn.TRANSVERSE, 8: turn.ROTATE_270}
    notes = Image.Exif()
    notes[0x0112] = orientation
    taken = upright.transpose(undo[orientation]) if orientation in undo else upright
    result = seen(photos.develop(encoded(taken, exif=notes, quality=95)))
    assert result.size == (60, 40)
    pixel = result.getpixel((8, 8))
    assert isinstance(pixel, tuple)
    assert pixel[0] > 200
    assert pixel[1] < 80


def test_broken_notes_do_not_spoil_a_whole_picture() -> None:
    source = encoded(picture(), exif=b"Exif\x00\x00MM\x00\x2a\xff\xff\xff\xff nonsense")
    assert seen(photos.develop(source)).size == (64, 48)


def test_of_several_pictures_in_one_file_the_first_is_kept() -> None:
    several = encoded(Image.new("RGB", (9, 9), "red"), "WEBP", save_all=True,
                      append_images=[Image.new("RGB", (9, 9), "blue")])
    pixel = seen(photos.develop(several)).getpixel((4, 4))
    assert isinstance(pixel, tuple)
    assert pixel[0] > 200


def test_a_photo_a_telephone_calls_24_megapixels_is_taken() -> None:
    assert seen(photos.develop(encoded(picture(5712, 4284)))).size == (1600, 1200)


# ---------------------------------------------------------------- bad ones

WHOLE = encoded(picture(400, 300))
BAD = {
    "nothing": (b"", photos.Flaw.EMPTY),
    "over 8 MB": (photos.JPEG + bytes(config.PHOTO_BYTES), photos.Flaw.TOO_HEAVY),
    "an apple's": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", photos.Flaw.HEIC),
    "a film": (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", photos.Flaw.VIDEO),
    "avif": (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", photos.Flaw.NOT_A_PHOTO),
    "gif": (encoded(picture(mode="P"), "GIF"), photos.Flaw.NOT_A_PHOTO),
    "tiff": (encoded(picture(), "TIFF"), photos.Flaw.NOT_A_PHOTO),
    "bmp": (encoded(picture(), "BMP"), photos.Flaw.NOT_A_PHOTO),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", photos.Flaw.NOT_A_PHOTO),
    "pdf": (b"%PDF-1.7\n", photos.Flaw.NOT_A_PHOTO),
    "html": (b"<html><script>alert(1)</script>", photos.Flaw.NOT_A_PHOTO),
    "zip": (b"PK\x03\x04" + bytes(100), photos.Flaw.NOT_A_PHOTO),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n(%stdout%) (w) file", photos.Flaw.NOT_A_PHOTO),
    "noise": (random.Random(1).randbytes(3000), photos.Flaw.NOT_A_PHOTO),
    "half a jpeg": (WHOLE[: len(WHOLE) // 2], photos.Flaw.BROKEN),
    "half a png": (encoded(picture(400, 300), "PNG")[:300], photos.Flaw.BROKEN),
    "half a webp": (encoded(picture(400, 300), "WEBP")[:100], photos.Flaw.BROKEN),
    "a jpeg's first bytes": (photos.JPEG, photos.Flaw.BROKEN),
    "a png's first bytes": (photos.PNG, photos.Flaw.BROKEN),
    "riff, not webp": (b"RIFF\x24\0\0\0WAVEfmt ", photos.Flaw.NOT_A_PHOTO),
    "25 million pixels": (encoded(Image.new("1", (5000, 5000)), "PNG"), photos.Flaw.TOO_LARGE),
    "25 million pixels of webp": (encoded(Image.new("RGB", (5000, 5000)), "WEBP"), photos.Flaw.TOO_LARGE),
    "a bomb that only claims": (png_that_claims(60_000, 60_000), photos.Flaw.TOO_LARGE),
    "the widest claim": (png_that_claims(2**31 - 1, 2**31 - 1), photos.Flaw.TOO_LARGE),
    "a line": (png_that_claims(2**31 - 1, 1), photos.Flaw.TOO_LARGE),
    "no pixels": (png_that_claims(0, 0), photos.Flaw.BROKEN),
    "a text bomb": (
        photos.PNG + png_chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
        + png_chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(100_000_000))) + png_chunk(b"IEND", b""),
        photos.Flaw.BROKEN,
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_sentence(name: str) -> None:
    uploaded, flaw = BAD[name]
    with pytest.raises(photos.Unusable) as refused:
        photos.develop(uploaded)
    assert refused.value.flaw is flaw
    assert isinstance(refused.value, Refusal)
    assert refused.value.field == "photos"
    assert str(refused.value).endswith("。")


def test_damage_anywhere_is_met_with_a_sentence_or_a_picture() -> None:
    dice = random.Random(7)
    for kind in ("JPEG", "PNG", "WEBP"):
        whole = encoded(picture(40, 30), kind)
        for _ in range(4):
            damaged = bytearray(whole)
            for _ in range(6):
                damaged[dice.randrange(12, len(damaged))] = dice.randrange(256)
            with contextlib.suppress(photos.Unusable):
                seen(photos.develop(bytes(damaged)))


def test_a_child_out_of_time_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "PATIENCE", 0.01)
    with pytest.raises(photos.Unusable) as refused:
        photos.develop(encoded(picture(4000, 3000)))
    assert refused.value.flaw is photos.Flaw.TOO_MUCH_WORK


@pytest.mark.parametrize(
    ("status", "flaw"), [(-24, "TOO_MUCH_WORK"), (-9, "TOO_MUCH_WORK"), (1, "BROKEN"), (15, "TOO_LARGE")]
)
def test_however_the_child_dies_there_is_a_sentence(status: int, flaw: str) -> None:
    assert photos._flaw_of(status) is photos.Flaw[flaw]


def test_the_child_inherits_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[dict[str, Any]] = []
    real = subprocess.run

    def spy(*args: Any, **options: Any) -> Any:
        started.append(options)
        return real(*args, **options)

    monkeypatch.setenv("HLM_DATA_KEY", "secret")
    monkeypatch.setattr(subprocess, "run", spy)
    photos.develop(WHOLE)
    assert started[0]["env"] == {"LC_ALL": "C.UTF-8"}


def test_photos_are_developed_side_by_side() -> None:
    results: list[bytes] = []
    threads = [threading.Thread(target=lambda: results.append(photos.develop(WHOLE))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 5
    assert len(set(results)) == 1
