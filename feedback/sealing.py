"""密封: every personal word is stored only under a key of its own case, and that key only under the data key.

Two secrets come from the configuration: the *data key* (32 bytes, outlives everything, goes with the
backup's owner) and the *secret key* (cookies and forms, may be changed any day). From them HKDF-SHA256
derives one key for each purpose, each with its own label, so that no purpose can be played against another.

Sealing is AES-256-GCM with a random 96-bit nonce. What is sealed is bound to its place (case, content,
field) as associated data: a sealed value moved to another row does not open. A case key that is gone
takes everything sealed under it along; that is what erasing means.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
FINGERPRINT_BYTES = 4
SEALED = b"\x01"  # first byte of everything sealed: the format, so that it can change one day


class Unsealable(Exception):
    """The bytes were changed, moved to another place, or sealed under another key."""


class WrongDataKey(Unsealable):
    """The case key was wrapped by another HLM_DATA_KEY than the one in use."""


def new_case_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def derive(key: bytes, label: str) -> bytes:
    """A 32-byte key for one purpose (RFC 5869; no salt, the secrets are random and long)."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"hulianma " + label.encode()).derive(key)


def mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, hashlib.sha256)


def place_of(parts: tuple[str | int, ...]) -> bytes:
    """Associated data: each part with its length before it, so that no two places read the same."""
    encoded = [str(part).encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def seal(key: bytes, plain: bytes, *place: str | int) -> bytes:
    """`plain` sealed for this place: format byte, nonce, ciphertext and tag (29 bytes longer)."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return SEALED + nonce + AESGCM(key).encrypt(nonce, plain, place_of(place))


def unseal(key: bytes, sealed: bytes, *place: str | int) -> bytes:
    """What was sealed for this very place; Unsealable when anything about it differs."""
    head, nonce, body = sealed[:1], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    if head != SEALED or len(body) < TAG_BYTES:
        raise Unsealable
    try:
        return AESGCM(key).decrypt(nonce, body, place_of(place))
    except InvalidTag as wrong:
        raise Unsealable from wrong


def photo_name(case_key: bytes, uploaded: bytes) -> str:
    """The name of a photo: an HMAC of the bytes that came in, under its case's key (64 hex digits).

    The same photo sent twice on one form has one name; across cases nothing can be compared.
    """
    return mac(derive(case_key, "photo name"), uploaded).hex()


@dataclass(frozen=True)
class Keys:
    """The two secrets of this installation, and the keys made from them."""

    data_key: bytes = field(repr=False)
    secret_key: str = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.data_key) != KEY_BYTES:
            raise ValueError("the data key has 32 bytes")

    @cached_property
    def _wrapping(self) -> bytes:
        return derive(self.data_key, "case keys")

    @cached_property
    def _receipts(self) -> bytes:
        return derive(self.data_key, "receipts")

    @cached_property
    def _forms(self) -> bytes:
        return derive(self.secret_key.encode(), "forms")

    @cached_property
    def fingerprint(self) -> bytes:
        """Four bytes that tell one data key from another and say nothing about it."""
        return derive(self.data_key, "fingerprint")[:FINGERPRINT_BYTES]

    @cached_property
    def _register(self) -> bytes:
        return derive(self.data_key, "register")

    @cached_property
    def _pseudonyms(self) -> bytes:
        return derive(self.data_key, "pseudonyms")

    def pseudonym(self, reader: bytes, subject: str) -> str:
        """A name (16 hex digits) under which one reader knows a subject; no other reader knows it by that."""
        return mac(mac(self._pseudonyms, reader), subject.encode()).hex()[:16]

    def wrap(self, case_key: bytes, *place: str | int) -> bytes:
        return self.fingerprint + seal(self._wrapping, case_key, "case key", *place)

    def unwrap(self, wrapped: bytes, *place: str | int) -> bytes:
        if wrapped[:FINGERPRINT_BYTES] != self.fingerprint:
            raise WrongDataKey
        return unseal(self._wrapping, wrapped[FINGERPRINT_BYTES:], "case key", *place)

    def seal_text(self, text: str, *place: str | int) -> bytes:
        """Personal data that belongs to no case (a householder's name, a second factor's secret)."""
        return seal(self._register, text.encode(), "register", *place)

    def unseal_text(self, sealed: bytes, *place: str | int) -> str:
        return unseal(self._register, sealed, "register", *place).decode()

    def receipt_digest(self, digits: str) -> bytes:
        """The only trace a receipt leaves in the database (32 bytes)."""
        return mac(self._receipts, digits.encode("ascii"))

    def form_key(self, door: str) -> bytes:
        """The key of the hidden field of forms shown at one door; a key for each door keeps the
        number of random nonces under one key small."""
        return mac(self._forms, door.encode())


_keys: Keys | None = None


def use(keys: Keys) -> None:
    """Sets the keys of this process, once at start-up."""
    global _keys
    _keys = keys


def keys() -> Keys:
    if _keys is None:
        raise RuntimeError("sealing.use() comes first: no keys were set")
    return _keys
