"""办件: what a team's members do with the cases in their queue, and the queue itself (`feedback.queue`).

Each act asks `access` first and then lets `workflow` record it. Words to her and notes among staff are different
arguments, never one field for both.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from feedback import access, clock, contents, db, policies, recusal, teams, workflow
from feedback.errors import Conflict, Forbidden, Refusal
from feedback.models.cases import Case, CaseEvent
from feedback.models.codes import DoorCode
from feedback.models.contents import Audience
from feedback.models.kinds import ANSWERED_BY_STAFF, VISITED_KINDS, Action, AnswerBy, Contact, Kind, Outcome, Status
from feedback.models.people import Person, Role, Team
from feedback.models.places import Level
from feedback.models.records import StaffAct, StaffEvent
from feedback.models.rules import Category
from feedback.words import N_
from feedback.workflow import Who


def respond(case: Case, actor: Person, *, contact: Contact, words: str = "") -> CaseEvent:
    """响应: contact was made, and the actor owns the case from now on."""
    access.require(actor, Action.RESPOND, case)
    if contact is Contact.MESSAGE and not words.strip():
        raise Refusal(N_("在这里留言，就请写上您要告诉她的话。"), field="words")
    event = workflow.record(case, Action.RESPOND, actor, contact=contact)
    contents.add_words(case, words, n=event.n, audience=Audience.HER)
    return event


def assign(case: Case, actor: Person, team: Team, *, words: str = "") -> CaseEvent:
    """派单: a case nobody has been asked to act on goes to a team, by a village inside it or by the township."""
    access.require(actor, Action.ASSIGN, case)
    _require_reach(case, actor, team)
    event = workflow.record(case, Action.ASSIGN, actor, team=team)
    contents.add_words(case, words, n=event.n, audience=Audience.STAFF)
    return event


def transfer(case: Case, actor: Person, team: Team, *, words: str) -> CaseEvent:
    """转办: to another team, inside the village or across the township; never moves area or clock."""
    access.require(actor, Action.TRANSFER, case)
    _require_reach(case, actor, team)
    _require_words(words, N_("请写一句告诉她：换谁来办、为什么。"))
    event = workflow.record(case, Action.TRANSFER, actor, team=team)
    contents.add_words(case, words, n=event.n, audience=Audience.HER)
    return event


def hand_over(case: Case, actor: Person, to: Person, *, words: str = "") -> CaseEvent:
    """交接: another member of the holding team owns it."""
    access.require(actor, Action.HAND_OVER, case)
    is_wrong = to.id == case.owner_id or access.owned_before_dispute(to, case)
    if is_wrong or to not in recusal.available(case.team, case):
        raise Refusal(N_("只能交给同一队里今天在岗的另一位。"), field="to")
    event = workflow.record(case, Action.HAND_OVER, actor, owner=to)
    contents.add_words(case, words, n=event.n, audience=Audience.STAFF)
    return event


def release(case: Case, actor: Person, *, words: str = "") -> CaseEvent:
    """放回: the owner (or somebody above) puts the case back into its team's queue."""
    access.require(actor, Action.RELEASE, case)
    if case.status is Status.ASSIGNED:
        if recusal.available(case.team, case):
            raise Refusal(N_("队里还有人在，用不着放回。"))
        event = workflow.record(case, Action.RELEASE, actor, team=recusal.next_up(case))
    else:
        event = workflow.record(case, Action.RELEASE, actor)
    contents.add_words(case, words, n=event.n, audience=Audience.STAFF)
    return event


def send_back(case: Case, actor: Person, *, words: str) -> CaseEvent:
    """退回: one level up, as a case nobody has been asked to act on; the reason stays among staff."""
    access.require(actor, Action.SEND_BACK, case)
    _require_words(words, N_("请写明为什么退回。"))
    event = workflow.record(case, Action.SEND_BACK, actor, team=recusal.next_up(case))
    contents.add_words(case, words, n=event.n, audience=Audience.STAFF)
    return event


def escalate(case: Case, actor: Person, *, words: str) -> CaseEvent:
    """升级: the team above takes it."""
    access.require(actor, Action.ESCALATE, case)
    _require_words(words, N_("请写明为什么要上面来办。"))
    event = workflow.record(case, Action.ESCALATE, actor, team=recusal.next_up(case))
    contents.add_words(case, words, n=event.n, audience=Audience.STAFF)
    return event


def ask(case: Case, actor: Person, *, words: str) -> CaseEvent:
    """询问: one open question to her at a time; the handling clock waits for her answer."""
    access.require(actor, Action.ASK, case)
    if case.asked_at is not None:
        raise Conflict(N_("上一个问题她还没有答，先等等，或者打电话问。"))
    _require_words(words, N_("请写上要问的话。"))
    event = workflow.record(case, Action.ASK, actor)
    contents.add_words(case, words, n=event.n, audience=Audience.HER)
    return event


def note(case: Case, actor: Person, *, words: str, photos: Sequence[contents.Stored] = ()) -> CaseEvent:
    """内部备注: among staff; she never reads it."""
    access.require(actor, Action.NOTE, case)
    if not photos:
        _require_words(words, N_("还没有写。"))
    event = workflow.record(case, Action.NOTE, actor)
    contents.add_words(case, words, n=event.n, audience=Audience.STAFF)
    contents.attach(case, photos, n=event.n, audience=Audience.STAFF)
    return event


def reveal(case: Case, actor: Person) -> CaseEvent:
    """看联系方式: leaves an event on the case and one in the staff's record; the page shows them afterwards."""
    access.require(actor, Action.REVEAL, case)
    event = workflow.record(case, Action.REVEAL, actor)
    db.session.add(StaffEvent(at=event.at, actor_id=actor.id, act=StaffAct.REVEAL, subject=case.number))
    db.session.flush()
    return event


def visit(case: Case, actor: Person, code: DoorCode) -> CaseEvent:
    """上门: a signed-in guardian has scanned the door's active code. Of a case nobody owns he becomes the owner."""
    access.require(actor, Action.VISIT, case)
    if not code.is_active or code.household_id is None or code.household_id != case.household_id:
        raise Refusal(N_("这不是这一户现在用的码，上门没有记下。"))
    return workflow.record(case, Action.VISIT, actor, code=code, contact=Contact.IN_PERSON)


def is_visit_wanted(case: Case) -> bool:
    """Whether somebody should come to the door: help and complaints, unless she chose otherwise."""
    return (
        case.kind in VISITED_KINDS
        and case.household_id is not None
        and case.answer_by not in {AnswerBy.PHONE, AnswerBy.PAGE}
    )


def needs_reason(case: Case) -> bool:
    """Whether report_back must say why nobody came to the door."""
    code_answers = case.code is None or case.code.is_active
    return case.is_visit_wanted and case.visited_at is None and code_answers


def report_back(
    case: Case,
    actor: Person,
    *,
    outcome: Outcome,
    words: str,
    photos: Sequence[contents.Stored] = (),
    why_no_visit: str = "",
    look_again_on: date | None = None,
) -> CaseEvent:
    """反馈: the answer is given; help and complaints need a visit before, or a written reason."""
    access.require(actor, Action.REPORT_BACK, case)
    if outcome not in ANSWERED_BY_STAFF:
        raise Refusal(N_("请选一个结果。"), field="outcome")
    _require_words(words, N_("请把结果写给她：做了什么，怎么样了。"))
    is_unvisited = case.is_visit_wanted and case.visited_at is None
    if needs_reason(case) and not why_no_visit.strip():
        raise Refusal(N_("还没有上门。先去扫她家门上的码，或者写明为什么不用上门。"), field="why_no_visit")
    if outcome is Outcome.NOT_POSSIBLE_NOW and (look_again_on is None or look_again_on <= clock.today()):
        raise Refusal(N_("眼下办不了的，请写一个以后再看的日子。"), field="look_again_on")
    reason = ("no_visit" if needs_reason(case) else "code_lost") if is_unvisited else None
    event = workflow.record(case, Action.REPORT_BACK, actor, outcome=outcome, reason=reason)
    case.look_again_on = look_again_on if outcome is Outcome.NOT_POSSIBLE_NOW else None
    contents.add_words(case, words, n=event.n, audience=Audience.HER)
    contents.add_words(case, why_no_visit if is_unvisited else "", n=event.n, audience=Audience.STAFF)
    contents.attach(case, photos, n=event.n, audience=Audience.HER)
    return event


def classify(
    case: Case,
    actor: Person,
    *,
    kind: Kind,
    category: Category | None,
    is_urgent: bool,
    words: str = "",
) -> CaseEvent:
    """改类: corrects what it is; both deadlines are worked out again from the filing instant."""
    access.require(actor, Action.CLASSIFY, case)
    category_id = category.id if category else None
    if (kind, category_id, is_urgent) == (case.kind, case.category_id, case.is_urgent):
        raise Refusal(N_("没有改动。"))
    promise = policies.promise(case.area_code, kind, is_urgent, category_id=category_id, filed_at=case.filed_at)
    is_longer = (
        promise.response_due_at > case.response_due_at or promise.handling_due_at > case.handling_due_original_at
    )
    if is_longer and Who.ABOVE not in access.relations(actor, case):
        raise Forbidden(N_("这样改会把期限放长，要上一级来改。"))
    if is_longer:
        _require_words(words, N_("期限会放长，请写一句告诉她为什么。"))
    if case.is_visit_wanted and kind not in VISITED_KINDS and Who.ABOVE not in access.relations(actor, case):
        raise Forbidden(N_("这样改就不用上门了，要上一级来改。"))
    case.kind, case.category_id, case.is_urgent = kind, category_id, is_urgent
    case.is_visit_wanted = is_visit_wanted(case)
    case.policy_id, case.response_due_at = promise.policy_id, promise.response_due_at
    case.handling_due_original_at = case.handling_due_at = promise.handling_due_at
    event = workflow.record(case, Action.CLASSIFY, actor)
    contents.add_words(case, words, n=event.n, audience=Audience.HER if is_longer else Audience.STAFF)
    return event


def recuse(case: Case, actor: Person, person: Person, *, words: str = "") -> CaseEvent:
    """回避: the person is shut out at once, of everything merged into it too; the level above him takes it."""
    access.require(actor, Action.RECUSE, case)
    if person.id != actor.id and not access.relations(actor, case) & {Who.ABOVE, Who.DISCIPLINE}:
        raise Forbidden(N_("请别人回避，要上一级或者纪委来定；您可以自己回避，或者转给纪委。"))
    if access.is_shut_out(person, case):
        raise Refusal(N_("没有改动。"))
    recusal.shut_out(case, person)
    event = _moved_by_recusal(case, actor, recusal.level_above(case, person))
    contents.add_words(case, words, n=event.n, audience=Audience.STAFF)
    return event


def recuse_to_discipline(case: Case, actor: Person, *, words: str = "") -> CaseEvent:
    """转纪委: words that accuse somebody of taking or stealing go to the discipline officer alone."""
    access.require(actor, Action.RECUSE, case)
    case.is_for_discipline_alone = True
    event = _moved_by_recusal(case, actor, teams.discipline_of(case.area_code))
    contents.add_words(case, words, n=event.n, audience=Audience.STAFF)
    for one in db.session.scalars(select(Case).where(Case.main_case_id == case.id)):
        one.is_for_discipline_alone = True
    db.session.flush()
    return event


def _moved_by_recusal(case: Case, actor: Person, team: Team) -> CaseEvent:
    is_closed = case.status is Status.CLOSED
    if len(team.area_code) < len(case.area_code) or not is_closed:
        recusal.book(case, team)
    return workflow.record(case, Action.RECUSE, actor, reason="recused")


def reachable_teams(case: Case, actor: Person) -> list[Team]:
    """Teams the actor may send the case to: a village officer inside the village, the township anywhere in it."""
    held = access.scope(actor)
    rows = db.session.scalars(
        select(Team)
        .where(access.within_any(Team.area_code, held.of(Role.VILLAGE, Role.TOWNSHIP)))
        .order_by(Team.area_code, Team.id)
    )
    township = case.area_code[: Level.TOWNSHIP.digits]
    return [
        team
        for team in rows
        if team.area_code.startswith(township) and team.id != case.team_id and recusal.available(team, case)
    ]


def _require_reach(case: Case, actor: Person, team: Team) -> None:
    reach = access.scope(actor).covers(team.area_code, Role.VILLAGE, Role.TOWNSHIP)
    is_same = team.id == case.team_id and case.status is not Status.NEW
    if not reach or is_same or not recusal.available(team, case):
        raise Refusal(N_("这一队现在不能接：不归您派、就是原来那一队，或者今天没有人在。"), field="team")


def _require_words(words: str, sentence: str) -> None:
    if not words.strip():
        raise Refusal(sentence, field="words")
