"""放慢: what comes too often is slowed down, and nobody is ever locked out.

A leaky count for each key (an address, a door), in the memory of this process: nothing about anybody is
stored, and a restart forgets it. Under the free allowance nothing is felt. Above it each turn waits a little
longer, up to a few seconds, and a key has one turn at a time: whoever comes meanwhile is told to press
again, and keeps what was typed. So guessing costs the guesser its speed, and a villager who shares an
address with him still gets through.

With several serving processes each counts for itself; the allowance is then that many times as large.
"""

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from feedback.errors import Refusal
from feedback.words import N_

KEYS_KEPT = 50_000
"""So many keys are remembered; beyond that the one unseen for longest is forgotten (about 10 MB)."""


class TooFast(Refusal):
    """Another turn of the same key is still waiting; press again in so many seconds."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(N_("按得太快了，请过 {seconds} 秒再按一次。您写的都还在。"), seconds=seconds)
        self.seconds = seconds


@dataclass(frozen=True)
class Pace:
    """`free` turns at once cost nothing; each `leak` gives one back; a turn never waits longer than
    `longest` seconds, reached `free` turns above the allowance."""

    free: int
    leak: timedelta
    longest: float

    def wait(self, level: float) -> float:
        """Seconds a turn waits at this level."""
        return max(0.0, min(1.0, (level - self.free) / self.free)) * self.longest


@dataclass
class _Count:
    level: float
    seen: float
    is_busy: bool = False


class Brake:
    """Counts turns by key and slows down those that come too often. Safe under threads."""

    def __init__(
        self,
        pace: Pace,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.pace = pace
        self._monotonic = monotonic
        self._sleep = sleep
        self._guard = threading.Lock()
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def level(self, key: str) -> float:
        """How many turns of this key have not leaked away yet."""
        with self._guard:
            return self._count(key).level

    def is_over(self, key: str) -> bool:
        """Whether this key has used up its allowance."""
        return self.level(key) >= self.pace.free

    def add(self, key: str, turns: float = 1.0) -> None:
        """Counts a turn (for receipts and sign-in: a wrong one)."""
        with self._guard:
            count = self._count(key)
            count.level = min(count.level + turns, 4.0 * self.pace.free)

    def spend(self, key: str) -> None:
        """Counts a turn while the allowance lasts; TooFast, with the seconds until the next one, when it is used up.
        Nothing waits here: it is for machines, which can wait themselves."""
        with self._guard:
            count = self._count(key)
            over = count.level + 1 - self.pace.free
            if over > 0:
                raise TooFast(math.ceil(over * self.pace.leak.total_seconds()))
            count.level += 1

    def pause(self, key: str) -> None:
        """Waits as long as this key has to, unless another of its turns is waiting already. Never refuses."""
        with suppress(TooFast), self.turn(key):
            pass

    @contextmanager
    def turn(self, key: str) -> Iterator[None]:
        """Waits as long as this key has to, then lets it act; TooFast while another turn of it waits.

        Nothing is counted: the caller adds what should count.
        """
        with self._guard:
            count = self._count(key)
            wait = self.pace.wait(count.level)
            if wait and count.is_busy:
                raise TooFast(max(1, round(wait)))
            count.is_busy = count.is_busy or wait > 0
        try:
            if wait:
                self._sleep(wait)
            yield
        finally:
            if wait:
                with self._guard:
                    count.is_busy = False

    def _count(self, key: str) -> _Count:
        """The key's count as of now, moved to the end of the line of those to forget."""
        instant = self._monotonic()
        count = self._counts.pop(key, None) or _Count(0.0, instant)
        leaked = (instant - count.seen) / self.pace.leak.total_seconds()
        count.level, count.seen = max(0.0, count.level - leaked), instant
        self._counts[key] = count
        if len(self._counts) > KEYS_KEPT:
            self._counts.popitem(last=False)
        return count


def address(remote: str | None) -> str:
    """The key of an address: itself, or the /64 of an IPv6 one (a household has a whole /64)."""
    try:
        parsed = ipaddress.ip_address(remote or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


guesses = Brake(Pace(free=10, leak=timedelta(seconds=30), longest=3.0))
"""Wrong receipts, by address."""

tokens = Brake(Pace(free=10, leak=timedelta(seconds=30), longest=3.0))
"""Wrong tokens of machines, by address."""

filings = Brake(Pace(free=5, leak=timedelta(minutes=10), longest=3.0))
"""Filings, by door: above the allowance they are slowed and marked for checking, never refused."""
