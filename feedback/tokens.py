"""门码: the twelve characters on a plate, eleven at random and one that catches a slip of pen or thumb.

The alphabet is Crockford's base32 (no I, L, O, U). Each character is an element of GF(32), polynomial
x⁵+x²+1; a token is valid when the sum of character × αⁱ over its places i is zero. All twelve factors are
different and none is zero, so one wrong character, or any two that changed places, is always noticed.
"""

import secrets
import unicodedata
from collections.abc import Sequence

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
TAIL = 4

_FIELD = 32
_POLYNOMIAL = 0b100101
_LOOKALIKES = {"O": "0", "I": "1", "L": "1"}
_DASHES = "-‐‑‒–—―−_·.．"
_VALUE = {character: value for value, character in enumerate(ALPHABET)}


def new() -> str:
    """A random token: 55 random bits and its check character; nothing in it speaks of a house."""
    values = [secrets.randbelow(_FIELD) for _ in range(LENGTH - 1)]
    return "".join(ALPHABET[value] for value in [*values, _check(values)])


def normalise(text: str) -> str | None:
    """The token a person meant: any case and width, O as 0, I and L as 1, without spaces and dashes.

    None when it has not twelve characters of the alphabet. Does not look at the check character.
    """
    plain = unicodedata.normalize("NFKC", text).upper()
    kept = [_LOOKALIKES.get(each, each) for each in plain if not each.isspace() and each not in _DASHES]
    if len(kept) != LENGTH or any(each not in _VALUE for each in kept):
        return None
    return "".join(kept)


def is_valid(token: str) -> bool:
    """Whether a normalised token has the right length, alphabet and check character."""
    if len(token) != LENGTH or any(each not in _VALUE for each in token):
        return False
    values = [_VALUE[each] for each in token]
    return _check(values[:-1]) == values[-1]


def tail(token: str) -> str:
    """The last four characters: enough to compare with the plate in one's hand, too few to open a door."""
    return token[-TAIL:]


def grouped(token: str) -> str:
    """Three groups of four, as the plate prints them."""
    return " ".join(token[start:start + TAIL] for start in range(0, LENGTH, TAIL))


def _powers() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """αⁱ for i = 0…30, and its inverse: the exponent of each element but zero."""
    exponentials, logarithms, element = [], [0] * _FIELD, 1
    for exponent in range(_FIELD - 1):
        exponentials.append(element)
        logarithms[element] = exponent
        element <<= 1
        if element & _FIELD:
            element ^= _POLYNOMIAL
    return tuple(exponentials), tuple(logarithms)


_EXP, _LOG = _powers()


def _check(values: Sequence[int]) -> int:
    """The value of the last place (factor α⁰) that makes the weighted sum zero; the first has α¹¹."""
    total = 0
    for place, value in enumerate(values):
        if value:
            total ^= _EXP[(_LOG[value] + LENGTH - 1 - place) % (_FIELD - 1)]
    return total
