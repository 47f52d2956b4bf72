"""交出: the instant from which on a message may have arrived, and before which nobody waits for it in vain.

A name that is looked up, a handshake and a greeting are no message yet. Whoever is left waiting there for too long
surely sent nothing; from the handing over on nobody can know.
"""

import threading
from contextvars import ContextVar

from feedback.notifications.ways.faults import UNREACHED, Failed


class Turn:
    """One message's turn: it is handed over while somebody waits for that, or not at all."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_over = False
        self._is_handed_over = False

    def hand_over(self) -> None:
        """From here on the other side may have it. Raises Failed where nobody waits any more."""
        with self._guard:
            if self._is_over:
                raise Failed(UNREACHED)
            self._is_handed_over = True

    def end(self) -> bool:
        """Nobody waits any more; whether the other side may have it."""
        with self._guard:
            self._is_over = True
            return self._is_handed_over


_turn: ContextVar[Turn | None] = ContextVar("turn", default=None)


def use(turn: Turn) -> None:
    """The turn of whatever this thread sends."""
    _turn.set(turn)


def begin() -> None:
    """A way says this right before the message itself leaves."""
    turn = _turn.get()
    if turn is not None:
        turn.hand_over()
