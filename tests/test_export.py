"""导出: from the exported events alone, somebody else works out every figure again and finds the same.

The recomputation below knows nothing of the program: it reads text and follows the definitions.
"""

import csv
import io
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from feedback import clock, db, export, stats
from feedback.errors import Refusal
from feedback.export import CASE_COLUMNS, EVENT_COLUMNS, Format, Table, files
from feedback.models.cases import Recusal
from feedback.stats import By
from tests.lives import NOW, Township

pytestmark = pytest.mark.usefixtures("database")

FROM_ON, TO_ON = date(2026, 6, 1), date(2026, 11, 19)
BEFORE = FROM_ON - timedelta(days=91)
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


# ---------------------------------------------------------------- worked out again, from text


class Told:
    """One case, from its lines."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self.end = lines[-1]
        self.filed = at(lines[0]["at"])
        closings = [
            i for i, e in enumerate(lines) if e["status"] == "closed" and (i == 0 or lines[i - 1]["status"] != "closed")
        ]
        self.closing = lines[closings[-1]] if self.end["status"] == "closed" else None
        outcome = self.closing["outcome"] if self.closing else ""
        self.excluded = outcome if outcome in {"withdrawn", "merged", "declined", "invalid"} else ""
        rounds = [
            i
            for i, e in enumerate(lines)
            if e["action"] in {"dispute", "follow_up", "reopen", "unmerge"}
            and e["status"] == "assigned"
            and lines[i - 1]["status"] in {"reported_back", "closed"}
        ]
        answers = [e for e in lines[rounds[-1] if rounds else 0 :] if e["action"] == "report_back"]
        self.handled = answers[0] if answers else None
        taken = [e for e in lines if e["status"] == "in_progress"]
        self.responded = taken[0] if taken else None
        self.reopened = [e for e in lines if e["action"] in {"dispute", "reopen"}] + [
            lines[i] for i in rounds if lines[i]["action"] == "follow_up"
        ]

    def own(self, e: Line) -> bool:
        return e["by_her"] == "yes" and e["channel"] == "door"

    def words(self, own: bool) -> list[Line]:
        return [
            e
            for e in self.lines
            if self.own(e) is own
            and (e["action"] == "dispute" or (e["action"] in {"confirm", "follow_up"} and e["answer"]))
        ]

    def ratings(self, own: bool) -> list[Line]:
        return [e for e in self.lines if self.own(e) is own and e["action"] in {"rate", "follow_up"} and e["rating"]]

    def answer(self) -> str:
        return self.words(own=True)[-1]["answer"] if self.words(own=True) else ""

    def verdict(self, due: str, done: Line | None) -> str:
        due_at = at(self.end[due])
        kept = done is not None and at(done["at"]) <= due_at
        if self.excluded:
            assert self.closing
            return "late" if not kept and due_at < at(self.closing["at"]) else "out"
        if due_at >= NOW:
            return "early"
        return "kept" if kept else "late"

    def silent(self) -> bool:
        if not self.closing or self.closing["action"] != "close" or not self.handled:
            return False
        told_at = int(self.handled["n"])
        return not [e for e in self.words(own=True) + self.words(own=False) if int(e["n"]) > told_at]

    def scanned(self) -> bool:
        denied = {e["of_n"] for e in self.lines if e["action"] == "witness" and e["witnessed"] == "no"}
        return any(e["action"] == "visit" and e["scanned"] == "yes" and e["n"] not in denied for e in self.lines)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def share(found: Iterable[bool]) -> dict[str, Any]:
    listed = list(found)
    n, of = sum(listed), len(listed)
    return {"n": n, "of": of, "rate": n / of if of >= 5 else None}


def spread(cases: list[Told], end: Callable[[Told], Line | None]) -> dict[str, Any]:
    ends = [(case, end(case)) for case in cases]
    long = sorted(int((at(e["at"]) - case.filed).total_seconds()) for case, e in ends if e)
    rank = {p: long[math.ceil(p * len(long)) - 1] if long else None for p in (0.5, 0.9)}
    return {"median": rank[0.5], "p90": rank[0.9], "n": len(long)}


def worked_out_again(everything: list[Told], asked_for: list[Told]) -> dict[str, Any]:
    """The contract's JSON of one row, without its key."""
    counted = [c for c in asked_for if not c.excluded]
    closed = [c for c in counted if c.closing]
    excluded = Counter(c.excluded for c in asked_for)
    response = [(c, c.verdict("response_due", c.responded)) for c in asked_for]
    handling = [c.verdict("handling_due", c.handled) for c in asked_for]
    original = [c.verdict("handling_due_original", c.handled) for c in asked_for]
    due = [c for c, v in zip(asked_for, handling, strict=True) if v in {"kept", "late"}]
    early = [c for c, v in response if v == "early"]
    wanted = [c for c in closed if c.end["kind"] in {"help", "complaint"} and c.end["visit_wanted"] == "yes"]

    def repeated(case: Told) -> bool:
        same = "category" if case.end["category"] else "kind"
        return bool(case.end["household"]) and any(
            timedelta(0) < case.filed - other.filed <= timedelta(days=90)
            and other.end["household"] == case.end["household"]
            and other.end[same] == case.end[same]
            for other in everything
        )

    return {
        "received": len(asked_for),
        "excluded": {reason: excluded[reason] for reason in ("withdrawn", "merged", "declined", "invalid")},
        "counted": len(counted),
        "open": len(counted) - len(closed),
        "response_on_time": share(v == "kept" for _, v in response if v in {"kept", "late"}),
        "handling_on_time": share(v == "kept" for v in handling if v in {"kept", "late"}),
        "handling_on_time_original": share(v == "kept" for v in original if v in {"kept", "late"}),
        "extended": share(c.end["handling_due"] != c.end["handling_due_original"] for c in due),
        "resolution": share(c.answer() == "solved" for c in counted if c.answer()),
        "accepted": share(c.answer() == "accepted" for c in counted if c.answer()),
        "satisfaction": share(int(c.ratings(own=True)[-1]["rating"]) >= 4 for c in counted if c.ratings(own=True)),
        "participation": share(bool(c.answer() or c.ratings(own=True)) for c in closed),
        "unconfirmed": share(c.silent() for c in closed),
        "visited": share(c.scanned() for c in wanted),
        "reopened": share(bool(c.reopened) for c in counted if any(e["action"] == "report_back" for e in c.lines)),
        "repeated": share(repeated(c) for c in counted),
        "response_seconds": spread(counted, lambda c: c.responded),
        "handling_seconds": spread(counted, lambda c: c.handled),
        "closing_seconds": spread(counted, lambda c: c.closing),
        "to_check": sum(c.end["marked"] == "yes" and c.end["status"] == "new" for c in asked_for),
        "not_yet_due": {
            "response": {"n": len(early), "responded": sum(c.responded is not None for c in early)},
            "handling": handling.count("early"),
        },
        "recorded_for_her": {
            "answers": sum(bool(c.words(own=False)) for c in counted),
            "ratings": sum(bool(c.ratings(own=False)) for c in counted),
        },
    }


def told(area_code: str) -> tuple[list[Told], list[Told]]:
    """All cases of the exported file, and those of the window."""
    lines = defaultdict(list)
    for line in read(export.events(area_code, BEFORE, TO_ON)):
        lines[line["case"]].append(line)
    everything = [Told(sorted(own, key=lambda e: int(e["n"]))) for own in lines.values()]
    return everything, [c for c in everything if c.filed.date() >= FROM_ON]


def without_key(row: stats.Row) -> dict[str, Any]:
    return {name: value for name, value in row.as_json().items() if name != "key"}


def test_every_figure_can_be_worked_out_again_from_the_exported_events_alone(town: Township) -> None:
    town.live(220)
    with clock.fixed(NOW):
        code = town.place.township.code
        everything, window = told(code)
        (row,) = stats.figures(code, FROM_ON, TO_ON)
        again = worked_out_again(everything, window)
        assert without_key(row) == again
        for by, column in ((By.KIND, "kind"), (By.CATEGORY, "category"), (By.TEAM, "team")):
            for row in stats.figures(code, FROM_ON, TO_ON, by=[by]):
                mine = [c for c in window if c.end[column].removeprefix("'") == row.key[0]]
                assert without_key(row) == worked_out_again(everything, mine), row.key
        for row in stats.figures(code, FROM_ON, TO_ON, by=[By.AREA]):
            mine = [c for c in window if c.end["area"].startswith(row.key[0]) and row.key[0] != code]
            assert without_key(row) == worked_out_again(everything, mine), row.key
    shares = [value for value in again.values() if isinstance(value, dict) and "of" in value]
    assert all(0 < one["n"] < one["of"] for one in shares if one is not again["extended"]), (
        "a life too quiet to prove it"
    )


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
            assert {line["case"] for line in read(table(village, FROM_ON, TO_ON))} == inside
        viewer = town.people[6]
        hidden = next(case for case in cases if case.number in inside)
        db.session.add(Recusal(case_id=hidden.id, person_id=viewer.id, at=clock.now()))
        for table in (export.events, export.cases):
            seen = {line["case"] for line in read(table(village, FROM_ON, TO_ON, viewer=viewer))}
            assert seen == inside - {hidden.number}


# ---------------------------------------------------------------- what a file holds


def test_the_columns_are_those_others_rely_on() -> None:
    promised = (
        "case n action at actor post actor_area status area team owner kind category urgent channel marked "
        "visit_wanted contact witnessed outcome reason answer rating by_her main_case household response_due "
        "handling_due handling_due_original policy"
    )
    assert set(promised.split()) <= set(EVENT_COLUMNS)
    assert len(set(EVENT_COLUMNS)) == len(EVENT_COLUMNS)
    assert len(set(CASE_COLUMNS)) == len(CASE_COLUMNS)


def test_people_and_households_stand_there_by_names_of_the_file(town: Township) -> None:
    cases = town.live(30)
    code = town.place.township.code
    with clock.fixed(NOW):
        lines = read(export.events(code, date(2026, 1, 1), TO_ON))
        fewer = read(export.events(code, FROM_ON, TO_ON))
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
            export.write(table(town.place.township.code, FROM_ON, TO_ON), out, file_format)
            files_of_two.append(out.getvalue())
    assert files_of_two[0] == files_of_two[1]


@pytest.mark.parametrize("file_format", list(Format))
@pytest.mark.parametrize("nasty", ["=1+1", "+86", "-1", "@SUM(A1)", "\t=1", "＝1+1", "'=1"])
def test_no_cell_becomes_a_formula(nasty: str, file_format: Format) -> None:
    (_, (cell,)) = written(Table(("name",), [[nasty]]), file_format)
    assert cell[0] == "'"
    assert cell[1:] == nasty.removeprefix("'")


@pytest.mark.parametrize("file_format", list(Format))
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
    lines = read(export.figures(rows, [By.AREA, By.KIND]))
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        assert (line["area"], line["kind"]) == row.key
        assert int(line["handling_on_time_of"]) == row.rates["handling_on_time"].of
        assert line["closing_seconds_p90"] == str(row.durations["closing_seconds"].p90 or "")
    (total,) = read(export.figures(stats.figures(town.place.township.code, FROM_ON, TO_ON)))
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
