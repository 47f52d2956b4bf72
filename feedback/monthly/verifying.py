"""复核: whether a report still says what was issued, and whether the events give the same numbers again."""

from datetime import datetime
from typing import NamedTuple

from feedback.models.monthly import MonthlyReport, checksum
from feedback.monthly import changes, composing
from feedback.monthly.months import Month


class Difference(NamedTuple):
    """The first thing that does not fit: where, what the report says, and what follows."""

    where: str
    issued: str
    follows: str


def verify(report: MonthlyReport) -> Difference | None:
    """The checksum first, then every number from the events as at the report's instant; None where all fits."""
    found = checksum(report.content)
    if found != report.checksum:
        return Difference("checksum", report.checksum, found)
    said = report.says
    again = composing.compose(report.area, Month.read(said["month"]), datetime.fromisoformat(said["as_at"]))
    for one in changes.between(said, again, by_place=True):
        return Difference(" ".join(one.where), _told(one.old), _told(one.new))
    return None


def _told(number: changes.Number | None) -> str:
    match number:
        case None:
            return "nothing"
        case (n, of):
            return f"{n}/{of}"
        case _:
            return str(number)
