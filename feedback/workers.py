"""人手: spreads work over processes and gives its results back in the order of the work.

A worker is a Python of its own that loads what its work needs, and nothing of the program it works for: no commands,
no database, no open files. Work reaches it through a pipe, and the pipe's end is its end, however its employer went.
It leaves Ctrl-C to that one, and what it prints goes to standard error.
"""

import os
import pickle
import signal
import subprocess
import sys
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any, Protocol, TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")

_ROOT = Path(__file__).parent.parent
_AHEAD = 3
"""Parts begun or waiting for each worker: enough to keep it busy, and bounded, so that memory is."""


class Spread(Protocol):
    """Does the same to each part of some work; what it does is a function of some module."""

    def __call__(self, do: Callable[[T], R], parts: Iterable[T], /) -> Iterator[R]: ...


class Lost(RuntimeError):
    """A worker died at its work: killed, or out of memory."""


@contextmanager
def workers(jobs: int) -> Generator[Spread]:
    """So many workers until the end of the block; with one job the work is done in this process.

    What goes wrong with a part is raised in its turn: as it was there, in words where it can't be had here, or as
    `Lost`.
    """
    if jobs <= 1:
        yield map
        return
    crew: list[_Worker] = []
    idle: SimpleQueue[_Worker] = SimpleQueue()

    def given(do: Callable[[T], R], part: T) -> R:
        worker = idle.get()
        try:
            return cast("R", worker.asked(do, part))
        finally:
            idle.put(worker)

    def spread(do: Callable[[T], R], parts: Iterable[T]) -> Iterator[R]:
        waiting: deque[Future[R]] = deque()
        for part in parts:
            waiting.append(pool.submit(given, do, part))
            if len(waiting) >= jobs * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    pool = ThreadPoolExecutor(jobs)
    try:
        for _ in range(jobs):
            crew.append(_Worker())
            idle.put(crew[-1])
        yield spread
    finally:
        for each in crew:
            each.dismissed()
        pool.shutdown(cancel_futures=True)
        for each in crew:
            each.forgotten()


class _Worker:
    """The pipes to one of them."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 our own module
            [sys.executable, "-s", "-P", "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(_ROOT), *filter(None, sys.path)])}, process_group=0,
        )

    def asked(self, do: Callable[[Any], Any], part: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = _packed((do, part))
        try:
            _send(asked, self._process.stdin)
            answer = pickle.load(self._process.stdout)  # noqa: S301 what our own worker wrote
        except (EOFError, BrokenPipeError, pickle.UnpicklingError) as end:
            raise Lost(f"a worker died ({self._process.wait()})") from end
        result, error = pickle.loads(answer)  # noqa: S301 the same
        if error is not None:
            raise error
        return result

    def dismissed(self) -> None:
        self._process.kill()
        self._process.wait()

    def forgotten(self) -> None:
        """Once nobody asks it any more."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):  # half a part may have been on its way
                pipe.close()


def _packed(what: object) -> bytes:
    return pickle.dumps(what, pickle.HIGHEST_PROTOCOL)


def _send(packed: bytes, pipe: IO[bytes]) -> None:
    """What can't be packed or unpacked so leaves nothing of itself in the pipe."""
    pickle.dump(packed, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def _answer(asked: bytes) -> bytes:
    """What came of a part, or went wrong with it."""
    try:
        do, part = pickle.loads(asked)  # noqa: S301 what our own employer wrote
        return _packed((do(part), None))
    except Exception as error:
        error.add_note(f"In a worker:\n{traceback.format_exc()}")
        try:
            packed = _packed((None, error))
            pickle.loads(packed)  # noqa: S301 whether it can be had back
        except Exception:
            return _packed((None, RuntimeError("".join(traceback.format_exception(error)))))
        return packed


def _work() -> None:
    """What a worker does all its life."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    aloud = sys.stderr or open(os.devnull, "w")  # noqa: SIM115 there is none where its employer has none
    os.dup2(aloud.fileno(), sys.stdout.fileno())
    while True:
        try:
            asked = pickle.load(sys.stdin.buffer)  # noqa: S301 what our own employer wrote
            _send(_answer(asked), answers)
        except (EOFError, BrokenPipeError):
            break
    os._exit(0)  # a proper end would have ZXing's binding list, aloud, what its threads still hold


if __name__ == "__main__":
    _work()
