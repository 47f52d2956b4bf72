"""办结: how a case ends by the villager's word or her silence, and how it opens again.

No person ever closes a case: `close_silent` belongs to the timer, everything else that ends it is her confirm or
withdraw, or a reasoned decline or merge to which she may object. Silence is *unconfirmed*, never satisfied, and
nobody who handled or typed a case can record her word.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from feedback import access, clock, clocks, contents, db, matters, receipts, recusal, teams, waking, workflow
from feedback.errors import Busy, Conflict, Refusal
from feedback.models.cases import Case, CaseEvent, Recusal
from feedback.models.contents import Audience
from feedback.models.kinds import EXCLUDED, Action, Answer, Outcome, Status
from feedback.models.people import Person, Team
from feedback.models.records import StaffAct, StaffEvent
from feedback.words import N_
from feedback.workflow import Who

RATINGS = range(1, 6)
MOST_WORDS = 4000
"""Characters she may add at once, as on the form at her door."""
WITNESSED = frozenset({Action.RESPOND, Action.VISIT})
LOOK_AGAIN = "look_again"
"""Why the timer reopens: the day has come that was set when it was not possible."""
DECLINED_AS = frozenset({Outcome.DECLINED, Outcome.INVALID})


def still_hers(case: Case) -> bool:
    """Whether her word still counts: until 30 days after closing; of a merged one, after that of the main case."""
    until = hers_until(case)
    return until is None or clock.now() <= until


# ---------------------------------------------------------------- her word


def answer(case: Case, *, words: str, photos: Sequence[contents.Stored] = ()) -> CaseEvent:
    """答复: to the open question; after it has ended otherwise, the same words are taken as `add`."""
    if case.asked_at is None:
        return add(case, words=words, photos=photos)
    _require_words(words, photos, N_("还没有写。"))
    event = workflow.record(case, Action.ANSWER, Who.VILLAGER)
    _keep_hers(case, event, words, photos)
    return event


def add(case: Case, *, words: str, photos: Sequence[contents.Stored] = ()) -> CaseEvent:
    """补充: more words or photos of hers while the case is open."""
    workflow.require_possible(case, Action.ADD)
    _require_words(words, photos, N_("还没有写。"))
    event = workflow.record(case, Action.ADD, Who.VILLAGER)
    _keep_hers(case, event, words, photos)
    return event


def confirm(case: Case, *, says: Answer) -> CaseEvent:
    """确认: solved, or not solved but accepted; the second is offered when the outcome is not *resolved*."""
    workflow.require_possible(case, Action.CONFIRM)
    _require_still_hers(case)
    if says is Answer.NOT_SOLVED or (says is Answer.ACCEPTED and case.outcome is Outcome.RESOLVED):
        raise Refusal(N_("请选一个：解决了，还是没解决。"), field="answer")
    if case.outcome in EXCLUDED:
        raise Conflict(N_("这件事没有办理结果，不能确认。"))
    return workflow.record(case, Action.CONFIRM, Who.VILLAGER, answer=says)


def dispute(case: Case, *, words: str = "", photos: Sequence[contents.Stored] = ()) -> CaseEvent:
    """不满意: one level up, to somebody else, on the original clock; the third is kept and moves nothing."""
    workflow.require_possible(case, Action.DISPUTE)
    _require_still_hers(case)
    if case.outcome in {Outcome.WITHDRAWN, Outcome.INVALID}:
        raise Conflict(N_("这件事已经撤回或按无效处理，请重新说一件。"))
    if case.disputes >= workflow.MOVING_DISPUTES:
        event = workflow.record(case, Action.DISPUTE, Who.VILLAGER, to=case.status, answer=Answer.NOT_SOLVED)
    else:
        event = _up(case, Action.DISPUTE, Who.VILLAGER)
    _keep_hers(case, event, words, photos)
    return event


def rate(case: Case, *, rating: int) -> CaseEvent:
    """评价: 1 to 5, the last one counts; until 30 days after closing."""
    workflow.require_possible(case, Action.RATE)
    _require_still_hers(case)
    if rating not in RATINGS:
        raise Refusal(N_("请从五个里选一个。"), field="rating")
    return workflow.record(case, Action.RATE, Who.VILLAGER, rating=rating)


def withdraw(case: Case) -> CaseEvent:
    """撤回: she alone may take it back; what others said of the same matter goes on by itself."""
    workflow.require_possible(case, Action.WITHDRAW)
    event = workflow.record(case, Action.WITHDRAW, Who.VILLAGER, outcome=Outcome.WITHDRAWN)
    merged = select(Case).where(Case.main_case_id == case.id, Case.outcome == Outcome.MERGED).order_by(Case.id)
    for other in db.session.scalars(merged.with_for_update(of=Case)):
        workflow.record(other, Action.UNMERGE, Who.SYSTEM, team=recusal.taking(other, other.team))
    return event


def witness(case: Case, *, of_n: int, yes: bool) -> CaseEvent:
    """证实: did somebody ring, did somebody come; once for each. A visit she denies does not count."""
    workflow.require_possible(case, Action.WITNESS)
    _require_still_hers(case)
    if of_n not in {event.n for event in to_witness(case)}:
        raise Conflict(N_("这一条您已经说过了。"))
    event = workflow.record(case, Action.WITNESS, Who.VILLAGER, of_n=of_n, witnessed=yes)
    case.visited_at = _last_undenied_visit(case)
    db.session.flush()
    return event


def to_witness(case: Case) -> list[CaseEvent]:
    """The responds and visits on which she has not spoken yet, oldest first."""
    events = workflow.events(case)
    spoken = {event.of_n for event in events if event.action is Action.WITNESS}
    return [event for event in events if event.action in WITNESSED and event.n not in spoken]


# ---------------------------------------------------------------- staff


def follow_up(case: Case, actor: Person, *, says: Answer, words: str, consents: bool) -> CaseEvent:
    """回访: an officer who neither owned, typed nor visited it records her word, as not by her own hand."""
    access.require(actor, Action.FOLLOW_UP, case)
    _require_still_hers(case)
    if not consents:
        raise Refusal(N_("要她同意，才能替她记下。"), field="consents")
    if case.outcome in EXCLUDED:
        raise Conflict(N_("这件事没有办理结果，不能回访。"))
    moves = says is Answer.NOT_SOLVED and case.disputes < workflow.MOVING_DISPUTES
    if moves:
        event = _up(case, Action.FOLLOW_UP, actor)
    else:
        event = workflow.record(case, Action.FOLLOW_UP, actor, to=case.status, answer=says)
    contents.add_words(case, words, n=event.n, audience=Audience.STAFF)
    return event


def decline(case: Case, actor: Person, *, outcome: Outcome, words: str) -> CaseEvent:
    """不予受理: out of scope or invalid, with words to her; she may object to the first."""
    access.require(actor, Action.DECLINE, case)
    if outcome not in DECLINED_AS:
        raise Refusal(N_("请选一个理由。"), field="outcome")
    _require_words(words, (), N_("请告诉她为什么，该找哪里。"))
    event = workflow.record(case, Action.DECLINE, actor, outcome=outcome)
    case.ended_by_team_id = _acting_team(actor, case).id
    contents.add_words(case, words, n=event.n, audience=Audience.HER)
    return event


def merge(case: Case, actor: Person, main: Case, *, words: str) -> CaseEvent:
    """并案: into another case that the actor sees, with the same people shut out; no chains. Both receipts work."""
    access.require(actor, Action.MERGE, case)
    _hold(main)
    if main.id == case.id or not access.may_read(actor, main):
        raise Refusal(N_("没有找到要并到的那一件。"), field="into")
    if main.main_case_id is not None or main.closed_at is not None or _has_merged(case):
        raise Conflict(N_("只能并到一件正在办、自己没有并出去的；本身并有别的，也不能再并。"))
    if _shut_out_of(case) != _shut_out_of(main):
        raise Conflict(N_("两件事要回避的人不一样，不能并。"))
    _require_words(words, (), N_("请告诉她并到了哪一件、为什么。"))
    event = workflow.record(case, Action.MERGE, actor, outcome=Outcome.MERGED, main_case=main)
    case.ended_by_team_id = _acting_team(actor, case).id
    contents.add_words(case, words, n=event.n, audience=Audience.HER)
    return event


def join(case: Case, main: Case) -> CaseEvent | None:
    """我也遇到: at her own word, hers goes with a case that her door spoke of. None where that one can't take it
    any more; then hers stands alone.
    """
    held = select(Case).where(Case.id == main.id).with_for_update(of=Case).execution_options(populate_existing=True)
    main = db.session.scalars(held).one()  # waiting is safe: nobody can wait for a case that is being filed
    if not matters.is_joinable(main, case.category_id) or _shut_out_of(case) != _shut_out_of(main):
        return None
    return workflow.record(case, Action.MERGE, Who.VILLAGER, outcome=Outcome.MERGED, main_case=main)


def _hold(main: Case) -> None:
    """The main case too stands still until the commit; nobody waits for it holding another, so none wait in a ring."""
    held = select(Case).where(Case.id == main.id).with_for_update(of=Case, skip_locked=True)
    if db.session.scalar(held.execution_options(populate_existing=True)) is None:
        raise Busy(N_("现在人多，请过一会儿再按一次。您写的都还在。"))


def unmerge(case: Case, actor: Person, *, words: str) -> CaseEvent:
    """拆案: a merged case goes on by itself, in the queue it came from."""
    access.require(actor, Action.UNMERGE, case)
    if case.outcome is not Outcome.MERGED:
        raise Conflict(N_("这件事没有并到别的。"))
    event = workflow.record(case, Action.UNMERGE, actor, team=recusal.taking(case, case.team))
    contents.add_words(case, words, n=event.n, audience=Audience.STAFF)
    return event


def reopen(case: Case, actor: Person, *, words: str) -> CaseEvent:
    """重办: a closed case is taken up again, on its original clock, with words to her."""
    access.require(actor, Action.REOPEN, case)
    if case.outcome in EXCLUDED - {Outcome.DECLINED, Outcome.INVALID}:
        raise Conflict(N_("撤回的、并掉的不能重办。"))
    _require_words(words, (), N_("请告诉她为什么再办。"))
    event = workflow.record(case, Action.REOPEN, actor, team=recusal.taking(case, case.team))
    contents.add_words(case, words, n=event.n, audience=Audience.HER)
    return event


def reissue_receipt(case: Case, actor: Person) -> str:
    """补发查询码: sixteen new digits, for her alone; the old ones die."""
    access.require(actor, Action.REISSUE_RECEIPT, case)
    digits = receipts.new_digits()
    case.receipt_digest = receipts.digest(digits)
    workflow.record(case, Action.REISSUE_RECEIPT, actor)
    return digits


def hide(case: Case, actor: Person, *, piece_ids: Sequence[int]) -> CaseEvent:
    """屏蔽: pieces of words or photos are no longer shown to anybody; the fact stays."""
    access.require(actor, Action.HIDE, case)
    event = workflow.record(case, Action.HIDE, actor)
    for piece_id in piece_ids:
        contents.hide(case, piece_id)
    return event


def erase(case: Case, by: workflow.By) -> CaseEvent:
    """删除个人信息: every word, name, phone and photo goes with the key; the event stays."""
    if isinstance(by, Person):
        access.require(by, Action.ERASE, case)
        db.session.add(StaffEvent(at=clock.now(), actor_id=by.id, act=StaffAct.ERASE, subject=case.number))
    event = workflow.record(case, Action.ERASE, by)
    contents.erase(case)
    return event


# ---------------------------------------------------------------- time


def close_silent() -> int:
    """Closes a batch of cases reported back on which she has been silent for seven days. Returns how many."""
    return waking.each({Status.REPORTED_BACK}, lambda case: workflow.record(case, Action.CLOSE, Who.SYSTEM))


def look_again() -> int:
    """重办: a batch of matters that were not possible come back to their teams on the day that was set."""
    return waking.each({Status.CLOSED}, look_again_one)


def look_again_one(case: Case) -> None:
    """Reopens a matter whose day has come; where its words are erased, nobody could."""
    if case.is_erased:
        case.look_again_on = None
        clocks.wake(case)
    else:
        workflow.record(case, Action.REOPEN, Who.SYSTEM, team=recusal.taking(case, case.team), reason=LOOK_AGAIN)


def closes_at(case: Case) -> datetime | None:
    """When silence will close it; none where it is not waiting for her."""
    return case.wakes_at if case.status is Status.REPORTED_BACK else None


def hers_until(case: Case) -> datetime | None:
    """Until when she may still speak on a closed case; None where it, or the one it was merged into, goes on."""
    ends_with = case if case.main_case_id is None else db.session.get_one(Case, case.main_case_id)
    return None if ends_with.closed_at is None else ends_with.closed_at + workflow.HER_WORD_LASTS


# ---------------------------------------------------------------- inside


def _up(case: Case, action: Action, by: workflow.By) -> CaseEvent:
    """To ASSIGNED one level up: above the team that holds it, or above the one whose ending she objects to."""
    ending = _ending_team(case)
    higher = recusal.taking(case, teams.above(ending) or ending) if ending else recusal.next_up_afresh(case)
    if higher.id == (ending or case.team).id:
        case.is_on_discipline_list = True
    return workflow.record(case, action, by, to=Status.ASSIGNED, team=higher, answer=Answer.NOT_SOLVED)


def _ending_team(case: Case) -> Team | None:
    """The team that declined or merged it; where she joined another case herself, the one that holds that case."""
    if case.ended_by_team_id is not None:
        return db.session.get_one(Team, case.ended_by_team_id)
    return case.main_case.team if case.outcome is Outcome.MERGED and case.main_case is not None else None


def _keep_hers(case: Case, event: CaseEvent, words: str, photos: Sequence[contents.Stored]) -> None:
    if len(words) > MOST_WORDS:
        raise Refusal(N_("太长了，最多 {limit} 个字。"), field="words", limit=MOST_WORDS)
    contents.add_words(case, words, n=event.n, audience=Audience.HER)
    contents.attach(case, photos, n=event.n)


def _last_undenied_visit(case: Case) -> datetime | None:
    events = workflow.events(case)
    denied = {event.of_n for event in events if event.action is Action.WITNESS and event.witnessed is False}
    return max((event.at for event in events if event.action is Action.VISIT and event.n not in denied), default=None)


def _shut_out_of(case: Case) -> tuple[frozenset[int], object, object, bool]:
    people = frozenset(db.session.scalars(select(Recusal.person_id).where(Recusal.case_id == case.id)))
    return people, case.about, case.about_area_code, case.is_for_discipline_alone


def _has_merged(case: Case) -> bool:
    return db.session.scalar(select(Case.id).where(Case.main_case_id == case.id).limit(1)) is not None


def _acting_team(actor: Person, case: Case) -> Team:
    hat = teams.post(actor, case)
    if hat is None:
        return case.team
    return hat.team or teams.of(hat.area_code)


def _require_still_hers(case: Case) -> None:
    if not still_hers(case):
        raise Conflict(N_("办结已经过了 30 天，请重新说一件。"))


def _require_words(words: str, photos: Sequence[contents.Stored], sentence: str) -> None:
    if not words.strip() and not photos:
        raise Refusal(sentence, field="words")
