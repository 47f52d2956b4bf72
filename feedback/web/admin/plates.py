"""户与码: which codes hang where and their life; issuing, revoking, a new one, and the sheets to print."""

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_STORED, ZipFile

from flask import current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from feedback import codes, db, fonts, tokens
from feedback.administration import places
from feedback.administration import plates as register
from feedback.codes import printing
from feedback.identity import trail
from feedback.models.codes import CodeState
from feedback.models.people import Person
from feedback.models.places import Area, Level
from feedback.models.records import StaffAct
from feedback.sheets import Format, Layout
from feedback.web.admin import bp, start
from feedback.web.admin.sheet import administrators
from feedback.web.auth import current_staff
from feedback.web.languages import gettext as _

MOST_PLATES = 1_000
"""Plates one download may hold: about a village; more is for the command line."""


@bp.get("/plates")
@administrators
def show_plates() -> ResponseReturnValue:
    area, args = start.managed(), request.args
    state = CodeState(args["state"]) if args.get("state") in set(CodeState) else None
    found, after = register.page(area, state=state, door=args.get("door", "").strip(), after=_number(args.get("after")))
    return render_template(
        "admin/plates.html", codes=found, after=after, life=register.life(area), states=list(CodeState), state=state,
        tail=tokens.tail, below=places.below(area), layouts=list(Layout), plates=printing.count(area.code),
        most=MOST_PLATES, households=places.households_below(area), may_print=len(area.code) >= Level.VILLAGE.digits,
        section="plates", **start.about(area),
    )


@bp.post("/plates/issue")
@administrators
def issue() -> ResponseReturnValue:
    area = start.managed()
    count = codes.issue(area, by=current_staff())
    db.session.commit()
    flash(_("发了 %(n)s 张码。", n=count) if count else _("每一户都有码了。"))
    return redirect(url_for(".show_plates", area=area.code), 303)


@bp.post("/plates/print")
@administrators
def print_sheets() -> ResponseReturnValue:
    """The sheets of a village or less and their manifest, as one archive."""
    area, layout = start.managed(), request.form.get("layout", "")
    chosen = Layout(layout) if layout in set(Layout) else Layout.TWO_BY_FIVE
    archive = _printed(current_staff(), area, chosen)
    return send_file(archive, "application/zip", as_attachment=True, download_name=f"plates-{area.code}-{chosen}.zip")


@bp.post("/plates/<int:code_id>/revoke")
@administrators
def revoke(code_id: int) -> ResponseReturnValue:
    code = register.code_or_404(current_staff(), code_id)
    codes.revoke(code.token, reason=request.form.get("reason", ""), by=current_staff())
    db.session.commit()
    flash(_("已停用。谁扫这张码，都会看到为什么、该找谁。"))
    return redirect(url_for(".show_plates", area=code.village_code), 303)


@bp.post("/plates/<int:code_id>/reissue")
@administrators
def reissue(code_id: int) -> ResponseReturnValue:
    code = register.code_or_404(current_staff(), code_id)
    codes.reissue(code.token, by=current_staff())
    db.session.commit()
    flash(_("换了新码，旧的不能用了。请印新的门牌。"))
    return redirect(url_for(".show_plates", area=code.village_code), 303)


def _printed(by: Person, area: Area, layout: Layout) -> BytesIO:
    config, archive = current_app.extensions["config"], BytesIO()
    register.require_printable(by, area, printing.count(area.code), MOST_PLATES)
    with TemporaryDirectory() as folder:
        order = printing.Order(
            area_code=area.code, folder=Path(folder), layout=layout, form=Format.PDF, base_url=config.base_url,
            lower_host=config.plate_lower_host, typefaces=fonts.load(config.plate_fonts),
        )
        for _batch in printing.run(order):
            db.session.commit()
        db.session.commit()
        with ZipFile(archive, "w", ZIP_STORED) as zipped:
            for path in sorted(Path(folder).rglob("*")):
                if path.is_file() and path.suffix in {".pdf", ".csv"}:
                    zipped.write(path, str(path.relative_to(folder)))
    trail.leave(StaffAct.CODE, by, subject=area.code, change="sheets", layout=layout.value)
    db.session.commit()
    archive.seek(0)
    return archive


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 18 else 0
