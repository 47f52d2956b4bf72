"""巡码: what was found at each door's plate in each quarter, and what somebody still has to look at."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base, BigId, Choice, Instant
from feedback.models.cases import UNTOLD
from feedback.models.codes import DoorCode
from feedback.models.people import Person
from feedback.models.places import Area, Household
from feedback.words import N_


class Finding(StrEnum):
    """What is with a door's plate. ASTRAY is found at another door: there hangs the code of this one."""

    FINE = "fine"
    DAMAGED = "damaged"
    SILENT = "silent"
    GONE = "gone"
    OTHERS = "others"
    ASTRAY = "astray"
    FOREIGN = "foreign"

    @property
    def label(self) -> str:
        return {
            Finding.FINE: N_("没问题"),
            Finding.DAMAGED: N_("坏了，要重印"),
            Finding.SILENT: N_("扫不出来"),
            Finding.GONE: N_("没有了"),
            Finding.OTHERS: N_("挂的是别家的码"),
            Finding.ASTRAY: N_("码挂到别家门上了"),
            Finding.FOREIGN: N_("扫出来是别的网页"),
        }[self]


class Settled(StrEnum):
    """How what was to be looked at came to its end."""

    HUNG = "hung"
    FINE = "fine"
    WORD = "word"
    FOUND_ANEW = "found_anew"

    @property
    def label(self) -> str:
        return {
            Settled.HUNG: N_("换上好的了"),
            Settled.FINE: N_("又查过，没问题"),
            Settled.WORD: N_("处理好了"),
            Settled.FOUND_ANEW: N_("又查过，情况变了"),
        }[self]


class PlateCheck(Base):
    """What was found at one door in one quarter, last by whom and when."""

    __tablename__ = "plate_check"
    __table_args__ = (UniqueConstraint("household_id", "quarter"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    quarter: Mapped[str] = mapped_column(String(6))
    """2026Q4."""
    finding: Mapped[Finding] = mapped_column(Choice(Finding))
    code_id: Mapped[int | None] = mapped_column(ForeignKey("door_code.id"))
    """The code that was scanned there; none where nothing of ours could be."""
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    household: Mapped[Household] = relationship()
    code: Mapped[DoorCode | None] = relationship()
    by: Mapped[Person] = relationship()


STANDING = "settled_at IS NULL"
"""SQL: what somebody still has to look at."""


class PlateFlag(Base):
    """One door's plate that somebody has to look at, until it is settled; one at a time for each door."""

    __tablename__ = "plate_flag"
    __table_args__ = (
        Index("uq_plate_flag_standing", "household_id", unique=True,
              sqlite_where=text(STANDING), postgresql_where=text(STANDING)),
        Index("ix_plate_flag_standing", "area_code", "id",
              sqlite_where=text(STANDING), postgresql_where=text(STANDING)),
        Index("ix_plate_flag_untold", "id", sqlite_where=text(UNTOLD), postgresql_where=text(UNTOLD)),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    area_code: Mapped[str] = mapped_column(ForeignKey("area.code"))
    """The household's micro-grid."""
    reason: Mapped[Finding] = mapped_column(Choice(Finding))
    other_id: Mapped[int | None] = mapped_column(ForeignKey("household.id"))
    """Whose code hangs here, or at whose door the code of this one hangs."""
    raised_at: Mapped[datetime] = mapped_column(Instant)
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    told_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled: Mapped[Settled | None] = mapped_column(Choice(Settled))
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What was done about it, where an officer wrote it; sealed under the data key."""

    household: Mapped[Household] = relationship(foreign_keys=[household_id])
    area: Mapped[Area] = relationship()
    other: Mapped[Household | None] = relationship(foreign_keys=[other_id])
    raised_by: Mapped[Person] = relationship(foreign_keys=[raised_by_id])
    settled_by: Mapped[Person | None] = relationship(foreign_keys=[settled_by_id])

    @property
    def is_urgent(self) -> bool:
        """Whether it may be a sticker that leads people to a fraud."""
        return self.reason is Finding.FOREIGN


__all__ = ["Finding", "PlateCheck", "PlateFlag", "Settled"]
