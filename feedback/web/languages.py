"""语言与字号: Chinese unless somebody switches, never by the browser's claim (old phones say en-US).

`?lang=en` and `?big=1` on any page are remembered in a cookie and lead back to the page itself.
"""

from pathlib import Path
from urllib.parse import urlencode

import flask_babel
from flask import Flask, Response, g, redirect, request

from feedback.web import safety

CHINESE = "zh_Hans_CN"
LOCALES = {"zh": CHINESE, "en": "en"}
CATALOGS = Path(__file__).resolve().parents[1] / "translations"
REMEMBERED_DAYS = 365

_switches = {"lang": set(LOCALES), "big": {"0", "1"}}


def speak(app: Flask) -> None:
    """Translations, and the two switches that every page has."""
    app.config.update(BABEL_TRANSLATION_DIRECTORIES=str(CATALOGS), BABEL_DEFAULT_LOCALE=CHINESE)
    flask_babel.Babel(app, locale_selector=locale, timezone_selector=lambda: "Asia/Shanghai")
    app.before_request(_remember_switch)
    app.jinja_env.globals.update(
        html_lang=html_lang, gap=gap, is_big=is_big, is_english=is_english, switch_to=switch_to,
    )


def gettext(text: str, **values: object) -> str:
    """The text in the reader's language, with its named values."""
    return str(flask_babel.gettext(text, **values))


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """The sentence for so many (`%(num)s`) in the reader's language."""
    return str(flask_babel.ngettext(one, many, count, **values))


def locale() -> str:
    return LOCALES.get(safety.read_cookie("lang"), CHINESE)


def is_english() -> bool:
    return locale() == LOCALES["en"]


def html_lang() -> str:
    return "en" if is_english() else "zh-CN"


def gap() -> str:
    """What stands between two sentences: a space, which Chinese does not need."""
    return " " if is_english() else ""


def is_big() -> bool:
    """Whether this reader chose the large type (大字版)."""
    return safety.read_cookie("big") == "1"


def switch_to(**choice: str) -> str:
    """The address of this page with one switch set; a page made by a POST has no such address."""
    kept = [(key, value) for key, value in request.args.items(multi=True) if key not in _switches]
    return f"{request.path}?{urlencode([*kept, *choice.items()])}"


def _remember_switch() -> Response | None:
    """Sets the cookie and goes back to the clean address, so that the switch is never shared with a link."""
    asked = {name: value for name in _switches if (value := request.args.get(name)) in _switches[name]}
    if not asked or request.method != "GET" or safety.is_for_machines():
        return None
    kept = [(key, value) for key, value in request.args.items(multi=True) if key not in _switches]
    target = request.path + (f"?{urlencode(kept)}" if kept else "")
    answer = redirect(target, 303)
    for name, value in asked.items():
        safety.set_cookie(answer, name, str(value), days=REMEMBERED_DAYS)  # type: ignore[arg-type]
    g.switched = True
    return answer  # type: ignore[return-value]
