"""通知的页: everybody's own list, what became of each message, what failed and is sent again."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from config import Config
from feedback import clock, db
from feedback.errors import Forbidden, Missing
from feedback.models.cases import Case, CaseEvent, Recusal
from feedback.models.kinds import About, Action
from feedback.models.notices import Notice, Sign, SignKind, Via
from feedback.models.people import Person, Role
from feedback.models.records import StaffAct, StaffEvent
from feedback.notifications import failures, inbox, proof, routes, ways
from feedback.notifications.proof import State
from feedback.notifications.ways import faults
from tests import builders, staff
from tests.visitor import page_of

TOWNSHIP = builders.CODES["township"]
FULL, LATER = "对方的邮箱满了", "对方暂时不收"


class Town:
    """A guardian, who is told; an officer, who looks after what failed; and one case."""

    def __init__(self) -> None:
        self.place = builders.a_township()
        self.aunt = builders.a_person(self.place.microgrid, name="周一禾")
        self.officer = builders.a_person(self.place.township, Role.TOWNSHIP, name="钱有为")
        self.case = builders.a_case(builders.a_household(self.place.microgrid))

    def notice(self, to: Person | None, *, case: Case | None = None, **facts: Any) -> Notice:
        """A notice of a fresh fact; sent at once, unless told otherwise."""
        case = case or self.case
        event: CaseEvent = facts.pop("event", None) or builders.an_event(case, Action.NOTE)
        one = Notice(**{"event_id": event.id, "case_id": case.id, "person_id": to.id if to else None, "via": Via.LIST,
                        "made_at": clock.now(), "sent_at": clock.now(), **facts})
        db.session.add(one)
        db.session.flush()
        return one

    def failed(self, to: Person | None = None, **facts: Any) -> Notice:
        return self.notice(to or self.aunt, **{"via": Via.EMAIL, "sent_at": None, "failed_at": clock.now(), "tries": 6,
                                               "fault": FULL, "message_id": "one-and-the-same", **facts})

    def about(self, about: About, *, case: Case | None = None) -> Case:
        """From now on the case is about those who serve there."""
        case = case or self.case
        area = self.place.microgrid if about is About.GUARDIAN else self.place.village
        case.about, case.about_area_code = about, area.code
        db.session.flush()
        return case


@pytest.fixture
def town(database: Engine, now: datetime) -> Town:
    return Town()


def ids(notices: list[Notice]) -> list[int]:
    return [one.id for one in notices]


# ---------------------------------------------------------------- one's own list


def test_everybody_sees_their_own_notices_the_newest_first(town: Town) -> None:
    mine = [town.notice(town.aunt) for _ in range(3)]
    town.notice(town.officer)
    assert ids(list(inbox.page(town.aunt).notices)) == ids(mine)[::-1]


def test_only_the_list_is_listed_and_not_what_was_dropped(town: Town) -> None:
    town.notice(town.aunt, via=Via.EMAIL)
    town.notice(town.aunt, dropped_at=clock.now(), sent_at=None)
    assert (inbox.page(town.aunt).notices, inbox.unread(town.aunt)) == ([], 0)


@pytest.mark.parametrize("most", [1, 2, 3, 5, 6])
def test_page_behind_page_shows_each_notice_once(town: Town, most: int) -> None:
    mine = [town.notice(town.aunt) for _ in range(5)]
    found: list[Notice] = []
    page = inbox.page(town.aunt, most=most)
    while True:
        found += page.notices
        if not page.after:
            break
        page = inbox.page(town.aunt, after=page.after, most=most)
    assert ids(found) == ids(mine)[::-1]


def test_what_came_since_the_last_look_is_unread(town: Town, now: datetime) -> None:
    town.notice(town.aunt)
    assert inbox.unread(town.aunt) == 1
    look_at_the_list(town.aunt)
    assert inbox.unread(town.aunt) == 0
    town.notice(town.aunt, made_at=now + timedelta(seconds=1))
    assert inbox.unread(town.aunt) == 1


def test_what_is_written_after_a_look_is_unread_though_its_batch_began_before(town: Town, now: datetime) -> None:
    town.notice(town.aunt)
    with clock.fixed(now + timedelta(seconds=5), everywhere=True):
        look_at_the_list(town.aunt)
    town.notice(town.aunt, made_at=now + timedelta(seconds=3))
    assert inbox.unread(town.aunt) == 1


def look_at_the_list(person: Person) -> None:
    inbox.look(person, inbox.page(person).notices)


def test_unread_notices_are_counted_to_a_bound(town: Town) -> None:
    event = builders.an_event(town.case, Action.NOTE)
    signs = [Sign(kind=SignKind.SILENCE, area_code=f"{town.place.microgrid.code}", on=clock.today() - timedelta(days=n),
                  at=clock.now()) for n in range(inbox.MOST_COUNTED + 5)]
    db.session.add_all(signs)
    db.session.flush()
    db.session.add_all(Notice(sign_id=sign.id, person_id=town.aunt.id, via=Via.LIST, made_at=event.at)
                       for sign in signs)
    db.session.flush()
    assert inbox.unread(town.aunt) == inbox.MOST_COUNTED + 1


@pytest.mark.parametrize("how", ["recused", "about", "for discipline alone"])
def test_a_case_that_exists_no_longer_for_somebody_takes_its_notices_along(town: Town, how: str) -> None:
    other = builders.a_case(builders.a_household(town.place.microgrid))
    stays = town.notice(town.aunt, case=other)
    town.notice(town.aunt)
    match how:
        case "recused":
            db.session.add(Recusal(case_id=town.case.id, person_id=town.aunt.id, at=clock.now()))
        case "about":
            town.about(About.GUARDIAN)
        case _:
            town.case.is_for_discipline_alone = True
    db.session.flush()
    assert (ids(list(inbox.page(town.aunt).notices)), inbox.unread(town.aunt)) == ([stays.id], 1)


def test_a_case_that_moved_out_of_reach_stays_on_the_list_and_opens_no_more(town: Town) -> None:
    elsewhere = town.place.next_village()
    one = town.notice(town.aunt)
    assert inbox.openable(town.aunt, [one]) == {town.case.id}
    town.case.area_code, town.case.team_id = elsewhere.village.code, builders.team_of(elsewhere.village).id
    db.session.flush()
    assert ids(list(inbox.page(town.aunt).notices)) == [one.id]
    assert inbox.openable(town.aunt, [one]) == frozenset()


# ---------------------------------------------------------------- proof


def test_each_message_is_in_one_state(town: Town) -> None:
    now = clock.now()
    for facts, state in (
        ({"sent_at": now}, State.SENT), ({"failed_at": now}, State.FAILED), ({"dropped_at": now}, State.DROPPED),
        ({"next_try_at": now}, State.WAITING), ({"next_try_at": now, "tries": 2}, State.WAITING),
    ):
        assert proof.state(Notice(**facts)) is state, facts


def test_proof_tells_each_fact_with_its_messages_the_newest_first(town: Town) -> None:
    first, second = (builders.an_event(town.case, Action.NOTE) for _ in range(2))
    made = [town.notice(person, event=event, via=via) for event in (first, second)
            for person, via in ((town.aunt, Via.LIST), (town.aunt, Via.EMAIL), (None, Via.SMS))]
    told = proof.of(town.case, town.officer)
    assert [one.event for one in told] == [second, first]
    assert [ids(list(one.messages)) for one in told] == [ids(made[3:]), ids(made[:3])]


def test_proof_is_for_readers_of_the_case_only(town: Town) -> None:
    town.notice(town.aunt)
    auditor = builders.a_person(town.place.township, Role.AUDITOR)
    stranger = builders.a_person(town.place.next_microgrid())
    assert [proof.of(town.case, person) for person in (auditor, stranger)] == [[], []]
    assert proof.of(town.case, town.aunt)
    town.about(About.GUARDIAN)
    assert proof.of(town.case, town.aunt) == []
    assert proof.of(town.case, town.officer)


# ---------------------------------------------------------------- what failed


def test_failures_are_told_by_way_and_fault_the_commonest_first(town: Town) -> None:
    town.failed(via=Via.SMS)
    mails = [town.failed() for _ in range(2)]
    town.failed(fault=LATER)
    found = failures.failed(town.officer, TOWNSHIP)
    assert [(one.via, one.words, len(one.notices)) for one in found] == [
        (Via.EMAIL, FULL, 2), (Via.EMAIL, LATER, 1), (Via.SMS, FULL, 1)]
    assert ids(list(found[0].notices)) == ids(mails)[::-1]


def test_what_failed_long_ago_is_history(town: Town, now: datetime) -> None:
    town.failed(failed_at=now - failures.KEPT - timedelta(seconds=1))
    assert failures.failed(town.officer, TOWNSHIP) == []
    assert failures.resend_all(town.officer, TOWNSHIP, Via.EMAIL, FULL) == 0


def test_what_is_due_for_long_or_was_tried_in_vain_is_late(town: Town, now: datetime) -> None:
    def waiting(**facts: Any) -> Notice:
        return town.notice(town.aunt, via=Via.EMAIL, sent_at=None, **facts)

    waiting(next_try_at=now)
    waiting(next_try_at=now + timedelta(hours=9))
    forgotten = waiting(next_try_at=now - failures.LATE - timedelta(seconds=1))
    in_vain = waiting(next_try_at=now + timedelta(minutes=5), tries=1, fault=LATER)
    found = failures.late(town.officer, TOWNSHIP)
    assert sorted(id_ for one in found for id_ in ids(list(one.notices))) == [forgotten.id, in_vain.id]
    queue = failures.queue(town.officer, TOWNSHIP)
    assert (queue.length, queue.oldest_due_at) == (4, forgotten.next_try_at)


def test_a_queue_that_only_waits_for_the_morning_is_not_behind(town: Town, now: datetime) -> None:
    town.notice(town.aunt, via=Via.EMAIL, sent_at=None, next_try_at=now + timedelta(hours=9))
    assert failures.queue(town.officer, TOWNSHIP) == failures.Queue(1, None)


@pytest.mark.parametrize("hat", [Role.TOWNSHIP, Role.DISCIPLINE, Role.AUDITOR])
@pytest.mark.parametrize("waits", [False, True])
def test_who_is_shut_out_of_a_case_sees_none_of_its_failures(town: Town, hat: Role, waits: bool) -> None:
    cadre = builders.a_person(town.place.village, Role.VILLAGE)
    builders.a_service(cadre, town.place.township, hat)
    now = clock.now()
    one = town.failed(town.officer, **({"failed_at": None, "next_try_at": now} if waits else {}))

    def seen(person: Person) -> list[int]:
        found = [*failures.failed(person, TOWNSHIP), *failures.late(person, TOWNSHIP)]
        return [id_ for each in found for id_ in ids(list(each.notices))]

    assert (seen(cadre), failures.queue(cadre, TOWNSHIP).length) == ([one.id], int(waits))
    town.about(About.CADRE)
    assert (seen(cadre), failures.queue(cadre, TOWNSHIP)) == ([], failures.Queue(0, None))
    assert seen(town.officer) == [one.id]
    if hat is not Role.AUDITOR:
        assert failures.resend_all(cadre, TOWNSHIP, Via.EMAIL, FULL) == 0
        with pytest.raises(Missing):
            failures.resend(cadre, TOWNSHIP, one.id)


def test_only_what_belongs_to_the_area_is_seen_signs_too(town: Town) -> None:
    other = town.place.next_village()
    here = town.failed()
    there = town.failed(case=builders.a_case(builders.a_household(other.microgrid)))
    sign = Sign(kind=SignKind.SILENCE, area_code=other.microgrid.code, on=clock.today(), at=clock.now())
    db.session.add(sign)
    db.session.flush()
    of_sign = Notice(sign_id=sign.id, person_id=town.officer.id, via=Via.EMAIL, made_at=clock.now(),
                     failed_at=clock.now(), fault=FULL)
    db.session.add(of_sign)
    db.session.flush()

    def seen(area_code: str) -> set[int]:
        return {id_ for one in failures.failed(town.officer, area_code) for id_ in ids(list(one.notices))}

    assert seen(town.place.village.code) == {here.id}
    assert seen(other.village.code) == {there.id, of_sign.id}
    assert seen(TOWNSHIP) == {here.id, there.id, of_sign.id}


def test_a_message_sent_again_is_due_at_once_and_keeps_its_id(town: Town, now: datetime) -> None:
    one = town.failed()
    failures.resend(town.officer, TOWNSHIP, one.id)
    assert (one.failed_at, one.next_try_at, one.tries, one.message_id) == (None, now, 0, "one-and-the-same")
    with pytest.raises(Missing):
        failures.resend(town.officer, TOWNSHIP, one.id)
    (trail,) = db.session.scalars(select(StaffEvent))
    assert (trail.act, trail.actor, trail.facts) == (StaffAct.RESEND, town.officer,
                                                    {"via": "email", "fault": FULL, "count": 1})


def test_all_of_one_fault_go_out_again_and_no_other(town: Town) -> None:
    same = [town.failed() for _ in range(3)]
    others = [town.failed(fault=LATER), town.failed(via=Via.SMS)]
    assert failures.resend_all(town.officer, TOWNSHIP, Via.EMAIL, FULL) == 3
    assert [one.failed_at for one in same] == [None] * 3
    assert all(one.failed_at is not None and one.next_try_at is None for one in others)


def test_nobody_is_woken_by_what_is_sent_again(town: Town) -> None:
    with clock.fixed(datetime.fromisoformat("2026-11-19T22:00+08:00")):
        quiet, urgent = town.failed(), town.failed(is_urgent=True)
        failures.resend_all(town.officer, TOWNSHIP, Via.EMAIL, FULL)
        assert clock.local(quiet.next_try_at or clock.now()).isoformat() == "2026-11-20T07:00:00+08:00"
        assert urgent.next_try_at == clock.now()


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.VILLAGE, Role.GUARDIAN, Role.ADMIN])
def test_only_township_and_discipline_send_again(town: Town, role: Role) -> None:
    area = town.place.microgrid if role is Role.GUARDIAN else town.place.township
    somebody, one = builders.a_person(area, role), town.failed()
    with pytest.raises(Forbidden):
        failures.resend(somebody, TOWNSHIP, one.id)
    assert one.failed_at is not None


# ---------------------------------------------------------------- the pages


def test_the_list_marks_what_is_new_and_leads_to_the_case(app: Flask, now: datetime) -> None:
    town = Town()
    number = town.case.number
    town.notice(town.aunt)
    browser = staff.signed_in(app, town.aunt)
    assert "通知 1" in " ".join(page_of(browser.get("/g/")).text.split())
    page = page_of(browser.get("/g/notices", status=200, title="通知"))
    assert "新" in page.text
    assert f"/g/cases/{number}" in page.links
    assert "新" in page_of(browser.get("/g/notices")).text, "the same look still marks it"
    assert "通知 1" not in " ".join(page_of(browser.get("/g/")).text.split())
    with clock.fixed(now + timedelta(minutes=11), everywhere=True):
        assert "\n新" not in page_of(browser.get("/g/notices")).text


def test_an_empty_list_says_what_will_be_there(app: Flask, now: datetime) -> None:
    page = staff.signed_in(app, Town().aunt).get("/g/notices", status=200)
    assert "还没有通知" in page_of(page).text


def test_the_case_tells_its_readers_what_became_of_each_message(app: Flask, now: datetime) -> None:
    town, morning = Town(), now + timedelta(hours=21)
    event = builders.an_event(town.case, Action.NOTE)
    for to, facts in (
        (town.aunt, {}),
        (town.aunt, {"via": Via.EMAIL, "sent_at": None, "next_try_at": morning}),
        (town.officer, {"via": Via.EMAIL, "sent_at": None, "failed_at": now, "fault": FULL}),
        (town.officer, {"via": Via.DINGTALK, "sent_at": None, "next_try_at": morning, "tries": 2, "fault": LATER}),
        (town.officer, {"via": Via.FEISHU, "sent_at": None, "dropped_at": now}),
        (None, {"via": Via.SMS}),
    ):
        town.notice(to, event=event, **facts)
    number = town.case.number
    text = page_of(staff.signed_in(app, town.aunt).get(f"/g/cases/{number}", status=200)).text
    for sentence in (
        "您：站内通知，11 月 19 日 10:00 已列出", "您：邮件，等到 11 月 20 日 7:00 发",
        f"钱有为：邮件，没有送到：{FULL}", f"钱有为：钉钉机器人，没有发出去（{LATER}），11 月 20 日 7:00 再试",
        "钱有为：飞书机器人，没有发：轮到发的时候事情已经变了", "村民：短信，11 月 19 日 10:00 已发出",
    ):
        assert sentence in text, sentence


def test_an_auditor_reads_nothing_of_the_messages_on_a_case(app: Flask, now: datetime) -> None:
    town = Town()
    town.notice(town.aunt)
    auditor = builders.a_person(town.place.township, Role.AUDITOR)
    number = town.case.number
    assert "谁收到了什么" in page_of(staff.signed_in(app, town.officer).get(f"/g/cases/{number}", status=200)).text
    assert "谁收到了什么" not in page_of(staff.signed_in(app, auditor).get(f"/g/cases/{number}", status=200)).text


def test_the_township_sends_one_again_or_all_of_a_fault(app: Flask, now: datetime) -> None:
    town = Town()
    first, *_rest = [town.failed().id for _ in range(3)]
    browser = staff.signed_in(app, town.officer)
    page = browser.get("/t/notices", status=200, title="没送到的通知")
    assert FULL in page_of(page).text
    page = browser.get(browser.submit(page, to=f"/{first}/resend", status=302 + 1).location or "", status=200)
    assert "1 条会再发一次" in page_of(page).text
    browser.submit(page, to="/notices/resend", status=303)
    assert db.session.scalars(select(Notice.failed_at)).all() == [None] * 3
    page = browser.get("/t/notices", status=200)
    assert "排队等着发的 3 条" in page_of(page).text


def test_who_may_only_look_is_offered_no_button(app: Flask, now: datetime) -> None:
    town = Town()
    town.failed()
    auditor = builders.a_person(town.place.township, Role.AUDITOR)
    page = page_of(staff.signed_in(app, auditor).get("/t/notices", status=200))
    assert FULL in page.text
    assert not [form for form in page.forms if "resend" in form.action]


# ---------------------------------------------------------------- one's own ways


@pytest.fixture
def post(config: Config, database: Engine, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Via, str]]:
    """Every way can be used, nothing leaves the machine; what would have gone out."""
    sent: list[tuple[Via, str]] = []
    ways.use(replace(config, **builders.EVERY_WAY))
    monkeypatch.setattr(ways, "send", lambda via, address, **said: sent.append((via, address)))
    routes.trials._counts.clear()
    return sent


def test_a_way_is_set_shown_covered_tried_out_and_taken_away(
    app: Flask, now: datetime, post: list[tuple[Via, str]]
) -> None:
    browser = staff.signed_in(app, Town().aunt)
    page = browser.get("/account/notices/email", status=200)
    browser.submit(page, to="/account/notices/email", address="zhou@example.cn", status=303)
    page = browser.get("/account/notices", status=200, title="怎样通知我")
    assert "z***@example.cn" in page_of(page).text
    assert "zhou@example.cn" not in page.get_data(as_text=True)
    browser.submit(page, to="/account/notices/email/try", status=303)
    assert post == [(Via.EMAIL, "zhou@example.cn")]
    browser.submit(page, to="/account/notices/email/remove", status=303)
    assert "z***" not in page_of(browser.get("/account/notices")).text


def test_a_trial_that_fails_says_why(app: Flask, now: datetime, post: list[tuple[Via, str]],
                                     monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(via: Via, address: str, **said: str) -> None:
        raise ways.Failed(FULL)

    monkeypatch.setattr(ways, "send", refuse)
    town = Town()
    routes.set(town.aunt, Via.EMAIL, "zhou@example.cn")
    db.session.commit()
    browser = staff.signed_in(app, town.aunt)
    browser.submit(browser.get("/account/notices"), to="/try", status=303)
    assert FULL in page_of(browser.get("/account/notices")).text


def test_trying_out_is_paced_by_person(app: Flask, now: datetime, post: list[tuple[Via, str]]) -> None:
    town = Town()
    for person in (town.aunt, town.officer):
        routes.set(person, Via.EMAIL, "zhou@example.cn")
    db.session.commit()
    browser = staff.signed_in(app, town.aunt)
    page = browser.get("/account/notices")
    answers = [browser.submit(page, to="/try").status_code for _ in range(5)]
    assert (answers, len(post)) == ([303] * 3 + [429] * 2, 3)
    other = staff.signed_in(app, town.officer)
    other.submit(other.get("/account/notices"), to="/try", status=303)


def test_a_way_whose_address_can_not_be_opened_says_so_and_can_be_set_anew(
    app: Flask, now: datetime, post: list[tuple[Via, str]]
) -> None:
    town = Town()
    routes.set(town.aunt, Via.EMAIL, "zhou@example.cn").address = b"\x01" + b"0" * 60
    db.session.commit()
    browser = staff.signed_in(app, town.aunt)
    page = browser.get("/account/notices", status=200)
    assert faults.UNOPENED in page_of(page).text
    assert faults.UNOPENED in page_of(browser.submit(page, to="/try")).text
    browser.submit(browser.get("/account/notices/email"), address="zhou@example.cn", status=303)
    assert "z***@example.cn" in page_of(browser.get("/account/notices")).text


def test_a_way_that_is_not_offered_can_be_taken_away_but_not_set(
    app: Flask, config: Config, now: datetime, post: list[tuple[Via, str]]
) -> None:
    town = Town()
    routes.set(town.aunt, Via.EMAIL, "zhou@example.cn")
    db.session.commit()
    ways.use(config)
    browser = staff.signed_in(app, town.aunt)
    page = browser.get("/account/notices", status=200)
    for via in ("email", "list", "pigeon"):
        browser.get(f"/account/notices/{via}", status=404)
    browser.submit(page, to="/remove", status=303)
    assert routes.of(staff.again(town.aunt)) == []


def test_the_telephone_of_the_register_is_offered_for_messages(
    app: Flask, now: datetime, post: list[tuple[Via, str]]
) -> None:
    town = Town()
    phone = town.aunt.phone
    page = staff.signed_in(app, town.aunt).get("/account/notices/sms", status=200)
    assert f'value="{phone}"' in page.get_data(as_text=True)


# ---------------------------------------------------------------- from a notice to the case


def test_the_link_of_a_notice_leads_through_the_sign_in_to_the_case(app: Flask, now: datetime) -> None:
    town = Town()
    number, name = town.case.number, staff.with_password(town.aunt).username
    phone = app.test_client()
    to_sign_in = phone.get(f"/g/cases/{number}")
    assert to_sign_in.status_code == 302
    page = phone.get(to_sign_in.location or "")
    answer = phone.submit(page, to="/login", username=name, password=staff.PASSWORD)  # type: ignore[attr-defined]
    assert answer.location == f"/g/cases/{number}"
    assert phone.get(answer.location).status_code == 200


def test_the_link_leads_to_the_case_through_a_second_factor_too(app: Flask, now: datetime) -> None:
    from feedback.identity import second_factor

    town = Town()
    number, name = town.case.number, staff.with_password(town.officer).username
    desk = app.test_client()
    page = desk.get(desk.get(f"/g/cases/{number}").location or "")
    first = desk.submit(page, to="/login", username=name, password=staff.PASSWORD)  # type: ignore[attr-defined]
    page = desk.get(first.location)
    code = second_factor.code_of(staff.SECRET)
    answer = desk.submit(page, to="/login/code", code=code)  # type: ignore[attr-defined]
    assert answer.location == f"/g/cases/{number}"


def test_the_link_leads_to_the_case_through_a_first_password_too(app: Flask, now: datetime) -> None:
    town = Town()
    number, name = town.case.number, staff.with_password(town.aunt, is_first=True).username
    phone = app.test_client()
    page = phone.get(phone.get(f"/g/cases/{number}").location or "")
    answer = phone.submit(page, to="/login", username=name, password=staff.PASSWORD)  # type: ignore[attr-defined]
    page = phone.get(phone.get(answer.location).location or "")
    new = "he shui qing qing liu"
    done = phone.submit(page, to="/account/password", password=staff.PASSWORD,  # type: ignore[attr-defined]
                        new_password=new, again=new)
    assert done.location == f"/g/cases/{number}"
