"""谁听到了: the signs and the notices of the last weeks, as the timer would have made them.

What is older was told at its own instant to people who have long read it: it stands in nobody's list.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, insert, select, update

from feedback import clock, db, notifications
from feedback.db import Instant
from feedback.models.cases import CaseEvent
from feedback.models.notices import Notice, Sign, Via
from feedback.models.people import Person
from feedback.models.walks import PlateFlag
from feedback.supervision import signs

LATELY = timedelta(days=14)
"""So far back people's lists reach."""
LOOKED = timedelta(days=45)
"""So far back the days are looked at for signs, one by one."""
LAST_LOOK = timedelta(hours=20)
"""So long ago everybody looked at the list of notices."""
ROUND = timedelta(minutes=1)


class Hearing:
    """Tells what has just happened; the clock stands at that instant."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        self.since, self.looks_from = until - LATELY, until - LOOKED

    def tell(self, at: datetime) -> None:
        """Whatever is written and not told yet, to whom it concerns at that instant."""
        if at >= self.since:
            self.pass_over()
            with clock.fixed(at):
                notifications.take()

    def look(self, at: datetime) -> None:
        """For signs, as at that instant: what is filed later must not be in the database yet."""
        with clock.fixed(at):
            while signs.look():
                pass
        self.tell(at)

    def pass_over(self) -> None:
        """What is older counts as told when it happened. (A condition on `at` would draw SQLite to the index on it.)"""
        for table in (CaseEvent, Sign):
            when = case((table.at < self.since, table.at), else_=None)
            told = update(table).where(table.told_at.is_(None)).values(told_at=when)
            db.session.execute(told.execution_options(synchronize_session=False))

    def put_in_order(self) -> None:
        """One case was played after the other: everybody's list is written again as it came, round by round."""
        columns = [column for column in Notice.__table__.columns if not column.primary_key]
        happened = func.coalesce(CaseEvent.at, Sign.at, PlateFlag.raised_at, type_=Instant).label("happened_at")
        query = select(*columns, happened).where(Notice.via == Via.LIST)
        query = query.outerjoin(CaseEvent, CaseEvent.id == Notice.event_id).outerjoin(Sign, Sign.id == Notice.sign_id)
        query = query.outerjoin(PlateFlag, PlateFlag.id == Notice.plate_flag_id)
        told = []
        for row in db.session.execute(query.order_by(Notice.id)).mappings():
            at = min(row["happened_at"] + ROUND, self.until)
            told.append({column.key: row[column.key] for column in columns} | {"made_at": at, "sent_at": at})
        db.session.execute(delete(Notice))
        if told:
            db.session.execute(insert(Notice), sorted(told, key=lambda one: one["made_at"]))
        db.session.execute(update(Person).values(notices_looked_at=self.until - LAST_LOOK))
