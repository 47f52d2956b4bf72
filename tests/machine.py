"""这台机器: which parts the tests need beyond Python, and whether they are here."""

import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

from feedback import paper
from tests import cluster


def is_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true"}


@cache
def chromium() -> str | None:
    """The browser's program, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


@cache
def has_chromium() -> bool:
    return chromium() is not None


@cache
def has_postgresql() -> bool:
    return cluster.is_installed()


@cache
def has_cjk_font() -> bool:
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
    return any(any(folder.rglob(pattern)) for folder in folders for pattern in ("*CJK*.tt[cf]", "*CJK*.otf"))


@cache
def has_pango() -> bool:
    return paper.is_possible()


PARTS: dict[str, tuple[Callable[[], bool], str]] = {
    "browser": (has_chromium, "Chromium"),
    "fonts": (has_cjk_font, "a Chinese font"),
    "pdf": (has_pango, "Pango"),
}
"""Marker of a test → whether its part is here, and what it is called."""
