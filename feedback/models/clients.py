"""接口客户端: another machine that may read here, such as the county's platform, and how often it came."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, Date, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base, BigId, Instant
from feedback.models.people import Person
from feedback.models.places import Area
from feedback.words import N_


class Reads(StrEnum):
    """What a client may read."""

    FIGURES = "figures"
    CASES = "cases"
    EVENTS = "events"
    PEOPLE = "people"
    """Staff numbers in facts, and figures by handler."""

    @property
    def label(self) -> str:
        return {
            Reads.FIGURES: N_("指标"),
            Reads.CASES: N_("诉求的事实"),
            Reads.EVENTS: N_("经过的事实"),
            Reads.PEOPLE: N_("工号（是谁办的）"),
        }[self]


class ApiClient(Base):
    """One client with its one token, of which only the digest is kept; never deleted, but revoked."""

    __tablename__ = "api_client"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("area.code"))
    reads: Mapped[list[Reads]] = mapped_column(JSON)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    expires_on: Mapped[date] = mapped_column(Date)
    """The last Shanghai day on which the token is good."""
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)

    area: Mapped[Area] = relationship()
    created_by: Mapped[Person | None] = relationship()


class ApiUse(Base):
    """How many requests of a client were let in on a Shanghai day."""

    __tablename__ = "api_use"

    client_id: Mapped[int] = mapped_column(ForeignKey("api_client.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    requests: Mapped[int]
