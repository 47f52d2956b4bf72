"""相册: the sealed files of photos, each written whole or not at all, in a folder for each day.

A file's name is an HMAC; what is in it is sealed before it comes here. Files are written before the row that
names them is committed, and removed after the commit that forgets them: a row always finds its file. What a
crash left without a row is nobody's, sealed under a key nobody kept, and is swept two days later.
"""

import errno
import os
import re
import secrets
import shutil
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from feedback import clock, db
from feedback.errors import Busy
from feedback.words import N_

NAME = re.compile(r"[0-9a-f]{64}")
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}

_folder = Path("data") / "photos"


def keep_in(data_dir: Path) -> None:
    """Sets the folder of this process, once at start-up."""
    global _folder
    _folder = data_dir / "photos"


def place(name: str, at: datetime) -> Path:
    """Where the photo taken in at that instant lies: photos/2026-11-19/<name>."""
    if not NAME.fullmatch(name):
        raise ValueError("a photo's name is 64 hex digits")
    return _folder / clock.local(at).date().isoformat() / name


def store(name: str, at: datetime, sealed: bytes) -> None:
    """Writes the file whole: a temporary one, to the disk, then under its name. Raises Busy when the disk is full."""
    target = place(name, at)
    unfinished = target.with_name(f"{secrets.token_hex(8)}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(unfinished, sealed)
        os.replace(unfinished, target)
        _settle(target.parent)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        if error.errno in NO_ROOM:
            raise Busy(N_("存照片的地方满了，这张照片没有收下。您写的字都在。"), field="photos") from error
        raise


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _settle(folder: Path) -> None:
    """Makes the names in the folder as lasting as the files."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def load(name: str, at: datetime) -> bytes | None:
    """The sealed file; None where it is gone."""
    try:
        return place(name, at).read_bytes()
    except FileNotFoundError:
        return None


# ---------------------------------------------------------------- forgetting


def remove_after_commit(photos: Iterable[tuple[str, datetime]]) -> None:
    """Removes the files once this transaction is committed; not if it is rolled back."""
    paths = [place(name, at) for name, at in photos]
    db.session().info.setdefault("photos to remove", []).extend(paths)


@event.listens_for(db.BoundSession, "after_commit")
def _remove(session: Session) -> None:
    for path in session.info.pop("photos to remove", []):
        path.unlink(missing_ok=True)


@event.listens_for(db.BoundSession, "after_soft_rollback")
def _keep(session: Session, ended: SessionTransaction) -> None:
    session.info.pop("photos to remove", None)


def days() -> Iterator[date]:
    """The days that have a folder, oldest first."""
    if not _folder.exists():
        return
    for folder in sorted(_folder.iterdir()):
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", folder.name):
            yield date.fromisoformat(folder.name)


def names_of(day: date) -> list[str]:
    """The names in a day's folder."""
    return sorted(path.name for path in (_folder / day.isoformat()).iterdir() if NAME.fullmatch(path.name))


def sweep(day: date, kept: Collection[str]) -> int:
    """Removes from a day's folder what is not among `kept`; how many files went."""
    strangers = [path for path in (_folder / day.isoformat()).iterdir() if path.name not in kept]
    for path in strangers:
        path.unlink(missing_ok=True)
    if not kept:
        shutil.rmtree(_folder / day.isoformat(), ignore_errors=True)
    return len(strangers)
