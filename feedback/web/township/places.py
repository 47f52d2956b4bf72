"""各处: the places of an area, ranked by the period and as they stand now, and its micro-grids as a map of tiles."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from feedback import access, db, stats
from feedback.models.places import Area, Level
from feedback.stats import By, Row
from feedback.web.township.window import Window, first_of, last_of_month

RANKED_BY = "handling_on_time"


@dataclass(frozen=True)
class Place:
    """One area a level down in the ranked table."""

    code: str
    name: str
    is_own: bool
    """What is booked in the shown area itself, not in one below it."""
    row: Row
    trend: Sequence[float | None]
    standing: stats.Standing


@dataclass(frozen=True)
class Tile:
    """One micro-grid as it stands now; for a county, one village."""

    code: str
    name: str
    open: int
    late: int


def ranked(
    area: Area, figures: stats.View, window: Window, trend: Sequence[str], now: stats.Now
) -> list[Place]:
    """The areas one level down, the least punctual first; those without a rate last."""
    by_place: dict[str, dict[str, Row]] = {}
    for row in figures.rows(first_of(trend[0]), last_of_month(window.to_on), [By.AREA, By.MONTH]):
        by_place.setdefault(row.key[0], {})[row.key[1]] = row
    found = []
    for row in figures.rows(window.from_on, window.to_on, [By.AREA]):
        code = row.key[0]
        is_own = code == area.code
        standing = now.areas.get(code, stats.Standing()) if is_own else now.inside(code)
        if not is_own or row.received or standing.open:
            own_months = by_place.get(code, {})
            found.append(Place(code, row.names[0], is_own, row, rates(own_months, trend, RANKED_BY), standing))
    return sorted(found, key=_rank)


def _rank(place: Place) -> tuple[bool, float, str]:
    rate = place.row.rates[RANKED_BY].rate
    return rate is None, rate or 0.0, place.code


def rates(months: Mapping[str, Row], trend: Sequence[str], key: str) -> list[float | None]:
    return [months[month].rates[key].rate if month in months else None for month in trend]


def tiled(area: Area, now: stats.Now) -> list[tuple[str, list[Tile]]]:
    """The micro-grids of each village, in code order; for a county the villages of each township."""
    is_wide = len(area.code) <= Level.COUNTY.digits
    outer, inner = (Level.TOWNSHIP, Level.VILLAGE) if is_wide else (Level.VILLAGE, Level.MICROGRID)
    standing: defaultdict[str, stats.Standing] = defaultdict(stats.Standing)
    for code, one in now.areas.items():
        standing[code[: inner.digits]] += one
    rows = db.session.execute(
        select(Area.code, Area.name)
        .where(access.within(Area.code, area.code), func.length(Area.code).in_((outer.digits, inner.digits)))
        .order_by(Area.code)
    )
    groups: dict[str, tuple[str, list[Tile]]] = {}
    for code, name in rows:
        if len(code) == outer.digits:
            groups[code] = (name, [])
        else:
            group = groups.setdefault(code[: outer.digits], (area.name, []))
            group[1].append(Tile(code, name, standing[code].open, standing[code].overdue))
    return [group for group in groups.values() if group[1]]
