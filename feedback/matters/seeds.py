"""种子: the matters that come up in every village, with the words people use for them.

They name a matter in a text before a township has classified anything, and match its own categories by their names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Seed:
    """One matter: what offices call it, the first name first, and what people say."""

    names: tuple[str, ...]
    words: tuple[str, ...]


@cache
def seeds() -> Sequence[Seed]:
    """All of them, in the order of the file."""
    written = (resources.files("feedback") / "data" / "matters.txt").read_text("utf-8")
    found = []
    for line in written.splitlines():
        if line and not line.startswith("#"):
            names, words = line.split("|")
            found.append(Seed(tuple(names.split()), tuple(words.split())))
    return tuple(found)


@cache
def of(category: str) -> tuple[Seed, ...]:
    """The matters a township's category stands for, by its name: 社保医保 is 医保社保, 噪音和养犬 is two of them."""
    exact = tuple(seed for seed in seeds() if category in seed.names)
    return exact or tuple(seed for seed in seeds() if any(name in category for name in seed.names))


def words(category: str) -> tuple[str, ...]:
    """What people say when they mean the category; its own name first."""
    return (category, *dict.fromkeys(word for seed in of(category) for word in seed.words))


def named_in(text: str) -> frozenset[str]:
    """The matters whose words stand in the text."""
    return frozenset(seed.names[0] for seed in seeds() if any(word in text for word in seed.words))
