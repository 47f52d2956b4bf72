"""户主和电话: who may be reached behind a door, sealed under the data key and bound to that door.

A household moves between the micro-grids of its village without being sealed again: its place is its
village and door. Opening them is for staff at work; the door page never does.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from feedback import sealing
from feedback.models.places import Household


class Contact(NamedTuple):
    """Householder and phone, each '' where none is kept."""

    householder: str
    phone: str


def of(household: Household) -> Contact:
    """Who lives there and their number. Whoever shows it leaves an event."""
    place = (household.village_code, household.door)
    return Contact(
        unseal(household.householder, *place, "householder"), unseal(household.phone, *place, "phone")
    )


def seal(text: str, village: str, door: str, column: str) -> bytes | None:
    """The sealed value of one column of one household; None for an empty one."""
    return sealing.seal(_key(sealing.keys()), text.encode(), "household", village, door, column) if text else None


def unseal(sealed: bytes | None, village: str, door: str, column: str) -> str:
    """What was sealed; '' where nothing is kept. Raises sealing.Unsealable under another data key."""
    if sealed is None:
        return ""
    return sealing.unseal(_key(sealing.keys()), sealed, "household", village, door, column).decode()


@lru_cache(maxsize=4)
def _key(keys: sealing.Keys) -> bytes:
    return sealing.derive(keys.data_key, "households")
