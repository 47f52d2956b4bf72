"""台账: what became of every plate of an area, summed by village, and line by line as a file."""

import os

from flask import render_template, send_file
from flask.typing import ResponseReturnValue

from feedback import db, export, patience
from feedback.codes import ledger
from feedback.export import Format, Table
from feedback.identity import trail
from feedback.models.records import StaffAct
from feedback.web import wording
from feedback.web.admin import bp, start
from feedback.web.admin.sheet import administrators
from feedback.web.auth import current_staff


@bp.get("/plates/ledger")
@administrators
def show_ledger() -> ResponseReturnValue:
    area = start.managed()
    rows = ledger.sums(area)
    return render_template("admin/ledger.html", rows=rows, total=ledger.total(rows), days=ledger.LATE.days,
                           section="plates", **start.about(area))


@bp.post("/plates/ledger.csv")
@administrators
def save_ledger() -> ResponseReturnValue:
    """One line a code; whole before its first byte is sent. A POST, so that no link opened by mistake is an export."""
    area = start.managed()
    code, name = area.code, f"plates-ledger-{area.code}.csv"
    with patience.unhurried():
        db.snapshot()
        columns = tuple(wording.translate(each) for each in ledger.COLUMNS)
        file, rows = export.spooled(Table(columns, ledger.lines(area)), Format.CSV)
    db.session.rollback()
    trail.leave(StaffAct.EXPORT, current_staff(), subject=name, area=code, rows=rows)
    db.session.commit()
    answer = send_file(file, Format.CSV.media_type, as_attachment=True, download_name=name)
    answer.content_length = os.fstat(file.fileno()).st_size
    return answer
