"""审计: what staff did outside cases, and the facts of cases; no word of anybody."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from feedback.models.kinds import Action
from feedback.models.people import Role
from feedback.models.records import StaffAct
from feedback.supervision import records
from feedback.web import wording
from feedback.web.auth import current_staff, role_required
from feedback.web.township import bp, here, window
from feedback.web.township.overview import about


@bp.get("/audit/staff")
@role_required(Role.AUDITOR)
def show_staff_events() -> ResponseReturnValue:
    area, days = here.area(), window.of(request.args)
    events, after = records.staff_events(current_staff(), _asked(days), after=request.args.get("after", ""))
    return render_template("township/staff_events.html", events=events, after=after, acts=_named(StaffAct),
                           **about(area, days))


@bp.get("/audit/cases")
@role_required(Role.AUDITOR)
def show_case_events() -> ResponseReturnValue:
    area, days = here.area(), window.of(request.args)
    events, after = records.case_events(current_staff(), area.code, _asked(days), after=request.args.get("after", ""))
    return render_template("township/case_events.html", events=events, after=after, acts=_named(Action),
                           **about(area, days))


def _asked(days: window.Window) -> records.Asked:
    args = request.args
    return records.Asked(
        from_on=days.from_on, to_on=days.to_on, username=args.get("who", "").strip().lower(),
        act=StaffAct(args["act"]) if args.get("act") in set(StaffAct) else None,
        action=Action(args["act"]) if args.get("act") in set(Action) else None,
    )


def _named(acts: type[StaffAct] | type[Action]) -> list[tuple[str, str]]:
    return [(act.value, wording.translate(act.label)) for act in acts]
