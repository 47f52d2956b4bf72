"""管理: people, places, rules, published texts, imports, codes and machines of one's own area. No case is seen here.

The administrator has every section; the township has the rules and the texts.
"""

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin")

from feedback.web.admin import (  # noqa: E402
    alerts,
    clients,
    days,
    imports,
    ledger,
    people,
    places,
    plates,
    prints,
    rules,
    sample,
    start,
    texts,
)

__all__ = [
    "alerts", "bp", "clients", "days", "imports", "ledger", "people", "places", "plates",
    "prints", "rules", "sample", "start", "texts",
]
