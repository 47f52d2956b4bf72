"""统计: `stats` prints the figures of the township; here too how commands are told an area, days and an instant."""

import json
import sys
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import click
from sqlalchemy import func, select

from feedback import clock, db, export, stats
from feedback.cli import opened
from feedback.models.figures import CaseFigures
from feedback.models.places import Area
from feedback.monthly import apart
from feedback.stats import anew, rollup, verification
from feedback.stats.definitions import DURATIONS, RATES

SHORT = ("response_on_time", "handling_on_time", "resolution", "satisfaction", "unconfirmed")
"""The rates that fit beside each other; the other formats have all."""


class Instant(click.ParamType[datetime]):
    """ISO 8601; without a zone it is the time on the wall in Shanghai."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no instant: write 2026-11-20T17:30 or 2026-11-20T17:30+08:00", param, ctx)
        return (read if read.tzinfo else read.replace(tzinfo=clock.SHANGHAI)).astimezone(UTC)


class Day(click.ParamType[date]):
    """A day, YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day: write 2026-11-20", param, ctx)


def window(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options --area, --from and --to, all needed."""
    for option in (
        click.option("--to", "to_on", type=Day(), required=True, help="Last Shanghai day of filing, included."),
        click.option("--from", "from_on", type=Day(), required=True, help="First Shanghai day of filing."),
        click.option("--area", required=True, help="Code of the area; what lies in it counts too."),
    ):
        command = option(command)
    return command


def require_area(code: str) -> Area:
    """The area, or the end of the command with a sentence."""
    area = db.session.get(Area, code)
    if area is None:
        raise click.ClickException(f"There is no area {code}.")
    return area


def require_order(from_on: date, to_on: date) -> None:
    if to_on < from_on:
        raise click.ClickException(f"--to {to_on} lies before --from {from_on}.")


class Groupings(click.ParamType[tuple[stats.By, ...]]):
    """area, kind, category, team, handler, month; several by commas."""

    name = "by"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[stats.By, ...]:
        if isinstance(value, tuple):
            return value
        try:
            return tuple(dict.fromkeys(stats.By(word.strip()) for word in value.split(",") if word.strip()))
        except ValueError:
            self.fail(f"{value!r}: write one or several of {', '.join(stats.By)}", param, ctx)


@click.command("stats")
@window
@click.option("--as-at", type=Instant(), help="As it was known at this instant (default: now).")
@click.option("--as-reported", is_flag=True, help="Without what a monthly report of the area keeps apart (recusal).")
@click.option(
    "--by", type=Groupings(), default=(), help="One row for each: area, kind, category, team, handler, month."
)
@click.option(
    "--format", "shape", type=click.Choice(["table", "csv", "json"]), default="table", help="How to print them."
)
def print_stats(
    area: str, from_on: date, to_on: date, as_at: datetime | None, as_reported: bool, by: tuple[stats.By, ...],
    shape: str,
) -> None:
    """Print the figures of the cases filed in an area from one day to another, both included."""
    require_order(from_on, to_on)
    if as_at is not None and as_at > clock.now():
        raise click.ClickException("--as-at lies in the future, which nobody knows.")
    with opened():
        require_area(area)
        without = apart.from_reports(area, as_at or clock.now()) if as_reported else None
        if as_at is None and without is None:
            view = stats.view(area, from_on, to_on, most_anew=None)
            as_at, rows = view.as_at, view.rows(from_on, to_on, by)
        else:
            as_at = as_at or clock.now()
            rows = stats.figures(area, from_on, to_on, as_at=as_at, by=by, without=without)
        match shape:
            case "json":
                told = {"area": area, "from": str(from_on), "to": str(to_on), "as_at": clock.local(as_at).isoformat(),
                        "by": list(by), "rows": [row.as_json() for row in rows]}
                click.echo(json.dumps(told, ensure_ascii=False, indent=1))
            case "csv":
                table = export.figures(export.Asked(area, from_on, to_on), rows, by, as_at=as_at)
                export.write(table, sys.stdout.buffer, export.Format.CSV)
            case _:
                click.echo("\n".join([*(_in_full(rows[0]) if not by else _side_by_side(rows, by)),
                                      f"截至 {clock.local(as_at):%Y-%m-%d %H:%M:%S}"]))


def _in_full(row: stats.Row) -> list[str]:
    """One group, a figure a line."""
    excluded = "  ".join(f"{reason.label} {n}" for reason, n in row.excluded.items())
    waiting = row.response_not_yet_due
    lines = [
        ("受理", str(row.received)),
        ("剔除", f"{row.excluded_in_all}  ({excluded})"),
        ("计件", str(row.counted)),
        ("未办结", str(row.open)),
        ("待核", str(row.to_check)),
        *((rate.label, _said(row.rates[rate.key])) for rate in RATES),
        *((one.label, _lasting(row.durations[one.key])) for one in DURATIONS),
        ("响应未到期", f"{waiting.of}  (已响应 {waiting.n})"),
        ("办理未到期", str(row.handling_not_yet_due)),
        ("代记", f"回话 {row.recorded_answers}  评价 {row.recorded_ratings}"),
    ]
    return [f"{_padded(label, 18)}{words}" for label, words in lines]


def _side_by_side(rows: Sequence[stats.Row], by: Sequence[stats.By]) -> list[str]:
    rates = [rate for rate in RATES if rate.key in SHORT]
    table = [[*(one.label for one in by), "受理", "计件", "未办结", *(rate.label for rate in rates)]]
    for row in rows:
        counts = [str(row.received), str(row.counted), str(row.open)]
        table.append([*row.names, *counts, *(_said(row.rates[rate.key]) for rate in rates)])
    widths = [max(map(_width, column)) + 2 for column in zip(*table, strict=True)]
    return ["".join(_padded(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table]


def _said(share: stats.Share) -> str:
    rate = "—" if share.rate is None else f"{share.rate:.1%}"
    return f"{rate} {share.n}/{share.of}"


def _lasting(spread: stats.Spread) -> str:
    if spread.median is None or spread.p90 is None:
        return "—"
    bound = "" if spread.is_exact else f"  误差不过 {spread.error:.0%}"
    return f"中位 {_hours(spread.median)}  九成 {_hours(spread.p90)}  ({spread.n}){bound}"


def _hours(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds % 3600 // 60:02d}"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _padded(text: str, width: int) -> str:
    return text + " " * max(width - _width(text), 1)


@click.group("rollup")
def roll_up() -> None:
    """What is kept beside the cases so that figures are read, not worked out."""


@roll_up.command()
def rebuild() -> None:
    """Throw it away and make it anew from the events."""
    with opened():
        db.in_turn(anew.begin)
        _keep_up()
        click.echo(f"{db.session.scalar(select(func.count()).select_from(CaseFigures))} cases counted")


@roll_up.command()
def verify() -> None:
    """Work it out from the events again; exit 1 and say where at the first difference."""
    with opened():
        _keep_up()
        difference = verification.verify()
        if difference is not None:
            raise click.ClickException(
                f"{difference.where}\n  kept:    {difference.kept}\n  follows: {difference.follows}\n"
                "`hulianma rollup rebuild` makes it anew."
            )
        click.echo("Every case and every sum is as the events say.")


def _keep_up() -> None:
    """Whatever the timer has not counted yet is counted."""
    while db.in_turn(rollup.keep_up):
        pass


def register(group: click.Group) -> None:
    group.add_command(print_stats)
    group.add_command(roll_up)
