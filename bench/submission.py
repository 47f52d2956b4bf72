"""量一量: what counting a filing for the figures costs, as a share of the filing through the real door."""

from __future__ import annotations

import statistics
import time

from flask.testing import FlaskClient
from sqlalchemy import select

from config import load
from feedback import clock, db, throttle, workflow
from feedback.models.cases import Case
from feedback.models.kinds import Action
from feedback.models.places import Area, Level
from feedback.stats import rollup
from feedback.web import create_app
from feedback.workflow import Who
from tests import builders
from tests.visitor import Visitor

FILINGS = 40
BATCH = 40
"""So many filings in one round of the timer: a busy minute."""


def upkeep() -> None:
    """Files cases at doors of their own; each is counted at once, then another event of it, then many in one round."""
    app = create_app(load({"HLM_ALLOW_HTTP": "1"}))
    app.test_client_class = Visitor
    throttle.filings = throttle.Brake(throttle.filings.pace, sleep=lambda seconds: None)
    filing, counting, later = [], [], []
    while db.in_turn(rollup.keep_up):
        pass
    visitor = app.test_client()
    for _ in range(FILINGS):
        token = _door()
        filing.append(_file(visitor, token))
        counting.append(_count())
        _something_happens()
        later.append(_count())
    for _ in range(BATCH):
        _file(visitor, _door())
    together = _count() / BATCH
    whole, one, two = (statistics.median(one) * 1000 for one in (filing, counting, later))
    print(f"  {'a filing through the door':<28} {whole:8.1f} ms   counted alone {one:.1f} ms = {one / whole:.1%}, "
          f"its next event {two:.1f} ms = {two / whole:.1%}, as one of {BATCH} {together * 1000:.1f} ms = "
          f"{together * 1000 / whole:.1%}", flush=True)


def _door() -> str:
    microgrids = select(Area).where(Area.code.startswith("330281105")).order_by(Area.code)
    place = next(one for one in db.session.scalars(microgrids) if one.level is Level.MICROGRID)
    token = builders.a_code(builders.a_household(place, f"新屋 {time.perf_counter_ns()} 号")).token
    db.session.commit()
    return token


def _file(visitor: FlaskClient, token: str) -> float:
    """Seconds from her tap to the answer: the page is open already."""
    assert isinstance(visitor, Visitor)
    page = visitor.get("door.show", token=token)
    begun = time.perf_counter()
    visitor.submit(page, kind="help", text="路灯坏了，晚上看不见路。", status=200)
    return time.perf_counter() - begun


def _something_happens() -> None:
    db.write()
    case = db.session.scalars(select(Case).order_by(Case.id.desc()).limit(1)).one()
    workflow.record(case, Action.ADD, Who.VILLAGER)
    db.session.commit()


def _count() -> float:
    with clock.fixed(clock.now()):
        begun = time.perf_counter()
        counted = db.in_turn(rollup.keep_up)
        took = time.perf_counter() - begun
        assert counted
    db.session.remove()
    return took
