"""规矩: what a township may set for itself: categories, deadline policies, calendar days, published texts.

Each belongs to an area; the nearest one upward holds.
"""

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String, Text, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from feedback.db import Base, BigId, Choice, Instant
from feedback.deadlines import Unit
from feedback.models.kinds import Kind
from feedback.words import N_


class Category(Base):
    """类别: a matter such as street lamps. Its name is unique in its area."""

    __tablename__ = "category"
    __table_args__ = (UniqueConstraint("area_code", "name"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("area.code"))
    name: Mapped[str] = mapped_column(String(40))
    is_active: Mapped[bool] = mapped_column(default=True)


class DeadlinePolicy(Base):
    """期限: one version of one rule. The newest one effective at the filing instant holds; rows never change.

    `category_id` before `kind` before neither; nearer areas before farther ones; urgent apart.
    """

    __tablename__ = "deadline_policy"
    __table_args__ = (Index("ix_deadline_policy_area", "area_code", "effective_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("area.code"))
    kind: Mapped[Kind | None] = mapped_column(Choice(Kind))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    is_urgent: Mapped[bool] = mapped_column(default=False)
    response_amount: Mapped[int]
    response_unit: Mapped[Unit] = mapped_column(Choice(Unit))
    handling_amount: Mapped[int]
    handling_unit: Mapped[Unit] = mapped_column(Choice(Unit))
    close_of_office: Mapped[time] = mapped_column(Time, default=time(17, 30))
    effective_at: Mapped[datetime] = mapped_column(Instant)
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class CalendarDay(Base):
    """A township's own word on a day: working or not. It goes before every calendar."""

    __tablename__ = "calendar_day"
    __table_args__ = (UniqueConstraint("area_code", "day"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("area.code"))
    day: Mapped[date] = mapped_column(Date)
    is_working: Mapped[bool]


class CalendarYear(Base):
    """A year whose holidays and make-up days a township has entered whole: its other days are Monday to Friday."""

    __tablename__ = "calendar_year"
    __table_args__ = (UniqueConstraint("area_code", "year"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("area.code"))
    year: Mapped[int]


class TextKey(StrEnum):
    """What a township publishes or switches."""

    HOTLINE = "hotline"
    DUTY_PHONE = "duty_phone"
    DISCIPLINE_PHONE = "discipline_phone"
    COUNTY_DISCIPLINE_PHONE = "county_discipline"
    SHOW_GUARDIANS = "show_guardians"
    PRIVACY = "privacy"
    PUBLISHER = "publisher"
    PLATE_PURPOSE = "plate_purpose"
    PLATE_TITLE = "plate_title"
    PLATE_COLOUR = "plate_colour"
    VILLAGE_AFFAIRS = "village_affairs"
    GUIDES = "guides"
    PUBLIC_BOARD = "public_board"

    @property
    def label(self) -> str:
        return {
            TextKey.HOTLINE: N_("服务电话"),
            TextKey.DUTY_PHONE: N_("值班电话（急事）"),
            TextKey.DISCIPLINE_PHONE: N_("镇纪委电话"),
            TextKey.COUNTY_DISCIPLINE_PHONE: N_("县纪委电话"),
            TextKey.SHOW_GUARDIANS: N_("公开守护人姓名和电话（写“是”）"),
            TextKey.PRIVACY: N_("怎么用您的信息"),
            TextKey.PUBLISHER: N_("主办单位"),
            TextKey.PLATE_PURPOSE: N_("门牌上的话（最多十二字）"),
            TextKey.PLATE_TITLE: N_("门牌上的大字（最多六字，不写就是“户廉码”）"),
            TextKey.PLATE_COLOUR: N_("门牌底色（写成 #14514B 这样，要够深，白字才看得清）"),
            TextKey.VILLAGE_AFFAIRS: N_("看村情"),
            TextKey.GUIDES: N_("问办事"),
            TextKey.PUBLIC_BOARD: N_("公布各村每月办得怎么样（写“否”就不公布）"),
        }[self]


class PublishedText(Base):
    """公布的文字: what an area says of itself; an earlier word stays in the staff events."""

    __tablename__ = "published_text"
    __table_args__ = (UniqueConstraint("area_code", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("area.code"))
    key: Mapped[TextKey] = mapped_column(Choice(TextKey))
    words: Mapped[str] = mapped_column(Text)
