"""参数: what may be asked, one line each; what is unknown, said twice, missing or wrong is refused by its name.

The same lines describe the parameters in `openapi.json`, so that what is described is what is taken. A request whose
parameters are each right but make no sense together (a window that ends before it begins) is another matter: 422.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import request

from feedback.errors import Refusal
from feedback.models.places import Level
from feedback.stats import By
from feedback.words import N_

MOST_SHOWN = 40
"""Characters of what was sent that an answer repeats."""
MOST_ROWS = 200
AREA_CODE = re.compile(r"[0-9]{6}(?:[0-9]{3}){0,4}", re.ASCII)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
CURSOR = re.compile(r"[A-Za-z0-9_.-]{1,300}", re.ASCII)
ROWS = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)


class Malformed(Refusal):
    """A parameter is not of its kind."""


class Senseless(Refusal):
    """Each parameter is right, together they make no sense."""

    status = 422


@dataclass(frozen=True)
class Parameter:
    """One parameter: its name, what it is in both languages, its JSON Schema and how it is read (ValueError: wrong)."""

    name: str
    chinese: str
    english: str
    schema: Mapping[str, Any]
    read: Callable[[str], Any]
    is_required: bool = False
    default: Any = None
    told: Mapping[str, Any] = field(default_factory=dict)
    """What else OpenAPI should know of it."""


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError
        return text

    return read


def _day(text: str) -> date:
    return date.fromisoformat(_matching(DAY)(text))


def _groupings(text: str) -> tuple[By, ...]:
    words = [By(word) for word in text.split(",")]
    if len(set(words)) < len(words):
        raise ValueError
    return tuple(words)


def _rows(text: str) -> int:
    if (rows := int(_matching(ROWS)(text))) > MOST_ROWS:
        raise ValueError
    return rows


def _schema(pattern: re.Pattern[str], **more: Any) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{pattern.pattern}$", **more}


AREA = Parameter(
    "area", N_("区划编码，6 到 18 位；不写就是凭证的范围"),
    "Code of an area, 6 to 18 digits; what lies in it counts too. Left out: the client's own area.",
    _schema(AREA_CODE, examples=["330281114"]), _matching(AREA_CODE),
)
FROM = Parameter(
    "from", N_("从哪天受理的（北京时间，含这天），写成 2026-11-01"), "First Shanghai day of filing, included.",
    {"type": "string", "format": "date", "examples": ["2026-11-01"]}, _day, is_required=True,
)
TO = Parameter(
    "to", N_("到哪天受理的（含这天），写成 2026-11-30；从第一天起最多三年"),
    "Last Shanghai day of filing, included; at most three years after the first.",
    {"type": "string", "format": "date", "examples": ["2026-11-30"]}, _day, is_required=True,
)
BY = Parameter(
    "by", N_("按什么分行：area、kind、category、team、handler、month，几样用逗号隔开，不重复"),
    "One row for each: several by commas, none twice. `handler` only where the client may read people; `handler` and "
    "`team` only in a township or below.",
    {"type": "array", "items": {"type": "string", "enum": [by.value for by in By]}, "minItems": 1, "maxItems": len(By),
     "uniqueItems": True},
    _groupings, default=(), told={"style": "form", "explode": False},
)
LEVEL = Parameter(
    "level", N_("只要这一级：county、township、village、grid、microgrid"), "Only areas of this level.",
    {"type": "string", "enum": [level.value for level in Level]}, Level,
)
LIMIT = Parameter(
    "limit", N_("一页最多几行，1 到 200，写阿拉伯数字"), "At most so many rows a page.",
    {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": 100}, _rows, default=100,
)
CURSOR_AFTER = Parameter(
    "cursor", N_("上一页的 next，原样带回；别的参数不变"),
    "`next` of the page before, as it came; everything else asked as before.",
    _schema(CURSOR), _matching(CURSOR),
)

Asked = Mapping[str, Any]


def read(parameters: Sequence[Parameter]) -> Asked:
    """What this request asks, by name; raises Malformed."""
    known = {one.name: one for one in parameters}
    for name, values in request.args.lists():
        if name not in known:
            raise Malformed(N_("没有“{name}”这个参数。能用的：{known}。"), field=_short(name), name=_short(name),
                            known=", ".join(known) or "—")
        if len(values) > 1:
            raise Malformed(N_("参数“{name}”写了不止一次。"), field=name, name=name)
    return {one.name: _value(one) for one in parameters}


def _value(one: Parameter) -> Any:
    text = request.args.get(one.name)
    if text is None:
        if one.is_required:
            raise Malformed(N_("缺参数“{name}”：{meaning}。"), field=one.name, name=one.name, meaning=one.chinese)
        return one.default
    try:
        return one.read(text)
    except ValueError:
        raise Malformed(N_("参数“{name}”不对：{meaning}。"), field=one.name, name=one.name,
                        meaning=one.chinese) from None


def _short(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
