"""户与码: which codes hang where and their life; issuing, revoking, a new one. What is printed has pages of its own."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug import Response as Redirect

from feedback import codes, db, tokens
from feedback.administration import places
from feedback.administration import plates as register
from feedback.codes import runs, volumes
from feedback.models.codes import CodeState, DoorCode
from feedback.sheets import Layout
from feedback.web.admin import bp, start
from feedback.web.admin.sheet import administrators
from feedback.web.auth import current_staff
from feedback.web.languages import gettext as _

SHOWN_RUNS = 5


@bp.get("/plates")
@administrators
def show_plates() -> ResponseReturnValue:
    area, args = start.managed(), request.args
    state = CodeState(args["state"]) if args.get("state") in set(CodeState) else None
    found, after = register.page(area, state=state, door=args.get("door", "").strip(), after=_number(args.get("after")))
    return render_template(
        "admin/plates.html", codes=found, after=after, life=register.life(area), states=list(CodeState), state=state,
        tail=tokens.tail, below=places.below(area), layouts=Layout, plates=volumes.count(area.code),
        households=places.households_below(area), runs=runs.of(area.code, limit=SHOWN_RUNS), section="plates",
        **start.about(area),
    )


@bp.post("/plates/issue")
@administrators
def issue() -> ResponseReturnValue:
    area = start.managed()
    count = codes.issue(area, by=current_staff())
    db.session.commit()
    flash(_("发了 %(n)s 张码。", n=count) if count else _("每一户都有码了。"))
    return redirect(url_for(".show_plates", area=area.code), 303)


@bp.post("/plates/<int:code_id>/revoke")
@administrators
def revoke(code_id: int) -> ResponseReturnValue:
    code = register.code_or_404(current_staff(), code_id)
    codes.revoke(code.token, reason=request.form.get("reason", ""), by=current_staff())
    db.session.commit()
    flash(_("已停用。谁扫这张码，都会看到为什么、该找谁。"))
    return _at_door(code)


@bp.post("/plates/<int:code_id>/reissue")
@administrators
def reissue(code_id: int) -> ResponseReturnValue:
    code = register.code_or_404(current_staff(), code_id)
    codes.reissue(code.token, by=current_staff())
    db.session.commit()
    flash(_("换了新码，旧的不能用了。请印新的门牌。"))
    return _at_door(code)


def _at_door(code: DoorCode) -> Redirect:
    """Back to this door alone, where she sees all its codes, the newest too."""
    door = code.household.door if code.household else None
    return redirect(url_for(".show_plates", area=code.village_code, door=door), 303)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 18 else 0
