"""诉求: a case, the facts that happened to it in order, and who is shut out of it.

`workflow.record()` is the only writer of `Case.status` and of `CaseEvent`. Neither table holds a word,
a name or a phone: those are `Content`, sealed.
"""

from datetime import date, datetime

from sqlalchemy import (
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback import clock
from feedback.db import Base, BigId, Choice, Instant
from feedback.models.codes import DoorCode
from feedback.models.kinds import (
    ANSWERED_BY_STAFF,
    EXCLUDED,
    About,
    Action,
    Answer,
    AnswerBy,
    Channel,
    Contact,
    Kind,
    Outcome,
    Status,
)
from feedback.models.people import Person, Role, Team
from feedback.models.places import AREA_CODE, Area, Household

UNFIGURED = "figured_count < events_count"
"""SQL: the cases of which something has happened that the figures have not counted."""
ABOUT = "about IS NOT NULL"
"""SQL: the cases about somebody's service."""


class Case(Base):
    """诉求. `area_code` is where it belongs, for figures; `team` is whose queue holds it."""

    __tablename__ = "feedback_case"
    __table_args__ = (
        Index(
            "ix_case_team_due",
            "team_id",
            "next_due_at",
            "id",
            sqlite_where=text("closed_at IS NULL AND next_due_at IS NOT NULL"),
            postgresql_where=text("closed_at IS NULL AND next_due_at IS NOT NULL"),
        ),
        Index(
            "ix_case_area_open",
            "area_code",
            "next_due_at",
            "id",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "ix_case_team_waiting",
            "team_id",
            "wakes_at",
            "id",
            sqlite_where=text("closed_at IS NULL AND next_due_at IS NULL"),
            postgresql_where=text("closed_at IS NULL AND next_due_at IS NULL"),
        ),
        Index(
            "ix_case_wakes",
            "wakes_at",
            "id",
            sqlite_where=text("wakes_at IS NOT NULL"),
            postgresql_where=text("wakes_at IS NOT NULL"),
        ),
        Index("ix_case_area_filed", "area_code", "filed_at"),
        Index("ix_case_filed", "filed_at"),
        Index("ix_case_household", "household_id", "filed_at"),
        Index(
            "ix_case_owner_open",
            "owner_id",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_case_main", "main_case_id"),
        Index("ix_case_about", "about_area_code", sqlite_where=text(ABOUT), postgresql_where=text(ABOUT)),
        Index(
            "ix_case_alone",
            "id",
            sqlite_where=text("is_for_discipline_alone = 1"),
            postgresql_where=text("is_for_discipline_alone"),
        ),
        Index("ix_case_unfigured", "id", sqlite_where=text(UNFIGURED), postgresql_where=text(UNFIGURED)),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    """诉求编号: random, public; addresses carry it."""
    area_code: Mapped[str] = mapped_column(ForeignKey("area.code"))
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    household_id: Mapped[int | None] = mapped_column(ForeignKey("household.id"))
    code_id: Mapped[int | None] = mapped_column(ForeignKey("door_code.id"))
    kind: Mapped[Kind] = mapped_column(Choice(Kind))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    is_urgent: Mapped[bool] = mapped_column(default=False)
    about: Mapped[About | None] = mapped_column(Choice(About))
    about_area_code: Mapped[str | None] = mapped_column(AREA_CODE)
    """The micro-grid (guardian) or village (cadre) whose servants are shut out, those of later days too."""
    answer_by: Mapped[AnswerBy | None] = mapped_column(Choice(AnswerBy))
    channel: Mapped[Channel] = mapped_column(Choice(Channel), default=Channel.DOOR)
    typed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    is_marked: Mapped[bool] = mapped_column(default=False)
    """Filed in a flood: somebody looks first."""
    is_visit_wanted: Mapped[bool] = mapped_column(default=False)
    status: Mapped[Status] = mapped_column(Choice(Status))
    events_count: Mapped[int] = mapped_column(default=0)
    figured_count: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many of its events the figures have counted; no fact of the case."""

    filed_at: Mapped[datetime] = mapped_column(Instant)
    arrived_at: Mapped[datetime] = mapped_column(Instant)
    """When it came to the team that holds it now."""
    responded_at: Mapped[datetime | None] = mapped_column(Instant)
    visited_at: Mapped[datetime | None] = mapped_column(Instant)
    """The last visit that she has not denied."""
    asked_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the open question was asked; none where nothing is open."""
    reported_at: Mapped[datetime | None] = mapped_column(Instant)
    """The standing report_back; none again after a dispute or reopening."""
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    supervised_at: Mapped[datetime | None] = mapped_column(Instant)
    supervision_due_at: Mapped[datetime | None] = mapped_column(Instant)
    """By when the open letter of supervision (督办单) is to be answered."""
    extension_asked_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the owner asked for more time; none where nothing is asked."""
    extension_asked_days: Mapped[int | None]
    extension_days: Mapped[int | None]
    """Working days granted beyond the handling due; once in a case's life."""
    response_rung: Mapped[int] = mapped_column(default=0)
    handling_rung: Mapped[int] = mapped_column(default=0)
    """How many rungs of each clock's ladder have been told; they never go back."""
    response_due_at: Mapped[datetime] = mapped_column(Instant)
    handling_due_at: Mapped[datetime] = mapped_column(Instant)
    handling_due_original_at: Mapped[datetime] = mapped_column(Instant)
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("deadline_policy.id"))
    next_due_at: Mapped[datetime | None] = mapped_column(Instant)
    wakes_at: Mapped[datetime | None] = mapped_column(Instant)
    """The next instant at which time alone does something: a rung, the silent close, the look again."""
    look_again_on: Mapped[date | None] = mapped_column(Date)

    outcome: Mapped[Outcome | None] = mapped_column(Choice(Outcome))
    answer: Mapped[Answer | None] = mapped_column(Choice(Answer))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    rating: Mapped[int | None]
    disputes: Mapped[int] = mapped_column(default=0)
    is_on_discipline_list: Mapped[bool] = mapped_column(default=False)
    is_for_discipline_alone: Mapped[bool] = mapped_column(default=False)
    """It accuses somebody of taking or stealing: nobody but the discipline office sees it."""
    main_case_id: Mapped[int | None] = mapped_column(ForeignKey("feedback_case.id"))
    ended_by_team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    """The team whose officer declined or merged it: her objection goes one level above."""
    receipt_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    request_digest: Mapped[bytes] = mapped_column(LargeBinary(32), default=b"")
    """HMAC of what was sent: the same receipt with other content is a conflict."""
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The case's key under the data key; none once erased."""

    area: Mapped[Area] = relationship()
    team: Mapped[Team] = relationship(foreign_keys=[team_id])
    owner: Mapped[Person | None] = relationship(foreign_keys=[owner_id])
    household: Mapped[Household | None] = relationship()
    code: Mapped[DoorCode | None] = relationship()
    main_case: Mapped["Case | None"] = relationship(remote_side=[id])

    @property
    def is_overdue(self) -> bool:
        """超期: computed, never stored."""
        return self.next_due_at is not None and self.next_due_at < clock.now()

    @property
    def is_response_late(self) -> bool:
        """Whether the response clock ran out before contact was made, or before the case ended without any."""
        return (self.responded_at or self.closed_at or clock.now()) > self.response_due_at

    @property
    def is_supervised(self) -> bool:
        return self.supervised_at is not None

    @property
    def is_erased(self) -> bool:
        return self.wrapped_key is None

    @property
    def is_unconfirmed(self) -> bool:
        """Closed by silence, and she has not spoken since."""
        return (
            self.closed_at is not None
            and self.outcome in ANSWERED_BY_STAFF
            and self.reported_at is not None
            and (self.answered_at is None or self.answered_at < self.reported_at)
        )

    @property
    def is_excluded(self) -> bool:
        return self.outcome in EXCLUDED


RUNGS = "action = 'remind' AND reason IS NOT NULL"
"""SQL: the events of the ladder: of all reminders they alone have a reason, the rung. A query that says it in these
words has an index; a condition on the actor would draw SQLite to his."""
APPEALS = "action = 'appeal'"
"""SQL: the appeals against cards, likewise."""
UNTOLD = "told_at IS NULL"
"""SQL: the events the notices have not dealt with."""


class CaseEvent(Base):
    """One fact in a case's life; append-only. `n` counts from 1 in each case."""

    __tablename__ = "case_event"
    __table_args__ = (
        UniqueConstraint("case_id", "n"),
        Index("ix_case_event_actor", "actor_id", "at"),
        Index("ix_case_event_at", "at"),
        Index("ix_case_event_rung", "area_code", "at", sqlite_where=text(RUNGS), postgresql_where=text(RUNGS)),
        Index("ix_case_event_appeal", "area_code", "at", sqlite_where=text(APPEALS), postgresql_where=text(APPEALS)),
        Index("ix_case_event_untold", "id", sqlite_where=text(UNTOLD), postgresql_where=text(UNTOLD)),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("feedback_case.id"))
    n: Mapped[int]
    action: Mapped[Action] = mapped_column(Choice(Action))
    at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """None: the villager (`by_her`) or the system."""
    post: Mapped[Role | None] = mapped_column(Choice(Role))
    actor_area_code: Mapped[str | None] = mapped_column(AREA_CODE)
    by_her: Mapped[bool] = mapped_column(default=False)
    status: Mapped[Status] = mapped_column(Choice(Status))
    area_code: Mapped[str] = mapped_column(AREA_CODE)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[Kind] = mapped_column(Choice(Kind))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    is_urgent: Mapped[bool]
    channel: Mapped[Channel] = mapped_column(Choice(Channel))
    is_marked: Mapped[bool]
    is_visit_wanted: Mapped[bool]
    household_id: Mapped[int | None] = mapped_column(ForeignKey("household.id"))
    contact: Mapped[Contact | None] = mapped_column(Choice(Contact))
    witnessed: Mapped[bool | None]
    """Her yes or no to the event numbered `of_n`."""
    of_n: Mapped[int | None]
    code_id: Mapped[int | None] = mapped_column(ForeignKey("door_code.id"))
    """The door's code that was scanned; only a visit has it."""
    outcome: Mapped[Outcome | None] = mapped_column(Choice(Outcome))
    reason: Mapped[str | None] = mapped_column(String(40))
    """A code, never words."""
    answer: Mapped[Answer | None] = mapped_column(Choice(Answer))
    rating: Mapped[int | None]
    days: Mapped[int | None]
    """Working days asked for, or granted, beyond the handling due."""
    until_at: Mapped[datetime | None] = mapped_column(Instant)
    """By when a letter of supervision is to be answered."""
    main_case_id: Mapped[int | None] = mapped_column(ForeignKey("feedback_case.id"))
    response_due_at: Mapped[datetime] = mapped_column(Instant)
    handling_due_at: Mapped[datetime] = mapped_column(Instant)
    handling_due_original_at: Mapped[datetime] = mapped_column(Instant)
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("deadline_policy.id"))
    told_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the notices had dealt with it: the event is its own outbox. No fact of the case."""

    case: Mapped[Case] = relationship(foreign_keys=[case_id])
    actor: Mapped[Person | None] = relationship(foreign_keys=[actor_id])
    team: Mapped[Team] = relationship(foreign_keys=[team_id])


class Recusal(Base):
    """回避: a person for whom the case does not exist, whatever hat he wears."""

    __tablename__ = "recusal"
    __table_args__ = (Index("ix_recusal_person", "person_id", "case_id"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("feedback_case.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)


__all__ = [
    "ANSWERED_BY_STAFF",
    "EXCLUDED",
    "About",
    "Action",
    "Answer",
    "AnswerBy",
    "Case",
    "CaseEvent",
    "Channel",
    "Contact",
    "Kind",
    "Outcome",
    "Recusal",
    "Status",
]
