"""密码: kept as Argon2id only; a first password opens nothing but the page that changes it.

Hashing takes some 20 ms: it comes before `db.write()`, so that nobody waits for it.
"""

import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from feedback import db
from feedback.errors import Refusal
from feedback.identity import devices, trail
from feedback.models.people import Person, SignIn
from feedback.models.records import StaffAct
from feedback.words import N_

SHORTEST, LONGEST = 8, 128
"""Characters of a password somebody chooses (NIST SP 800-63B: at least 8, no rules about signs)."""
FEWEST_DIFFERENT = 4

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are taken for one another on paper."""
GROUPS, GROUP_LENGTH = 3, 4

RUNS = ("01234567890", "9876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
COMMON = frozenset({
    "password", "password1", "password123", "passw0rd", "admin123", "admin888", "iloveyou", "woaini1314", "woaini520",
    "a1234567", "a12345678", "a123456789", "aa123456", "aa123456789", "abc12345", "abc123456", "q1w2e3r4", "1q2w3e4r",
    "1qaz2wsx", "qq123456", "123qweasd", "qwe123456", "asd123456", "zxc123456", "5201314520", "11223344", "88888888",
})
"""Those everybody tries first; NIST asks for such a list rather than for odd signs."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""Argon2id as OWASP's cheat sheet has it: 19 MiB, two passes."""
_nobody = _hasher.hash(secrets.token_hex(16))


class Slip(NamedTuple):
    """What one person is handed on paper."""

    username: str
    name: str
    place: str
    password: str


def new_first() -> str:
    """A first password of about 59 random bits that can be read out over the telephone."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))


def hash_of(password: str) -> str:
    return _hasher.hash(password)


def hashes(passwords: Sequence[str]) -> list[str]:
    """The hash of each, on two cores (hundreds are made in one import)."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(hash_of, passwords))


def is_right(person: Person | None, password: str) -> bool:
    """Whether it is the person's; takes as long for somebody who does not exist."""
    kept = person.password_hash if person is not None and person.is_active else None
    try:
        _hasher.verify(kept or _nobody, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def trouble_with(password: str, person: Person) -> str | None:
    """Why this can't be the person's password, as a sentence; None where it can."""
    plain = password.lower()
    if len(password) < SHORTEST:
        return N_("至少 8 位。几个字的拼音连起来就好记")
    if len(password) > LONGEST:
        return N_("太长了，最多 128 位")
    own = [piece for piece in (person.username.lower(), person.phone, person.phone[-8:]) if len(piece) >= SHORTEST]
    if plain == person.username.lower() or any(piece in plain for piece in own):
        return N_("不要用自己的账号或电话，别人最先试这个")
    if len(set(plain)) < FEWEST_DIFFERENT or plain in COMMON or any(plain in run for run in RUNS):
        return N_("这个太常见，一试就中。换一个")
    return None


def choose(person: Person, password: str, *, at: SignIn) -> None:
    """The person's own new password; every other device is signed out. Raises Refusal for a poor one."""
    if trouble := trouble_with(password, person):
        raise Refusal(trouble, field="new_password")
    if is_right(person, password):
        raise Refusal(N_("和原来的一样。换一个新的"), field="new_password")
    kept = hash_of(password)
    db.write()
    person.password_hash, person.must_change_password = kept, False
    devices.end_all(person, but=at)
    trail.leave(StaffAct.PASSWORD, person, subject=person.username, how="changed")


def give_first(person: Person, *, by: Person | None) -> str:
    """A first password instead of whatever there was; signs out every device. `by` is None on the command line."""
    password = new_first()
    kept = hash_of(password)
    db.write()
    person.password_hash, person.must_change_password = kept, True
    devices.end_all(person)
    trail.leave(StaffAct.PASSWORD, by, subject=person.username, how="first")
    return password
