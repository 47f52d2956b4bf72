"""时限: `deadline` works out until when something filed then must have been responded to and handled."""

import json
from datetime import datetime
from typing import Any

import click
from sqlalchemy import select

from feedback import clock, db, deadlines, policies
from feedback.calendars import Calendar
from feedback.cli import opened
from feedback.cli.stats import Instant, require_area
from feedback.models.kinds import Kind
from feedback.models.rules import Category


@click.command()
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in Kind]), help="What it is.")
@click.option("--urgent", is_flag=True, help="Ticked as urgent.")
@click.option("--area", help="Code of the area whose policy and calendar hold (default: those everybody begins with).")
@click.option("--category", help="Name of a category of that area or one above it.")
@click.option("--filed", required=True, type=Instant(), help="When it was filed.")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", help="How to print them.")
def deadline(kind: str, urgent: bool, area: str | None, category: str | None, filed: datetime, shape: str) -> None:
    """Print until when something filed then must have been responded to and handled."""
    if area is None:
        if category is not None:
            raise click.UsageError("--category goes with --area.")
        told = _by_default(Kind(kind), urgent, filed)
    else:
        with opened():
            told = _in_area(area, Kind(kind), urgent, category, filed)
    if shape == "json":
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    for name in ("response", "handling"):
        click.echo(f"{name}: {told[name]['due']}  ({told[name]['amount']} {told[name]['unit']})")
    click.echo(f"calendar: {told['calendar']}")
    if told["uncertain_year"]:
        click.echo(f"uncertain: the days off of {told['uncertain_year']} are not published or entered yet.")


def _by_default(kind: Kind, is_urgent: bool, filed_at: datetime) -> dict[str, Any]:
    policy = deadlines.DEFAULTS[kind.value, is_urgent]
    response = deadlines.due(policy.response, filed_at, Calendar(), policy.close_of_office)
    handling = deadlines.due_with_source(policy.handling, filed_at, Calendar(), policy.close_of_office)
    return _told(policy, response, handling.at, handling.source, _uncertain(policy, handling))


def _in_area(code: str, kind: Kind, is_urgent: bool, category: str | None, filed_at: datetime) -> dict[str, Any]:
    require_area(code)
    category_id = None if category is None else _category(code, category).id
    promise = policies.promise(code, kind, is_urgent, category_id=category_id, filed_at=filed_at)
    due = deadlines.Due(promise.handling_due_at, promise.source)
    return _told(promise.policy, promise.response_due_at, due.at, due.source, _uncertain(promise.policy, due))


def _category(code: str, name: str) -> Category:
    """The category of that name in the area or above it, the nearest first."""
    found = db.session.scalars(
        select(Category).where(Category.area_code.in_(policies.upward(code)), Category.name == name)
    )
    nearest = max(found, key=lambda category: len(category.area_code), default=None)
    if nearest is None:
        raise click.ClickException(f"There is no category {name} in {code}.")
    return nearest


def _uncertain(policy: deadlines.Policy, due: deadlines.Due) -> int | None:
    """The year whose days off are not known yet, where the due rests on it."""
    return None if policy.handling.is_natural or due.source.is_certain else clock.local(due.at).year


def _told(
    policy: deadlines.Policy, response: datetime, handling: datetime, source: str, uncertain_year: int | None
) -> dict[str, Any]:
    def part(due_at: datetime, limit: deadlines.Limit) -> dict[str, Any]:
        return {"due": clock.local(due_at).isoformat(), "amount": limit.amount, "unit": limit.unit.value}

    return {
        "response": part(response, policy.response),
        "handling": part(handling, policy.handling),
        "calendar": str(source),
        "uncertain_year": uncertain_year,
    }


def register(group: click.Group) -> None:
    group.add_command(deadline)
