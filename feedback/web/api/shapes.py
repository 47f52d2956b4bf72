"""形状: the JSON Schema of each answer, made from the tables that the answers themselves are made from."""

from collections.abc import Mapping
from typing import Any

from feedback.export import legend, paged
from feedback.models.clients import Reads
from feedback.models.places import Level
from feedback.stats import By
from feedback.stats.definitions import COUNTS, DURATIONS, FEWEST_FOR_A_RATE, RATES
from feedback.stats.facts import Exclusion

Schema = dict[str, Any]

COUNT: Schema = {"type": "integer", "minimum": 0}
TEXT: Schema = {"type": "string"}
DAY: Schema = {"type": "string", "format": "date"}
INSTANT: Schema = {"type": "string", "format": "date-time", "description": "With +08:00."}
CODE: Schema = {"type": "string", "pattern": "^[0-9]{6}(?:[0-9]{3}){0,4}$"}
NEXT: Schema = {"type": ["string", "null"], "description": "`cursor` of the next page; null at the end."}


def thing(**fields: Schema) -> Schema:
    """An object that has these fields and no others."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def many(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def one_of(words: Any) -> Schema:
    return {"type": "string", "enum": [str(word) for word in words]}


def said(schema: Schema, chinese: str) -> Schema:
    return {**schema, "description": chinese}


def or_null(schema: Schema) -> Schema:
    """The same, or nothing."""
    nullable = {**schema, "type": [schema["type"], "null"]}
    return {**nullable, "enum": [*schema["enum"], None]} if "enum" in schema else nullable


SHARE: Schema = {"type": ["number", "null"], "minimum": 0, "maximum": 1,
                 "description": f"null where `of` is under {FEWEST_FOR_A_RATE}"}
RATE = thing(n=COUNT, of=COUNT, rate=SHARE)
SPREAD = thing(median=or_null(COUNT), p90=or_null(COUNT), n=COUNT)


def _row() -> Schema:
    """One row of figures: as `Row.as_json` gives it."""
    counts: dict[str, Schema] = {
        "received": COUNT, "counted": COUNT, "open": COUNT, "to_check": COUNT,
        "excluded": thing(**{reason.value: COUNT for reason in Exclusion}),
        "not_yet_due": thing(response=thing(n=COUNT, responded=COUNT), handling=COUNT),
        "recorded_for_her": thing(answers=COUNT, ratings=COUNT),
    }
    return thing(
        key={"oneOf": [TEXT, many(TEXT)], "description": "`all` without `by`; several words where `by` has several."},
        **{key: said(schema, COUNTS[key][1]) for key, schema in counts.items()},
        **{rate.key: said(RATE, f"{rate.label}：{rate.definition}") for rate in RATES},
        **{one.key: said(SPREAD, f"{one.label}：{one.definition}") for one in DURATIONS},
    )


def _record(columns: legend.Columns) -> Schema:
    """A case or an event, by the columns of the exported files; staff only where the client may read them."""
    fields = {name: said(_column(name, one), f"{one.chinese} · {one.english}") for name, one in columns.items()}
    return {**thing(**fields), "required": [name for name in fields if name not in paged.PEOPLE]}


def _column(name: str, one: legend.Column) -> Schema:
    if name in paged.TICKS:
        return or_null({"type": "boolean"})
    if name in paged.NUMBERS:
        return or_null(COUNT)
    if one.unit == legend.INSTANT:
        return or_null(INSTANT)
    return or_null(one_of(one.values) if one.values is not None else TEXT)


MEANING = thing(key=TEXT, label=TEXT, label_en=TEXT, definition=TEXT, definition_en=TEXT)

SCHEMAS: Mapping[str, Schema] = {
    "About": thing(name=TEXT, version=TEXT, client=TEXT, area=CODE, reads=many(one_of(Reads)), until=DAY,
                   resources=many(TEXT)),
    "Description": {"type": "object", "required": ["openapi", "info", "paths"],
                    "properties": {"openapi": TEXT, "info": {"type": "object"}, "paths": {"type": "object"}}},
    "Definitions": thing(fewest_for_a_rate=COUNT, counts=many(MEANING), rates=many(MEANING), durations=many(MEANING)),
    "Areas": thing(areas=many(thing(code=CODE, name=TEXT, level=one_of(Level), parent=or_null(CODE))), next=NEXT),
    "Figures": thing(**{
        "area": CODE, "from": DAY, "to": DAY, "by": many(one_of(By)), "as_at": INSTANT, "rows": many(_row()),
    }),
    "Cases": thing(area=CODE, cases=many(_record(legend.CASES)), next=NEXT),
    "Events": thing(area=CODE, events=many(_record(legend.EVENTS)), next=NEXT),
    "Standing": thing(area=CODE, as_at=INSTANT, open=COUNT, due_today=COUNT, response_due_today=COUNT,
                 handling_due_today=COUNT, overdue=COUNT, supervised=COUNT, awaiting_her_word=COUNT),
    "Problem": {
        "type": "object",
        "required": ["type", "title", "status", "detail", "detail_en"],
        "properties": {
            "type": TEXT, "title": TEXT, "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": said(TEXT, "一句中文"), "detail_en": said(TEXT, "One sentence of English."),
            "parameter": said(TEXT, "Which parameter it is about, where it is about one."),
        },
        "additionalProperties": False,
    },
}
