"""清单: one CSV that lists every plate in a folder, put together from what is noted of each printed area.

A note says what the sheets of a village (or of less, where less was asked for) show, and what those files'
bytes were; beside it are the lines about their plates. Whoever prints again into the folder replaces notes,
never adds a second list. A village takes the place of its parts; where a part was printed after its village,
the list shows the part. `sheet` counts within the file, `place` on the sheet, both from 1.
"""

import csv
import hashlib
import io
import json
import shutil
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from feedback import sheets

NAME = "manifest.csv"
COLUMNS = ("token", "url", "village", "microgrid", "door", "sheet", "place")
HEADER = b"\xef\xbb\xbf" + ",".join(COLUMNS).encode() + b"\r\n"
"""What a list begins with; the byte order mark is for Excel."""
NOTES = ".printed"
"""Folder of the notes."""

_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")


class Note(NamedTuple):
    """What the sheets of an area show, and the digests of their files by name; their plates are listed beside it."""

    fingerprint: str
    files: dict[str, str]

    @classmethod
    def of(cls, fingerprint: str, files: Iterable[Path]) -> "Note":
        return cls(fingerprint, {path.name: _digest(path) for path in files})

    def is_whole(self, folder: Path) -> bool:
        """Whether every file is there, as it was written."""
        return all(
            (folder / name).is_file() and _digest(folder / name) == digest for name, digest in self.files.items()
        )

    def take_away(self, folder: Path, *, keep: Collection[str]) -> None:
        """Removes its files, but those that are kept."""
        for name in self.files.keys() - keep:
            (folder / name).unlink(missing_ok=True)


def read_note(folder: Path, area_code: str) -> Note | None:
    """None where there is none, or none that can be read: the area is then printed again."""
    try:
        found = json.loads(_note(folder, area_code).read_bytes())
        return Note(found["fingerprint"], found["files"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def list_plates(folder: Path, area_code: str, rows: Iterable[Sequence[str]]) -> None:
    """Lists the plates on an area's sheets; they count from the moment its note is written."""
    with sheets.whole(lines_of(folder, area_code)) as out:
        lines = csv.writer(io.TextIOWrapper(out, "utf-8", newline="", write_through=True), lineterminator="\r\n")
        lines.writerows(map(_plain, rows))


def lines_of(folder: Path, area_code: str) -> Path:
    """Where the plates on an area's sheets are listed, without a header."""
    return folder / NOTES / f"{area_code}.csv"


def write_note(folder: Path, area_code: str, note: Note) -> None:
    sheets.put(_note(folder, area_code), json.dumps(note._asdict(), ensure_ascii=False).encode())


def forget(folder: Path, area_code: str, *, keep: Collection[str]) -> None:
    """Takes away the area's sheets but of those kept: of villages without plates, and of parts of a village."""
    for path in (folder / NOTES).glob(f"{area_code}*.json"):
        if path.stem not in keep:
            note = read_note(folder, path.stem)
            if note:
                note.take_away(folder, keep=())
            path.unlink()
            lines_of(folder, path.stem).unlink(missing_ok=True)


def write(folder: Path) -> None:
    """One line a plate for every sheet in the folder, by area, sheet and place."""
    noted = sorted(path.stem for path in (folder / NOTES).glob("*.json") if lines_of(folder, path.stem).is_file())
    if not noted:
        return
    with sheets.whole(folder / NAME) as out:
        out.write(HEADER)
        for area_code in noted:
            newer = tuple(code for code in noted if code != area_code and code.startswith(area_code))
            with lines_of(folder, area_code).open("rb") as lines:
                if newer:
                    out.writelines(line for line in lines if not lies_in(line, newer))
                else:
                    shutil.copyfileobj(lines, out)


def lies_in(line: bytes, area_codes: tuple[str, ...]) -> bool:
    """Whether a line is about a plate in one of the areas."""
    return next(csv.reader([line.decode()]))[COLUMNS.index("microgrid")].startswith(area_codes)


def _note(folder: Path, area_code: str) -> Path:
    return folder / NOTES / f"{area_code}.json"


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _plain(row: Sequence[str]) -> list[str]:
    """Cells that no spreadsheet takes for a formula."""
    return [f"'{cell}" if cell.startswith(_FORMULA_BEGINS) else cell for cell in row]
