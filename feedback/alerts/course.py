"""逐日: what a figure was at the end of each day, for each village, team, handler or township.

The cases of one township are read once, with all their events; how each stood changes only with an event or a due, so
a case is judged a few times, not once a day. Each day is as at its end, whenever it is asked for: what the timer finds
and what a test on past data shows are the same numbers.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate, groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple

from sqlalchemy import select

from feedback import access, clock, db
from feedback.alerts.rules import Rule
from feedback.models.alerts import Per
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action
from feedback.models.people import Service
from feedback.models.places import Level
from feedback.stats.definitions import RATES, Rate
from feedback.stats.facts import Facts, State, Step
from feedback.stats.grouping import answering

DAY = timedelta(days=1)
_RATE = {rate.key: rate for rate in RATES}
_EVENT = CaseEvent.__table__.c
_NAMES = tuple(dict.fromkeys((*Step._fields, *State._fields)))
_STEP = itemgetter(*(_NAMES.index(name) for name in Step._fields))
_STATE = itemgetter(*(_NAMES.index(name) for name in State._fields))

Subject = str | int
"""The code of a place, the id of a team or a person."""


class Reading(NamedTuple):
    """Both parts of a rate at the end of a day; of a burst how many at once, twice, and when the last of them."""

    n: int = 0
    of: int = 0
    at: datetime | None = None


class Moment(NamedTuple):
    """One event, the Shanghai day of it, and where the case stood after it."""

    on: date
    step: Step
    state: State


Life = Sequence[Moment]
"""All that happened to one case, in order."""
Courses = dict[Subject, list[Reading]]
"""One reading for each day asked for."""


class Answered(NamedTuple):
    """One case reported back."""

    by_id: int
    at: datetime
    case_id: int


# ---------------------------------------------------------------- reading


def read(township: str, filed_from: date, to_on: date) -> list[Life]:
    """The cases filed in a township from one Shanghai day to another, up to the end of the last."""
    rows = db.session.execute(
        select(*(_EVENT[name] for name in _NAMES))
        .join(Case.__table__, Case.__table__.c.id == _EVENT.case_id)
        .where(
            access.within(Case.area_code, township), Case.filed_at >= clock.start_of(filed_from),
            Case.filed_at < clock.end_of(to_on), access.open_to_all(), _EVENT.at < clock.end_of(to_on),
        )
        .order_by(_EVENT.case_id, _EVENT.n)
    )
    lives: list[Life] = []
    for _, own in groupby(rows, key=itemgetter(0)):
        steps = [(Step._make(_STEP(row)), State._make(_STATE(row))) for row in own]
        lives.append([Moment(clock.local(step.at).date(), step, state) for step, state in steps])
    return lives


def reported(township: str, from_on: date, to_on: date) -> list[Answered]:
    """What was reported back in a township in these days, by person and in order of time."""
    served = select(Service.person_id).where(access.within(Service.area_code, township))
    rows = db.session.execute(
        select(CaseEvent.actor_id, CaseEvent.at, CaseEvent.case_id)
        .join(Case, Case.id == CaseEvent.case_id)
        .where(
            CaseEvent.actor_id.in_(served), CaseEvent.at >= clock.start_of(from_on),
            CaseEvent.at < clock.end_of(to_on), CaseEvent.action == Action.REPORT_BACK,
            access.within(CaseEvent.area_code, township), access.open_to_all(),
        )
        .order_by(CaseEvent.actor_id, CaseEvent.at, CaseEvent.id)
    )
    return [Answered(by_id, at, case_id) for by_id, at, case_id in rows if by_id is not None]


# ---------------------------------------------------------------- rates


def of_rate(rule: Rule, township: str, lives: Sequence[Life], first_on: date, last_on: date) -> Courses:
    """Day by day, from the first to the last; who had no case in any window is not in it."""
    length = (last_on - first_on).days + 1
    changes: defaultdict[Subject, tuple[list[int], list[int]]] = defaultdict(
        lambda: ([0] * (length + 1), [0] * (length + 1))
    )
    for life in lives:
        for subject, start, end, is_n in _stretches(rule, township, life, first_on, last_on):
            ns, ofs = changes[subject]
            for counts, step in ((ns, int(is_n)), (ofs, 1)):
                counts[(start - first_on).days] += step
                counts[(end - first_on).days + 1] -= step
    return {subject: _readings(ns[:-1], ofs[:-1]) for subject, (ns, ofs) in changes.items()}


def _readings(ns: Sequence[int], ofs: Sequence[int]) -> list[Reading]:
    """From the change of each day to what it was; days alike share one reading."""
    found, last = [], Reading()
    for n, of in zip(accumulate(ns), accumulate(ofs), strict=True):
        if (n, of) != last[:2]:
            last = Reading(n, of)
        found.append(last)
    return found


def _stretches(
    rule: Rule, township: str, life: Life, first_on: date, last_on: date
) -> Iterator[tuple[Subject, date, date, bool]]:
    """From which day to which the case is in whose rate, and whether in its numerator."""
    rate, filed_on = _RATE[rule.measure], life[0].on
    start, end = max(first_on, filed_on), min(last_on, filed_on + (rule.window_days - 1) * DAY)
    if start > end:
        return
    days = sorted({max(on, start) for on in _turns(life) if on <= end})
    facts, place = Facts(life[0].step.at, life[0].state, life[0].step.at), 0
    for on, following in zip(days, [*days[1:], end + DAY], strict=True):
        while place < len(life) and life[place].on <= on:
            facts.take(life[place].step, life[max(place - 1, 0)].step.status)
            facts.last = life[place].state
            place += 1
        facts.as_at = clock.end_of(on)
        subject = _subject(rule.per, rate, township, facts)
        if subject is not None and rate.among(facts):
            yield subject, on, following - DAY, rate.holds(facts)


def _turns(life: Life) -> set[date]:
    """The days at whose end the case may stand otherwise than before: of an event, or of a due."""
    dues = {
        due for moment in life
        for due in (moment.state.response_due_at, moment.state.handling_due_at, moment.state.handling_due_original_at)
    }
    return {moment.on for moment in life} | {clock.local(due).date() for due in dues}


def _subject(per: Per, rate: Rate, township: str, facts: Facts) -> Subject | None:
    """Under whom the case is told; None where there is nobody, or it was booked elsewhere then."""
    code = facts.area_code
    if not code.startswith(township):
        return None
    match per:
        case Per.VILLAGE:
            return code[: Level.VILLAGE.digits] if len(code) >= Level.VILLAGE.digits else None
        case Per.TOWNSHIP:
            return township
        case Per.TEAM:
            return facts.team_id
        case Per.HANDLER:
            return answering(facts, rate.whose)


# ---------------------------------------------------------------- bursts


def of_burst(rule: Rule, answered: Sequence[Answered], first_on: date, last_on: date) -> Courses:
    """The most cases one person reported back within so many minutes, in the window that ends with each day.

    A burst is of the day of its last case.
    """
    found: Courses = {}
    for by_id, own in groupby(answered, key=attrgetter("by_id")):
        by_day = _bursts(list(own), timedelta(minutes=rule.minutes))
        days = (first_on + place * DAY for place in range((last_on - first_on).days + 1))
        found[by_id] = [
            max((one for on, one in by_day.items() if day - rule.window_days * DAY < on <= day), default=Reading(),
                key=itemgetter(0))
            for day in days
        ]
    return found


def _bursts(answered: Sequence[Answered], within: timedelta) -> dict[date, Reading]:
    """Of each day the largest number of cases within so long, and when the last of them was."""
    found: dict[date, Reading] = {}
    first = 0
    for place, last in enumerate(answered):
        while answered[first].at <= last.at - within:
            first += 1
        n = len({one.case_id for one in answered[first : place + 1]})
        on = clock.local(last.at).date()
        if n > found.get(on, Reading()).n:
            found[on] = Reading(n, n, last.at)
    return found
