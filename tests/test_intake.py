"""A letter becomes a case once, with nothing lost; what is missing is said in a sentence for each field."""

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Engine, event, func, select

from config import Config
from feedback import access, clock, contents, db, intake, receipts, routing, throttle
from feedback.errors import Busy, Forbidden
from feedback.intake import drafts
from feedback.intake.letters import Letter
from feedback.models.cases import Case, CaseEvent, Recusal
from feedback.models.codes import DoorCode
from feedback.models.contents import Audience, Content, Draft
from feedback.models.kinds import About, Action, AnswerBy, Channel, Kind, Status
from feedback.models.people import Person, Role
from feedback.models.places import Household
from tests import builders
from tests.builders import Place

DOOR = "7K3M9QX2VB4T"
WORDS = "村口的路灯坏了三天，晚上看不见路"
PHONE = "13800000003"
ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.usefixtures("now")


def a_photo(colour: str = "red") -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("filings", "guesses"):
        pace = getattr(throttle, name).pace
        monkeypatch.setattr(throttle, name, throttle.Brake(pace, sleep=lambda seconds: None))
    yield
    drafts._swept.clear()


@pytest.fixture
def town(database: Engine) -> Place:
    place = builders.a_township()
    builders.a_person(place.microgrid, Role.GUARDIAN)
    builders.a_person(place.village, Role.VILLAGE)
    builders.a_person(place.township, Role.TOWNSHIP)
    db.session.commit()
    return place


@pytest.fixture
def household(town: Place) -> Household:
    made = builders.a_household(town.microgrid)
    builders.a_code(made)
    db.session.commit()
    return made


def doorway(household: Household) -> intake.Doorway:
    return intake.Doorway(household.microgrid, household)


def fields(receipt: str | None = None, **overrides: str) -> dict[str, str]:
    return {"kind": "help", "text": WORDS, "receipt": receipt or receipts.mint(DOOR), **overrides}


def sent(receipt: str | None = None, *, photos: tuple[bytes, ...] = (), **overrides: Any) -> Letter:
    letter = intake.read(fields(receipt, **overrides), DOOR)
    intake.take_photos(letter, photos)
    return letter


def filed(household: Household, letter: Letter, **options: Any) -> intake.Filed:
    """What a door does when all goes well."""
    done = intake.file(letter, doorway(household), **options)
    if done.is_new:
        routing.route(done.case)
    db.session.commit()
    return done


def refused(household: Household, letter: Letter) -> intake.NotFiled:
    """What a door does when it does not."""
    with pytest.raises(intake.NotFiled) as why:
        filed(household, letter)
    db.session.rollback()
    intake.keep(letter)
    db.session.commit()
    return why.value


def said(why: intake.NotFiled) -> dict[str, str]:
    return {str(fault.field): str(fault) for fault in why.faults}


def rows(model: type[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


# ---------------------------------------------------------------- what is filed


def test_a_letter_becomes_a_case_in_the_queue_of_its_micro_grid(household: Household, town: Place) -> None:
    done = filed(household, sent(name="王阿婆", phone="138 0000 0003", answer_by="phone"))
    case = done.case
    assert done.is_new
    assert (case.status, case.kind, case.area_code) == (Status.ASSIGNED, Kind.HELP, town.microgrid.code)
    assert case.team_id == builders.team_of(town.microgrid).id
    assert case.household_id == household.id
    assert case.answer_by is AnswerBy.PHONE
    assert not case.is_visit_wanted
    assert contents.words_of(case, 1, {Audience.HER}) == WORDS
    assert contents.contact(case) == contents.Contact("王阿婆", PHONE)
    assert receipts.digest(done.digits) == case.receipt_digest
    assert clock.local(case.response_due_at).strftime("%m-%d %H:%M") == "11-20 17:30"
    events = db.session.scalars(select(CaseEvent).order_by(CaseEvent.n)).all()
    assert [(fact.action, fact.by_her) for fact in events] == [(Action.SUBMIT, True), (Action.ASSIGN, False)]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("answer_by", ["", *AnswerBy])
def test_a_visit_is_wanted_for_help_and_complaints_unless_she_chose_otherwise(
    household: Household, kind: Kind, answer_by: str
) -> None:
    case = filed(household, sent(kind=kind.value, answer_by=answer_by, phone=PHONE)).case
    expected = kind in {Kind.HELP, Kind.COMPLAINT} and answer_by in {"", AnswerBy.VISIT}
    assert case.is_visit_wanted is expected


def test_urgent_runs_on_hours(household: Household) -> None:
    case = filed(household, sent(urgent="on")).case
    assert case.is_urgent
    assert case.response_due_at - case.filed_at == timedelta(hours=2)


@pytest.mark.parametrize(("text", "phone", "photos"), [("", PHONE, ()), ("", "", (a_photo(),)), ("字", "", ())])
def test_words_or_a_photo_or_a_phone_is_enough(
    household: Household, text: str, phone: str, photos: tuple[bytes, ...]
) -> None:
    assert filed(household, sent(text=text, phone=phone, photos=photos)).is_new


def test_numbers_are_random_and_open_nothing(household: Household) -> None:
    numbers = [filed(household, sent(text=f"第 {n} 件")).case.number for n in range(5)]
    assert len({*numbers}) == 5
    assert all(len(number) == 10 and number.isdigit() for number in numbers)
    assert numbers != sorted(numbers) or numbers[0][:6] != numbers[1][:6]


# ---------------------------------------------------------------- what is missing


@pytest.mark.parametrize(
    ("overrides", "field", "sentence"),
    [
        ({"kind": ""}, "kind", "选一样：咨询、求助、投诉还是建议"),
        ({"kind": "report"}, "kind", "选一样：咨询、求助、投诉还是建议"),
        ({"text": " \r\n\u3000"}, "text", "写几个字，或拍张照片，或留个电话，有一样就行"),
        ({"text": "长" * 4001}, "text", "字太多了，最多 4000 字。先送要紧的，其余的送出以后可以补充"),
        ({"phone": "1380000003"}, "phone", "电话少一位，请再看看"),
        ({"answer_by": "phone"}, "phone", "想听电话答复，请留个电话"),
        ({"answer_by": "letter"}, "answer_by", "请再选一次想怎么知道结果"),
        ({"answer_by": "visit", "no_door": "1"}, "answer_by", "不留门牌就没法上门，请选电话或只在这里看"),
        ({"about": "mayor"}, "about", "请再选一次说的是谁"),
        ({"name": "长" * 41}, "name", "称呼太长了，请写短一点"),
    ],
)
def test_what_is_missing_is_said_at_its_field(
    household: Household, overrides: dict[str, Any], field: str, sentence: str
) -> None:
    why = refused(household, sent(**overrides))
    assert isinstance(why, intake.Incomplete)
    assert said(why) == {field: sentence}
    assert why.status == 400
    assert rows(Case) == rows(Content) == 0


def test_everything_that_is_missing_is_said_at_once(household: Household) -> None:
    why = refused(household, sent(kind="", text="", phone="138"))
    assert list(said(why)) == ["kind", "phone"]
    assert str(why) == "还差 2 处，写好的都还在"


def test_what_she_typed_stays_as_she_typed_it() -> None:
    letter = intake.read(fields(text=" 两行\r\n字 ", phone="138 0000", name="  王 阿婆\t"), DOOR)
    assert (letter.text, letter.phone, letter.name) == (" 两行\r\n字 ", "138 0000", "  王 阿婆\t")
    assert (letter.words, letter.clean_name) == ("两行\n字", "王 阿婆")


def test_control_characters_are_not_filed(household: Household) -> None:
    case = filed(household, sent(text="路灯\x00坏\x1b[31m了\u202e")).case
    assert "\x00" not in contents.words_of(case, 1)
    assert "\x1b" not in contents.words_of(case, 1)


# ---------------------------------------------------------------- once


def test_the_same_letter_again_gives_the_same_case(household: Household) -> None:
    receipt = receipts.mint(DOOR)
    first = filed(household, sent(receipt, photos=(a_photo(),)))
    again = filed(household, sent(receipt, photos=(a_photo(),)))
    assert not again.is_new
    assert (again.case.id, again.digits) == (first.case.id, first.digits)
    assert rows(Case) == 1
    assert rows(Content) == 2


@pytest.mark.parametrize(
    "other",
    [{"text": "别的话"}, {"kind": "complaint"}, {"phone": PHONE}, {"urgent": "1"}, {"about": "guardian"},
     {"name": "王"}, {"no_door": "1"}, {"answer_by": "page"}],
)
def test_another_letter_on_a_used_receipt_is_refused_and_nothing_is_stored(
    household: Household, other: dict[str, Any]
) -> None:
    receipt = receipts.mint(DOOR)
    filed(household, sent(receipt))
    before = rows(Content)
    letter = sent(receipt, **other)
    why = refused(household, letter)
    assert isinstance(why, intake.UsedReceipt)
    assert why.status == 409
    assert (rows(Case), rows(Content)) == (1, before)
    assert letter.receipt != receipt
    assert filed(household, sent(letter.receipt, **other)).is_new


def test_another_photo_on_a_used_receipt_is_refused_and_waits_with_the_new_one(household: Household) -> None:
    receipt = receipts.mint(DOOR)
    filed(household, sent(receipt, photos=(a_photo(),)))
    letter = sent(receipt, photos=(a_photo(), a_photo("blue")))
    assert isinstance(refused(household, letter), intake.UsedReceipt)
    assert len(intake.photos_kept(letter)) == 2
    case = filed(household, sent(letter.receipt)).case
    assert len(contents.photos_of(case)) == 2


def test_the_same_letter_with_the_same_bad_photo_is_still_the_same(household: Household) -> None:
    receipt = receipts.mint(DOOR)
    bad = a_photo()[:200]
    first = sent(receipt, photos=(bad, a_photo()))
    assert list(first.taken.faults) == [1]
    filed(household, first)
    again = sent(receipt, photos=(bad, a_photo()))
    assert not filed(household, again).is_new


def test_a_used_receipt_answers_the_same_a_week_later(household: Household) -> None:
    receipt = receipts.mint(DOOR)
    first = filed(household, sent(receipt))
    with clock.fixed(clock.now() + timedelta(days=7)):
        assert filed(household, sent(receipt)).case.id == first.case.id


def test_after_erasing_the_old_form_opens_nothing(household: Household) -> None:
    receipt = receipts.mint(DOOR)
    case = filed(household, sent(receipt)).case
    db.write()
    contents.erase(case)
    db.session.commit()
    assert isinstance(refused(household, sent(receipt, photos=(a_photo(),))), intake.UsedReceipt)


def at_once(jobs: list[Callable[[], Any]]) -> list[Any]:
    """Runs the jobs side by side, each with a session of its own; results or exceptions, in order."""
    results: list[Any] = [None] * len(jobs)
    start = threading.Barrier(len(jobs))

    def run(place: int) -> None:
        start.wait()
        try:
            results[place] = jobs[place]()
        except Exception as error:
            results[place] = error
        finally:
            db.session.remove()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_a_letter_sent_eight_times_at_once_is_one_case(household: Household) -> None:
    receipt, household_id = receipts.mint(DOOR), household.id
    db.session.remove()

    def send() -> str:
        home = db.session.get_one(Household, household_id)
        return filed(home, sent(receipt, photos=(a_photo(),))).case.number

    numbers = at_once([send] * 8)
    assert len(set(numbers)) == 1, numbers
    assert rows(Case) == 1
    assert rows(CaseEvent) == 2
    case = db.session.scalars(select(Case)).one()
    assert len(contents.photos_of(case)) == 1
    assert contents.photo_bytes(case, contents.photos_of(case)[0].id)


def test_of_two_letters_on_one_receipt_at_once_one_is_filed_and_the_other_told(household: Household) -> None:
    receipt, household_id = receipts.mint(DOOR), household.id
    db.session.remove()

    def send(text: str) -> Callable[[], str]:
        return lambda: filed(db.session.get_one(Household, household_id), sent(receipt, text=text)).case.number

    results = at_once([send("一"), send("二")])
    assert sorted(type(result).__name__ for result in results) == ["UsedReceipt", "str"]
    assert rows(Case) == 1


# ---------------------------------------------------------------- renewing


def test_a_form_older_than_a_day_is_renewed_with_every_word_and_photo(household: Household) -> None:
    receipt = receipts.mint(DOOR)
    refused(household, sent(receipt, kind="", photos=(a_photo(),)))
    with clock.fixed(clock.now() + timedelta(hours=25)):
        letter = sent(receipt, photos=(a_photo("blue"),))
        assert isinstance(refused(household, letter), intake.Renewed)
        assert letter.text == WORDS
        assert letter.receipt != receipt
        assert len(intake.photos_kept(letter)) == 2
        assert rows(Draft) == 1
        case = filed(household, sent(letter.receipt)).case
        assert len(contents.photos_of(case)) == 2


@pytest.mark.parametrize("receipt", ["", "made up", receipts.DIGITS * "4"])
def test_a_receipt_the_server_did_not_mint_is_renewed(household: Household, receipt: str) -> None:
    letter = intake.read(fields() | {"receipt": receipt}, DOOR)
    intake.take_photos(letter, (a_photo(),))
    assert isinstance(refused(household, letter), intake.Renewed)
    assert len(intake.photos_kept(letter)) == 1
    assert rows(Case) == 0
    assert filed(household, sent(letter.receipt)).is_new


def test_a_receipt_of_another_door_is_renewed(household: Household) -> None:
    letter = sent(receipts.mint("7K3M9QX2VB4V"))
    assert isinstance(refused(household, letter), intake.Renewed)


# ---------------------------------------------------------------- photos


def test_a_refused_form_keeps_its_photos_and_takes_more(household: Household) -> None:
    receipt = receipts.mint(DOOR)
    letter = sent(receipt, kind="", photos=(a_photo(), b"no photo"))
    refused(household, letter)
    assert len(intake.photos_kept(letter)) == 1
    assert intake.photos_kept(intake.blank(DOOR)) == []
    letter = sent(receipt, kind="", photos=(a_photo("blue"), a_photo()))
    refused(household, letter)
    assert len(intake.photos_kept(letter)) == 2
    case = filed(household, sent(receipt, photos=(a_photo("green"),))).case
    assert len(contents.photos_of(case)) == 3
    assert all(contents.photo_bytes(case, photo.id) for photo in contents.photos_of(case))
    assert rows(Draft) == 0
    assert contents.words_of(case, 1) == WORDS


def test_a_bad_photo_is_refused_alone(household: Household) -> None:
    letter = sent(photos=(b"", a_photo()))
    case = filed(household, letter).case
    assert len(contents.photos_of(case)) == 1
    assert str(letter.taken.faults[1]) == "这张照片是空的，没有传上来。请再选一次。"


def test_a_bad_photo_and_nothing_else_is_not_filed(household: Household) -> None:
    assert list(said(refused(household, sent(text="", photos=(b"no photo",))))) == ["text"]


def test_six_photos_in_all_however_often_the_form_came_back(household: Household) -> None:
    receipt = receipts.mint(DOOR)
    refused(household, sent(receipt, kind="", photos=tuple(map(a_photo, ("red", "blue", "green", "white")))))
    letter = sent(receipt, photos=tuple(map(a_photo, ("black", "gray", "gold"))))
    assert list(letter.taken.faults) == [3]
    assert len(contents.photos_of(filed(household, letter).case)) == 6


def test_a_full_disk_loses_no_word(household: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "no room")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        letter = sent(photos=(a_photo(),))
    assert "满了" in str(letter.taken.faults[1])
    case = filed(household, letter).case
    assert contents.words_of(case, 1) == WORDS


def test_a_full_database_is_a_sentence_and_nothing_is_half_filed(household: Household, database: Engine) -> None:
    if not db.is_sqlite():
        pytest.skip("PostgreSQL's disk can't be filled from here")
    long_words = "字" * 4000

    def no_more_pages(connection: Any, record: Any, proxy: Any) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(database, "checkout", no_more_pages)
    letter = sent(text=long_words)
    with pytest.raises(Busy) as why:
        filed(household, letter)
    db.session.rollback()
    event.remove(database, "checkout", no_more_pages)
    assert "满了" in str(why.value)
    assert why.value.status == 503
    with database.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    assert rows(Case) == rows(Content) == rows(CaseEvent) == 0
    assert filed(household, sent(letter.receipt, text=long_words)).is_new


@pytest.mark.parametrize(("moment", "found"), [("before_commit", 0), ("after_commit", 1)])
def test_a_process_killed_around_the_commit_has_filed_all_or_nothing(
    household: Household, config: Config, database: Engine, moment: str, found: int
) -> None:
    receipt, key, data_dir = receipts.mint(DOOR), config.data_key, config.data_dir
    program = f"""
import os, signal
from sqlalchemy import event
from config import Config
from pathlib import Path
from feedback import db, installation, intake, routing
from feedback.models.places import Household
installation.open_with(Config(database_url={database.url.render_as_string(hide_password=False)!r},
                              secret_key={config.secret_key!r}, data_key={key!r}, data_dir=Path({str(data_dir)!r})))
home = db.session.get_one(Household, {household.id})
letter = intake.read({{"kind": "help", "text": {WORDS!r}, "receipt": {receipt!r}}}, {DOOR!r})
letter.form.__class__.is_good = True
intake.take_photos(letter, [{a_photo()!r}])
routing.route(intake.file(letter, intake.Doorway(home.microgrid, home)).case)
db.session.flush()
event.listen(db.session(), {moment!r}, lambda session: os.kill(os.getpid(), signal.SIGKILL))
db.session.commit()
"""
    db.session.remove()
    died = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert (rows(Case), rows(CaseEvent)) == (found, 2 * found)
    assert len(list(config.data_dir.rglob("?" * 64))) == 1
    done = filed(db.session.get_one(Household, household.id), sent(receipt, photos=(a_photo(),)))
    assert done.is_new is not bool(found)
    assert rows(Case) == 1
    (photo,) = contents.photos_of(done.case)
    assert contents.photo_bytes(done.case, photo.id)


def test_a_crash_between_photo_and_commit_leaves_files_nobody_can_open_and_they_are_swept(
    household: Household, config: Config
) -> None:
    letter = sent(photos=(a_photo(),))
    intake.file(letter, doorway(household))
    db.session.rollback()  # the process died here
    assert rows(Case) == rows(Content) == 0
    left = list(config.data_dir.rglob("?" * 64))
    assert len(left) == 1
    kept = filed(household, sent(text="留下的", photos=(a_photo(),)))
    with clock.fixed(clock.now() + timedelta(days=1), everywhere=True):
        assert db.in_turn(intake.forget_unfiled) == 0
        assert left[0].exists()
    with clock.fixed(clock.now() + timedelta(days=2), everywhere=True):
        assert db.in_turn(intake.forget_unfiled) == 0
    assert not left[0].exists()
    assert contents.photo_bytes(kept.case, contents.photos_of(kept.case)[0].id)


def test_what_was_never_filed_is_forgotten_after_a_day(household: Household, config: Config) -> None:
    letter = sent(kind="", photos=(a_photo(),))
    refused(household, letter)
    with clock.fixed(clock.now() + timedelta(hours=23), everywhere=True):
        assert db.in_turn(intake.forget_unfiled) == 0
    with clock.fixed(clock.now() + timedelta(hours=24), everywhere=True):
        assert db.in_turn(intake.forget_unfiled) == 1
        assert db.in_turn(intake.forget_unfiled) == 0
    assert rows(Draft) == rows(Content) == 0
    assert list(config.data_dir.rglob("?" * 64)) == []


# ---------------------------------------------------------------- where it belongs


def test_without_her_door_it_is_the_townships_and_nothing_of_the_house_is_kept(
    household: Household, town: Place
) -> None:
    code = builders.a_code(builders.a_household(town.microgrid))
    db.session.commit()
    letter = sent(no_door="1", phone=PHONE)
    case = intake.file(letter, intake.Doorway(town.microgrid, household, code)).case
    routing.route(case)
    db.session.commit()
    assert (case.area_code, case.household_id, case.code_id) == (town.township.code, None, None)
    assert case.team_id == builders.team_of(town.township).id
    assert case.status is Status.ASSIGNED
    assert not case.is_visit_wanted
    for fact in db.session.scalars(select(CaseEvent)):
        assert (fact.area_code, fact.household_id, fact.code_id) == (town.township.code, None, None)


def test_about_a_guardian_it_goes_past_all_guardians_of_the_micro_grid(household: Household, town: Place) -> None:
    case = filed(household, sent(kind="complaint", about="guardian")).case
    assert (case.about, case.about_area_code) == (About.GUARDIAN, town.microgrid.code)
    assert (case.area_code, case.team_id) == (town.village.code, builders.team_of(town.village).id)
    assert case.status is Status.ASSIGNED
    assert rows(Recusal) == 1


def test_about_a_cadre_it_goes_to_the_township(household: Household, town: Place) -> None:
    case = filed(household, sent(kind="complaint", about="cadre")).case
    assert (case.area_code, case.team_id) == (town.township.code, builders.team_of(town.township).id)


@pytest.mark.parametrize("about", list(About))
def test_about_somebody_and_without_her_door_it_stays_the_townships(
    household: Household, town: Place, about: About
) -> None:
    case = filed(household, sent(kind="complaint", about=about.value, no_door="1")).case
    assert (case.area_code, case.household_id) == (town.township.code, None)
    assert case.team_id == builders.team_of(town.township).id


def test_a_revoked_code_still_lets_her_speak_to_the_village(town: Place) -> None:
    done = intake.file(sent(), intake.Doorway(town.village, code_works=False))
    routing.route(done.case, code_works=False)
    db.session.commit()
    assert (done.case.status, done.case.area_code) == (Status.NEW, town.village.code)
    assert done.case.team_id == builders.team_of(town.village).id


def test_a_complaint_about_a_guardian_through_an_ended_code_shuts_out_the_guardians_of_its_door(
    town: Place, household: Household,
) -> None:
    code = db.session.scalars(select(DoorCode)).one()
    case = intake.file(sent(about="guardian"), intake.Doorway(town.village, code=code, code_works=False)).case
    guardian = db.session.scalars(select(Person).where(Person.services.any(role=Role.GUARDIAN))).one()
    builders.a_service(guardian, town.village, Role.VILLAGE)
    assert access.is_shut_out(guardian, case)
    assert case.household_id is None
    db.session.rollback()


@pytest.mark.parametrize("about", list(About))
def test_a_complaint_through_the_townships_own_door_stays_there(town: Place, about: About) -> None:
    case = intake.file(sent(about=about.value), intake.Doorway(town.township, code_works=False)).case
    assert (case.area_code, case.team_id) == (town.township.code, builders.team_of(town.township).id)
    db.session.rollback()


# ---------------------------------------------------------------- floods


def test_a_flood_from_one_door_is_marked_and_never_refused(household: Household) -> None:
    cases = [filed(household, sent(text=f"第 {n} 件")).case for n in range(8)]
    assert [case.is_marked for case in cases] == [False] * 5 + [True] * 3
    assert {case.status for case in cases[5:]} == {Status.NEW}


def test_a_flood_is_remembered_over_a_restart(household: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(5):
        filed(household, sent(text=f"第 {n} 件"))
    monkeypatch.setattr(throttle, "filings", throttle.Brake(throttle.filings.pace, sleep=lambda seconds: None))
    assert filed(household, sent()).case.is_marked


def test_a_flood_is_slowed(household: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(throttle, "filings", throttle.Brake(throttle.filings.pace, sleep=slept.append))
    for n in range(8):
        filed(household, sent(text=f"第 {n} 件"))
    assert slept == sorted(slept)
    assert 0 < slept[-1] <= 3


def test_sending_the_same_letter_again_and_again_is_no_flood(household: Household) -> None:
    receipt = receipts.mint(DOOR)
    for _ in range(10):
        filed(household, sent(receipt))
    assert not filed(household, sent()).case.is_marked


# ---------------------------------------------------------------- on her behalf


def typist(town: Place, **overrides: Any) -> intake.Typist:
    person = builders.a_person(overrides.pop("area", town.village), overrides.pop("role", Role.VILLAGE))
    db.session.commit()
    return intake.Typist(person, overrides.pop("channel", Channel.BY_PHONE), overrides.pop("has_consent", True))


def test_on_her_behalf_it_is_said_who_typed_it_and_how_she_said_it(household: Household, town: Place) -> None:
    clerk = typist(town)
    case = filed(household, sent(), typist=clerk).case
    assert (case.channel, case.typed_by_id) == (Channel.BY_PHONE, clerk.person.id)
    submit = db.session.scalars(select(CaseEvent).where(CaseEvent.action == Action.SUBMIT)).one()
    assert (submit.actor_id, submit.by_her, submit.reason) == (clerk.person.id, False, "consent")
    assert case.status is Status.ASSIGNED


def test_on_her_behalf_needs_her_consent_and_how_she_said_it(household: Household, town: Place) -> None:
    clerk = typist(town, channel=Channel.DOOR, has_consent=False)
    with pytest.raises(intake.Incomplete) as why:
        filed(household, sent(), typist=clerk)
    assert list(said(why.value)) == ["channel", "consent"]


@pytest.mark.parametrize(
    ("about", "role", "level"), [("guardian", Role.GUARDIAN, "microgrid"), ("cadre", Role.VILLAGE, "village")]
)
def test_nobody_types_a_complaint_that_would_shut_him_out(
    household: Household, town: Place, about: str, role: Role, level: str
) -> None:
    clerk = typist(town, role=role, area=getattr(town, level))
    with pytest.raises(Forbidden):
        filed(household, sent(about=about), typist=clerk)
    db.session.rollback()
    assert rows(Case) == 0


def test_nobody_types_for_a_village_he_does_not_serve(household: Household, town: Place) -> None:
    clerk = typist(town, area=town.next_village().village)
    with pytest.raises(Forbidden):
        filed(household, sent(), typist=clerk)


# ---------------------------------------------------------------- her way back


def test_she_finds_her_case_with_her_receipt(household: Household) -> None:
    done = filed(household, sent())
    found, digits = intake.find(" ".join(receipts.groups(done.digits)), remote="192.0.2.7")
    assert (found.id, digits) == (done.case.id, done.digits)
    assert throttle.guesses.level("192.0.2.7") == 0


@pytest.mark.parametrize("written", ["", "4827", "4827 1905 3364 7718", "not a receipt", "4" * 400])
def test_wrong_and_unknown_receipts_look_alike_and_are_counted(household: Household, written: str) -> None:
    filed(household, sent())
    with pytest.raises(intake.UnknownReceipt) as why:
        intake.find(written, remote="192.0.2.7")
    assert str(why.value).startswith("没有查到")
    assert why.value.status == 404
    assert throttle.guesses.level("192.0.2.7") == pytest.approx(1, abs=0.1)


def test_after_any_number_of_guesses_the_right_one_still_opens(household: Household) -> None:
    done = filed(household, sent())
    for _ in range(60):
        with pytest.raises(intake.UnknownReceipt):
            intake.find(receipts.new_digits(), remote="192.0.2.7")
    assert intake.find(done.digits, remote="192.0.2.7", for_change=True)[0].id == done.case.id


# ---------------------------------------------------------------- what stays on the disk


def test_no_word_name_phone_or_receipt_is_readable_in_the_store_or_the_log(
    household: Household, config: Config, database: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    done = filed(household, sent(name="王阿婆", phone=PHONE, photos=(a_photo(),)))
    refused(household, sent(kind="", name="李大爷", photos=(a_photo("blue"),)))
    filed(household, sent(no_door="1", text="不要让人知道"))
    number = done.case.number
    db.session.remove()
    stored = everything_stored(config, database)
    assert number.encode() in stored
    secrets = [WORDS, "路灯", "王阿婆", "李大爷", PHONE, "不要让人知道", done.digits, DOOR,
               " ".join(receipts.groups(done.digits))]
    for secret in secrets:
        for encoding in ("utf-8", "utf-16-le", "gb18030"):
            assert secret.encode(encoding) not in stored
        assert secret not in caplog.text
    assert b"JFIF" not in stored


def everything_stored(config: Config, database: Engine) -> bytes:
    """Every byte of the database (file and journal, or every row as text) and of the photos."""
    files = [path for path in config.data_dir.parent.rglob("*") if path.is_file()]
    if not db.is_sqlite():
        with database.connect() as connection:
            rows = [str(tuple(row)) for table in db.Base.metadata.sorted_tables for row in
                    connection.execute(select(table))]
        return "\n".join(rows).encode() + b"".join(path.read_bytes() for path in files)
    return b"".join(path.read_bytes() for path in files)


def test_a_form_never_sent_leaves_no_trace(household: Household) -> None:
    intake.blank(DOOR)
    assert rows(Draft) == rows(Content) == 0
