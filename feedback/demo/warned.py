"""预警: three rules a leader switched on, and what the nights since have raised, as the timer would have had it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select, update

from feedback import clock, db, notifications
from feedback.alerts import looking, rules
from feedback.models.alerts import Alert
from feedback.models.people import Person, Role, Service

SINCE = timedelta(days=25)
"""So long ago the rules were switched on."""
NIGHTS = (21, 14, 10, 7, 4, 2, 1, 0)
"""The nights that are played, so many days ago; of what lasts longer nothing is missed."""
THRESHOLDS = {"village_on_time": 85, "handler_disputes": 25, "handler_burst": 4}


def look_back(area_code: str, until: datetime) -> None:
    """The rules switched on, and their nights. What the last night raised is told now, the rest was long ago."""
    db.write()
    leads = (Service.area_code == area_code, Service.role == Role.TOWNSHIP, Service.is_leader.is_(True))
    leader = db.session.scalars(select(Person).join(Service).where(*leads).order_by(Person.id)).first()
    if leader is None:
        return
    with clock.fixed(until - SINCE):
        for key, threshold in THRESHOLDS.items():
            rule = rules.of_key(area_code, key).rule
            rules.set_rule(leader, area_code, replace(rule, is_on=True, threshold=threshold))
    db.session.commit()
    midnight = clock.start_of(clock.local(until).date()) + timedelta(minutes=5)
    for night in NIGHTS:
        with clock.fixed(midnight - timedelta(days=night)):
            while db.in_turn(looking.look):
                pass
    db.write()
    db.session.execute(update(Alert).where(Alert.raised_at < midnight).values(told_at=Alert.raised_at))
    db.session.commit()
    while db.in_turn(notifications.take):
        pass
