"""纸: a page of ours as a PDF, by WeasyPrint; where its system library is missing there is none, and all else goes on.

The page carries everything inside: whatever it names is refused, on the network and on the disk alike. The same page
gives the same bytes, so the last few are kept. One is made at a time: it holds some tens of megabytes while it lasts,
and who presses again and again must not keep every thread waiting.
"""

from functools import cache, lru_cache
from typing import Any

from feedback import alone, fonts
from feedback.errors import Refusal
from feedback.words import N_

KEPT = 8
PATIENCE = 5.0
"""Seconds for which somebody waits for another's page."""
_turn = alone.Turn(PATIENCE, N_("正在做另一份 PDF，请过一会儿再按一次。"))


@cache
def _engine() -> Any:
    """WeasyPrint; None where it does not run. Looked for when the first page is made, not at start: that takes half
    a second and needs Pango."""
    try:
        import weasyprint
    except (ImportError, OSError):
        return None
    return weasyprint


def is_possible() -> bool:
    """Whether this machine can make one: Pango, and a font that holds Chinese."""
    return fonts.has_chinese() and _engine() is not None


def pdf(html: str) -> bytes:
    """The page as a PDF. Raises Refusal where this machine can't make one, Busy where it makes too many already."""
    if not is_possible():
        raise Refusal(N_("这台服务器上做不了 PDF。请在网页上打印。"))
    return _made(html)


@lru_cache(KEPT)
def _made(html: str) -> bytes:
    weasyprint = _engine()
    with _turn.taken():
        made: bytes = weasyprint.HTML(string=html, url_fetcher=_refusing(weasyprint)).write_pdf()
    return made


def _refusing(weasyprint: Any) -> Any:
    class Refusing(weasyprint.urls.URLFetcher):  # type: ignore[misc]
        """Fetches nothing from anywhere."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            raise ValueError("a page that is printed names nothing outside itself")

    return Refusing()
