"""备份: one file that holds the database and the sealed photos; never the keys, which are kept elsewhere.

The database goes in first, then the photos: a photo is written before its row and never changed, so every row
of the backup finds its photo. Restoring needs the same HLM_DATA_KEY, and says so before it touches anything.
"""

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import click
from sqlalchemy import inspect, make_url, text

from config import Config
from feedback import clock, db, migrations, sealing
from feedback.cli import connected, opened
from feedback.cli.serve import alone_with
from feedback.codes import files

ABOUT, DATABASE, PHOTOS = "about.json", "database", "photos"


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write database and photos into FILE (tar.gz), while pages are served."""
    with opened() as config, tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / DATABASE
        _dump(config, dump)
        about = Path(folder) / ABOUT
        about.write_text(json.dumps(_about(), indent=1), encoding="utf-8")
        try:
            _pack(file, {ABOUT: about, DATABASE: dump, PHOTOS: config.data_dir})
        except OSError as error:
            raise click.ClickException(f"Can't write {file}: {error.strerror or error}.") from error
    size = file.stat().st_size / 1e6
    click.echo(f"{file}: {size:.1f} MB. Keep HLM_DATA_KEY elsewhere; without it nobody reads this.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Also where the database holds something; that is lost.")
def restore(file: Path, replace: bool) -> None:
    """Bring back what `backup` wrote; stop the server first."""
    with connected() as config, tempfile.TemporaryDirectory() as folder:
        try:
            _unpack(file, Path(folder))
            about = json.loads((Path(folder) / ABOUT).read_text(encoding="utf-8"))
        except (tarfile.TarError, OSError, ValueError) as error:
            raise click.ClickException(f"{file} is not a backup of this program.") from error
        _check(about, replace)
        served = make_url(config.database_url).database if db.is_sqlite() else None
        with alone_with(Path(served) if served else None):
            _load(config, Path(folder) / DATABASE)
            photos = Path(folder) / PHOTOS
            if photos.exists():
                shutil.copytree(photos, config.data_dir, dirs_exist_ok=True)
            migrations.upgrade(db.engine())
    click.echo(f"Restored, as of {about['at']}.")


def _pack(file: Path, parts: dict[str, Path]) -> None:
    """The parts in one file, which appears when it is whole; of one that breaks off nothing is left."""
    unfinished = file.with_name(f"{file.name}.part")
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw, \
                tarfile.open(fileobj=raw, mode="w:gz", compresslevel=1) as archive:
            for name, part in parts.items():
                if part.exists():
                    archive.add(part, name, filter=_kept)
        unfinished.replace(file)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def _unpack(file: Path, folder: Path) -> None:
    """The files of a backup, each inside the folder; links and devices are none of ours. (By hand: `extractall` knows
    how to refuse what leads elsewhere from Python 3.11.4 on, and systems of this age have an earlier one.)"""
    with tarfile.open(file) as archive:
        for member in archive:
            path = folder / member.name
            if ".." in path.parts or not path.is_relative_to(folder):
                raise tarfile.TarError(member.name)
            if member.isdir():
                path.mkdir(parents=True, exist_ok=True)
            elif content := archive.extractfile(member) if member.isfile() else None:
                with content, path.open("wb") as out:
                    shutil.copyfileobj(content, out)
            else:
                continue
            path.chmod(member.mode & 0o777 | 0o600)


def _kept(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """All but the sheets of print runs: they are large, go after their days, and can be printed again."""
    return None if member.name.startswith(f"{PHOTOS}/{files.FOLDER}") else member


def _about() -> dict[str, str]:
    with db.engine().connect() as connection:
        return {
            "program": "hulianma",
            "at": clock.local(clock.now()).isoformat(),
            "database": connection.dialect.name,
            "step": migrations.reached(connection) or "",
            "data_key": sealing.keys().fingerprint.hex(),
        }


def _check(about: dict[str, str], replace: bool) -> None:
    kind = db.engine().dialect.name
    if about["database"] != kind:
        raise click.ClickException(f"The backup is of {about['database']}, this installation uses {kind}.")
    if about["data_key"] != sealing.keys().fingerprint.hex():
        raise click.ClickException("The backup was sealed under another HLM_DATA_KEY than this one.")
    if not migrations.knows(about["step"]):
        raise click.ClickException(f"The backup is of a newer version of this program (step {about['step']}): "
                                   "bring this installation up to it first.")
    if not replace and _holds_something():
        raise click.ClickException("The database already holds something: --replace puts the backup in its place.")


def _holds_something() -> bool:
    with db.engine().connect() as connection:
        if not inspect(connection).has_table("area"):
            return False
        return connection.scalar(text("SELECT 1 FROM area LIMIT 1")) is not None


def _dump(config: Config, target: Path) -> None:
    if not db.is_sqlite():
        _run("pg_dump", "--format=custom", f"--file={target}", _libpq(config))
        return
    copy = db.sqlite_module().connect(str(target))
    source = db.engine().raw_connection()
    try:
        source.driver_connection.backup(copy)  # type: ignore[union-attr]
    finally:
        source.close()
        copy.close()


def _load(config: Config, dump: Path) -> None:
    if not db.is_sqlite():
        _run("pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction",
             f"--dbname={_libpq(config)}", str(dump))
        return
    copy = db.sqlite_module().connect(str(dump))
    target = db.engine().raw_connection()
    try:
        copy.backup(target.driver_connection)
    finally:
        target.close()
        copy.close()


def _libpq(config: Config) -> str:
    return make_url(config.database_url).set(drivername="postgresql").render_as_string(hide_password=False)


def _run(program: str, *arguments: str) -> None:
    try:
        done = subprocess.run([program, *arguments], stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603
    except FileNotFoundError:
        raise click.ClickException(f"{program} is not installed; it comes with PostgreSQL's client.") from None
    if done.returncode:
        raise click.ClickException(f"{program}: {done.stderr.strip().splitlines()[-1]}")


def register(group: click.Group) -> None:
    group.add_command(backup)
    group.add_command(restore)
