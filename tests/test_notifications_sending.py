"""发送: killed anywhere, refused, hung up on: no message is lost, and a second one is known as such."""

import base64
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from config import Config
from feedback import clock, contents, db, ladder, notifications, recusal, rounds, timer
from feedback.models.cases import Case
from feedback.models.contents import Content, Field
from feedback.models.kinds import Action, AnswerBy, Contact, Outcome, Status
from feedback.models.notices import Notice, Route, Sign, SignKind, Via
from feedback.models.people import Person, Role
from feedback.models.places import Household
from feedback.notifications import routes, sending, texts, ways
from feedback.notifications.ways import faults, mail, reaching
from tests import builders, sink
from tests.sink import Mood

KEY = "a-key-of-sixteen-signs"
ROOT = Path(__file__).parent.parent


class Killed(BaseException):
    """The process is gone in the middle of it."""


@pytest.fixture
def postbox(config: Config, database: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[sink.Mailbox]:
    """A mail server that this installation sends by."""
    monkeypatch.setattr(mail, "SECONDS", 0.5)
    monkeypatch.setattr(reaching, "SECONDS", 0.5)
    with sink.mail_server() as box, sink.gateway() as gateway:
        ways.use(replace(config, smtp_url=box.url, smtp_from="notice@h.example.cn",
                         sms_url=f"http://{gateway.host}/sms", sms_key=KEY, notice_hosts_inside=("127.0.0.1",)))
        box.gateway = gateway
        yield box
    ways.use(config)


class Town:
    """A guardian who reads mails, a village officer, and a door."""

    def __init__(self) -> None:
        self.place = builders.a_township()
        self.aunt = builders.a_person(self.place.microgrid, username="aunt")
        self.clerk = builders.a_person(self.place.village, Role.VILLAGE, username="clerk")
        self.officer = builders.a_person(self.place.township, Role.TOWNSHIP, username="officer")
        self.home: Household = builders.a_household(self.place.microgrid)
        by(self.aunt, Via.EMAIL, "aunt@example.cn")


@pytest.fixture
def town(postbox: sink.Mailbox, now: datetime) -> Town:
    made = Town()
    db.session.commit()
    return made


def by(person: Person, via: Via, address: str) -> None:
    """The person hears by this way too."""
    db.write()
    db.session.add(Route(person_id=person.id, via=via, address=routes.sealed(person, via, address)))
    db.session.flush()


def taken() -> None:
    db.session.commit()
    while db.in_turn(notifications.take):
        pass


def a_round() -> int:
    """What the timer does: takes, then sends."""
    taken()
    return notifications.send()


def rows(via: Via = Via.EMAIL) -> list[Notice]:
    db.session.rollback()
    return list(db.session.scalars(select(Notice).where(Notice.via == via).order_by(Notice.id)))


def text_of(one: EmailMessage) -> str:
    return str(one.get_content()).replace("\r\n", "\n")


def later(now: datetime, **time: float) -> Any:
    return clock.fixed(now + timedelta(**time), everywhere=True)


def test_a_round_of_the_timer_takes_and_sends(town: Town, postbox: sink.Mailbox) -> None:
    builders.a_case(town.home)
    db.session.commit()
    assert timer.tick().done["notices sent"] == 1
    assert [one["To"] for one in postbox.mails] == ["aunt@example.cn"]


def test_while_there_is_more_to_tell_only_life_and_safety_is_sent(
    town: Town, postbox: sink.Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for is_urgent in (False, True, False):
        builders.a_case(town.home, is_urgent=is_urgent)
    db.session.commit()
    with monkeypatch.context() as patched:
        patched.setattr(timer, "SHARE", 0.0)
        assert timer.tick().unfinished
    timer.tick()
    assert [one["Subject"] for one in postbox.mails] == [texts.TITLE_URGENT, "户廉码：2 件事要您看"]


# ---------------------------------------------------------------- killed


def test_killed_between_sending_and_recording_it_goes_out_once_more_under_the_same_id(
    town: Town, postbox: sink.Mailbox, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    builders.a_case(town.home)
    taken()
    send = ways.send

    def sent_and_killed(*args: Any, **named: Any) -> None:
        send(*args, **named)
        raise Killed

    monkeypatch.setattr(ways, "send", sent_and_killed)
    with pytest.raises(Killed):
        notifications.send()
    monkeypatch.setattr(ways, "send", send)
    db.session.remove()
    assert notifications.send() == 0  # the claim still holds
    for minutes in (11, 30, 600):
        with later(now, minutes=minutes):
            notifications.send()
    assert len(postbox.mails) == 2
    assert len({one["Message-ID"] for one in postbox.mails}) == 1
    (notice,) = rows()
    assert (notice.sent_at, notice.tries, notice.fault) == (now + timedelta(minutes=11), 2, "")


def test_killed_before_sending_it_goes_out_after_the_claim_has_ended(
    town: Town, postbox: sink.Mailbox, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    builders.a_case(town.home)
    taken()
    with monkeypatch.context() as patched:
        patched.setattr(ways, "send", killed)
        with pytest.raises(Killed):
            notifications.send()
    db.session.remove()
    with later(now, minutes=11):
        assert notifications.send() == 1
    assert len(postbox.mails) == 1


def test_killed_again_and_again_it_is_never_sent_a_third_time(
    town: Town, postbox: sink.Mailbox, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    builders.a_case(town.home)
    taken()
    send = ways.send

    def sent_and_killed(*args: Any, **named: Any) -> None:
        send(*args, **named)
        raise Killed

    monkeypatch.setattr(ways, "send", sent_and_killed)
    for minutes in (0, 11, 22, 33):
        with later(now, minutes=minutes):
            try:
                notifications.send()
            except Killed:
                db.session.remove()
    assert len(postbox.mails) == 2
    (notice,) = rows()
    assert (notice.next_try_at, notice.fault) == (None, sending.UNSURE_TWICE)
    assert notice.failed_at is not None


def killed(*_args: Any, **_named: Any) -> None:
    raise Killed


CHILD = """
    import os, signal, sys
    from datetime import datetime
    import config
    from feedback import clock, db, installation, notifications
    from feedback.notifications import ways

    installation.open_with(config.load(os.environ))
    send = ways.send

    def sent_and_killed(*args, **named):
        send(*args, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    ways.send = sent_and_killed
    with clock.fixed(datetime.fromisoformat(sys.argv[1]), everywhere=True):
        notifications.send()
"""


def test_a_process_that_is_really_killed_leaves_a_message_that_is_sent_once_more(
    town: Town, postbox: sink.Mailbox, now: datetime, config: Config
) -> None:
    builders.a_case(town.home)
    taken()
    environ = {
        **os.environ, "HLM_DATABASE_URL": config.database_url, "HLM_ALLOW_HTTP": "1", "HLM_SMTP_URL": postbox.url,
        "HLM_SMTP_FROM": "notice@h.example.cn", "HLM_DATA_DIR": str(config.data_dir),
        "HLM_DATA_KEY": base64.b64encode(config.data_key).decode(),
    }
    died = subprocess.run([sys.executable, "-c", textwrap.dedent(CHILD), now.isoformat()], cwd=ROOT, env=environ,
                          capture_output=True, text=True, timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert rows()[0].sent_at is None
    with later(now, minutes=11):
        assert notifications.send() == 1
    assert len({one["Message-ID"] for one in postbox.mails}) == 1
    assert len(postbox.mails) == 2


# ---------------------------------------------------------------- servers in a bad mood


def test_a_refused_message_is_tried_again_ever_more_rarely_and_then_given_up_with_its_reason(
    town: Town, postbox: sink.Mailbox, now: datetime
) -> None:
    postbox.mood = Mood.REFUSES
    builders.a_case(town.home)
    taken()
    waited = []
    at = now
    while (notice := rows()[0]).next_try_at is not None:
        at = max(at, notice.next_try_at)
        with clock.fixed(at, everywhere=True):
            assert notifications.send() == 0
        waited.append(at - now)
    assert postbox.tries == len(sending.AGAIN) + 1 == 9
    assert waited[1:4] == [timedelta(minutes=1), timedelta(minutes=6), timedelta(minutes=36)]
    assert timedelta(days=1) < waited[-1] < timedelta(days=3)
    assert (notice.sent_at, notice.failed_at, notice.fault) == (None, at, faults.NO_MAILBOX)


def test_no_try_wakes_anybody_at_night(town: Town, postbox: sink.Mailbox, now: datetime) -> None:
    postbox.mood = Mood.REFUSES
    builders.a_case(town.home)
    taken()
    while (due := rows()[0].next_try_at) is not None:
        assert 7 <= clock.local(due).hour < 21
        with clock.fixed(due, everywhere=True):
            notifications.send()


def test_a_server_that_comes_back_gets_everything(town: Town, postbox: sink.Mailbox, now: datetime) -> None:
    postbox.mood = Mood.REFUSES
    builders.a_case(town.home)
    assert a_round() == 0
    postbox.mood = Mood.TAKES
    with later(now, minutes=1):
        assert notifications.send() == 1
    assert [notice.sent_at for notice in rows()] == [now + timedelta(minutes=1)]


def test_what_was_taken_without_a_word_is_sent_once_more_only(town: Town, postbox: sink.Mailbox, now: datetime) -> None:
    postbox.mood = Mood.TAKES_AND_HANGS_UP
    builders.a_case(town.home)
    taken()
    for minutes in (0, 1, 6, 36, 300, 3000):
        with later(now, minutes=minutes):
            notifications.send()
    assert len(postbox.mails) == 2
    assert len({one["Message-ID"] for one in postbox.mails}) == 1
    (notice,) = rows()
    assert (notice.next_try_at, notice.fault) == (None, sending.UNSURE_TWICE)
    assert notice.failed_at is not None


def test_a_refusal_between_does_not_make_a_third_copy_possible(
    town: Town, postbox: sink.Mailbox, now: datetime
) -> None:
    builders.a_case(town.home)
    taken()
    moods = (Mood.TAKES_AND_HANGS_UP, Mood.REFUSES, Mood.TAKES_AND_HANGS_UP, Mood.TAKES_AND_HANGS_UP, Mood.TAKES)
    for minutes, mood in zip((0, 1, 6, 36, 300), moods, strict=True):
        postbox.mood = mood
        with later(now, minutes=minutes):
            notifications.send()
    assert len(postbox.mails) == 2


def test_a_server_that_hangs_is_asked_once_a_round_and_stops_no_other(
    town: Town, postbox: sink.Mailbox, now: datetime, config: Config
) -> None:
    uncle = builders.a_person(town.place.microgrid, username="uncle")
    by(uncle, Via.EMAIL, "uncle@example.cn")
    by(uncle, Via.WEBHOOK, f"http://{KEY}@{postbox.gateway.host}/in")
    builders.a_case(town.home)
    taken()
    with sink.silent_server() as port:
        ways.use(replace(ways._config, smtp_url=f"smtp://127.0.0.1:{port}"))
        assert notifications.send() == 1
    assert [post.path for post in postbox.gateway.posts] == ["/in"]
    assert sorted(notice.tries for notice in rows()) == [0, 1]


def test_what_waits_for_a_server_that_hangs_is_not_gone_through_one_by_one(
    town: Town, postbox: sink.Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(20):
        person = builders.a_person(town.place.microgrid)
        by(person, Via.EMAIL, f"{person.username}@example.cn")
    by(person, Via.WEBHOOK, f"http://{KEY}@{postbox.gateway.host}/in")
    builders.a_case(town.home)
    taken()
    claims: list[sending.Claimed | None] = []
    claim = sending._claim

    def counted(here: sending.Round) -> sending.Claimed | None:
        claims.append(claim(here))
        return claims[-1]

    monkeypatch.setattr(sending, "_claim", counted)
    with sink.silent_server() as port:
        ways.use(replace(ways._config, smtp_url=f"smtp://127.0.0.1:{port}"))
        assert notifications.send() == 1
    assert len(claims) == 2


def test_more_than_one_message_holds_is_told_in_the_next(
    town: Town, postbox: sink.Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MOST", 3)
    for _ in range(5):
        builders.a_case(town.home)
    assert a_round() == 2
    assert [one["Subject"] for one in postbox.mails] == ["户廉码：3 件事要您看", "户廉码：2 件事要您看"]
    assert {(notice.tries, notice.next_try_at) for notice in rows()} == {(1, None)}


def test_a_fault_of_our_own_stops_no_other_message(
    town: Town, postbox: sink.Mailbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    uncle = builders.a_person(town.place.microgrid, username="uncle")
    by(uncle, Via.EMAIL, "uncle@example.cn")
    builders.a_case(town.home)
    taken()
    composed = sending._composed

    def broken(notices: Any) -> Any:
        if notices[0].person_id == town.aunt.id:
            raise KeyError("a gap nobody fills")
        return composed(notices)

    monkeypatch.setattr(sending, "_composed", broken)
    with caplog.at_level("CRITICAL", logger="feedback.notifications.sending"):
        assert notifications.send() == 1
    assert [one["To"] for one in postbox.mails] == ["uncle@example.cn"]


def test_a_notice_without_words_fails_alone_and_keeps_nothing_else_from_its_reader(
    town: Town, postbox: sink.Mailbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = builders.a_case(town.home)
    builders.a_case(town.home)
    taken()
    of = texts.of

    def sometimes(notice: Notice, *, goes_out: bool = False) -> texts.Said:
        if notice.case_id == broken_id:
            raise KeyError("a gap nobody fills")
        return of(notice, goes_out=goes_out)

    broken_id = broken.id
    monkeypatch.setattr(texts, "of", sometimes)
    with caplog.at_level("CRITICAL", logger="feedback.notifications.sending"):
        assert notifications.send() == 1
    assert [one["Subject"] for one in postbox.mails] == [texts.TITLE]
    failed, went = rows()
    assert (failed.failed_at, failed.dropped_at, failed.fault) == (clock.now(), None, sending.UNSAYABLE)
    assert went.sent_at is not None


def test_a_round_ends_when_its_time_is_up(
    town: Town, postbox: sink.Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    builders.a_case(town.home)
    taken()
    monkeypatch.setattr(sending, "BUDGET", 0.0)
    assert notifications.send() == 0
    assert rows()[0].tries == 0


def test_nothing_is_open_while_a_message_is_on_its_way(
    town: Town, postbox: sink.Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    builders.a_case(town.home)
    taken()
    open_meanwhile = []
    monkeypatch.setattr(ways, "send", lambda *_a, **_k: open_meanwhile.append(db.session().in_transaction()))
    notifications.send()
    assert open_meanwhile == [False]


# ---------------------------------------------------------------- night, digests, a dead week


def night(now: datetime) -> datetime:
    return now.replace(hour=15)  # 23:00 in Shanghai


def morning(now: datetime) -> datetime:
    return now.replace(hour=23)  # 7:00 in Shanghai


def test_what_gathers_over_night_is_one_digest_in_the_morning(
    town: Town, postbox: sink.Mailbox, now: datetime
) -> None:
    for minutes in range(25):
        with clock.fixed(night(now) + timedelta(minutes=minutes), everywhere=True):
            builders.a_case(town.home, next_due_at=now)
            assert a_round() == 0
    with clock.fixed(morning(now) - timedelta(seconds=1), everywhere=True):
        assert a_round() == 0
    with clock.fixed(morning(now), everywhere=True):
        assert a_round() == 1
    (digest,) = postbox.mails
    lines = text_of(digest).splitlines()
    assert digest["Subject"] == "户廉码：25 件事要您看"
    assert [line[:2] for line in lines[:20]] == ["· "] * 20
    assert lines[20:] == ["……共 25 件", "您这里现在有 25 件超期。", "http://localhost/g/"]


def test_life_and_safety_is_told_at_night(town: Town, postbox: sink.Mailbox, now: datetime) -> None:
    with clock.fixed(night(now), everywhere=True):
        builders.a_case(town.home)
        builders.a_case(town.home, is_urgent=True)
        assert a_round() == 1
    (told,) = postbox.mails
    assert told["Subject"] == texts.TITLE_URGENT
    assert "急事" in text_of(told)


def test_what_was_due_in_the_evening_and_is_still_there_at_night_waits_for_the_morning(
    town: Town, postbox: sink.Mailbox, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening = now.replace(hour=12, minute=55)  # 20:55 in Shanghai
    builders.a_case(town.home)
    with clock.fixed(evening, everywhere=True):
        taken()
        with monkeypatch.context() as patched:
            patched.setattr(ways, "send", killed)
            with pytest.raises(Killed):
                notifications.send()
        db.session.rollback()
        by(town.clerk, Via.EMAIL, "clerk@example.cn")
        builders.a_case(town.home, team=builders.team_of(town.place.village))
        taken()
        builders.a_case(town.home, is_urgent=True)
        taken()
    with clock.fixed(night(now), everywhere=True):
        assert notifications.send() == 1  # life and safety alone
        assert rounds.health().behind["notices"] == 0
    with clock.fixed(morning(now), everywhere=True):
        notifications.send()
    assert [(one["To"], str(one["Subject"])) for one in postbox.mails] == [
        ("aunt@example.cn", texts.TITLE_URGENT), ("aunt@example.cn", texts.TITLE), ("clerk@example.cn", texts.TITLE),
    ]


def test_what_is_good_to_know_waits_for_the_next_morning(town: Town, postbox: sink.Mailbox, now: datetime) -> None:
    case = builders.a_case(town.home, status=Status.REPORTED_BACK, owner_id=town.aunt.id)
    a_round()
    postbox.mails.clear()
    for action in (Action.ADD, Action.RATE):
        builders.an_event(case, action, by_her=True, rating=5)
    assert a_round() == 0
    with clock.fixed(morning(now), everywhere=True):
        assert a_round() == 1
    assert "评价" in text_of(postbox.mails[0])


def test_what_is_good_to_know_waits_for_one_morning_and_not_for_another(
    town: Town, postbox: sink.Mailbox, now: datetime
) -> None:
    """However late it is taken: a minute after the quiet hours, or because the timer stood still for an afternoon."""
    case = builders.a_case(town.home, status=Status.REPORTED_BACK, owner_id=town.aunt.id)
    a_round()
    postbox.mails.clear()
    builders.an_event(case, Action.ADD, by_her=True, at=morning(now) - timedelta(hours=8))
    builders.an_event(case, Action.ADD, by_her=True, at=morning(now) - timedelta(minutes=1))
    with clock.fixed(morning(now), everywhere=True):
        assert a_round() == 1
    builders.an_event(case, Action.RATE, by_her=True, rating=5, at=now + timedelta(hours=14))
    with clock.fixed(now + timedelta(hours=22), everywhere=True):
        assert a_round() == 1


def test_after_eight_dead_days_there_is_one_digest_a_person(town: Town, postbox: sink.Mailbox, now: datetime) -> None:
    for day in range(9):
        with clock.fixed(now + timedelta(days=day), everywhere=True):
            case = builders.a_case(town.home)
            builders.an_event(case, Action.REMIND, reason="response_half")
            builders.an_event(case, Action.REMIND, reason="response_near")
            builders.an_event(case, Action.ADD, by_her=True)
            db.session.commit()
    with clock.fixed(now + timedelta(days=8, hours=1), everywhere=True):
        a_round()
        a_round()
    assert [one["Subject"] for one in postbox.mails] == ["户廉码：9 件事要您看"]
    with clock.fixed(now + timedelta(days=9), everywhere=True):
        a_round()
    assert len(postbox.mails) == 2  # what she added today waited for the morning


def test_one_case_is_one_line_of_a_digest_with_its_newest_fact(
    town: Town, postbox: sink.Mailbox, now: datetime
) -> None:
    case = builders.a_case(town.home)
    builders.an_event(case, Action.REMIND, reason="response_near")
    builders.a_case(town.home)
    assert a_round() == 1
    lines = [line for line in text_of(postbox.mails[0]).splitlines() if line.startswith("·")]
    assert len(lines) == 2
    assert "快到期" in lines[0]


def test_a_few_words_added_do_not_hide_that_a_case_has_come(town: Town, postbox: sink.Mailbox, now: datetime) -> None:
    with clock.fixed(night(now), everywhere=True):
        case = builders.a_case(town.home)
        a_round()
        builders.an_event(case, Action.ADD, by_her=True)
        a_round()
    with clock.fixed(morning(now), everywhere=True):
        a_round()
    (told,) = postbox.mails
    assert "到了您这里" in text_of(told)


def test_a_digest_with_life_and_safety_in_it_says_so_in_its_title(town: Town, postbox: sink.Mailbox) -> None:
    builders.a_case(town.home)
    builders.a_case(town.home, is_urgent=True)
    a_round()
    (digest,) = postbox.mails
    assert digest["Subject"] == texts.TITLE_URGENT
    assert text_of(digest).startswith("· 急事")


# ---------------------------------------------------------------- what no longer holds


def test_what_no_longer_holds_when_its_turn_comes_is_dropped(town: Town, postbox: sink.Mailbox, now: datetime) -> None:
    def answered(case: Case) -> None:
        case.status, case.closed_at, case.outcome = Status.CLOSED, clock.now(), Outcome.RESOLVED

    def gone_elsewhere(case: Case) -> None:
        case.team_id = builders.team_of(town.place.village).id

    def about_her(case: Case) -> None:
        recusal.shut_out(case, town.aunt)

    def way_removed(_case: Case) -> None:
        db.session.delete(db.session.scalars(select(Route).where(Route.person_id == town.aunt.id)).one())

    def she_left(_case: Case) -> None:
        town.aunt.is_active = False

    for happens in (answered, gone_elsewhere, about_her, way_removed, she_left):
        case = builders.a_case(town.home)
        builders.an_event(case, Action.REMIND, reason="handling_near")
        taken()
        db.write()
        happens(case)
        db.session.commit()
        expected = 1 if happens is gone_elsewhere else 0
        assert notifications.send() == expected, happens.__name__
    assert all(notice.dropped_at or notice.sent_at for notice in rows())


def test_a_reminder_of_a_clock_that_has_stopped_is_dropped(town: Town, postbox: sink.Mailbox) -> None:
    case = builders.a_case(town.home)
    taken()
    notifications.send()
    postbox.mails.clear()
    builders.an_event(case, Action.REMIND, reason="response_near")
    taken()
    db.write()
    case.responded_at, case.owner_id, case.status = clock.now(), town.aunt.id, Status.IN_PROGRESS
    db.session.commit()
    assert notifications.send() == 0
    assert rows()[-1].dropped_at is not None
    assert postbox.mails == []


def _closed(case: Case) -> None:
    case.status, case.closed_at, case.outcome = Status.CLOSED, clock.now(), Outcome.RESOLVED


def _given_to_the_clerk(case: Case) -> None:
    case.owner_id = db.session.scalars(select(Person.id).where(Person.username == "clerk")).one()


def _granted(case: Case) -> None:
    case.extension_asked_at = None


def _letter_answered(case: Case) -> None:
    builders.an_event(case, Action.ANSWER_SUPERVISION, told_at=clock.now())


def _decided(case: Case) -> None:
    builders.an_event(case, Action.DECIDE_APPEAL, of_n=1, told_at=clock.now())


@pytest.mark.parametrize(("action", "facts", "happens"), [
    (Action.HAND_OVER, {}, _given_to_the_clerk), (Action.HAND_OVER, {}, _closed), (Action.ANSWER, {}, _closed),
    (Action.EXTEND, {"days": 3}, _closed), (Action.REFUSE_EXTENSION, {}, _closed),
    (Action.ASK_EXTENSION, {"days": 3}, _granted), (Action.APPEAL, {"of_n": 1}, _decided),
    (Action.SUPERVISE, {"until_at": clock.start_of(date(2026, 11, 25))}, _letter_answered),
    (Action.SUPERVISE, {"until_at": clock.start_of(date(2026, 11, 25))}, _closed),
    (Action.REMIND, {"reason": ladder.LETTER_OVERDUE}, _letter_answered),
])
def test_what_nobody_needs_to_do_any_more_is_asked_of_nobody(
    town: Town, postbox: sink.Mailbox, action: Action, facts: dict[str, Any], happens: Callable[[Case], None]
) -> None:
    for person in (town.clerk, town.officer):
        by(person, Via.EMAIL, f"{person.username}@example.cn")
    case = builders.a_case(town.home, status=Status.IN_PROGRESS, owner_id=town.aunt.id, responded_at=clock.now(),
                           supervised_at=clock.now(), extension_asked_at=clock.now())
    builders.an_event(case, Action.SUPERVISE, told_at=clock.now(), until_at=clock.now())
    builders.an_event(case, action, **facts)
    taken()
    assert rows()
    db.write()
    happens(case)
    db.session.commit()
    assert notifications.send() == 0
    assert all(notice.dropped_at for notice in rows())


def test_a_sign_is_not_sent_to_who_no_longer_serves_there(town: Town, postbox: sink.Mailbox, now: datetime) -> None:
    by(town.clerk, Via.EMAIL, "clerk@example.cn")
    db.session.add(Sign(kind=SignKind.SILENCE, area_code=town.place.microgrid.code, on=clock.today(), count=60, at=now))
    taken()
    db.write()
    town.clerk.services[0].area_code = town.place.next_village().village.code
    db.session.commit()
    assert notifications.send() == 0


def test_a_silence_that_was_broken_is_not_told(town: Town, postbox: sink.Mailbox, now: datetime) -> None:
    by(town.clerk, Via.EMAIL, "clerk@example.cn")
    sign = Sign(kind=SignKind.SILENCE, area_code=town.place.microgrid.code, on=clock.today(), count=60, at=now)
    db.session.add(sign)
    taken()
    db.write()
    sign.ended_at = now
    db.session.commit()
    assert notifications.send() == 0


def test_an_address_sealed_under_another_key_is_a_failure_that_says_so(town: Town, postbox: sink.Mailbox) -> None:
    db.write()
    db.session.scalars(select(Route)).one().address = b"\x01" + b"0" * 60
    builders.a_case(town.home)
    assert a_round() == 0
    (notice,) = rows()
    assert notice.failed_at is not None
    assert notice.fault == faults.UNOPENED


# ---------------------------------------------------------------- to her


def her_case(town: Town, phone: str = "13800000027", **overrides: Any) -> Case:
    case = builders.a_case(town.home, status=Status.IN_PROGRESS, owner_id=town.aunt.id, **overrides)
    contents.new_key(case)
    contents.add(case, Field.PHONE, phone, n=1)
    return case


def test_she_is_asked_whether_somebody_rang_in_words_that_give_nothing_away(
    town: Town, postbox: sink.Mailbox
) -> None:
    case = her_case(town)
    builders.an_event(case, Action.RESPOND, actor_id=town.aunt.id)
    a_round()
    (post,) = postbox.gateway.posts
    assert post.is_signed(KEY)
    assert post.said["to"] == "13800000027"
    assert "已有人联系您吗？" in post.said["text"]
    assert "http://localhost/c" in post.said["text"]
    assert case.number not in post.said["text"]


def test_where_somebody_answered_on_her_page_she_is_not_asked_whether_he_rang(
    town: Town, postbox: sink.Mailbox
) -> None:
    builders.an_event(her_case(town), Action.RESPOND, actor_id=town.aunt.id, contact=Contact.MESSAGE)
    a_round()
    (post,) = postbox.gateway.posts
    assert "联系" not in post.said["text"]
    assert "http://localhost/c " in post.said["text"]


@pytest.mark.parametrize("action", Action)
def test_only_some_acts_of_staff_are_worth_an_sms(town: Town, postbox: sink.Mailbox, action: Action) -> None:
    case = her_case(town, asked_at=clock.now())
    builders.an_event(case, action, actor_id=town.aunt.id)
    taken()
    wanted = {Action.RESPOND, Action.ASK, Action.REPORT_BACK, Action.EXTEND, Action.DECLINE, Action.MERGE}
    assert len(rows(Via.SMS)) == (action in wanted)


@pytest.mark.parametrize("overrides", [
    {"answer_by": AnswerBy.PAGE}, {"phone": "0574-62830000"}, {"wrapped_key": None},
])
def test_whoever_wants_to_look_here_only_or_has_no_mobile_gets_no_sms(
    town: Town, postbox: sink.Mailbox, overrides: dict[str, Any]
) -> None:
    erased = "wrapped_key" in overrides
    case = her_case(town, **{name: value for name, value in overrides.items() if name != "wrapped_key"})
    if erased:
        contents.erase(case)
    builders.an_event(case, Action.RESPOND, actor_id=town.aunt.id)
    a_round()
    assert postbox.gateway.posts == []


@pytest.mark.parametrize(("action", "is_woken"), [
    (Action.RESPOND, True), (Action.ASK, True), (Action.REPORT_BACK, False), (Action.EXTEND, False),
])
def test_in_an_urgent_matter_she_is_woken_only_for_what_presses(
    town: Town, postbox: sink.Mailbox, now: datetime, action: Action, is_woken: bool
) -> None:
    with clock.fixed(night(now), everywhere=True):
        case = her_case(town, is_urgent=True, asked_at=clock.now())
        case.status = Status.REPORTED_BACK if action is Action.REPORT_BACK else case.status
        builders.an_event(case, action, actor_id=town.aunt.id, days=3)
        a_round()
        assert len(postbox.gateway.posts) == is_woken
    with clock.fixed(morning(now), everywhere=True):
        a_round()
    assert len(postbox.gateway.posts) == 1


def test_what_gathered_for_her_is_one_sms_about_the_newest(town: Town, postbox: sink.Mailbox, now: datetime) -> None:
    case = her_case(town, asked_at=clock.now())
    with clock.fixed(night(now), everywhere=True):
        for action in (Action.RESPOND, Action.EXTEND, Action.ASK):
            builders.an_event(case, action, actor_id=town.aunt.id, days=3)
        builders.an_event(her_case(town), Action.RESPOND, actor_id=town.aunt.id)
        a_round()
    with clock.fixed(morning(now), everywhere=True):
        a_round()
    assert ["一句话要问您" in post.said["text"] for post in postbox.gateway.posts] == [True, False]


@pytest.mark.parametrize("what", ["she has said", "it is reported back"])
def test_she_is_not_asked_again_whether_somebody_rang(town: Town, postbox: sink.Mailbox, what: str) -> None:
    case = her_case(town)
    responded = builders.an_event(case, Action.RESPOND, actor_id=town.aunt.id)
    taken()
    if what == "she has said":
        builders.an_event(case, Action.WITNESS, witnessed=True, of_n=responded.n, by_her=True)
    else:
        db.write()
        case.status = Status.REPORTED_BACK
    a_round()
    assert postbox.gateway.posts == []


def test_a_number_that_can_not_be_opened_keeps_the_fact_from_nobody_of_the_staff(
    town: Town, postbox: sink.Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    case = her_case(town)
    db.session.scalars(select(Content).where(Content.case_id == case.id)).one().sealed = b"\x01" + b"0" * 60
    builders.an_event(case, Action.EXTEND, days=3)
    with caplog.at_level("CRITICAL", logger="feedback.notifications.outbox"):
        a_round()
    assert (postbox.mails[-1]["To"], postbox.gateway.posts) == ("aunt@example.cn", [])


def test_an_sms_about_a_question_she_has_answered_meanwhile_is_dropped(town: Town, postbox: sink.Mailbox) -> None:
    case = her_case(town, asked_at=clock.now())
    builders.an_event(case, Action.ASK, actor_id=town.aunt.id)
    taken()
    db.write()
    case.asked_at = None
    a_round()
    assert postbox.gateway.posts == []


def test_what_she_did_herself_is_no_news_to_her(town: Town, postbox: sink.Mailbox) -> None:
    case = her_case(town)
    builders.an_event(case, Action.MERGE, by_her=True)
    a_round()
    assert postbox.gateway.posts == []


# ---------------------------------------------------------------- two at once


def test_two_senders_at_once_send_each_message_once(town: Town, postbox: sink.Mailbox) -> None:
    people = [builders.a_person(town.place.microgrid) for _ in range(8)]
    for person in people:
        by(person, Via.EMAIL, f"{person.username}@example.cn")
    builders.a_case(town.home)
    taken()

    def run() -> None:
        notifications.send()
        db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    arrived = sorted(one["To"] for one in postbox.mails)
    assert arrived == sorted(["aunt@example.cn", *(f"{person}@example.cn" for person in names(people))])


def names(people: list[Person]) -> list[str]:
    db.session.rollback()
    return [person.username for person in people]


def test_two_takers_at_once_tell_each_fact_once(town: Town) -> None:
    for _ in range(6):
        builders.a_case(town.home)
    db.session.commit()

    def run() -> None:
        while db.in_turn(notifications.take):
            pass
        db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert db.session.scalar(select(func.count()).select_from(Notice).where(Notice.via == Via.LIST)) == 6
