"""回避: for those whom a case is about it does not exist: not by page, link, number, count, notice or export.

Everything such a person can reach is read twice, before and after a case about them is filed and lived through, and
must be the same to the byte, but for what is random on every answer: tokens against forgery and nonces.
"""

import re
import secrets
import zipfile
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from config import Config
from feedback import clock, closure, db, intake, notifications, receipts, routing, urging, worklist
from feedback.models.cases import Case
from feedback.models.codes import DoorCode
from feedback.models.kinds import Contact, Outcome, Status
from feedback.models.notices import Notice, Via
from feedback.models.people import Person, Role
from feedback.models.places import Household
from feedback.notifications import routes, ways
from tests import builders, staff
from tests.visitor import Visitor, page_of

VILLAGE, TOWNSHIP = builders.CODES["village"], builders.CODES["township"]
OURS, OTHERS = "湖东路 27 号", "湖东路 28 号"
MOST_PAGES = 120
RANDOM = (
    (re.compile(r'(name="(?:csrf_token|receipt)" value=")[^"]*'), r"\1…"),
    (re.compile(r'(nonce=")[^"]*'), r"\1…"),
)
"""What differs between two answers that say the same."""
PSEUDONYM = re.compile(r"\bH[0-9a-f]{16}\b")
"""An export names households anew in each file; the first one named is the first again."""
SWITCH = re.compile(r"[?&](lang|big)=")

HATS: dict[str, tuple[str, tuple[Role, ...]]] = {
    "guardian": ("guardian", ()),
    "guardian who is the township's too": ("guardian", (Role.TOWNSHIP,)),
    "guardian who is the discipline office's too": ("guardian", (Role.DISCIPLINE,)),
    "cadre": ("cadre", ()),
    "cadre who is the township's too": ("cadre", (Role.TOWNSHIP,)),
}
"""About whom the case is, and what else that person serves as."""


@pytest.fixture
def town(app: Flask, config: Config, now: datetime) -> Flask:
    """Two doors with a life of their own, and people on every level who can take a case about the others."""
    ways.use(replace(config, **builders.EVERY_WAY))
    place = builders.a_township()
    accused = builders.a_person(place.microgrid, username="guardian")
    builders.a_person(place.village, Role.VILLAGE, username="cadre", is_leader=True)
    builders.a_person(place.microgrid, username="colleague")
    builders.a_person(place.village, Role.VILLAGE, username="other-cadre")
    builders.a_person(place.township, Role.TOWNSHIP, username="officer")
    builders.a_person(place.township, Role.TOWNSHIP, username="officer-2")
    builders.a_person(place.township, Role.DISCIPLINE, username="discipline")
    for one in db.session.scalars(select(Person)).all():
        routes.set(one, Via.EMAIL, f"{one.username}@example.cn")
    for door in (OURS, OTHERS):
        builders.a_code(builders.a_household(place.microgrid, door))
    db.session.commit()
    with clock.fixed(now - timedelta(days=3), everywhere=True):
        number = filed("屋后的水沟堵了。", kind="help")
        db.write()
        case = found(number)
        worklist.respond(case, accused, contact=Contact.PHONE, words="明天来看。")
        db.session.commit()
    filed("路灯坏了。", kind="help", door=OTHERS)
    told()
    return app


def filed(text: str, *, kind: str, door: str = OURS, about: str = "") -> str:
    household = db.session.scalars(select(Household).where(Household.door == door)).one()
    code = db.session.scalars(select(DoorCode).where(DoorCode.household_id == household.id)).one()
    word = secrets.token_hex(8)  # the door's name for its receipt: nothing of another test slows it
    fields = {"kind": kind, "text": text, "about": about, "phone": "13800000027", "receipt": receipts.mint(word)}
    letter = intake.read(fields, word)
    case = intake.file(letter, intake.Doorway(household.microgrid, household, code)).case
    routing.route(case)
    number = case.number
    db.session.commit()
    return number


def found(number: str) -> Case:
    return db.session.scalars(select(Case).where(Case.number == number)).one()


def person(username: str) -> Person:
    return db.session.scalars(select(Person).where(Person.username == username)).one()


def the_accused(kind: str, more: tuple[Role, ...]) -> Person:
    """The person the case will be about, with the further hats."""
    one = person(kind)
    area = person("officer").services[0].area
    for role in more:
        builders.a_service(one, area, role, is_leader=True)
    db.session.commit()
    return person(kind)


# ---------------------------------------------------------------- a case about somebody, and its life


def lives(number: str) -> None:
    """The whole life of the case: taken, noted, asked, answered, disputed, taken again, supervised, closed."""
    case = found(number)
    owner = next(one for one in present(case))
    steps: list[Callable[[], object]] = [
        lambda: worklist.respond(case, owner, contact=Contact.PHONE, words="我来问清楚。"),
        lambda: worklist.note(case, owner, words="问过两户。"),
        lambda: worklist.reveal(case, owner),
        lambda: worklist.ask(case, owner, words="是哪一天？"),
        lambda: closure.answer(case, words="上个月。"),
        lambda: worklist.report_back(case, owner, outcome=Outcome.EXPLAINED, words="谈过话了。",
                                     why_no_visit="不便上门"),
        lambda: closure.dispute(case, words="没有用。"),
        lambda: urging.supervise(case, person("officer-2"), words="盯着办。"),
    ]
    for step in steps:
        db.write()
        step()
        db.session.commit()
        case, owner = found(number), person(owner.username)
    told()


def told() -> None:
    """Every message of what has happened is written, and half of those that leave the house fail."""
    while db.in_turn(notifications.take):
        pass
    db.write()
    for notice in db.session.scalars(select(Notice).where(Notice.next_try_at.is_not(None), Notice.id % 2 == 0)):
        notice.failed_at, notice.next_try_at, notice.fault = clock.now(), None, "对方不收"
    db.session.commit()


def present(case: Case) -> list[Person]:
    from feedback import recusal

    return recusal.available(case.team, case)


# ---------------------------------------------------------------- everything somebody can reach


def everything(browser: Visitor, starts: list[str]) -> dict[str, str]:
    """Every page that links lead to, without what is random; and every export."""
    seen: dict[str, str] = {}
    waiting = deque(starts)
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.popleft()
        if path in seen:
            continue
        answer = browser.get(path)
        seen[path] = plain(f"{answer.status} {answer.location or ''}\n{body(answer.get_data(), answer.mimetype)}")
        if answer.mimetype == "text/html":
            links = [link for link in page_of(answer).links if link.startswith("/") and "#" not in link]
            waiting.extend(link for link in links if not SWITCH.search(link))
    return seen | exports(browser)


def exports(browser: Visitor) -> dict[str, str]:
    """Every file the person may save, by its address."""
    page = browser.get("/g/absences", status=200)
    token = page_of(page).forms[0].fields["csrf_token"][0]
    found: dict[str, str] = {}
    for what in ("figures", "cases", "events"):
        for ending in ("csv", "xlsx"):
            path = f"/t/export/{what}.{ending}?from=2026-11-01&to=2026-11-30&by=kind"
            answer = browser.post(path, data={"csrf_token": token})
            found[path] = plain(f"{answer.status}\n{body(answer.get_data(), answer.mimetype)}")
    return found


def body(data: bytes, mimetype: str | None) -> str:
    """The text of an answer; of a workbook, of all its parts."""
    if data[:2] != b"PK":
        return data.decode("utf-8", "replace") if (mimetype or "").startswith("text/") else data.hex()
    with zipfile.ZipFile(BytesIO(data)) as book:
        return "\n".join(book.read(name).decode() for name in sorted(book.namelist()) if "core.xml" not in name)


def plain(text: str) -> str:
    for pattern, word in RANDOM:
        text = pattern.sub(word, text)
    named = list(dict.fromkeys(PSEUDONYM.findall(text)))
    return PSEUDONYM.sub(lambda match: f"household {named.index(match[0])}", text)


def starts(kind: str) -> list[str]:
    """Where the person begins to look, and what the person might try."""
    code = db.session.scalars(select(DoorCode.token).order_by(DoorCode.id)).first()
    return ["/g/", "/t/", "/t/cases", "/t/figures", "/t/visits", "/t/alerts", "/g/?show=elsewhere", "/g/?show=waiting",
            "/g/notices", "/t/notices", "/account/notices", "/g/find?q=湖东", f"/g/find?q={OURS}", "/g/new?q=27",
            f"/g/d/{code}", "/g/door", "/account/", "/", f"/d/{code}", f"/village/{VILLAGE}", "/c"]


@pytest.mark.parametrize("who", HATS)
def test_everything_the_accused_can_reach_is_the_same_with_and_without_the_case(town: Flask, who: str) -> None:
    kind, more = HATS[who]
    browser = staff.signed_in(town, the_accused(kind, more))
    for path in ("/g/", "/g/notices"):
        browser.get(path)  # the first look is its own
    before = everything(browser, starts(kind))
    numbers = [filed("他们从来不上门。", kind="complaint", about=kind),
               filed("他办事看人下菜。", kind="complaint", about=kind, door=OTHERS)]
    just_filed = everything(browser, starts(kind))
    for number in numbers:
        lives(number)
    later = everything(browser, starts(kind))
    for after in (just_filed, later):
        assert set(after) == set(before)
        different = [path for path in before if after[path] != before[path]]
        assert not different, f"{who}: {different}"
    assert len(before) > 20, "there was something to compare"
    assert not any(number in text for number in numbers for text in later.values())


@pytest.mark.parametrize("who", HATS)
def test_the_messages_about_the_case_are_real_for_somebody_else(town: Flask, who: str) -> None:
    """The test above would pass where nobody was told anything, or nothing failed."""
    kind, more = HATS[who]
    accused = the_accused(kind, more).id
    number = filed("他们从来不上门。", kind="complaint", about=kind)
    lives(number)
    messages = db.session.scalars(select(Notice).where(Notice.case_id == found(number).id)).all()
    assert {one.via for one in messages} == {Via.LIST, Via.EMAIL, Via.SMS}
    assert any(one.failed_at for one in messages)
    assert any(one.next_try_at for one in messages)
    assert not [one for one in messages if one.person_id == accused]


@pytest.mark.parametrize("who", HATS)
def test_the_number_itself_opens_nothing_anywhere(town: Flask, who: str) -> None:
    kind, more = HATS[who]
    browser = staff.signed_in(town, the_accused(kind, more))
    number, never = filed("他们从来不上门。", kind="complaint", about=kind), "1000000000"
    token = page_of(browser.get("/g/absences", status=200)).forms[0].fields["csrf_token"][0]
    values = {"photo_id": 1, "key": "x", "n": 1}
    for rule in town.url_map.iter_rules():
        if "number" not in rule.arguments:
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            answers = []
            for one in (number, never):
                given = {name: {**values, "number": one}[name] for name in rule.arguments}
                path = town.url_map.bind("localhost").build(rule.endpoint, given, method)
                data = {"csrf_token": token, "n": "1", "words": "试一试这个编号", "is_sure": "y"}
                answer = browser.open(path, method=method, data=data if method == "POST" else None)
                text = plain(answer.get_data(as_text=True)).replace(one, "NUMBER")
                answers.append((answer.status_code, (answer.location or "").replace(one, "NUMBER"), text))
            assert answers[0] == answers[1], f"{who}: {method} {rule.rule}"
    assert found(number).events_count == 2
    found_by_number = browser.get(f"/g/find?q={number}", status=200)
    assert plain(found_by_number.get_data(as_text=True)).replace(number, never) == plain(
        browser.get(f"/g/find?q={never}", status=200).get_data(as_text=True))


@pytest.mark.parametrize("who", HATS)
def test_the_case_is_real_for_somebody_else(town: Flask, who: str) -> None:
    """The tests above would pass on a case that exists for nobody."""
    kind, more = HATS[who]
    the_accused(kind, more)
    number = filed("他们从来不上门。", kind="complaint", about=kind)
    case = found(number)
    assert case.status is Status.ASSIGNED
    holder = present(case)[0]
    page = staff.signed_in(town, holder).get(f"/g/cases/{number}", status=200)
    assert "他们从来不上门" in page_of(page).text
