"""防护: what every answer and every request of the web carries, whoever wrote the page.

Nothing is loaded from elsewhere, nothing is stored on the way, nothing is told to the next site. Styles and
scripts are in the page and carry the answer's own nonce. Every POST needs this browser's token; a page that
has grown too old is renewed with every word kept (views marked with `keeps_words`), never simply refused.
"""

import gzip
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from flask import Flask, Response, current_app, g, request
from flask_wtf.csrf import CSRFError, CSRFProtect

from config import PHOTOS_PER_FORM, Config

View = TypeVar("View", bound=Callable[..., object])

COMPRESS_FROM = 1_000
"""Bytes below which compressing an answer costs more than it saves."""

MACHINES = "/api/"
"""Below this path other machines ask: no page, no cookie, no form."""

csrf = CSRFProtect()


def guard(app: Flask, config: Config) -> None:
    """Hosts, sizes, cookies, tokens and headers."""
    https = config.is_https
    app.config.update(
        SECRET_KEY=config.secret_key,
        TRUSTED_HOSTS=list(config.hosts),
        MAX_CONTENT_LENGTH=config.max_request_bytes,
        MAX_FORM_PARTS=200 + PHOTOS_PER_FORM,
        PREFERRED_URL_SCHEME="https" if https else "http",
        SESSION_COOKIE_NAME="__Host-session" if https else "session",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=config.phone_session_days),
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # asks for the Referer our own pages never send
    )
    csrf.init_app(app)
    app.before_request(_check_token)
    app.after_request(_headers)
    app.after_request(_compress)
    app.jinja_env.globals["nonce"] = nonce


def keeps_words(view: View) -> View:
    """Marks a view that renews its form when the page's token is too old: it asks `is_stale()`."""
    view.keeps_words = True  # type: ignore[attr-defined]
    return view


def is_stale() -> bool:
    """Whether this POST came from a page whose token is no longer good: show it again, change nothing."""
    return bool(g.get("stale", False))


def is_for_machines() -> bool:
    """Whether another machine asks."""
    return request.path.startswith(MACHINES)


def nonce() -> str:
    """The random word that marks this answer's own styles and scripts."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def cookie_name(name: str) -> str:
    """A cookie's name under the deployment's rule: `__Host-` exactly when it is served by https."""
    return f"__Host-{name}" if current_app.config["SESSION_COOKIE_SECURE"] else name


def set_cookie(answer: Response, name: str, value: str, *, days: int) -> None:
    """A cookie of ours on this browser; empty takes it away."""
    answer.set_cookie(
        cookie_name(name), value, max_age=days * 86_400 if value else 0, path="/", httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"], samesite="Lax",
    )


def read_cookie(name: str) -> str:
    return request.cookies.get(cookie_name(name), "")


def _check_token() -> None:
    if request.method in {"GET", "HEAD", "OPTIONS"} or request.endpoint is None:
        return
    try:
        csrf.protect()
    except CSRFError:
        view = current_app.view_functions[request.endpoint]
        if not getattr(view, "keeps_words", False):
            raise
        g.stale = True


def _headers(answer: Response) -> Response:
    word = f"'nonce-{nonce()}'"
    policy = (
        f"default-src 'none'; style-src {word}; script-src {word}; img-src 'self' data: blob:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = answer.headers
    headers.setdefault("Content-Security-Policy", policy)
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return answer


def _compress(answer: Response) -> Response:
    """Pages of ours reflect nothing from an address, so a secret in them can't be guessed by its length."""
    if answer.mimetype != "text/html" or answer.direct_passthrough or answer.is_streamed:
        return answer
    answer.headers.add("Vary", "Accept-Encoding")
    if request.accept_encodings.quality("gzip") == 0 or (answer.content_length or 0) < COMPRESS_FROM:
        return answer
    answer.set_data(gzip.compress(answer.get_data(), 6))
    answer.headers["Content-Encoding"] = "gzip"
    return answer
