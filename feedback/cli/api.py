"""接口: `api` gives another machine a token to read here, lists who has one, and takes one away."""

from datetime import date

import click

from feedback import db
from feedback.administration import clients
from feedback.cli import opened
from feedback.cli.stats import Day, require_area
from feedback.identity import clients as tokens
from feedback.models.clients import Reads

READS = {one.value: one for one in Reads}


class Readings(click.ParamType[tuple[Reads, ...]]):
    """figures, cases, events, people; several by commas."""

    name = "reads"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Reads, ...]:
        if isinstance(value, tuple):
            return value
        try:
            return tuple(READS[word.strip()] for word in str(value).split(",") if word.strip())
        except KeyError:
            self.fail(f"{value!r}: write one or several of {', '.join(Reads)}", param, ctx)


@click.group()
def api() -> None:
    """Machines that read here (JSON API): give a token, list, revoke."""


@api.command()
@click.argument("name")
@click.option("--area", required=True, help="Code of the township or county it may read.")
@click.option("--reads", type=Readings(), default="figures", show_default=True,
              help="figures, cases, events, people (staff numbers); several by commas.")
@click.option("--until", "expires_on", type=Day(), required=True, help="Last day on which the token is good.")
def add(name: str, area: str, reads: tuple[Reads, ...], expires_on: date) -> None:
    """Give the machine NAME a token, and print it: it is shown only here and now."""
    with opened():
        require_area(area)
        _, token = clients.add(None, name=name, area_code=area, reads=reads, expires_on=expires_on)
        db.session.commit()
    click.echo(token)


@api.command("list")
@click.option("--area", default="", help="Only of this area, by the beginning of its code.")
def list_clients(area: str) -> None:
    """Every client: name, area, what it reads, until when, last used on, state."""
    with opened():
        found = clients.within(area)
        used = tokens.last_used(found)
        for one in found:
            state = "good" if tokens.lasts(one) else "revoked" if one.revoked_at else "expired"
            last = str(used[one.id].day) if one.id in used else "never"
            click.echo("\t".join((one.name, one.area_code, ",".join(one.reads), str(one.expires_on), last, state)))


@api.command()
@click.argument("name")
def revoke(name: str) -> None:
    """Take the token of NAME away, for good."""
    with opened():
        clients.revoke(None, clients.named(name))
        db.session.commit()
    click.echo("Revoked.")


def register(group: click.Group) -> None:
    group.add_command(api)
