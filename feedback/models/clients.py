"""接口客户端: another machine that may read here, such as the county's platform, and how often it came."""

from datetime import date, datetime

from sqlalchemy import JSON, Date, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base, BigId, Instant
from feedback.models.people import Person
from feedback.models.places import Area
from feedback.words import N_, Labelled


class Reads(Labelled):
    """What a client may read; people: staff numbers in facts, and figures by handler."""

    FIGURES = "figures", N_("指标")
    CASES = "cases", N_("诉求的事实")
    EVENTS = "events", N_("经过的事实")
    PEOPLE = "people", N_("工号（是谁办的）")


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
