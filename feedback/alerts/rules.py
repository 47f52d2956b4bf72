"""预警规矩: which rules hold in an area, and how one is set. Those that come with the house are switched off.

Nobody is to be named by a rule that nobody chose: a township first tries the threshold on its own past.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from feedback import clock, db, policies
from feedback.administration import authority
from feedback.errors import Missing, Refusal
from feedback.identity import trail
from feedback.models.alerts import AlertRule, Per, Side
from feedback.models.people import Person
from feedback.models.records import StaffAct
from feedback.stats.definitions import FEWEST_FOR_A_RATE, RATES
from feedback.words import N_

BURST = "report_back_burst"
MEASURES: Mapping[str, str] = {
    **{rate.key: rate.label for rate in RATES if rate.key != "repeated"},
    BURST: N_("几分钟里连着反馈"),
}
"""What a rule may look at. Whether a case repeats another hangs on cases of other days and places: not day by day."""
MOST_NAME = 40
RANGES: Mapping[str, tuple[int, int]] = {
    "threshold": (1, 99), "window_days": (1, 180), "lasting_days": (1, 60), "least": (FEWEST_FOR_A_RATE, 1000),
    "minutes": (0, 240),
}
"""The least and the most of each number."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule. `threshold` is in percent, of a burst a number of cases, which within `minutes` is enough.

    A day holds when, as at its end, the figure of the cases filed in the `window_days` up to it lies beyond the
    threshold, over at least `least` cases; it is raised when so many days in a row hold. A burst counts what was
    reported back in the window, whenever it was filed.
    """

    key: str
    name: str
    measure: str
    per: Per
    side: Side
    threshold: int
    window_days: int
    lasting_days: int = 1
    least: int = FEWEST_FOR_A_RATE
    minutes: int = 0
    is_on: bool = False

    @property
    def is_burst(self) -> bool:
        return self.measure == BURST


@dataclass(frozen=True)
class Held:
    """A rule as it holds somewhere, and who set it where; `area_code` is none of one that came with the house."""

    rule: Rule
    area_code: str | None = None
    set_at: datetime | None = None
    set_by: Person | None = None


DEFAULTS = (
    Rule(key="village_on_time", name=N_("村里按时办结的少"), measure="handling_on_time", per=Per.VILLAGE,
         side=Side.BELOW, threshold=80, window_days=28, lasting_days=14),
    Rule(key="unconfirmed", name=N_("没等到回话的多"), measure="unconfirmed", per=Per.VILLAGE,
         side=Side.ABOVE, threshold=50, window_days=60, lasting_days=7),
    Rule(key="handler_disputes", name=N_("经办人被说不满意的多"), measure="reopened", per=Per.HANDLER,
         side=Side.ABOVE, threshold=20, window_days=90, lasting_days=7, least=10),
    Rule(key="handler_burst", name=N_("几分钟里连着反馈"), measure=BURST, per=Per.HANDLER,
         side=Side.ABOVE, threshold=5, window_days=7, minutes=10),
)


def holding(area_code: str) -> list[Held]:
    """Every rule of an area, switched on or off: the newest version in the nearest area upward that has one."""
    found = {rule.key: Held(rule) for rule in DEFAULTS}
    upward = policies.upward(area_code)
    rows = db.session.scalars(
        select(AlertRule).where(AlertRule.area_code.in_(upward)).options(joinedload(AlertRule.set_by))
        .order_by(AlertRule.id)
    )
    for row in sorted(rows, key=lambda one: len(one.area_code)):
        found[row.key] = Held(_of_row(row), row.area_code, row.set_at, row.set_by)
    return list(found.values())


def in_force(area_code: str) -> list[Rule]:
    """Those that are switched on."""
    return [held.rule for held in holding(area_code) if held.rule.is_on]


def of_key(area_code: str, key: str) -> Held:
    """The rule of that key. Raises Missing."""
    for held in holding(area_code):
        if held.rule.key == key:
            return held
    raise Missing


def new_key() -> str:
    """A key for a rule of one's own."""
    return f"own_{secrets.token_hex(6)}"


def proposed(by: Person, area_code: str, rule: Rule) -> Rule:
    """The rule as it would be set, stored nowhere. Raises Refusal where it can't be."""
    authority.require_ruling(by, area_code)
    rule = replace(rule, name=rule.name.strip())
    if not rule.name or len(rule.name) > MOST_NAME or not rule.name.isprintable():
        raise Refusal(N_("名称不能空，最多 {limit} 个字"), field="name", limit=MOST_NAME)
    if rule.measure not in MEASURES:
        raise Refusal(N_("没有这个指标。"), field="measure")
    for name, (least, most) in RANGES.items():
        if not least <= getattr(rule, name) <= most:
            raise Refusal(N_("写 {least} 到 {most} 之间的数。"), field=name, least=least, most=most)
    if rule.is_burst and (rule.per is not Per.HANDLER or rule.side is not Side.ABOVE):
        raise Refusal(N_("“几分钟里连着反馈”只能看每个经办人，只能是“高于”。"), field="per")
    if rule.is_burst and not (rule.minutes and rule.threshold > 1):
        raise Refusal(N_("请写明几分钟里几件，至少 2 件。"), field="minutes")
    _require_same_sort(area_code, rule)
    return rule


def _require_same_sort(area_code: str, rule: Rule) -> None:
    """What a standing alert is about can't be changed under it: that is another rule."""
    same = [held.rule for held in holding(area_code) if held.rule.key == rule.key]
    if same and (same[0].measure, same[0].per, same[0].side) != (rule.measure, rule.per, rule.side):
        raise Refusal(N_("看什么、看谁、高还是低不能改，请另加一条。"), field="measure")


def set_rule(by: Person, area_code: str, rule: Rule) -> None:
    """A new version for the area; it is looked at from the next midnight on. The same again, under whatever key,
    changes nothing: a button pressed twice is one rule."""
    db.write()
    rule = proposed(by, area_code, rule)
    held = holding(area_code)
    before = next((one for one in held if one.rule.key == rule.key), None)
    if any(one.area_code == area_code and replace(one.rule, key=rule.key) == rule for one in held):
        return
    values = {one.name: getattr(rule, one.name) for one in fields(Rule)}
    db.session.add(AlertRule(area_code=area_code, set_at=clock.now(), set_by_id=by.id, **values))
    db.session.flush()
    trail.leave(StaffAct.ALERT, by, subject=area_code, rule=rule.key, before=_facts(before.rule) if before else None,
                after=_facts(rule))


def _facts(rule: Rule) -> dict[str, object]:
    return {one.name: getattr(rule, one.name) for one in fields(Rule) if one.name != "key"}


def _of_row(row: AlertRule) -> Rule:
    return Rule(**{one.name: getattr(row, one.name) for one in fields(Rule)})
