"""导出: what the township's office may save, how it is handed over, and what stays when it breaks off."""

import csv
import gc
import io
import tempfile
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import QueuePool, func, insert, select

from feedback import clock, db
from feedback.models.records import StaffAct, StaffEvent
from feedback.web.township import exports
from tests import staff
from tests.test_township import TOWNSHIP, YEAR, Office, office
from tests.visitor import page_of

__all__ = ["office"]


def left() -> list[StaffEvent]:
    """What the exports left in the audit."""
    query = select(StaffEvent).where(StaffEvent.act == StaffAct.EXPORT).order_by(StaffEvent.id)
    return list(db.session.scalars(query))


def lines(raw: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def test_a_file_says_itself_what_it_is_as_at_when_and_by_whom(office: Office) -> None:
    visitor = office.visitor(office.leader)
    seen = visitor.get("/t/", query_string=YEAR)
    with zipfile.ZipFile(io.BytesIO(visitor.submit(seen, to="events.zip", status=200).get_data())) as parts:
        rows, told = lines(parts.read("events.csv")), lines(parts.read("definitions.csv"))
    book = load_workbook(io.BytesIO(visitor.submit(seen, to="events.xlsx").get_data()))
    assert book.sheetnames == ["events", "definitions"]
    sheet = [["" if cell is None else cell for cell in row] for row in book["definitions"].iter_rows(values_only=True)]
    assert sheet == [list(told[0]), *(list(line.values()) for line in told)]
    said = {line["name"]: line["value"] for line in told}
    assert said["file_as_at"] == clock.local(clock.now()).isoformat()
    assert (said["file_area"], said["file_from"], said["file_to"]) == (TOWNSHIP, YEAR["from"], YEAR["to"])
    assert said["file_by"] == staff.again(office.leader).staff_number
    assert said["file_rows"] == str(len(rows)) == str(book["events"].max_row - 1)
    assert set(rows[0]) <= set(said), "every column is explained"


@pytest.mark.parametrize("what", ["figures", "cases"])
def test_every_column_is_explained_in_both_languages(office: Office, what: str) -> None:
    visitor = office.visitor(office.leader)
    seen = visitor.get("/t/figures", query_string={**YEAR, "by": "kind"})
    with zipfile.ZipFile(io.BytesIO(visitor.submit(seen, to=f"{what}.zip").get_data())) as parts:
        columns, told = list(lines(parts.read(f"{what}.csv"))[0]), lines(parts.read("definitions.csv"))
    meant = {line["name"]: line for line in told if not line["value"]}
    assert list(meant) == columns
    assert all(line["中文"] and line["English"] and line["中文"] != line["English"] for line in meant.values())


def test_too_many_rows_are_refused_in_words_before_the_work_begins(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MOST_ROWS", 30)
    visitor = office.visitor(office.leader)
    refused = visitor.submit(visitor.get("/t/", query_string=YEAR), to="events.csv", status=400)
    assert "一次最多导出 30 行" in page_of(refused).text
    assert left() == []
    few = visitor.get("/t/", query_string={"from": "2026-11-19", "to": "2026-11-19"})
    visitor.submit(few, to="cases.csv", status=200)


def a_full_disk() -> BinaryIO:
    return Path("/dev/full").open("r+b", buffering=0)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # xlsxwriter leaves its ZIP open
def test_a_full_disk_is_a_sentence_and_leaves_a_staff_event(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = office.visitor(office.leader)
    seen = visitor.get("/t/", query_string=YEAR)
    for ending in ("csv", "zip", "xlsx"):
        with monkeypatch.context() as disk:
            disk.setattr(tempfile, "TemporaryFile", a_full_disk)
            answer = visitor.submit(seen, to=f"events.{ending}", status=503)
        assert "放文件的地方满了" in page_of(answer).text
    gc.collect()
    assert [event.facts for event in left()] == [{"area": TOWNSHIP, "is_broken_off": True}] * 3


def test_a_slow_reader_holds_no_connection_and_no_lock_and_one_who_goes_away_is_on_record(office: Office) -> None:
    visitor = office.visitor(office.leader)
    seen = visitor.get("/t/", query_string=YEAR)
    form = next(one for one in page_of(seen).forms if "events.csv" in one.action)
    answer = visitor.post(form.action, data=form.fields, status=200, buffered=False)
    pool = db.engine().pool
    assert isinstance(pool, QueuePool)
    db.session.remove()
    assert pool.checkedout() == 0
    db.write()
    db.session.rollback()
    first: bytes = next(iter(answer.iter_encoded()))
    assert 0 < len(first) < int(answer.headers["Content-Length"]), "it comes in pieces, and says how long it is"
    answer.close()
    (event,) = left()
    assert event.facts["rows"] > 0


def test_the_file_is_of_one_instant_whatever_others_write_meanwhile(office: Office) -> None:
    db.snapshot()
    query = select(func.count()).select_from(StaffEvent)
    before = db.session.scalar(query) or 0
    with db.engine().begin() as other:
        row: dict[str, Any] = {"at": clock.now(), "act": StaffAct.EXPORT, "subject": "", "facts": {}}
        other.execute(insert(StaffEvent).values(**row))
    assert db.session.scalar(query) == before
    db.session.rollback()
    assert db.session.scalar(query) == before + 1
