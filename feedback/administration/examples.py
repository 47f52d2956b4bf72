"""举例: what a deadline nobody has set yet would mean, by things filed at telling instants, under the real rules.

The instants are the one from which it would hold, the Friday evening before National Day, and the eve of Spring
Festival. Kinds that would be promised the same before and after stand together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from feedback import calendars, clock, policies
from feedback.models.kinds import Kind
from feedback.models.rules import DeadlinePolicy
from feedback.policies import Promise
from feedback.words import N_, Labelled

FRIDAY = 4  # date.weekday()
MORNING = time(9)
EVENING = time(17, 40)
_ONE_DAY = timedelta(days=1)


class Occasion(Labelled):
    """When the thing of an example is filed."""

    NOW = "now", N_("现在受理的")
    FIRST_DAY = "first_day", N_("头一天早上受理的")
    NATIONAL_DAY = "national_day", N_("国庆节前的星期五傍晚受理的")
    SPRING_FESTIVAL = "spring_festival", N_("除夕受理的")


@dataclass(frozen=True)
class Example:
    """One thing, filed then: what is promised for it as things stand, and what would be."""

    occasion: Occasion
    filed_at: datetime
    before: Promise
    after: Promise
    uncertain_year: int | None


@dataclass(frozen=True)
class Comparison:
    """Kinds for which the same holds, and would hold. `is_overruled`: a more particular rule would go on holding."""

    kinds: tuple[Kind, ...]
    before: Promise
    after: Promise
    examples: tuple[Example, ...]

    @property
    def is_overruled(self) -> bool:
        return self.after.policy_id is not None


def of(area_code: str, proposed: DeadlinePolicy) -> list[Comparison]:
    """What the proposed version would change, by kind."""
    grouped: dict[object, list[Kind]] = {}
    for kind in Kind if proposed.kind is None else (proposed.kind,):
        before, after = _both(area_code, kind, proposed, proposed.effective_at)
        grouped.setdefault((before.policy, after.policy, after.policy_id), []).append(kind)
    return [_comparison(area_code, tuple(kinds), proposed) for kinds in grouped.values()]


def _comparison(area_code: str, kinds: tuple[Kind, ...], proposed: DeadlinePolicy) -> Comparison:
    before, after = _both(area_code, kinds[0], proposed, proposed.effective_at)
    examples = []
    for occasion, filed_at in occasions(proposed.effective_at):
        pair = _both(area_code, kinds[0], proposed, filed_at)
        examples.append(Example(occasion, filed_at, *pair, _uncertain_year(area_code, *pair)))
    return Comparison(kinds, before, after, tuple(examples))


def occasions(since: datetime) -> Iterator[tuple[Occasion, datetime]]:
    """The instants of the examples (UTC), none before that one."""
    if since <= clock.now():
        yield Occasion.NOW, since
    else:
        yield Occasion.FIRST_DAY, max(since, _at(clock.local(since).date(), MORNING))
    first = clock.local(since).year
    fridays = (_at(_friday_before(date(year, 10, 1)), EVENING) for year in (first, first + 1))
    yield Occasion.NATIONAL_DAY, next(friday for friday in fridays if friday >= since)
    festivals = (calendars.spring_festival(year) for year in (first, first + 1))
    eves = (_at(day - _ONE_DAY, MORNING) for day in festivals if day is not None)
    eve = next((eve for eve in eves if eve >= since), None)
    if eve is not None:
        yield Occasion.SPRING_FESTIVAL, eve


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, clock.SHANGHAI).astimezone(UTC)


def _friday_before(day: date) -> date:
    return day - timedelta(days=(day.weekday() - FRIDAY - 1) % 7 + 1)


def _both(area_code: str, kind: Kind, proposed: DeadlinePolicy, filed_at: datetime) -> tuple[Promise, Promise]:
    """The promise as things stand, and as it would be."""
    is_urgent, category_id = proposed.is_urgent, proposed.category_id
    return (policies.promise(area_code, kind, is_urgent, category_id=category_id, filed_at=filed_at),
            policies.promise(area_code, kind, is_urgent, category_id=category_id, filed_at=filed_at, proposed=proposed))


def _uncertain_year(area_code: str, *promises: Promise) -> int | None:
    """The earliest year nobody has published or entered, of the dues that rest on a calendar."""
    dues = [due for one in promises for limit, due in ((one.policy.response, one.response_due_at),
                                                       (one.policy.handling, one.handling_due_at))
            if not limit.is_natural]
    years = (policies.uncertain_year(area_code, due) for due in dues)
    return min((year for year in years if year is not None), default=None)
