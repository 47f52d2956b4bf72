"""体检: what an installation needs and whether it is there; each line says what to do about it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import click
from sqlalchemy import select

from config import Config
from feedback import calendars, clock, db, fonts, installation, migrations, paper, rounds, sealing
from feedback.cli import cause_of, connected
from feedback.codes import checkfile
from feedback.errors import Refusal
from feedback.models.cases import Case

ENOUGH_DISK = 2 * 1024**3
"""Bytes free below which photos may soon not fit."""

RESERVED = 5
"""Connections the server keeps for its keeper, and one for a command."""


class Verdict(StrEnum):
    """How a check came out; only a fault makes the command fail."""

    OK = "ok"
    NOTICE = "notice"
    FAULT = "FAULT"


@dataclass(frozen=True)
class Finding:
    """One line of the examination."""

    verdict: Verdict
    sentence: str


Check = Callable[[Config], Finding]


def _database(config: Config) -> Finding:
    with db.engine().connect() as connection:
        reached, newest = migrations.reached(connection), migrations.newest()
    if reached != newest:
        return Finding(Verdict.FAULT, f"schema: at step {reached or 'none'}, needed {newest}; run `hulianma init`")
    return Finding(Verdict.OK, f"schema: at step {newest}")


def _storage(config: Config) -> Finding:
    if not db.is_sqlite():
        with db.engine().connect() as connection:
            version = connection.exec_driver_sql("SHOW server_version").scalar_one()
        return Finding(Verdict.OK, f"PostgreSQL {version}")
    module = db.sqlite_module()
    mode, version = db.journal_mode(module), module.sqlite_version
    if mode != "WAL":
        return Finding(Verdict.NOTICE, f"SQLite {version}, journal {mode}: slower; no newer SQLite fits here")
    return Finding(Verdict.OK, f"SQLite {version}, journal {mode}")


def _waiting(config: Config) -> Finding:
    """What a serving process may ask of PostgreSQL, beside what the server has to give."""
    if db.is_sqlite():
        return Finding(Verdict.OK, f"waiting: a page gets its turn to write within {db.WRITE_PATIENCE:.0f} s")
    limits = installation.limits(config)
    with db.engine().connect() as connection:
        most = int(connection.exec_driver_sql("SHOW max_connections").scalar_one())
    said = (
        f"waiting: {limits.connections} connections a process, {most} at the server; a page is answered within"
        f" {limits.statement} s, waits {limits.lock} s for a lock, a silent transaction ends after {limits.idle} s"
    )
    if 2 * limits.connections > most - RESERVED:
        return Finding(Verdict.NOTICE, f"{said}: too many for two processes, lower HLM_DATABASE_CONNECTIONS")
    return Finding(Verdict.OK, said)


def _data_key(config: Config) -> Finding:
    with db.engine().connect() as connection:
        if migrations.reached(connection) is None:
            return Finding(Verdict.OK, "data key: nothing sealed yet")
        wrapped = connection.scalar(select(Case.wrapped_key).where(Case.wrapped_key.is_not(None)).limit(1))
    if wrapped is not None and not wrapped.startswith(sealing.keys().fingerprint):
        return Finding(Verdict.FAULT, "data key: cases were sealed under another HLM_DATA_KEY")
    return Finding(Verdict.OK, "data key: opens what is stored")


def _address(config: Config) -> Finding:
    if not config.is_https:
        return Finding(Verdict.NOTICE, f"{config.base_url}: plain http is for demo and tests only")
    return Finding(Verdict.OK, f"address: {config.base_url}")


def _paper(config: Config) -> Finding:
    if not paper.is_possible():
        return Finding(Verdict.NOTICE, "PDF of monthly reports: none; install Pango and a CJK font")
    return Finding(Verdict.OK, "PDF of monthly reports: can be made")


def _photos(config: Config) -> Finding:
    folder = config.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        return Finding(Verdict.FAULT, f"photos: can't write in {folder} ({error.strerror})")
    free = shutil.disk_usage(folder).free
    verdict = Verdict.OK if free > ENOUGH_DISK else Verdict.NOTICE
    return Finding(verdict, f"photos: {folder}, {free / 1e9:.1f} GB free")


def _fonts(config: Config) -> Finding:
    try:
        faces = fonts.load(config.plate_fonts)
    except Refusal as refusal:
        return Finding(Verdict.NOTICE, f"plates: {refusal}")
    names = ", ".join(sorted({each[0].path.name for each in faces.faces.values()}))
    return Finding(Verdict.OK, f"plates: {names}")


def _calendar(config: Config) -> Finding:
    today = clock.today()
    year = today.year if today.month < 12 else today.year + 1
    source = calendars.Calendar().source(date(year, 10, 1))
    if source is not calendars.Source.CHINESECALENDAR:
        return Finding(Verdict.NOTICE, f"calendar: {year} is not published yet ({source.value}): enter its days")
    return Finding(Verdict.OK, f"calendar: {year} as published")


def _timer(config: Config) -> Finding:
    with db.engine().connect() as connection:
        if migrations.reached(connection) != migrations.newest():
            return Finding(Verdict.OK, "timer: nothing to do yet")
    now = rounds.health()
    db.session.rollback()
    if now.round_at is None:
        return Finding(Verdict.NOTICE, "timer: there was no round yet; `hulianma serve` does one a minute")
    behind = ", ".join(f"{name} {seconds} s" for name, seconds in now.behind.items())
    said = f"timer: last round {now.round_seconds} s ago; behind: {behind}"
    if now.failed:
        return Finding(Verdict.FAULT, f"{said}; failed: {now.failed} (the log says why)")
    return Finding(Verdict.NOTICE if now.is_late else Verdict.OK, said)


def _wechat(config: Config) -> Finding:
    found = checkfile.served(config.data_dir)
    if wrong := ", ".join(name for name, is_served in found.items() if not is_served):
        return Finding(Verdict.NOTICE, f"WeChat: not served, no check file as WeChat gives it out: {wrong}")
    served = ", ".join(f"/D/{name}" for name in found)
    return Finding(Verdict.OK, f"WeChat: {served}" if served else "WeChat: no check file, and none needed so far")


CHECKS: tuple[Check, ...] = (_storage, _waiting, _database, _data_key, _address, _photos, _fonts, _paper, _wechat,
                            _calendar, _timer)


def examine(config: Config) -> Iterator[Finding]:
    """Each check in turn; one that breaks is a fault and stops no other."""
    for check in CHECKS:
        try:
            yield check(config)
        except Exception as error:
            yield Finding(Verdict.FAULT, f"{check.__name__.strip('_')}: {error}{cause_of(error)}")


@click.command()
def doctor() -> None:
    """Examine this installation; exit 1 where something is at fault."""
    with connected() as config:
        findings = list(examine(config))
    for finding in findings:
        click.echo(f"{finding.verdict:<7} {finding.sentence}")
    if any(finding.verdict is Verdict.FAULT for finding in findings):
        raise click.ClickException("Something is at fault.")


def register(group: click.Group) -> None:
    group.add_command(doctor)
