"""出错: what could not be done is a page with one sentence; the words that were sent come back with it.
Another machine gets it as a problem, not as a page.

Whatever failed is rolled back here, so that no half of it is kept.
"""

import logging

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from config import MEGABYTE
from feedback import db
from feedback.errors import Refusal
from feedback.web import problems, safety, wording
from feedback.web.languages import gettext as _
from feedback.words import N_

log = logging.getLogger(__name__)

KEPT_FIELD_LENGTH = 8
"""Characters from which a field counts as words somebody would miss."""

TOO_LARGE = 413
MOST_READ = 256 * MEGABYTE
"""Of a request that is too large: six photos straight from a camera, and some more."""

SENTENCES = {
    400: N_("这一步没有看懂。请回到上一页再试一次。"),
    401: N_("请先登录。"),
    403: N_("这一步不归您办。"),
    404: N_("没有找到。可能是编号不对，也可能不归您看。"),
    405: N_("这个地址不能这样打开。请回到上一页。"),
    413: N_("照片太大了，一次送不出去。请回到上一页，少选几张；写的字都还在。"),
    429: N_("试得太快了。请等一会儿再试。"),
    500: N_("我们这边出了错，已经记下了。请过一会儿再试。"),
}


def explain(app: Flask) -> None:
    """Registers the pages for everything that can go wrong."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _broken)


def sentence_of(refusal: Refusal) -> str:
    """A rule's sentence in the reader's language."""
    return wording.translate(refusal.sentence, **refusal.values)


def _page(status: int, sentence: str) -> ResponseReturnValue:
    return render_template("faults/fault.html", status=status, sentence=sentence, kept=_kept_words()), status


def _refused(refusal: Refusal) -> ResponseReturnValue:
    db.session.rollback()
    if safety.is_for_machines():
        return problems.of_refusal(refusal)
    return _page(refusal.status, sentence_of(refusal))


def _stale(error: CSRFError) -> ResponseReturnValue:
    db.session.rollback()
    return _page(400, _("这一页放得太久，没有送出去。请打开上一页再送一次；您写的在下面。"))


def _http(error: HTTPException) -> ResponseReturnValue:
    db.session.rollback()
    if error.code is None or error.code < 400:
        return error.get_response()
    if error.code == TOO_LARGE:
        _read_to_its_end()
    if safety.is_for_machines():
        return problems.of_status(error.code, error.get_response())
    return _page(error.code, _(SENTENCES.get(error.code, SENTENCES[400])))


def _read_to_its_end() -> None:
    """A browser that is still sending reads no answer: what is too large is taken off its hands unread, up to a
    bound, so that the page with the sentence arrives."""
    left, stream = MOST_READ, request.environ["wsgi.input"]
    while left > 0 and (some := stream.read(min(left, MEGABYTE))):
        left -= len(some)


def _broken(error: Exception) -> ResponseReturnValue:
    db.session.rollback()
    log.exception("unexpected failure at %s", request.endpoint)
    if safety.is_for_machines():
        return problems.of_status(500)
    return _page(500, _(SENTENCES[500]))


def _kept_words() -> list[str]:
    """The sentences of the form that failed, so that nobody types them twice; passwords stay out."""
    if request.method != "POST":
        return []
    try:
        fields = request.form.items(multi=True)
    except HTTPException:
        return []
    secret = {"csrf_token", "password", "new_password", "again", "code", "receipt", "next"}
    return [value for name, value in fields if name not in secret and len(value) >= KEPT_FIELD_LENGTH]
