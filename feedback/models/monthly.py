"""月报: the report of an area for a month, as it was issued. A row is written once and never changed."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Connection, ForeignKey, LargeBinary, String, UniqueConstraint, event
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from feedback.db import Base, BigId, Instant
from feedback.models.people import Person
from feedback.models.places import AREA_CODE, Area


class MonthlyReport(Base):
    """One version of a report: what it says, as the very bytes the checksum is of."""

    __tablename__ = "monthly_report"
    __table_args__ = (
        UniqueConstraint("area_code", "month", "version"),
        CheckConstraint("version >= 1", name="counted_from_one"),
        CheckConstraint("length(checksum) = 64", name="has_a_checksum"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    area_code: Mapped[str] = mapped_column(AREA_CODE, ForeignKey("area.code"))
    month: Mapped[str] = mapped_column(String(7))
    """In Shanghai: 2026-11."""
    version: Mapped[int]
    issued_at: Mapped[datetime] = mapped_column(Instant)
    issued_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """Canonical JSON: keys in order, no spaces, UTF-8."""
    checksum: Mapped[str] = mapped_column(String(64))
    """SHA-256 of `content`, in hexadecimal."""

    area: Mapped[Area] = relationship()
    issued_by: Mapped[Person] = relationship()

    @property
    def is_intact(self) -> bool:
        """Whether the checksum still fits: asked on every reading."""
        return checksum(self.content) == self.checksum

    @property
    def says(self) -> dict[str, Any]:
        """The content, read; empty where the bytes are no longer what was written."""
        try:
            read = json.loads(self.content)
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}


def checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@event.listens_for(MonthlyReport, "before_update")
@event.listens_for(MonthlyReport, "before_delete")
def _stays_as_issued(mapper: Mapper[MonthlyReport], connection: Connection, report: MonthlyReport) -> None:
    raise RuntimeError("a report stays as it was issued; a correction is a further version")


__all__ = ["MonthlyReport", "checksum"]
