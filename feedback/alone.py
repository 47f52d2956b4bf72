"""独占: one process at a time, by a file that the system lets go when the process ends, however it ends; and one thread
of a process at a time, for what costs much and may be pressed by many."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feedback.errors import Busy


@contextmanager
def holding(file: Path) -> Iterator[bool]:
    """Whether nobody else, in this process or another, holds the file; if so it is held to the end of the block."""
    with file.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


class Turn:
    """Held by one thread of this process at a time. Whoever would wait longer than so many seconds is told so."""

    def __init__(self, patience: float, busy: str) -> None:
        self._lock, self._patience, self._busy = threading.Lock(), patience, busy

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Held to the end of the block. Raises Busy, with the sentence of this turn."""
        if not self._lock.acquire(timeout=self._patience):
            raise Busy(self._busy)
        try:
            yield
        finally:
            self._lock.release()
