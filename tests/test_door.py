"""The door: a letter becomes a case once; whatever is wrong with it, every word and every good photo stays."""

import gzip
import re
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Engine, func, select

from feedback import clock, contents, db, throttle
from feedback.models.cases import Case
from feedback.models.codes import CodeState, DoorCode
from feedback.models.contents import Audience
from feedback.models.kinds import About, AnswerBy, Kind, Status
from feedback.models.people import Role
from feedback.models.places import Household
from feedback.models.rules import PublishedText, TextKey
from tests import builders
from tests.builders import CODES, Place
from tests.visitor import Visitor, page_of

WORDS = "屋后水沟堵了，一下雨水就往灶间倒灌。"
FIRST_VIEW = 14 * 1024

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("filings", "guesses"):
        pace = getattr(throttle, name).pace
        monkeypatch.setattr(throttle, name, throttle.Brake(pace, sleep=lambda seconds: None))


@pytest.fixture
def town(database: Engine) -> Place:
    place = builders.a_township()
    for _ in range(3):
        builders.a_person(place.microgrid, Role.GUARDIAN)
    builders.a_person(place.village, Role.VILLAGE)
    builders.a_person(place.township, Role.TOWNSHIP)
    db.session.commit()
    return place


@pytest.fixture
def code(town: Place) -> DoorCode:
    made = builders.a_code(builders.a_household(town.microgrid))
    db.session.commit()
    return made


@pytest.fixture
def token(code: DoorCode) -> str:
    return code.token


def a_photo(colour: str = "red") -> tuple[BytesIO, str]:
    out = BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "JPEG")
    return BytesIO(out.getvalue()), f"{colour}.jpg"


def publish(area_code: str, **texts: str) -> None:
    db.write()
    for key, words in texts.items():
        db.session.add(PublishedText(area_code=area_code, key=TextKey(key), words=words))
    db.session.commit()


def the_case() -> Case:
    return db.session.scalars(select(Case)).one()


def cases() -> int:
    return db.session.scalar(select(func.count()).select_from(Case)) or 0


def digits_of(html: str) -> str:
    found = re.search(r'data-digits="(\d{16})"', html)
    assert found is not None
    return found[1]


# ---------------------------------------------------------------- the page


def test_the_door_names_its_place_in_general_terms_and_promises_a_date(client: Visitor, code: DoorCode) -> None:
    shown = page_of(client.get("door.show", token=code.token, status=200, title="湖东村"))
    assert "梁弄镇 湖东村" in shown.text
    assert f"尾号 {code.token[-4:]}" in shown.text
    assert "最晚 11 月 20 日 17:30 有人联系您" in shown.text
    household = db.session.get_one(Household, code.household_id)
    assert household.door not in shown.text


def test_the_first_view_fits_into_one_round_trip(app: Flask, town: Place, token: str) -> None:
    client = FlaskClient(app, app.response_class)
    publish(CODES["township"], show_guardians="是", hotline="0574-62000000", duty_phone="0574-62000110",
            discipline_phone="0574-62000001", county_discipline="0574-62712388", publisher="梁弄镇人民政府主办")
    for language in ("zh", "en"):
        client.get(f"/d/{token}?lang={language}")
        answer = client.get(f"/d/{token}", headers={"Accept-Encoding": "gzip"})
        head = sum(len(name) + len(value) + 4 for name, value in answer.headers)
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(answer.data).startswith(b"<!doctype html>")
        assert len(answer.data) + head < FIRST_VIEW


def test_the_page_asks_no_other_address_for_anything(client: Visitor, token: str) -> None:
    html = client.get("door.show", token=token).get_data(as_text=True)
    assert not re.search(r'(src|srcset|action|poster)="(https?:)?//', html)
    assert not re.search(r"@import|url\((?!data:)|<(iframe|object|embed)", html)
    assert re.findall(r'<link [^>]*href="([^"]+)"', html) == ["data:,"]


def test_every_answer_is_kept_nowhere_and_tells_nobody_where_she_was(client: Visitor, token: str) -> None:
    for path in (f"/d/{token}", "/", "/c", "/privacy", "/nowhere"):
        headers = client.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy


def test_each_answer_has_its_own_nonce_and_nothing_inline_goes_without(client: Visitor, token: str) -> None:
    nonces = set()
    for _ in range(2):
        answer = client.get("door.show", token=token)
        html = answer.get_data(as_text=True)
        found = set(re.findall(r"<(?:style|script) nonce=\"([^\"]+)\">", html))
        assert len(found) == 1
        assert f"'nonce-{found.copy().pop()}'" in answer.headers["Content-Security-Policy"]
        assert not re.search(r"<(style|script)(?! nonce)", html)
        assert not re.search(r" (style|onclick|onload|onsubmit)=", html)
        nonces |= found
    assert len(nonces) == 2


def test_a_foreign_host_is_not_answered(client: Visitor, token: str) -> None:
    assert client.get(f"/d/{token}", base_url="http://evil.example").status_code == 400


def test_the_path_matches_in_any_case_and_lookalikes_count(client: Visitor, town: Place) -> None:
    household = builders.a_household(town.microgrid)
    from feedback import tokens

    token = next(one for one in iter(tokens.new, None) if "0" in one or "1" in one)
    builders.a_code(household, token)
    db.session.commit()
    for written in (token.lower(), token.replace("0", "o").replace("1", "l"), token.replace("1", "I")):
        for path in (f"/d/{written}", f"/D/{written}"):
            assert client.get(path, status=200, title="湖东村")


def test_guardians_are_named_only_once_the_township_says_so(client: Visitor, town: Place, token: str) -> None:
    builders.a_person(town.microgrid, Role.GUARDIAN, name="周一禾", phone="13900001234")
    db.session.commit()
    assert "周一禾" not in page_of(client.get("door.show", token=token)).text
    publish(CODES["township"], show_guardians="是")
    shown = page_of(client.get("door.show", token=token))
    assert "周一禾" in shown.text
    assert "tel:13900001234" in shown.links


def test_matters_of_integrity_are_sent_to_their_own_office(client: Visitor, town: Place, token: str) -> None:
    publish(CODES["township"], discipline_phone="0574-62000001")
    shown = page_of(client.get("door.show", token=token))
    assert {"tel:12388", "tel:057462000001"} <= {link.replace("-", "") for link in shown.links}
    assert "请不要写在这里" in shown.text


def test_danger_is_sent_to_the_emergency_numbers(client: Visitor, token: str) -> None:
    assert {"tel:110", "tel:119", "tel:120"} <= set(page_of(client.get("door.show", token=token)).links)


def test_the_guardian_is_led_to_this_very_door(client: Visitor, token: str) -> None:
    assert f"/g/d/{token}" in page_of(client.get("door.show", token=token)).links


def test_before_sending_she_reads_that_the_code_tells_the_household(client: Visitor, token: str) -> None:
    text = page_of(client.get("door.show", token=token)).text
    assert "这张码能看出是哪一户" in text
    assert "保存 3 年" in text
    assert "不留门牌" in text


def test_large_type_and_english_are_links_that_are_remembered(client: Visitor, token: str) -> None:
    assert client.get(f"/d/{token}?big=1").headers["Location"].endswith(f"/d/{token}")
    client.get(f"/d/{token}?lang=en")
    html = client.get("door.show", token=token, headers={"Accept-Language": "zh-CN"}).get_data(as_text=True)
    assert '<html lang="en" class="big">' in html
    client.get(f"/d/{token}?lang=zh&big=0")
    html = client.get("door.show", token=token, headers={"Accept-Language": "en-US"}).get_data(as_text=True)
    assert '<html lang="zh-CN">' in html


# ---------------------------------------------------------------- filing


def test_what_is_written_becomes_a_case_of_her_micro_grid(client: Visitor, town: Place, token: str) -> None:
    seen = client.get("door.show", token=token)
    page = client.submit(seen, kind="help", text=WORDS, phone="138 0000 0003", name="李女士", answer_by="visit",
                         status=200, title="收到了")
    case = the_case()
    assert (case.kind, case.status, case.area_code) == (Kind.HELP, Status.ASSIGNED, CODES["microgrid"])
    assert case.answer_by is AnswerBy.VISIT
    assert contents.words_of(case, 1, {Audience.HER}) == WORDS
    assert "最晚 11 月 20 日（周五）17:30" in page_of(page).text
    assert "3 位守护人" in page_of(page).text


def test_the_receipt_is_shown_in_the_page_and_in_no_address(client: Visitor, token: str) -> None:
    page = client.submit(client.get("door.show", token=token), kind="enquiry", text=WORDS, status=200)
    digits = digits_of(page.get_data(as_text=True))
    assert not any(digits in link for link in page_of(page).links)
    assert page.request.path == f"/d/{token}"
    assert "Location" not in page.headers


def test_the_same_form_again_answers_the_same(client: Visitor, token: str) -> None:
    seen = client.get("door.show", token=token)
    first = client.submit(seen, kind="help", text=WORDS, photos=[a_photo()])
    again = client.submit(seen, kind="help", text=WORDS, photos=[a_photo()], status=200, title="收到了")
    assert digits_of(first.get_data(as_text=True)) == digits_of(again.get_data(as_text=True))
    assert cases() == 1


def test_other_words_on_a_used_receipt_are_stored_nowhere_and_kept_on_the_page(client: Visitor, token: str) -> None:
    seen = client.get("door.show", token=token)
    client.submit(seen, kind="help", text=WORDS)
    conflict = client.submit(seen, kind="help", text="另外一件事", status=409)
    assert cases() == 1
    assert "另外一件事" in conflict.get_data(as_text=True)
    assert "作为新的诉求发送" in page_of(conflict).text
    client.submit(conflict, to=token, status=200, title="收到了")
    assert cases() == 2


def test_bad_input_keeps_every_word_and_every_good_photo(client: Visitor, token: str) -> None:
    seen = client.get("door.show", token=token)
    wrong = client.submit(seen, text=WORDS, name="李女士", phone="1380000003", urgent="1", about="cadre",
                          answer_by="page", status=400, title="还差一点",
                          photos=[a_photo("red"), (BytesIO(b"no photo"), "x.jpg"), a_photo("blue")])
    html, text = wrong.get_data(as_text=True), page_of(wrong).text
    assert "还差 3 处，写好的都还在" in text
    assert "电话少一位，请再看看" in text
    assert "第 2 张照片" in text
    assert "2 张照片已经收下" in text
    form = next(form for form in page_of(wrong).forms if form.method == "post")
    assert form.fields["text"] == [WORDS]
    assert form.fields["name"] == ["李女士"]
    assert form.fields["phone"] == ["1380000003"]
    assert (form.fields["urgent"], form.fields["about"], form.fields["answer_by"]) == (["1"], ["cadre"], ["page"])
    for anchor in re.findall(r'<a href="#([^"]+)"', html.split('id="errors"')[1].split("</div>")[0]):
        assert f'id="{anchor}"' in html
    client.submit(wrong, to=token, kind="help", phone="13800000036", status=200, title="收到了")
    assert len(contents.photos_of(the_case())) == 2


def test_a_bad_photo_alone_is_said_and_does_not_hold_up_the_words(client: Visitor, token: str) -> None:
    page = client.submit(client.get("door.show", token=token), kind="help", text=WORDS,
                         photos=[a_photo(), (BytesIO(b"\xff\xd8\xff broken"), "y.jpg")], status=200, title="收到了")
    assert "第 2 张照片" in page_of(page).text
    assert len(contents.photos_of(the_case())) == 1


def test_a_page_whose_token_is_no_longer_good_is_renewed_with_every_word(client: Visitor, token: str) -> None:
    seen = client.get("door.show", token=token)
    client.delete_cookie("session")
    renewed = client.submit(seen, kind="help", text=WORDS, photos=[a_photo()], status=400)
    assert WORDS in renewed.get_data(as_text=True)
    assert cases() == 0
    client.submit(renewed, to=token, status=200, title="收到了")
    assert len(contents.photos_of(the_case())) == 1


def test_a_form_older_than_a_day_is_renewed_with_every_word(client: Visitor, token: str) -> None:
    seen = client.get("door.show", token=token)
    with clock.fixed(clock.now() + timedelta(hours=25), everywhere=True):
        renewed = client.submit(seen, kind="help", text=WORDS, status=400)
        assert WORDS in renewed.get_data(as_text=True)
        client.submit(renewed, to=token, status=200, title="收到了")
    assert cases() == 1


def test_without_her_door_it_is_the_townships_and_names_no_household(client: Visitor, town: Place, token: str) -> None:
    client.submit(client.get("door.show", token=token), kind="help", text=WORDS, no_door="1", status=200)
    case = the_case()
    assert case.area_code == CODES["township"]
    assert case.household_id is None
    assert case.code_id is None
    assert not case.is_visit_wanted


def test_a_complaint_about_a_guardian_is_not_remembered_on_the_phone(client: Visitor, token: str) -> None:
    page = client.submit(client.get("door.show", token=token), kind="complaint", text=WORDS, about="guardian",
                         status=200)
    assert the_case().about is About.GUARDIAN
    assert "记在这部手机" not in page_of(page).text
    digits = digits_of(page.get_data(as_text=True))
    seen = client.get("follow.show")
    token_of_page = page_of(seen).forms[0].fields["csrf_token"][0]
    client.post("/c", data={"receipt": digits, "action": "remember", "csrf_token": token_of_page}, status=400)
    assert client.get_cookie("mine") is None


def test_a_flood_from_one_door_is_marked_and_never_refused(client: Visitor, town: Place, token: str) -> None:
    for n in range(8):
        client.submit(client.get("door.show", token=token), kind="suggestion", text=f"{WORDS}{n}", status=200)
    marked = db.session.scalars(select(Case.is_marked).order_by(Case.id)).all()
    assert len(marked) == 8
    assert marked[-1]
    assert not marked[0]


# ---------------------------------------------------------------- codes that do not work


def test_a_revoked_code_explains_itself_and_speaks_to_the_village(client: Visitor, town: Place, code: DoorCode) -> None:
    db.write()
    code.state, code.ended_at = CodeState.REVOKED, clock.now()
    db.session.commit()
    seen = client.get("door.show", token=code.token, status=200, title="这张码已停用")
    client.submit(seen, kind="help", text=WORDS, status=200, title="收到了")
    case = the_case()
    assert case.status is Status.NEW
    assert case.team.area_code == CODES["village"]
    assert case.household_id is None


@pytest.mark.parametrize("written", ["0000000000Z0", "ABC", "7K3M9QX2VB4T"])
def test_a_mistyped_code_explains_itself_and_speaks_to_the_township(client: Visitor, town: Place, written: str) -> None:
    seen = client.get("door.show", token=written, status=404, title="没有这张码")
    client.submit(seen, to=f"/d/{written}", kind="help", text=WORDS, status=200, title="收到了")
    case = the_case()
    assert case.status is Status.NEW
    assert case.team.area_code == CODES["township"]


def test_only_where_a_door_was_scanned_is_she_told_that_it_gives_her_away(client: Visitor, town: Place) -> None:
    gives_away, unknown = "这张码能看出是哪一户", "就没人知道是哪一户"
    token = builders.a_code(builders.a_household(town.microgrid)).token
    db.session.commit()
    page = client.get("door.show", token="ABC", status=404).get_data(as_text=True)
    assert unknown in page
    assert gives_away not in page
    assert gives_away in client.get("door.show", token=token, status=200).get_data(as_text=True)


def test_where_there_are_several_townships_she_is_asked_which(client: Visitor, town: Place) -> None:
    builders.an_area("330281115", "鹿亭乡")
    db.session.commit()
    seen = client.get("door.show", token="ABC", status=404)
    asked = client.submit(seen, to="/d/ABC", kind="help", text=WORDS, status=400)
    assert "请选您在哪个镇街" in page_of(asked).text
    client.submit(asked, to="/d/ABC", township="330281115", status=200, title="收到了")
    assert the_case().area_code == "330281115"


def test_typing_a_plates_code_leads_to_its_door(client: Visitor, token: str) -> None:
    client.get("/", status=200)
    written = f"{token[:4]} {token[4:8]}-{token[8:]}".lower()
    assert client.get("/", query_string={"code": written}, status=303).headers["Location"] == f"/d/{token}"
    client.get("/", query_string={"code": "abc"}, status=400)


def test_codes_made_up_one_after_another_share_one_pace(client: Visitor, town: Place) -> None:
    for token in ("0000000000AA", "0000000000BB"):
        client.submit(client.get(f"/d/{token}", status=404), kind="help", text=WORDS, status=200)
    assert throttle.filings.level("no-code") == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("address", ["/d/%00", "/village/%00", "/?code=%00"])
def test_an_address_no_plate_carries_is_no_fault(client: Visitor, town: Place, address: str) -> None:
    assert client.get(address).status_code < 500
