"""清单: one CSV that lists every plate in a folder, put together from one note a micro-grid.

The notes say what the sheets beside them show, and what those files' bytes were; whoever prints again into
the folder replaces notes, never adds a second list.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from feedback import sheets

NAME = "manifest.csv"
COLUMNS = ("token", "url", "village", "microgrid", "door", "sheet", "place")
NOTES = ".printed"
"""Folder of the notes."""

_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")


class Note(NamedTuple):
    """What a micro-grid's sheets show, and the digests of their files by name."""

    fingerprint: str
    files: dict[str, str]
    rows: list[list[str]]

    @classmethod
    def of(cls, fingerprint: str, files: Iterable[Path], rows: list[list[str]]) -> "Note":
        return cls(fingerprint, {path.name: _digest(path) for path in files}, rows)

    def is_whole(self, folder: Path) -> bool:
        """Whether every file is there, as it was written."""
        return all(
            (folder / name).is_file() and _digest(folder / name) == digest for name, digest in self.files.items()
        )

    def take_away(self, folder: Path, *, keep: set[str]) -> None:
        """Removes its files, but those that are kept."""
        for name in set(self.files) - keep:
            (folder / name).unlink(missing_ok=True)


def read_note(folder: Path, microgrid_code: str) -> Note | None:
    """None where there is none, or none that can be read: the micro-grid is then printed again."""
    try:
        return Note(**json.loads(_path(folder, microgrid_code).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def write_note(folder: Path, microgrid_code: str, note: Note) -> None:
    sheets.put(_path(folder, microgrid_code), json.dumps(note._asdict(), ensure_ascii=False).encode())


def forget(folder: Path, area_code: str, *, keep: set[str]) -> None:
    """Takes away the sheets of the area's micro-grids that have no plates any more."""
    for path in (folder / NOTES).glob(f"{area_code}*.json"):
        if path.stem not in keep:
            note = read_note(folder, path.stem)
            if note:
                note.take_away(folder, keep=set())
            path.unlink()


def write(folder: Path) -> None:
    """One line a plate for every sheet in the folder, by micro-grid, sheet and place."""
    notes = [read_note(folder, path.stem) for path in sorted((folder / NOTES).glob("*.json"))]
    if not any(notes):
        return
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(COLUMNS)
    lines.writerows(_plain(row) for note in notes if note for row in note.rows)
    sheets.put(folder / NAME, out.getvalue().encode("utf-8-sig"))


def _path(folder: Path, microgrid_code: str) -> Path:
    return folder / NOTES / f"{microgrid_code}.json"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _plain(row: Sequence[str]) -> list[str]:
    """Cells that no spreadsheet takes for a formula."""
    return [f"'{cell}" if cell.startswith(_FORMULA_BEGINS) else cell for cell in row]
