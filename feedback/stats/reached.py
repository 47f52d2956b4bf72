"""算到哪了: up to which instant what is kept holds, from which day on there are sums of days, and who may change it."""

from datetime import date, datetime

from sqlalchemy import delete, func, insert, select

from feedback import db
from feedback.models.records import Instance
from feedback.stats import sums

LOCK = 0x48_4C_46
"""The advisory lock of whoever changes the sums (HLF)."""
COUNTED_UP_TO, MADE_OF, DAYS_FROM = "figures at", "figures of", "figures by day from"


def counted_up_to() -> datetime | None:
    """The instant up to which the sums hold all that had happened; None where they were never made, or are on their
    way there."""
    query = select(Instance.key, Instance.value).where(Instance.key.in_((COUNTED_UP_TO, MADE_OF)))
    found = {row.key: row.value for row in db.session.execute(query)}
    at = found.get(COUNTED_UP_TO)
    return datetime.fromisoformat(at) if at and found.get(MADE_OF) == sums.MADE_OF else None


def days_from() -> date:
    """From this day on there are sums of each day, too."""
    found = said(DAYS_FROM)
    return date.fromisoformat(found) if found else date.max


def said(key: str) -> str | None:
    return db.session.scalar(select(Instance.value).where(Instance.key == key))


def say(key: str, value: str | None) -> None:
    db.session.execute(delete(Instance).where(Instance.key == key))
    if value is not None:
        db.session.execute(insert(Instance).values(key=key, value=value))


def alone() -> None:
    """Sums are changed by one process at a time; on SQLite whoever writes is alone already."""
    if not db.is_sqlite():
        db.session.execute(select(func.pg_advisory_xact_lock(LOCK)))
