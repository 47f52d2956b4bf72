"""预警: `alerts` lists the rules of an area and what they raised, and tries a rule on its past."""

from dataclasses import replace

import click
from sqlalchemy import select

from feedback import access, db
from feedback.alerts import rules, saying, trial
from feedback.cli import opened
from feedback.cli.stats import require_area
from feedback.models.alerts import Alert
from feedback.notifications.texts import Said, subject

AREA = click.option("--area", required=True, help="Code of the township or county.")


@click.group("alerts")
def alarms() -> None:
    """Rules over figures: what they have raised, and what they would have."""


@alarms.command("list")
@AREA
def show(area: str) -> None:
    """Print the rules that hold in an area, and the alerts that stand there."""
    with opened():
        require_area(area)
        for held in rules.holding(area):
            click.echo(f"{'on ' if held.rule.is_on else 'off'}  {held.rule.key}  {held.rule.name}")
        standing = select(Alert).where(access.within(Alert.area_code, area), Alert.ended_on.is_(None))
        for alert in db.session.scalars(standing.order_by(Alert.id)):
            click.echo(f"{alert.begun_on}  {Said(*saying.of(alert, subject(alert))).plain()}")


@alarms.command("test")
@AREA
@click.option("--rule", "key", required=True, help="Its key, as `alerts list` prints it.")
@click.option("--threshold", type=click.IntRange(*rules.RANGES["threshold"]), help="Another than the rule's own.")
def try_it(area: str, key: str, threshold: int | None) -> None:
    """Print when a rule would have been raised over the last year; nothing is stored."""
    with opened():
        require_area(area)
        held = next((one for one in rules.holding(area) if one.rule.key == key), None)
        if held is None:
            raise click.ClickException(f"There is no rule {key} in {area}.")
        found = trial.of(replace(held.rule, threshold=threshold or held.rule.threshold), area)
        names = trial.names(found.rule.per, [ring.subject for ring in found.rings])
        click.echo(f"{found.from_on} to {found.to_on}: raised {len(found.rings)} times")
        for ring in found.rings:
            reason = saying.of_trial(found.rule, ring.reading, ring.from_on, ring.spell.raised_on, names[ring.subject])
            click.echo(f"{ring.spell.raised_on} to {ring.spell.ended_on or 'now'}  {Said(*reason).plain()}")


def register(group: click.Group) -> None:
    group.add_command(alarms)
