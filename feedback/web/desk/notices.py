"""通知: everybody's own list of what they were told; and on a case, what went to whom and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from flask import render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from feedback import access, alerts, clock, db
from feedback.codes import flags
from feedback.models.cases import Case
from feedback.models.notices import Notice, Via
from feedback.models.people import Person, Role
from feedback.notifications import inbox, proof, texts
from feedback.notifications.proof import State
from feedback.web import wording
from feedback.web.auth import bp as auth_bp
from feedback.web.auth import current_staff, signed_in
from feedback.web.desk import bp, telling
from feedback.web.languages import gettext as _

LOOK = timedelta(minutes=10)
"""Opening the list again within so long still marks what was new."""
SINCE = "notices_since"


@dataclass(frozen=True)
class Line:
    """One notice as the list says it."""

    said: str
    when: datetime
    href: str
    """Where it leads; empty where it is no longer the reader's to open."""
    is_fresh: bool
    is_urgent: bool


@dataclass(frozen=True)
class Told:
    """One fact of a case, and of each message it made one sentence."""

    what: str
    when: datetime
    messages: Sequence[str]


@bp.get("/notices")
@signed_in
def show_notices() -> ResponseReturnValue:
    person = current_staff()
    page = inbox.page(person, after=request.args.get("after", ""))
    since = _last_look(person, page.notices)
    return render_template("desk/notices.html", lines=_lines(person, page.notices, since), after=page.after,
                           is_first=not request.args.get("after"))


@auth_bp.app_context_processor
def head() -> dict[str, object]:
    """`unread()` in the head of every room of staff: 「3」, 「99+」, or nothing."""
    return {"unread": _unread}


def _unread() -> str:
    count = inbox.unread(current_staff())
    return f"{inbox.MOST_COUNTED}+" if count > inbox.MOST_COUNTED else str(count or "")


def _lines(person: Person, notices: Sequence[Notice], since: datetime | None) -> list[Line]:
    known = inbox.openable(person, notices)
    return [
        Line(
            said=say(texts.of(notice)), when=notice.made_at, is_urgent=notice.is_urgent,
            href=_href(person, notice, known),
            is_fresh=since is None or notice.made_at > since,
        )
        for notice in notices
    ]


def _href(person: Person, notice: Notice, known: frozenset[int]) -> str:
    """Where it leads: the case, while it is still the reader's to open, or the list of signs, alerts or plates."""
    if notice.plate_flag_id is not None:
        return plates_to_look_at(person)
    if notice.alert_id is not None:
        return url_for("township.show_alerts") if access.has_role(person, *alerts.lists.SEEN_BY) else ""
    if notice.sign_id is not None and access.has_role(person, Role.TOWNSHIP, Role.DISCIPLINE, Role.AUDITOR):
        return url_for("township.show_signs")
    if notice.sign_id is not None:
        return url_for(".show_signs") if access.has_role(person, Role.VILLAGE) else ""
    return texts.path(notice) if notice.case_id in known else ""


def plates_to_look_at(person: Person) -> str:
    """The list of the plates somebody has to look at: the village's own, or the township's."""
    if access.has_role(person, Role.VILLAGE):
        return url_for(".show_plate_flags")
    return url_for("township.show_plates") if access.has_role(person, *flags.SEEN_BY) else ""


def say(said: texts.Said) -> str:
    """What a notice says, in the reader's language."""
    return wording.translate(said.template, **{name: _value(one) for name, one in said.values.items()})


def _value(one: object) -> object:
    if isinstance(one, datetime):
        return wording.moment(one)
    if isinstance(one, date):
        return wording.day(one)
    return wording.translate(one) if isinstance(one, str) else one


def _last_look(person: Person, seen: Sequence[Notice]) -> datetime | None:
    """When the person had opened the list before this look; None the first time. This look is written down."""
    now = clock.now()
    before, begun = session.get(SINCE, (None, 0))
    if now.timestamp() - begun >= LOOK.total_seconds():
        before = int(person.notices_looked_at.timestamp()) if person.notices_looked_at else None
        session[SINCE] = (before, int(now.timestamp()))
    inbox.look(person, seen)
    db.session.commit()
    return datetime.fromtimestamp(before, UTC) if before is not None else None


# ---------------------------------------------------------------- what became of the messages of a case


def told(case: Case, person: Person) -> list[Told]:
    """Who was told of what, the newest fact first; nothing for one who may not read the case."""
    return [
        Told(telling.what(one.event, person), one.event.at, [_message(notice, person) for notice in one.messages])
        for one in proof.of(case, person)
    ]


def _message(notice: Notice, person: Person) -> str:
    """「王五：短信 11 月 20 日 10:02 已发出」."""
    via = wording.translate(notice.via.label)
    return _("%(who)s：%(via)s，%(became)s", who=to_whom(notice, person), via=via, became=became(notice))


def to_whom(notice: Notice, person: Person) -> str:
    if notice.person is None:
        return _("村民")
    return _("您") if notice.person_id == person.id else notice.person.name


def became(notice: Notice) -> str:
    """「11 月 20 日 10:02 已发出」, 「等到 11 月 20 日 7:00 发」, 「没有送到：…」."""
    match proof.state(notice):
        case State.SENT:
            when = wording.moment(notice.sent_at or notice.made_at)
            return _("%(when)s 已列出", when=when) if notice.via is Via.LIST else _("%(when)s 已发出", when=when)
        case State.FAILED:
            return _("没有送到：%(why)s", why=why(notice))
        case State.DROPPED:
            return _("没有发：轮到发的时候事情已经变了")
        case State.WAITING:
            return _waits(notice)


def why(notice: Notice) -> str:
    return wording.translate(notice.fault) or _("没有说原因")


def _waits(notice: Notice) -> str:
    due = notice.next_try_at
    when = wording.moment(due) if due is not None and due > clock.now() else ""
    if notice.tries and when:
        return _("没有发出去（%(why)s），%(when)s 再试", why=why(notice), when=when)
    if notice.tries:
        return _("没有发出去（%(why)s），马上再试", why=why(notice))
    return _("等到 %(when)s 发", when=when) if when else _("马上发")
