"""印制批次: what was printed: who ordered it, what lies in which folder, how far it is, and which plates it made."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback import clock
from feedback.db import Base, BigId, Choice, Instant
from feedback.models.people import Person
from feedback.models.places import Area
from feedback.words import N_, Labelled

SILENT = timedelta(minutes=2)
"""Whoever works on a run says so more often than that; later nobody does."""


class RunKind(Labelled):
    """What a run is for."""

    AREA = "area", N_("整片印")
    REPRINT = "reprint", N_("补印")


class RunState(Labelled):
    """How far a run is; only a ready one may go to the printer."""

    ORDERED = "ordered", N_("等着印")
    PRINTING = "printing", N_("正在印")
    STOPPED = "stopped", N_("停下了")
    PRINTED = "printed", N_("印好了，还没核对")
    FAILED = "failed", N_("核对有出入")
    READY = "ready", N_("核对过，可以用")


class PrintRun(Base):
    """One run. Its plates lie in `folder`; where that is empty, in a folder of its own below the data folder."""

    __tablename__ = "print_run"
    __table_args__ = (Index("ix_print_run_area", "area_code", "id"), Index("ix_print_run_state", "state"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[RunKind] = mapped_column(Choice(RunKind), default=RunKind.AREA)
    area_code: Mapped[str] = mapped_column(ForeignKey("area.code"))
    ordered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Nobody: it was ordered on the command line."""
    ordered_at: Mapped[datetime] = mapped_column(Instant)
    layout: Mapped[str] = mapped_column(String(20))
    form: Mapped[str] = mapped_column(String(20))
    resolution: Mapped[int] = mapped_column(default=300, server_default="300")
    """Of PNG, in dots per inch."""
    folder: Mapped[str] = mapped_column(String(500), default="")
    host: Mapped[str] = mapped_column(String(255), default="")
    """What the plates lead to."""
    edition: Mapped[int] = mapped_column(default=0)
    """Which drawing of the plate."""
    state: Mapped[RunState] = mapped_column(Choice(RunState), default=RunState.ORDERED)
    why: Mapped[str] = mapped_column(String(500), default="")
    """Why it stopped, in words for people; what is named in them stands beside."""
    why_values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    plates: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    """Plates that are in the folder, those that were there already included."""
    fresh: Mapped[int] = mapped_column(default=0)
    """Plates printed, or read by the check, since `since_at`."""
    since_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the work that goes on now, printing or checking, was taken up."""
    beat_at: Mapped[datetime | None] = mapped_column(Instant)
    """When whoever works on it last said so."""
    launches: Mapped[int] = mapped_column(default=0)
    """How often somebody was sent to work on it since it last came further."""
    begun_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    files: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    """Bytes of all files."""
    digest: Mapped[str] = mapped_column(String(64), default="")
    """SHA-256 of the list of its files and their own; empty until it is printed."""
    checked: Mapped[int] = mapped_column(default=0)
    """Plates the check has read."""
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    faults: Mapped[int] = mapped_column(default=0)
    found: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """The first of the differences: file, page, kind of fault, last four characters."""
    removed_at: Mapped[datetime | None] = mapped_column(Instant)
    """When its files were taken away."""

    area: Mapped[Area] = relationship()
    ordered_by: Mapped[Person | None] = relationship()

    @property
    def written_as(self) -> str:
        """PDF; PNG 600 dpi."""
        return f"{self.form.upper()} {self.resolution} dpi" if self.form == "png" else self.form.upper()

    @property
    def is_worked_on(self) -> bool:
        """Whether somebody prints or checks it now, as far as one can tell."""
        return self.beat_at is not None and clock.now() - self.beat_at < SILENT

    @property
    def per_second(self) -> float:
        """Plates a second since the work was taken up; 0 where nobody knows yet."""
        if self.since_at is None or self.beat_at is None or self.beat_at <= self.since_at:
            return 0.0
        return self.fresh / (self.beat_at - self.since_at).total_seconds()

    @property
    def seconds_left(self) -> int | None:
        """At this rate; None where there is none yet."""
        missing = self.plates - (self.checked if self.state is RunState.PRINTED else self.done)
        return round(max(0, missing) / self.per_second) if self.per_second else None


class PlatePrint(Base):
    """One plate made in one run; where it lies there is in the run's own list."""

    __tablename__ = "plate_print"
    __table_args__ = (Index("ix_plate_print_code", "code_id", "run_id"),)

    run_id: Mapped[int] = mapped_column(ForeignKey("print_run.id"), primary_key=True)
    code_id: Mapped[int] = mapped_column(ForeignKey("door_code.id"), primary_key=True)
