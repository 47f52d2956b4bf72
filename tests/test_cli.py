"""The command line: every command explains itself, and what it can't do is one sentence and exit code 1."""

import base64
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, func, select

from config import Config
from feedback import cli, db, installation, migrations
from feedback.cli.serve import alone_with
from feedback.models.cases import Case
from feedback.models.places import Area
from tests import builders


@pytest.fixture
def environment(config: Config, monkeypatch: pytest.MonkeyPatch) -> Config:
    """The environment variables that say what `config` says."""
    settings = {
        "HLM_ALLOW_HTTP": "1", "HLM_DATABASE_URL": config.database_url, "HLM_BASE_URL": config.base_url,
        "HLM_SECRET_KEY": config.secret_key, "HLM_DATA_KEY": base64.b64encode(config.data_key).decode(),
        "HLM_DATA_DIR": str(config.data_dir),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return config


def run(*arguments: str | Path) -> Result:
    """One command, as typed."""
    return CliRunner().invoke(cli.main, [str(each) for each in arguments], catch_exceptions=False)


def commands(
    group: click.Group = cli.main, before: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command there is, with the words that call it."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*before, name))
        else:
            yield (*before, name), command


@pytest.mark.parametrize("words", [words for words, _ in commands()], ids=" ".join)
def test_every_command_says_what_it_does_and_what_each_option_means(words: tuple[str, ...]) -> None:
    command = dict(commands())[words]
    assert command.help, f"{words} has no help"
    silent = [p.name for p in command.params if isinstance(p, click.Option) and not p.help]
    assert not silent, f"{' '.join(words)}: options without help: {silent}"
    shown = run(*words, "--help")
    assert shown.exit_code == 0
    assert "Usage:" in shown.output


def test_a_missing_secret_is_one_sentence_on_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HLM_BASE_URL", "https://h.example.cn")
    monkeypatch.delenv("HLM_SECRET_KEY", raising=False)
    refused = run("init")
    assert refused.exit_code == 1
    assert refused.stderr == "Error: HLM_SECRET_KEY is missing or shorter than 32 characters\n"


def test_a_database_never_set_up_is_told_apart_from_one_that_is(environment: Config, tmp_path: Path,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HLM_DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
    assert "hulianma init" in run("backup", tmp_path / "x").stderr
    assert run("doctor").exit_code == 1
    assert run("init").exit_code == 0
    assert run("init").output.startswith("Nothing to do")
    assert run("doctor").exit_code == 0


def test_a_backup_brings_back_cases_and_photos(environment: Config, database: Engine, tmp_path: Path) -> None:
    case = builders.a_case(builders.a_household(builders.a_township().microgrid))
    number = case.number
    db.session.commit()
    environment.data_dir.mkdir()
    (environment.data_dir / "photo").write_bytes(b"sealed")
    file = tmp_path / "town.tar.gz"
    assert run("backup", file).exit_code == 0
    assert file.stat().st_mode & 0o077 == 0, "a backup is nobody else's to read"
    (environment.data_dir / "photo").unlink()

    refused = run("restore", file)
    assert (refused.exit_code, "--replace" in refused.stderr) == (1, True)
    installation.open_with(environment)
    db.write()
    builders.an_area("330281115", "别的镇")
    db.session.commit()
    restored = run("restore", file, "--replace")
    assert restored.exit_code == 0, restored.output
    installation.open_with(environment)
    assert db.session.scalars(select(Case.number)).all() == [number]
    assert db.session.scalar(select(func.count()).select_from(Area).where(Area.code == "330281115")) == 0
    assert (environment.data_dir / "photo").read_bytes() == b"sealed"


def test_a_backup_leaves_the_sheets_of_print_runs_out(
    environment: Config, database: Engine, tmp_path: Path,
) -> None:
    for folder in (environment.data_dir / "print_runs" / "1", environment.data_dir / "2026-11-19"):
        folder.mkdir(parents=True)
        (folder / "a file").write_bytes(b"kept or not")
    assert run("backup", tmp_path / "backup.tar.gz").exit_code == 0
    with tarfile.open(tmp_path / "backup.tar.gz") as archive:
        names = archive.getnames()
    assert "photos/2026-11-19/a file" in names
    assert not any("print_runs" in name for name in names)


def test_a_backup_under_another_data_key_is_refused_before_anything_is_touched(
        environment: Config, database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "town.tar.gz"
    assert run("backup", file).exit_code == 0
    monkeypatch.setenv("HLM_DATA_KEY", base64.b64encode(b"another key, also 32 bytes long!").decode())
    refused = run("restore", file, "--replace")
    assert (refused.exit_code, "HLM_DATA_KEY" in refused.stderr) == (1, True)


def test_a_backup_of_a_newer_version_is_refused_before_anything_is_touched(
    environment: Config, database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.open_with(environment)
    db.write()
    code = builders.a_township().township.code
    db.session.commit()
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "reached", lambda connection: "9999")
        patch.setattr(migrations, "newest", lambda: "9999")
        assert run("backup", tmp_path / "town.tar.gz").exit_code == 0
    refused = run("restore", tmp_path / "town.tar.gz", "--replace")
    assert (refused.exit_code, "step 9999" in refused.stderr) == (1, True)
    installation.open_with(environment)
    assert db.session.scalar(select(func.count()).select_from(Area).where(Area.code == code)) == 1


def test_a_backup_that_cannot_be_written_is_one_sentence(
    environment: Config, database: Engine, tmp_path: Path
) -> None:
    refused = run("backup", tmp_path / "nowhere" / "backup.tar.gz")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: Can't write ")


@pytest.mark.parametrize("name", ["../outside", "photos/../../outside", "/outside"])
def test_a_backup_is_unpacked_nowhere_else(
    environment: Config, database: Engine, tmp_path: Path, name: str
) -> None:
    file, there = tmp_path / "a" / "backup.tar.gz", Path(name) if name.startswith("/") else tmp_path / "outside"
    file.parent.mkdir()
    with tarfile.open(file, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    refused = run("restore", file)
    assert (refused.exit_code, "is not a backup" in refused.stderr) == (1, True)
    assert not there.exists()


def test_a_link_in_a_backup_is_left_out(environment: Config, database: Engine, tmp_path: Path) -> None:
    link = tarfile.TarInfo("about.json")
    link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").write_text("{}", encoding="utf-8")
    with tarfile.open(tmp_path / "backup.tar.gz", "w:gz") as archive:
        archive.addfile(link)
    refused = run("restore", tmp_path / "backup.tar.gz")
    assert (refused.exit_code, "is not a backup" in refused.stderr) == (1, True)


def test_what_is_being_served_is_not_restored_over(environment: Config, database: Engine, tmp_path: Path) -> None:
    if database.dialect.name != "sqlite":
        pytest.skip("on PostgreSQL a restore is one transaction")
    file = tmp_path / "backup.tar.gz"
    assert run("backup", file).exit_code == 0
    with alone_with(Path(database.url.database or "")):
        refused = run("restore", file, "--replace")
    assert refused.exit_code == 1
    assert "is already being served" in refused.stderr
    assert run("restore", file, "--replace").exit_code == 0


def test_what_is_no_backup_is_refused(environment: Config, database: Engine, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("您好")
    assert run("restore", file).stderr.endswith("is not a backup of this program.\n")


def test_somebody_is_added_listed_and_given_a_new_password(environment: Config, database: Engine) -> None:
    town = builders.a_township()
    db.session.commit()
    added = run("user", "add", "aunt.zhou", "--name", "试名", "--role", "guardian", "--area", town.microgrid.code)
    assert added.exit_code == 0
    assert "first password: " in added.output
    assert run("user", "list").output == f"aunt.zhou\t试名\tguardian\t{town.microgrid.code}\n"
    assert run("user", "reset", "aunt.zhou").output != added.output
    assert run("user", "reset", "nobody").stderr == "Error: There is no nobody.\n"


def test_a_person_with_a_wrong_area_is_refused_in_one_sentence(environment: Config, database: Engine) -> None:
    refused = run("user", "add", "aunt", "--name", "试名", "--role", "guardian", "--area", "330281999")
    assert refused.exit_code == 1
    assert refused.stderr.count("\n") == 1
    assert "area" in refused.stderr
