"""A table of deadlines worked out by hand, around every holiday of 2026 and into a year nobody has published."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from feedback import clock, deadlines
from feedback.calendars import Calendar

TABLE = Path(__file__).parent / "tables" / "deadlines.txt"
UNCERTAIN = " uncertain"


class Row(NamedTuple):
    filed: str
    kind: str
    urgent: str
    response: str
    handling: str
    why: str


ROWS = [
    Row(*(cell.strip() for cell in line.split("|")))
    for line in TABLE.read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


def test_the_table_has_more_than_a_hundred_rows_and_every_kind() -> None:
    assert len(ROWS) > 100
    assert {(row.kind, bool(row.urgent)) for row in ROWS} == set(deadlines.DEFAULTS)
    assert len({row[:3] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.filed} {row.kind} {row.urgent}".strip())
def test_a_deadline_is_the_one_worked_out_by_hand(row: Row) -> None:
    policy, filed_at = deadlines.DEFAULTS[row.kind, bool(row.urgent)], _instant(row.filed)
    for limit, said in ((policy.response, row.response), (policy.handling, row.handling)):
        due = deadlines.due_with_source(limit, filed_at, Calendar())
        assert due.at == _instant(said.removesuffix(UNCERTAIN)), row.why
        if not limit.is_natural:
            assert due.source.is_certain is not said.endswith(UNCERTAIN), row.why


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=clock.SHANGHAI)
