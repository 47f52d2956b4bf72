"""户廉码: `codes` issues, prints, checks, revokes and reissues the codes on the doors."""

from pathlib import Path

import click
from tqdm import tqdm

import config as settings
from feedback import codes, db, fonts, sheets
from feedback.cli import opened
from feedback.codes import checking, manifest, printing
from feedback.models.places import Area


def _area_option(command: click.decorators.FC) -> click.decorators.FC:
    return click.option("--area", "area_code", required=True, help="Code of the area: a township, a village …")(command)


@click.group("codes")
def codes_group() -> None:
    """Door codes: issue, print, check, revoke, reissue."""


@codes_group.command()
@_area_option
def issue(area_code: str) -> None:
    """Issue one active code for each household below the area that has none."""
    with opened():
        area = _area(area_code)
        with tqdm(desc="issuing", unit=" codes", delay=1, leave=False) as bar:
            issued = codes.issue(area, progress=bar.update)
        db.session.commit()
    click.echo(f"{issued} codes issued.")


@codes_group.command("print")
@_area_option
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("qr_out"), show_default=True,
              help="Folder for the sheets and their one manifest.csv.")
@click.option("--layout", type=click.Choice([each.value for each in sheets.Layout]),
              default=sheets.Layout.TWO_BY_FIVE.value, show_default=True,
              help="Plates on an A4 sheet, columns by rows, or one 85 x 120 mm plate alone.")
@click.option("--format", "form", type=click.Choice([each.value for each in sheets.Format]),
              default=sheets.Format.PDF.value, show_default=True,
              help="One PDF for each micro-grid, or one picture for each sheet.")
def print_plates(area_code: str, out: Path, layout: str, form: str) -> None:
    """Print the plates of an area; stop and start it again as you like.

    Sheets that are there and still true are left alone, everything else is replaced.
    """
    with opened() as config:
        _area(area_code)
        order = _order(config, area_code, out, layout, form)
        made = left = 0
        with tqdm(total=printing.count(area_code), desc="printing", unit=" plates", mininterval=0.5) as bar:
            try:
                for batch in printing.run(order):
                    db.session.commit()
                    bar.update(batch.plates)
                    made, left = (made, left + batch.plates) if batch.was_there else (made + batch.plates, left)
            except KeyboardInterrupt:
                raise click.ClickException(
                    f"Stopped; {made + left} plates are in {out}. The same command goes on from there."
                ) from None
            db.session.commit()
    click.echo(f"{made} plates printed, {left} were there already: {out}, listed in {out / manifest.NAME}.")


@codes_group.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Decode every plate of FILE, a printed PDF, and compare it with the register."""
    with opened() as config, tqdm(desc="checking", unit=" pages", delay=1, leave=False) as bar:
        result = checking.check(file, base_url=config.base_url, progress=bar.update)
    for each in result.differences:
        place = f"page {each.page}" if each.page else "register"
        click.echo(f"{place}: {each.fault.value} {each.subject}: {each.detail}", err=True)
    if result.differences:
        raise click.ClickException(f"{result.plates} plates read, {len(result.differences)} differences.")
    click.echo(f"{result.plates} plates read; all agree with the register.")


@codes_group.command()
@click.argument("token")
@click.option("--reason", required=True, help="Why; kept with the code.")
def revoke(token: str, reason: str) -> None:
    """End the code TOKEN for good; whoever scans it is told so."""
    with opened():
        codes.revoke(token, reason=reason)
        db.session.commit()
    click.echo("Revoked.")


@codes_group.command()
@click.argument("token")
def reissue(token: str) -> None:
    """Replace the code TOKEN by a new one for the same door, and print the new one here."""
    with opened():
        new = codes.reissue(token).token
        db.session.commit()
    click.echo(f"{new}")


def _area(code: str) -> Area:
    area = db.session.get(Area, code)
    if area is None:
        raise click.ClickException(f"There is no area {code}.")
    return area


def _order(config: settings.Config, area_code: str, out: Path, layout: str, form: str) -> printing.Order:
    return printing.Order(
        area_code=area_code, folder=out, layout=sheets.Layout(layout), form=sheets.Format(form),
        base_url=config.base_url, lower_host=config.plate_lower_host, typefaces=fonts.load(config.plate_fonts),
    )


def register(group: click.Group) -> None:
    group.add_command(codes_group)
