"""表格文件: tables written as CSV or XLSX so that a spreadsheet opens them as they are, and so large as they may be.

Rows go to the file as they come; memory does not grow with them. No cell can become a formula: what could be taken
for one has an apostrophe before it, and so has what begins with an apostrophe, so that taking one off always gives
the text back. In XLSX every text stays text, an 18-digit code keeps its digits.
"""

import csv
import errno
import io
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, BinaryIO

import xlsxwriter

from feedback import clock
from feedback.errors import Busy, Refusal
from feedback.export.legend import Cell, Legend
from feedback.words import N_

FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠'")
ROWS_OF_A_SHEET = 1_048_576
DEFINITIONS = "definitions"
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Format(StrEnum):
    """What kind of file. A ZIP holds the CSV, and what its columns mean as a second one."""

    CSV = "csv"
    XLSX = "xlsx"
    ZIP = "zip"

    @property
    def media_type(self) -> str:
        return {
            Format.CSV: "text/csv; charset=utf-8",
            Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Format.ZIP: "application/zip",
        }[self]

    @classmethod
    def of(cls, path: Path) -> "Format":
        """By the ending of a file's name; raises Refusal for any other."""
        try:
            return cls(path.suffix.lower().removeprefix("."))
        except ValueError as error:
            raise Refusal(N_("文件名要以 .csv、.xlsx 或 .zip 结尾：{name}"), name=path.name) from error


@dataclass(frozen=True)
class Table:
    """Columns and rows, and what they mean; rows are made while they are written."""

    columns: tuple[str, ...]
    rows: Iterable[Sequence[Cell]]
    legend: Legend | None = None


def write(table: Table, out: BinaryIO, file_format: Format, *, sheet: str = "hulianma") -> int:
    """Writes the table and returns how many rows it had. Raises Busy where there is no room."""
    with _room():
        match file_format:
            case Format.CSV:
                return _write_csv(table, out)
            case Format.XLSX:
                return _write_xlsx(table, out, sheet)
            case Format.ZIP:
                return _write_zip(table, out, sheet)


def spooled(table: Table, file_format: Format, *, sheet: str = "hulianma") -> tuple[BinaryIO, int]:
    """The table as a file without a name, ready to be read, and its rows. It is gone when it is closed, or when the
    process ends; a slow reader holds nothing but the file."""
    with _room():
        file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever reads it closes it
    try:
        rows = write(table, file, file_format, sheet=sheet)
        with _room():
            file.seek(0)
    except BaseException:
        with _room():
            file.close()
        raise
    return file, rows


def safe(cell: Cell) -> Cell:
    """A text that a spreadsheet might take for a formula gets an apostrophe before it."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in FORMULA_STARTS and cell else cell


@contextmanager
def _room() -> Iterator[None]:
    """A full disk is told in a sentence."""
    try:
        yield
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        cause = error.args[0] if isinstance(error, xlsxwriter.exceptions.FileCreateError) and error.args else error
        if isinstance(cause, OSError) and cause.errno in NO_ROOM:
            raise Busy(N_("放文件的地方满了，没有导出。请清出地方，或请管理员来看，再试一次。")) from error
        raise


def _write_csv(table: Table, out: IO[bytes]) -> int:
    text = io.TextIOWrapper(out, "utf-8-sig", newline="")
    try:
        writer = csv.writer(text)
        writer.writerow(table.columns)
        count = 0
        for row in table.rows:
            writer.writerow([safe(cell) for cell in row])
            count += 1
        text.flush()
    finally:
        text.detach()
    return count


def _write_zip(table: Table, out: BinaryIO, name: str) -> int:
    made_at = clock.local(clock.now()).timetuple()[:6]
    with zipfile.ZipFile(out, "w") as parts:
        def part(called: str, held: Table) -> int:
            about = zipfile.ZipInfo(f"{called}.csv", made_at)
            about.compress_type = zipfile.ZIP_DEFLATED
            with parts.open(about, "w", force_zip64=True) as file:
                return _write_csv(held, file)

        rows = part(name, table)
        if table.legend is not None:
            part(DEFINITIONS, Table(table.legend.COLUMNS, table.legend.lines(rows)))
    return rows


def _write_xlsx(table: Table, out: BinaryIO, sheet: str) -> int:
    """Row by row to disk; a full sheet is followed by another, and the last one says what the columns mean."""
    with tempfile.TemporaryDirectory() as folder:
        options = {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_urls": False}
        book = xlsxwriter.Workbook(out, options)
        book.use_zip64()  # a county's sheet is larger than four gigabytes before it is packed
        book.set_properties({"created": clock.local(clock.now()).replace(tzinfo=None)})
        count = _fill(book, sheet, table.columns, table.rows)
        if table.legend is not None:
            _fill(book, DEFINITIONS, table.legend.COLUMNS, table.legend.lines(count), table.legend.WIDTHS)
        book.close()
    return count


def _fill(
    book: xlsxwriter.Workbook, name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]],
    widths: Sequence[int] = (),
) -> int:
    count = 0
    text = book.add_format({"num_format": "@"})
    page = _headed(book, name, columns, widths)
    for count, row in enumerate(rows, 1):
        line = (count - 1) % (ROWS_OF_A_SHEET - 1) + 1
        if line == 1 and count > 1:
            page = _headed(book, f"{name} {count // (ROWS_OF_A_SHEET - 1) + 1}", columns, widths)
        for place, cell in enumerate(row):
            if isinstance(cell, str):
                if cell:
                    page.write_string(line, place, str(safe(cell)), text)
            elif cell is not None:
                page.write_number(line, place, cell)
    return count


def _headed(
    book: xlsxwriter.Workbook, name: str, columns: Sequence[str], widths: Sequence[int]
) -> xlsxwriter.worksheet.Worksheet:
    page = book.add_worksheet(name)
    page.freeze_panes(1, 0)
    bold = book.add_format({"bold": True})
    for place, column in enumerate(columns):
        page.set_column(place, place, widths[place] if widths else max(10, len(column) + 2))
        page.write_string(0, place, column, bold)
    return page
