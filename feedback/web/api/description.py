"""接口说明: the API as OpenAPI 3.1, made from the same lines that serve it, so that it cannot say anything else."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from feedback.web.api import shapes
from feedback.web.api.asking import Parameter
from feedback.web.api.resources import Resource
from feedback.web.problems import MEDIA_TYPE

VERSION = "1"
ABOUT = (
    "户廉码的只读接口，给县里的平台用：指标、诉求和经过的事实，没有姓名、电话、地址和原话。\n\n"
    "Read-only: figures, and facts of cases and their events; no names, phones, addresses or words of anybody. What "
    "lies outside the client's area does not exist for it. Every refusal is a problem (RFC 9457) with a sentence in "
    "Chinese and one in English."
)
REFUSED = {
    400: "参数不对、不认识、缺少或重复 · a parameter is wrong, unknown, missing, or there twice",
    401: "没有凭证，或者凭证不好用 · no token, or none that is good",
    403: "这个凭证不能读这些 · not for this client to read",
    404: "没有，或者不在范围内 · there is no such thing, or not in the client's area",
    405: "只接受 GET 和 HEAD · only GET and HEAD",
    422: "参数合在一起没有意义 · the parameters make no sense together",
    429: "太快了 · too many requests",
    500: "我们这边出了错 · a fault of ours",
    503: "正忙，过一会儿再来 · busy, come back later",
}
HEADERS = {
    "WWW-Authenticate": {"description": "Bearer", "required": True, "schema": {"type": "string"}},
    "Allow": {"description": "The methods there are.", "required": True, "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds.", "required": True, "schema": {"type": "integer", "minimum": 1}},
    "ETag": {"description": "Send it as If-None-Match.", "required": True, "schema": {"type": "string"}},
}
HEADERS_OF = {401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"}


def openapi(resources: Sequence[Resource], base_url: str) -> dict[str, Any]:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "户廉码 hulianma", "version": VERSION, "description": ABOUT},
        "servers": [{"url": f"{base_url}/api/v1"}],
        "security": [{"token": []}],
        "paths": {one.path: {"get": _operation(one)} for one in resources},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": dict(shapes.SCHEMAS),
            "headers": HEADERS,
            "responses": {str(status): _refused(status, words) for status, words in REFUSED.items()},
        },
    }


def _operation(one: Resource) -> dict[str, Any]:
    good: dict[str, Any] = {"description": one.english, "content": _json(one.shape, "application/json")}
    answers: dict[str, Any] = {"200": good}
    if one.is_lasting:
        good["headers"] = {"ETag": {"$ref": "#/components/headers/ETag"}}
        answers["304"] = {"description": "没有变 · as you have it"}
    answers |= {str(status): {"$ref": f"#/components/responses/{status}"} for status in REFUSED}
    return {
        "operationId": one.name,
        "summary": f"{one.chinese} · {one.english}",
        "parameters": [_parameter(each) for each in one.asks],
        "responses": answers,
        **({"x-reads": one.reads.value} if one.reads is not None else {}),
    }


def _parameter(one: Parameter) -> dict[str, Any]:
    return {
        "name": one.name, "in": "query", "required": one.is_required,
        "description": f"{one.chinese} · {one.english}", "schema": dict(one.schema), **one.told,
    }


def _refused(status: int, words: str) -> dict[str, Any]:
    said = f"{HTTPStatus(status).phrase}: {words}"
    made: dict[str, Any] = {"description": said, "content": _json("Problem", MEDIA_TYPE)}
    if status in HEADERS_OF:
        made["headers"] = {HEADERS_OF[status]: {"$ref": f"#/components/headers/{HEADERS_OF[status]}"}}
    return made


def _json(shape: str, media_type: str) -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": f"#/components/schemas/{shape}"}}}
