"""经办: what each person has in hand now, and how the cases of the period went that he or she answers for.

For those who lead there (`here.may_see_handlers`), of one township at most, and never on paper. The order is that of
what people have in hand, then of their names: it is no ranking, and the page says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from feedback.models.places import DIGITS
from feedback.stats import Row, findings
from feedback.stats.findings import Finding
from feedback.supervision.hands import Hands

SHOWN = 12


@dataclass(frozen=True)
class Handler:
    """One person; `row` is of the period, none where nothing of it is theirs."""

    staff_number: str
    name: str
    phone: str = ""
    open: int = 0
    overdue: int = 0
    row: Row | None = None


@dataclass(frozen=True)
class Handlers:
    """The people of an area, and what nobody has taken up."""

    people: Sequence[Handler]
    unowned: int

    @property
    def shown(self) -> Sequence[Handler]:
        return self.people[:SHOWN]

    @property
    def title(self) -> Finding:
        return findings.loads([one.open for one in self.people if one.open], self.unowned)


def of(hands: Hands, rows: Sequence[Row]) -> Handlers:
    """Whoever has a case in hand now or answers for one of the period's; what no person answers for is left out."""
    told = {row.key[0]: row for row in rows if not _is_team(row.key[0])}
    people = [
        Handler(load.staff_number, load.name, load.phone, load.open, load.overdue, told.get(load.staff_number))
        for load in hands.loads.values()
    ]
    people += [Handler(number, row.names[0], row=row) for number, row in told.items() if number not in hands.loads]
    return Handlers(sorted(people, key=lambda one: (-one.open, one.name)), hands.unowned)


def _is_team(word: str) -> bool:
    """Whether the figures' word for a handler is that of a team, which begins with its area's code."""
    code = word.partition("/")[0]
    return code.isdecimal() and len(code) in DIGITS.values()
