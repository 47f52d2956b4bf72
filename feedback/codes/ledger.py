"""台账: in which runs each plate of an area was printed, and what became of it; and how many of each, by village.

The sums are read from an index alone; the lines are made a village at a time, in the order people walk. A plate is
named by its door and the last four characters, as on every page.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from feedback import access, clock, db, tokens
from feedback.models.codes import CodeState, DoorCode
from feedback.models.places import Area, Household, Level, as_walked
from feedback.models.prints import PlatePrint, PrintRun, RunKind, RunState
from feedback.words import N_

LATE = timedelta(days=30)
"""A plate that is printed should hang by then."""

COLUMNS = (
    N_("村社"), N_("微网格"), N_("门牌"), N_("码的末四位"), N_("现在"), N_("发码"), N_("印制"), N_("印过几次"),
    N_("印在哪几批"), N_("上墙"), N_("停用或换新"), N_("原因"), N_("换成"), N_("印好没上墙的天数"),
)


@dataclass
class Sums:
    """One village: its households, its codes by their state, and printed ones that should hang by now."""

    code: str
    name: str
    households: int = 0
    life: dict[CodeState, int] = field(default_factory=lambda: dict.fromkeys(CodeState, 0))
    late: int = 0

    @property
    def active(self) -> int:
        return sum(count for state, count in self.life.items() if state.is_active)


def sums(area: Area) -> list[Sums]:
    """By village, in code order."""
    code = area.code
    households = _counted(select(Household.village_code, func.count()).where(_lives_in(code)))
    late = _counted(_codes_in(code, DoorCode.village_code, func.count()).where(
        DoorCode.state == CodeState.PRINTED, DoorCode.printed_at < clock.now() - LATE))
    by_state = _codes_in(code, DoorCode.village_code, DoorCode.state, func.count())
    found: dict[str, Sums] = {}
    names = select(Area.code, Area.name).where(access.within(Area.code, code[:Level.VILLAGE.digits]),
                                               func.length(Area.code) == Level.VILLAGE.digits)
    for village, name in db.session.execute(names.order_by(Area.code)):
        found[village] = Sums(village, name, households.get(village, 0), late=late.get(village, 0))
    for village, state, count in db.session.execute(by_state.group_by(DoorCode.village_code, DoorCode.state)):
        found[village].life[state] = count
    return list(found.values())


def total(rows: Sequence[Sums]) -> Sums:
    """All villages together."""
    whole = Sums("", "")
    for row in rows:
        whole.households += row.households
        whole.late += row.late
        for state, count in row.life.items():
            whole.life[state] += count
    return whole


def lines(area: Area) -> Iterator[Sequence[str | int | None]]:
    """One line a code, those that ended included; a village at a time is in memory."""
    code, now = area.code, clock.now()
    for village in [each.code for each in sums(area)]:
        names = dict(db.session.execute(select(Area.code, Area.name).where(access.within(Area.code, village))).all())
        printed = _prints(village)
        found = [Plate(*row) for row in db.session.execute(_plates(village, code))]
        for each in sorted(found, key=lambda one: (one.microgrid or "", as_walked(one.door or ""), one.id)):
            place = [names[village], names.get(each.microgrid or "", ""), each.door or ""]
            yield [*place, *_told(each, printed.get(each.id, []), now)]


def life_of(run: PrintRun) -> Mapping[CodeState, int]:
    """What became of the plates that a run made: how many are where in their life."""
    query = (
        select(DoorCode.state, func.count()).join(PlatePrint, PlatePrint.code_id == DoorCode.id)
        .where(PlatePrint.run_id == run.id).group_by(DoorCode.state)
    )
    return dict(db.session.execute(query).all())


def prints_of(code: DoorCode) -> list[PrintRun]:
    """The runs in which a plate was printed, the first one first."""
    made = select(PrintRun).join(PlatePrint, PlatePrint.run_id == PrintRun.id)
    return list(db.session.scalars(
        made.where(PlatePrint.code_id == code.id, PrintRun.state != RunState.ORDERED).order_by(PrintRun.id)
    ))


class Plate(NamedTuple):
    """A code, as plain values."""

    id: int
    token: str
    state: CodeState
    issued_at: datetime
    printed_at: datetime | None
    hung_at: datetime | None
    ended_at: datetime | None
    reason: str
    microgrid: str | None
    door: str | None
    newer: str | None


def _plates(village: str, area_code: str) -> Any:
    newer = aliased(DoorCode)
    query = (
        select(DoorCode.id, DoorCode.token, DoorCode.state, DoorCode.issued_at, DoorCode.printed_at, DoorCode.hung_at,
               DoorCode.ended_at, DoorCode.reason, Household.microgrid_code, Household.door, newer.token)
        .outerjoin(Household, DoorCode.household_id == Household.id)
        .outerjoin(newer, DoorCode.replaced_by_id == newer.id)
        .where(DoorCode.village_code == village)
    )
    return query if len(area_code) <= Level.VILLAGE.digits else query.where(
        access.within(Household.microgrid_code, area_code))


def _told(plate: Plate, runs: list[str], now: datetime) -> Sequence[str | int | None]:
    waits = plate.printed_at if plate.state is CodeState.PRINTED else None
    return [
        tokens.tail(plate.token), plate.state.label, _day(plate.issued_at), _day(plate.printed_at), len(runs),
        "、".join(runs), _day(plate.hung_at), _day(plate.ended_at), plate.reason,
        tokens.tail(plate.newer) if plate.newer else "", (now - waits).days if waits else None,
    ]


def _day(at: datetime | None) -> str:
    return "" if at is None else f"{clock.local(at):%Y-%m-%d}"


def _prints(village: str) -> dict[int, list[str]]:
    """The numbers of the runs that printed each code of a village; reprints are marked."""
    query = (
        select(PlatePrint.code_id, PrintRun.id, PrintRun.kind)
        .join(PrintRun, PrintRun.id == PlatePrint.run_id).join(DoorCode, DoorCode.id == PlatePrint.code_id)
        .where(DoorCode.village_code == village, PrintRun.state != RunState.ORDERED).order_by(PrintRun.id)
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for code_id, number, kind in db.session.execute(query):
        found[code_id].append(f"{number}（{kind.label}）" if kind is RunKind.REPRINT else str(number))
    return found


def _codes_in(area_code: str, *columns: Any) -> Any:
    """Codes issued in the area; below the village, of households that lie there."""
    query = select(*columns)
    if len(area_code) <= Level.VILLAGE.digits:
        return query.where(access.within(DoorCode.village_code, area_code))
    return query.join(Household, DoorCode.household_id == Household.id).where(
        access.within(Household.microgrid_code, area_code))


def _lives_in(area_code: str) -> ColumnElement[bool]:
    is_wide = len(area_code) <= Level.VILLAGE.digits
    return access.within(Household.village_code if is_wide else Household.microgrid_code, area_code)


def _counted(query: Select[str, int]) -> dict[str, int]:
    by = query.selected_columns[0]
    return dict(db.session.execute(query.group_by(by)).all())
