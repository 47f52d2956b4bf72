"""What other machines ask."""

from pathlib import Path

from sqlalchemy import Engine, text

from config import Config
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
    folder: Path = config.data_dir / "wechat"
    folder.mkdir(parents=True)
    (folder / "a1B2c3.txt").write_text("0123abcd")
    (config.data_dir / "secret.txt").write_text("secret")
    for start in ("/D", "/d"):
        assert client.get(f"{start}/a1B2c3.txt", status=200).get_data(as_text=True) == "0123abcd"
        client.get(f"{start}/other.txt", status=404)
        client.get(f"{start}/..%2Fsecret.txt", status=404)
