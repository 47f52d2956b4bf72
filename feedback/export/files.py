"""表格文件: tables written as CSV or XLSX so that a spreadsheet opens them as they are.

No cell can become a formula, and in XLSX every text stays text: an 18-digit code keeps its digits.
"""

import csv
import io
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import xlsxwriter

from feedback import clock
from feedback.errors import Refusal
from feedback.words import N_

Cell = str | int | float | None

FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
ROWS_OF_A_SHEET = 1_048_576


class Format(StrEnum):
    """What kind of file."""

    CSV = "csv"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        if self is Format.CSV:
            return "text/csv; charset=utf-8"
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    @classmethod
    def of(cls, path: Path) -> "Format":
        """By the ending of a file's name; raises Refusal for any other."""
        try:
            return cls(path.suffix.lower().removeprefix("."))
        except ValueError as error:
            raise Refusal(N_("文件名要以 .csv 或 .xlsx 结尾：{name}"), name=path.name) from error


@dataclass(frozen=True)
class Table:
    """Columns and rows; rows are made while they are written."""

    columns: tuple[str, ...]
    rows: Iterable[Sequence[Cell]]


def write(table: Table, out: BinaryIO, file_format: Format, *, sheet: str = "hulianma") -> int:
    """Writes the table and returns how many rows it had."""
    return _write_csv(table, out) if file_format is Format.CSV else _write_xlsx(table, out, sheet)


def safe(cell: Cell) -> Cell:
    """A text that a spreadsheet might take for a formula begins with an apostrophe instead."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(tuple(FORMULA_STARTS)) else cell


def _write_csv(table: Table, out: BinaryIO) -> int:
    text = io.TextIOWrapper(out, "utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(table.columns)
    count = 0
    for row in table.rows:
        writer.writerow([safe(cell) for cell in row])
        count += 1
    text.flush()
    text.detach()
    return count


def _write_xlsx(table: Table, out: BinaryIO, sheet: str) -> int:
    """Row by row to disk, so that memory does not grow with the table; a full sheet is followed by another."""
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        options = {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_urls": False}
        book = xlsxwriter.Workbook(out, options)
        book.set_properties({"created": clock.local(clock.now()).replace(tzinfo=None)})
        text = book.add_format({"num_format": "@"})
        page = _headed(book, sheet, table.columns)
        for count, row in enumerate(table.rows, 1):
            line = (count - 1) % (ROWS_OF_A_SHEET - 1) + 1
            if line == 1 and count > 1:
                page = _headed(book, f"{sheet} {count // (ROWS_OF_A_SHEET - 1) + 1}", table.columns)
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    page.write_string(line, place, str(safe(cell)), text)
                elif cell is not None:
                    page.write_number(line, place, cell)
        book.close()
    return count


def _headed(book: xlsxwriter.Workbook, name: str, columns: Sequence[str]) -> xlsxwriter.worksheet.Worksheet:
    page = book.add_worksheet(name)
    page.freeze_panes(1, 0)
    bold = book.add_format({"bold": True})
    for place, column in enumerate(columns):
        page.write_string(0, place, column, bold)
    return page
