"""导入: a file is looked at first, then taken whole or not at all; between the two it lies here, not in the browser."""

from pathlib import Path

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from feedback import db, roster
from feedback.administration import imports, uploads
from feedback.errors import Refusal
from feedback.web import wording
from feedback.web.admin import bp, start
from feedback.web.admin.sheet import administrators
from feedback.web.auth import current_staff
from feedback.web.faults import sentence_of
from feedback.web.languages import gettext as _
from feedback.words import N_

SHOWN = 200
"""Changes and bad rows shown on the page; the file of bad rows has them all."""


@bp.get("/imports")
@administrators
def show_imports() -> ResponseReturnValue:
    return _page()


@bp.post("/imports")
@administrators
def upload() -> ResponseReturnValue:
    try:
        name = uploads.keep(_folder(), current_staff(), _sent())
        imports.plan(current_staff(), uploads.find(_folder(), current_staff(), name))
    except Refusal as refusal:
        db.session.rollback()
        return _page(sentence_of(refusal))
    return redirect(url_for(".show_plan", name=name), 303)


@bp.get("/imports/<name>")
@administrators
def show_plan(name: str) -> ResponseReturnValue:
    kept = uploads.find(_folder(), current_staff(), name)
    planned = imports.plan(current_staff(), kept)
    return render_template("admin/plan.html", kept=kept, plan=planned, name=name, most=SHOWN, section="imports",
                           staff_kind=roster.Kind.STAFF, **start.about(start.managed()))


@bp.get("/imports/<name>/bad-rows.csv")
@administrators
def bad_rows(name: str) -> ResponseReturnValue:
    planned = imports.plan(current_staff(), uploads.find(_folder(), current_staff(), name))
    answer = Response(planned.bad_rows_csv(wording.translate), mimetype="text/csv")
    answer.headers["Content-Disposition"] = "attachment; filename=bad-rows.csv"
    return answer


@bp.post("/imports/<name>/apply")
@administrators
def apply(name: str) -> ResponseReturnValue:
    """Takes the file; first passwords stand on the slips of this answer only."""
    kept = uploads.find(_folder(), current_staff(), name)
    done, slips = imports.apply(current_staff(), kept, with_passwords=request.form.get("passwords") == "y")
    db.session.commit()
    uploads.forget(_folder(), current_staff(), name)
    counts = {"new": done.new, "changed": done.changed, "same": done.same}
    flash(_("已导入：新增 %(new)s，改动 %(changed)s，一样的 %(same)s。", **counts))
    if slips:
        return render_template("admin/slips.html", slips=slips, back=url_for(".show_people"), section="imports",
                               **start.about(start.managed()))
    return redirect(url_for(".show_imports"), 303)


def _page(refused: str = "") -> ResponseReturnValue:
    page = render_template("admin/imports.html", kinds=list(roster.Kind), refused=refused, section="imports",
                           megabytes=uploads.MOST_BYTES // 1024 // 1024, **start.about(start.managed()))
    return page, 400 if refused else 200


def _sent() -> uploads.Upload:
    """The file of this form. Raises Refusal where there is none, or it is too long."""
    kind, file = request.form.get("kind", ""), request.files.get("file")
    if kind not in set(roster.Kind):
        raise Refusal(N_("请选这是什么表。"))
    if file is None or not file.filename:
        raise Refusal(N_("请选一个文件。"))
    with file.stream as stream:
        data = stream.read(uploads.MOST_BYTES + 1)
    return uploads.Upload(roster.Kind(kind), file.filename, data)


def _folder() -> Path:
    folder: Path = current_app.extensions["config"].data_dir / "uploads"
    return folder
