"""地方: areas from the county down to the micro-grid, and the households in them."""

import re
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.db import Base, BigId
from feedback.words import N_

AREA_CODE = String(18)
_NUMBERS, _LONGEST = re.compile(r"\d+", re.ASCII), 60


class Level(StrEnum):
    """How far down an area lies; the length of its code says it."""

    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"
    GRID = "grid"
    MICROGRID = "microgrid"

    @property
    def label(self) -> str:
        return {
            Level.COUNTY: N_("县（市、区）"),
            Level.TOWNSHIP: N_("镇街"),
            Level.VILLAGE: N_("村社"),
            Level.GRID: N_("网格"),
            Level.MICROGRID: N_("微网格"),
        }[self]

    @property
    def digits(self) -> int:
        return DIGITS[self]


DIGITS = {Level.COUNTY: 6, Level.TOWNSHIP: 9, Level.VILLAGE: 12, Level.GRID: 15, Level.MICROGRID: 18}
LEVEL_OF_LENGTH = {digits: level for level, digits in DIGITS.items()}


class Area(Base):
    """A place. Down to the village its code is the national statistics code; the parent is the prefix."""

    __tablename__ = "area"

    code: Mapped[str] = mapped_column(AREA_CODE, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("area.code"), index=True)

    parent: Mapped["Area | None"] = relationship(remote_side=[code])

    @property
    def level(self) -> Level:
        return LEVEL_OF_LENGTH[len(self.code)]

    def prefix(self, level: Level) -> str | None:
        """The code of the area above (or this one) at a level; None where this one lies higher."""
        return self.code[: level.digits] if len(self.code) >= level.digits else None


class Household(Base):
    """户: a door, unique in its village. Householder and phone are optional and sealed under the data key."""

    __tablename__ = "household"
    __table_args__ = (
        UniqueConstraint("village_code", "door"),
        Index("ix_household_microgrid_door", "microgrid_code", "door"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    microgrid_code: Mapped[str] = mapped_column(ForeignKey("area.code"))
    village_code: Mapped[str] = mapped_column(ForeignKey("area.code"))
    door: Mapped[str] = mapped_column(String(60))
    householder: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)

    microgrid: Mapped[Area] = relationship(foreign_keys=[microgrid_code])
    village: Mapped[Area] = relationship(foreign_keys=[village_code])


def as_walked(door: str) -> tuple[str, str]:
    """A key that sorts doors as people walk past them: 团结路 9 号 before 团结路 10 号."""
    written = " ".join(door.split())
    return _NUMBERS.sub(lambda found: found[0].zfill(_LONGEST), written), written
