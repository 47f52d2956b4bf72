"""统计的存根: what each case adds to the figures, and the sums of it by village, month or day, kind and category.

All of it follows from the events, and is made anew from them at any time: `feedback/stats/rollup.py` keeps it.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.db import Base, Choice, Instant
from feedback.models.kinds import Kind
from feedback.models.places import AREA_CODE


class CaseFigures(Base):
    """One case as the figures know it; each column as in `stats.counted.Counted`.

    Days of an area are one stretch of the first index for each day, and it holds all that is asked of them: the rows
    themselves, which lie in the order in which cases were filed anywhere, are not fetched.
    """

    __tablename__ = "case_figures"
    __table_args__ = (
        Index(
            "ix_case_figures_days", "filed_on", "area_code", "kind", "category_id", "team_id", "response_by_id",
            "handling_by_id", "case_by_id", "marks", "repeat_digits", "response_seconds", "handling_seconds",
            "closing_seconds", "filed_at", "case_id",
        ),
        Index(
            "ix_case_figures_settles", "settles_at",
            sqlite_where=text("settles_at IS NOT NULL"), postgresql_where=text("settles_at IS NOT NULL"),
        ),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("feedback_case.id"), primary_key=True, autoincrement=False)
    area_code: Mapped[str] = mapped_column(AREA_CODE)
    filed_at: Mapped[datetime] = mapped_column(Instant)
    filed_on: Mapped[date] = mapped_column(Date)
    team_id: Mapped[int]
    kind: Mapped[Kind] = mapped_column(Choice(Kind))
    category_id: Mapped[int | None]
    response_by_id: Mapped[int | None]
    handling_by_id: Mapped[int | None]
    case_by_id: Mapped[int | None]
    marks: Mapped[int] = mapped_column(BigInteger)
    repeat_digits: Mapped[int]
    response_seconds: Mapped[int | None]
    handling_seconds: Mapped[int | None]
    closing_seconds: Mapped[int | None]
    settles_at: Mapped[datetime | None] = mapped_column(Instant)


class FigureCell(Base):
    """The sums of the cases booked in a village or above it, filed in a month or on a day, of a kind and a category."""

    __tablename__ = "figure_cell"

    period: Mapped[str] = mapped_column(String(10), primary_key=True)
    """Of filing, in Shanghai: 2026-11, and for the last 90 days 2026-11-19 too."""
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    category: Mapped[str] = mapped_column(String(20), primary_key=True)
    """The category's id, '' for none; of both `*` for all of them together."""
    area_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    sums: Mapped[bytes] = mapped_column(LargeBinary)
    response: Mapped[bytes] = mapped_column(LargeBinary)
    handling: Mapped[bytes] = mapped_column(LargeBinary)
    closing: Mapped[bytes] = mapped_column(LargeBinary)


__all__ = ["CaseFigures", "FigureCell"]
