"""单元格: what both kinds of file give, before anybody asks what a column means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from feedback.words import N_

SCIENTIFIC = N_("被表格软件改成了科学计数，原来的号码已经看不出来；请把这一列设成“文本”重新填")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a cell or a line can't be used: a Chinese sentence with {places}, and what stood there."""

    reason: str
    shown: str
    values: dict[str, object] = field(default_factory=dict)


class Cell(NamedTuple):
    """One cell as text; `is_number` when the file stored a number, `trouble` when it can't be used.

    `day`: the day (2027-01-01) a cell holds that the file shows as one; trouble wherever no day is asked for.
    """

    text: str
    is_number: bool = False
    trouble: Trouble | None = None
    day: str = ""


class Line(NamedTuple):
    """One line of the file: its number (first line = 1) and its cells; `trouble` concerns the whole line."""

    number: int
    cells: list[Cell]
    trouble: Trouble | None = None
