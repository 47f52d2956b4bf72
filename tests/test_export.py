"""导出: what a file holds, for whom, how large it may be, and what it says of itself."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from feedback import clock, db, export, stats
from feedback.errors import Refusal
from feedback.export import CASE_COLUMNS, EVENT_COLUMNS, Asked, Format, Table, files, walk
from feedback.models.cases import Case, Recusal
from feedback.models.kinds import Action
from feedback.stats import By
from tests import builders
from tests.lives import NOW, Township

pytestmark = pytest.mark.usefixtures("database")

FROM_ON, TO_ON = date(2026, 6, 1), date(2026, 11, 19)
BEFORE = FROM_ON - timedelta(days=91)
SHEETS = [Format.CSV, Format.XLSX]
Line = dict[str, str]


@pytest.fixture
def town() -> Township:
    return Township(seed=20261119)


def read(table: Table) -> list[Line]:
    out = io.BytesIO()
    export.write(table, out, Format.CSV)
    raw = out.getvalue()
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


# ---------------------------------------------------------------- whose cases


def test_a_files_cases_are_those_of_its_area_and_days_and_of_nobody_shut_out(town: Township) -> None:
    cases = town.live(40)
    village = town.place.village.code
    with clock.fixed(NOW):
        inside = {
            case.number
            for case in cases
            if case.area_code.startswith(village) and FROM_ON <= clock.local(case.filed_at).date() <= TO_ON
        }
        for table in (export.events, export.cases):
            assert {line["case"] for line in read(table(Asked(village, FROM_ON, TO_ON)))} == inside
        viewer = town.people[6]
        hidden = next(case for case in cases if case.number in inside)
        db.session.add(Recusal(case_id=hidden.id, person_id=viewer.id, at=clock.now()))
        for table in (export.events, export.cases):
            seen = {line["case"] for line in read(table(Asked(village, FROM_ON, TO_ON, viewer)))}
            assert seen == inside - {hidden.number}


def test_a_file_is_the_same_however_small_the_portions_are(town: Township, monkeypatch: pytest.MonkeyPatch) -> None:
    town.live(40)
    code = town.place.township.code
    with clock.fixed(NOW):
        asked = Asked(code, FROM_ON, TO_ON)
        whole = {table: list(table(asked).rows) for table in (export.events, export.cases)}
        assert asked.count() == (len(whole[export.cases]), len(whole[export.events]))
        monkeypatch.setattr(walk, "PORTION", 3)
        for table, rows in whole.items():
            place = table(asked).columns.index("household")
            again = [without(row, place) for row in table(asked).rows]
            assert sorted(map(str, again)) == sorted(str(without(row, place)) for row in rows)


def without(row: Sequence[Any], place: int) -> list[Any]:
    return [*row[:place], *row[place + 1 :]]


def test_each_line_of_a_case_says_what_the_figures_make_of_it(town: Township) -> None:
    town.live(120)
    code = town.place.village.code
    with clock.fixed(NOW):
        facts = {one.last.case_id: one for one in stats.read(code, FROM_ON, TO_ON).cases}
        numbers = dict(db.session.execute(select(Case.number, Case.id)).all())
        lines = read(export.cases(Asked(code, FROM_ON, TO_ON)))
    assert len(lines) == len(facts)
    for line in lines:
        case = facts[numbers[line["case"]]]
        said = {
            "response": case.response, "handling": case.handling, "excluded": case.exclusion, "answer": case.answer,
            "rating": case.rating, "recorded_answer": case.recorded_answer, "closed_by": case.closed_by,
            "repeated": "yes" if case.is_repeated else "no", "reopened": "yes" if case.was_reopened else "no",
        }
        assert {key: line[key] for key in said} == {key: str(value or "") for key, value in said.items()}
    assert {line["repeated"] for line in lines} == {"yes", "no"}


def test_a_main_case_that_somebody_may_not_know_of_has_no_number_for_him(town: Township) -> None:
    main, merged = town.live(2)
    viewer = town.people[6]
    with clock.fixed(NOW):
        builders.an_event(merged, Action.MERGE, main_case_id=main.id)
        asked = Asked(town.place.township.code, date(2026, 1, 1), TO_ON)
        assert main.number in {line["main_case"] for line in read(export.events(asked))}
        db.session.add(Recusal(case_id=main.id, person_id=viewer.id, at=clock.now()))
        lines = read(export.events(replace(asked, viewer=viewer)))
    assert merged.number in {line["case"] for line in lines}
    assert not [line for line in lines if main.number in line.values()]


# ---------------------------------------------------------------- what a file holds


def test_the_columns_are_those_others_rely_on() -> None:
    promised = (
        "case n action at actor post actor_area status area team owner kind category urgent channel marked "
        "visit_wanted contact witnessed outcome reason answer rating by_her main_case household response_due "
        "handling_due handling_due_original policy"
    )
    extras = {"of_n", "scanned"}
    assert set(EVENT_COLUMNS) == set(promised.split()) | extras
    assert all(f"`{name}`" in Path("docs/exports.md").read_text("utf-8") for name in EVENT_COLUMNS)
    assert len(set(EVENT_COLUMNS)) == len(EVENT_COLUMNS)
    assert len(set(CASE_COLUMNS)) == len(CASE_COLUMNS)


def test_people_and_households_stand_there_by_names_of_the_file(town: Township) -> None:
    cases = town.live(30)
    code = town.place.township.code
    with clock.fixed(NOW):
        lines = read(export.events(Asked(code, date(2026, 1, 1), TO_ON)))
        fewer = read(export.events(Asked(code, FROM_ON, TO_ON)))
    homes = {line["case"]: line["household"] for line in lines}
    own = {case.number: case.household_id for case in cases}
    assert len({(homes[number], own[number]) for number in own}) == len(set(homes.values())) == len(set(own.values()))
    assert fewer[0]["household"] == "H1"
    for person in town.people:
        assert not any(person.name in line.values() or person.phone in line.values() for line in lines)


@pytest.mark.parametrize("file_format", list(Format))
@pytest.mark.parametrize("table", [export.cases, export.events])
def test_the_same_facts_make_the_same_bytes(town: Township, table: Callable[..., Table], file_format: Format) -> None:
    town.live(10)
    files_of_two = []
    with clock.fixed(NOW):
        for _ in range(2):
            out = io.BytesIO()
            export.write(table(Asked(town.place.township.code, FROM_ON, TO_ON)), out, file_format)
            files_of_two.append(out.getvalue())
    assert files_of_two[0] == files_of_two[1]


@pytest.mark.parametrize("file_format", SHEETS)
@pytest.mark.parametrize("nasty", ["=1+1", "+86", "-1", "@SUM(A1)", "\t=1", "＝1+1", "'=1"])
def test_no_cell_becomes_a_formula(nasty: str, file_format: Format) -> None:
    (_, (cell,)) = written(Table(("name",), [[nasty]]), file_format)
    assert cell == f"'{nasty}", "and whoever takes one apostrophe off has the text again"


@pytest.mark.parametrize("file_format", SHEETS)
def test_a_long_code_keeps_its_digits(file_format: Format) -> None:
    cells = written(Table(("area", "n", "rate", "none"), [["330281114201001001", 7, 0.25, None]]), file_format)
    assert cells[1][0] == "330281114201001001"
    assert [str(cell or "") for cell in cells[1][1:]] == ["7", "0.25", ""]


def written(table: Table, file_format: Format) -> list[list[Any]]:
    out = io.BytesIO()
    assert export.write(table, out, file_format) == 1
    if file_format is Format.CSV:
        return list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"), newline="")))
    sheet = openpyxl.load_workbook(io.BytesIO(out.getvalue())).active
    assert sheet is not None
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_the_figures_are_a_table_too(town: Township) -> None:
    town.live(60)
    with clock.fixed(NOW):
        rows = stats.figures(town.place.township.code, FROM_ON, TO_ON, by=[By.AREA, By.KIND])
    asked = Asked(town.place.township.code, FROM_ON, TO_ON)
    lines = read(export.figures(asked, rows, [By.AREA, By.KIND]))
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        assert (line["area"], line["kind"]) == row.key
        assert int(line["handling_on_time_of"]) == row.rates["handling_on_time"].of
        assert line["closing_seconds_p90"] == str(row.durations["closing_seconds"].p90 or "")
    (total,) = read(export.figures(asked, stats.figures(asked.area_code, FROM_ON, TO_ON)))
    assert total["key"] == "all"


def test_a_file_is_csv_or_xlsx_by_its_name() -> None:
    assert Format.of(Path("a.CSV")) is Format.CSV
    assert Format.of(Path("a.xlsx")) is Format.XLSX
    with pytest.raises(Refusal, match=r"a\.ods"):
        Format.of(Path("a.ods"))


def test_a_full_sheet_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "ROWS_OF_A_SHEET", 3)
    out = io.BytesIO()
    assert export.write(Table(("n",), ([n] for n in range(5))), out, Format.XLSX, sheet="events") == 5
    book = openpyxl.load_workbook(io.BytesIO(out.getvalue()))
    sheets = {sheet.title: [cell.value for row in sheet.iter_rows() for cell in row] for sheet in book.worksheets}
    assert sheets == {"events": ["n", 0, 1], "events 2": ["n", 2, 3], "events 3": ["n", 4]}
