"""说明: what this is, what the figures mean, and the description of all of it for other programs."""

from typing import Any

from flask import current_app

from feedback.models.clients import ApiClient
from feedback.stats.definitions import COUNTS, DURATIONS, FEWEST_FOR_A_RATE, RATES
from feedback.web.api import description
from feedback.web.api.asking import Asked
from feedback.web.api.resources import RESOURCES, resource
from feedback.web.problems import english
from feedback.words import N_


@resource("/", shape="About", is_lasting=True,
          chinese=N_("这是什么，这个凭证能读什么"), english="What this is, and what this token may read.")
def about(client: ApiClient, asked: Asked) -> dict[str, Any]:
    return {
        "name": "户廉码", "version": description.VERSION, "client": client.name, "area": client.area_code,
        "reads": client.reads, "until": str(client.expires_on),
        "resources": [f"/api/v1{one.path}" for one in RESOURCES],
    }


@resource("/openapi.json", shape="Description", is_lasting=True,
          chinese=N_("本接口的 OpenAPI 3.1 说明"), english="This API described for programs: OpenAPI 3.1.")
def openapi(client: ApiClient, asked: Asked) -> dict[str, Any]:
    return description.openapi(RESOURCES, current_app.extensions["config"].base_url)


@resource("/definitions", shape="Definitions", is_lasting=True,
          chinese=N_("每个指标的意思"), english="What each figure means, in Chinese and English.")
def definitions(client: ApiClient, asked: Asked) -> dict[str, Any]:
    def said(key: str, label: str, words: str) -> dict[str, str]:
        return {"key": key, "label": label, "label_en": english(label), "definition": words,
                "definition_en": english(words)}

    return {
        "fewest_for_a_rate": FEWEST_FOR_A_RATE,
        "counts": [said(key, label, words) for key, (label, words) in COUNTS.items()],
        "rates": [said(one.key, one.label, one.definition) for one in RATES],
        "durations": [said(one.key, one.label, one.definition) for one in DURATIONS],
    }
