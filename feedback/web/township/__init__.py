"""镇街: the township's desktop: figures, the cases behind them, supervision; discipline and auditor see their part.

Figures leave out what the viewer is shut out from. One case is read and handled at the desk; here are lists and facts.
"""

from flask import Blueprint

bp = Blueprint("township", __name__, url_prefix="/t")

from feedback.web.township import (  # noqa: E402
    alerts,
    audit,
    cards,
    cases,
    exports,
    letters,
    monthly,
    notices,
    overview,
    plates,
    saying,
    signs,
    telling,
    watch,
)

__all__ = [
    "alerts", "audit", "bp", "cards", "cases", "exports", "letters", "monthly", "notices", "overview", "plates",
    "saying", "signs", "telling", "watch",
]
