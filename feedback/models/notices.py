"""通知: how staff want to hear of things, each message that goes out, and the signs (苗头) worth hearing of.

A notice holds facts and no words: what it says is composed when it is sent, from the event it stands for.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from feedback.db import Base, BigId, Choice, Instant
from feedback.models.alerts import Alert
from feedback.models.cases import UNTOLD, Case, CaseEvent
from feedback.models.people import Person
from feedback.models.places import Area
from feedback.models.rules import Category
from feedback.models.walks import PlateFlag
from feedback.words import N_


class Via(StrEnum):
    """送达方式: by which way a notice reaches somebody."""

    LIST = "list"
    EMAIL = "email"
    DINGTALK = "dingtalk"
    WECOM = "wecom"
    FEISHU = "feishu"
    WEBHOOK = "webhook"
    SMS = "sms"

    @property
    def label(self) -> str:
        return {
            Via.LIST: N_("站内通知"),
            Via.EMAIL: N_("邮件"),
            Via.DINGTALK: N_("钉钉机器人"),
            Via.WECOM: N_("企业微信机器人"),
            Via.FEISHU: N_("飞书机器人"),
            Via.WEBHOOK: N_("接口推送（浙政钉等）"),
            Via.SMS: N_("短信"),
        }[self]


class Route(Base):
    """A way by which a person wants to hear, and its address, sealed under the data key."""

    __tablename__ = "notice_route"
    __table_args__ = (UniqueConstraint("person_id", "via"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    via: Mapped[Via] = mapped_column(Choice(Via))
    address: Mapped[bytes] = mapped_column(LargeBinary)

    person: Mapped[Person] = relationship()


class SignKind(StrEnum):
    """苗头: what a leader wants to know before anybody complains of it."""

    BURST = "burst"
    SILENCE = "silence"

    @property
    def label(self) -> str:
        return {SignKind.BURST: N_("同类事集中"), SignKind.SILENCE: N_("长期没有动静")}[self]


class Sign(Base):
    """One sign: five cases in one village and category within a day, or a micro-grid silent for 60 days."""

    __tablename__ = "sign"
    __table_args__ = (
        UniqueConstraint("kind", "area_code", "category_id", "on"),
        Index("uq_sign_without_category", "kind", "area_code", "on", unique=True,
              sqlite_where=text("category_id IS NULL"), postgresql_where=text("category_id IS NULL")),
        Index("ix_sign_untold", "id", sqlite_where=text(UNTOLD), postgresql_where=text(UNTOLD)),
        Index("ix_sign_area", "area_code", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[SignKind] = mapped_column(Choice(SignKind))
    area_code: Mapped[str] = mapped_column(ForeignKey("area.code"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    on: Mapped[date] = mapped_column(Date)
    """The Shanghai day of the burst, or the last day on which anything happened in the silent micro-grid."""
    count: Mapped[int] = mapped_column(default=0)
    """Cases in the burst; days of the silence."""
    at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    """When a silence was broken."""
    told_at: Mapped[datetime | None] = mapped_column(Instant)

    area: Mapped[Area] = relationship()
    category: Mapped[Category | None] = relationship()


class Notice(Base):
    """One fact to one person by one way, at most once; the villager is nobody's row, so her `person_id` is empty.

    `next_try_at` is when it may go out; none once it is sent, given up or dropped because it no longer holds.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("event_id", "person_id", "via"),
        UniqueConstraint("sign_id", "person_id", "via"),
        Index("uq_notice_of_alert", "alert_id", "person_id", "via", unique=True,
              sqlite_where=text("alert_id IS NOT NULL"), postgresql_where=text("alert_id IS NOT NULL")),
        Index("uq_notice_of_plate_flag", "plate_flag_id", "person_id", "via", unique=True,
              sqlite_where=text("plate_flag_id IS NOT NULL"), postgresql_where=text("plate_flag_id IS NOT NULL")),
        Index("uq_notice_to_her", "event_id", "via", unique=True,
              sqlite_where=text("person_id IS NULL"), postgresql_where=text("person_id IS NULL")),
        Index("ix_notice_next_try", "next_try_at", "id",
              sqlite_where=text("next_try_at IS NOT NULL"), postgresql_where=text("next_try_at IS NOT NULL")),
        Index("ix_notice_failed", "failed_at", "id",
              sqlite_where=text("failed_at IS NOT NULL"), postgresql_where=text("failed_at IS NOT NULL")),
        Index("ix_notice_person", "person_id", "via", "id"),
        Index("ix_notice_case", "case_id"),
        Index("ix_notice_message", "message_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("case_event.id"))
    sign_id: Mapped[int | None] = mapped_column(ForeignKey("sign.id"))
    alert_id: Mapped[int | None] = mapped_column(BigId)
    """Of an alert, none of which is ever taken away; a constraint would be checked against every notice there is."""
    plate_flag_id: Mapped[int | None] = mapped_column(BigId)
    """The same of a plate that somebody has to look at."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("feedback_case.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    via: Mapped[Via] = mapped_column(Choice(Via))
    is_urgent: Mapped[bool] = mapped_column(default=False)
    """Life and safety: it waits for no morning."""
    made_at: Mapped[datetime] = mapped_column(Instant)
    next_try_at: Mapped[datetime | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    message_id: Mapped[str | None] = mapped_column(String(36))
    """The message it went out in (several notices may share one); the same again when it is tried again."""
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    failed_at: Mapped[datetime | None] = mapped_column(Instant)
    dropped_at: Mapped[datetime | None] = mapped_column(Instant)
    fault: Mapped[str] = mapped_column(String(200), default="")
    """What went wrong the last time, in the words of the way it took; no address."""

    event: Mapped[CaseEvent | None] = relationship()
    sign: Mapped[Sign | None] = relationship()
    alert: Mapped[Alert | None] = relationship(primaryjoin=lambda: foreign(Notice.alert_id) == Alert.id, viewonly=True)
    plate_flag: Mapped[PlateFlag | None] = relationship(
        primaryjoin=lambda: foreign(Notice.plate_flag_id) == PlateFlag.id, viewonly=True
    )
    case: Mapped[Case | None] = relationship()
    person: Mapped[Person | None] = relationship()


__all__ = ["Notice", "Route", "Sign", "SignKind", "Via"]
