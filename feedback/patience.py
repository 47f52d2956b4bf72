"""耐心: how long PostgreSQL may keep anybody waiting, and what is said when that is over.

A page gets seconds: for one question, for a row that another is changing, for a connection. What nobody waits
for at a screen (the timer, commands, migrations, exports) is `unhurried`. Whatever strikes, the transaction is
rolled back and whoever sent it is told so in a sentence; nothing is half written. SQLite has one fair turn to
write instead (`db.write`), and no server that could go away.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, PoolProxiedConnection, QueuePool, event, exc

from feedback.errors import Busy
from feedback.words import N_

RECYCLE = 1800
"""Seconds after which a connection is opened anew, before a firewall forgets it."""
TO_CONNECT = 10
"""Seconds for reaching the server, and for a connection to be given back by another thread."""

CROWDED = N_("现在人多，请过一会儿再按一次。您写的都还在。")
TOO_LONG = N_("这一步要算的太多，先停下了，什么都没有改。请把日子选短一些，或者过一会儿再试。")
HELD = N_("有人正在改同一件，刚才这一步没有记下。您写的都还在，请过一会儿再按一次。")
IDLE = N_("这一步中间停得太久，没有记下。您写的都还在，请再按一次。")
GONE = N_("存东西的地方一时连不上，刚才这一步可能没有记下。您写的都还在，请过一会儿再按一次。")

SENTENCES = {
    "57014": TOO_LONG,  # query_canceled: the statement timeout
    "55P03": HELD,  # lock_not_available
    "40P01": HELD,  # deadlock_detected
    "25P03": IDLE,  # idle_in_transaction_session_timeout
}
TIMEOUTS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")

_unhurried: ContextVar[int | None] = ContextVar("unhurried", default=None)
"""In a block of `unhurried`: the seconds it waits for a lock."""


@dataclass(frozen=True)
class Limits:
    """What one process may ask of the server: connections at most, and seconds of waiting for a page."""

    connections: int = 20
    statement: int = 15
    lock: int = 10
    idle: int = 60

    @property
    def timeouts(self) -> dict[str, int]:
        """PostgreSQL's settings, in seconds."""
        return dict(zip(TIMEOUTS, (self.statement, self.lock, self.idle), strict=True))


class Pool(QueuePool):
    """Connections at most so many; whoever gets none in time is told that it is crowded."""

    def connect(self) -> PoolProxiedConnection:
        try:
            return super().connect()
        except exc.TimeoutError as error:
            raise Busy(CROWDED) from error


def of_pool(limits: Limits) -> dict[str, Any]:
    """What `create_engine` is told: a connection that a restarted server closed is noticed before it is used."""
    return {
        "poolclass": Pool, "pool_size": limits.connections, "max_overflow": 0, "pool_timeout": TO_CONNECT,
        "pool_pre_ping": True, "pool_recycle": RECYCLE, "pool_use_lifo": True,
        "connect_args": {"connect_timeout": TO_CONNECT},
    }


def teach(engine: Engine, limits: Limits) -> None:
    """Every connection of the engine keeps to the limits; transactions begun `unhurried` do not."""
    hurried = "; ".join(f"SET {name} = '{seconds}s'" for name, seconds in limits.timeouts.items())

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, record: Any) -> None:
        connection.execute(hurried)
        connection.commit()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        lock = _unhurried.get()
        if lock is not None:
            connection.exec_driver_sql("; ".join(
                f"SET LOCAL {name} = '{seconds}s'" for name, seconds in Limits(0, 0, lock, 0).timeouts.items()
            ))


@contextmanager
def unhurried(*, lock: int = 0) -> Iterator[None]:
    """Transactions begun in the block may take as long as they need; for a lock they wait so many seconds (0: on)."""
    before = _unhurried.set(lock)
    try:
        yield
    finally:
        _unhurried.reset(before)


def sentence_of(error: BaseException | None, *, is_gone: bool) -> str | None:
    """What is said where this error of the driver is one of waiting, or the server is gone; None of all others."""
    known = SENTENCES.get(getattr(error, "sqlstate", None) or "")
    return known or (GONE if is_gone else None)
