"""蓝黄红牌: the cards of some days by team and, for leaders, by person; each number opens into its cards."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from feedback import appeals, stats
from feedback.cards import Card
from feedback.errors import Missing
from feedback.models.people import Person
from feedback.stats import By
from feedback.supervision import cards
from feedback.supervision.cards import Drawn
from feedback.web import wording
from feedback.web.auth import current_staff
from feedback.web.languages import gettext as _
from feedback.web.township import bp, here, window
from feedback.web.township.overview import about

MOST = 200
"""Cards of one list; more in one period means that the period is too long to look at."""
WEIGHTS = {Card.BLUE: "later", Card.YELLOW: "today", Card.RED: "overdue"}
"""How heavily each card is drawn; the word says which it is."""
LIFTED = "lifted"


@bp.get("/cards")
@here.watchers
def show_cards() -> ResponseReturnValue:
    person, area, days = current_staff(), here.area(), window.of(request.args)
    names = here.may_see_handlers(person, area.code)
    found = cards.drawn(person, area.code, days.from_on, days.to_on)
    view = stats.view(area.code, days.from_on, days.to_on, viewer=person)
    filed = {row.key[0]: row.received for row in view.rows(days.from_on, days.to_on, [By.TEAM])}
    chosen = _chosen(found, may_see_names=names)
    return render_template(
        "township/cards.html", waiting=cards.waiting(person, area.code), names=names, kinds=list(Card), filed=filed,
        teams=cards.by_team(found), people=cards.by_person(found) if names else [], most=MOST,
        chosen=None if chosen is None else chosen[:MOST], chosen_in_all=len(chosen or ()), **about(area, days),
    )


def _chosen(found: list[Drawn], *, may_see_names: bool) -> list[Drawn] | None:
    """The cards of the number that was followed here; None where the page was opened by itself."""
    asked, team, owner = (request.args.get(name, "") for name in ("card", "team", "handler"))
    if owner and not may_see_names:
        raise Missing
    if not (asked or team or owner):
        return None
    card = Card(asked) if asked in set(Card) else None
    return cards.narrowed(found, card=card, team=team, owner=owner, is_lifted=asked == LIFTED)


@bp.app_template_filter("card_weight")
def card_weight(card: Card) -> str:
    return WEIGHTS[card]


@bp.app_template_filter("appeal_words")
def appeal_words(one: Drawn) -> str:
    """What became of an appeal: 「申诉等答复」「申诉成立，已撤」「申诉不成立」, or nothing."""
    if one.given.is_waiting:
        return _("申诉等答复")
    if one.given.appeal_n is None:
        return ""
    return _("申诉成立，已撤") if one.given.is_lifted else _("申诉不成立")


@bp.app_template_filter("why_card")
def why_card(one: Drawn) -> str:
    """「办理：超期」, of a letter only what it is."""
    why = wording.translate(one.given.why.label)
    if one.given.clock is None:
        return why
    return _("%(clock)s：%(why)s", clock=wording.translate(one.given.clock.label), why=why)


@bp.app_template_test("mine_to_decide")
def mine_to_decide(one: Drawn) -> bool:
    person: Person = current_staff()
    return appeals.may_decide(one.case, person, one.given)
