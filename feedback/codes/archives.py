"""压缩包: the sheets of a run and the lines about them, as a ZIP with a folder for each village, made while it is sent.

Only a ready run leaves the house, and only while its files are what was checked.
"""

import io
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from feedback import clock
from feedback.codes import files, manifest, ready
from feedback.errors import Conflict, Missing
from feedback.models.places import Level
from feedback.models.prints import PrintRun, RunState
from feedback.words import N_

AT_ONCE = 1 << 18
"""Bytes."""
PACKED = frozenset({".svg", ".csv"})
"""What gets smaller; PDF and PNG are packed already."""


class _Sent(io.RawIOBase):
    """What was written since it was asked last; a ZIP that is never read back."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        part = bytes(content)  # type: ignore[call-overload]
        self.parts.append(part)
        return len(part)

    def taken(self) -> bytes:
        taken, self.parts = b"".join(self.parts), []
        return taken


def villages(run: PrintRun) -> dict[str, int]:
    """The villages a run has files of, and how many."""
    return {code: len(list(names)) for code, names in groupby(files.names(run), _village)}


def require_leave(run: PrintRun) -> None:
    """Raises Conflict where the run may not leave the house."""
    if run.removed_at is not None:
        raise Conflict(ready.GONE)
    if run.state is not RunState.READY:
        raise Conflict(N_("这一批还没有核对过，不能下载。"))
    if names := ready.standing(run):
        raise Conflict(ready.CHANGED, names="、".join(names[:5]))


def of(run: PrintRun, village_code: str = "") -> Iterator[bytes]:
    """The archive of one village, or of all. Raises Missing for a village the run has no files of."""
    require_leave(run)
    names = [name for name in files.names(run) if not village_code or _village(name) == village_code]
    if not names:
        raise Missing
    lines = {village: files.lines(run, village) for village in map(_village, names)}
    return _streamed(files.folder(run), names, lines, run.checked_at or clock.now())


def _village(name: str) -> str:
    """A file is named after the area it is about."""
    return name[:Level.VILLAGE.digits]


def _streamed(folder: Path, names: list[str], lines: dict[str, list[Path]], at: datetime) -> Iterator[bytes]:
    sent = _Sent()
    with ZipFile(sent, "w") as archive:
        for village, some in groupby(names, _village):
            for name in some:
                with archive.open(_entry(f"{village}/{name}", at), "w", force_zip64=True) as out:
                    yield from _copied(folder / name, out, sent)
            with archive.open(_entry(f"{village}/{manifest.NAME}", at), "w") as out:
                _list(out, lines[village], folder, village)
                yield sent.taken()
    yield sent.taken()


def _entry(name: str, at: datetime) -> ZipInfo:
    entry = ZipInfo(name, clock.local(at).timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED if Path(name).suffix in PACKED else ZIP_STORED
    entry.external_attr = 0o644 << 16
    return entry


def _copied(path: Path, out: IO[bytes], sent: _Sent) -> Iterator[bytes]:
    with path.open("rb") as file:
        while some := file.read(AT_ONCE):
            out.write(some)
            yield sent.taken()


def _list(out: IO[bytes], lines: list[Path], folder: Path, village: str) -> None:
    """The manifest of one village."""
    out.write(manifest.HEADER)
    for path in lines:
        out.write(path.read_bytes())
    if not lines:
        out.writelines(_found(folder, village))


def _found(folder: Path, village: str) -> Iterator[bytes]:
    """The lines about a village in the list of all that lies in the folder."""
    with (folder / manifest.NAME).open("rb") as listed:
        next(listed)
        yield from (line for line in listed if manifest.lies_in(line, (village,)))
