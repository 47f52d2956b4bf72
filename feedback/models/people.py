"""人: staff, the areas they serve, the teams that hold cases, and the phones that are signed in."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base, BigId, Choice, Instant
from feedback.models.places import AREA_CODE, Area
from feedback.words import N_


class Role(StrEnum):
    """The hat a person wears in an area."""

    GUARDIAN = "guardian"
    VILLAGE = "village"
    TOWNSHIP = "township"
    DISCIPLINE = "discipline"
    AUDITOR = "auditor"
    ADMIN = "admin"

    @property
    def label(self) -> str:
        return {
            Role.GUARDIAN: N_("守护人"),
            Role.VILLAGE: N_("村干部"),
            Role.TOWNSHIP: N_("镇干部"),
            Role.DISCIPLINE: N_("纪委"),
            Role.AUDITOR: N_("审计"),
            Role.ADMIN: N_("管理员"),
        }[self]


class TeamKind(StrEnum):
    """Which sort of queue a team holds."""

    AREA = "area"
    OWN = "own"
    DISCIPLINE = "discipline"


class Person(Base):
    """A member of staff. A villager is never a row here."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    username: Mapped[str] = mapped_column(String(40), unique=True)
    staff_number: Mapped[str] = mapped_column(String(12), unique=True)
    """Random; stands for the person in exports."""
    name: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(20), default="")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=True)
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_used_step: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    looked_at: Mapped[datetime | None] = mapped_column(Instant)
    """When this person last opened the queue: what came since is marked new."""
    notices_looked_at: Mapped[datetime | None] = mapped_column(Instant)
    """When this person last opened the list of notices."""

    services: Mapped[list["Service"]] = relationship(back_populates="person")
    absences: Mapped[list["Absence"]] = relationship(back_populates="person")


class Team(Base):
    """队: whose queue holds a case. Each micro-grid, village and township is one; a township may add its own."""

    __tablename__ = "team"
    __table_args__ = (UniqueConstraint("area_code", "name"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("area.code"))
    kind: Mapped[TeamKind] = mapped_column(Choice(TeamKind), default=TeamKind.AREA)
    name: Mapped[str] = mapped_column(String(60))

    area: Mapped[Area] = relationship()


class Service(Base):
    """任职: who serves which area in which role, from a day to a day (the last one included)."""

    __tablename__ = "service"
    __table_args__ = (
        Index("ix_service_area_role", "area_code", "role"),
        Index("ix_service_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    area_code: Mapped[str] = mapped_column(ForeignKey("area.code"))
    role: Mapped[Role] = mapped_column(Choice(Role))
    is_leader: Mapped[bool] = mapped_column(default=False)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    """An own team of the township, where the person works in one."""
    from_on: Mapped[date] = mapped_column(Date)
    to_on: Mapped[date | None] = mapped_column(Date)

    person: Mapped[Person] = relationship(back_populates="services")
    area: Mapped[Area] = relationship()
    team: Mapped[Team | None] = relationship()


class Absence(Base):
    """请假: days on which a person is away, both included."""

    __tablename__ = "absence"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    from_on: Mapped[date] = mapped_column(Date)
    to_on: Mapped[date] = mapped_column(Date)

    person: Mapped[Person] = relationship(back_populates="absences")


class SignIn(Base):
    """登录: one signed-in phone or desktop; the cookie carries a random key, we keep its digest."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    device: Mapped[str] = mapped_column(String(120), default="")
    is_kept: Mapped[bool] = mapped_column(default=False)
    """A guardian's own phone, signed in for weeks; else a desktop that ends when idle."""
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    proved_at: Mapped[datetime] = mapped_column(Instant)
    """When the password was last given; asked again before contacts are revealed."""
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    person: Mapped[Person] = relationship()


__all__ = ["AREA_CODE", "Absence", "Person", "Role", "Service", "SignIn", "Team", "TeamKind"]
