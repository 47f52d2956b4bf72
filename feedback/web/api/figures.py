"""指标: the figures of an area and some days, as every screen and `hulianma stats` tell them; and how it stands now."""

from datetime import date
from typing import Any

from feedback import clock, stats
from feedback.models.clients import ApiClient, Reads
from feedback.models.places import Level
from feedback.stats import By, Standing
from feedback.web.api.asking import AREA, BY, FROM, TO, Asked, Senseless
from feedback.web.api.resources import area, require, resource
from feedback.words import N_

MOST_DAYS = 3 * 366
CASE_BY_CASE = frozenset({By.TEAM, By.HANDLER})
"""What no sum holds: read case by case, so only in a township or below."""


def require_days(asked: Asked) -> tuple[date, date]:
    """The first and the last day asked for; raises Senseless where there are none, or too many."""
    from_on, to_on = asked["from"], asked["to"]
    years = clock.YEARS
    if from_on.year not in years or to_on.year not in years:
        raise Senseless(N_("年份要在 {first} 到 {last} 之间。"), field="from", first=years[0], last=years[-1])
    if to_on < from_on:
        raise Senseless(N_("to 比 from 早。"), field="to")
    if (to_on - from_on).days >= MOST_DAYS:
        raise Senseless(N_("一次最多查三年。"), field="to")
    return from_on, to_on


@resource("/figures", asks=(AREA, FROM, TO, BY), shape="Figures", reads=Reads.FIGURES,
          chinese=N_("一个地方、一段日子受理的诉求的全部指标"),
          english="Every figure of the cases filed in an area from one day to another, as at an instant.")
def figures(client: ApiClient, asked: Asked) -> dict[str, Any]:
    wanted, (from_on, to_on), by = area(client, asked), require_days(asked), asked["by"]
    if By.HANDLER in by:
        require(client, Reads.PEOPLE)
    if CASE_BY_CASE & set(by) and wanted.level is Level.COUNTY:
        raise Senseless(N_("按 team 或 handler 分，area 要写镇街或更小的。"), field="by")
    shown = stats.view(wanted.code, from_on, to_on, viewer=client)
    rows = [row.as_json() for row in shown.rows(from_on, to_on, by)]
    return {"area": wanted.code, "from": str(from_on), "to": str(to_on), "by": list(by),
            "as_at": clock.local(shown.as_at).isoformat(), "rows": rows}


@resource("/standing", asks=(AREA,), shape="Standing", reads=Reads.FIGURES,
          chinese=N_("此刻：未办结、今天到期、已超期"),
          english="At this moment: open, due today, overdue, supervised, waiting for the villager's word.")
def standing(client: ApiClient, asked: Asked) -> dict[str, Any]:
    wanted = area(client, asked).code
    now = stats.open_now(wanted, viewer=client)
    return {"area": wanted, "as_at": clock.local(now.at).isoformat(), **_counts(now.total)}


def _counts(one: Standing) -> dict[str, int]:
    return {
        "open": one.open, "due_today": one.due_today, "response_due_today": one.response_due_today,
        "handling_due_today": one.handling_due_today, "overdue": one.overdue, "supervised": one.supervised,
        "awaiting_her_word": one.awaiting_her_word,
    }


