"""还没了的: what stands open on a case beside its due: a request for more time, a letter to answer, cards and appeals.

Each says what it is, and offers what the reader may do about it.
"""

from dataclasses import dataclass, field

from flask import url_for

from feedback import access, appeals, cards, clock, contents, db, extensions, workflow
from feedback.cards import Card, Given
from feedback.models.cases import Case
from feedback.models.contents import Audience
from feedback.models.kinds import Action
from feedback.models.people import Person, Team
from feedback.web import wording
from feedback.web.desk import telling
from feedback.web.languages import gettext as _
from feedback.web.languages import ngettext

Link = tuple[str, str]
FILL = {Card.BLUE: "later", Card.YELLOW: "today", Card.RED: "overdue"}
"""How heavily a card is drawn: by fill, then words."""


@dataclass(frozen=True)
class Item:
    """One thing that stands open: its words, what somebody wrote, and what can be done about it."""

    heading: str
    sentence: str
    words: str = ""
    is_late: bool = False
    links: list[Link] = field(default_factory=list)


@dataclass(frozen=True)
class Plate:
    """One card: 「黄牌：超期」, how it is filled, on whom and since when it stands."""

    words: str
    fill: str
    sentence: str
    link: Link | None = None


@dataclass(frozen=True)
class Standing:
    items: list[Item]
    plates: list[Plate]


def of(case: Case, person: Person, *, with_words: bool) -> Standing:
    """What stands open, for this reader."""
    found = [request(case, person, with_words=with_words), letter(case, person, with_words=with_words)]
    plates = [_plate(case, person, one) for one in cards.standing(workflow.events(case))]
    return Standing([one for one in found if one is not None], plates)


def request(case: Case, person: Person, *, with_words: bool = True) -> Item | None:
    """「周一禾申请延期 3 个工作日」, with the due it would give."""
    if case.extension_asked_days is None:
        return None
    event = [one for one in workflow.events(case) if one.action is Action.ASK_EXTENSION][-1]
    who, days = telling.actor(event, person), case.extension_asked_days
    return Item(
        ngettext("%(who)s申请延期 %(num)s 个工作日", "%(who)s申请延期 %(num)s 个工作日", days, who=who),
        _("批了，期限从 %(before)s 延到 %(after)s。", before=wording.moment(case.handling_due_at),
          after=wording.moment(extensions.due_with(case, days))),
        contents.words_of(case, event.n, {Audience.STAFF}) if with_words else "",
        links=_links(case, person, {Action.EXTEND: _("批准"), Action.REFUSE_EXTENSION: _("不批")}),
    )


def letter(case: Case, person: Person, *, with_words: bool = True) -> Item | None:
    """The letter of supervision nobody has answered, with its day."""
    event = workflow.open_letter(case)
    if event is None or event.until_at is None or case.closed_at is not None:
        return None
    is_late, until = event.until_at < clock.now(), wording.moment(event.until_at)
    return Item(
        _("督办单等着回复"),
        _("超期，%(when)s 到期。", when=until) if is_late else _("%(when)s 前回复。", when=until),
        contents.words_of(case, event.n, {Audience.STAFF}) if with_words else "", is_late,
        _links(case, person, {Action.ANSWER_SUPERVISION: _("回复督办")}),
    )


def _links(case: Case, person: Person, offered: dict[Action, str]) -> list[Link]:
    possible = access.actions(person, case)
    return [(url_for(f"desk.{action}", number=case.number), words)
            for action, words in offered.items() if action in possible]


def _plate(case: Case, person: Person, card: Given) -> Plate:
    return Plate(title(card), FILL[card.card], _("%(whom)s，%(when)s", whom=whom(card, person),
                 when=wording.moment(card.at)) + _appeal(card), _appeal_link(case, person, card))


def title(card: Given) -> str:
    """「黄牌：超期」, and which clock ran out: 「黄牌：响应超期」."""
    said = {"card": wording.translate(card.card.label), "why": wording.translate(card.why.label)}
    if card.clock is None:
        return _("%(card)s：%(why)s", **said)
    return _("%(card)s：%(clock)s%(why)s", clock=wording.translate(card.clock.label), **said)


def whom(card: Given, person: Person) -> str:
    """On whom a card stands."""
    if card.owner_id is None:
        return wording.translate(db.session.get_one(Team, card.team_id).name)
    return _("您") if card.owner_id == person.id else db.session.get_one(Person, card.owner_id).name


def _appeal(card: Given) -> str:
    if card.appeal_n is None:
        return ""
    return _("，申诉中") if card.is_waiting else _("，申诉没有成立")


def _appeal_link(case: Case, person: Person, card: Given) -> Link | None:
    if appeals.may_appeal(case, person, card):
        return url_for("desk.appeal", number=case.number, n=card.n), _("申诉")
    if appeals.may_decide(case, person, card):
        return url_for("desk.decide_appeal", number=case.number, n=card.n), _("答复申诉")
    return None
