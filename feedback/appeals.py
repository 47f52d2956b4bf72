"""申诉: against a card by the one on whom it stands, decided with a reason by a township officer who stands apart.

Nobody who owned, typed or visited the case decides, nor whoever appealed, nor, where somebody stands above, a member
of the team on which the card stands. Each card is appealed against once.
"""

from feedback import access, cards, contents, db, teams, workflow
from feedback.cards import Given
from feedback.errors import Conflict, Forbidden, Refusal
from feedback.models.cases import Case, CaseEvent
from feedback.models.contents import Audience
from feedback.models.kinds import Action
from feedback.models.people import Person, Team
from feedback.words import N_


def appeal(case: Case, actor: Person, *, n: int, words: str) -> CaseEvent:
    """申诉: against the card that event `n` drew; the words are read by staff."""
    access.require(actor, Action.APPEAL, case)
    card = _card(case, n)
    if not stands_on(card, actor):
        raise Forbidden(N_("这张牌不是给您的，不能替别人申诉。"))
    if card.appeal_n is not None:
        raise Conflict(N_("这张牌已经申诉过了。"))
    _require_words(words, N_("请写明为什么不该给这张牌。"))
    event = workflow.record(case, Action.APPEAL, actor, of_n=n)
    contents.add_words(case, words, n=event.n, audience=Audience.STAFF)
    return event


def decide(case: Case, actor: Person, *, n: int, upholds: bool, words: str) -> CaseEvent:
    """答复申诉: upheld, and the card is lifted; or rejected, and it stays. Either with a reason."""
    access.require(actor, Action.DECIDE_APPEAL, case)
    card = _card(case, n)
    if not card.is_waiting:
        raise Conflict(N_("这张牌没有等着答复的申诉。"))
    if not may_decide(case, actor, card):
        raise Forbidden(N_("自己申诉的、给自己队的牌，要别人来答复。"))
    _require_words(words, N_("请写明理由。"))
    reason = cards.UPHELD if upholds else cards.REJECTED
    event = workflow.record(case, Action.DECIDE_APPEAL, actor, of_n=n, reason=reason)
    contents.add_words(case, words, n=event.n, audience=Audience.STAFF)
    return event


def stands_on(card: Given, person: Person) -> bool:
    """Whether the card is the person's: the owner's at that instant, else each member's of the team that held it."""
    if card.owner_id is not None:
        return card.owner_id == person.id
    return teams.is_member(person, db.session.get_one(Team, card.team_id))


def may_appeal(case: Case, person: Person, card: Given) -> bool:
    """Whether the person may appeal against the card now."""
    return card.appeal_n is None and access.may(person, Action.APPEAL, case) and stands_on(card, person)


def may_decide(case: Case, person: Person, card: Given) -> bool:
    """Whether the person may decide the appeal that waits."""
    if not card.is_waiting or not access.may(person, Action.DECIDE_APPEAL, case):
        return False
    if stands_on(card, person) and teams.above(db.session.get_one(Team, card.team_id)) is not None:
        return False
    return next(event.actor_id for event in workflow.events(case) if event.n == card.appeal_n) != person.id


def _card(case: Case, n: int) -> Given:
    for one in cards.given(workflow.events(case)):
        if one.n == n:
            return one
    raise Refusal(N_("没有这张牌。"))


def _require_words(words: str, sentence: str) -> None:
    if not words.strip():
        raise Refusal(sentence, field="words")
