"""印制批次: orders plates of an area of any size, shows how far each run is, and hands out what is ready.

The printing itself is done by another process; a page that waits asks again every few seconds, without a script.
"""

from flask import Response, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug import Response as Redirect

from feedback import db
from feedback.administration import authority
from feedback.administration import plates as register
from feedback.codes import archives, ledger, press, ready, reprints, runs
from feedback.codes.checking import Fault
from feedback.identity import trail
from feedback.models.people import Person
from feedback.models.places import Area
from feedback.models.prints import PrintRun, RunState
from feedback.models.records import StaffAct
from feedback.sheets import Format, Layout
from feedback.web.admin import bp, start
from feedback.web.admin.sheet import administrators
from feedback.web.auth import current_staff
from feedback.web.languages import gettext as _

PAGE = 50
AGAIN = 5
"""Seconds after which a page about a run that is worked on is asked for again."""
WAITING = frozenset({RunState.ORDERED, RunState.PRINTING, RunState.PRINTED})


@bp.post("/plates/print")
@administrators
def order_run() -> ResponseReturnValue:
    """A run of the area's plates. Pressed twice it is one run."""
    area = start.managed()
    authority.require(current_staff(), area.code)
    run = runs.order(area, layout=_layout(), form=Format.PDF, base_url=_base_url(), by=current_staff())
    return _sent(run)


@bp.post("/plates/<int:code_id>/reprint")
@administrators
def reprint(code_id: int) -> ResponseReturnValue:
    """One plate once more, laid out as it was."""
    code = register.code_or_404(current_staff(), code_id)
    before = ledger.prints_of(code)
    layout = Layout(before[-1].layout) if before else Layout.TWO_BY_FIVE
    run = runs.order_again([code.token], code.village, layout=layout, form=Format.PDF, base_url=_base_url(),
                           by=current_staff())
    return _sent(run)


@bp.post("/plates/reprint")
@administrators
def reprint_damaged() -> ResponseReturnValue:
    """All damaged plates of the area."""
    area = start.managed()
    run = runs.order_again(reprints.damaged(area.code), area, layout=_layout(), form=Format.PDF, base_url=_base_url(),
                           by=current_staff())
    return _sent(run)


@bp.get("/plates/runs")
@administrators
def show_runs() -> ResponseReturnValue:
    area, before = start.managed(), _number(request.args.get("before"))
    found = runs.of(area.code, before=before, limit=PAGE + 1)
    return render_template("admin/runs.html", runs=found[:PAGE], more=len(found) > PAGE, layouts=Layout,
                           section="plates", **start.about(area))


@bp.get("/plates/runs/<int:run_id>")
@administrators
def show_run(run_id: int) -> ResponseReturnValue:
    run = register.run_or_404(current_staff(), run_id)
    is_here = run.folder == "" and run.removed_at is None
    changed = ready.standing(run) if is_here else []
    downloads = archives.villages(run) if is_here and run.state is RunState.READY and not changed else {}
    is_waiting = is_here and run.state in WAITING
    page = make_response(render_template(
        "admin/run.html", run=run, is_here=is_here, changed=changed, downloads=downloads, faults=Fault, layouts=Layout,
        names=_names(downloads), life={} if is_waiting else ledger.life_of(run), section="plates",
        kept_until=(run.since_at or run.ordered_at) + press.KEPT, **start.about(run.area),
    ))
    if is_waiting:
        page.headers["Refresh"] = str(AGAIN)
    return page


@bp.post("/plates/runs/<int:run_id>/stop")
@administrators
def stop_run(run_id: int) -> ResponseReturnValue:
    run = register.own_run(current_staff(), run_id)
    runs.stop(run)
    db.session.commit()
    flash(_("停下了。已经印好的都还在。"))
    return _to(run)


@bp.post("/plates/runs/<int:run_id>/go-on")
@administrators
def go_on_with_run(run_id: int) -> ResponseReturnValue:
    run = register.own_run(current_staff(), run_id)
    runs.go_on(run, by=current_staff())
    return _sent(run)


@bp.get("/plates/runs/<int:run_id>/plates.zip")
@administrators
def download_run(run_id: int) -> ResponseReturnValue:
    """All of it, with a folder for each village."""
    run = register.own_run(current_staff(), run_id)
    return _archive(run, current_staff())


@bp.get("/plates/runs/<int:run_id>/<village_code>.zip")
@administrators
def download_village(run_id: int, village_code: str) -> ResponseReturnValue:
    run = register.own_run(current_staff(), run_id)
    return _archive(run, current_staff(), village_code)


def _archive(run: PrintRun, by: Person, village_code: str = "") -> ResponseReturnValue:
    """Made while it is sent: nothing is read from the database any more by then."""
    content = archives.of(run, village_code)
    name = f"plates-{run.id}-{village_code or run.area_code}.zip"
    trail.leave(StaffAct.CODE, by, subject=village_code or run.area_code, change="run downloaded", run=run.id)
    db.session.commit()
    return Response(content, mimetype="application/zip",
                    headers={"Content-Disposition": f"attachment; filename={name}"})


def _sent(run: PrintRun) -> Redirect:
    """The order is kept; somebody begins with it now, or when the timer comes by."""
    number = run.id
    db.session.commit()
    db.in_turn(press.begin)
    return redirect(url_for("admin.show_run", run_id=number), 303)


def _to(run: PrintRun) -> Redirect:
    return redirect(url_for("admin.show_run", run_id=run.id), 303)


def _layout() -> Layout:
    layout = request.form.get("layout", "")
    return Layout(layout) if layout in set(Layout) else Layout.TWO_BY_FIVE


def _base_url() -> str:
    address: str = current_app.extensions["config"].base_url
    return address


def _names(codes: dict[str, int]) -> dict[str, str]:
    """What the places of these codes are called."""
    found = (db.session.get(Area, code) for code in codes)
    return {area.code: area.name for area in found if area is not None}


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 18 else 0


