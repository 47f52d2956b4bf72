"""方阵的快慢: the squares of our addresses by the thousand, beside libqrencode, `qrcode` and segno, on one core.

    python -m bench.matrices [--rounds 9] [--count 30000]

Rounds take turns: ours, libqrencode, qrcode, segno, and again; the time is the processor's, since others may want it
too. A ratio is how many times longer the other takes for one code in the same round. libqrencode 4 (Debian's
libqrencode4) is called from a loop in C, compiled here by `cc`, so that no Python is in its time; it is handed the
same two segments, and it alone chooses its mask. segno writes the scheme in capitals too, as one segment. All make
the same version and level. What ours is worth is checked first: the same squares as `qrcode`'s.
"""

import argparse
import ctypes
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import segno

from feedback import qr
from feedback.qr import Level, Matrices, Mode, batch, square

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOP = """
#include <stddef.h>
typedef struct { int version, width; unsigned char *data; } QRcode;
void *QRinput_new2(int version, int level);
int QRinput_append(void *input, int mode, int size, const unsigned char *data);
void QRinput_free(void *input);
QRcode *QRcode_encodeInput(void *input);
void QRcode_free(QRcode *code);

int run(int count, int version, int level, const unsigned char *text, int bytes, int alphanumeric) {
    int width = 0;
    for (int i = 0; i < count; i++, text += bytes + alphanumeric) {
        void *input = QRinput_new2(version, level);
        QRinput_append(input, 2, bytes, text);
        QRinput_append(input, 1, alphanumeric, text + bytes);
        QRcode *code = QRcode_encodeInput(input);
        width = code ? code->width : 0;
        QRcode_free(code);
        QRinput_free(input);
        if (!width) return 0;
    }
    return width;
}
"""


@dataclass(frozen=True)
class Case:
    """An address whose square has this version and level.

    Versions 1 and 2 have room only for shorter tokens, and version 1 for level L: there its characters are handed
    over as they are, since `qr.matrices` would choose another.
    """

    version: int
    level: Level
    base_url: str
    token: int = 12

    def tokens(self, count: int) -> list[str]:
        chosen = random.Random(self.version)
        return ["".join(chosen.choices(ALPHABET, k=self.token)) for _ in range(count)]

    def maker(self, tokens: Sequence[str]) -> Callable[[], Matrices]:
        if self.version > 1:
            return lambda: qr.matrices(self.base_url, tokens)
        scheme, rest = qr.segments(self.base_url, tokens[0])
        shape = ((Mode.BYTES, len(scheme)), (Mode.ALPHANUMERIC, len(rest)))
        text = b"".join(b"".join(qr.segments(self.base_url, token)) for token in tokens)
        characters = np.frombuffer(text, np.uint8).reshape(len(tokens), -1)
        return lambda: batch.made(shape, characters, self.version, self.level)


CASES = (
    Case(1, Level.L, "https://a.cn", token=4),
    Case(2, Level.Q, "https://a.cn", token=8),
    Case(3, Level.Q, "https://h.example.cn"),
    Case(3, Level.H, "https://a.cn"),
    Case(4, Level.H, "https://hu.liangnong.gov.cn"),
    Case(5, Level.Q, "https://a-host-of-some-length.liangnong.yuyao.gov.cn"),
    Case(6, Level.Q, "https://a-host-of-quite-some-length-indeed.huimin.liangnong.yuyao.gov.cn:8443"),
)


def main(rounds: int, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        loop = compiled(Path(folder))
        print("version | ours, µs | libqrencode: min, median, max | qrcode | segno")
        for case in CASES:
            check(case)
            ways = {
                "ours": (count, case.maker(case.tokens(count))), "libqrencode": (2000, libqrencode(loop, case, 2000)),
                "qrcode": (20, by_qrcode(case, 20)), "segno": (20, by_segno(case, 20)),
            }
            taken: dict[str, list[float]] = {name: [] for name in ways}
            for _ in range(rounds):
                for name, (number, make) in ways.items():
                    start = time.process_time()
                    make()
                    taken[name].append((time.process_time() - start) / number)
            show(case, taken)


def show(case: Case, taken: dict[str, list[float]]) -> None:
    mine = taken.pop("ours")
    shown = []
    for times in taken.values():
        ratios = [theirs / ours for theirs, ours in zip(times, mine, strict=True)]
        shown.append(", ".join(f"{ratio:.1f}" for ratio in (min(ratios), statistics.median(ratios), max(ratios))))
    print(f"{case.version}-{case.level} | {statistics.median(mine) * 1e6:.2f} | {' | '.join(shown)}", flush=True)


def check(case: Case) -> None:
    """The same squares as `qrcode`'s, and those that were asked for."""
    tokens = case.tokens(40)
    made = case.maker(tokens)()
    assert (made.version, made.level) == (case.version, case.level), (made.version, made.level)
    for matrix, token in zip(made, tokens, strict=True):
        assert matrix == square.best(square.written(qr.segments(case.base_url, token)), case.version, case.level)


def libqrencode(loop: ctypes.CDLL, case: Case, count: int) -> Callable[[], object]:
    parts = [qr.segments(case.base_url, token) for token in case.tokens(count)]
    text = b"".join(map(b"".join, parts))
    level = "LMQH".index(case.level)
    scheme, rest = parts[0]

    def make() -> None:
        assert loop.run(count, case.version, level, text, len(scheme), len(rest)) == 17 + 4 * case.version
    return make


def by_qrcode(case: Case, count: int) -> Callable[[], object]:
    parts = [square.written(qr.segments(case.base_url, token)) for token in case.tokens(count)]
    return lambda: [square.best(one, case.version, case.level) for one in parts]


def by_segno(case: Case, count: int) -> Callable[[], object]:
    addresses = [qr.address(case.base_url, token).upper() for token in case.tokens(count)]
    return lambda: [
        segno.make_qr(one, version=case.version, error=case.level.value, boost_error=False) for one in addresses
    ]


def compiled(folder: Path) -> ctypes.CDLL:
    (folder / "loop.c").write_text(LOOP)
    made = folder / "loop.so"
    subprocess.run(
        ["cc", "-O2", "-shared", "-fPIC", str(folder / "loop.c"), "-o", str(made), "-l:libqrencode.so.4"], check=True,
    )
    return ctypes.CDLL(str(made))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="squares by the thousand")
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--count", type=int, default=30000)
    given = options.parse_args()
    main(given.rounds, given.count)
