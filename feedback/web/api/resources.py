"""资源: what can be read, one line each. Every answer is made the same way, and `openapi.json` is made of these lines.

Who asks is known, and counted, before anything is read of what is asked. An answer is of one instant, whatever is
written while it is read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Response, jsonify, request

from feedback import db
from feedback.errors import Forbidden, Missing
from feedback.models.clients import ApiClient, Reads
from feedback.models.places import Area
from feedback.web.api import asking, bearer, bp
from feedback.web.api.asking import Asked, Parameter
from feedback.web.auth import guard
from feedback.words import N_

View = Callable[[ApiClient, Asked], Mapping[str, Any]]


@dataclass(frozen=True)
class Resource:
    """One address: what it is in both languages, what may be asked, the shape of its answer, and who may read it.

    `is_lasting`: the answer seldom changes, so a client may keep it and ask whether it still holds (ETag).
    """

    path: str
    name: str
    chinese: str
    english: str
    shape: str
    asks: tuple[Parameter, ...] = ()
    reads: Reads | None = None
    is_lasting: bool = False


RESOURCES: list[Resource] = []


def resource(path: str, **about: Any) -> Callable[[View], View]:
    """Serves what the view reads at the path, to clients that may."""

    def serve(view: View) -> View:
        it = Resource(path, view.__name__, **about)
        RESOURCES.append(it)

        @guard.machines
        @wraps(view)
        def answer() -> Response:
            client = bearer.caller()
            db.snapshot()
            require(client, it.reads)
            return _answer(it, view(client, asking.read(it.asks)))

        bp.add_url_rule(path, it.name, answer, methods=("GET",), provide_automatic_options=False)
        return view

    return serve


def require(client: ApiClient, what: Reads | None) -> None:
    """Raises Forbidden where the client may not read it."""
    if what is not None and what not in client.reads:
        raise Forbidden(N_("这个凭证不能读：{what}。"), what=what.label)


def area(client: ApiClient, asked: Asked) -> Area:
    """The area asked for, else the client's own. Missing outside of it, as for one that never was."""
    found = db.session.get(Area, asked["area"] or client.area_code)
    if found is None or not found.code.startswith(client.area_code):
        raise Missing
    return found


def _answer(it: Resource, body: Mapping[str, Any]) -> Response:
    answer = jsonify(body)
    if it.is_lasting:
        answer.headers["Cache-Control"] = "private, no-cache"
        answer.add_etag()
        answer.make_conditional(request)
    return answer


