"""导入计划: what a handed-in file would change, row by row, before anything is changed.

A plan is all or nothing: one bad row and nothing of the file is taken. A row that says what is already
so is *same*; a file given twice is the same throughout.
"""

from __future__ import annotations

import csv
import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import BinaryIO, ClassVar, NamedTuple, TypeVar

from feedback import tables
from feedback.tables import BadRow, Column, Row
from feedback.words import N_

T = TypeVar("T")
Progress = Callable[[Iterable[Row | BadRow]], Iterable[Row | BadRow]]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Kind(StrEnum):
    """What a file holds."""

    AREAS = "areas"
    HOUSEHOLDS = "households"
    STAFF = "staff"

    @property
    def label(self) -> str:
        return {Kind.AREAS: N_("区划"), Kind.HOUSEHOLDS: N_("户"), Kind.STAFF: N_("人员")}[self]


class Effect(StrEnum):
    """What a row would do."""

    NEW = "new"
    CHANGED = "changed"

    @property
    def label(self) -> str:
        return {Effect.NEW: N_("新增"), Effect.CHANGED: N_("改动")}[self]


class Difference(NamedTuple):
    """One value before and after; personal data comes masked."""

    column: str
    before: str
    after: str


class Change(NamedTuple):
    """What one line of the file would change. `line` is 0 where the file only implies it."""

    line: int
    effect: Effect
    subject: str
    differences: tuple[Difference, ...] = ()


class Plan(ABC):
    """A file beside the database: `changes`, `same` (a count) and `bad_rows`. Compared when made."""

    kind: ClassVar[Kind]
    shapes: ClassVar[tuple[Sequence[Column], ...]]

    def __init__(self, source: bytes | BinaryIO, *, file_name: str = "", progress: Progress = iter) -> None:
        table = tables.read(source, *self.shapes)
        self.file_name = file_name
        self.columns = table.columns
        self.rows: list[Row] = []
        self._unreadable: list[BadRow] = []
        for row in progress(table.rows):
            if isinstance(row, Row):
                self.rows.append(row)
            else:
                self._unreadable.append(row)
        self.compare()

    def compare(self) -> None:
        """Sets the file beside the database as it is now."""
        self.changes: list[Change] = []
        self.bad_rows: list[BadRow] = list(self._unreadable)
        self.same = 0
        self._compare()
        self.bad_rows.sort(key=lambda bad: bad.line)

    @property
    def is_refused(self) -> bool:
        return bool(self.bad_rows)

    @property
    def new(self) -> int:
        return sum(change.effect is Effect.NEW for change in self.changes)

    @property
    def changed(self) -> int:
        return sum(change.effect is Effect.CHANGED for change in self.changes)

    def bad_rows_csv(self, translate: Callable[[str], str] = str) -> bytes:
        """The bad rows as a CSV a clerk can open: line, column, value, reason. No cell becomes a formula."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["line", "column", "value", "reason"])
        for bad in self.bad_rows:
            reason = translate(bad.reason).format(**bad.values)
            value = "'" + bad.value if bad.value.startswith(_FORMULA_STARTS) else bad.value
            writer.writerow([bad.line, bad.column, value, reason])
        return out.getvalue().encode("utf-8-sig")

    @abstractmethod
    def _compare(self) -> None:
        """Fills `changes`, `same` and `bad_rows`."""

    @abstractmethod
    def write(self) -> None:
        """Does what the plan says, in the transaction at hand. Only after `compare` in that transaction."""

    def _refuse(self, row: Row, column: str, reason: str, **values: object) -> None:
        self.bad_rows.append(BadRow(row.line, column, row.cells[column][: tables.SHOWN_LENGTH], reason, values))


def slices(things: Sequence[T], size: int = 5_000) -> Iterable[Sequence[T]]:
    """The things in pieces a database takes at once."""
    return (things[start : start + size] for start in range(0, len(things), size))
