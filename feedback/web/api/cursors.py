"""翻页: where the next page begins, in a word that only we can make and only this client can use for this question.

It names the last case or area of the page before, by its public number or code; what is asked, and who asks, is part of
the signature. Pages go by key, never by counting: what comes in meanwhile neither repeats nor skips a row.
"""

from typing import cast

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from config import Config
from feedback.models.clients import ApiClient
from feedback.web.api.asking import Asked, Senseless
from feedback.words import N_

PAGES = {"cursor", "limit"}
"""What may differ from page to page."""


def after(client: ApiClient, asked: Asked, question: str) -> str:
    """The key after which the page begins; empty for the first page. Raises Senseless for a cursor of another
    question, another client, or nobody."""
    if asked["cursor"] is None:
        return ""
    try:
        return cast(str, _signer(client, asked, question).loads(asked["cursor"]))
    except BadData:
        raise Senseless(N_("cursor 不是这个查询的：换了别的参数，要从第一页开始。"), field="cursor") from None


def following(client: ApiClient, asked: Asked, question: str, last: str) -> str:
    """The cursor of the page after the one that ends with this key."""
    return str(_signer(client, asked, question).dumps(last))


def _signer(client: ApiClient, asked: Asked, question: str) -> URLSafeSerializer:
    config: Config = current_app.extensions["config"]
    said = [f"{name}={value}" for name, value in sorted(asked.items()) if name not in PAGES]
    return URLSafeSerializer(config.secret_key, salt="\n".join(["api cursor", client.digest.hex(), question, *said]))
