"""设置: every setting of a deployment, read once from environment variables named HLM_*.

`load(environ)` is pure: the same variables give the same Config, and a wrong one fails in one sentence.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict
from urllib.parse import urlsplit

DEVELOPMENT_KEY = base64.b64encode(b"only for a demo or for tests 32b!"[:32]).decode()
PHOTO_BYTES = 8 * 1024 * 1024
PHOTO_PIXELS = 24_500_000  # what cameras call 24 Mpx: 5712 × 4284 is the commonest
PHOTOS_PER_FORM = 6
MEGABYTE = 1024 * 1024
LEAST_CONNECTIONS = 4


class ConfigError(Exception):
    """A setting is missing or wrong; the message is one sentence that names it."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """One deployment's settings. Durations are seconds, sizes bytes, unless the name says otherwise."""

    database_url: str = "sqlite:///hulianma.db"
    """HLM_DATABASE_URL: sqlite:///FILE or postgresql+psycopg://…; one tenant (county) each."""
    database_connections: int = 20
    """HLM_DATABASE_CONNECTIONS: to PostgreSQL, at most, of each serving process."""
    statement_seconds: int = 15
    """HLM_STATEMENT_SECONDS: PostgreSQL answers one question of a page in so long, or the page says it was too much."""
    lock_seconds: int = 10
    """HLM_LOCK_SECONDS: a page waits so long for what another is changing (PostgreSQL)."""
    idle_transaction_seconds: int = 60
    """HLM_IDLE_TRANSACTION_SECONDS: PostgreSQL ends a transaction that does nothing for so long."""
    base_url: str = "http://localhost:8000"
    """HLM_BASE_URL: scheme, host and port that plates and links carry. https in production."""
    secret_key: str = ""
    """HLM_SECRET_KEY: signs sessions and receipts; at least 32 characters."""
    data_key: bytes = b""
    """HLM_DATA_KEY: 32 bytes in base64; wraps each case's key. Lose it and the words are lost."""
    data_dir: Path = Path("data")
    """HLM_DATA_DIR: sealed photos; for thirty days the sheets of plates ordered on a page."""
    allow_http: bool = False
    """HLM_ALLOW_HTTP=1: plain http and built-in keys; demo and tests only."""
    extra_hosts: tuple[str, ...] = ()
    """HLM_EXTRA_HOSTS: further host names served, by commas (BASE_URL's own always is)."""
    plate_lower_host: bool = False
    """HLM_PLATE_LOWER_HOST=1: print the host in lower case (one QR version larger)."""
    plate_fonts: tuple[str, ...] = ()
    """HLM_PLATE_FONTS: font files for plates, by commas, tried before the system's."""
    behind_proxy: int = 0
    """HLM_BEHIND_PROXY: how many reverse proxies set X-Forwarded-For (0 = none believed)."""
    retention_days: int = 1095
    """HLM_RETENTION_DAYS: words and photos are kept so long after closing (days)."""
    phone_session_days: int = 30
    """HLM_PHONE_SESSION_DAYS: a guardian's phone may stay signed in so long (days)."""
    idle_minutes: int = 30
    """HLM_IDLE_MINUTES: a desktop is signed out after so long without a request (minutes)."""
    smtp_url: str = ""
    """HLM_SMTP_URL: mail server, smtp://user:password@host:port (TLS where it has it) or smtps://…; empty: no mail."""
    smtp_from: str = ""
    """HLM_SMTP_FROM: the address mails come from."""
    sms_url: str = ""
    """HLM_SMS_URL: gateway that takes {id, to, text} by POST and sends it as an SMS; empty: no SMS."""
    sms_key: str = ""
    """HLM_SMS_KEY: signs what goes to that gateway (HMAC-SHA256 in X-HLM-Signature); at least 16 characters."""
    notice_hosts_inside: tuple[str, ...] = ()
    """HLM_NOTICE_HOSTS_INSIDE: hosts inside the network to which notices may go, by commas; plain http there too."""
    api_per_minute: int = 120
    """HLM_API_PER_MINUTE: each client of the JSON API may send so many requests a minute, or at once (requests)."""
    gallery: bool = False
    """HLM_GALLERY=1: serve the component gallery (development)."""
    demo: bool = False
    """HLM_DEMO=1: every page says 演示 and the sign-in page shows the TOTP code."""

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def hosts(self) -> list[str]:
        """Host names this deployment answers to, without ports."""
        own = urlsplit(self.base_url).hostname or "localhost"
        local = ["localhost", "127.0.0.1"] if self.allow_http else []
        return [own, *self.extra_hosts, *local]

    @property
    def max_request_bytes(self) -> int:
        """Room for every photo of a form and a megabyte of words."""
        return PHOTOS_PER_FORM * PHOTO_BYTES + MEGABYTE


def load(environ: Mapping[str, str]) -> Config:
    """Config from HLM_* variables. Raises ConfigError with one sentence."""
    allow_http = _flag(environ, "HLM_ALLOW_HTTP")
    base_url = environ.get("HLM_BASE_URL", Config.base_url).rstrip("/")
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        raise ConfigError(f"HLM_BASE_URL must be scheme, host and port only, such as https://h.example.cn: {base_url}")
    if parts.scheme == "http" and not allow_http:
        raise ConfigError("HLM_BASE_URL is http: production needs https (HLM_ALLOW_HTTP=1 is for demo and tests)")
    return Config(
        database_url=environ.get("HLM_DATABASE_URL", Config.database_url),
        **_of_database(environ),
        base_url=base_url,
        secret_key=_secret_key(environ, allow_http=allow_http),
        data_key=_data_key(environ, allow_http=allow_http),
        data_dir=Path(environ.get("HLM_DATA_DIR", str(Config.data_dir))),
        allow_http=allow_http,
        extra_hosts=_words(environ, "HLM_EXTRA_HOSTS"),
        plate_lower_host=_flag(environ, "HLM_PLATE_LOWER_HOST"),
        plate_fonts=_words(environ, "HLM_PLATE_FONTS"),
        behind_proxy=_number(environ, "HLM_BEHIND_PROXY", Config.behind_proxy, least=0),
        retention_days=_number(environ, "HLM_RETENTION_DAYS", Config.retention_days, least=1),
        phone_session_days=_number(environ, "HLM_PHONE_SESSION_DAYS", Config.phone_session_days, least=1),
        idle_minutes=_number(environ, "HLM_IDLE_MINUTES", Config.idle_minutes, least=1),
        **_ways_out(environ),
        api_per_minute=_number(environ, "HLM_API_PER_MINUTE", Config.api_per_minute, least=1),
        gallery=_flag(environ, "HLM_GALLERY"),
        demo=_flag(environ, "HLM_DEMO"),
    )


class _OfDatabase(TypedDict):
    database_connections: int
    statement_seconds: int
    lock_seconds: int
    idle_transaction_seconds: int


def _of_database(environ: Mapping[str, str]) -> _OfDatabase:
    """What a process may ask of PostgreSQL. The timer alone holds two connections while a page holds a third."""
    return {
        "database_connections": _number(
            environ, "HLM_DATABASE_CONNECTIONS", Config.database_connections, least=LEAST_CONNECTIONS
        ),
        "statement_seconds": _number(environ, "HLM_STATEMENT_SECONDS", Config.statement_seconds, least=1),
        "lock_seconds": _number(environ, "HLM_LOCK_SECONDS", Config.lock_seconds, least=1),
        "idle_transaction_seconds": _number(
            environ, "HLM_IDLE_TRANSACTION_SECONDS", Config.idle_transaction_seconds, least=1
        ),
    }


class _WaysOut(TypedDict):
    smtp_url: str
    smtp_from: str
    sms_url: str
    sms_key: str
    notice_hosts_inside: tuple[str, ...]


def _ways_out(environ: Mapping[str, str]) -> _WaysOut:
    """By which ways notices leave the house. What is wrong is named without its value: it may hold a password."""
    inside = tuple(host.lower() for host in _words(environ, "HLM_NOTICE_HOSTS_INSIDE"))
    smtp_url, smtp_from = environ.get("HLM_SMTP_URL", ""), environ.get("HLM_SMTP_FROM", "")
    if smtp_url and (
        urlsplit(smtp_url).scheme not in {"smtp", "smtps"} or not urlsplit(smtp_url).hostname or not _has_port(smtp_url)
    ):
        raise ConfigError("HLM_SMTP_URL must be smtp://user:password@host:port or smtps://…")
    if smtp_url and "@" not in smtp_from:
        raise ConfigError("HLM_SMTP_FROM is missing: mails need an address they come from")
    sms_url, sms_key = environ.get("HLM_SMS_URL", ""), environ.get("HLM_SMS_KEY", "")
    gateway = urlsplit(sms_url)
    if sms_url and (not gateway.hostname or gateway.scheme not in {"https", "http"} or not _has_port(sms_url)):
        raise ConfigError("HLM_SMS_URL must be https://host/path")
    if gateway.scheme == "http" and gateway.hostname not in inside:
        raise ConfigError("HLM_SMS_URL is http: that needs its host in HLM_NOTICE_HOSTS_INSIDE")
    if sms_url and len(sms_key) < 16:
        raise ConfigError("HLM_SMS_KEY is missing or shorter than 16 characters")
    return {"smtp_url": smtp_url, "smtp_from": smtp_from, "sms_url": sms_url, "sms_key": sms_key,
            "notice_hosts_inside": inside}


def _has_port(url: str) -> bool:
    """Whether its port is one, or it names none."""
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _flag(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name, "")
    if value not in {"", "0", "1"}:
        raise ConfigError(f"{name} is 1 or 0, not {value!r}")
    return value == "1"


def _words(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in environ.get(name, "").split(",") if word.strip())


def _number(environ: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    try:
        value = int(environ.get(name, "") or default)
    except ValueError:
        raise ConfigError(f"{name} must be a whole number") from None
    if value < least:
        raise ConfigError(f"{name} must be at least {least}")
    return value


def _secret_key(environ: Mapping[str, str], *, allow_http: bool) -> str:
    value = environ.get("HLM_SECRET_KEY", "")
    if not value and allow_http:
        return DEVELOPMENT_KEY
    if len(value) < 32:
        raise ConfigError("HLM_SECRET_KEY is missing or shorter than 32 characters")
    return value


def _data_key(environ: Mapping[str, str], *, allow_http: bool) -> bytes:
    value = environ.get("HLM_DATA_KEY", "")
    if not value and allow_http:
        value = DEVELOPMENT_KEY
    try:
        key = base64.b64decode(value, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        raise ConfigError("HLM_DATA_KEY must be 32 bytes in base64 (openssl rand -base64 32)")
    return key
