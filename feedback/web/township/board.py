"""看板: everything the overview shows of one area and one stretch of days, from one view of its figures.

What is of this moment stands apart from what is of the period; no chart mixes the two. `of` needs no request. What is
read from a township's cases themselves (rungs, handlers) is left out for a county, which sees it township by township.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from feedback import charts, clock, ladder, stats
from feedback.models.cases import Case
from feedback.models.kinds import Kind
from feedback.models.people import Person
from feedback.models.places import Area, Level
from feedback.stats import By, Row, findings
from feedback.stats.endings import Ending
from feedback.supervision import hands as held
from feedback.supervision import lists
from feedback.supervision.hands import Hands
from feedback.supervision.hands import Place as Rung
from feedback.web.township import handlers, here, places
from feedback.web.township.comparing import HEADLINES, Against, Headline, headlines
from feedback.web.township.handlers import Handlers
from feedback.web.township.places import RANKED_BY, Place, Tile
from feedback.web.township.window import Window, first_of, last_of_month, month_words

SLOWEST = 5
FEW = 3
"""Places named as those with most repeats."""


@dataclass(frozen=True)
class Matter:
    """One category in the period, and how many of it counted in the period before."""

    row: Row
    before: int


@dataclass(frozen=True)
class Board:
    """What the page says."""

    area: Area
    as_at: datetime
    window: Window
    total: Row
    against: Sequence[Against]
    """The period before, and the same days a year before."""
    headlines: Sequence[Headline]
    now: stats.Now
    places: Sequence[Place]
    scale: tuple[float, float]
    tiles: Sequence[tuple[str, Sequence[Tile]]]
    kinds: Sequence[Row]
    matters: Sequence[Matter]
    months: Sequence[Row]
    slowest: Sequence[Case]
    hands: Hands | None
    """None where the area is wider than a township."""
    handlers: Handlers | None
    """None where the viewer does not lead, too."""

    @property
    def title(self) -> findings.Finding:
        before = self.against[0]
        return findings.headline(self.total, before.row, before.name)

    @property
    def late(self) -> findings.Finding:
        return findings.late_by_place([place.row for place in self.places], RANKED_BY, self.area.code)

    @property
    def overdue(self) -> findings.Finding:
        late = [tile.late for _, tiles in self.tiles for tile in tiles]
        return findings.overdue_places(late, self.now.total.overdue, is_wide=self.hands is None)

    @property
    def silence(self) -> findings.Finding:
        return findings.unconfirmed(self.total, self.kinds)

    @property
    def longest(self) -> findings.Finding:
        return findings.slowest(days_since(self.slowest[0]) if self.slowest else None)

    @property
    def most_common(self) -> findings.Finding:
        return findings.categories([one.row for one in self.matters if one.row.key[0]])

    @property
    def latest(self) -> findings.Finding:
        return findings.late_categories([one.row for one in self.matters])

    @property
    def most_of_a_matter(self) -> int:
        return max((one.row.counted for one in self.matters), default=0)

    @property
    def repeated_matters(self) -> list[Row]:
        """The few categories with most repeats, the most first."""
        found = [one.row for one in self.matters if one.row.rates["repeated"].n]
        return sorted(found, key=lambda row: -row.rates["repeated"].n)[:FEW]

    @property
    def climbed(self) -> list[tuple[int, tuple[tuple[Rung, int], tuple[Rung, int]]]]:
        """Rung by rung, the highest first: how many stand there on either clock."""
        assert self.hands is not None
        response, handling = (
            [(place, n) for place, n in self.hands.places.items() if place.clock is which] for which in ladder.Clock
        )
        return list(enumerate(zip(response, handling, strict=True)))[::-1]

    @property
    def rungs(self) -> findings.Finding:
        assert self.hands is not None
        return findings.rungs([self.hands.told(rungs) for rungs in range(len(ladder.Rung) + 1)])

    @property
    def busiest(self) -> findings.Finding:
        return findings.busiest([(month_words(row.key[0]), row.received) for row in self.months])

    @property
    def repeats(self) -> findings.Finding:
        return findings.repeats(self.total, [place.row for place in self.places])

    @property
    def repeating(self) -> list[Place]:
        """The few places with most repeats, the most first."""
        found = [place for place in self.places if place.row.rates["repeated"].n]
        return sorted(found, key=lambda one: (-one.row.rates["repeated"].n, one.code))[:FEW]

    @property
    def late_in_all(self) -> int:
        return self.total.rates[RANKED_BY].missing

    @property
    def tiles_in_all(self) -> int:
        return sum(len(tiles) for _, tiles in self.tiles)

    @property
    def late_places(self) -> tuple[int, str] | None:
        """How many of the overdue cases are in the one or two places below that have most of them."""
        below = (one for one in self.places if one.standing.overdue and not one.is_own)
        late = sorted(below, key=lambda one: -one.standing.overdue)[:2]
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

    def at(self, days: Window) -> dict[str, str]:
        """Other days of the area as they stand in an address."""
        return {"area": self.area.code, **days.args}

    def month_at(self, month: str) -> dict[str, str]:
        first = first_of(month)
        return self.at(Window(first, last_of_month(first)))


def of(area: Area, window: Window, viewer: Person) -> Board:
    """The board of an area as the viewer may know it."""
    trend, others = window.trend(), [window.before()]
    if (year_before := window.year_before()) is not None:
        others.append(year_before)
    since, last = first_of(trend[0]), last_of_month(window.to_on)
    figures = stats.view(area.code, min(since, *(one.from_on for one in others)), last, viewer=viewer)
    first = min([since, *(one.from_on for one in others if one.is_month)])
    months = {row.key[0]: row for row in figures.rows(first, last, [By.MONTH])}
    now = stats.open_now(area.code, viewer=viewer)
    found = places.ranked(area, figures, window, trend, now)
    total = _whole(figures, months, window)
    against = [
        Against(one, _whole(figures, months, one), one is year_before,
                is_whole=lists.had_begun(viewer, area.code, one.from_on))
        for one in others
    ]
    hands = held.of(viewer, area.code) if len(area.code) > Level.COUNTY.digits else None
    return Board(
        area=area,
        as_at=figures.as_at,
        window=window,
        total=total,
        against=against,
        headlines=headlines(total, against, {key: places.rates(months, trend, key) for key in HEADLINES}),
        now=now,
        places=found,
        scale=charts.scale([place.trend for place in found]),
        tiles=places.tiled(area, now),
        kinds=figures.rows(window.from_on, window.to_on, [By.KIND]),
        matters=_matters(figures, window, others[0]),
        months=[months[month] for month in trend if month in months],
        slowest=lists.slowest(viewer, area.code, SLOWEST),
        hands=hands,
        handlers=_handlers(area, figures, window, viewer, hands),
    )


def _whole(figures: stats.View, months: Mapping[str, Row], days: Window) -> Row:
    """The figures of some days; those of a month are at hand already."""
    known = months.get(f"{days.from_on:%Y-%m}") if days.is_month else None
    return known or figures.rows(days.from_on, days.to_on)[0]


def days_since(case: Case) -> int:
    """Whole Shanghai days since the case was filed."""
    return (clock.today() - clock.local(case.filed_at).date()).days


def _matters(figures: stats.View, window: Window, before: Window) -> list[Matter]:
    """The categories, the most common first; what has none last."""
    counted = {row.key: row.counted for row in figures.rows(before.from_on, before.to_on, [By.CATEGORY])}
    rows = figures.rows(window.from_on, window.to_on, [By.CATEGORY])
    found = [Matter(row, counted.get(row.key, 0)) for row in rows]
    return sorted(found, key=lambda one: (not one.row.key[0], -one.row.counted, one.row.key))


def _handlers(
    area: Area, figures: stats.View, window: Window, viewer: Person, hands: Hands | None
) -> Handlers | None:
    if hands is None or not here.may_see_handlers(viewer, area.code):
        return None
    return handlers.of(hands, figures.rows(window.from_on, window.to_on, [By.HANDLER]))
