"""人手: spreads work over processes and gives its results back in the order of the work.

A process is started afresh, never forked, and so knows nothing of threads, databases or open files. It leaves
Ctrl-C to the one that started it, and ends when that one is gone, however it went.
"""

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 3
"""Parts begun or waiting for each process: enough to keep it busy, and bounded, so that memory is."""


class Spread(Protocol):
    """Does the same to each part of some work."""

    def __call__(self, do: Callable[[T], R], parts: Iterable[T], /) -> Iterator[R]: ...


@contextmanager
def hands(jobs: int) -> Generator[Spread]:
    """So many processes until the end of the block; with one, the work is done in this one."""
    if jobs <= 1:
        yield map
        return
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=obey)

    def spread(do: Callable[[T], R], parts: Iterable[T]) -> Iterator[R]:
        waiting: deque[Future[R]] = deque()
        for part in parts:
            waiting.append(pool.submit(do, part))
            if len(waiting) >= jobs * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    try:
        yield spread
    finally:
        pool.shutdown(cancel_futures=True)


def obey() -> None:
    """Said in each new process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
