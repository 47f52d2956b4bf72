"""环比、同比: what a period is held against: the period before, and the same days a year before.

Every comparison names its own numerator and denominator, and nothing is said of a change where either side has
fewer than five cases. Of a period that is not over yet, what comes in is compared by the day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from feedback.stats import Row, Share, findings
from feedback.stats.definitions import FEWEST_FOR_A_RATE
from feedback.stats.findings import Finding
from feedback.web import languages
from feedback.web.languages import gettext as _
from feedback.web.township.window import Window
from feedback.words import N_

HEADLINES = {
    "response_on_time": N_("期限内有人接手并联系上"),
    "handling_on_time": N_("期限内把结果告诉村民"),
    "resolution": N_("村民说“解决了”，占回了话的村民"),
}
"""The three rates at the top, each with its definition in one line."""


@dataclass(frozen=True)
class Against:
    """Other days, and their figures."""

    days: Window
    row: Row
    is_year_before: bool = False
    is_whole: bool = True
    """People could file from its first day on: where they could not yet, what came in is no measure."""

    @property
    def name(self) -> str:
        """「9 月」, 「去年 10 月」, 「上期」; before a digit stands the gap that Chinese words leave there."""
        if self.is_year_before:
            return _("去年 %(month)s", month=self.days.short) if self.days.is_month else _("去年同期")
        short = self.days.short
        return f" {short}" if short[0].isdigit() and not languages.is_english() else short

    def received(self, row: Row, days: Window) -> Finding | None:
        """How what came in has changed; by the day while the days are not over."""
        if not self.is_whole or self.row.received < FEWEST_FOR_A_RATE or not days.passed:
            return None
        if days.is_running:
            by_day = self.row.received / self.days.passed
            return findings.received(row.received / days.passed, by_day, self.name, a_day=True)
        return findings.received(row.received, self.row.received, self.name)


@dataclass(frozen=True)
class Compared:
    """One rate of other days, and how far ours is above it."""

    against: Against
    share: Share
    points: float | None


@dataclass(frozen=True)
class Headline:
    """One rate at the top: of the period, against others, and through the months."""

    key: str
    means: str
    share: Share
    compared: Sequence[Compared]
    trend: Sequence[float | None]

    @property
    def percent(self) -> float | None:
        return None if self.share.rate is None else self.share.rate * 100


def headlines(total: Row, against: Sequence[Against], trends: Mapping[str, Sequence[float | None]]) -> list[Headline]:
    """The three rates; `trends` by key."""
    return [
        Headline(key, means, total.rates[key], _compared(total.rates[key], key, against), trends[key])
        for key, means in HEADLINES.items()
    ]


def _compared(share: Share, key: str, against: Sequence[Against]) -> list[Compared]:
    """Of a year before nothing is said where there was nothing yet."""
    found = [Compared(other, other.row.rates[key], share.points_above(other.row.rates[key])) for other in against]
    return [one for one in found if one.share.of or not one.against.is_year_before]
