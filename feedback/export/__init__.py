"""导出: cases, their events and the figures as tables that a spreadsheet opens as they are.

No personal data: people by staff number, households by a pseudonym that is good for one file only. From
`events` alone every figure can be worked out again; the repeat share needs a file that begins 90 days before
the window. A table is made while it is written, a portion of cases at a time; the door begins a `db.snapshot()` first,
so that it is of one instant however long that takes.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from feedback import clock, db, stats
from feedback.export import legend, lines
from feedback.export.files import Format, Table, spooled, write
from feedback.export.legend import Cell, Column, Legend
from feedback.export.walk import Asked
from feedback.models.places import Area

EVENT_COLUMNS = tuple(legend.EVENTS)
CASE_COLUMNS = tuple(legend.CASES)


def events(asked: Asked) -> Table:
    """Every event of the cases."""
    return _table("events", legend.EVENTS, asked, lines.events)


def cases(asked: Asked) -> Table:
    """One row a case as it stands now, with what each figure makes of it."""
    return _table("cases", legend.CASES, asked, lines.cases)


def figures(
    asked: Asked, rows: Sequence[stats.Row], by: Sequence[stats.By] = (), *, as_at: datetime | None = None
) -> Table:
    """The figures of each group, as at an instant (default: now): every share with both its parts, times in seconds."""

    def told(_asked: Asked, _as_at: datetime) -> Iterator[Sequence[Cell]]:
        return (lines.figures(row, by) for row in rows)

    return _table("figures", legend.figures(by), asked, told, as_at)


def _table(
    what: str,
    columns: legend.Columns,
    asked: Asked,
    rows: Callable[[Asked, datetime], Iterator[Sequence[Cell]]],
    as_at: datetime | None = None,
) -> Table:
    as_at = as_at or clock.now()
    area, viewer = db.session.get_one(Area, asked.area_code), asked.viewer
    own = Legend(
        what=what, columns=columns, area=(area.code, area.name), from_on=asked.from_on, to_on=asked.to_on, as_at=as_at,
        by=viewer.staff_number if viewer is not None else "",
    )
    return Table(tuple(columns), rows(asked, as_at), own)


__all__ = [
    "CASE_COLUMNS", "EVENT_COLUMNS", "Asked", "Cell", "Column", "Format", "Legend", "Table", "cases", "events",
    "figures", "spooled", "write",
]  # fmt: skip
