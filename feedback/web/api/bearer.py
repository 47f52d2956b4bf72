"""谁在问: a client shows its token with each request, in `Authorization: Bearer`, and is counted before it is answered.

A wrong token slows down the address it comes from, and no other. A good one has its own allowance: so many requests at
once, and as many again within a minute. No cookie is read or set, so nothing here can be made to act by a page
somewhere else.
"""

from datetime import timedelta
from functools import partial

from flask import current_app, request

from config import Config
from feedback import db, throttle
from feedback.errors import Refusal
from feedback.identity import clients
from feedback.models.clients import ApiClient
from feedback.words import N_

SCHEME = "bearer"
BRAKE = "brake of the clients"


class Unknown(Refusal):
    """No token, or none that is good."""

    status = 401


def caller() -> ApiClient:
    """Who asks; counted, and within the allowance."""
    client = _shown()
    _brake().spend(str(client.id))
    db.in_turn(partial(clients.note_use, client))
    return client


def _shown() -> ApiClient:
    shown = request.headers.get("Authorization", "")
    if not shown:
        raise Unknown(N_("请在 Authorization 里写 Bearer、空格和凭证。"))
    scheme, _, token = shown.partition(" ")
    client = clients.find(token) if scheme.lower() == SCHEME else None
    if client is None:
        here = throttle.address(request.remote_addr)
        with throttle.tokens.turn(here):
            throttle.tokens.add(here)
        raise Unknown(N_("凭证不对，或者已经过期、停用。"))
    return client


def _brake() -> throttle.Brake:
    """This application's, made when the first client comes."""
    found = current_app.extensions.get(BRAKE)
    if not isinstance(found, throttle.Brake):
        config: Config = current_app.extensions["config"]
        leak = timedelta(minutes=1) / config.api_per_minute
        found = current_app.extensions[BRAKE] = throttle.Brake(throttle.Pace(config.api_per_minute, leak, 0.0))
    return found
