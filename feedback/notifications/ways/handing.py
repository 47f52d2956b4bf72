"""交出: the instant from which on a message may have arrived, and before which nobody waits for it in vain.

A name that is looked up, a handshake and a greeting are no message yet. Whoever is left waiting there for too long
surely sent nothing; from the handing over on nobody can know.
"""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar

from feedback.notifications.ways.faults import UNREACHED, Failed


class Turn:
    """One message's turn: it is handed over while somebody waits for that, or not at all."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_over = False
        self._is_handed_over = False
        self._cut: Callable[[], object] | None = None

    def connected(self, cut: Callable[[], object]) -> None:
        """`cut` ends the connection from outside, whatever it is doing."""
        with self._guard:
            self._cut = cut
            is_over = self._is_over
        if is_over:
            cut()

    def hand_over(self) -> None:
        """From here on the other side may have it. Raises Failed where nobody waits any more."""
        with self._guard:
            if self._is_over:
                raise Failed(UNREACHED)
            self._is_handed_over = True

    def end(self) -> bool:
        """Nobody waits any more, and the connection is cut, so that nothing of it stays behind; whether the other side
        may have the message."""
        with self._guard:
            self._is_over = True
            cut, is_handed_over = self._cut, self._is_handed_over
        if cut is not None:
            cut()
        return is_handed_over


_turn: ContextVar[Turn | None] = ContextVar("turn", default=None)


def use(turn: Turn) -> None:
    """The turn of whatever this thread sends."""
    _turn.set(turn)


def through(connected: socket.socket | None) -> None:
    """A way says by which socket it speaks to the other side, as soon as it has one."""
    turn = _turn.get()
    if turn is not None and connected is not None:
        turn.connected(lambda: _cut(connected))


def _cut(connected: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


def begin() -> None:
    """A way says this right before the message itself leaves."""
    turn = _turn.get()
    if turn is not None:
        turn.hand_over()
