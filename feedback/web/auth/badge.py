"""凭证: what this browser shows of a sign-in, all of it in signed cookies.

The session holds the key of the sign-in (made anew each time: a session from before is worth nothing) and, until
the second factor is given, who has passed the first step. A cookie of its own remembers on which accounts this
device has signed in before, so that strangers who try them don't slow their owners.
"""

import hashlib
import re
import secrets
from datetime import timedelta

from flask import Response, current_app, request, session
from itsdangerous import BadSignature, URLSafeSerializer

from config import Config
from feedback import clock
from feedback.identity.devices import Terms
from feedback.models.people import Person
from feedback.web import safety

KEY = "key"
GOING_TO = "going_to"
"""Where the session keeps the page somebody was on the way to when a password had to be changed first."""
HALF = "half"
HALF_LASTS = timedelta(minutes=10)
"""The second step has to follow the first one in so long."""
KNOWN = "known"
KNOWN_DAYS = 365
ACCOUNTS_KNOWN = 5

BROWSERS = (("MicroMessenger", "微信"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("HuaweiBrowser", "华为浏览器"),
            ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (("HarmonyOS", "鸿蒙"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
           ("Windows", "Windows"), ("Mac OS", "Mac"), ("Linux", "Linux"))


def settings() -> Config:
    config: Config = current_app.extensions["config"]
    return config


def terms() -> Terms:
    """How long a sign-in lasts in this deployment."""
    config = settings()
    return Terms(kept=timedelta(days=config.phone_session_days), idle=timedelta(minutes=config.idle_minutes))


def device_name() -> str:
    """What sort of browser this is, in a few words for the person's own list: 「微信 · Android」."""
    agent = request.user_agent.string
    names = [next((name for mark, name in kinds if mark in agent), "") for kinds in (BROWSERS, SYSTEMS)]
    return " · ".join(name for name in names if name)


def put_on(key: str, *, is_kept: bool) -> None:
    """Begins a fresh session with the key of a sign-in; nothing of the old one is left but a flashed word."""
    session.clear()
    session[KEY] = key
    session.permanent = is_kept


def take_off() -> None:
    session.clear()


def passed_first_step(person: Person, *, is_kept: bool, proof: str) -> None:
    """Remembers who gave the right password; the second factor is still to come."""
    session.clear()
    session[HALF] = {"id": person.id, "at": int(clock.now().timestamp()), "kept": is_kept, "proof": proof}


def half() -> dict[str, int | str] | None:
    """What the first step left, while it is fresh."""
    kept = session.get(HALF)
    if not isinstance(kept, dict) or clock.now().timestamp() - kept["at"] > HALF_LASTS.total_seconds():
        return None
    return kept


def proof_of(person: Person) -> str:
    """Changes with the password: a first step made with an older one is worth nothing."""
    return hashlib.sha256((person.password_hash or "").encode()).hexdigest()[:16]


def known_device(username: str) -> str:
    """The name of this device if the account has signed in on it before; else empty."""
    device, names = _known()
    return device if username.strip().lower() in names else ""


def remember_device(answer: Response, username: str) -> None:
    """From now on this device is known for the account."""
    device, names = _known()
    names = [username, *(name for name in names if name != username)][:ACCOUNTS_KNOWN]
    value = _signer().dumps([device or secrets.token_hex(8), names])
    safety.set_cookie(answer, KNOWN, str(value), days=KNOWN_DAYS)


def _known() -> tuple[str, list[str]]:
    try:
        device, names = _signer().loads(safety.read_cookie(KNOWN))
    except (BadSignature, ValueError):
        return "", []
    return device, names


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings().secret_key, salt="known device")


def local_path(target: str | None) -> str:
    """The address to go on to, if it is a path of ours; else empty. A page may not be left for another site."""
    if not target or not re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", target):
        return ""
    return target
