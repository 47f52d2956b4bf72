"""独占: one process at a time, by a file that the system lets go when the process ends, however it ends."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
