"""总览: the township's page: what the period shows, how things stand now, and every number a way into its cases."""

from collections.abc import Sequence
from typing import Any

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from feedback import access, contents
from feedback.models.cases import Case
from feedback.models.people import Person
from feedback.models.places import Area
from feedback.stats import By
from feedback.stats.definitions import COUNTS, DURATIONS, RATES
from feedback.stats.endings import Ending
from feedback.stats.facts import Exclusion
from feedback.web.auth import current_staff
from feedback.web.languages import gettext as _
from feedback.web.township import board, bp, here, saying, table, todo, window

MATTERS = 8
"""Categories the overview shows; the page of figures has all."""


@bp.get("/")
@here.watchers
def show_overview() -> ResponseReturnValue:
    person = current_staff()
    if here.widest(person) is None:
        return redirect("/g/")
    area, days = here.area(), window.of(request.args)
    shown = board.of(area, days, person)
    names = {rate.key: rate.label for rate in RATES}
    return render_template("township/overview.html", board=shown, names=names, endings=list(Ending),
                           matters_shown=MATTERS, exclusions=list(Exclusion), excerpts=excerpts(person, shown.slowest),
                           below=saying.level_below(area.code), waiting=todo.of(area, person),
                           **about(area, days))


@bp.get("/figures")
@here.watchers
def show_figures() -> ResponseReturnValue:
    person, area, days = current_staff(), here.area(), window.of(request.args)
    groupings = _groupings(person, area)
    by = next((one for one in groupings if one.value == request.args.get("by")), groupings[0])
    told = table.of(area, days, by, person, is_against_year=request.args.get("against") == table.YEAR)
    return render_template("township/figures.html", by=by, told=told, rates=RATES, durations=DURATIONS,
                           counts=COUNTS, exclusions=list(Exclusion), groupings=groupings,
                           place=By.AREA, **about(area, days))


def about(area: Area, days: window.Window) -> dict[str, Any]:
    """What every page of one area and one stretch of days needs; `at` is both as they stand in an address."""
    return {
        "area": area, "days": days, "at": {"area": area.code, **days.args}, "above": here.trail(area),
        "windows": {_("今天"): window.today(), _("本月"): window.this_month(), _("上月"): window.this_month().before()},
    }


def excerpts(person: Person, found: Sequence[Case]) -> dict[int, str]:
    """The first words of those cases the person may read; of the others there are only facts."""
    return contents.first_words([case for case in found if access.may_read(person, case)])


def _groupings(person: Person, area: Area) -> list[By]:
    """What figures may be told by here; by handler only to those who lead."""
    return [by for by in By if by is not By.HANDLER or here.may_see_handlers(person, area.code)]
