"""Whole runs of plates beside libqrencode with reportlab and qrcode with reportlab: the same words on the same sheets.

    python -m bench.plates [--plates 10000] [--theirs 1000] [--rounds 3] [--font LXGWWenKai-Regular.ttf]

Each way runs in a process of its own and takes turns with the others. Ours is a run from the register to the folder:
read, proved, drawn, listed, marked as printed, its fonts opened; theirs only draws, and has its font open before. All
embed one TrueType font, since reportlab takes no other. Of the slow ways a sample is drawn, and said so. Processors'
time counts what other processes of the run took, memory is that of the one that writes.
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from qrcode.constants import ERROR_CORRECT_Q
from qrcode.main import QRCode
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import Engine, insert

from feedback import codes, db, fonts, migrations, qr, tokens
from feedback.codes import printing, volumes
from feedback.models.places import Area, Household
from feedback.plates import PURPOSE
from feedback.plates.inscription import CALL, OPEN_BRIEFLY, TITLE, TYPE_BRIEFLY
from feedback.sheets import GRIDS, Format, Layout
from tests import builders

BASE_URL = "https://h.example.cn"
HOTLINE = "0574-6200 0000"
VILLAGE, MICROGRID = 555, 62
"""Households of a village and of a micro-grid, as in the model township."""
VILLAGES = 50
"""Of a township."""
ROADS = "东西南北上下大小山水田林石泉溪岭湖桥塘湾"
GRID = GRIDS[Layout.TWO_BY_FIVE]
MILLIMETRE = 72 / 25.4

Squares = Callable[[str], Sequence[Sequence[bool]]]
Way = Callable[[int, Path, Path, Path], Callable[[], None]]
"""Makes itself ready to draw so many plates: the register's folder, the one to draw into, the font."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plates", type=int, default=10_000)
    parser.add_argument("--theirs", type=int, default=2_000, help="plates drawn by the slow ways")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--font", default="LXGWWenKai-Regular.ttf")
    parser.add_argument("--one", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    font = fonts._installed(fonts.FOLDERS).get(given.font.lower())
    if font is None:
        print(f"needs a TrueType font that holds Chinese: {given.font} is not installed")
        return
    if given.one:
        print(json.dumps(measured(given.one, given.plates, given.folder, font)))
        return
    ways = [way for way in WAYS if way != "libqrencode + reportlab" or library() is not None]
    if len(ways) < len(WAYS):
        print("libqrencode is not installed (apt-get install libqrencode4): left out")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, given.plates)
        found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
        for _ in range(given.rounds):
            for way in ways:
                count = given.plates if way.startswith("ours") else min(given.theirs, given.plates)
                found[way].append(child(way, count, folder, given.font))
    report(found, given.plates)


def child(way: str, count: int, folder: Path, font: str) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.plates", "--one", way, "--plates", str(count),
               "--folder", str(folder), "--font", font]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    facts: dict[str, float] = json.loads(done.stdout)
    return facts


def measured(way: str, count: int, folder: Path, font: Path) -> dict[str, float]:
    """Seconds, processors' seconds, megabytes at the most in one process, and bytes of what was written."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        out = Path(name)
        run = WAYS[way](count, folder, out, font)
        began, before = time.perf_counter(), processors()
        run()
        return {
            "plates": count, "wall": time.perf_counter() - began, "cpu": processors() - before,
            "memory": memory(),
            "bytes": sum(path.stat().st_size for path in out.glob("*.pdf")) / count,
        }


def memory() -> float:
    """Megabytes this program has held at the most; ru_maxrss would count the one that started it too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def processors() -> float:
    """Seconds that this process and those it waited for have had of them."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(each.ru_utime + each.ru_stime for each in map(resource.getrusage, whose))


def fill(folder: Path, count: int) -> None:
    """A register of so many households, each with a code."""
    engine = connect(folder)
    migrations.upgrade(engine)
    county = builders.a_township().county
    db.session.commit()
    db.write()
    for number, first in enumerate(range(0, count, VILLAGE)):
        township = f"{county.code}{200 + number // VILLAGES:03d}"
        village = f"{township}{200 + number % VILLAGES:03d}"
        doors = [door(each) for each in range(first, min(count, first + VILLAGE))]
        areas = {} if number % VILLAGES else {township: f"{ROADS[number // VILLAGES % 20]}溪镇"}
        areas |= {village: f"{ROADS[number % 20]}{ROADS[number * 7 % 20]}村村委会", f"{village}001": "第一网格"}
        homes = []
        for place, name in enumerate(doors):
            microgrid = f"{village}001{place // MICROGRID + 1:03d}"
            areas[microgrid] = f"{place // MICROGRID + 1} 组"
            homes.append({"microgrid_code": microgrid, "village_code": village, "door": name})
        for code, name in areas.items():
            db.session.execute(insert(Area), [{"code": code, "name": name, "parent_code": code[:-3]}])
        db.session.execute(insert(Household), homes)
    db.session.commit()
    codes.issue(county)
    db.session.commit()
    db.disconnect()


def door(number: int) -> str:
    return f"{ROADS[number // MICROGRID % 20]}{ROADS[number // MICROGRID * 3 % 20]}路 {number % VILLAGE + 1} 号"


def connect(folder: Path) -> Engine:
    return db.connect(f"sqlite:///{folder / 'plates.db'}")


def ours(jobs: int) -> Way:
    def ready(count: int, folder: Path, out: Path, font: Path) -> Callable[[], None]:
        connect(folder)
        return lambda: run(out, font)

    def run(out: Path, font: Path) -> None:
        order = volumes.Order(
            area_code=builders.CODES["county"], folder=out, layout=Layout.TWO_BY_FIVE, form=Format.PDF,
            base_url=BASE_URL, lower_host=False, typefaces=fonts.load([str(font)]), jobs=jobs,
        )
        for _ in printing.run(order):
            db.session.commit()
        db.session.commit()

    return ready


def theirs(made: Callable[[], Squares]) -> Way:
    """reportlab's canvas: each plate in turn, its square as one path of rectangles, dark stretches merged."""

    def ready(count: int, folder: Path, out: Path, font: Path) -> Callable[[], None]:
        pdfmetrics.registerFont(TTFont("plate", str(font)))
        squares = made()
        return lambda: run(count, out, squares)

    def run(count: int, out: Path, squares: Squares) -> None:
        canvas = Canvas(str(out / "plates.pdf"), pagesize=(GRID.width * MILLIMETRE, GRID.height * MILLIMETRE),
                        pageCompression=1)
        for number in range(count):
            place = number % GRID.places
            if place == 0 and number:
                canvas.showPage()
            x, y = GRID.corner(place)
            token = tokens.new()
            canvas.saveState()
            canvas.translate(x * MILLIMETRE, (GRID.height - y - 50) * MILLIMETRE)
            canvas.scale(MILLIMETRE, MILLIMETRE)
            draw(canvas, door(number), token, squares(qr.address(BASE_URL, token)))
            canvas.restoreState()
        canvas.showPage()
        canvas.save()

    return ready


def draw(canvas: Canvas, name: str, token: str, square: Sequence[Sequence[bool]]) -> None:
    """The words and measures of our plate."""
    canvas.setFillColorRGB(0x14 / 255, 0x51 / 255, 0x4B / 255)
    canvas.roundRect(0, 0, 91, 50, 2.6, stroke=0, fill=1)
    canvas.setFillGray(1)
    canvas.rect(1.2, 1.2, 88.6, 33.4, stroke=0, fill=1)
    canvas.rect(1.2, 1.2, 47.6, 47.6, stroke=0, fill=1)
    for size, low, words in ((4.8, 44.3, "东西村"), (5.4, 36.5, name)):
        canvas.setFont("plate", size)
        canvas.drawString(51.6, low, words)
    canvas.setFillGray(0)
    for size, low, words in (
        (5.8, 27.6, TITLE), (3.9, 22.3, PURPOSE), (3.1, 16.9, CALL), (4.2, 12.1, HOTLINE),
        (3.1, 7.6, f"{OPEN_BRIEFLY} h.example.cn"), (3.1, 3.4, f"{TYPE_BRIEFLY} {tokens.grouped(token)}"),
    ):
        canvas.setFont("plate", size)
        canvas.drawString(51.6, low, words)
    module = 47.6 / (len(square) + 8)
    path = canvas.beginPath()
    for number, row in enumerate(square):
        column = 0
        while column < len(row):
            end = column
            while end < len(row) and row[end]:
                end += 1
            if end > column:
                path.rect(1.2 + (column + 4) * module, 48.8 - (number + 5) * module, (end - column) * module, module)
            column = end + 1
    canvas.drawPath(path, stroke=0, fill=1)


class Code(ctypes.Structure):
    """libqrencode's QRcode."""

    _fields_ = (("version", ctypes.c_int), ("width", ctypes.c_int), ("data", ctypes.POINTER(ctypes.c_ubyte)))


def library() -> ctypes.CDLL | None:
    name = ctypes.util.find_library("qrencode")
    if name is None:
        return None
    found = ctypes.CDLL(name)
    found.QRcode_encodeString.restype = ctypes.POINTER(Code)
    found.QRcode_encodeString.argtypes = (ctypes.c_char_p, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int)
    found.QRcode_free.argtypes = (ctypes.POINTER(Code),)
    return found


def libqrencode() -> Squares:
    found, quartile, octets = library(), 2, 2
    assert found is not None

    def square(address: str) -> Sequence[Sequence[bool]]:
        code = found.QRcode_encodeString(address.encode(), 0, quartile, octets, 1)
        width = code.contents.width
        flat = ctypes.string_at(code.contents.data, width * width)
        found.QRcode_free(code)
        return [[bool(each & 1) for each in flat[row * width:(row + 1) * width]] for row in range(width)]

    return square


def qrcode() -> Squares:
    def square(address: str) -> Sequence[Sequence[bool]]:
        code: QRCode[Any] = QRCode(error_correction=ERROR_CORRECT_Q, border=0)
        code.add_data(address)
        code.make()
        return [[bool(each) for each in row] for row in code.modules]

    return square


WAYS: dict[str, Way] = {
    "ours, 1 process": ours(1), "ours, 2 processes": ours(2),
    "libqrencode + reportlab": theirs(libqrencode), "qrcode + reportlab": theirs(qrcode),
}


def report(found: dict[str, list[dict[str, float]]], count: int) -> None:
    """Medians of the rounds; the ratios are of a plate's time, and medians of what each round gave."""
    print(f"{count} plates on {os.cpu_count()} cores; medians of {len(found['ours, 1 process'])} rounds\n")
    print(f"{'':26}  plates  plates/s   CPU µs/plate   MB   bytes/plate   x wall of ours in 1 and in 2   x CPU in 1")
    alone, together = found["ours, 1 process"], found["ours, 2 processes"]
    for way, rounds in found.items():
        def middle(what: Callable[[dict[str, float]], float], rounds: list[dict[str, float]] = rounds) -> float:
            return statistics.median(map(what, rounds))

        ratios = [
            statistics.median(
                (one[what] / one["plates"]) / (our[what] / our["plates"]) for one, our in zip(rounds, base, strict=True)
            ) for base, what in ((alone, "wall"), (together, "wall"), (alone, "cpu"))
        ]
        print(f"{way:26}  {rounds[0]['plates']:6.0f}  {middle(lambda one: one['plates'] / one['wall']):8.0f}   "
              f"{middle(lambda one: one['cpu'] / one['plates'] * 1e6):12.0f}   "
              f"{middle(lambda one: one['memory']):3.0f}   {middle(lambda one: one['bytes']):11.0f}   "
              f"{ratios[0]:10.2f}  {ratios[1]:10.2f}  {ratios[2]:15.2f}")


if __name__ == "__main__":
    main()
