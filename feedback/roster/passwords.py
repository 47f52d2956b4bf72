"""首次密码: made here, shown once, changed by the person at the first sign-in."""

from __future__ import annotations

import html
import secrets
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from argon2 import PasswordHasher

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are taken for one another on paper."""
GROUPS, GROUP_LENGTH = 3, 4

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""Argon2id as OWASP's cheat sheet has it (19 MiB, two passes); hundreds are made in one import."""


class Slip(NamedTuple):
    """What one person is handed on paper."""

    username: str
    name: str
    place: str
    password: str


def new() -> str:
    """A password of about 59 random bits that can be read out over the telephone."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))


def hashes(passwords: Sequence[str]) -> list[str]:
    """The Argon2id hash of each (some 20 ms apiece and core). Slow: before `db.write()`."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(_hasher.hash, passwords))


def slips_page(slips: Iterable[Slip], address: str = "") -> str:
    """A page of slips to print and cut, HTML without any other file."""
    where = f"<p>打开 {html.escape(address)}/login</p>" if address else ""
    cut = "".join(
        f"<section><h2>{html.escape(slip.name)}</h2><p>{html.escape(slip.place)}</p>"
        f"<dl><dt>账号</dt><dd>{html.escape(slip.username)}</dd>"
        f"<dt>首次密码</dt><dd>{html.escape(slip.password)}</dd></dl>{where}"
        "<p>第一次登录要换成自己的密码。这张纸只给本人，登录后请撕掉。</p></section>"
        for slip in slips
    )
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>首次密码</title><style>'
        "body{font:11pt/1.5 sans-serif;margin:10mm;column-count:2;column-gap:6mm}"
        "section{break-inside:avoid;border:1px dashed #74807C;padding:4mm;margin:0 0 4mm}"
        "h2{font-size:13pt;margin:0}p,dl{margin:1mm 0}dt{float:left;width:5em}dd{font:bold 12pt monospace}"
        f"</style>{cut}</html>"
    )
