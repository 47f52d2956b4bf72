"""管理: people, places, rules, published texts, imports and codes of one's own area. No case is seen here.

The administrator has every section; the township has the rules and the texts.
"""

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin")

from feedback.web.admin import alerts, days, imports, people, places, plates, rules, start, texts  # noqa: E402

__all__ = ["alerts", "bp", "days", "imports", "people", "places", "plates", "rules", "start", "texts"]
