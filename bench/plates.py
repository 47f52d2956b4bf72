"""Plates in a second: the square, the sheet and the whole run apart, and what a finished file weighs.

    python bench/plates.py [--plates 240]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from feedback import fonts, qr, sheets, tokens
from feedback.plates import Plate
from feedback.sheets import Caption, Format, Layout

BASE_URL = "https://h.example.cn"
T = TypeVar("T")
CAPTION = Caption("梁弄镇 汪巷村 第一网格 一组")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--plates", type=int, default=240)
    count: int = arguments.parse_args().plates

    fonts_took, typefaces = timed(fonts.load)
    print(f"fonts found and opened: {fonts_took:.2f} s\n")
    drawn = [tokens.new() for _ in range(count)]
    squares_took, matrices = timed(lambda: [qr.matrix(BASE_URL, token) for token in drawn])
    print(f"{'':24}  plates/s   KB/plate")
    print(f"{'QR squares, no paper':24}  {count / squares_took:8.0f}")
    plates = [
        Plate(village="汪巷村", door=f"团结路 {number} 号", token=token, host="h.example.cn",
              hotline="0574-6200 0000", matrix=matrix)
        for number, (token, matrix) in enumerate(zip(drawn, matrices, strict=True), start=1)
    ]
    with tempfile.TemporaryDirectory() as name:
        for layout in Layout:
            for form in Format:
                some = plates if form is Format.PDF else plates[:24]
                took, files = timed(partial(
                    sheets.write, some, layout, form, Path(name) / f"{layout}-{form}",
                    caption=CAPTION, subject="", typefaces=typefaces,
                ))
                weight = sum(path.stat().st_size for path in files) / len(some) / 1024
                print(f"{f'sheets, {layout}, {form}':24}  {len(some) / took:8.0f}   {weight:8.1f}")


def timed(step: Callable[[], T]) -> tuple[float, T]:
    """Seconds a step took, and what it gave."""
    began = time.perf_counter()
    made = step()
    return time.perf_counter() - began, made


if __name__ == "__main__":
    main()
