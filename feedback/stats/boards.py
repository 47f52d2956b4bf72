"""公开栏: a village's finished months as everybody may read them, each worked out once and then kept as it is.

On the 21st of the month after, most deadlines have passed and most villagers have said their word. The timer then
writes down, village by village, what `public` lets be told of the month; a case that changes later changes no board,
so that nobody learns from a difference which one it was.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, insert, select

from feedback import access, clock, db
from feedback.models.boards import PublicBoard
from feedback.models.cases import Case, Recusal
from feedback.models.figures import CaseFigures
from feedback.models.places import Area, Level
from feedback.models.records import Instance
from feedback.models.rules import Category
from feedback.stats import kept, public, reached
from feedback.stats.counted import Counted
from feedback.stats.public import Told

SETTLED_AFTER = timedelta(days=20)
"""From the end of a month until it is told."""
MONTHS = 12
"""So many finished months are shown."""
BATCH = 30
"""Villages in one transaction."""
TOLD_UP_TO = "boards of"
_FIGURES = CaseFigures.__table__


@dataclass(frozen=True)
class Board:
    """A month of a village as it was told."""

    area_code: str
    month: str
    as_at: datetime
    told: Told


# ---------------------------------------------------------------- what everybody reads


def of(area_code: str) -> list[Board]:
    """The village's last twelve finished months that were told, the newest first."""
    rows = db.session.scalars(
        select(PublicBoard)
        .where(PublicBoard.area_code == area_code, PublicBoard.month.in_(finished_months()))
        .order_by(PublicBoard.month.desc())
    )
    return [_board(row) for row in rows]


def newest(area_code: str) -> dict[str, Board]:
    """The newest month told of each village in an area, by its code."""
    rows = db.session.scalars(
        select(PublicBoard)
        .where(access.within(PublicBoard.area_code, area_code), PublicBoard.month.in_(finished_months()))
        .order_by(PublicBoard.month)
    )
    return {row.area_code: _board(row) for row in rows}


def _board(row: PublicBoard) -> Board:
    return Board(row.area_code, row.month, row.as_at, Told.from_json(json.loads(row.told)))


def finished_months() -> list[str]:
    """The last twelve months of which it is time to tell, the oldest first."""
    today = clock.today()
    count = today.year * 12 + today.month - 1
    months = [date(one // 12, one % 12 + 1, 1) for one in range(count - MONTHS - 1, count)]
    return [f"{first:%Y-%m}" for first in months if _is_settled(first, today)][-MONTHS:]


def _is_settled(first: date, today: date) -> bool:
    return today >= _next(first) + SETTLED_AFTER


def _next(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


# ---------------------------------------------------------------- the step of the timer


def publish() -> int:
    """Writes down a batch of boards whose time has come; returns how many, 0 when nothing is left.

    Read from what is kept beside the cases: while that is behind, boards wait. Of months before the first case of all
    nothing is told, not even that there was too little.
    """
    as_at, done, ends = reached.counted_up_to(), db.session.get(Instance, TOLD_UP_TO), kept.first_and_last()
    if as_at is None or ends is None:
        return 0
    for month in finished_months():
        if month < f"{ends[0]:%Y-%m}" or (done is not None and month <= done.value):
            continue
        if as_at < clock.start_of(_next(_first(month)) + SETTLED_AFTER):
            return 0
        if villages := _untold(month):
            _write(villages, month, as_at)
            return len(villages)
        _say_told(month)
    return 0


def _untold(month: str) -> Sequence[str]:
    """Villages of which this month is not told yet; so many at once."""
    told = select(PublicBoard.area_code).where(PublicBoard.area_code == Area.code, PublicBoard.month == month)
    is_village = func.length(Area.code) == Level.VILLAGE.digits
    return db.session.scalars(
        select(Area.code).where(is_village, ~told.exists()).order_by(Area.code).limit(BATCH)
    ).all()


def _write(villages: Sequence[str], month: str, as_at: datetime) -> None:
    first = _first(month)
    names = dict(db.session.execute(select(Category.id, Category.name)).all())
    rows = [
        {"area_code": code, "month": month, "as_at": as_at,
         "told": _canonical(public.told(cases(code, first, _next(first)), names))}
        for code in villages
    ]
    db.session.execute(insert(PublicBoard), rows)


def cases(area_code: str, from_on: date, before_on: date) -> Iterator[Counted]:
    """What is kept of the cases booked in a village, filed from a day until before another, without those somebody
    is shut out of: about a guardian or a cadre, for the discipline office alone, recused since."""
    recused = select(Recusal.case_id).where(Recusal.case_id == Case.id)
    rows = db.session.execute(
        select(*(_FIGURES.c[name] for name in Counted._fields))
        .join(Case.__table__, Case.id == CaseFigures.case_id)
        .where(
            kept.filed(area_code, [from_on + timedelta(days=n) for n in range((before_on - from_on).days)]),
            Case.about.is_(None), ~Case.is_for_discipline_alone, ~recused.exists(),
        )
    )
    return (Counted._make(row) for row in rows)


def _canonical(told: Told) -> str:
    return json.dumps(told.as_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _say_told(month: str) -> None:
    db.session.merge(Instance(key=TOLD_UP_TO, value=month))
    db.session.flush()
