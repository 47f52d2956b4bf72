"""待办: the queue for one thumb. 待受理 first, then due first; what came since the last look is marked."""

from datetime import UTC, datetime, timedelta

from flask import render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from feedback import access, clock, db, queue
from feedback.codes import flags
from feedback.models.people import Person, Role
from feedback.queue import Filter
from feedback.web import wording
from feedback.web.auth import current_staff, role_required
from feedback.web.auth.guard import HANDLERS
from feedback.web.desk import bp, cards, noticeboard, plates, signs
from feedback.web.languages import gettext as _

LOOK = timedelta(minutes=10)
"""Opening the queue again within so long is still the same look."""
SINCE = "since"


@bp.get("/")
@role_required(*HANDLERS)
def show_queue() -> ResponseReturnValue:
    person = current_staff()
    since = _last_look(person)
    chosen = _chosen()
    page = queue.due_first(person, chosen, after=request.args.get("after"))
    counts = queue.counts(person)
    return render_template(
        "desk/queue.html", asked=cards.of(page.asked, person, with_offers=False),
        first=cards.of(page.first, person, since=since),
        cards=cards.of(page.cases, person, since=since), chosen=chosen, counts=counts, filters=_bar(person, counts),
        here=url_for(".show_queue", show=chosen), after=page.after, is_first=not request.args.get("after"),
        overdue=queue.overdue(person), fresh=queue.fresh(person, since), place=_place(person), Filter=Filter,
        signs=signs.number(person), may_hang=access.has_role(person, *noticeboard.HANGERS),
        flags=flags.waiting(person), may_tend=access.has_role(person, *plates.TENDERS),
        may_type=bool(access.scope(person).of(Role.GUARDIAN, Role.VILLAGE, Role.TOWNSHIP)),
    )


def _chosen() -> Filter:
    asked = request.args.get("show", "")
    return Filter(asked) if asked in set(Filter) else Filter.ALL


def _bar(person: Person, counts: dict[Filter, int]) -> list[tuple[str, int, str]]:
    """Address, count and words of each filter; what is held elsewhere only where there is any."""
    shown = [one for one in Filter if one is not Filter.ELSEWHERE or counts[one]]
    return [(url_for(".show_queue", show=one), counts[one], wording.translate(one.label)) for one in shown]


def _place(person: Person) -> str:
    """Whose queues these are: 「汪巷村 第 3 微网格」."""
    names = [wording.translate(team.name) for team in access.my_teams(person)]
    return _("、").join(names[:3]) + (_("等") if len(names) > 3 else "")


def _last_look(person: Person) -> datetime | None:
    """When the person last opened the queue before this look; this look is written down."""
    now = clock.now()
    if person.looked_at is None or now - person.looked_at >= LOOK:
        session[SINCE] = int(person.looked_at.timestamp()) if person.looked_at else None
        db.write()
        person.looked_at = now
        db.session.commit()
    since = session.get(SINCE)
    return datetime.fromtimestamp(since, UTC) if since is not None else None
