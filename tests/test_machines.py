"""What other machines ask."""

from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, text

from config import Config
from feedback import db
from feedback.cli.doctor import Verdict, _wechat
from feedback.codes import checkfile
from tests import builders
from tests.visitor import Visitor


def test_a_living_process_and_a_ready_one_say_so(client: Visitor) -> None:
    assert client.get("/healthz", status=200).get_data(as_text=True) == "ok"
    assert client.get("/readyz", status=200).get_json()["ready"]


def test_without_its_tables_it_lives_and_is_not_ready(client: Visitor, database: Engine) -> None:
    for old, new, status in (("instance", "put_away", 503), ("put_away", "instance", 200)):
        with database.begin() as connection:
            connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))
        client.get("/healthz", status=200)
        client.get("/readyz", status=status)


def test_wechats_check_file_is_served_beside_the_doors_and_nothing_else_is(client: Visitor, config: Config) -> None:
    put(config, "a1B2c3.txt", b"0123abcd\n")
    (config.data_dir / "secret.txt").write_text("secret")
    for start in ("/D", "/d"):
        answer = client.get(f"{start}/a1B2c3.txt", status=200)
        assert answer.get_data(as_text=True) == "0123abcd"
        assert answer.content_type == "text/plain; charset=utf-8"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        for other in ("other.txt", "A1B2C3.txt", "a1b2c3.txt", "..%2Fsecret.txt", "%2e%2e%2fsecret.txt", "a1B2c3.TXT"):
            client.get(f"{start}/{other}", status=404)


@pytest.mark.parametrize(("name", "content", "is_served"), [
    ("a", b"x", True), ("A-b_9" * 12 + "abcd", b"!~" * 128, True), ("a" * 65, b"x", False), ("a.b", b"x", False),
    ("a b", b"x", False), ("\u6821\u9a8c", b"x", False), ("empty", b"", False), ("blank", b" \n", False),
    ("long", b"x" * 257, False), ("two", b"one two", False), ("lines", b"one\ntwo", False),
    ("page", b"<script>1</script>", True), ("control", b"a\x00b", False), ("wide", "\u5b57".encode(), False),
    ("huge", b"x" + b" " * 2000, False),
])
def test_only_a_check_file_as_wechat_gives_it_out_is_served(
    client: Visitor, config: Config, name: str, content: bytes, is_served: bool
) -> None:
    put(config, f"{name}.txt", content)
    answer = client.get(f"/D/{quote(name)}.txt", status=200 if is_served else 404)
    if is_served:
        assert answer.get_data() == content
        assert answer.mimetype == "text/plain"
    assert checkfile.served(config.data_dir) == {f"{name}.txt": is_served}


def test_a_check_file_named_like_a_token_hides_no_door(client: Visitor, config: Config, database: Engine) -> None:
    code = builders.a_code(builders.a_household(builders.a_township().microgrid))
    db.session.commit()
    token = code.token
    put(config, f"{token}.txt", b"0123abcd")
    assert "text/html" in client.get(f"/D/{token}", status=200).content_type
    assert client.get(f"/D/{token}.txt", status=200).get_data() == b"0123abcd"


def test_without_the_folder_nothing_is_served(client: Visitor, config: Config) -> None:
    client.get("/D/a1B2c3.txt", status=404)
    assert checkfile.served(config.data_dir) == {}


def test_the_doctor_names_what_is_served_and_what_is_not(config: Config, database: Engine) -> None:
    assert "no check file" in _wechat(config).sentence
    put(config, "a1B2c3.txt", b"0123abcd")
    assert "/D/a1B2c3.txt" in _wechat(config).sentence
    put(config, "notes.md", b"0123abcd")
    found = _wechat(config)
    assert (found.verdict, "notes.md" in found.sentence) == (Verdict.NOTICE, True)


def put(config: Config, name: str, content: bytes) -> None:
    folder: Path = config.data_dir / checkfile.FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
