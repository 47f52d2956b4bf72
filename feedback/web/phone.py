"""记在这部手机: the cases she chose to remember on this phone, and the one she is looking at.

The list is sealed in a cookie and holds, of each, its kind, its day and the first twelve digits of its receipt:
the story opens only with the last four. What she looks at stays open for half an hour, so that its photos and the
large type need no receipt in an address.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Response, session

from feedback import clock, receipts, sealing
from feedback.models.cases import Case
from feedback.models.kinds import Kind
from feedback.web import safety

LIST = "mine"
MOST = 10
REMEMBERED_DAYS = 400
KEPT_DIGITS = receipts.DIGITS - receipts.GROUP
OPEN = "case"
OPEN_FOR = timedelta(minutes=30)


@dataclass(frozen=True)
class Remembered:
    """One line of the list."""

    digits: str
    """The first twelve of the receipt."""
    kind: Kind
    filed_on: date


def remembered() -> list[Remembered]:
    """The list on this phone, newest first; empty where it can't be read."""
    try:
        lines = json.loads(_unsealed(safety.read_cookie(LIST), LIST))
        return [Remembered(digits, Kind(kind), date.fromisoformat(day)) for digits, kind, day in lines]
    except (ValueError, TypeError):
        return []


def holds(digits: str) -> bool:
    return any(one.digits == digits[:KEPT_DIGITS] for one in remembered())


def remember(answer: Response, case: Case, digits: str) -> None:
    """Puts the case at the head of the list."""
    new = Remembered(digits[:KEPT_DIGITS], case.kind, clock.local(case.filed_at).date())
    _write(answer, [new, *(one for one in remembered() if one.digits != new.digits)][:MOST])


def forget(answer: Response, at: int) -> None:
    """Takes one line off the list."""
    lines = remembered()
    _write(answer, [one for place, one in enumerate(lines) if place != at])


def receipt_of(at: int, last_four: str) -> str:
    """The whole receipt of a line, with the four digits she gave; '' where there is no such line."""
    lines = remembered()
    return lines[at].digits + last_four if 0 <= at < len(lines) else ""


def open_case(digits: str) -> None:
    """She has shown the receipt: for half an hour this browser may look at the case."""
    session[OPEN] = _sealed(f"{digits} {int(clock.now().timestamp())}", OPEN)


def opened_digits() -> str:
    """The receipt of the case that is open in this browser; '' where none is, or no longer."""
    try:
        digits, since = _unsealed(session.get(OPEN, ""), OPEN).split()
        fresh = 0 <= clock.now().timestamp() - int(since) <= OPEN_FOR.total_seconds()
    except ValueError:
        return ""
    return digits if fresh else ""


def close_case() -> None:
    session.pop(OPEN, None)


def _write(answer: Response, lines: list[Remembered]) -> None:
    if not lines:
        safety.set_cookie(answer, LIST, "", days=0)
        return
    text = json.dumps([[one.digits, one.kind.value, one.filed_on.isoformat()] for one in lines])
    safety.set_cookie(answer, LIST, _sealed(text, LIST), days=REMEMBERED_DAYS)


def _sealed(text: str, label: str) -> str:
    sealed = sealing.seal(sealing.keys().form_key(f"phone {label}"), text.encode(), label)
    return base64.urlsafe_b64encode(sealed).decode("ascii")


def _unsealed(text: str, label: str) -> str:
    """What was sealed on this phone. Raises ValueError where it was not ours, or empty."""
    try:
        sealed = base64.b64decode(text, altchars=b"-_", validate=True)
        return sealing.unseal(sealing.keys().form_key(f"phone {label}"), sealed, label).decode()
    except (binascii.Error, sealing.Unsealable) as wrong:
        raise ValueError("not written by us") from wrong
