"""预警: the rules over figures that a township sets for itself, and what they have raised.

A rule is data, in versions: a row is never changed, the newest of a key in the nearest area upward holds. An alert
keeps the numbers it was raised with, so that its reason can be told later, whatever the rule says by then.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base, BigId, Choice, Instant
from feedback.models.cases import UNTOLD
from feedback.models.people import Person, Team
from feedback.models.places import Area
from feedback.words import N_


class Per(StrEnum):
    """Whose figure a rule looks at, one by one."""

    VILLAGE = "village"
    TEAM = "team"
    HANDLER = "handler"
    TOWNSHIP = "township"

    @property
    def label(self) -> str:
        return {
            Per.VILLAGE: N_("每个村"),
            Per.TEAM: N_("每支持件队"),
            Per.HANDLER: N_("每个经办人"),
            Per.TOWNSHIP: N_("全镇合起来"),
        }[self]


class Side(StrEnum):
    """On which side of the threshold it is raised; at the threshold itself it is not."""

    BELOW = "below"
    ABOVE = "above"

    @property
    def label(self) -> str:
        return {Side.BELOW: N_("低于"), Side.ABOVE: N_("高于")}[self]


class Ended(StrEnum):
    """Why an alert is over."""

    CALM = "calm"
    SWITCHED_OFF = "switched_off"

    @property
    def label(self) -> str:
        return {Ended.CALM: N_("不再这样了"), Ended.SWITCHED_OFF: N_("规矩关了")}[self]


class AlertRule(Base):
    """预警规矩: one version of one rule of an area; the fields as in `alerts.rules.Rule`."""

    __tablename__ = "alert_rule"
    __table_args__ = (Index("ix_alert_rule_area", "area_code", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("area.code"))
    key: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(40))
    measure: Mapped[str] = mapped_column(String(40))
    per: Mapped[Per] = mapped_column(Choice(Per))
    side: Mapped[Side] = mapped_column(Choice(Side))
    threshold: Mapped[int]
    window_days: Mapped[int]
    lasting_days: Mapped[int]
    least: Mapped[int]
    minutes: Mapped[int]
    is_on: Mapped[bool]
    set_at: Mapped[datetime] = mapped_column(Instant)
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    set_by: Mapped[Person | None] = relationship()


STANDING = "ended_on IS NULL"
"""SQL: the alerts whose reason holds."""


class Alert(Base):
    """预警: one rule held for one village, team, handler or township, from `begun_on` until it ended."""

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("area_code", "rule_key", "subject", "begun_on"),
        Index("ix_alert_standing", "area_code", sqlite_where=text(STANDING), postgresql_where=text(STANDING)),
        Index("ix_alert_area", "area_code", "raised_at"),
        Index("ix_alert_untold", "id", sqlite_where=text(UNTOLD), postgresql_where=text(UNTOLD)),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("area.code"))
    """The township whose cases were looked at."""
    rule_key: Mapped[str] = mapped_column(String(40))
    rule_name: Mapped[str] = mapped_column(String(40))
    measure: Mapped[str] = mapped_column(String(40))
    per: Mapped[Per] = mapped_column(Choice(Per))
    side: Mapped[Side] = mapped_column(Choice(Side))
    threshold: Mapped[int]
    lasting_days: Mapped[int]
    minutes: Mapped[int]
    subject: Mapped[str] = mapped_column(String(20))
    """The code of the place, or the id of the team or person; for the constraint."""
    place_code: Mapped[str | None] = mapped_column(ForeignKey("area.code"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    from_on: Mapped[date] = mapped_column(Date)
    to_on: Mapped[date] = mapped_column(Date)
    n: Mapped[int]
    of: Mapped[int]
    """Both parts of the rate when it was raised; of a burst both are its cases."""
    burst_at: Mapped[datetime | None] = mapped_column(Instant)
    """Of a burst: when its last case was reported back."""
    begun_on: Mapped[date] = mapped_column(Date)
    """The first of the days on which it had held."""
    raised_at: Mapped[datetime] = mapped_column(Instant)
    now_n: Mapped[int]
    now_of: Mapped[int]
    looked_on: Mapped[date] = mapped_column(Date)
    """The same as at the end of the day looked at last."""
    ended_on: Mapped[date | None] = mapped_column(Date)
    ended: Mapped[Ended | None] = mapped_column(Choice(Ended))
    told_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What was found and done, in words, sealed under the data key."""

    area: Mapped[Area] = relationship(foreign_keys=[area_code])
    place: Mapped[Area | None] = relationship(foreign_keys=[place_code])
    team: Mapped[Team | None] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
    answered_by: Mapped[Person | None] = relationship(foreign_keys=[answered_by_id])


__all__ = ["Alert", "AlertRule", "Ended", "Per", "Side"]
