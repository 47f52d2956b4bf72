"""演示: `demo` fills an empty database with the demo township, and says how to walk in."""

import sys
from pathlib import Path

import click
from tqdm import tqdm

import config as settings
from feedback import db, demo, fonts, migrations, qr, sheets
from feedback.cli import connected, prints
from feedback.codes import runs, volumes
from feedback.errors import Refusal
from feedback.models.places import Area

HALVES = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}
INK, PAPER, PLAIN = "\x1b[38;5;16m", "\x1b[48;5;231m", "\x1b[0m"


@click.command("demo")
@click.option("--area", default=demo.AREA, show_default=True, help="Nine-digit code of the township.")
@click.option("--cases", default=demo.CASES, show_default=True, type=click.IntRange(0, 50_000),
              help="Cases of the year that ends now.")
@click.option("--seed", default=demo.SEED, show_default=True, help="The same seed gives the same township and year.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("qr_out"), show_default=True,
              help="Folder for the sample plates.")
def fill(area: str, cases: int, seed: int, out: Path) -> None:
    """Build the demo township in an empty database, or find it there; print addresses, sign-ins and a door code.

    Refuses a database that holds anything else.
    """
    if not (area.isascii() and area.isdecimal() and len(area) == 9):
        raise click.BadParameter("a township's code has nine digits", param_hint="--area")
    with connected() as config:
        migrations.upgrade(db.engine())
        if demo.state() is demo.State.UNFINISHED:
            raise click.ClickException("A demo was begun here and not finished: start over with an empty database.")
        if demo.state() is demo.State.NONE:
            _build(config, area, cases, seed)
        _print_plates(config, out)
        _welcome(config, out)


def _build(config: settings.Config, area: str, cases: int, seed: int) -> None:
    with tqdm(total=cases, desc="a year of cases", unit=" cases", leave=False) as bar:
        demo.build(area, cases=cases, seed=seed, base_url=config.base_url, progress=bar.update)


def _print_plates(config: settings.Config, out: Path) -> None:
    """The sheets of the printed door's micro-grid; where there is no font for them, says so and goes on."""
    try:
        typefaces = fonts.load(config.plate_fonts)
        area = db.session.get_one(Area, demo.door().microgrid_code)
        order = volumes.Order(
            area_code=area.code, folder=out, layout=sheets.Layout.TWO_BY_FIVE,
            form=sheets.Format.PDF, base_url=config.base_url, lower_host=config.plate_lower_host, typefaces=typefaces,
        )
        run = runs.order(area, layout=order.layout, form=order.form, base_url=config.base_url, into=out.resolve())
        prints.carry_out(run, order)
    except Refusal as refused:
        db.session.rollback()
        click.echo(f"No sample plates: {refused}", err=True)


def _welcome(config: settings.Config, out: Path) -> None:
    door = demo.door()
    address = qr.address(config.base_url, door.token, lower_host=config.plate_lower_host)
    summary = demo.summary()
    click.echo(f"\n演示 {summary.township}: {summary.villages} villages, {summary.microgrids} micro-grids, "
               f"{summary.guardians} guardians, {summary.households} households, {summary.cases} cases\n")
    click.echo(f"  {config.base_url}/           type a door code, or follow a case")
    click.echo(f"  {config.base_url}/login      staff; the password of all of them is {demo.PASSWORD}")
    for sign_in in demo.SIGN_INS:
        click.echo(f"      {sign_in.username:<9} {sign_in.role.value:<11} {sign_in.what}")
    if demo.receipt():
        click.echo(f"  {config.base_url}/c          a case that waits for her word: {demo.receipt()}")
    click.echo(f"\n  The door of {door.village} {door.door} (plates of its micro-grid are in {out}/):\n  {address}\n")
    click.echo(in_the_terminal(qr.matrix(config.base_url, door.token, lower_host=config.plate_lower_host),
                               is_coloured=sys.stdout.isatty()))


def in_the_terminal(matrix: qr.Matrix, *, is_coloured: bool) -> str:
    """The code in half blocks, quiet zone included: dark on light where colours are shown, else light on dark."""
    wide = range(-qr.QUIET_ZONE, matrix.size + qr.QUIET_ZONE)

    def is_inked(row: int, column: int) -> bool:
        is_inside = 0 <= row < matrix.size and 0 <= column < matrix.size
        is_dark = is_inside and matrix.is_dark(row, column)
        return is_dark if is_coloured else not is_dark

    lines: list[str] = []
    for row in wide[::2]:
        halves = ((is_inked(row, column), is_inked(row + 1, column)) for column in wide)
        line = "".join(HALVES[two] for two in halves)
        lines.append(f"  {INK}{PAPER}{line}{PLAIN}" if is_coloured else f"  {line}")
    return "\n".join(lines)


def register(group: click.Group) -> None:
    group.add_command(fill)
