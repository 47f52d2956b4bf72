"""户廉码: `codes` issues, prints, checks, revokes and reissues the codes on the doors."""

import os
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from tqdm import tqdm

import config as settings
from feedback import codes, db, fonts, sheets
from feedback.cli import opened, prints
from feedback.codes import checking, files, printing, ready, reprints, runs, volumes
from feedback.models.places import Area
from feedback.models.prints import PrintRun, RunState
from feedback.sheets.png import DOTS_PER_INCH
from feedback.tokens import normalise


def _area_option(command: click.decorators.FC) -> click.decorators.FC:
    return click.option("--area", "area_code", required=True, help="Code of the area: a township, a village …")(command)


def _dpi_option(command: click.decorators.FC) -> click.decorators.FC:
    return click.option("--dpi", type=click.Choice(["300", "600"]), default=str(DOTS_PER_INCH), show_default=True,
                        help="Of PNG, dots per inch.")(command)


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
@click.option("--area", "area_code", help="Code of the area: a township, a village …")
@click.option("--run", "number", type=int, help="Go on with this run instead: its area, folder, layout and format.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("qr_out"), show_default=True,
              help="Folder for the sheets and their one manifest.csv.")
@click.option("--layout", type=click.Choice([each.value for each in sheets.Layout]),
              default=sheets.Layout.TWO_BY_FIVE.value, show_default=True,
              help="Plates on an A4 sheet, columns by rows; one 85 x 120 mm plate alone; a roll of 70 x 50 mm labels.")
@click.option("--format", "form", type=click.Choice([each.value for each in sheets.Format]),
              default=sheets.Format.PDF.value, show_default=True,
              help="One PDF for each village, or one picture for each sheet.")
@click.option("--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, show_default="the cores",
              help="Processes that draw; the files are the same whatever it is.")
@_dpi_option
@click.option("--check", "and_check", is_flag=True,
              help="Check the run too, as soon as it is printed; of more than 20,000 plates a sample of 10,000.")
def print_plates(area_code: str | None, number: int | None, out: Path, layout: str, form: str, jobs: int,
                 dpi: str, and_check: bool) -> None:
    """Print the plates of an area; stop and start it again as you like.

    A file holds a village in the order people walk, by micro-grid and door; each micro-grid begins a new sheet.

    Sheets that are there and still true are left alone, everything else is replaced. The same command goes on with the
    same run; `codes runs` lists them.
    """
    if (area_code is None) == (number is None):
        raise click.UsageError("Say which area, or which run.")
    if number is not None and any(map(_was_typed, ("out", "layout", "form", "dpi"))):
        raise click.UsageError("A run keeps its folder, layout, format and dpi; leave these out, or say which area.")
    with opened() as config:
        if number is not None:
            run = runs.find(number)
        else:
            run = runs.order(_area(area_code or ""), layout=sheets.Layout(layout), form=sheets.Format(form),
                             base_url=config.base_url, into=out.resolve(), resolution=int(dpi))
            db.session.commit()
        if number is None or run.state not in runs.FINISHED:
            run = prints.carry_out(run, order_of(config, run, out if number is None else files.folder(run), jobs))
        _and_then(config, run, and_check=and_check)


@codes_group.command()
@click.argument("tokens", nargs=-1, metavar="[TOKENS]...")
@click.option("--damaged", is_flag=True, help="All damaged plates of --area instead.")
@click.option("--area", "area_code", help="Code of the area whose damaged plates are printed again.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path),
              help="Folder for these plates alone, with a manifest.csv of their own.")
@click.option("--layout", type=click.Choice([each.value for each in sheets.Layout]),
              default=sheets.Layout.TWO_BY_FIVE.value, show_default=True, help="As for `codes print`.")
@click.option("--format", "form", type=click.Choice([each.value for each in sheets.Format]),
              default=sheets.Format.PDF.value, show_default=True, help="As for `codes print`.")
@_dpi_option
@click.option("--check", "and_check", is_flag=True, help="Check the run too, as soon as it is printed.")
def reprint(
    tokens: tuple[str, ...], damaged: bool, area_code: str | None, out: Path, layout: str, form: str, dpi: str,
    and_check: bool,
) -> None:
    """Print single plates again, with the codes they have: those of TOKENS, or all damaged ones of an area.

    Damaged plates count as printed then. The same command goes on with the same run.
    """
    if damaged == bool(tokens) or damaged != (area_code is not None):
        raise click.UsageError("Say which tokens, or --damaged of which --area.")
    with opened() as config:
        wanted = reprints.damaged(area_code) if area_code else [normalise(each) or each for each in tokens]
        area = _area(area_code) if area_code else reprints.around(wanted)
        run = runs.order_again(wanted, area, layout=sheets.Layout(layout), form=sheets.Format(form),
                               base_url=config.base_url, into=out.resolve(), resolution=int(dpi))
        db.session.commit()
        _and_then(config, prints.carry_out(run, order_of(config, run, out)), and_check=and_check)


def _and_then(config: settings.Config, run: PrintRun, *, and_check: bool) -> None:
    """What follows the printing: the check, or the sentence that says so."""
    if and_check:
        how = {"base_url": config.base_url, "lower_host": config.plate_lower_host, "sample": ready.sample_of(run)}
        _tell(prints.examine(run, jobs=os.cpu_count() or 1, **how), run.id)
    elif run.state is RunState.PRINTED:
        click.echo(f"Run {run.id} is printed, not checked yet. Next: hulianma codes check --run {run.id}")
    else:
        click.echo(f"Run {run.id} in {files.folder(run)}: {prints.state(run)}")


@codes_group.command()
@_area_option
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("qr_out"), show_default=True,
              help="Folder for the sample.")
@click.option("--layout", type=click.Choice([each.value for each in sheets.Layout]),
              default=sheets.Layout.TWO_BY_FIVE.value, show_default=True, help="As of `codes print`.")
@click.option("--format", "form", type=click.Choice([each.value for each in sheets.Format]),
              default=sheets.Format.PDF.value, show_default=True, help="As of `codes print`.")
def sample(area_code: str, out: Path, layout: str, form: str) -> None:
    """Write the first sheet of an area alone, to be tried with telephones before a large run.

    Its codes are the real ones; none of them counts as printed by it.
    """
    with opened() as config:
        _area(area_code)
        (path,) = printing.sample(_order(config, area_code, out, layout, form))
    click.echo(f"{path}\n{printing.ADVICE}")


@codes_group.command()
@click.argument("paths", metavar="[FILES]...", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--run", "number", type=int, help="The files of this run; where nothing differs the run is ready.")
@click.option("--sample", type=click.IntRange(min=1), help="Look at so many plates at least: whole pages, at random.")
@click.option("--seed", type=click.IntRange(min=0), help="Draws the same sample again; each check says its own.")
@click.option("--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, show_default="the cores",
              help="Processes that read pages.")
def check(paths: tuple[Path, ...], number: int | None, sample: int | None, seed: int | None, jobs: int) -> None:
    """Read every plate of FILES, or of a run, with two decoders and compare it with the register.

    FILES are printed PDFs or PNGs, or folders and ZIPs of them, checked as one set. Of a sample only some pages are
    rasterised; the words of all the others are still read, for what is missing, there twice or ended.
    """
    if bool(paths) == (number is not None):
        raise click.UsageError("Say which files, or which run.")
    with opened() as config:
        how: dict[str, Any] = {"base_url": config.base_url, "lower_host": config.plate_lower_host, "sample": sample,
                               "seed": seed, "jobs": jobs}
        if number is not None:
            _tell(prints.examine(runs.find(number), **how), number)
            return
        with tqdm(desc="checking", unit=" pages", delay=1, leave=False) as bar:

            def progress(pages: int, of: int) -> None:
                bar.total = of
                bar.update(pages - bar.n)

            result = checking.check(*paths, progress=progress, **how)
    _tell(result)


def _tell(result: checking.Result, number: int | None = None) -> None:
    """What a check came to; ends the command where plates and register differ."""
    for each in result.differences:
        click.echo(f"{_where(each)}: {each.fault} {each.subject}: {each.detail}", err=True)
    if not result.agrees:
        raise click.ClickException(f"{_looked_at(result)}, {len(result.differences) or 'no'} differences"
                                   f"{'' if result.looked_at else ': there are no plates'}.")
    click.echo(f"{_looked_at(result)}; all agree with the register.")
    if number is not None:
        click.echo(f"Run {number} is ready.")


def _where(difference: checking.Difference) -> str:
    """The plate on paper, as one would go and look for it."""
    if not difference.page:
        return "register"
    place = f", plate {difference.place}" if difference.place else ""
    return f"{difference.file}, page {difference.page}{place}"


def _looked_at(result: checking.Result) -> str:
    """How many plates were read by whom, and what share that is."""
    read = " and ".join(f"{plates:,} by {decoder}" for decoder, plates in result.read.items())
    if result.sample is None:
        return f"{result.looked_at:,} plates on {result.pages:,} pages: {read} read"
    return (f"sample {result.looked_at:,} of {result.plates:,} plates, {result.pages_looked_at:,} of {result.pages:,} "
            f"pages, seed {result.seed}: {read} read")


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


def _was_typed(option: str) -> bool:
    return click.get_current_context().get_parameter_source(option) is ParameterSource.COMMANDLINE


def _area(code: str) -> Area:
    area = db.session.get(Area, code)
    if area is None:
        raise click.ClickException(f"There is no area {code}.")
    return area


def order_of(config: settings.Config, run: PrintRun, folder: Path, jobs: int = 1) -> volumes.Order:
    """What a run is to print, as it was ordered."""
    return _order(config, run.area_code, folder, run.layout, run.form, jobs, run.resolution)


def _order(config: settings.Config, area_code: str, folder: Path, layout: str, form: str, jobs: int = 1,
           resolution: int = DOTS_PER_INCH) -> volumes.Order:
    return volumes.Order(
        area_code=area_code, folder=folder, layout=sheets.Layout(layout), form=sheets.Format(form),
        base_url=config.base_url, lower_host=config.plate_lower_host, typefaces=fonts.load(config.plate_fonts),
        jobs=jobs, resolution=resolution,
    )


def register(group: click.Group) -> None:
    group.add_command(codes_group)
