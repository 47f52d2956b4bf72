"""预警名单: what stands in an area and what is over, as far as it is the viewer's to know; and answering one.

About a handler only those who lead there know, as with every figure of a person; nobody of what is about himself, or
about a village he serves.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from feedback import access, clock, db, sealing
from feedback.errors import Conflict, Missing, Refusal
from feedback.models.alerts import Alert
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action
from feedback.models.people import Person, Role
from feedback.words import N_

SEEN_BY = (Role.TOWNSHIP, Role.DISCIPLINE, Role.AUDITOR)
ANSWERED_BY = (Role.TOWNSHIP, Role.DISCIPLINE)
PAGE = 30
MOST_WORDS = 500
LONGEST_ID = 18

_WITH = (joinedload(Alert.area), joinedload(Alert.place), joinedload(Alert.team), joinedload(Alert.person),
         joinedload(Alert.answered_by))


def standing(viewer: Person, area_code: str) -> Sequence[Alert]:
    """The alerts of an area whose reason holds, unanswered ones first, the newest first."""
    query = known(viewer).where(access.within(Alert.area_code, area_code), Alert.ended_on.is_(None))
    query = query.order_by(Alert.answered_at.is_not(None), Alert.raised_at.desc(), Alert.id.desc())
    return db.session.scalars(query.options(*_WITH)).all()


def waiting(viewer: Person, area_code: str) -> int:
    """How many of them nobody has answered."""
    query = known(viewer).where(
        access.within(Alert.area_code, area_code), Alert.ended_on.is_(None), Alert.answered_at.is_(None)
    )
    return db.session.scalar(query.with_only_columns(func.count())) or 0


def past(viewer: Person, area_code: str, *, after: str = "") -> tuple[Sequence[Alert], str]:
    """Those that are over, the newest first, and where the next page begins ('' at the end)."""
    query = known(viewer).where(access.within(Alert.area_code, area_code), Alert.ended_on.is_not(None))
    if after.isdecimal() and len(after) <= LONGEST_ID:
        query = query.where(Alert.id < int(after))
    found = db.session.scalars(query.order_by(Alert.id.desc()).limit(PAGE + 1).options(*_WITH)).all()
    return found[:PAGE], str(found[PAGE - 1].id) if len(found) > PAGE else ""


def known(viewer: Person) -> Select[Alert]:
    """The alerts that exist for the viewer."""
    held = access.scope(viewer)
    return select(Alert).where(
        access.within_any(Alert.area_code, held.of(*SEEN_BY)),
        or_(Alert.person_id.is_(None), access.within_any(Alert.area_code, access.led(viewer, *SEEN_BY))),
        or_(Alert.person_id.is_(None), Alert.person_id != viewer.id),
        or_(Alert.place_code.is_(None), Alert.place_code.not_in(held.of(Role.VILLAGE))),
    )


def may_know(viewer: Person, alert: Alert) -> bool:
    """Whether the alert at hand exists for the viewer."""
    return db.session.scalar(known(viewer).where(Alert.id == alert.id).with_only_columns(Alert.id)) is not None


def may_answer(viewer: Person, alert: Alert) -> bool:
    """Whether the viewer, who knows of it, may say what was found."""
    return alert.answered_at is None and access.scope(viewer).covers(alert.area_code, *ANSWERED_BY)


def answer(viewer: Person, alert_id: int, words: str) -> Alert:
    """Says what was found and done about it; once, in the name of who says it."""
    db.write()
    alert = db.session.scalar(known(viewer).where(Alert.id == alert_id).with_for_update(of=Alert))
    if alert is None:
        raise Missing
    if alert.answered_at is not None:
        raise Conflict(N_("这一条已经有人写过怎么办了。"))
    if not may_answer(viewer, alert):
        raise Missing
    words = words.strip()
    if not words or len(words) > MOST_WORDS:
        raise Refusal(N_("请写一句看过以后怎么办的，最多 {limit} 个字。"), field="words", limit=MOST_WORDS)
    alert.answer = sealing.keys().seal_text(words, "alert", alert.id)
    alert.answered_at, alert.answered_by_id = clock.now(), viewer.id
    db.session.flush()
    return alert


def words_of(alert: Alert) -> str:
    """What was answered; '' where nothing was. Raises sealing.Unsealable under another data key."""
    return sealing.keys().unseal_text(alert.answer, "alert", alert.id) if alert.answer is not None else ""


def burst(viewer: Person, alert: Alert) -> Sequence[Case]:
    """The cases of a burst whose facts the viewer may know, in the order in which they were reported back."""
    if alert.burst_at is None or alert.person_id is None:
        return []
    answered = (
        select(CaseEvent.case_id, func.max(CaseEvent.at).label("at"))
        .where(
            CaseEvent.actor_id == alert.person_id, CaseEvent.at <= alert.burst_at,
            CaseEvent.at > alert.burst_at - timedelta(minutes=alert.minutes), CaseEvent.action == Action.REPORT_BACK,
        )
        .group_by(CaseEvent.case_id).subquery()
    )
    query = access.facts(viewer).join(answered, answered.c.case_id == Case.id)
    query = query.where(access.within(Case.area_code, alert.area_code), access.open_to_all())
    return db.session.scalars(query.order_by(answered.c.at, Case.id)).unique().all()
