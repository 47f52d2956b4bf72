"""人员: `user` adds one person, gives a new first password, and lists who there is."""

import csv
import io

import click
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from feedback import db, identity, roster, teams
from feedback.cli import opened
from feedback.models.people import Person, Role

COLUMNS = ("username", "name", "phone", "role", "area", "leader", "team")


@click.group()
def user() -> None:
    """Staff: add one person, give a new first password, list them."""


@user.command()
@click.argument("username")
@click.option("--name", required=True, help="As villagers read it.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]), help="What the person does.")
@click.option("--area", required=True, help="Code of the area the person serves.")
@click.option("--phone", default="", help="The person's own telephone.")
@click.option("--leader", is_flag=True, help="Leads the grid or the village.")
@click.option("--team", default="", help="An own team of the township; made when first named.")
def add(username: str, name: str, role: str, area: str, phone: str, leader: bool, team: str) -> None:
    """Add a person, or a further area or role of one; prints the first password of somebody new."""
    row = (username, name, phone, role, area, "yes" if leader else "", team)
    with opened():
        planned = roster.plan(roster.Kind.STAFF, _as_file(row))
        if planned.is_refused:
            bad = planned.bad_rows[0]
            raise click.ClickException(f"{bad.column} {bad.value!r}: {bad}")
        slips = roster.slips_for(planned)
        roster.apply(planned, slips=slips)
        db.session.commit()
    for slip in slips:
        click.echo(f"{slip.username}  first password: {slip.password}")
    if not slips:
        click.echo(f"{username}: {planned.new + planned.changed} changed; the password stays.")


@user.command()
@click.argument("username")
@click.option("--totp", is_flag=True, help="Also forget the second factor, after a lost phone.")
def reset(username: str, totp: bool) -> None:
    """Print a new first password for USERNAME and sign out all devices."""
    with opened():
        person = db.session.scalar(select(Person).where(Person.username == username.lower()))
        if person is None:
            raise click.ClickException(f"There is no {username}.")
        password = identity.passwords.give_first(person, by=None)
        if totp:
            identity.second_factor.forget(person, by=None)
        db.session.commit()
    click.echo(f"{username}  first password: {password}")


@user.command("list")
@click.option("--area", default="", help="Only who serves in this area, by the beginning of its code.")
def list_people(area: str) -> None:
    """Everybody, with each area served: username, name, role, area, able to sign in."""
    with opened():
        people = db.session.scalars(
            select(Person).options(selectinload(Person.services)).order_by(Person.username)
        )
        for person in people:
            can = "" if person.is_active and person.password_hash else "\tcannot sign in"
            for service in teams.serving(person.services):
                if service.area_code.startswith(area):
                    click.echo(f"{person.username}\t{person.name}\t{service.role}\t{service.area_code}{can}")


def _as_file(row: tuple[str, ...]) -> bytes:
    """One person is a file of one row: the rules of an import hold."""
    text = io.StringIO()
    csv.writer(text).writerows((COLUMNS, row))
    return text.getvalue().encode()


def register(group: click.Group) -> None:
    group.add_command(user)
