"""内容: every word, name, phone and photo, sealed under its case's own key; erasing the key erases them all."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.db import Base, BigId, Choice, Instant


class Audience(StrEnum):
    """For whom words are: what she reads, or a note among staff; never one field for both."""

    HER = "her"
    STAFF = "staff"


class Field(StrEnum):
    """What a sealed piece is."""

    WORDS = "words"
    NAME = "name"
    PHONE = "phone"
    PHOTO = "photo"


class Draft(Base):
    """A form that was refused or not sent yet: its photos are kept for a day under the form's receipt."""

    __tablename__ = "draft"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    receipt_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)


class Content(Base):
    """One sealed piece. Of a photo, `sealed` is empty and `photo_name` names its sealed file."""

    __tablename__ = "content"
    __table_args__ = (
        CheckConstraint("(case_id IS NULL) <> (draft_id IS NULL)", name="one_home"),
        Index("ix_content_case", "case_id", "n"),
        Index("ix_content_draft", "draft_id"),
        Index("ix_content_photo", "photo_name", sqlite_where=text("photo_name IS NOT NULL"),
              postgresql_where=text("photo_name IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("feedback_case.id"))
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("draft.id"))
    n: Mapped[int] = mapped_column(default=0)
    """The number of the event in the case that it belongs to."""
    audience: Mapped[Audience] = mapped_column(Choice(Audience))
    field: Mapped[Field] = mapped_column(Choice(Field))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    photo_name: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)
    hidden_at: Mapped[datetime | None] = mapped_column(Instant)
