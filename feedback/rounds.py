"""钟点: how far behind time is: when the last round of the timer was, what failed in it, and what still waits.

Each figure is the first row of an index. Nothing here says anything about anybody.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from feedback import clock, db
from feedback.models.cases import Case, CaseEvent
from feedback.models.notices import Notice
from feedback.models.records import Instance

LATE = timedelta(minutes=5)
"""Something that has waited for longer than this waits because something is wrong."""
ROUND, FAILED = "last round", "last round failed"
LONGEST_VALUE = 200


@dataclass(frozen=True)
class Health:
    """How things stand at `at`: each `*_since` is the instant at which the longest waiting one was due, none where
    nothing waits."""

    at: datetime
    round_at: datetime | None
    failed: str
    cases_since: datetime | None
    events_since: datetime | None
    notices_since: datetime | None

    @property
    def behind(self) -> dict[str, int]:
        """Seconds for which the longest waiting case, event and notice have been due."""
        since = {"cases": self.cases_since, "events": self.events_since, "notices": self.notices_since}
        return {name: self._seconds(instant) for name, instant in since.items()}

    @property
    def round_seconds(self) -> int | None:
        """Seconds since the last round; None where there never was one."""
        return None if self.round_at is None else self._seconds(self.round_at)

    @property
    def is_late(self) -> bool:
        """Whether the timer stands still, or something has waited for too long."""
        oldest = max(self.behind.values())
        return self.round_seconds is None or max(oldest, self.round_seconds) > LATE.total_seconds()

    def _seconds(self, since: datetime | None) -> int:
        return 0 if since is None else max(0, round((self.at - since).total_seconds()))


def health() -> Health:
    """How far behind time is now."""
    now = clock.now()
    round_at, failed = (db.session.scalar(select(Instance.value).where(Instance.key == key)) for key in (ROUND, FAILED))
    return Health(
        at=now,
        round_at=datetime.fromisoformat(round_at) if round_at else None,
        failed=failed or "",
        cases_since=db.session.scalar(
            select(Case.wakes_at)
            .where(Case.wakes_at.is_not(None), Case.wakes_at <= now)
            .order_by(Case.wakes_at)
            .limit(1)
        ),
        events_since=db.session.scalar(
            select(CaseEvent.at).where(CaseEvent.told_at.is_(None)).order_by(CaseEvent.id).limit(1)
        ),
        notices_since=db.session.scalar(
            select(Notice.next_try_at)
            .where(Notice.next_try_at.is_not(None), Notice.next_try_at <= now)
            .order_by(Notice.next_try_at)
            .limit(1)
        ),
    )


def note(failed: Collection[str]) -> None:
    """Keeps that a round has just ended, and the names of the steps that failed in it."""
    for key, value in ((ROUND, clock.now().isoformat()), (FAILED, ", ".join(failed)[:LONGEST_VALUE])):
        db.session.merge(Instance(key=key, value=value))
    db.session.flush()
