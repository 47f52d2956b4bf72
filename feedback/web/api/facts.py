"""事实: cases and their events as facts, page by page; what each column means is said in `openapi.json`."""

from collections.abc import Callable
from typing import Any

from feedback.export import paged
from feedback.models.clients import ApiClient, Reads
from feedback.web.api import cursors
from feedback.web.api.asking import AREA, CURSOR_AFTER, FROM, LIMIT, TO, Asked
from feedback.web.api.figures import require_days
from feedback.web.api.resources import area, resource
from feedback.words import N_

ASKS = (AREA, FROM, TO, LIMIT, CURSOR_AFTER)
Read = Callable[[paged.Stretch, str, int], tuple[list[paged.Record], str]]


@resource("/cases", asks=ASKS, shape="Cases", reads=Reads.CASES,
          chinese=N_("一段日子受理的诉求，一件一行，按受理先后"),
          english="The cases filed in an area from one day to another, one record each, in the order of filing.")
def cases(client: ApiClient, asked: Asked) -> dict[str, Any]:
    return _page(client, asked, "cases", paged.cases)


@resource("/events", asks=ASKS, shape="Events", reads=Reads.EVENTS,
          chinese=N_("这些诉求的全部经过，一步一行；limit 数的是诉求，一件的经过不拆开"),
          english="Every event of these cases, one record each; `limit` counts cases, whose events are never parted.")
def events(client: ApiClient, asked: Asked) -> dict[str, Any]:
    return _page(client, asked, "events", paged.events)


def _page(client: ApiClient, asked: Asked, what: str, read: Read) -> dict[str, Any]:
    wanted, (from_on, to_on) = area(client, asked).code, require_days(asked)
    stretch = paged.Stretch(client, wanted, from_on, to_on)
    records, last = read(stretch, cursors.after(client, asked, what), asked["limit"])
    return {"area": wanted, what: records, "next": cursors.following(client, asked, what, last) if last else None}
