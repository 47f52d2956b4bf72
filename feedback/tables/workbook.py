"""电子表格 XLSX: the first visible sheet of a workbook, streamed as it stands and never computed.

An .xlsx is a zip of XML (ECMA-376). Its parts are measured before anything is unpacked (entries, size,
ratio), its stated dimensions are ignored, document types and entities are refused, and a number is taken
as the digits in the file, so that no code passes through a float.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import IO
from xml.parsers import expat

from feedback.errors import Refusal
from feedback.tables.cells import SCIENTIFIC, Cell, Line, Trouble
from feedback.words import N_

MAX_ENTRIES = 1000
MAX_UNPACKED_BYTES = 400 * 1024 * 1024
MAX_STRINGS_BYTES = 96 * 1024 * 1024
MAX_RATIO = 200
RATIO_COUNTS_FROM = 1024 * 1024
"""Bytes unpacked; below that a high ratio does no harm."""
MAX_STRINGS = 1_500_000
MAX_COLUMNS = 256
MAX_DIGITS = 15
"""A double keeps 15 digits; Excel puts zeros for the rest."""
MAX_MERGES_NAMED = 50
FIRST_DATE, LAST_DATE = 20_000, 110_000
"""Days since 1900: 1954 to 2201. Before March 1900 the count itself is wrong by one."""

_CHUNK = 1 << 16
_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d(T00:00:00(\.0+)?)?")
_DATE_LETTER = re.compile("[ymdhs]")
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
_BROKEN = N_("这个 XLSX 文件坏了，读不出来。请用表格软件打开它，另存一份再交")
_TOO_BIG = N_("这个 XLSX 文件解开后大得不正常，没有读。请另存为 CSV 再交")


def lines(data: bytes) -> Iterator[Line]:
    """The rows of the first visible sheet, then a line of trouble for each merged area.

    Raises Refusal when the file is no workbook, is broken, or unpacks to something unreasonable.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            _measure(book)
            sheet, strings, styles, first_day = _parts(book)
            shared = _shared_strings(book, strings) if strings else []
            dates = _date_styles(book, styles) if styles else frozenset[int]()
            yield from _SheetReader(shared, dates, first_day).lines(book, sheet)
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, NotImplementedError, KeyError,
            ValueError, RuntimeError):
        raise Refusal(_BROKEN) from None


def _measure(book: zipfile.ZipFile) -> None:
    """Looks at the directory only; reading never gives more than what it states."""
    entries = book.infolist()
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise Refusal(_TOO_BIG)
    for entry in entries:
        is_large = entry.file_size > RATIO_COUNTS_FROM
        if is_large and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise Refusal(_TOO_BIG)


def _walk(stream: IO[bytes], parser: expat.XMLParserType) -> Iterator[None]:
    """Feeds the parser chunk by chunk; refuses document types, the way in of every XML bomb."""

    def refuse(*_: object) -> None:
        raise Refusal(_BROKEN)

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.buffer_text = True
    while chunk := stream.read(_CHUNK):
        parser.Parse(chunk, False)
        yield
    parser.Parse(b"", True)
    yield


def _elements(book: zipfile.ZipFile, name: str) -> list[tuple[str, dict[str, str]]]:
    """Every element of a small part with its attributes, names without their namespaces."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = lambda tag, attributes: found.append(
        (_local(tag), {_local(key): value for key, value in attributes.items()})
    )
    with book.open(name) as stream:
        for _ in _walk(stream, parser):
            pass
    return found


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _parts(book: zipfile.ZipFile) -> tuple[str, str | None, str | None, date]:
    """The names of the first visible sheet, the shared strings and the styles; the day that is number 0."""
    names = set(book.namelist())
    if "xl/workbook.xml" not in names:
        raise Refusal(N_("这不是 CSV 或 XLSX 表格"))
    targets: dict[str, str] = {}
    kinds: dict[str, str] = {}
    for tag, attributes in _elements(book, "xl/_rels/workbook.xml.rels"):
        if tag == "Relationship":
            path = posixpath.normpath(posixpath.join("/xl", attributes["Target"])).lstrip("/")
            targets[attributes["Id"]] = path
            kinds[attributes["Type"].rpartition("/")[2]] = path
    described = _elements(book, "xl/workbook.xml")
    is_1904 = any(attributes.get("date1904") in ("1", "true") for tag, attributes in described if tag == "workbookPr")
    sheets = [attributes for tag, attributes in described if tag == "sheet"]
    visible = [sheet for sheet in sheets if sheet.get("state", "visible") == "visible"]
    if not visible:
        raise Refusal(N_("这个文件里没有表"))
    return (targets[visible[0]["id"]], kinds.get("sharedStrings"), kinds.get("styles"),
            date(1904, 1, 1) if is_1904 else date(1899, 12, 30))


def _shared_strings(book: zipfile.ZipFile, name: str) -> list[str]:
    if book.getinfo(name).file_size > MAX_STRINGS_BYTES:
        raise Refusal(_TOO_BIG)
    found: list[str] = []
    pieces: list[str] = []
    inside = {"t": False, "rPh": False}

    def start(tag: str, _: dict[str, str]) -> None:
        tag = _local(tag)
        if tag in inside:
            inside[tag] = True

    def characters(text: str) -> None:
        if inside["t"] and not inside["rPh"]:
            pieces.append(text)

    def end(tag: str) -> None:
        tag = _local(tag)
        if tag in inside:
            inside[tag] = False
        elif tag == "si":
            found.append("".join(pieces))
            pieces.clear()
            if len(found) > MAX_STRINGS:
                raise Refusal(_TOO_BIG)

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters
    with book.open(name) as stream:
        for _ in _walk(stream, parser):
            pass
    return found


def _date_styles(book: zipfile.ZipFile, name: str) -> frozenset[int]:
    """The cell styles (their place in cellXfs) that show a number as a date or a time."""
    date_formats = set(_DATE_FORMATS)
    formats: list[int] = []
    is_cell_style = False
    for tag, attributes in _elements(book, name):
        if tag == "numFmt":
            if _DATE_LETTER.search(_QUOTED.sub("", attributes.get("formatCode", "").lower())):
                date_formats.add(int(attributes["numFmtId"]))
        elif tag in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
            is_cell_style = tag == "cellXfs"
        elif tag == "xf" and is_cell_style:
            formats.append(int(attributes.get("numFmtId", "0")))
    return frozenset(place for place, number in enumerate(formats) if number in date_formats)


class _SheetReader:
    """The parser's handlers: gathers one row after another, and what is wrong with each cell."""

    def __init__(self, shared: list[str], dates: frozenset[int], first_day: date) -> None:
        self._shared = shared
        self._dates = dates
        self._first_day = first_day
        self._ready: list[Line] = []
        self._cells: list[Cell] = []
        self._row = self._place = 0
        self._type = ""
        self._style = 0
        self._pieces: list[str] = []
        self._is_reading = self._is_formula = self._is_phonetic = False
        self._merged: list[str] = []

    def lines(self, book: zipfile.ZipFile, sheet: str) -> Iterator[Line]:
        parser = expat.ParserCreate(namespace_separator="}")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        with book.open(sheet) as stream:
            for _ in _walk(stream, parser):
                yield from self._ready
                self._ready.clear()
        for area in self._merged:
            row = re.search(r"\d+", area)
            reason = N_("这里有合并的单元格，分不清每一行是什么；请取消合并，每格都填上")
            yield Line(int(row.group()) if row else 1, [], Trouble(reason, area))

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition("}")[2]
        if tag == "c":
            self._type = attributes.get("t", "n")
            self._style = int(attributes.get("s", "0"))
            self._is_formula = False
            self._pieces.clear()
            reference = attributes.get("r")
            self._place = _column(reference) if reference else len(self._cells)
        elif tag == "v" or tag == "t":
            self._is_reading = not self._is_phonetic
        elif tag == "f":
            self._is_formula = True
        elif tag == "row":
            stated = int(attributes.get("r", "0"))
            self._row = stated if stated > self._row else self._row + 1
            self._cells = []
        elif tag == "rPh":
            self._is_phonetic = True
        elif tag == "mergeCell" and len(self._merged) < MAX_MERGES_NAMED:
            self._merged.append(attributes.get("ref", "")[:40])

    def _characters(self, text: str) -> None:
        if self._is_reading:
            self._pieces.append(text)

    def _end(self, tag: str) -> None:
        tag = tag.rpartition("}")[2]
        if tag == "v" or tag == "t":
            self._is_reading = False
        elif tag == "c":
            if self._pieces or self._is_formula:
                self._put(self._cell("".join(self._pieces)))
        elif tag == "row":
            if self._cells:
                self._ready.append(Line(self._row, self._cells))
        elif tag == "rPh":
            self._is_phonetic = False

    def _put(self, cell: Cell) -> None:
        if self._place >= MAX_COLUMNS:
            raise Refusal(N_("第 {line} 行太宽，最多 {limit} 列"), line=self._row, limit=MAX_COLUMNS)
        while len(self._cells) <= self._place:
            self._cells.append(_EMPTY)
        self._cells[self._place] = cell

    def _cell(self, text: str) -> Cell:
        if self._is_formula:
            return _bad(N_("这一格是公式，不是填好的字；请复制后“只粘贴数值”"), text)
        if self._type == "s":
            return Cell(self._shared[int(text)])
        if self._type in ("str", "inlineStr"):
            return Cell(text)
        if self._type == "d" or (self._type == "n" and self._style in self._dates):
            return _bad(N_("被表格软件当成了日期；请把这一列设成“文本”重新填"), text, day=self._day(text))
        if self._type == "e":
            return _bad(N_("这一格是表格软件的出错提示"), text)
        if self._type == "b":
            return _bad(N_("这一格是“是/否”值，不是字"), text)
        return number(text)


    def _day(self, text: str) -> str:
        """The whole day a date cell holds; nothing where it is a time, or out of reason."""
        if self._type == "d":
            return text[:10] if _ISO_DAY.fullmatch(text) else ""
        if not text.isdecimal() or not FIRST_DATE <= int(text) <= LAST_DATE:
            return ""
        return (self._first_day + timedelta(days=int(text))).isoformat()


_EMPTY = Cell("")


def _bad(reason: str, shown: str, *, day: str = "") -> Cell:
    return Cell("", trouble=Trouble(reason, shown), day=day)


def _column(reference: str) -> int:
    """The place (from 0) of a cell reference such as BC12."""
    place = 0
    for letter in reference:
        if not letter.isalpha():
            break
        place = place * 26 + ord(letter.upper()) - 64
    return place - 1


def number(raw: str) -> Cell:
    """A stored number as the digits it stands for; refused where the file no longer holds all of them."""
    if raw.isascii() and raw.isdecimal() and len(raw) <= MAX_DIGITS:
        return Cell(raw, is_number=True)
    try:
        value = Decimal(raw)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        return _bad(N_("这一格读不出数字"), raw)
    if value.adjusted() >= MAX_DIGITS:
        return _bad(N_("这是一个多于 15 位的数，末几位已经被表格软件改掉了；请把这一列设成“文本”重新填"), raw)
    digits = value.normalize()
    if "e" in raw.lower() and digits.as_tuple().exponent != 0:
        return _bad(SCIENTIFIC, raw)
    if value == value.to_integral_value():
        return Cell(f"{value:.0f}", is_number=True)
    return Cell(f"{float(raw):.{MAX_DIGITS}g}", is_number=True)
