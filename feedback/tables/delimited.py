"""逗号分隔表 CSV: text with separators, in whatever encoding and with whatever separator an office saved it.

UTF-8 (with or without a byte order mark), UTF-16 with one, else GB18030, which contains GBK and GB2312.
GB18030 accepts almost any bytes, so a UTF-8 file with one broken character is told from a GB18030 file
by the Chinese that was read well before the break.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator

from feedback.errors import Refusal
from feedback.tables.cells import Cell, Line
from feedback.words import N_

SEPARATORS = (",", "\t", ";", "，", "|")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_CHINESE_BEFORE_A_BREAK = 3


def lines(data: bytes, *, is_heading: Callable[[str], bool]) -> Iterator[Line]:
    """The lines of a CSV file. Raises Refusal when it can't be read as text."""
    text = decode(data)
    if "\x00" in text:
        raise Refusal(N_("这不是 CSV 或 XLSX 表格"))
    return _parse(text, _separator(text, is_heading))


def decode(data: bytes) -> str:
    """The text of the file. Raises Refusal when no encoding fits."""
    if data.startswith(codecs.BOM_UTF8):
        return _strict(data, "utf-8-sig")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _strict(data, "utf-16")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as broken:
        before = data[: broken.start].decode("utf-8")
        if len(_CHINESE.findall(before[-10_000:])) >= _CHINESE_BEFORE_A_BREAK:
            raise _unreadable(before) from None
    return _strict(data, "gb18030")


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as broken:
        raise _unreadable(data[: broken.start].decode(encoding, "replace")) from None


def _unreadable(before: str) -> Refusal:
    return Refusal(
        N_("第 {line} 行有读不出来的字。请把文件另存为“CSV UTF-8”再交"), line=before.count("\n") + 1
    )


def _separator(text: str, is_heading: Callable[[str], bool]) -> str:
    """The separator by which the first line yields the most headings we know; a comma when none does."""
    first = next((line for line in io.StringIO(text[:10_000]) if line.strip()), "")
    declared = re.fullmatch(r'"?sep=(.)"?', first.strip())
    if declared:
        return declared.group(1)

    def known(separator: str) -> int:
        return sum(is_heading(title.strip().strip('"')) for title in first.split(separator))

    return max(SEPARATORS, key=known)


def _parse(text: str, separator: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 1
    try:
        for values in reader:
            if not (number == 1 and "".join(values).lower().startswith("sep=")):
                yield Line(number, [Cell(value) for value in values])
            number = reader.line_num + 1
    except csv.Error:
        raise Refusal(N_("第 {line} 行的引号没有配对，后面就分不清哪格是哪格了"), line=number) from None
