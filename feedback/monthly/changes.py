"""改了哪些数: every number of a report by where it stands, and which of them differ between two."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Where = tuple[str, ...]
Number = int | tuple[int, int]
"""A count, or a numerator with its denominator."""
COUNTED_IN = ("figures", "standing", "places", "kinds", "categories", "slowest")


class Change(NamedTuple):
    """One number: what it was, and what it is; None where it is in one of them alone."""

    where: Where
    old: Number | None
    new: Number | None


def numbers(content: Mapping[str, Any], *, by_place: bool = False) -> dict[Where, Number]:
    """Where each number stands → the number. Names and words are left out: they may change, and nothing with them.

    A category's numbers stand under its name, for it may have another place in the list next time; `by_place` under
    that place, for it may have another name, where the events are the same.
    """
    told = {part: content.get(part) for part in COUNTED_IN}
    if not by_place:
        told["categories"] = {one["name"]: {**one, "key": ""} for one in told["categories"] or ()}
    return dict(_within(told, ()))


def _within(value: Any, where: Where) -> Iterator[tuple[Where, Number]]:
    match value:
        case bool() | str() | None:
            return
        case int():
            yield where, value
        case {"n": int(n), "of": int(of), **rest} if not rest:
            yield where, (n, of)
        case dict():
            for key, inner in value.items():
                yield from _within(inner, (*where, key))
        case list():
            for inner in value:
                yield from _within(inner, (*where, str(inner["key"])))


def between(old: Mapping[str, Any], new: Mapping[str, Any], *, by_place: bool = False) -> list[Change]:
    """What differs, in the order in which the newer one tells it."""
    was, now = numbers(old, by_place=by_place), numbers(new, by_place=by_place)
    every = [*now, *(where for where in was if where not in now)]
    return [Change(where, was.get(where), now.get(where)) for where in every if was.get(where) != now.get(where)]
