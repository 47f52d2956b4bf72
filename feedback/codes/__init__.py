"""户廉码: which code hangs on which door, what a code means when somebody brings it, and its life.

A household has at most one active code. A code that ended keeps its row, so that it can explain itself; it
no longer names a house, only the village that can be spoken to. Printing and checking are beside this.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import insert, select

from feedback import access, clock, db, tokens
from feedback.errors import Missing, Refusal
from feedback.models.codes import CodeState, DoorCode
from feedback.models.people import Person
from feedback.models.places import Area, Household
from feedback.models.records import StaffAct, StaffEvent
from feedback.words import N_

ISSUED_AT_ONCE = 1000
"""Codes inserted with one statement."""

LIFE = {
    CodeState.ISSUED: {CodeState.PRINTED, CodeState.HUNG, CodeState.REVOKED, CodeState.REPLACED},
    CodeState.PRINTED: {CodeState.HUNG, CodeState.DAMAGED, CodeState.REVOKED, CodeState.REPLACED},
    CodeState.HUNG: {CodeState.DAMAGED, CodeState.REVOKED, CodeState.REPLACED},
    CodeState.DAMAGED: {CodeState.PRINTED, CodeState.HUNG, CodeState.REVOKED, CodeState.REPLACED},
    CodeState.REVOKED: set[CodeState](),
    CodeState.REPLACED: set[CodeState](),
}
"""What a code may become."""


class Meaning(StrEnum):
    """What a code that somebody scanned or typed turns out to be."""

    ACTIVE = "active"
    REVOKED = "revoked"
    REPLACED = "replaced"
    UNKNOWN = "unknown"
    MISTYPED = "mistyped"

    @property
    def label(self) -> str:
        return {
            Meaning.ACTIVE: N_("这张码能用"), Meaning.REVOKED: N_("这张码已经停用了"),
            Meaning.REPLACED: N_("这张码已经换成新的了"), Meaning.UNKNOWN: N_("没有登记过这张码"),
            Meaning.MISTYPED: N_("码输得不对，请对着门牌再看一遍"),
        }[self]


@dataclass(frozen=True)
class Found:
    """A token as it was understood, and what the register knows of it."""

    meaning: Meaning
    token: str
    """Twelve characters; empty where what was typed can't be a token at all."""
    code: DoorCode | None = None

    @property
    def household(self) -> Household | None:
        """Whose door it is; an ended code names nobody's."""
        return self.code.household if self.code and self.meaning is Meaning.ACTIVE else None

    @property
    def area(self) -> Area | None:
        """The household's micro-grid; of an ended code the village; None where none is known."""
        if self.code is None:
            return None
        return self.household.microgrid if self.household else self.code.village

    @property
    def tail(self) -> str:
        """The last four characters, to compare with the plate."""
        return tokens.tail(self.token)


def resolve(text: str) -> Found:
    """What a scanned or typed code means. Never refuses."""
    token = tokens.normalise(text)
    if token is None or not tokens.is_valid(token):
        return Found(Meaning.MISTYPED, token or "")
    code = db.session.scalar(select(DoorCode).where(DoorCode.token == token))
    if code is None:
        return Found(Meaning.UNKNOWN, token)
    if code.is_active:
        return Found(Meaning.ACTIVE, token, code)
    return Found(Meaning.REPLACED if code.replaced_by_id else Meaning.REVOKED, token, code)


def issue(area: Area, *, by: Person | None = None, progress: Callable[[int], object] = lambda done: None) -> int:
    """One active code for each household below the area that has none; how many were issued.

    `progress` is told how many were added with each step.
    """
    area_code, actor_id = area.code, by.id if by else None
    db.write()
    bare = db.session.execute(
        select(Household.id, Household.village_code)
        .outerjoin(DoorCode, (DoorCode.household_id == Household.id) & DoorCode.ended_at.is_(None))
        .where(access.within(Household.microgrid_code, area_code), DoorCode.id.is_(None))
        .order_by(Household.microgrid_code, Household.id)
    ).all()
    for first in range(0, len(bare), ISSUED_AT_ONCE):
        some = bare[first:first + ISSUED_AT_ONCE]
        rows = [
            {"token": token, "village_code": village, "household_id": household, "state": CodeState.ISSUED,
             "issued_at": clock.now(), "reason": ""}
            for (household, village), token in zip(some, _new_tokens(len(some)), strict=True)
        ]
        db.session.execute(insert(DoorCode), rows)
        progress(len(rows))
    if bare:
        leave_event(actor_id, area_code, state=CodeState.ISSUED, count=len(bare))
    return len(bare)


def revoke(token: str, *, reason: str, by: Person | None = None) -> DoorCode:
    """Ends a code for good; whoever scans it is told, and can still speak to the village."""
    actor_id = by.id if by else None
    db.write()
    code = _registered(token)
    reason = reason.strip()
    if not reason:
        raise Refusal(N_("停用一张码要写明原因。"), field="reason")
    _end(code, CodeState.REVOKED, reason=reason)
    leave_event(actor_id, code.village_code, state=code.state, tail=tokens.tail(code.token))
    return code


def reissue(token: str, *, by: Person | None = None) -> DoorCode:
    """A new code for the household of an old one, which ends (or has ended); the new one."""
    actor_id = by.id if by else None
    db.write()
    old = _registered(token)
    if old.household_id is None:
        raise Refusal(N_("这张码没有对应的户，不能换新。"))
    if old.replaced_by_id is not None or not (old.is_active or _is_bare(old.household_id)):
        raise Refusal(N_("这一户已经有新码了。"))
    if old.is_active:
        _end(old, CodeState.REPLACED)
    new = DoorCode(token=_new_tokens(1)[0], village_code=old.village_code, household_id=old.household_id,
                   state=CodeState.ISSUED, issued_at=clock.now())
    db.session.add(new)
    db.session.flush()
    old.replaced_by_id = new.id
    db.session.flush()
    leave_event(actor_id, old.village_code, state=CodeState.REPLACED, tail=tokens.tail(old.token),
                 new_tail=tokens.tail(new.token))
    return new


def hang(code: DoorCode) -> None:
    """Somebody saw it on its door. A code that hangs already stays as it is."""
    if code.state is not CodeState.HUNG:
        move(code, CodeState.HUNG)
        code.hung_at = clock.now()


def damage(code: DoorCode) -> None:
    """Somebody says it can hardly be read; it still answers, and is due for printing again."""
    if code.state is not CodeState.DAMAGED:
        move(code, CodeState.DAMAGED)


def move(code: DoorCode, state: CodeState) -> None:
    """The only writer of a single code's state. Refuses what its life does not allow."""
    if state not in LIFE[code.state]:
        raise Refusal(N_("这张码现在是“{now}”，不能改成“{wanted}”。"), now=code.state.label, wanted=state.label)
    code.state = state


def _end(code: DoorCode, state: CodeState, *, reason: str = "") -> None:
    move(code, state)
    code.ended_at, code.reason = clock.now(), reason[:200]
    db.session.flush()


def _registered(token: str) -> DoorCode:
    """The row of a token, locked where the database locks rows."""
    known = tokens.normalise(token) or ""
    code = db.session.scalar(select(DoorCode).where(DoorCode.token == known).with_for_update())
    if code is None:
        raise Missing(N_("没有登记过这张码：{token}"), token=token)
    return code


def _is_bare(household_id: int) -> bool:
    active = select(DoorCode.id).where(DoorCode.household_id == household_id, DoorCode.ended_at.is_(None))
    return db.session.scalar(active) is None


def _new_tokens(count: int) -> list[str]:
    """So many tokens that the register has never seen."""
    drawn: set[str] = set()
    while len(drawn) < count:
        fresh = {tokens.new() for _ in range(count - len(drawn))}
        drawn |= fresh - set(db.session.scalars(select(DoorCode.token).where(DoorCode.token.in_(fresh))))
    return list(drawn)


def leave_event(actor_id: int | None, subject: str, **facts: object) -> None:
    """What was done to codes, for the auditor: never a whole token."""
    db.session.add(StaffEvent(at=clock.now(), actor_id=actor_id, act=StaffAct.CODE, subject=subject, facts=facts))
    db.session.flush()
