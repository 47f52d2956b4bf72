"""接口凭证: which machine shows this token, and how often it came. The machine holds the token, we keep its digest.

A token is 256 random bits, so it is found by the digest itself: there is nothing to guess digit by digit. Each request
that is let in is counted for its client and Shanghai day, one row a day.
"""

import hashlib
import re
import secrets
from datetime import date

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from feedback import clock, db
from feedback.models.clients import ApiClient, ApiUse

BEGINNING = "hlm_"
"""By which people, and tools that look for lost secrets, know a token of ours."""
TOKEN = re.compile(BEGINNING + r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """A token for a new client; whoever makes it shows it once."""
    return BEGINNING + secrets.token_urlsafe(32)


def digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def find(token: str) -> ApiClient | None:
    """The client this token belongs to, while it lasts."""
    if not TOKEN.fullmatch(token):
        return None
    client = db.session.scalar(select(ApiClient).where(ApiClient.digest == digest_of(token)))
    return client if client is not None and lasts(client) else None


def lasts(client: ApiClient) -> bool:
    """Whether its token is good at this moment."""
    return client.revoked_at is None and clock.today() <= client.expires_on


def note_use(client: ApiClient) -> None:
    """Counts one request of today."""
    db.write()
    insert = sqlite.insert if db.is_sqlite() else postgresql.insert
    first = insert(ApiUse).values(client_id=client.id, day=clock.today(), requests=1)
    again = {"requests": ApiUse.requests + 1}
    db.session.execute(first.on_conflict_do_update(index_elements=[ApiUse.client_id, ApiUse.day], set_=again))


def uses(client: ApiClient) -> dict[date, int]:
    """Requests by day, the last day first."""
    found = select(ApiUse.day, ApiUse.requests).where(ApiUse.client_id == client.id)
    return dict(db.session.execute(found.order_by(ApiUse.day.desc())).all())


def last_used(clients: list[ApiClient]) -> dict[int, ApiUse]:
    """The last day on which each of them came, by id; none for one that never did."""
    wanted = ApiUse.client_id.in_([client.id for client in clients])
    newest = select(ApiUse.client_id, func.max(ApiUse.day)).where(wanted).group_by(ApiUse.client_id)
    found = select(ApiUse).where(tuple_(ApiUse.client_id, ApiUse.day).in_(newest))
    return {one.client_id: one for one in db.session.scalars(found)}
