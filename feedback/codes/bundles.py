"""一批门牌: what is handed over to be checked: PDF and PNG files, folders and ZIPs of them, and the manifest beside.

Hidden files and folders are the program's own notes. A ZIP is unpacked into a folder that is gone afterwards.
"""

import csv
import hashlib
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from feedback import scanning
from feedback.codes import manifest
from feedback.errors import Refusal
from feedback.words import N_

CHECKED = frozenset({".pdf", ".png"})
UNCHECKED = frozenset({".svg"})
"""Plates too, but nothing here makes pixels of them."""


@dataclass(frozen=True)
class Source:
    """One file, under the name it is spoken of; `area_code` is what it claims to be about, or empty."""

    name: str
    path: Path
    pages: int
    area_code: str
    digest: str

    @classmethod
    def of(cls, name: str, path: Path) -> "Source":
        area_code = scanning.subject(path)
        return cls(name, path, scanning.count(path), area_code if area_code.isdigit() else "", digest(path))

    @property
    def is_unchanged(self) -> bool:
        return digest(self.path) == self.digest

    @property
    def is_picture(self) -> bool:
        return self.path.suffix.lower() == ".png"


@dataclass(frozen=True)
class Bundle:
    """All that is checked together; `listed` are the addresses by token of the manifests beside the plates."""

    sources: tuple[Source, ...]
    listed: dict[str, str]

    @cached_property
    def by_path(self) -> dict[Path, Source]:
        return {source.path: source for source in self.sources}

    @property
    def pages(self) -> int:
        return sum(source.pages for source in self.sources)


@contextmanager
def opened(paths: Sequence[Path]) -> Iterator[Bundle]:
    """The plates of these files, folders and ZIPs. Refuses where there are none, or some that can't be checked."""
    with ExitStack() as stack:
        found: dict[str, Path] = {}
        for path in paths:
            for name, each in _found(path, stack):
                found[name if name not in found else str(each)] = each
        unchecked = [name for name, path in found.items() if path.suffix.lower() in UNCHECKED]
        if unchecked:
            raise Refusal(N_("{file}：SVG 不能核对，请把同样的门牌印成 PDF 来核对。"), file=unchecked[0])
        listed: dict[str, str] = {}
        for path in found.values():
            if path.name == manifest.NAME:
                listed |= _listed(path)
        sources = [Source.of(name, path) for name, path in found.items() if path.name != manifest.NAME]
        if not sources:
            raise Refusal(N_("没有可以核对的门牌文件（PDF 或 PNG）。"))
        yield Bundle(tuple(sources), listed)


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _found(path: Path, stack: ExitStack) -> list[tuple[str, Path]]:
    """The files of one path by the names they are spoken of; a single file is taken for what it says it is."""
    if path.is_dir():
        return [(str(each.relative_to(path)), each) for each in sorted(path.rglob("*"))
                if each.is_file() and _is_wanted(PurePosixPath(each.relative_to(path).as_posix()))]
    if path.suffix.lower() == ".zip":
        return _unpacked(path, Path(stack.enter_context(TemporaryDirectory())))
    return [(path.name, path)]


def _unpacked(path: Path, folder: Path) -> list[tuple[str, Path]]:
    """The members of a ZIP, each in a folder with a number for a name: what a ZIP calls them leads nowhere."""
    found = []
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > shutil.disk_usage(folder).free:
                raise Refusal(N_("{file} 解开以后放不下，请先清出地方。"), file=path.name)
            for number, member in enumerate(archive.infolist()):
                name = PurePosixPath(member.filename)
                if member.is_dir() or not _is_wanted(name):
                    continue
                place = folder / str(number) / name.name
                place.parent.mkdir()
                with archive.open(member) as packed, place.open("wb") as plain:
                    while some := packed.read(1 << 20):
                        plain.write(some)
                found.append((str(name), place))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise Refusal(N_("{file} 不是能打开的 ZIP。"), file=path.name) from error
    return found


def _is_wanted(name: PurePosixPath) -> bool:
    if any(part.startswith(".") for part in name.parts):
        return False
    return name.suffix.lower() in CHECKED | UNCHECKED or name.name == manifest.NAME


def _listed(path: Path) -> dict[str, str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return {row["token"]: row["url"] for row in csv.DictReader(lines)}
    except (KeyError, ValueError, csv.Error) as error:
        raise Refusal(N_("{file} 不是门牌的清单。"), file=path.name) from error
