"""压缩包: the sheets of a run and the lines about them, as a ZIP with a folder for each village, made while it is sent.

A folder is called by the village's code, so that folders sort, and by its name: 330281114200 汪巷村. Only a ready run
leaves the house, and only while its files are what was checked.
"""

import io
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import IO, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from feedback import clock, db, plates
from feedback.codes import files, manifest, ready, runs
from feedback.errors import Conflict, Missing
from feedback.models.places import Area, Level
from feedback.models.prints import PrintRun, RunState
from feedback.words import N_

AT_ONCE = 1 << 18
"""Bytes."""
PACKED = frozenset({".svg", ".csv"})
"""What gets smaller; PDF and PNG are packed already."""
LONGEST_NAME = 40
"""Characters of a name in a folder's: at most four bytes each, of the 255 a file system has for all."""

_UNSAFE = frozenset('/\\:*?"<>|')
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's controls, marks of direction, halves of pairs, ends of lines."""


class Packet(NamedTuple):
    """What goes into one folder of the archive: a village's sheets, and where the lines about them are."""

    name: str
    village_code: str
    folder: Path
    sheets: list[str]
    lines: list[Path]


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
        raise Conflict(runs.GONE)
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
    packets = [
        Packet(folder_name(code, _name_of(code)), code, files.folder(run), list(some), files.lines(run, code))
        for code, some in groupby(names, _village)
    ]
    return _streamed(packets, run.checked_at or clock.now())


def folder_name(code: str, name: str) -> str:
    """What the folder of a village is called, of characters that any file system takes."""
    kept = ("_" if each in _UNSAFE or unicodedata.category(each) in _UNSEEN else each for each in name)
    return f"{code} {''.join(kept)[:LONGEST_NAME]}".rstrip(" .")


def _village(name: str) -> str:
    """A file is named after the area it is about."""
    return name[:Level.VILLAGE.digits]


def _name_of(code: str) -> str:
    area = db.session.get(Area, code)
    return plates.village_name(area.name) if area else ""


def _streamed(packets: list[Packet], at: datetime) -> Iterator[bytes]:
    sent = _Sent()
    with ZipFile(sent, "w") as archive:
        for packet in packets:
            for name in packet.sheets:
                with archive.open(_entry(f"{packet.name}/{name}", at), "w", force_zip64=True) as out:
                    yield from _copied(packet.folder / name, out, sent)
            with archive.open(_entry(f"{packet.name}/{manifest.NAME}", at), "w") as out:
                _list(out, packet)
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


def _list(out: IO[bytes], packet: Packet) -> None:
    """The manifest of one village."""
    out.write(manifest.HEADER)
    for path in packet.lines:
        out.write(path.read_bytes())
    if not packet.lines:
        out.writelines(_found(packet))


def _found(packet: Packet) -> Iterator[bytes]:
    """The lines about a village in the list of all that lies in the folder."""
    with (packet.folder / manifest.NAME).open("rb") as listed:
        next(listed)
        yield from (line for line in listed if manifest.lies_in(line, (packet.village_code,)))
