"""数据库: one session a thread, one fair write lock on SQLite, and instants that can't lose their zone.

A door reads freely; what changes anything first calls `write()`, and the door commits once. On SQLite
`write()` waits its turn in the process (several writers starve each other) and begins IMMEDIATE; on
PostgreSQL rows are locked where they are fetched, so it only notes that this transaction writes.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from types import ModuleType
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    String,
    TypeDecorator,
    create_engine,
    event,
    exc,
)
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.orm import DeclarativeBase, Session, scoped_session, sessionmaker

from feedback import patience
from feedback.errors import Busy, Conflict, Refusal
from feedback.words import N_

WRITE_PATIENCE = 20.0
"""Seconds a request waits for its turn to write before it is told to try again."""
DISK_FULL, NOT_UNIQUE = "53100", "23505"  # PostgreSQL's names for them

log = logging.getLogger(__name__)

E = TypeVar("E", bound=StrEnum)
R = TypeVar("R")

BigId = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    """All stored things; constraints are named so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime in and out; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Choice(TypeDecorator[E]):
    """A StrEnum stored by its value as text, so that a new member needs no migration."""

    impl = String(20)
    cache_ok = True

    def __init__(self, kind: type[E]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        return None if value is None else self.kind(value)


class Turns:
    """A lock that is given in the order it was asked for."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    def take(self, patience: float) -> bool:
        """True once it is this caller's turn; False after so many seconds of waiting."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(patience):
            return True
        with self._guard:
            if turn.is_set():
                return True
            self._waiting.remove(turn)
            return False

    def give(self) -> None:
        """Passes the turn to whoever has waited longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


class BoundSession(Session):
    """A session that gives its turn to write back whenever its transaction ends."""


_sessions: sessionmaker[BoundSession] = sessionmaker(class_=BoundSession, autoflush=True)
session: scoped_session[BoundSession] = scoped_session(_sessions)
_turns = Turns()
_engine: Engine | None = None


def connect(url: str, limits: patience.Limits | None = None) -> Engine:
    """Binds this process to a database (sqlite:///FILE or postgresql+psycopg://…) and returns its engine.

    What went into a statement is never part of an error's text: that would carry a door's code into the log.
    """
    global _engine, _turns
    disconnect()
    _turns = Turns()
    _engine = _sqlite(url) if url.startswith("sqlite") else _postgresql(url, limits or patience.Limits())
    event.listen(_engine, "handle_error", _say_what_is_wrong)
    _sessions.configure(bind=_engine)
    return _engine


def disconnect() -> None:
    """Ends this thread's session and closes every connection."""
    global _engine
    session.remove()
    bound: Engine | None = _sessions.kw.get("bind")
    if bound is not None:  # somebody may have asked it again since it was let go
        bound.dispose()
    _engine = None


def engine() -> Engine:
    """The engine this process is bound to."""
    if _engine is None:
        raise RuntimeError("no database: db.connect(url) comes first")
    return _engine


def is_sqlite() -> bool:
    return engine().dialect.name == "sqlite"


def sqlite_module() -> ModuleType:
    """Our own SQLite where its wheel fits; else Python's, whose WAL may be an old one."""
    try:
        import pysqlite3
    except ImportError:
        import sqlite3

        return sqlite3
    return pysqlite3  # type: ignore[no-any-return]


def journal_mode(module: ModuleType) -> str:
    """WAL needs SQLite 3.51.3: older ones can corrupt the file when two connections write and checkpoint."""
    return "WAL" if tuple(module.sqlite_version_info) >= (3, 51, 3) else "TRUNCATE"


def _sqlite(url: str) -> Engine:
    module = sqlite_module()
    arguments = {"timeout": WRITE_PATIENCE, "check_same_thread": False}
    made = create_engine(url, module=module, connect_args=arguments, hide_parameters=True)

    @event.listens_for(made, "connect")
    def set_up(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in (
            f"journal_mode={journal_mode(module)}",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",  # what is erased is overwritten, not only unlinked
            f"busy_timeout={int(WRITE_PATIENCE * 1000)}",
            "cache_size=-20000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(made, "begin")
    def begin(connection: Any) -> None:
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return made


def _postgresql(url: str, limits: patience.Limits) -> Engine:
    made = create_engine(url, hide_parameters=True, **patience.of_pool(limits))
    patience.teach(made, limits)
    return made


def _say_what_is_wrong(context: ExceptionContext) -> None:
    """A wait that is over, a server that is gone, a full disk, or a sign or number that fits no column is no fault of
    the program: whoever meets it is told, and nothing is half written."""
    original = context.original_exception
    if context.is_pre_ping:  # the pool opens another connection
        return
    if sentence := patience.sentence_of(original, is_gone=_is_gone(context)):
        log.warning("the database: %s", " ".join(str(original).split()))
        raise Busy(sentence) from original
    if isinstance(original, OverflowError) or isinstance(context.sqlalchemy_exception, exc.DataError):
        raise Refusal(N_("有一处太长、太大，或者有存不下的字。请改一改再送一次。")) from original
    state = getattr(original, "sqlstate", None)
    if state == NOT_UNIQUE or "UNIQUE constraint failed" in str(original):
        log.warning("the database: %s", str(original).splitlines()[0])
        raise Conflict(N_("就在刚才，别人做了同样的事，您这一步没有记下。请看一眼现在是什么样。")) from original
    if state == DISK_FULL or "disk is full" in str(original):
        raise Busy(N_("存东西的地方满了，刚才这一步没有记下。您写的都还在，请过一会儿再按一次。")) from original


def _is_gone(context: ExceptionContext) -> bool:
    """Whether the server went away, or could not be reached at all: then there is neither connection nor name."""
    is_unreached = context.connection is None and isinstance(context.sqlalchemy_exception, exc.OperationalError)
    return context.is_disconnect or (is_unreached and context.dialect.name == "postgresql")


def snapshot() -> None:
    """From here to its end this transaction reads the database as it stood at its first question, whatever others write
    meanwhile, and holds nobody up. What was read before is read again."""
    session.rollback()
    if not is_sqlite():  # there a transaction that reads is one already
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def write() -> None:
    """From here to its end this transaction may write. Idempotent; call it before anything is changed.

    On SQLite what was read before is read again: somebody may have written while we waited for our turn.
    """
    held = session()
    if held.info.get("writing"):
        return
    if held.new or held.dirty or held.deleted:
        raise RuntimeError("db.write() comes before the first change")
    if not is_sqlite():
        held.info["writing"] = True
        return
    held.rollback()
    if not _turns.take(WRITE_PATIENCE):
        raise Busy(patience.CROWDED)
    held.info.update(writing=True, turn=_turns)
    try:
        held.connection(execution_options={"writing": True})
    except exc.OperationalError as error:
        held.rollback()
        raise Busy(patience.CROWDED) from error
    except BaseException:
        held.rollback()
        raise


def is_writing() -> bool:
    """Whether this transaction has its turn to write."""
    return bool(session().info.get("writing"))


@event.listens_for(BoundSession, "after_transaction_end")
def _give_turn_back(ended: Session, transaction: Any) -> None:
    if transaction.parent is not None:
        return
    ended.info.pop("writing", None)
    turns = ended.info.pop("turn", None)
    if turns is not None:
        turns.give()


def in_turn(step: Callable[[], R]) -> R:
    """Runs one step as a transaction of its own: commits what it did, or rolls all of it back."""
    write()
    try:
        result = step()
        session.commit()
    except BaseException:
        session.rollback()
        raise
    return result
