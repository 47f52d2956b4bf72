"""耐久: which code still scans after years on a wall: ours and the obvious others, worn alike, read by three decoders.

    python -m bench.durability [--samples 3] [--form label] [--jobs 1] [--seed 1] [--run FOLDER [--plates 10000]]

Real plates are printed as PDF with one code or another in the same 30.8 mm (or 47.6 mm), rasterised, worn, photographed
(bench/damage.py) and read by ZXing, zbar and WeChat's decoder. All codes get the same wear and the same photograph.
With a folder of a printed run every plate of it is first read as it is, and its doors are the samples.
A sample of everything takes some twenty seconds of one core.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import zxingcpp
from numpy.typing import NDArray

from bench import codings, damage, scores
from bench.codings import CODINGS, Coding
from bench.damage import Damage, Place
from bench.grades import DAMAGES
from feedback import decoding, fonts, qr, scanning, sheets, tokens
from feedback.plates import CODE_AT, CODE_SIZE, EXTENT, Form, Plate, host
from feedback.sheets import Caption, Format, Layout

BASE_URL = "https://h.example.cn"
LAYOUTS = {Form.LABEL: Layout.THREE_BY_EIGHT, Form.CARD: Layout.TWO_BY_FIVE}
DOORS = 24
"""Different plates among the samples."""
LOGO = 0.08
"""Share of the code that a logo in its middle hides."""

Photograph = NDArray[np.uint8]


# ---- the decoders

def _zxing(picture: Photograph) -> set[str]:
    return {each.text for each in zxingcpp.read_barcodes(picture, formats=_QR)}


def _zbar(picture: Photograph) -> set[str]:
    from pyzbar import pyzbar

    return {each.data.decode("utf-8", "replace") for each in pyzbar.decode(picture, [pyzbar.ZBarSymbol.QRCODE])}


def _wechat(picture: Photograph) -> set[str]:
    return set(decoding.wechat().detectAndDecode(picture)[0])


_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)
DECODERS: dict[str, Callable[[Photograph], set[str]]] = {"ZXing": _zxing, "zbar": _zbar, "WeChat": _wechat}


# ---- what is measured

@dataclass(frozen=True)
class Stand:
    """Plates of one form, ready to be worn: by door and code, with the addresses they should give."""

    place: Place
    codes: tuple[Coding, ...]
    versions: tuple[str, ...]
    plates: list[list[Photograph]]
    addresses: list[list[str]]
    seed: int


def printed(form: Form, base_url: str, doors: Sequence[str], codes: Sequence[Coding], seed: int) -> Stand:
    """Every door's plate with every code: printed as PDF and rasterised."""
    typefaces = fonts.load()
    by_code, versions = [], []
    for code in codes:
        plates = [
            Plate(village="汪巷村", door=f"团结路 {number} 号", token=token, host=host(base_url),
                  hotline="0574-6200 0000", matrix=code.matrix(base_url, token))
            for number, token in enumerate(doors, start=1)
        ]
        versions.append(f"V{plates[0].matrix.version}")
        with tempfile.TemporaryDirectory() as name:
            (path,) = sheets.write(plates, LAYOUTS[form], Format.PDF, Path(name) / "plates",
                                   caption=Caption("x"), subject="", typefaces=typefaces)
            by_code.append([_with_logo(plate, form) if code.logo else plate for plate in _cut(path, form)])
    addresses = [[code.address(base_url, token) for code in codes] for token in doors]
    left, top = (part * damage.DOTS for part in CODE_AT[form])
    place = Place(left, top, CODE_SIZE[form] * damage.DOTS)
    by_door = [list(each) for each in zip(*by_code, strict=True)]
    return Stand(place, tuple(codes), tuple(versions), by_door, addresses, seed)


def _cut(path: Path, form: Form) -> list[Photograph]:
    """The plates of a file, each as pixels of its own."""
    with scanning.readers() as read:
        pages = list(read(scanning.stacks_of(path, range(1, scanning.count(path) + 1))))
    document, plates = pypdfium2.PdfDocument(path), []
    for page in pages:
        pixels = document[page.page - 1].render(scale=damage.DOTS * 25.4 / 72, grayscale=True).to_numpy().squeeze()
        for seen in page.seen:
            left, top = (round((at - of) * damage.DOTS)
                         for at, of in zip((seen.x, seen.y), CODE_AT[form], strict=True))
            width, height = (round(length * damage.DOTS) for length in EXTENT[form])
            plates.append(np.array(pixels[top:top + height, left:left + width]))
    document.close()
    return plates


def _with_logo(plate: Photograph, form: Form) -> Photograph:
    """A square emblem on white in the middle of the code: 8 % of it, the white included."""
    left, top = (part * damage.DOTS for part in CODE_AT[form])
    side = CODE_SIZE[form] * damage.DOTS
    half = np.sqrt(LOGO) * side * 29 / 37 / 2
    for reach, grey in ((half, 255), (half * 0.82, 70)):
        corners = [round(at + side / 2 + sign * reach) for sign in (-1, 1) for at in (left, top)]
        cv2.rectangle(plate, (corners[0], corners[1]), (corners[2] - 1, corners[3] - 1), grey, -1)
    return plate


def photographs(stand: Stand, which: Damage, sample: int) -> list[Photograph]:
    """One door's plates with every code after the same damage."""
    chance = np.random.default_rng([stand.seed, zlib.crc32(f"{which.name} {which.grade}".encode()), sample])
    plates = [plate.astype(np.float32) for plate in stand.plates[sample % len(stand.plates)]]
    return damage.taken(damage.worn(plates, stand.place, which.wear, chance), stand.place, which.camera, chance)


def success(stand: Stand, which: Damage, sample: int) -> list[list[bool]]:
    """Whether each decoder reads each code's address, and nothing else."""
    addresses = stand.addresses[sample % len(stand.addresses)]
    return [[decode(picture) == {address} for decode in DECODERS.values()]
            for picture, address in zip(photographs(stand, which, sample), addresses, strict=True)]


_stand: list[Stand] = []


def _all_of(task: tuple[int, int]) -> list[list[bool]]:
    return success(_stand[-1], DAMAGES[task[0]], task[1])


def measured(stand: Stand, samples: int, jobs: int) -> NDArray[np.bool_]:
    """Success by damage, sample, code and decoder."""
    _stand.append(stand)
    cv2.setNumThreads(1)
    tasks = [(number, sample) for number in range(len(DAMAGES)) for sample in range(samples)]
    if jobs == 1:
        found = [_all_of(task) for task in tasks]
    else:
        with get_context("fork").Pool(jobs) as pool:
            found = pool.map(_all_of, tasks, chunksize=max(1, samples // 4))
    return np.array(found, bool).reshape(len(DAMAGES), samples, len(stand.codes), len(DECODERS))


# ---- what is told

def tables(found: NDArray[np.bool_], stand: Stand) -> str:
    """Ours by grade and decoder; every code by damage; every code by decoder, beside ours."""
    names = [f"{code.name} ({version})" for code, version in zip(stand.codes, stand.versions, strict=True)]
    grades = [
        [each.name, each.grade, *(scores.counted(found[number, :, 0, decoder]) for decoder in range(len(DECODERS)))]
        for number, each in enumerate(DAMAGES)
    ]
    damages = []
    for name, group in groupby(range(len(DAMAGES)), key=lambda number: DAMAGES[number].name):
        of = found[list(group)]
        damages.append([name, *(f"{100 * of[:, :, code].mean():.0f}" for code in range(len(names)))])
    damages.append(["all", *(f"{100 * found[:, :, code].mean():.1f}" for code in range(len(names)))])
    flat = found.reshape(-1, *found.shape[2:])
    codes = []
    for code, name in enumerate(names):
        points, low, high = scores.difference(flat[:, 0], flat[:, code])
        beside = "" if code == 0 else f"{points:+.1f} ({low:+.1f} to {high:+.1f})"
        codes.append([name, *(scores.percent(flat[:, code, decoder]) for decoder in range(len(DECODERS))), beside])
    return "\n\n".join([
        f"By grade, {names[0]}: plates read, of those tried.",
        scores.table(["damage", "grade", *DECODERS], grades),
        "Every code, all grades and decoders of a damage together: per cent read.",
        scores.table(["damage", *names], damages),
        f"Every code by decoder, all {len(DAMAGES)} grades together, 95 % intervals; beside ours in points, by pairs.",
        scores.table(["code", *DECODERS, "beside ours"], codes),
    ])


def undamaged(folder: Path, most: int) -> tuple[int, list[int], list[str]]:
    """Plates of a printed run as they are: how many, read by each decoder, and what they say."""
    read, texts = [0] * len(DECODERS), list[str]()
    for path in sorted(folder.rglob("*.pdf")):
        document = pypdfium2.PdfDocument(path)
        with scanning.readers() as pages:
            for page in pages(scanning.stacks_of(path, range(1, len(document) + 1))):
                pixels = document[page.page - 1].render(scale=200 / 72, grayscale=True).to_numpy().squeeze()
                texts += [each.text for each in page.seen]
                read[0] += len(page.seen)
                read[1] += sum(_zbar(_square(pixels, each)) == {each.text} for each in page.seen)
                read[2] += sum(each.again == each.text for each in page.seen)
                if len(texts) >= most:
                    return len(texts), read, texts
        document.close()
    return len(texts), read, texts


def _square(page: Photograph, seen: scanning.Seen) -> Photograph:
    """A code with its quiet zone; one decoder of the three reads one code in a picture, another misses some of ten."""
    left, top, width, height = (round(at * 200 / 25.4) for at in (seen.x, seen.y, seen.width, seen.height))
    return np.ascontiguousarray(page[top:top + height, left:left + width])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--samples", type=int, default=3, help="photographs of each grade; 200 for good figures")
    arguments.add_argument("--form", choices=[form.value for form in LAYOUTS], default=Form.LABEL.value)
    arguments.add_argument("--jobs", type=int, default=1)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--run", type=Path, help="folder of a printed run: its plates are read, its doors are worn")
    arguments.add_argument("--plates", type=int, default=10_000, help="so many plates of that run at most")
    given = arguments.parse_args()
    if absent := missing():
        print(f"needs {absent}, from the system")
        return
    base_url, doors = BASE_URL, seeded(DOORS, given.seed)
    if given.run:
        count, read, texts = undamaged(given.run, given.plates)
        print(f"{count} plates of a printed run, undamaged: "
              + ", ".join(f"{n} read by {name}" for n, name in zip(read, DECODERS, strict=True)) + "\n")
        base_url = texts[0].split(qr.DOOR_PATH)[0]
        doors = [text[-tokens.LENGTH:] for text in texts[:: max(1, len(texts) // DOORS)][:DOORS]]
    stand = printed(Form(given.form), base_url, doors, CODINGS, given.seed)
    print(f"{given.form}, code {CODE_SIZE[Form(given.form)]:g} mm; {given.samples} photographs of each grade\n")
    print(tables(measured(stand, given.samples, given.jobs), stand))


def seeded(count: int, seed: int) -> list[str]:
    """Tokens that are the same each time."""
    chance, made = random.Random(seed), []
    for _ in range(count):
        begun = "".join(tokens.ALPHABET[chance.randrange(32)] for _ in range(tokens.LENGTH - 1))
        made.append(next(begun + last for last in tokens.ALPHABET if tokens.is_valid(begun + last)))
    return made


def missing() -> str:
    """What the comparison needs and this machine has not; empty where it is all there."""
    try:
        codings.library()
    except OSError:
        return "libqrencode4"
    try:
        _zbar(np.full((20, 20), 255, np.uint8))
    except ImportError:
        return "libzbar0"
    return ""


if __name__ == "__main__":
    main()
