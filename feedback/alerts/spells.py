"""响与停: when a rule that holds on some days and not on others is raised, and when that is over.

It is raised on the day that ends so many days in a row on which it held, once; it stands while it goes on, and is over
after CALM days in a row on which it did not hold. A day with too few cases does not hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from feedback.alerts.course import Reading
from feedback.alerts.rules import Rule
from feedback.models.alerts import Side

CALM = 3
"""So many days in a row without its reason, and an alert is over: a single better day does not end it."""


@dataclass(frozen=True)
class Spell:
    """One alert as days: since when its reason held, when it was raised and when it was over (none: it stands)."""

    begun_on: date
    raised_on: date
    ended_on: date | None = None


def looks_back(rule: Rule) -> int:
    """How many days, the last one included, say whether it is raised or over."""
    return max(rule.lasting_days, CALM)


def holds(rule: Rule, reading: Reading) -> bool:
    """Whether a day holds, in whole numbers: at the threshold itself it does not, but so many at once are a burst."""
    if rule.is_burst:
        return reading.n >= rule.threshold
    if reading.of < rule.least:
        return False
    percent, threshold = 100 * reading.n, rule.threshold * reading.of
    return percent < threshold if rule.side is Side.BELOW else percent > threshold


def is_raised(held: Sequence[bool], lasting: int) -> bool:
    """Whether the days up to the last one raise what does not stand."""
    return len(held) >= lasting and all(held[-lasting:])


def is_over(held: Sequence[bool]) -> bool:
    """Whether the days up to the last one end what stands."""
    return not any(held[-CALM:])


def over(first_on: date, held: Sequence[bool], lasting: int) -> list[Spell]:
    """What would have been raised over days one after the other, beginning with `first_on`."""
    found: list[Spell] = []
    standing: Spell | None = None
    back = max(lasting, CALM)
    for place in range(len(held)):
        on, recent = first_on + timedelta(days=place), held[max(place + 1 - back, 0) : place + 1]
        if standing is None and is_raised(recent, lasting):
            standing = Spell(on - timedelta(days=lasting - 1), on)
        elif standing is not None and is_over(recent):
            found.append(Spell(standing.begun_on, standing.raised_on, on))
            standing = None
    return [*found, standing] if standing is not None else found
