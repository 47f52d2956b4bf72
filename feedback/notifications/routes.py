"""送达方式: by which ways a person hears. Everybody sets their own; an address is sealed, and shown only covered.

The list in the program (Via.LIST) needs no address and can't be turned off.
"""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

from sqlalchemy import delete, or_, select

from feedback import db, phones, sealing, throttle
from feedback.errors import Missing, Refusal
from feedback.identity import trail
from feedback.models.notices import Notice, Route, Via
from feedback.models.people import Person
from feedback.models.records import StaffAct
from feedback.notifications import ways
from feedback.notifications.ways.faults import UNOPENED
from feedback.words import N_

LONGEST = 500
"""Characters of an address."""
SHOWN = 4
"""Characters of a bot's or gateway's address that stay readable at its end, enough to tell two apart."""

TRIAL_TITLE = N_("户廉码：试一试")
TRIAL_TEXT = N_("这是一条试发的通知。收到了，这个方式就能用。")
TRIALS_LEAK = timedelta(minutes=2)

trials = throttle.Brake(throttle.Pace(free=3, leak=TRIALS_LEAK, longest=3.0))
"""Messages tried out, by person: a message may cost money, and a bot's owner bans who sends too many."""


@dataclass(frozen=True)
class Trial:
    """One message about to be tried out; needs no database any more."""

    via: Via
    address: str


def of(person: Person) -> list[Route]:
    """The person's own ways, in the order in which Via names them."""
    found = db.session.scalars(select(Route).where(Route.person_id == person.id))
    return sorted(found, key=lambda route: list(Via).index(route.via))


def sealed(person: Person, via: Via, address: str) -> bytes:
    """The address under the data key, bound to this person and way."""
    return sealing.keys().seal_text(address, "route", person.id, via)


def opened(route: Route) -> str:
    """The address itself, for sending. Raises sealing.Unsealable under another data key."""
    return sealing.keys().unseal_text(route.address, "route", route.person_id, route.via)


def masked(route: Route) -> str:
    """Known again by its owner: l***@example.cn, 138****0003, oapi.dingtalk.com/…9f3c; a sentence where it can't be
    opened any more."""
    try:
        address = opened(route)
    except sealing.Unsealable:
        return UNOPENED
    match route.via:
        case Via.SMS:
            return phones.masked(address)
        case Via.EMAIL:
            name, _, host = address.rpartition("@")
            return f"{name[:1]}***@{host}"
        case _:
            parts = urlsplit(address)
            rest = parts.path + parts.query
            return f"{parts.hostname}/…{rest[-SHOWN:]}" if len(rest) > 2 * SHOWN else f"{parts.hostname}/…"


def set(person: Person, via: Via, address: str) -> Route:
    """Sets or changes one of the person's own ways; leaves a trail without the address."""
    address = _checked(via, address)
    db.write()
    db.session.execute(select(Person.id).where(Person.id == person.id).with_for_update())  # a second press waits
    route = db.session.scalar(select(Route).where(Route.person_id == person.id, Route.via == via))
    if route is None:
        route = Route(person_id=person.id, via=via)
        db.session.add(route)
    route.address = sealed(person, via, address)
    db.session.flush()
    trail.leave(StaffAct.NOTICE, person, subject=person.username, via=via.value, set=True)
    return route


def undelivered(person: Person, via: Via) -> Notice | None:
    """The newest of what was tried by this way, where it has not arrived."""
    became = or_(Notice.tries > 0, Notice.sent_at.is_not(None))
    tried = select(Notice).where(Notice.person_id == person.id, Notice.via == via, became)
    last = db.session.scalar(tried.order_by(Notice.id.desc()).limit(1))
    return last if last is not None and last.sent_at is None and last.fault else None


def remove(person: Person, via: Via) -> None:
    """Nothing more goes to the person by this way. Without effect where there is none."""
    db.write()
    gone = db.session.execute(delete(Route).where(Route.person_id == person.id, Route.via == via).returning(Route.id))
    if gone.all():
        trail.leave(StaffAct.NOTICE, person, subject=person.username, via=via.value, set=False)


def trial(person: Person, via: Via) -> Trial:
    """What to try out. TooFast where the person has just tried a few times."""
    route = next((one for one in of(person) if one.via is via), None)
    if route is None:
        raise Missing
    try:
        address = opened(route)
    except sealing.Unsealable:
        raise Refusal(UNOPENED) from None
    key = str(person.id)
    if trials.level(key) + 1 > trials.pace.free:
        raise throttle.TooFast(int(TRIALS_LEAK.total_seconds()))
    trials.add(key)
    return Trial(via, address)


def try_out(one: Trial, *, link: str) -> str:
    """Sends one message at once and says what went wrong; '' where it was taken. No transaction is open meanwhile."""
    try:
        ways.send(one.via, one.address, title=TRIAL_TITLE, text=TRIAL_TEXT, link=link, message_id=str(uuid4()))
    except ways.Failed as failed:
        return failed.fault
    return ""


def _checked(via: Via, address: str) -> str:
    address = address.strip()
    if not address:
        raise Refusal(N_("请写地址"), field="address")
    if len(address) > LONGEST:
        raise Refusal(N_("地址太长了，最多 {limit} 个字符"), field="address", limit=LONGEST)
    return ways.check(via, address)
