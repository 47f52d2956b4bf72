"""100,000 households from CSV and XLSX: seconds and peak memory of `hulianma import`, each in its own process.

    python -m bench.imports [--households 100000] [--database URL]
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import xlsxwriter

HEADER = ("microgrid", "door", "householder", "phone")
HOMES_IN_A_MICROGRID = 63
MICROGRIDS_IN_A_VILLAGE = 9


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--households", type=int, default=100_000)
    arguments.add_argument("--database", help="a fresh database; default: a SQLite file that is thrown away")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = given.database or f"sqlite:///{folder / 'bench.db'}"
        environ = {**os.environ, "HLM_DATABASE_URL": url, "HLM_ALLOW_HTTP": "1"}
        areas, homes = made(given.households)
        write_csv(folder / "areas.csv", ("code", "name"), areas)
        write_csv(folder / "homes.csv", HEADER, homes)
        write_xlsx(folder / "homes.xlsx", homes)
        write_csv(folder / "changed.csv", HEADER, [(one[0], one[1], one[2] + "新", one[3]) for one in homes])
        run(environ, "init")
        run(environ, "import", "areas", str(folder / "areas.csv"))
        print(f"{given.households:,} households   seconds   peak MB")
        report("CSV, all new", environ, folder / "homes.csv")
        report("CSV, the same again", environ, folder / "homes.csv")
        write_xlsx(folder / "more.xlsx", [(one[0], one[1] + "后门", one[2], one[3]) for one in homes])
        report("XLSX, all new", environ, folder / "more.xlsx")
        report("XLSX, the same again", environ, folder / "homes.xlsx")
        report("CSV, every name changed", environ, folder / "changed.csv")


def made(households: int) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Areas enough for so many households, and the households, in plainly invented words."""
    microgrids = -(-households // HOMES_IN_A_MICROGRID)
    villages = -(-microgrids // MICROGRIDS_IN_A_VILLAGE)
    areas: list[tuple[str, ...]] = [("330281114", "梁弄镇")]
    codes: list[str] = []
    for village in range(villages):
        code = f"330281114{village + 200:03}"
        areas.append((code, f"第{village}村"))
        areas.append((code + "001", "第一网格"))
        for microgrid in range(MICROGRIDS_IN_A_VILLAGE):
            codes.append(f"{code}001{microgrid + 1:03}")
            areas.append((codes[-1], f"{microgrid + 1}组"))
    homes: list[tuple[str, ...]] = [
        (codes[n // HOMES_IN_A_MICROGRID], f"溪东路{n}号", f"周{n}禾", f"138{n:08}") for n in range(households)
    ]
    return areas, homes


def write_csv(path: Path, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *rows])


def write_xlsx(path: Path, rows: list[tuple[str, ...]]) -> None:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": False})
    sheet = book.add_worksheet()
    for number, row in enumerate([HEADER, *rows]):
        for place, value in enumerate(row):
            sheet.write_string(number, place, value)
    book.close()


def run(environ: dict[str, str], *arguments: str) -> tuple[float, float]:
    """Seconds and peak megabytes of one command in a process of its own."""
    began = time.perf_counter()
    command = [sys.executable, "-c", "from feedback.cli import main; main()", *arguments]
    with subprocess.Popen(command, env=environ) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return time.perf_counter() - began, used.ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)


def report(what: str, environ: dict[str, str], file: Path) -> None:
    seconds, megabytes = run(environ, "import", "households", str(file))
    print(f"  {what:<26} {seconds:7.1f}   {megabytes:7.0f}")


if __name__ == "__main__":
    main()
