"""接口: what other machines, such as the county's platform, may read here: JSON below /api/v1/, and nothing to change.

A client has one token, one township or county, and a list of what it may read (`feedback/administration/clients.py`).
Outside its area there is nothing: an area elsewhere and one that never was are answered alike.

What a client counts as for recusal (回避): as nobody. Recusal is by person, and a token belongs to none. So what is for
the discipline office alone does not exist for any client, in no list, number, sum or mark of a repeat; and a complaint
about a guardian or a cadre counts as it does on the screens of the township: booked at the level that takes it, not
where those it is about would look for it. A client never reads for a village, so none sits among them. The rule itself
is in `feedback/access.py`, like everybody's.

No words, names, phones or addresses of anybody; staff by number, and only for a client that may; households by a name
that is good for this client only.
"""

from flask import Blueprint

bp = Blueprint("api", __name__, url_prefix="/api/v1")

from feedback.web.api import about, facts, figures, places  # noqa: E402

__all__ = ["about", "bp", "facts", "figures", "places"]
