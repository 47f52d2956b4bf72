"""表格: a table somebody hands in, CSV or XLSX, read row by row and never guessed at.

A file is read as text: what is not certain is refused by line, column, value and reason, and nothing
is rounded. A code that a spreadsheet turned into 3.30281E+11, a number of more than 15 digits, a date
that once was a door number, a formula, a merged cell: each is a sentence. What people's keyboards
leave behind (full-width digits, spaces around a word, empty rows) is put right silently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from feedback.errors import Refusal
from feedback.tables import delimited, workbook
from feedback.tables.cells import SCIENTIFIC, Cell, Line, Trouble
from feedback.words import N_

MAX_FILE_BYTES = 48 * 1024 * 1024
MAX_ROWS = 200_000
MAX_CELL_LENGTH = 500
SHOWN_LENGTH = 60

_FORMULA_STARTS = ("=", "@")
_ZIP_MAGIC = b"PK\x03\x04"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0"
_FULL_WIDTH: dict[int, int | None] = {0xFF10 + n: ord("0") + n for n in range(10)}
_FULL_WIDTH |= {0xFF21 + n: ord("A") + n for n in range(26)}
_FULL_WIDTH |= {0xFF41 + n: ord("a") + n for n in range(26)}
_FULL_WIDTH |= {0x3000: ord(" "), 0x00A0: ord(" "), 0xFF0D: ord("-"), 0xFEFF: None, 0x200B: None}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d+)?[eE]\+?\d+")
_SCIENTIFIC_SHOWN = re.compile(r"[+-]?\d(\.\d+)?E\+\d\d")


@dataclass(frozen=True, slots=True)
class Column:
    """One column a table may have. `is_code`: its values are digits to be kept exactly. `is_day`: a cell that holds
    a day gives it as 2027-01-01."""

    name: str
    also: tuple[str, ...] = ()
    is_required: bool = True
    is_code: bool = False
    is_day: bool = False


class Row(NamedTuple):
    """A row as read: its line in the file (header = 1) and the value of every known column, '' if empty."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """Why a row can't be taken. `reason` is a Chinese sentence with {places} filled from `values`."""

    line: int
    column: str
    value: str
    reason: str
    values: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.reason.format(**self.values)


class Table(NamedTuple):
    """A table that is being read: which shape its header fits, the columns it has, and its rows, once."""

    shape: int
    columns: frozenset[str]
    rows: Iterator[Row | BadRow]


def read(source: bytes | BinaryIO, *shapes: Sequence[Column]) -> Table:
    """A CSV or XLSX file as a table of one of the shapes, row by row.

    Raises Refusal when the file as a whole can't be read; a row that can't be comes as BadRow, and the
    others still come. Empty rows are skipped. An XLSX is read from its first visible sheet.
    """
    data = source if isinstance(source, bytes) else source.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise Refusal(N_("文件太大，最多 {limit} MB，请分成几份"), limit=MAX_FILE_BYTES // 1024 // 1024)
    lines = _lines(data, shapes)
    header = next(lines, None)
    while header is not None and not any(_text(cell) for cell in header.cells):
        header = next(lines, None)
    if header is None:
        raise Refusal(N_("这是一张空表"))
    chosen, names = _match(header, shapes)
    columns = {column.name: column for column in shapes[chosen]}
    return Table(chosen, frozenset(name for name in names if name), _rows(lines, names, columns))


def _lines(data: bytes, shapes: Sequence[Sequence[Column]]) -> Iterator[Line]:
    if not data.strip():
        raise Refusal(N_("这是一张空表"))
    if data.startswith(_OLE_MAGIC):
        raise Refusal(N_("这是老格式（.xls）或加了密码的表格，请另存为 .xlsx 或 CSV 再交"))
    if data.startswith(_ZIP_MAGIC):
        return workbook.lines(data)
    known = {_heading(title) for shape in shapes for column in shape for title in (column.name, *column.also)}
    return delimited.lines(data, is_heading=lambda title: _heading(title) in known)


def _match(header: Line, shapes: Sequence[Sequence[Column]]) -> tuple[int, list[str | None]]:
    """Which shape the header fits, and the column name above each place (None above an empty heading)."""
    titles = [_heading(_text(cell)) for cell in header.cells]
    while titles and not titles[-1]:
        titles.pop()
    refusals: list[Refusal] = []
    for chosen, shape in enumerate(shapes):
        names, refusal = _fit(titles, shape)
        if refusal is None:
            return chosen, names
        refusals.append(refusal)
    raise refusals[0]


def _fit(titles: list[str], shape: Sequence[Column]) -> tuple[list[str | None], Refusal | None]:
    by_title = {_heading(title): column.name for column in shape for title in (column.name, *column.also)}
    wanted = "、".join(column.name for column in shape)
    names: list[str | None] = []
    for title in titles:
        name = by_title.get(title)
        if title and name is None:
            return [], Refusal(N_("第一行是列名，应该是：{wanted}。不认识“{title}”"),
                               wanted=wanted, title=title[:SHOWN_LENGTH])
        if name is not None and name in names:
            return [], Refusal(N_("列名“{title}”出现了两次"), title=title)
        names.append(name)
    missing = [column.name for column in shape if column.is_required and column.name not in names]
    if missing:
        return [], Refusal(N_("第一行是列名，应该是：{wanted}。缺少：{missing}"),
                           wanted=wanted, missing="、".join(missing))
    return names, None


def _rows(
    lines: Iterator[Line], names: list[str | None], columns: dict[str, Column]
) -> Iterator[Row | BadRow]:
    count = 0
    for line in lines:
        if line.trouble is not None:
            yield BadRow(line.number, "", line.trouble.shown[:SHOWN_LENGTH], line.trouble.reason)
            continue
        if not any(cell.trouble or _text(cell) for cell in line.cells):
            continue
        count += 1
        if count > MAX_ROWS:
            raise Refusal(N_("行数太多，一次最多 {limit} 行，请分成几份"), limit=MAX_ROWS)
        yield _row(line, names, columns)


def _row(line: Line, names: list[str | None], columns: dict[str, Column]) -> Row | BadRow:
    values = dict.fromkeys(columns, "")
    for place, cell in enumerate(line.cells):
        name = names[place] if place < len(names) else None
        if name is None:
            if cell.trouble or _text(cell):
                return BadRow(line.number, "", _shown(cell), N_("这一格上面没有列名，是不是多了一格"))
            continue
        trouble = _trouble(cell, columns[name])
        if trouble is not None:
            return BadRow(line.number, name, trouble.shown[:SHOWN_LENGTH], trouble.reason, trouble.values)
        values[name] = cell.day or _text(cell)
    return Row(line.number, values)


def _trouble(cell: Cell, column: Column) -> Trouble | None:
    """What makes a cell unfit to be taken as it stands."""
    if column.is_day and cell.day:
        return None
    if cell.trouble is not None:
        return cell.trouble
    text = _text(cell)
    if len(text) > MAX_CELL_LENGTH:
        return Trouble(N_("这一格太长，最多 {limit} 个字"), text, {"limit": MAX_CELL_LENGTH})
    if _CONTROL.search(text):
        return Trouble(N_("这一格里有换行或看不见的字符"), _CONTROL.sub("�", text))
    if text.startswith(_FORMULA_STARTS) and not column.is_code:
        return Trouble(N_("不能用“=”或“@”开头：表格软件会当成公式"), text)
    pattern = _SCIENTIFIC if column.is_code else _SCIENTIFIC_SHOWN
    if pattern.fullmatch(text):
        return Trouble(SCIENTIFIC, text)
    if column.is_code and cell.is_number and not text.isdecimal():
        return Trouble(N_("这里应该是一串数字，却是带小数的数"), text)
    return None


def _text(cell: Cell) -> str:
    text = cell.text
    return text.strip() if text.isascii() else text.translate(_FULL_WIDTH).strip()


def _shown(cell: Cell) -> str:
    return (cell.trouble.shown if cell.trouble else _CONTROL.sub("�", _text(cell)))[:SHOWN_LENGTH]


def _heading(title: str) -> str:
    return title.translate(_FULL_WIDTH).strip().lower()
