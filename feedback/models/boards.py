"""公开栏的存根: what a village's board told of a month, as it was first told; it never changes."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.db import Base, Instant
from feedback.models.places import AREA_CODE


class PublicBoard(Base):
    """One village's finished month, by the month in which cases were filed."""

    __tablename__ = "public_board"

    area_code: Mapped[str] = mapped_column(AREA_CODE, ForeignKey("area.code"), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    """In Shanghai: 2026-10."""
    as_at: Mapped[datetime] = mapped_column(Instant)
    """How the cases stood at this instant."""
    told: Mapped[str] = mapped_column(Text)
    """`stats.public.Told` as JSON, keys in order, no spaces."""


__all__ = ["PublicBoard"]
