"""名单: the cases behind a number, with every filter in the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from feedback import access, db, policies, stats
from feedback.errors import Missing
from feedback.models.kinds import Action, Kind, Status
from feedback.models.people import Person
from feedback.models.places import Area
from feedback.models.rules import Category
from feedback.stats import By, grouping, members
from feedback.stats.definitions import COUNTS, RATES
from feedback.stats.endings import Ending
from feedback.stats.facts import Exclusion
from feedback.stats.members import Part
from feedback.supervision import hands, lists
from feedback.web import wording
from feedback.web.auth import current_staff
from feedback.web.languages import gettext as _
from feedback.web.township import bp, here, saying, window
from feedback.web.township.overview import about, excerpts
from feedback.words import N_

KEPT = ("area", "from", "to", "figure", "part", "now", "place", "kind", "category", "team", "handler", "month",
        "rung")
"""What an address of a list may say; the rest of an address is not kept."""
PARTS = {Part.N: N_("分子"), Part.OF: N_("分母"), Part.MISSING: N_("分母里的其余")}
"""A rate may be one of good or of bad: neither part is called done or missed."""
NOT_YET_DUE = {"response_not_yet_due": N_("响应未到期"), "handling_not_yet_due": N_("办理未到期")}


@dataclass(frozen=True)
class Asked:
    """A list as the address asks for it."""

    area: Area
    days: window.Window
    now: lists.Now | None
    figure: str
    part: Part
    words: Mapping[By, str]
    """What it is narrowed to, by the words of the figures' groups."""
    rung: hands.Place | None = None
    """Where its cases stand on the ladder; only a list of this moment is narrowed to it."""

    @property
    def narrowings(self) -> dict[str, str]:
        """To what it is narrowed beyond area and days, in words, by the name in the address."""
        area, kind = db.session.get(Area, self.words.get(By.AREA, "")), self.kind
        team = self.words.get(By.TEAM, "").rpartition("/")[2]
        held = db.session.get(Area, team)
        found = {
            "place": area.name if area else "",
            "kind": kind.label if kind else "",
            "category": (self.words[By.CATEGORY] or N_("未归类")) if By.CATEGORY in self.words else "",
            "team": held.name if held else team,
            "handler": _handler_words(self.words.get(By.HANDLER, "")),
            "month": self.words.get(By.MONTH, ""),
            "rung": _rung_words(self.rung),
        }
        return {name: words for name, words in found.items() if words}

    @property
    def kind(self) -> Kind | None:
        return Kind(self.words[By.KIND]) if self.words.get(By.KIND) in set(Kind) else None


@bp.get("/cases")
@here.watchers
def show_cases() -> ResponseReturnValue:
    person, asked = current_staff(), _asked()
    page, total = _page(person, asked, after=request.args.get("after", ""))
    kept = {name: request.args[name] for name in KEPT if request.args.get(name)}
    return render_template(
        "township/cases.html", asked=asked, title=_title(asked), page=page, total=total, kept=kept,
        excerpts=excerpts(person, page.cases), may=_may(person), lists=lists.offered(person),
        categories=_categories(asked.area), kinds=[(kind.value, wording.translate(kind.label)) for kind in Kind],
        places=_places(asked.area), below=saying.level_below(asked.area.code),
        **about(asked.area, asked.days),
    )


def _asked() -> Asked:
    args = request.args
    area, person = here.area(), current_staff()
    words = {by: args[name] for by, name in _NAMES.items() if args.get(name)}
    if words.get(By.CATEGORY) == lists.NO_CATEGORY:
        words[By.CATEGORY] = grouping.NO_CATEGORY
    if By.HANDLER in words and not here.may_see_handlers(person, area.code):
        raise Missing
    if By.AREA in words and db.session.get(Area, words[By.AREA]) is None:
        raise Missing
    figure = args.get("figure", "")
    now = lists.Now(args["now"]) if args.get("now") in set(lists.Now) else None
    if (figure and figure not in members.KEYS) or (now is not None and now not in lists.offered(person)):
        raise Missing
    if not figure and now is None:
        now = lists.Now.OPEN
    part = Part(args["part"]) if args.get("part") in set(Part) else Part.OF
    rung = hands.PLACES.get(args.get("rung", "")) if not figure else None
    return Asked(area, window.of(args), None if figure else now, figure, part, words, rung)


def _handler_words(number: str) -> str:
    person = db.session.scalar(select(Person).where(Person.staff_number == number)) if number else None
    return N_("没有人接") if number == lists.NOBODY else person.name if person else ""


def _rung_words(rung: hands.Place | None) -> str:
    """「办理：超期」."""
    if rung is None:
        return ""
    return _("%(clock)s：%(rung)s", clock=wording.translate(rung.clock.label), rung=wording.translate(rung.label))


_NAMES = {By.AREA: "place", By.KIND: "kind", By.CATEGORY: "category", By.TEAM: "team", By.HANDLER: "handler",
          By.MONTH: "month"}


def _page(person: Person, asked: Asked, *, after: str) -> tuple[lists.Page, int]:
    """One page of the list, and how many there are in all."""
    if asked.now is not None:
        to = lists.Narrowed(
            area_code=asked.area.code, told_under=asked.words.get(By.AREA, ""), kind=asked.kind,
            category=request.args.get("category", ""), team=asked.words.get(By.TEAM, ""),
            owner=asked.words.get(By.HANDLER, ""), place=asked.rung,
        )
        return lists.standing(person, asked.now, to, after=after), lists.count(person, asked.now, to)
    days = asked.days.from_on, asked.days.to_on
    behind = stats.view(asked.area.code, *days, viewer=person).behind(asked.figure, asked.part, *days, asked.words)
    last = int(after) if after.isdecimal() and len(after) <= 18 else None
    return lists.picked(person, *behind.page(last, lists.PAGE)), behind.count


def _title(asked: Asked) -> str:
    """「按时响应率：分母里的其余」, 「超期」."""
    if asked.now is not None:
        return wording.translate(asked.now.label)
    names = {rate.key: rate.label for rate in RATES} | {key: label for key, (label, _means) in COUNTS.items()}
    names |= {f"excluded_{reason.value}": reason.label for reason in Exclusion}
    names |= {f"ending_{ending.value}": ending.label for ending in Ending}
    names |= {"closed": Status.CLOSED.label, **NOT_YET_DUE}
    name = wording.translate(names[asked.figure])
    if asked.figure in {rate.key for rate in RATES}:
        return _("%(figure)s：%(part)s", figure=name, part=wording.translate(PARTS[asked.part]))
    return name


def _may(person: Person) -> dict[str, Any]:
    """Asked for each row of a list: whether this person may supervise the case, end it, or ask her afterwards."""
    return {
        "supervise": lambda case: not case.is_supervised and access.may(person, Action.SUPERVISE, case),
        "end": lambda case: case.is_supervised and access.may(person, Action.END_SUPERVISION, case),
        "follow_up": lambda case: Action.FOLLOW_UP in access.actions(person, case),
    }


def _categories(area: Area) -> list[tuple[str, str]]:
    known = Category.area_code.in_(policies.upward(area.code))
    names = db.session.scalars(select(Category.name).where(known).distinct().order_by(Category.name))
    return [(lists.NO_CATEGORY, _("未归类")), *((name, name) for name in names)]


def _places(area: Area) -> list[tuple[str, str]]:
    below = select(Area).where(Area.parent_code == area.code).order_by(Area.code)
    return [(one.code, one.name) for one in db.session.scalars(below)]
