"""先试一试: when a rule would have been raised over the last months, for whom, and with which numbers.

It is worked out from the same readings as the look of every night, as at the end of each of those days; nothing is
stored. A year at most, and less where a year holds more cases than a page can wait for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from feedback import access, clock, db
from feedback.alerts import looking, spells
from feedback.alerts.course import Reading, Subject
from feedback.alerts.rules import Rule
from feedback.alerts.spells import Spell
from feedback.errors import Refusal
from feedback.models.alerts import Per
from feedback.models.cases import Case
from feedback.models.people import Person, Team
from feedback.models.places import Area, Level
from feedback.words import N_

PERIODS = (365, 180, 90, 30, 7)
"""Days, of which the longest that can be read is tried."""
MOST_CASES = 12_000
MOST_AT_ALL = 6 * MOST_CASES
"""Where even the shortest period has more, nobody can wait for it."""


@dataclass(frozen=True)
class Ring:
    """One alert as it would have been raised."""

    township: str
    subject: Subject
    spell: Spell
    reading: Reading
    from_on: date
    """The first day of the window it would have been raised with; the last is the day itself."""


@dataclass(frozen=True)
class Trial:
    """What a rule would have raised from one day to another, both included, the newest first."""

    rule: Rule
    from_on: date
    to_on: date
    rings: Sequence[Ring]

    @property
    def subjects(self) -> int:
        """For how many different villages, teams or people."""
        return len({ring.subject for ring in self.rings})


def of(rule: Rule, area_code: str) -> Trial:
    """The rule over the past of an area; of a county township by township."""
    to_on = clock.today() - timedelta(days=1)
    days = _period(rule, area_code, to_on)
    from_on = to_on - timedelta(days=days - 1)
    found = [ring for township in _townships(area_code) for ring in _rings(rule, township, from_on, to_on)]
    return Trial(rule, from_on, to_on, sorted(found, key=lambda one: (one.spell.raised_on, one.subject), reverse=True))


def names(per: Per, subjects: Sequence[Subject]) -> dict[Subject, str]:
    """What people call them: villages, townships, teams or people."""
    asked = {
        Per.HANDLER: select(Person.id, Person.name).where(Person.id.in_(subjects)),
        Per.TEAM: select(Team.id, Team.name).where(Team.id.in_(subjects)),
    }.get(per)
    if asked is None:
        return dict(db.session.execute(select(Area.code, Area.name).where(Area.code.in_(subjects))).all())
    return dict(db.session.execute(asked).all())


def _rings(rule: Rule, township: str, from_on: date, to_on: date) -> list[Ring]:
    found = []
    ((_, courses),) = looking.courses(township, [rule], to_on, (to_on - from_on).days + 1)
    for subject, readings in courses.items():
        held = [spells.holds(rule, reading) for reading in readings]
        for spell in spells.over(from_on, held, rule.lasting_days):
            raised_on = spell.raised_on
            found.append(Ring(township, subject, spell, readings[(raised_on - from_on).days],
                              raised_on - timedelta(days=rule.window_days - 1)))
    return found


def _townships(area_code: str) -> Sequence[str]:
    if len(area_code) == Level.TOWNSHIP.digits:
        return [area_code]
    return db.session.scalars(select(Area.code).where(Area.parent_code == area_code).order_by(Area.code)).all()


def _period(rule: Rule, area_code: str, to_on: date) -> int:
    """The longest of the periods whose cases, with those of the first window, are few enough; no longer than there
    are cases. Raises Refusal where even the shortest has far too many."""
    inside = access.within(Case.area_code, area_code)
    first = db.session.scalar(select(func.min(Case.filed_at)).where(inside))
    if first is None:
        return PERIODS[-1]
    there_is = max((to_on - clock.local(first).date()).days + 1, 1)
    for days in PERIODS:
        since = clock.start_of(to_on - timedelta(days=days + rule.window_days - 2))
        most = MOST_AT_ALL if days == PERIODS[-1] else MOST_CASES
        some = select(Case.id).where(inside, Case.filed_at >= since).limit(most + 1).subquery()
        if (db.session.scalar(select(func.count()).select_from(some)) or 0) <= most:
            return min(days, there_is)
    raise Refusal(N_("这些天里的件太多，一时算不出来。请少看几天，或者在一个镇里试。"), field="window_days")
