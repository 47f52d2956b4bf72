"""预警的说法: the reason of an alert, in one plain sentence with its numbers and the days they are of."""

from collections.abc import Mapping
from datetime import date, datetime

from feedback.alerts.course import Reading
from feedback.alerts.rules import MEASURES, Rule
from feedback.models.alerts import Alert, Side
from feedback.words import N_

Value = str | int | date | datetime
Reason = tuple[str, Mapping[str, Value]]
"""A sentence and what stands in its gaps."""

ONCE: Mapping[Side, str] = {
    Side.BELOW: N_("{who} {first}至 {last}受理的，{measure} {n} / {of} 件 = {rate}，低于 {threshold}%。"),
    Side.ABOVE: N_("{who} {first}至 {last}受理的，{measure} {n} / {of} 件 = {rate}，高于 {threshold}%。"),
}
LASTING: Mapping[Side, str] = {
    Side.BELOW: N_(
        "{who} {first}至 {last}受理的，{measure} {n} / {of} 件 = {rate}，低于 {threshold}%，已连续 {days} 天。"
    ),
    Side.ABOVE: N_(
        "{who} {first}至 {last}受理的，{measure} {n} / {of} 件 = {rate}，高于 {threshold}%，已连续 {days} 天。"
    ),
}
BURST = N_("{who}到 {at} 为止的 {minutes} 分钟里反馈了 {n} 件，不少于 {threshold} 件。")


def of(alert: Alert, who: str) -> Reason:
    """Why it was raised."""
    return _said(
        who, alert.measure, alert.side, alert.threshold, alert.lasting_days, alert.minutes,
        Reading(alert.n, alert.of, alert.burst_at), alert.from_on, alert.to_on,
    )


def of_trial(rule: Rule, reading: Reading, from_on: date, to_on: date, who: str) -> Reason:
    """Why it would have been raised."""
    return _said(who, rule.measure, rule.side, rule.threshold, rule.lasting_days, rule.minutes, reading, from_on, to_on)


def percent(n: int, of: int) -> str:
    """「60.0%」; a dash where there is nothing to divide by."""
    return f"{n / of:.1%}" if of else "—"


def _said(
    who: str, measure: str, side: Side, threshold: int, days: int, minutes: int, reading: Reading, first: date,
    last: date,
) -> Reason:
    if reading.at is not None:
        return BURST, {"who": who, "at": reading.at, "minutes": minutes, "n": reading.n, "threshold": threshold}
    values: dict[str, Value] = {
        "who": who, "first": first, "last": last, "measure": MEASURES.get(measure, measure), "n": reading.n,
        "of": reading.of, "rate": percent(reading.n, reading.of), "threshold": threshold, "days": days,
    }
    return (LASTING if days > 1 else ONCE)[side], values
