"""What the Reconciliation Service API 0.2 demands of a service's answers, written down from its text as JSON schemas.

Stricter than the specification's own schemas where the text is: ids and names are not empty, results are in order.
"""

from typing import Any

TEXT = {"type": "string", "minLength": 1}
TYPE = {
    "type": "object",
    "properties": {"id": TEXT, "name": TEXT, "broader": {"type": "array"}},
    "required": ["id", "name"],
}
TEMPLATE = {"type": "string", "pattern": r"\{\{id\}\}", "format": "uri-template"}
SERVICE = {
    "type": "object",
    "properties": {
        "service_url": TEXT,
        "service_path": TEXT,
        "flyout_service_url": TEXT,
        "flyout_service_path": {"type": "string", "pattern": r"\$\{id\}"},
    },
    "required": ["service_url", "service_path"],
}

MANIFEST: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "versions": {"type": "array", "items": {"type": "string"}, "contains": {"const": "0.2"}},
        "name": TEXT,
        "identifierSpace": TEXT,
        "schemaSpace": TEXT,
        "documentation": TEXT,
        "serviceVersion": TEXT,
        "logo": TEXT,
        "view": {"type": "object", "properties": {"url": TEMPLATE}, "required": ["url"]},
        "feature_view": {"type": "object", "properties": {"url": TEMPLATE}, "required": ["url"]},
        "defaultTypes": {"type": "array", "items": TYPE, "uniqueItems": True},
        "preview": {
            "type": "object",
            "properties": {"url": TEMPLATE, "width": {"type": "integer"}, "height": {"type": "integer"}},
            "required": ["url", "width", "height"],
        },
        "suggest": {
            "type": "object",
            "properties": {"entity": SERVICE, "property": SERVICE, "type": SERVICE},
            "additionalProperties": False,
        },
        "batchSize": {"type": "integer", "minimum": 1},
        "authentication": {
            "type": "object",
            "oneOf": [
                {
                    "properties": {"type": {"const": "apiKey"}, "name": TEXT, "in": {"enum": ["header", "query"]}},
                    "required": ["type", "name", "in"],
                },
                {"properties": {"type": {"const": "basic"}}, "required": ["type"]},
                {"properties": {"type": {"const": "oauth2"}}, "required": ["type", "flow", "scopes"]},
            ],
        },
    },
    "required": ["versions", "name", "identifierSpace", "schemaSpace"],
}

_TYPES = {"type": "array", "items": {"anyOf": [TEXT, {**TYPE, "required": ["id"]}]}}
_CANDIDATE = {
    "type": "object",
    "properties": {
        "id": TEXT,
        "name": TEXT,
        "description": {"type": "string"},
        "type": _TYPES,
        "score": {"type": "number"},
        "match": {"type": "boolean"},
        "features": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"id": TEXT, "value": {"type": ["number", "boolean"]}},
                "required": ["id", "value"],
            },
        },
    },
    "required": ["id", "name", "score"],
}

RESULTS: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {"result": {"type": "array", "items": _CANDIDATE}},
        "required": ["result"],
    },
}

SUGGESTIONS: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "result": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"id": TEXT, "name": TEXT, "description": {"type": "string"}, "notable": _TYPES},
                "required": ["id", "name"],
            },
        }
    },
    "required": ["result"],
}
