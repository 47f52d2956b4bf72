"""看板: everything the overview shows of one area and one stretch of days, from one scan of a year's events.

What is of this moment stands apart from what is of the period; no chart mixes the two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import url_for
from sqlalchemy import select

from feedback import access, charts, clock, db, stats
from feedback.models.cases import Case
from feedback.models.kinds import Kind
from feedback.models.people import Person
from feedback.models.places import Area, Level
from feedback.stats import By, Row, Share, findings
from feedback.stats.endings import Ending
from feedback.supervision import lists
from feedback.web.township.window import Window, last_of_month
from feedback.words import N_

HEADLINES = {
    "response_on_time": N_("期限内有人接手并联系上"),
    "handling_on_time": N_("期限内把结果告诉村民"),
    "resolution": N_("村民说“解决了”，占回了话的村民"),
}
"""The three rates at the top, each with its definition in one line."""
RANKED_BY = "handling_on_time"
SLOWEST = 5


@dataclass(frozen=True)
class Headline:
    """One rate at the top: of the period, of the one before, and through the months."""

    key: str
    means: str
    share: Share
    before: Share
    trend: Sequence[float | None]

    @property
    def percent(self) -> float | None:
        return None if self.share.rate is None else self.share.rate * 100

    @property
    def points(self) -> float | None:
        return self.share.points_above(self.before)


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
    """One micro-grid as it stands now, and the address of its open cases."""

    href: str
    name: str
    open: int
    late: int


@dataclass(frozen=True)
class Board:
    """What the page says."""

    area: Area
    as_at: datetime
    window: Window
    before: Window
    total: Row
    previous: Row
    headlines: Sequence[Headline]
    now: stats.Now
    places: Sequence[Place]
    scale: tuple[float, float]
    tiles: Sequence[tuple[str, Sequence[Tile]]]
    kinds: Sequence[Row]
    months: Sequence[Row]
    slowest: Sequence[Case]

    @property
    def title(self) -> findings.Finding:
        return findings.headline(self.total, self.previous)

    @property
    def late(self) -> findings.Finding:
        return findings.late_by_place([place.row for place in self.places], RANKED_BY)

    @property
    def overdue(self) -> findings.Finding:
        return findings.overdue_places([tile.late for _, tiles in self.tiles for tile in tiles])

    @property
    def silence(self) -> findings.Finding:
        return findings.unconfirmed(self.total, self.kinds)

    @property
    def longest(self) -> findings.Finding:
        return findings.slowest(days_since(self.slowest[0]) if self.slowest else None)

    @property
    def microgrids(self) -> int:
        return sum(len(tiles) for _, tiles in self.tiles)

    @property
    def late_places(self) -> tuple[int, str] | None:
        """How many of the overdue cases are in the one or two places that have most of them."""
        late = sorted((one for one in self.places if one.standing.overdue), key=lambda one: -one.standing.overdue)[:2]
        return (sum(one.standing.overdue for one in late), "、".join(one.name for one in late)) if late else None

    @property
    def endings(self) -> Mapping[Kind, Mapping[Ending, int]]:
        """How many cases of each kind ended how."""
        found = {kind: dict.fromkeys(Ending, 0) for kind in Kind}
        return found | {Kind(row.key[0]): row.endings for row in self.kinds}

    @property
    def endings_seen(self) -> set[Ending]:
        """Which endings there are at all; every legend has the first three."""
        own = {ending for parts in self.endings.values() for ending, n in parts.items() if n}
        return own | set(Ending) - {Ending.RECORDED}

    @property
    def headline_scale(self) -> tuple[float, float]:
        return charts.scale([one.trend for one in self.headlines])

    def month_at(self, month: str) -> dict[str, str]:
        """A month of the area as it stands in an address."""
        first = _first_day(month)
        return {"area": self.area.code, **Window(first, last_of_month(first)).args}


def of(area: Area, window: Window, viewer: Person) -> Board:
    """The board of an area as the viewer may know it."""
    before, trend = window.before(), window.trend()
    first, last = _first_day(trend[0]), window.to_on
    figures = stats.view(area.code, min(first, before.from_on), last, viewer=viewer)
    total = figures.rows(window.from_on, window.to_on)[0]
    previous = figures.rows(before.from_on, before.to_on)[0]
    months = {row.key[0]: row for row in figures.rows(first, last, [By.MONTH])}
    now = stats.open_now(area.code, viewer=viewer)
    places = _places(area, figures, window, trend, now)
    return Board(
        area=area,
        as_at=figures.as_at,
        window=window,
        before=before,
        total=total,
        previous=previous,
        headlines=[
            Headline(key, means, total.rates[key], previous.rates[key], _rates(months, trend, key))
            for key, means in HEADLINES.items()
        ],
        now=now,
        places=places,
        scale=charts.scale([place.trend for place in places]),
        tiles=_tiles(area, now),
        kinds=figures.rows(window.from_on, window.to_on, [By.KIND]),
        months=[months[month] for month in trend if month in months],
        slowest=lists.slowest(viewer, area.code, SLOWEST),
    )


def days_since(case: Case) -> int:
    """Whole Shanghai days since the case was filed."""
    return (clock.today() - clock.local(case.filed_at).date()).days


def _open_cases(area_code: str) -> str:
    return url_for("township.show_cases", now="open", area=area_code)


def _first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _rates(months: Mapping[str, Row], trend: Sequence[str], key: str) -> list[float | None]:
    return [months[month].rates[key].rate if month in months else None for month in trend]


def _places(area: Area, figures: stats.View, window: Window, trend: Sequence[str], now: stats.Now) -> list[Place]:
    """The areas one level down, the least punctual first; those without a rate last."""
    by_place: dict[str, dict[str, Row]] = {}
    for row in figures.rows(_first_day(trend[0]), window.to_on, [By.AREA, By.MONTH]):
        by_place.setdefault(row.key[0], {})[row.key[1]] = row
    found = []
    for row in figures.rows(window.from_on, window.to_on, [By.AREA]):
        code = row.key[0]
        is_own = code == area.code
        standing = now.areas.get(code, stats.Standing()) if is_own else now.inside(code)
        if not is_own or row.received or standing.open:
            own_months = by_place.get(code, {})
            found.append(Place(code, row.names[0], is_own, row, _rates(own_months, trend, RANKED_BY), standing))
    return sorted(found, key=_rank)


def _rank(place: Place) -> tuple[bool, float, str]:
    rate = place.row.rates[RANKED_BY].rate
    return rate is None, rate or 0.0, place.code


def _tiles(area: Area, now: stats.Now) -> list[tuple[str, list[Tile]]]:
    """The micro-grids of each village, in code order."""
    rows = db.session.execute(
        select(Area.code, Area.name).where(access.within(Area.code, area.code)).order_by(Area.code)
    )
    villages: dict[str, tuple[str, list[Tile]]] = {}
    for code, name in rows:
        if len(code) == Level.VILLAGE.digits:
            villages[code] = (name, [])
        elif len(code) == Level.MICROGRID.digits:
            standing = now.areas.get(code, stats.Standing())
            village = villages.setdefault(code[: Level.VILLAGE.digits], (area.name, []))
            village[1].append(Tile(_open_cases(code), name, standing.open, standing.overdue))
    return [village for village in villages.values() if village[1]]
