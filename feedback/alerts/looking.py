"""每天看一遍: once a Shanghai day after midnight every township is looked at, over the day that has just ended.

One township is one step and one transaction; one that can't be looked at is logged and holds up no other. After
days of standstill the last ended day alone is looked at: what had begun and ended meanwhile is not told any more. What
is raised waits, untold, for the notices to take it.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from feedback import clock, db
from feedback.alerts import course, rules, spells
from feedback.alerts.course import Courses, Reading, Subject
from feedback.alerts.rules import Rule
from feedback.errors import Busy
from feedback.models.alerts import Alert, Ended, Per
from feedback.models.places import Area, Level
from feedback.models.records import Instance

LOOKED, ALL = "alerts looked for", "all"
"""Where it is kept how far this day's look has come."""
DAY = timedelta(days=1)

log = logging.getLogger(__name__)

Standing = Mapping[tuple[str, str], Alert]
"""The alerts of a township that stand, by the key of their rule and their subject."""


def look() -> int:
    """One township of the timer; 0 when today's look has come to its end."""
    today, looked = clock.today(), db.session.get(Instance, LOOKED)
    day, _, after = looked.value.partition(" ") if looked else ("", "", "")
    if day == today.isoformat() and after == ALL:
        return 0
    begun = (Area.code > after,) if day == today.isoformat() else ()
    code = db.session.scalar(
        select(Area.code).where(func.length(Area.code) == Level.TOWNSHIP.digits, *begun).order_by(Area.code).limit(1)
    )
    if code is not None:
        try:
            look_at(code, today - DAY)
        except Busy:  # nothing is wrong with this township: it is looked at in the next round
            raise
        except Exception:
            log.exception("the alerts of %s: not looked at today", code)
            db.session.rollback()
            db.write()
    db.session.merge(Instance(key=LOOKED, value=f"{today.isoformat()} {code or ALL}"))
    db.session.flush()
    return int(code is not None)


def look_at(township: str, on: date) -> None:
    """Raises and ends the alerts of a township, as at the end of a day.

    A large township's figures take their time: they are read without keeping anybody from writing, and what follows
    from them is written afterwards. What was changed before in this transaction is not kept.
    """
    db.session.rollback()
    in_force = rules.in_force(township)
    found = courses(township, in_force, on)
    db.write()
    standing = _standing(township)
    switched_on = {rule.key for rule in in_force}
    for (key, _), alert in standing.items():
        if key not in switched_on:
            alert.ended_on, alert.ended = on, Ended.SWITCHED_OFF
    raised = [row for rule, each in found for row in _changed(township, rule, each, standing, on)]
    if raised:
        insert = sqlite.insert if db.is_sqlite() else postgresql.insert
        db.session.execute(insert(Alert).on_conflict_do_nothing(), raised)
    db.session.flush()


def courses(township: str, looked_at: Sequence[Rule], to_on: date, days: int = 0) -> list[tuple[Rule, Courses]]:
    """Of each rule the last so many days (0: as many as tell whether it is raised or over), from one reading."""
    lengths = {rule: days or spells.looks_back(rule) for rule in looked_at}
    reach = max((lengths[rule] + rule.window_days for rule in looked_at if not rule.is_burst), default=0)
    lives = course.read(township, to_on - (reach - 2) * DAY, to_on) if reach else []
    found = []
    for rule, length in lengths.items():
        first_on = to_on - (length - 1) * DAY
        if rule.is_burst:
            answered = course.reported(township, first_on - (rule.window_days - 1) * DAY, to_on)
            found.append((rule, course.of_burst(rule, answered, first_on, to_on)))
        else:
            found.append((rule, course.of_rate(rule, township, lives, first_on, to_on)))
    return found


def _standing(township: str) -> Standing:
    query = select(Alert).where(Alert.area_code == township, Alert.ended_on.is_(None)).with_for_update(of=Alert)
    return {(one.rule_key, one.subject): one for one in db.session.scalars(query)}


def _changed(township: str, rule: Rule, found: Courses, standing: Standing, on: date) -> list[dict[str, Any]]:
    """What stands goes on or ends; what begins is given back as rows. Nothing happens twice for the same day."""
    raised = []
    by_subject: dict[str, tuple[Subject, list[Reading]]] = {str(one): (one, each) for one, each in found.items()}
    for (key, subject), alert in standing.items():
        if key == rule.key:
            _, readings = by_subject.pop(subject, ("", [Reading()]))
            alert.now_n, alert.now_of, alert.looked_on = readings[-1].n, readings[-1].of, on
            if spells.is_over([spells.holds(rule, reading) for reading in readings]):
                alert.ended_on, alert.ended = on, Ended.CALM
    for subject, (one, readings) in by_subject.items():
        if spells.is_raised([spells.holds(rule, reading) for reading in readings], rule.lasting_days):
            raised.append(_row(township, rule, one, subject, readings[-1], on))
    return raised


def _row(township: str, rule: Rule, one: Subject, subject: str, reading: Reading, on: date) -> dict[str, Any]:
    ids = {Per.TEAM: "team_id", Per.HANDLER: "person_id"}
    whose: dict[str, Any] = {"place_code": None, "team_id": None, "person_id": None}
    whose[ids.get(rule.per, "place_code")] = one
    return {
        "area_code": township, "rule_key": rule.key, "rule_name": rule.name, "measure": rule.measure,
        "per": rule.per, "side": rule.side, "threshold": rule.threshold, "lasting_days": rule.lasting_days,
        "minutes": rule.minutes, "subject": subject, **whose, "from_on": on - (rule.window_days - 1) * DAY,
        "to_on": on, "n": reading.n, "of": reading.of, "burst_at": reading.at,
        "begun_on": on - (rule.lasting_days - 1) * DAY, "raised_at": clock.now(), "now_n": reading.n,
        "now_of": reading.of, "looked_on": on,
    }
