"""样张: every component in every state, in both languages; only in development (HLM_GALLERY=1)."""

from types import SimpleNamespace

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    Form,
    MultipleFileField,
    RadioField,
    SelectChoice,
    StringField,
    TextAreaField,
)

from feedback import charts
from feedback.models.kinds import Contact
from feedback.web.languages import gettext as _

bp = Blueprint("gallery", __name__, url_prefix="/gallery")

ROOMS = ("villager", "desk", "township")


@bp.get("/")
@bp.get("/<room>")
def show(room: str = "villager") -> ResponseReturnValue:
    """One room's components, dressed as that room's pages are."""
    if room not in ROOMS:
        abort(404)
    return render_template(f"gallery/{room}.html", steps=_steps(), rooms=ROOMS, form=_Sample(),
                           bar=charts.bar(25, 41, _("按时办结率")),
                           line=charts.sparkline((0.7, 0.72, None, 0.8, 0.78, 0.88), _("近 12 个月")))


class _Sample(Form):  # type: ignore[misc]
    """A field of each sort that the desks use."""

    how = RadioField(_l("怎么联系的"), choices=[SelectChoice(one.value, one.label) for one in Contact])
    words = TextAreaField(_l("对她说的话"))
    day = DateField(_l("哪天再看"))
    agreed = BooleanField(_l("她同意了"))
    photos = MultipleFileField(_l("照片"))
    name = StringField(_l("姓名"))


def _steps() -> list[SimpleNamespace]:
    return [
        SimpleNamespace(state="done", when="11-19 9:42", what=_("做过的：实心")),
        SimpleNamespace(state="done", when="11-20 15:10", what=_("上门"), proof=True),
        SimpleNamespace(state="late", when="11-26 17:30", what=_("过了期限：菱形"), late=_("超期")),
        SimpleNamespace(state="next", when="11-27", what=_("下一步：粗圈")),
        SimpleNamespace(state="later", when="12-1", what=_("以后的：细圈")),
    ]
