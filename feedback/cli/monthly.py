"""月报: `monthly` lists what was issued, prints the very bytes, and works every number out again."""

import sys

import click

from feedback import clock, monthly
from feedback.cli import opened
from feedback.errors import Missing
from feedback.models.monthly import MonthlyReport
from feedback.monthly import Month


class MonthOption(click.ParamType[Month]):
    """A month, YYYY-MM."""

    name = "month"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Month:
        try:
            return value if isinstance(value, Month) else Month.read(str(value))
        except Missing:
            self.fail(f"{value!r} is no month: write 2026-10", param, ctx)


@click.group("monthly")
def of_months() -> None:
    """Monthly reports as they were issued (月报)."""


@of_months.command("list")
@click.option("--area", default="", help="Only this area's (default: all).")
@click.option("--month", type=MonthOption(), help="Only this month's.")
def print_list(area: str, month: Month | None) -> None:
    """List the reports ever issued, one version a line."""
    with opened():
        for report in _asked(area, month, None):
            state = "" if report.is_intact else "  BROKEN: the checksum does not fit"
            issued = clock.local(report.issued_at).isoformat(timespec="minutes")
            click.echo(f"{_name(report)}  issued {issued}  {report.checksum}{state}")


@of_months.command("show")
@click.option("--area", required=True, help="Code of the area.")
@click.option("--month", type=MonthOption(), required=True, help="Which month, as 2026-10.")
@click.option("--version", type=click.IntRange(1), help="Which version (default: the newest).")
def print_report(area: str, month: Month, version: int | None) -> None:
    """Print a report as it was issued: the very bytes of which the checksum is (sha256sum gives the same)."""
    with opened():
        found = _asked(area, month, version)
        if not found:
            raise click.ClickException("No such report was issued.")
        sys.stdout.buffer.write(found[-1].content)
        sys.stdout.buffer.flush()


@of_months.command("verify")
@click.option("--area", default="", help="Only this area's (default: all).")
@click.option("--month", type=MonthOption(), help="Only this month's.")
@click.option("--version", type=click.IntRange(1), help="Only this version.")
def verify_reports(area: str, month: Month | None, version: int | None) -> None:
    """Check each checksum and work every number out from the events again; exit 1 at the first difference."""
    with opened():
        found = _asked(area, month, version)
        for report in found:
            difference = monthly.verify(report)
            if difference is not None:
                raise click.ClickException(
                    f"{_name(report)}: {difference.where}\n  issued:  {difference.issued}\n"
                    f"  follows: {difference.follows}"
                )
        click.echo(f"{len(found)} reports say what was issued, and the events say the same.")


def _asked(area: str, month: Month | None, version: int | None) -> list[MonthlyReport]:
    return [
        report for report in monthly.every()
        if report.area_code == (area or report.area_code)
        and report.month == (str(month) if month else report.month)
        and report.version == (version or report.version)
    ]


def _name(report: MonthlyReport) -> str:
    return f"{report.area_code} {report.month} version {report.version}"


def register(group: click.Group) -> None:
    group.add_command(of_months)
