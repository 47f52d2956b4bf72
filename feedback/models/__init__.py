"""存放: what is stored, as typed mappings. No queries and no rules live here.

Importing this package makes every table known to `db.Base.metadata`.
"""

from feedback.models import (
    alerts,
    boards,
    cases,
    clients,
    codes,
    contents,
    figures,
    kinds,
    monthly,
    notices,
    people,
    places,
    prints,
    records,
    rules,
    walks,
)

__all__ = [
    "alerts", "boards", "cases", "clients", "codes", "contents", "figures", "kinds", "monthly", "notices", "people",
    "places", "prints", "records", "rules", "walks",
]
