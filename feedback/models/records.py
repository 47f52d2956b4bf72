"""记录: what staff did outside a case, and what this database is."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base, BigId, Choice, Instant
from feedback.models.people import Person
from feedback.words import N_


class StaffAct(StrEnum):
    """What staff did; kept at least 180 days, read by the auditor, never changed."""

    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_OUT = "sign_out"
    REVEAL = "reveal"
    EXPORT = "export"
    IMPORT = "import"
    PERSON = "person"
    ROLE = "role"
    PASSWORD = "password"  # noqa: S105
    POLICY = "policy"
    CALENDAR = "calendar"
    CATEGORY = "category"
    CODE = "code"
    TEXT = "text"
    AREA = "area"
    ERASE = "erase"
    NOTICE = "notice"
    RESEND = "resend"
    API_CLIENT = "api_client"
    ALERT = "alert"
    REPORT = "report"

    @property
    def label(self) -> str:
        return {
            StaffAct.SIGN_IN: N_("登录"),
            StaffAct.SIGN_IN_FAILED: N_("登录失败"),
            StaffAct.SIGN_OUT: N_("退出"),
            StaffAct.REVEAL: N_("看联系方式"),
            StaffAct.EXPORT: N_("导出"),
            StaffAct.IMPORT: N_("导入"),
            StaffAct.PERSON: N_("改人员"),
            StaffAct.ROLE: N_("改任职"),
            StaffAct.PASSWORD: N_("改密码"),
            StaffAct.POLICY: N_("改期限"),
            StaffAct.CALENDAR: N_("改日历"),
            StaffAct.CATEGORY: N_("改类别"),
            StaffAct.CODE: N_("改码"),
            StaffAct.TEXT: N_("改公布文字"),
            StaffAct.AREA: N_("改区划"),
            StaffAct.ERASE: N_("删除个人信息"),
            StaffAct.NOTICE: N_("改通知方式"),
            StaffAct.RESEND: N_("重发通知"),
            StaffAct.API_CLIENT: N_("改接口凭证"),
            StaffAct.ALERT: N_("改预警规矩"),
            StaffAct.REPORT: N_("印发月报"),
        }[self]


class StaffEvent(Base):
    """One act of a member of staff (or of a stranger at the sign-in page: then `actor_id` is empty)."""

    __tablename__ = "staff_event"
    __table_args__ = (Index("ix_staff_event_at", "at", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    act: Mapped[StaffAct] = mapped_column(Choice(StaffAct))
    subject: Mapped[str] = mapped_column(String(120), default="")
    """What it was about: a username, an area code, a case number, a file's name."""
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    actor: Mapped[Person | None] = relationship()


class Instance(Base):
    """What this database is: `demo` says whether it holds a demo."""

    __tablename__ = "instance"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(200))
