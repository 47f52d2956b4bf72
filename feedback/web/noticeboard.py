"""公开栏: what a village has promised and kept, month by month, for everybody: a light page, without a sign-in.

The page names the village and nothing of whoever opened it: it needs no door's code, sets nothing, and stays good in
the browser for some minutes, for a month that was told never changes. The words here are those of the paper, too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from feedback import charts, db, publicity
from feedback.models.places import Area, Level
from feedback.stats import boards, public
from feedback.stats.boards import Board
from feedback.stats.public import Deed, Side, Told, Word
from feedback.web import signboard, wording
from feedback.web.languages import gettext as _
from feedback.web.languages import ngettext
from feedback.web.township.window import month_words

bp = Blueprint("noticeboard", __name__)

KEPT_FOR = 600
"""Seconds a browser need not ask again."""


@dataclass(frozen=True)
class Line:
    """A number beside its words, and drawn."""

    words: str
    number: str = ""
    bar: Markup | str = ""


@dataclass(frozen=True)
class Shown:
    """A month as a page or a sheet says it."""

    board: Board
    month: str
    title: str
    deeds: Sequence[Line]
    times: Sequence[str]
    said: Sequence[Line]
    matters: Sequence[Line]


@bp.get("/v/<village_code>")
@bp.get("/V/<village_code>", endpoint="show_upper")
def show(village_code: str) -> ResponseReturnValue:
    village = village_of(village_code)
    if village is None:
        return render_template("noticeboard/unknown.html"), 404
    texts = publicity.of(village.code)
    found = boards.of(village.code) if texts.shows_board else []
    chosen = chosen_of(found)
    page = render_template(
        "noticeboard/show.html", place=signboard.place_of(village), village=village, texts=texts, earlier=found,
        shown=shown(chosen) if chosen else None, brief=brief, month_words=month_words, few=public.K,
    )
    answer = make_response(page)
    answer.headers["Cache-Control"] = f"private, max-age={KEPT_FOR}"
    answer.vary.add("Cookie")
    return answer


def village_of(code: str) -> Area | None:
    """The village of an address; None where there is none."""
    is_one = code.isascii() and code.isdigit() and len(code) == Level.VILLAGE.digits
    return db.session.get(Area, code) if is_one else None


def chosen_of(found: Sequence[Board]) -> Board | None:
    """The month the address asks for, else the newest."""
    asked = request.args.get("month", "")
    return next((one for one in found if one.month == asked), found[0] if found else None)


# ---------------------------------------------------------------- in words


def shown(board: Board) -> Shown:
    """A month in the reader's language."""
    told, month = board.told, month_words(board.month, with_year=False)
    if told.total is None:
        return Shown(board, month, _("%(month)s的事太少，不公布", month=month), (), (), (), ())
    return Shown(
        board, month, _title(told, month), tuple(_deeds(told)), tuple(_times(told)), tuple(_said(told)),
        tuple(_matters(told)),
    )


def brief(board: Board) -> str:
    """A month in a few words: 「33 件，晚了的不到 5 件」."""
    told = board.told
    if told.total is None:
        return _("太少，不公布")
    return _("%(n)s 件，%(how)s", n=told.total, how=_punctual(told.answered))


def _title(told: Told, month: str) -> str:
    return _("%(month)s该有结果的 %(n)s 件，%(how)s", month=month, n=told.total, how=_punctual(told.answered))


def _punctual(deed: Deed) -> str:
    if deed.few is Side.MISSED:
        return _("晚了的不到 %(k)s 件", k=public.K)
    if deed.few is Side.DONE:
        return _("按时的不到 %(k)s 件", k=public.K)
    if not deed.missed:
        return _("件件按时")
    return _("%(n)s 件按时", n=deed.done) if deed.done else _("没有一件按时")


def _deeds(told: Told) -> Iterator[Line]:
    for words, deed in ((_("有人联系"), told.contacted), (_("把结果告诉本人"), told.answered)):
        how = _punctual(deed)
        if deed.done and deed.missed:
            how = _("按时 %(done)s 件，晚了 %(missed)s 件", done=deed.done, missed=deed.missed)
        yield Line(words, how, charts.bar(_at_least(deed, told), told.total or 0, f"{words}：{how}"))


def _at_least(deed: Deed, told: Told) -> int:
    """So much of the bar is sure to be full."""
    if deed.few is None:
        return deed.done or 0
    return (told.total or 0) - public.K + 1 if deed.few is Side.MISSED else 0


def _times(told: Told) -> Iterator[str]:
    contacted, answered = told.contacted_within, told.answered_within
    yield (_("一半的事，%(time)s内有人联系。", time=_length(contacted)) if contacted is not None
           else _("过半的事，一直没有人联系上。"))
    yield (_("一半的事，%(time)s内有结果。", time=_length(answered)) if answered is not None
           else _("过半的事，还没有结果。"))


def _length(hours: int) -> str:
    if hours < 24:
        return ngettext("%(num)s 小时", "%(num)s 小时", hours)
    return ngettext("%(num)s 天", "%(num)s 天", hours // 24)


def _said(told: Told) -> Iterator[Line]:
    for word, n in told.said.parts:
        yield _counted(wording.translate(word.label), n, told)
    if told.said.few is not None:
        yield Line(wording.translate(told.said.few.label), _("不到 %(k)s 件", k=public.K))
    if told.said.few is Word.SOLVED and not told.said.parts:
        yield Line(_("其余的分开说，会看出是谁，不公布"))


def _matters(told: Told) -> Iterator[Line]:
    for name, n in told.matters.most:
        yield _counted(name, n, told)
    if told.matters.most:
        yield _counted(_("其余合计"), told.matters.rest, told)


def _counted(words: str, n: int, told: Told) -> Line:
    number = ngettext("%(num)s 件", "%(num)s 件", n)
    return Line(words, number, charts.bar(n, told.total or 0, f"{words}：{number}"))
