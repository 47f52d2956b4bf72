"""待导入的文件: kept here, sealed, between the dry run and the import; the browser holds only a random name.

A file opens only for the person who brought it, for an hour; what nobody came back for goes with the next one.
"""

import json
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from feedback import clock, roster, sealing
from feedback.errors import Refusal
from feedback.models.people import Person
from feedback.words import N_

MOST_BYTES = 10 * 1024 * 1024
KEPT = timedelta(hours=1)
_LETTERS = frozenset("0123456789abcdef")
_NAME_LENGTH = 32


@dataclass(frozen=True)
class Upload:
    """A file somebody handed in."""

    kind: roster.Kind
    file_name: str
    data: bytes


def keep(folder: Path, by: Person, upload: Upload) -> str:
    """Keeps the file and returns the name under which the same person finds it again."""
    if len(upload.data) > MOST_BYTES:
        raise Refusal(N_("文件太大，最多 {limit} MB，请分成几份"), field="file", limit=MOST_BYTES // 1024 // 1024)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in _stale(folder):
        old.unlink(missing_ok=True)
    name = secrets.token_hex(_NAME_LENGTH // 2)
    plain = json.dumps({
        "kind": upload.kind.value, "file_name": upload.file_name[-120:], "at": clock.now().isoformat(),
        "data": b64encode(upload.data).decode(),
    }).encode()
    sealed = sealing.seal(_key(), plain, "upload", name, by.id)
    handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(sealed)
    return name


def find(folder: Path, by: Person, name: str) -> Upload:
    """The file kept under that name for this person. Raises Refusal when it is not there, or no longer."""
    gone = Refusal(N_("这份文件不在了（只留一个小时），请重新选一次。"))
    if len(name) != _NAME_LENGTH or not set(name) <= _LETTERS:
        raise gone
    try:
        plain = sealing.unseal(_key(), (folder / name).read_bytes(), "upload", name, by.id)
    except (FileNotFoundError, sealing.Unsealable):
        raise gone from None
    kept = json.loads(plain)
    if clock.now() - datetime.fromisoformat(kept["at"]) > KEPT:
        raise gone
    return Upload(roster.Kind(kept["kind"]), kept["file_name"], b64decode(kept["data"]))


def forget(folder: Path, by: Person, name: str) -> None:
    """The file is done with."""
    find(folder, by, name)
    (folder / name).unlink(missing_ok=True)


def _stale(folder: Path) -> Iterator[Path]:
    before = (clock.now() - KEPT).timestamp()
    return (path for path in folder.iterdir() if path.is_file() and path.stat().st_mtime < before)


def _key() -> bytes:
    return sealing.derive(sealing.keys().data_key, "uploads")
