"""接口与说明: schemathesis reads the description, and calls what it allows and what it forbids on a real server."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from config import Config
from feedback import clock, db, throttle
from feedback.administration import clients
from feedback.models.clients import Reads
from feedback.stats import rollup
from tests import browser
from tests.lives import NOW, Township

SECONDS = 20
"""For all of it; then it stops wherever it is."""
SETTINGS = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "422"]
"""
"""422 is right for parameters that make no sense together: a description has no words for that."""


@pytest.fixture
def server(config: Config, database: Engine) -> Iterator[browser.Live]:
    """A township with a year of cases, on a server that does not mind how often it is asked."""
    before, throttle.tokens._sleep = throttle.tokens._sleep, lambda seconds: None
    with clock.fixed(NOW, everywhere=True):
        Township(5).live(25)
        db.session.commit()
        while db.in_turn(rollup.keep_up):
            pass
        with browser.served(replace(config, api_per_minute=1_000_000)) as live:
            yield live
    throttle.tokens._sleep = before


@pytest.mark.slow
def test_whatever_the_description_allows_or_forbids_is_answered_as_it_says(
    server: browser.Live, tmp_path: Path
) -> None:
    area = "330281114"
    _, token = clients.add(None, name="试", area_code=area, reads=list(Reads), expires_on=date(2027, 1, 1))
    db.session.commit()
    db.session.remove()
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(SETTINGS, encoding="utf-8")
    asked = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings),
        "run", f"{server.url}/api/v1/openapi.json", "--header", f"Authorization: Bearer {token}",
        "--checks", "all", "--mode", "all", "--phases", "examples,coverage,fuzzing", "--seed", "1",
        "--max-time", str(SECONDS), "--max-examples", "30", "--generation-database", "none",
        "--no-color", "--continue-on-failure", "--warnings", "off",
    ]  # fmt: skip
    run = subprocess.run(asked, capture_output=True, text=True, encoding="utf-8", check=False, cwd=tmp_path)
    assert run.returncode == 0, run.stdout[-6_000:] + run.stderr[-2_000:]
    assert "No issues found" in run.stdout, run.stdout
