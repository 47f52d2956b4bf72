"""量一量: a list, a dashboard and reports of 100,000 cases beside django-helpdesk's of as many tickets, in one run.

    python -m bench.desks [--tickets 100000] [--rounds 3] [--python …/bin/python]

Both on SQLite, both asked within their own process, as somebody who is signed in: what a page costs, without a server.
Ours belong to one township. The pages that answer the same question stand side by side.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path

from bench import county
from bench.figures import leader, medians
from bench.load import HERE, tickets_python
from config import load
from feedback import clock
from feedback.web import create_app
from tests import staff
from tests.visitor import Visitor

TOWNSHIP = f"{county.COUNTY}101"
DAYS = "from=2025-12-01&to=2026-11-19"
PAIRS = {
    "list": f"/t/cases?figure=received&{DAYS}",
    "dashboard": f"/t/?{DAYS}",
    "report queuemonth": f"/t/figures?by=month&{DAYS}",
    "report queuestatus": f"/t/figures?by=category&{DAYS}",
    "report userstatus": f"/t/figures?by=handler&{DAYS}",
}
"""Their pages, and ours."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--tickets", type=int, default=100_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--python", type=Path, help="of an environment with django-helpdesk; default: one is made")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        found = ours(home, given.tickets, given.rounds)
        python = given.python or tickets_python(home / "tickets")
        others = {} if python is None else theirs(python, home, given.tickets, given.rounds)
    print(f"{given.tickets:,} cases and tickets" + ("" if others else "; django-helpdesk could not be installed here"))
    for name, ms in found.items():
        other = others.get(name)
        beside = "" if other is None else f"   theirs {other:9.0f} ms = {other / ms:5.1f} x"
        print(f"  {name:<20} ours {ms:8.0f} ms{beside}", flush=True)


def ours(home: Path, count: int, rounds: int) -> dict[str, float]:
    """Milliseconds of our pages."""
    url = f"sqlite:///{home / 'county.db'}"
    county.made(url, county.FOLDER, cases=count, townships=1)
    with clock.fixed(county.NOW, everywhere=True):
        app = create_app(load({"HLM_ALLOW_HTTP": "1", "HLM_DATABASE_URL": url}))
        app.test_client_class = Visitor
        visitor = staff.signed_in(app, leader(TOWNSHIP))
        pages = {name: lambda path=path: visitor.get(path, status=200) for name, path in PAIRS.items()}
        return {name: one.clock * 1000 for name, one in medians(pages, rounds).items()}


def theirs(python: Path, home: Path, count: int, rounds: int) -> dict[str, float]:
    """Milliseconds of their pages."""
    environ = {**os.environ, "HELPDESK_HOME": str(home), "PYTHONWARNINGS": "ignore"}
    for words in ([], ["fill", str(count)]):
        subprocess.run([python, HERE / "tickets.py", *words], env=environ, check=True)
    done = subprocess.run([python, HERE / "tickets.py", "ask", str(rounds)], env=environ, check=True,
                          stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
