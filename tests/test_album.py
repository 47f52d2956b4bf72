"""A photo's file is there whole or not at all, and goes when its row has gone for good."""

import errno
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from feedback import album, db
from feedback.errors import Busy

AT = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)  # already the 20th in Shanghai
NAME = "a" * 64


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> Iterator[None]:
    before = album._folder
    album.keep_in(tmp_path)
    yield
    album._folder = before


def files(tmp_path: Path) -> list[str]:
    return sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())


def test_a_photo_lies_in_the_folder_of_its_shanghai_day(tmp_path: Path) -> None:
    album.store(NAME, AT, b"sealed")
    assert files(tmp_path) == [f"photos/2026-11-20/{NAME}"]
    assert album.load(NAME, AT) == b"sealed"


def test_nobody_else_on_the_machine_may_read_it(tmp_path: Path) -> None:
    album.store(NAME, AT, b"sealed")
    path = album.place(NAME, AT)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_storing_twice_is_storing_once(tmp_path: Path) -> None:
    album.store(NAME, AT, b"first")
    album.store(NAME, AT, b"second")
    assert len(files(tmp_path)) == 1
    assert album.load(NAME, AT) == b"second"


def test_a_missing_file_is_nothing() -> None:
    assert album.load(NAME, AT) is None


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 64, "a" * 63, "", f"{'a' * 64}/"])
def test_no_name_leads_out_of_the_album(name: str) -> None:
    with pytest.raises(ValueError, match="64 hex"):
        album.store(name, AT, b"x")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_full_disk_is_a_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(handle: int) -> None:
        raise OSError(number, "no room")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Busy) as refused:
        album.store(NAME, AT, b"sealed")
    assert "满了" in str(refused.value)
    assert files(tmp_path) == []


def test_any_other_trouble_with_the_disk_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(handle: int) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="broken"):
        album.store(NAME, AT, b"sealed")


@pytest.mark.usefixtures("database")
def test_files_go_with_the_commit_and_stay_with_a_rollback(tmp_path: Path) -> None:
    album.keep_in(tmp_path)
    album.store(NAME, AT, b"sealed")
    db.write()
    db.session.execute(text("SELECT 1"))
    album.remove_after_commit([(NAME, AT)])
    db.session.rollback()
    db.write()
    db.session.execute(text("SELECT 1"))
    db.session.commit()
    assert album.load(NAME, AT) == b"sealed"
    db.write()
    album.remove_after_commit([(NAME, AT)])
    db.session.execute(text("SELECT 1"))
    assert album.load(NAME, AT) == b"sealed"
    db.session.commit()
    assert album.load(NAME, AT) is None


def test_sweeping_a_day_removes_what_nobody_names(tmp_path: Path, database: Engine) -> None:
    album.keep_in(tmp_path)
    stranger = "b" * 64
    album.store(NAME, AT, b"kept")
    album.store(stranger, AT, b"nobody's")
    (album.place(NAME, AT).parent / "unfinished.part").write_bytes(b"half")
    (day,) = album.days()
    assert album.names_of(day) == [NAME, stranger]
    assert album.sweep(day, {NAME}) == 2
    assert album.names_of(day) == [NAME]
