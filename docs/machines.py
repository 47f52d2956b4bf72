"""接口的文档: how another machine reads here, with the tables of what it may ask, made from the lines that serve it."""

from collections.abc import Callable, Iterable
from typing import Any

from config import Config
from feedback.administration.clients import MOST_DAYS
from feedback.web.api import asking, description, figures
from feedback.web.api.resources import RESOURCES

Table = Callable[[Iterable[str], Iterable[Iterable[str]]], str]

BEGINNING = """# For other machines (接口)

The county's platform, a township's screen or a spreadsheet may read figures and facts as JSON below `/api/v1/`. Nothing
can be changed there. No answer holds a name, a phone, an address or a word of anybody.

## A token

The administrator gives one under 管理 → 接口, or whoever runs the installation does:

    hulianma api add "County platform (A. Engineer)" --area 330281 --reads figures,cases --until 2027-06-30
    hulianma api list
    hulianma api revoke "County platform (A. Engineer)"

The token is shown once; only its digest is kept. It is good for one township or county, until the end of its last day
(at most {days} days ahead), and for what was ticked: `figures`, `cases`, `events`, and `people` (staff numbers, and
figures by handler). Who gave, renamed or revoked one stands in the staff events; how often each came, day by day.

    curl -H "Authorization: Bearer $TOKEN" https://h.example.cn/api/v1/
    curl -H "Authorization: Bearer $TOKEN" \\
      "https://h.example.cn/api/v1/figures?area=330281114&from=2026-10-01&to=2026-10-31&by=area"

The second prints what `hulianma stats --area 330281114 --from 2026-10-01 --to 2026-10-31 --by area --format json` prints,
and `as_at`: the instant as at which the figures are told. [What each figure means](figures.md), and
`/api/v1/definitions`.

## What there is
"""

MIDDLE = """
`/api/v1/openapi.json` describes all of it for programs, every answer included.

## What may be asked
"""

END = """
A window may be {days_at_once} days long. A parameter that is not in the table, or stands there twice, is refused: a
slip never gives another answer than the one meant.

`cases` and `events` come in the order of filing. `next` is the cursor of the page after, null at the end; send it back
as `cursor` with everything else as before. It is good for the same question and the same client only. What is filed
meanwhile neither repeats nor skips a record. Households have a name that stays the same for one client and says nothing
to any other.

    next=""
    while : ; do
      page=$(curl -sS -H "Authorization: Bearer $TOKEN" \\
        "https://h.example.cn/api/v1/cases?from=2026-10-01&to=2026-10-31&limit=200${{next:+&cursor=$next}}")
      echo "$page" | jq -c '.cases[]' >> cases.jsonl
      next=$(echo "$page" | jq -r '.next // empty')
      [ -n "$next" ] || break
    done

## What does not exist for a client

What lies outside its area: a code there and one that never was are answered alike (404). And what is for the discipline
office alone: it is on no page and in no figure, sum or mark of a repeat. A client is nobody in particular, so a complaint
about a guardian or a cadre counts as it does on the township's screens, booked at the level that takes it. Whoever shows
single cases further shows them to nobody in the township or a village: there sit those whom they may be about.

## How often

{rate} requests a minute for each client, as many at once; `HLM_API_PER_MINUTE` is another number. Beyond that 429, with
`Retry-After` in seconds. The descriptions and areas carry an `ETag`; figures and facts are never to be stored on the way.

## What is refused

A problem (RFC 9457, `application/problem+json`) with one sentence of Chinese (`detail`) and one of English
(`detail_en`), and the `parameter` it is about:

"""


def page(table: Table) -> str:
    """The whole page."""
    parameters = {each.name: each for one in RESOURCES for each in one.asks}
    return "".join((
        BEGINNING.format(days=MOST_DAYS), "\n",
        table(("`GET /api/v1…`", "内容", "what it is", "may be read with", "parameters"), map(_resource, RESOURCES)),
        MIDDLE, "\n",
        table(("parameter", "意思", "meaning", "must"), map(_parameter, parameters.values())),
        END.format(days_at_once=figures.MOST_DAYS, rate=Config.api_per_minute),
        table(("status", "意思 · meaning"), ((str(status), words) for status, words in description.REFUSED.items())),
    ))


def _resource(one: Any) -> tuple[str, ...]:
    asks = ", ".join(f"`{each.name}`" for each in one.asks)
    return f"`{one.path}`", one.chinese, one.english, f"`{one.reads}`" if one.reads else "any", asks


def _parameter(one: asking.Parameter) -> tuple[str, ...]:
    return f"`{one.name}`", one.chinese, one.english, "yes" if one.is_required else ""
