"""上墙与巡码: what the guardian does with the plates of his micro-grid, one tap after each scan, without scripts.

The scan itself is the visit's (`visit.scanned`): it is remembered for this sign-in, and no page here shows a token.
"""

from collections.abc import Callable
from itertools import groupby

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from feedback import access, db
from feedback.codes import flags, quarters, walks
from feedback.errors import Missing, Refusal
from feedback.models.codes import DoorCode
from feedback.models.people import Person, Role
from feedback.models.places import Area, Household, Level
from feedback.models.walks import Finding
from feedback.web import wording
from feedback.web.auth import current_staff, role_required
from feedback.web.auth.badge import local_path
from feedback.web.desk import bp, visit
from feedback.web.languages import gettext as _
from feedback.words import N_

TENDERS = (Role.GUARDIAN, Role.VILLAGE)
tenders = role_required(*TENDERS)
Step = Callable[[Person, DoorCode], Household]


# ---------------------------------------------------------------- after a scan


@bp.post("/door/hang")
@tenders
def hang_plate() -> ResponseReturnValue:
    return _said(walks.hang, _("挂好了"))


@bp.post("/door/damage")
@tenders
def damage_plate() -> ResponseReturnValue:
    return _said(walks.spoil, _("记下了，坏了要重印"))


@bp.post("/door/check")
@tenders
def check_plate() -> ResponseReturnValue:
    """The plate he scanned, at the door he stands at: its own, or the one he names."""
    village_code, _blank, door = request.form.get("at", "").partition(" ")
    if not village_code:
        return _said(walks.find_fine, _("查过了"))
    at = walks.household_or_404(current_staff(), village_code, door)
    return _said(lambda person, code: walks.find_other(person, code, at), _("查过了"))


@bp.get("/door/elsewhere")
@tenders
def show_elsewhere() -> ResponseReturnValue:
    """At which door he stands, where it is not the one whose code he scanned."""
    seen, person = visit.scanned(), current_staff()
    if seen is None:
        return render_template("desk/no_door.html", meaning=None), 404
    at_hand, doors = walks.at_hand(person, seen.code), walks.doors_of(person)
    return render_template("desk/elsewhere.html", place=place(seen.household), household=seen.household,
                           choices=[(named(one.household), one.household.door)
                                    for one in doors if one.household.id != seen.household.id],
                           next=at_hand.next if at_hand else None)


# ---------------------------------------------------------------- the round


@bp.get("/plates")
@tenders
def show_rounds() -> ResponseReturnValue:
    """The micro-grids whose plates are the reader's, each with how far its round is; of one only, its round."""
    areas = _served(current_staff())
    rounds = [one for area in areas for one in walks.figures(area, quarters.now())]
    mine = _microgrids(areas)
    if len(mine) == 1:
        return redirect(url_for(".show_round", microgrid_code=mine[0].code))
    told = {one.area.code: one for one in rounds}
    groups = groupby(mine, key=lambda one: one.code[: Level.VILLAGE.digits])
    villages = [(db.session.get_one(Area, code), list(found)) for code, found in groups]
    return render_template("desk/rounds.html", villages=villages, told=told, quarter=quarters.now())


@bp.get("/plates/<microgrid_code>")
@tenders
def show_round(microgrid_code: str) -> ResponseReturnValue:
    person, microgrid = current_staff(), db.session.get(Area, microgrid_code)
    if microgrid is None or microgrid.level is not Level.MICROGRID or not access.may_tend(person, microgrid.code):
        raise Missing
    walk = walks.of(microgrid)
    return render_template("desk/round.html", round=walk, next=walk.next_for(person), place=wording.area(microgrid))


@bp.get("/plates/<village_code>/<path:door>")
@tenders
def show_plate(village_code: str, door: str) -> ResponseReturnValue:
    """A door whose plate can't be scanned: what is with it."""
    household = walks.household_or_404(current_staff(), village_code, door)
    found = next((one for one in walks.of(household.microgrid).doors if one.household.id == household.id), None)
    return render_template("desk/plate.html", household=household, door=found, place=place(household),
                           findings=walks.BY_HAND, says=SAYS)


@bp.post("/plates/<village_code>/<path:door>")
@tenders
def report_plate(village_code: str, door: str) -> ResponseReturnValue:
    person, said = current_staff(), request.form.get("finding", "")
    household = walks.household_or_404(person, village_code, door)
    if said not in {one.value for one in walks.BY_HAND}:
        raise Refusal(N_("请选这一户的码怎么了。"))
    walks.report(person, household, Finding(said))
    return _done(household, _("记下了"))


SAYS = {
    Finding.SILENT: N_("牌子在，换了角度、擦干净也扫不出来"),
    Finding.GONE: N_("门上没有牌子"),
    Finding.FOREIGN: N_("要付钱、要填密码，或者是广告"),
}
"""How he knows it."""


# ---------------------------------------------------------------- what officers look at


@bp.get("/plate-flags")
@role_required(Role.VILLAGE)
def show_plate_flags() -> ResponseReturnValue:
    person = current_staff()
    standing = [one for code in access.scope(person).of(Role.VILLAGE) for one in flags.standing(person, code)]
    return render_template("desk/plate_flags.html", standing=standing, number=flags.waiting(person),
                           printed=flags.printed_again(standing), most=flags.MOST_WORDS)


@bp.post("/plate-flags/<int:flag_id>/settle")
@role_required(Role.VILLAGE, Role.TOWNSHIP)
def settle_plate_flag(flag_id: int) -> ResponseReturnValue:
    flags.settle_by_word(current_staff(), flag_id, request.form.get("words", ""))
    db.session.commit()
    flash(_("已记下。"))
    return redirect(local_path(request.form.get("back")) or url_for(".show_plate_flags"), 303)


# ---------------------------------------------------------------- inside


def _said(step: Step, what: str) -> Response:
    """What he says about the plate he has just scanned: the very one his page is about, if he has scanned on since."""
    seen = visit.scanned()
    if seen is None or named(seen.household) != request.form.get("scanned", ""):
        raise Refusal(visit.TOO_LONG_AGO if seen is None else SCANNED_ON)
    return _done(step(current_staff(), seen.code), what)


def _done(household: Household, what: str) -> Response:
    """Back to the round, which says what was written down and where to go next."""
    microgrid_code = household.microgrid_code
    flash(_("%(what)s：%(place)s", what=what, place=place(household)))
    db.session.commit()
    return redirect(url_for(".show_round", microgrid_code=microgrid_code), 303)


SCANNED_ON = N_("您后来又扫了别的码，这一页过时了。请再扫一次这扇门上的码。")


@bp.app_template_filter("named")
def named(household: Household) -> str:
    """A door as a form names it: its village's code and what is written on it."""
    return f"{household.village_code} {household.door}"


def place(household: Household) -> str:
    """「汪巷村 团结路 9 号」."""
    return f"{household.village.name} {household.door}"


def _served(person: Person) -> list[Area]:
    """The areas whose plates the person tends; one inside another counts once."""
    codes = sorted(set(access.scope(person).of(*TENDERS)))
    outer = [code for code in codes if not any(code != wider and code.startswith(wider) for wider in codes)]
    return list(db.session.scalars(select(Area).where(Area.code.in_(outer)).order_by(Area.code)))


def _microgrids(areas: list[Area]) -> list[Area]:
    inside = access.within_any(Area.code, [area.code for area in areas])
    is_microgrid = func.length(Area.code) == Level.MICROGRID.digits
    return list(db.session.scalars(select(Area).where(is_microgrid, inside).order_by(Area.code)))


@bp.app_template_filter("plate_words")
def words(door: walks.Door) -> str:
    """「查过，没问题」「没有了，11 月 3 日」「没查」."""
    if door.check is None:
        return _("没查") if door.has_plate else _("还没印")
    return _("%(found)s，%(day)s", found=wording.translate(door.check.finding.label), day=wording.day(door.check.at))


@bp.app_template_filter("advice")
def advice(reason: Finding) -> str:
    """What the village does about it."""
    return {
        Finding.DAMAGED: _("重印一张同样的码，挂上去再扫一遍。"),
        Finding.SILENT: _("重印一张同样的码，挂上去再扫一遍。"),
        Finding.GONE: _("问问这一户牌子去哪了，重印一张同样的码。"),
        Finding.OTHERS: _("先看是挂错了还是贴上去的。挂错了，两家换回来；贴上去的，揭下来。"),
        Finding.ASTRAY: _("去别家门上把牌子取回来，挂回这一户。"),
        Finding.FOREIGN: _("马上派人去：先拍照，再把贴的揭下来留着，不要在那个网页上填东西、付钱。"
                           "问这一户和左右邻居有没有人付过钱、填过密码，有就打 110。告诉镇里，看别处有没有。"),
    }[reason]
