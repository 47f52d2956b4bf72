"""问题说明: what could not be done, told to another machine: RFC 9457, one sentence in Chinese and one in English.

`type` is about:blank, so `title` is the status' own phrase; `parameter` names what was wrong, where it was one.
"""

from http import HTTPStatus
from typing import Any

from flask import Response, json
from flask_babel import force_locale
from werkzeug import Response as AnyResponse

from feedback.errors import Refusal
from feedback.throttle import TooFast
from feedback.web import wording
from feedback.web.languages import CHINESE, LOCALES
from feedback.words import N_

MEDIA_TYPE = "application/problem+json"
SENTENCES = {
    400: N_("请求没有看懂。"),
    404: N_("没有这个地址。"),
    405: N_("这里只读：只接受 GET 和 HEAD。"),
    413: N_("请求太大了。"),
    429: N_("请求太快了，请过 {seconds} 秒再来。"),
    500: N_("我们这边出了错，已经记下了。请过一会儿再试。"),
}


def of_refusal(refusal: Refusal) -> Response:
    """What a rule refused."""
    if isinstance(refusal, TooFast):
        answer = _problem(429, SENTENCES[429], seconds=refusal.seconds)
        answer.headers["Retry-After"] = str(refusal.seconds)
        return answer
    answer = _problem(refusal.status, refusal.sentence, refusal.field, **refusal.values)
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="hulianma"'
    if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = "5"
    return answer


def of_status(status: int, found: AnyResponse | None = None) -> Response:
    """What HTTP itself refused; its headers (which methods there are) stay."""
    answer = _problem(status, SENTENCES.get(status, SENTENCES[400]))
    if found is not None and "Allow" in found.headers:
        answer.headers["Allow"] = found.headers["Allow"]
    return answer


def english(chinese: str) -> str:
    """A marked sentence in English, whatever language this request speaks."""
    return _in(LOCALES["en"], chinese, {})


def _problem(status: int, sentence: str, parameter: str | None = None, /, **values: Any) -> Response:
    said = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _in(CHINESE, sentence, values),
        "detail_en": _in(LOCALES["en"], sentence, values),
        **({} if parameter is None else {"parameter": parameter}),
    }
    return Response(json.dumps(said), status, mimetype=MEDIA_TYPE)


def _in(locale: str, sentence: str, values: dict[str, Any]) -> str:
    with force_locale(locale):
        return wording.translate(sentence, **{name: wording.translate(one) if isinstance(one, str) else one
                                              for name, one in values.items()})
