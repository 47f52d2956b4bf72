"""登录的设备: who is signed in where, and until when. The browser holds a random key, we keep its digest.

A guardian's own phone may stay signed in for weeks; anything else ends when it is left alone. Whoever needs a
second factor is never kept.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from feedback import clock, db
from feedback.identity import second_factor, trail
from feedback.models.people import Person, SignIn
from feedback.models.records import StaffAct

SEEN_EVERY = timedelta(minutes=1)
"""How often it is written down that a device was used."""
PROOF_LASTS = timedelta(minutes=15)
"""On a kept phone the password is asked again before contacts are shown, once in so long."""


@dataclass(frozen=True)
class Terms:
    """How long a sign-in lasts: a kept phone from its beginning, anything else from its last use."""

    kept: timedelta
    idle: timedelta


def may_be_kept(person: Person) -> bool:
    """Whether this person's own phone may stay signed in."""
    return not second_factor.is_needed(person)


def begin(person: Person, *, device: str, is_kept: bool) -> str:
    """Signs the device in; returns the key it will show from now on (never stored)."""
    key = secrets.token_urlsafe(32)
    now = clock.now()
    trail.leave(StaffAct.SIGN_IN, person, subject=person.username, device=device)
    db.session.add(SignIn(
        digest=_digest(key), person_id=person.id, device=device[:120], is_kept=is_kept and may_be_kept(person),
        created_at=now, seen_at=now, proved_at=now,
    ))
    db.session.flush()
    return key


def find(key: str, terms: Terms) -> SignIn | None:
    """The sign-in this key belongs to, while it lasts and its person is active."""
    found = db.session.scalar(select(SignIn).where(SignIn.digest == _digest(key)))
    return found if found is not None and lasts(found, terms) else None


def lasts(sign_in: SignIn, terms: Terms) -> bool:
    """Whether it is still good at this moment."""
    if sign_in.ended_at is not None or not sign_in.person.is_active:
        return False
    if sign_in.is_kept and may_be_kept(sign_in.person):
        return clock.now() < sign_in.created_at + terms.kept
    return clock.now() < sign_in.seen_at + terms.idle


def of(person: Person, terms: Terms) -> list[SignIn]:
    """Where the person is signed in now, the last used first."""
    rows = db.session.scalars(
        select(SignIn)
        .where(SignIn.person_id == person.id, SignIn.ended_at.is_(None))
        .order_by(SignIn.seen_at.desc(), SignIn.id.desc())
    )
    return [one for one in rows if lasts(one, terms)]


def was_long_unseen(sign_in: SignIn) -> bool:
    return clock.now() >= sign_in.seen_at + SEEN_EVERY


def see(sign_in: SignIn) -> None:
    """Writes down that the device was used just now."""
    db.write()
    sign_in.seen_at = clock.now()
    db.session.flush()


def is_proved(sign_in: SignIn) -> bool:
    """Whether the password was given recently enough to show somebody's telephone."""
    return not sign_in.is_kept or clock.now() < sign_in.proved_at + PROOF_LASTS


def prove(sign_in: SignIn) -> None:
    """The password was just given again."""
    db.write()
    sign_in.proved_at = clock.now()
    db.session.flush()


def end(sign_in: SignIn) -> None:
    """Signs the device out; twice is once."""
    db.write()
    if sign_in.ended_at is None:
        _end(sign_in, clock.now())
        trail.leave(StaffAct.SIGN_OUT, sign_in.person, subject=sign_in.person.username, device=sign_in.device)


def end_all(person: Person, *, but: SignIn | None = None) -> None:
    """Signs out every device of the person, but perhaps the one in use."""
    db.write()
    kept = but.id if but is not None else 0
    rows = select(SignIn).where(SignIn.person_id == person.id, SignIn.ended_at.is_(None), SignIn.id != kept)
    for one in db.session.scalars(rows).all():
        _end(one, clock.now())
    db.session.flush()


def _end(sign_in: SignIn, at: datetime) -> None:
    sign_in.ended_at = at


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
