"""查询码: sixteen digits that are her way back to her case, and the mark of one form.

The server mints the digits with the form. In the form they travel sealed for the door they were minted at,
with the instant; in the database only their HMAC is kept; in an address or a log they never appear. A form
stays good for 24 hours; an older one is renewed with every word kept.
"""

import base64
import binascii
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from feedback import clock, sealing

DIGITS = 16
GROUP = 4
GOOD_FOR = timedelta(hours=24)
CLOCK_SKEW = timedelta(minutes=5)  # a form from a second server whose clock runs ahead a little
DIGIT_BYTES, INSTANT_BYTES = 7, 5
NOTHING_BUT_DIGITS = re.compile(rf"[0-9]{{{DIGITS}}}")
BETWEEN_DIGITS = "ZPC"  # what Unicode calls separators, punctuation, control and format characters


@dataclass(frozen=True)
class Form:
    """What the hidden field of a form says: the digits, and when they were minted."""

    digits: str
    minted_at: datetime

    @property
    def is_good(self) -> bool:
        return -CLOCK_SKEW <= clock.now() - self.minted_at < GOOD_FOR


def new_digits() -> str:
    """Sixteen random digits that were never given before, as far as chance goes (10^16)."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def mint(door: str) -> str:
    """The hidden field of a new form shown at this door (`door`: any text that names it)."""
    return field_for(new_digits(), door)


def field_for(digits: str, door: str) -> str:
    """The hidden field that carries these digits; 52 characters, opaque, good at this door only."""
    instant = int(clock.now().timestamp())
    plain = int(digits).to_bytes(DIGIT_BYTES, "big") + instant.to_bytes(INSTANT_BYTES, "big")
    sealed = sealing.seal(sealing.keys().form_key(door), plain, "form")
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii")


def opened(text: str, door: str) -> Form | None:
    """The form this hidden field belongs to; None when the server did not mint it for this door."""
    try:
        sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        plain = sealing.unseal(sealing.keys().form_key(door), sealed, "form")
    except (binascii.Error, ValueError, sealing.Unsealable):
        return None
    digits = f"{int.from_bytes(plain[:DIGIT_BYTES], 'big'):0{DIGITS}d}"
    return Form(digits, datetime.fromtimestamp(int.from_bytes(plain[DIGIT_BYTES:], "big"), UTC))


def parse(text: str) -> str | None:
    """The sixteen digits in what somebody typed or pasted: spaces, dashes and full-width digits are fine."""
    written = unicodedata.normalize("NFKC", text[:200])
    plain = "".join(sign for sign in written if unicodedata.category(sign)[0] not in BETWEEN_DIGITS)
    return plain if NOTHING_BUT_DIGITS.fullmatch(plain) else None


def groups(digits: str) -> list[str]:
    """4827 1905 3364 7718, as it is shown and read aloud."""
    return [digits[start : start + GROUP] for start in range(0, DIGITS, GROUP)]


def digest(digits: str) -> bytes:
    """What the database keeps instead of the digits."""
    return sealing.keys().receipt_digest(digits)
