"""Tables as offices send them: every odd file is read exactly or refused with a sentence."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Sequence
from datetime import date

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from feedback import tables
from feedback.errors import Refusal
from feedback.tables import BadRow, Column, Row, workbook

AREA = (Column("code", ("编号",), is_code=True), Column("name", ("名称",)))
HOUSEHOLD = (
    Column("microgrid", is_code=True), Column("door"),
    Column("householder", is_required=False), Column("phone", is_required=False, is_code=True),
)


def rows(source: bytes, shape: Sequence[Column] = AREA) -> list[Row | BadRow]:
    return list(tables.read(source, shape).rows)


def bad(source: bytes, shape: Sequence[Column] = AREA) -> BadRow:
    [found] = [row for row in rows(source, shape) if isinstance(row, BadRow)]
    return found


def refusal(source: bytes, shape: Sequence[Column] = AREA) -> str:
    with pytest.raises(Refusal) as caught:
        rows(source, shape)
    return str(caught.value)


def read_or_refused(source: bytes) -> None:
    with contextlib.suppress(Refusal):
        rows(source)


def xlsx(*lines: Sequence[object], **options: str) -> bytes:
    """A workbook written by xlsxwriter; a value starting with '=' becomes a formula."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("表")
    for number, line in enumerate(lines):
        for place, value in enumerate(line):
            sheet.write(number, place, value)
    if "merge" in options:
        sheet.merge_range(options["merge"], "合并")
    book.close()
    return out.getvalue()


def rewritten(book: bytes, part: str, old: str, new: str) -> bytes:
    """The same workbook with some XML of one part changed by hand."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book)) as before,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for entry in before.infolist():
            content = before.read(entry).decode()
            if entry.filename == part:
                assert old in content
                content = content.replace(old, new)
            after.writestr(entry.filename, content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
TEXT = "code,name\n330281114200,东溪村\n330281114203,后陈村\n"
EXPECTED = [
    Row(2, {"code": "330281114200", "name": "东溪村"}),
    Row(3, {"code": "330281114203", "name": "后陈村"}),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_the_encoding_of_a_csv_is_found_out(encoding: str) -> None:
    assert rows(TEXT.encode(encoding)) == EXPECTED


@pytest.mark.parametrize("separator", [",", "\t", ";", "，"])
def test_the_separator_of_a_csv_is_found_out(separator: str) -> None:
    assert rows(TEXT.replace(",", separator).encode()) == EXPECTED


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_any_line_ending_is_read(ending: str) -> None:
    assert rows(TEXT.replace("\n", ending).encode()) == EXPECTED


def test_a_sep_line_from_excel_is_obeyed() -> None:
    found = rows(b"sep=;\r\ncode;name\r\n330281114200;a\r\n")
    assert found == [Row(3, {"code": "330281114200", "name": "a"})]


def test_utf8_with_one_broken_byte_is_not_taken_for_gb18030() -> None:
    broken = TEXT.encode().replace("后陈".encode(), "后陈".encode()[:-1])
    assert refusal(broken).startswith("第 3 行有读不出来的字")


def test_bytes_that_are_no_text_are_refused_by_line() -> None:
    assert "第 2 行" in refusal(b"code,name\n330281114200,\xff\xff\xff\n")


def test_headings_may_be_chinese_spaced_and_in_any_case_or_order() -> None:
    source = " 名称 ，ＣＯＤＥ\n东溪村，330281114200\n".encode()
    assert rows(source) == [Row(2, {"code": "330281114200", "name": "东溪村"})]


@pytest.mark.parametrize(
    ("header", "said"),
    [("code,nmae", "不认识“nmae”"), ("code", "缺少：name"), ("code,name,code", "出现了两次"), ("", "空表"),
     ("330281114200,东溪村", "第一行是列名")],
)
def test_a_header_that_does_not_fit_is_refused(header: str, said: str) -> None:
    assert said in refusal(header.encode() + b"\n1,2,3\n" if header else b"\n\n")


def test_the_header_chooses_between_two_shapes() -> None:
    parent = (Column("parent", is_code=True), Column("name"))
    table = tables.read(b"parent,name\n330281114200,a\n", AREA, parent)
    assert table.shape == 1
    assert table.columns == {"parent", "name"}
    assert list(table.rows) == [Row(2, {"parent": "330281114200", "name": "a"})]


def test_full_width_digits_and_stray_spaces_are_put_right() -> None:
    source = "code,name\n　３３０２８１１１４２００ , 　东溪　\u00a0\n".encode()
    assert rows(source) == [Row(2, {"code": "330281114200", "name": "东溪"})]


def test_empty_rows_are_skipped_and_lines_still_count_as_in_the_file() -> None:
    source = b'code,name\n\n,\n330281114200,"a"\n , \n\n'
    assert rows(source) == [Row(4, {"code": "330281114200", "name": "a"})]


def test_a_line_break_in_a_cell_is_refused_and_the_next_line_keeps_its_number() -> None:
    found = rows('code,name\n330281114200,"东\n溪"\n330281114203,b\n'.encode())
    assert isinstance(found[0], BadRow)
    assert (found[0].line, found[0].column, found[0].value) == (2, "name", "东�溪")
    assert found[1] == Row(4, {"code": "330281114203", "name": "b"})


def test_a_cell_beyond_the_header_is_named() -> None:
    assert "没有列名" in str(bad(b"code,name\n330281114200,a,b\n"))
    assert rows(b"code,name\n330281114200,a,,\n") == [Row(2, {"code": "330281114200", "name": "a"})]


def test_an_unclosed_quote_is_refused_by_line() -> None:
    assert refusal(b'code,name\n330281114200,"a\n330281114203,b\n').startswith("第 2 行的引号")


def test_a_very_long_cell_is_refused() -> None:
    assert str(bad(b"code,name\n330281114200," + b"a" * 501 + b"\n")) == "这一格太长，最多 500 个字"


@pytest.mark.parametrize("shown", ["3.30281E+11", "3.3E11", "3e+11"])
def test_a_code_in_scientific_notation_is_refused(shown: str) -> None:
    found = bad(f"code,name\n{shown},a\n".encode())
    assert (found.line, found.column, found.value) == (2, "code", shown)
    assert "科学计数" in str(found)


def test_a_door_called_3e5_is_a_door() -> None:
    assert rows(b"microgrid,door\n330281114200001001,3E5\n", HOUSEHOLD)[0] == Row(
        2, {"microgrid": "330281114200001001", "door": "3E5", "householder": "", "phone": ""}
    )


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "＝1+1"])
def test_a_name_that_would_become_a_formula_is_refused(name: str) -> None:
    found = rows(f"code,name\n330281114200,{name}\n".encode())
    assert isinstance(found[0], BadRow) is (name[0] != "＝")


def test_nul_bytes_and_other_formats_are_refused_with_a_sentence() -> None:
    assert "不是 CSV 或 XLSX" in refusal(b"code,name\n\x00,a\n")
    assert ".xls" in refusal(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    assert "空表" in refusal(b"")


def test_a_workbook_reads_like_the_csv() -> None:
    assert rows(xlsx(("code", "name"), ("330281114200", "东溪村"), ("330281114203", "后陈村"))) == EXPECTED


def test_codes_stored_as_exact_numbers_are_taken_digit_by_digit() -> None:
    book = xlsx(("code", "name"), (330281114200, "东溪村"), (330281114203, "后陈村"))
    assert rows(book) == EXPECTED
    fifteen = rewritten(book, SHEET, "<v>330281114200</v>", "<v>330281114200001</v>")
    assert rows(fifteen)[0] == Row(2, {"code": "330281114200001", "name": "东溪村"})
    exponent = rewritten(book, SHEET, "<v>330281114200</v>", "<v>3.30281114201E11</v>")
    assert rows(exponent)[0] == Row(2, {"code": "330281114201", "name": "东溪村"})


@pytest.mark.parametrize(
    ("stored", "said"),
    [("330281114200001001", "多于 15 位"), ("3.30281114200001E+17", "多于 15 位"),
     ("3.30281E+11", "科学计数"), ("1E-20", "科学计数"), ("330281114200.5", "小数"),
     ("nan", "读不出数字"), ("x", "读不出数字")],
)
def test_numbers_that_lost_digits_are_refused(stored: str, said: str) -> None:
    book = xlsx(("code", "name"), (330281114200, "东溪村"))
    found = bad(rewritten(book, SHEET, "<v>330281114200</v>", f"<v>{stored}</v>"))
    assert said in str(found)
    assert found.line == 2


def test_a_formula_is_named_even_with_a_stored_result() -> None:
    found = bad(xlsx(("code", "name"), ("330281114200", "=A1&B1")))
    assert (found.line, found.column) == (2, "name")
    assert "公式" in str(found)


def test_a_date_is_named() -> None:
    out = io.BytesIO()
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["microgrid", "door"])
    sheet.append(["330281114200001001", date(2026, 1, 2)])
    book.save(out)
    found = bad(out.getvalue(), HOUSEHOLD)
    assert (found.line, found.column) == (2, "door")
    assert "日期" in str(found)


def test_a_custom_date_format_is_known_and_a_money_format_is_not_one() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["microgrid", "door"])
    sheet.write(1, 0, "330281114200001001")
    sheet.write(1, 1, 45000, book.add_format({"num_format": 'yyyy"年"m"月"'}))
    sheet.write(2, 0, "330281114200001001")
    sheet.write(2, 1, 12, book.add_format({"num_format": '[Red]0"days"'}))
    book.close()
    found = rows(out.getvalue(), HOUSEHOLD)
    assert isinstance(found[0], BadRow)
    assert isinstance(found[1], Row)
    assert found[1].cells["door"] == "12"


def test_merged_cells_are_named() -> None:
    found = bad(xlsx(("code", "name"), ("330281114200", "a"), merge="A3:A5"))
    assert (found.line, found.value) == (3, "A3:A5")
    assert "合并" in str(found)


def test_a_wrong_stated_dimension_is_not_believed() -> None:
    book = xlsx(("code", "name"), ("330281114200", "东溪村"), ("330281114203", "后陈村"))
    for stated in ("A1", "A1:XFD1048576"):
        assert rows(rewritten(book, SHEET, 'ref="A1:B3"', f'ref="{stated}"')) == EXPECTED


def test_a_cell_far_out_is_a_sentence_not_a_gigabyte() -> None:
    book = xlsx(("code", "name"), ("330281114200", "东溪村"))
    assert "太宽" in refusal(rewritten(book, SHEET, 'r="B2"', 'r="XFD2"'))
    [found] = rows(rewritten(book, SHEET, '<row r="2"', '<row r="1048576"'))
    assert found.line == 1048576


def test_row_numbers_that_run_backwards_are_counted_instead() -> None:
    book = xlsx(("code", "name"), ("330281114200", "东溪村"))
    assert rows(rewritten(book, SHEET, '<row r="2"', '<row r="1"'))[0].line == 2


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as bomb:
        with bomb.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(64):
                part.write(b" " * (1 << 20))
        bomb.writestr("xl/workbook.xml", "<workbook/>")
    assert "大得不正常" in refusal(out.getvalue())


def test_a_workbook_of_very_many_entries_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for number in range(workbook.MAX_ENTRIES + 1):
            book.writestr(f"{number}", "")
    assert "大得不正常" in refusal(out.getvalue())


def test_document_types_and_entities_are_refused() -> None:
    book = xlsx(("code", "name"), ("330281114200", "a"))
    declared = '<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]><worksheet'
    assert "坏了" in refusal(rewritten(book, SHEET, "<worksheet", declared))


def test_a_truncated_or_foreign_zip_is_refused() -> None:
    book = xlsx(("code", "name"), ("330281114200", "a"))
    assert "坏了" in refusal(book[: len(book) // 2])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as foreign:
        foreign.writestr("hello.txt", "hello")
    assert "不是 CSV 或 XLSX" in refusal(out.getvalue())


def test_a_hidden_first_sheet_is_passed_over() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    hidden, shown = book.add_worksheet("字典"), book.add_worksheet("表")
    hidden.write(0, 0, "x")
    hidden.hide()
    shown.activate()
    shown.set_first_sheet()
    shown.write_row(0, 0, ["code", "name"])
    shown.write_row(1, 0, ["330281114200", "东溪村"])
    book.close()
    assert rows(out.getvalue()) == EXPECTED[:1]


def test_styled_empty_rows_after_the_table_cost_nothing() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["code", "name"])
    sheet.write_row(1, 0, ["330281114200", "东溪村"])
    grey = book.add_format({"bg_color": "#eeeeee"})
    for number in range(2, 5000):
        sheet.write_blank(number, 0, None, grey)
    book.close()
    assert rows(out.getvalue()) == EXPECTED[:1]


def test_rich_text_is_read_without_its_phonetic_guide() -> None:
    book = xlsx(("code", "name"), ("330281114200", "东溪村"))
    rich = "<si><r><t>东溪</t></r><r><t>村</t></r><rPh sb='0' eb='1'><t>dong</t></rPh></si>"
    assert rows(rewritten(book, "xl/sharedStrings.xml", "<si><t>东溪村</t></si>", rich)) == EXPECTED[:1]


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROWS", 2)
    assert "最多 2 行" in refusal(TEXT.encode() + b"330281114204,c\n")


@given(st.binary(max_size=400))
def test_any_bytes_at_all_are_read_or_refused(data: bytes) -> None:
    for source in (data, b"code,name\n" + data):
        read_or_refused(source)


@given(st.binary(min_size=1, max_size=8), st.integers(min_value=0, max_value=6000))
def test_a_workbook_damaged_anywhere_is_read_or_refused(noise: bytes, at: int) -> None:
    book = xlsx(("code", "name"), ("330281114200", "a"))
    read_or_refused(book[:at] + noise + book[at + len(noise):])


@given(st.integers(min_value=1, max_value=10**18 - 1))
def test_a_number_is_taken_exactly_or_not_at_all(value: int) -> None:
    cell = workbook.number(str(value))
    assert cell.text == (str(value) if value < 10**15 else "")
    assert (cell.trouble is None) == (value < 10**15)
