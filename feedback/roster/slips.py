"""首次密码条: what each person is handed on paper, a page of slips to print and cut."""

from __future__ import annotations

import html
from collections.abc import Iterable

from feedback.identity.passwords import Slip


def page(slips: Iterable[Slip], address: str = "") -> str:
    """A page of slips, HTML without any other file; `address` is the installation's own, without a path."""
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
