"""户廉码: a door's code and its life. The code is a locator, not a credential."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base, BigId, Choice, Instant
from feedback.models.places import Area, Household
from feedback.words import N_


class CodeState(StrEnum):
    """Where a code is in its life; damaged ones still answer, revoked and replaced ones explain themselves."""

    ISSUED = "issued"
    PRINTED = "printed"
    HUNG = "hung"
    DAMAGED = "damaged"
    REVOKED = "revoked"
    REPLACED = "replaced"

    @property
    def label(self) -> str:
        return {
            CodeState.ISSUED: N_("已发码"),
            CodeState.PRINTED: N_("已印"),
            CodeState.HUNG: N_("已上墙"),
            CodeState.DAMAGED: N_("坏了"),
            CodeState.REVOKED: N_("已停用"),
            CodeState.REPLACED: N_("已换新"),
        }[self]

    @property
    def is_active(self) -> bool:
        return self not in {CodeState.REVOKED, CodeState.REPLACED}


class DoorCode(Base):
    """What a plate says. What it names is one nullable key per kind (now: household)."""

    __tablename__ = "door_code"
    __table_args__ = (
        Index(
            "uq_door_code_active_household",
            "household_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_door_code_ledger", "village_code", "state", "printed_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token: Mapped[str] = mapped_column(String(12), unique=True)
    village_code: Mapped[str] = mapped_column(ForeignKey("area.code"), index=True)
    """Where it was issued: a revoked code still knows whom to speak to."""
    household_id: Mapped[int | None] = mapped_column(ForeignKey("household.id"), index=True)
    state: Mapped[CodeState] = mapped_column(Choice(CodeState), default=CodeState.ISSUED)
    issued_at: Mapped[datetime] = mapped_column(Instant)
    printed_at: Mapped[datetime | None] = mapped_column(Instant)
    hung_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(String(200), default="")
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("door_code.id"))

    household: Mapped[Household | None] = relationship()
    village: Mapped[Area] = relationship()
    replaced_by: Mapped["DoorCode | None"] = relationship(remote_side=[id])

    @property
    def is_active(self) -> bool:
        return self.ended_at is None
