"""批次的文件: where a run's files lie, and whether they are still what was printed.

Beside them lies a list of their names and digests as `sha256sum --check` reads it; the digest of that list is kept in
the run's record. The lines about the plates of each area are on it too; as files people count only the sheets.
"""

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from feedback import sheets
from feedback.codes import manifest
from feedback.models.prints import PrintRun

FOLDER = "print_runs"
"""Below the data folder."""

_home = Path("data") / FOLDER


@dataclass(frozen=True)
class Sealed:
    """What a run's list of files came to: how many sheets' files; `size` in bytes."""

    count: int
    size: int
    digest: str


def keep_in(data_dir: Path) -> None:
    """From here on the runs that name no folder lie below this one, each in one of its own."""
    global _home
    _home = data_dir / FOLDER


def folder(run: PrintRun) -> Path:
    """Where its files are."""
    return Path(run.folder) if run.folder else _home / str(run.id)


def seal(place: Path, number: int, made: Iterable[Path]) -> Sealed:
    """Writes the list of a run's files."""
    paths = sorted(set(made))
    listed = "".join(f"{_digest(path)}  {path.relative_to(place).as_posix()}\n" for path in paths).encode()
    sheets.put(place / _list(number), listed)
    shown = [path for path in paths if path.parent.name != manifest.NOTES]
    return Sealed(len(shown), sum(path.stat().st_size for path in shown), hashlib.sha256(listed).hexdigest())


def names(run: PrintRun) -> list[str]:
    """The files of a run that is printed, below its folder, sorted; none where the list is gone."""
    return sorted(name for name in _listed(run) if not name.startswith(manifest.NOTES))


def lines(run: PrintRun, area_code: str) -> list[Path]:
    """Where the plates of a run are listed that lie in an area; empty of a run sealed when these were not on its list.
    """
    begins = f"{manifest.NOTES}/{area_code}"
    return [folder(run) / name for name in sorted(_listed(run)) if name.startswith(begins)]


def changed(run: PrintRun) -> list[str]:
    """Those that are not, or no longer, what was printed. Of a run that is not printed: none."""
    if not run.digest:
        return []
    listed, place = _listed(run), folder(run)
    if not listed:
        return [_list(run.id)]
    return [name for name, digest in listed.items() if _digest(place / name) != digest]


def _listed(run: PrintRun) -> dict[str, str]:
    """Name and digest of each file; empty where the list itself is gone or another."""
    try:
        content = (folder(run) / _list(run.id)).read_bytes()
    except OSError:
        return {}
    if hashlib.sha256(content).hexdigest() != run.digest:
        return {}
    return {name: digest for digest, _, name in (line.partition("  ") for line in content.decode().splitlines())}


def _list(number: int) -> str:
    return f"run-{number}.sha256"


def _digest(path: Path) -> str:
    """Of a file's bytes; empty where there is none."""
    with suppress(OSError), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
    return ""
