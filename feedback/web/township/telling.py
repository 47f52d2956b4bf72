"""月报的说法: how the numbers of a report are said: they come as plain data, from its own bytes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from feedback import stats
from feedback.models.kinds import Kind
from feedback.stats.definitions import COUNTS, DURATIONS, RATES
from feedback.stats.endings import Ending
from feedback.stats.facts import Exclusion
from feedback.stats.findings import Finding
from feedback.web import wording
from feedback.web.languages import gettext as _
from feedback.web.township import bp, saying, window
from feedback.words import N_

CALLED = {
    **{key: label for key, (label, _means) in COUNTS.items()},
    **{one.key: one.label for one in (*RATES, *DURATIONS)},
    **{one.value: one.label for one in (*Exclusion, *Ending, *Kind)},
    "last_month": N_("上月"), "last_year": N_("去年同月"), "standing": N_("当时"), "overdue": N_("超期"),
    "awaiting_her_word": N_("等村民回话"), "slowest": N_("最慢的"), "days": N_("已过天数"), "responded": N_("已响应"),
    "response": N_("响应"), "handling": N_("办理"), "answers": N_("回话"), "ratings": N_("评价"),
    "median": N_("中位数"), "p90": N_("九成之内"), "n": N_("件数"),
}
"""Each part of a number's place, as people call it."""
UNSAID = frozenset({"figures", "month", "places", "kinds", "categories", "endings"})
HOUR, DAY = 3600, 86_400


@bp.app_template_filter("instant")
def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@bp.app_template_filter("as_finding")
def as_finding(said: Mapping[str, Any]) -> str:
    return saying.finding(Finding(said["sentence"], said["values"]))


@bp.app_template_filter("as_share")
def as_share(said: Mapping[str, int]) -> stats.Share:
    return stats.Share(said["n"], said["of"])


@bp.app_template_filter("labels")
def labels(definitions: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What each figure was called when the report was made."""
    return {one["key"]: one["label"] for one in definitions}


@bp.app_template_filter("as_endings")
def as_endings(said: Mapping[str, int]) -> dict[Ending, int]:
    return {ending: said.get(ending.value, 0) for ending in Ending}


@bp.app_template_filter("level_below")
def level_below(area_code: str) -> str:
    return saying.level_below(area_code)


@bp.app_template_filter("against")
def against(said: Mapping[str, int], before: Mapping[str, int], month: str) -> str:
    """「比 9 月高 2.3 个百分点」; nothing where one of the two is no rate."""
    points, period = as_share(said).points_above(as_share(before)), window.month_words(month, with_year=False)
    if points is None:
        return ""
    if abs(points) < 0.05:
        return _("和%(period)s持平", period=period)
    much = f"{abs(points):.1f}"
    if points > 0:
        return _("比%(period)s高 %(points)s 个百分点", period=period, points=much)
    return _("比%(period)s低 %(points)s 个百分点", period=period, points=much)


@bp.app_template_filter("lasting")
def lasting(seconds: int | None) -> str:
    """A length of time in the largest unit that says enough."""
    if seconds is None:
        return "—"
    if seconds >= 2 * DAY:
        return _("%(n)s 天", n=f"{seconds / DAY:.1f}")
    if seconds >= 1.5 * HOUR:
        return _("%(n)s 小时", n=f"{seconds / HOUR:.1f}")
    return _("%(n)s 分钟", n=round(seconds / 60))


@bp.app_template_filter("change_words")
def change_words(change: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    """Where a number stands: 「湖东村 · 按时办结率」."""
    names = {one["key"]: one["name"] for part in ("places", "kinds") for one in said[part]}
    if change["where"][0] == "categories":
        names = {one["key"]: one["name"] for one in said["categories"]}
    parts = [part for part in change["where"] if part not in UNSAID]
    return " · ".join(wording.translate(names.get(part, CALLED.get(part, part))) for part in parts)


@bp.app_template_filter("old_and_new")
def old_and_new(change: Mapping[str, Any]) -> str:
    """「25/41 → 26/41」: two counts, two shares, or two lengths of time."""
    old, new = change["old"], change["new"]
    if change["where"][-1] in {"median", "p90"}:
        return " → ".join(_lengths(old, new))
    return " → ".join(_number(one) for one in (old, new))


def _lengths(old: int | None, new: int | None) -> tuple[str, str]:
    """Two lengths of time; in exact minutes where they would read the same, as a change that is none."""
    said = lasting(old), lasting(new)
    if said[0] != said[1] or old is None or new is None:
        return said
    return _("%(n)s 分钟", n=f"{old / 60:.2f}"), _("%(n)s 分钟", n=f"{new / 60:.2f}")


def _number(number: int | Sequence[int] | None) -> str:
    if number is None:
        return "—"
    return str(number) if isinstance(number, int) else "/".join(map(str, number))
