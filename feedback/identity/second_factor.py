"""动态码: six digits from the person's phone, beside the password, for the township and above (RFC 6238).

The secret is kept sealed under the data key. A code is good once: the step it belongs to is remembered.
"""

import hmac

import pyotp

from feedback import access, clock, db, sealing
from feedback.identity import trail
from feedback.models.people import Person, Role
from feedback.models.records import StaffAct

ROLES = frozenset({Role.TOWNSHIP, Role.DISCIPLINE, Role.AUDITOR, Role.ADMIN})
"""Who needs one; a township's own teams count as the township."""
STEP = 30
"""Seconds a code lasts."""
SLACK = 1
"""Steps before and after that are taken too: clocks of phones differ."""
ISSUER = "户廉码"


def is_needed(person: Person) -> bool:
    return access.has_role(person, *ROLES)


def new_secret() -> str:
    """A fresh secret (base32, 160 bits)."""
    return pyotp.random_base32()


def enrol(person: Person, secret: str, *, by: Person | None = None) -> None:
    """Keeps the secret, sealed; codes of an earlier one are worth nothing from now on."""
    db.write()
    person.totp_secret = sealing.keys().seal_text(secret, "totp", person.id)
    person.totp_used_step = 0
    trail.leave(StaffAct.PASSWORD, by or person, subject=person.username, how="second factor")


def forget(person: Person, *, by: Person | None) -> None:
    """A lost phone: the person sets up a new one at the next sign-in."""
    db.write()
    person.totp_secret, person.totp_used_step = None, 0
    trail.leave(StaffAct.PASSWORD, by, subject=person.username, how="second factor lost")


def is_set_up(person: Person) -> bool:
    return person.totp_secret is not None


def address(person: Person, secret: str) -> str:
    """The otpauth address an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=person.username, issuer_name=ISSUER)


def code_now(person: Person) -> str:
    """The code of this very moment; only a demo shows it."""
    return code_of(_secret(person)) if is_set_up(person) else ""


def code_of(secret: str) -> str:
    """The code of this very moment for a secret that is not kept yet; only a demo shows it."""
    return _code(secret, _step())


def fits(secret: str, code: str) -> bool:
    """Whether the code belongs to a secret that is not kept yet."""
    return _matching_step(secret, code) is not None


def spend(person: Person, code: str) -> bool:
    """Whether the code is right and not used before; from now on it is used."""
    db.write()
    db.session.refresh(person, with_for_update=True)
    step = _matching_step(_secret(person), code) if is_set_up(person) else None
    if step is None or step <= person.totp_used_step:
        return False
    person.totp_used_step = step
    db.session.flush()
    return True


def _secret(person: Person) -> str:
    assert person.totp_secret is not None
    return sealing.keys().unseal_text(person.totp_secret, "totp", person.id)


def _step() -> int:
    return int(clock.now().timestamp()) // STEP


def _code(secret: str, step: int) -> str:
    return pyotp.TOTP(secret).at(step * STEP)


def _matching_step(secret: str, code: str) -> int | None:
    typed = "".join(code.split())
    steps = range(_step() - SLACK, _step() + SLACK + 1)
    return next((one for one in steps if hmac.compare_digest(_code(secret, one).encode(), typed.encode())), None)
