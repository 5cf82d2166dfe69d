"""The shapes of bodies and answers, as tables, from the schemas of an OpenAPI document."""

import re
from collections.abc import Mapping
from typing import Any, Final

from benchmarks.quality.page import table

Schema = Mapping[str, Any]
BOUNDS: Final = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "maxLength": "at most {} characters",
    "maxItems": "at most {} of them",
}
FORMATS: Final = {"date-time": "moment", "date": "date", "uri": "address"}
INTRODUCTION: Final = """\
# Shapes

What bodies and answers are made of. What is not marked as needed may be left out.
"""


def shapes_page(told: Mapping[str, Any]) -> str:
    """Every shape, by name."""
    schemas = told["components"]["schemas"]
    parts = [_shape(name, schemas[name]) for name in sorted(schemas, key=name_of)]
    return "\n\n".join([INTRODUCTION.rstrip(), *parts]) + "\n"


def name_of(schema: str) -> str:
    """A shape's name as it is shown; where two modules have one of a name the module's is part of it."""
    *modules, name = schema.split("__")
    return f"{name} ({modules[-1]})" if modules else name


def anchor(title: str) -> str:
    """What a heading is linked by."""
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", title).strip().lower())


def cell(text: str) -> str:
    """Text that fits a cell of a table."""
    return re.sub(r"\s+", " ", text).strip()


def kind_of(schema: Schema) -> str:
    """What values are of a schema, in words."""
    if "$ref" in schema:
        name = name_of(schema["$ref"].rpartition("/")[2])
        return f"[{name}](shapes.md#{anchor(name)})"
    if "const" in schema or "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema.get("enum", [schema.get("const")]))
    several = schema.get("anyOf", schema.get("oneOf"))
    if several:
        return " or ".join(dict.fromkeys(kind_of(one) for one in several))
    return _plain(schema)


def _plain(schema: Schema) -> str:
    """The same of a schema that is one type."""
    if schema.get("type") == "array":
        return f"list of {kind_of(schema.get('items', {}))}"
    if schema.get("type") == "object":
        values = schema.get("additionalProperties") or next(iter(schema.get("patternProperties", {}).values()), None)
        return f"by name, {kind_of(values)}" if isinstance(values, Mapping) and values else "object"
    return FORMATS.get(schema.get("format", ""), str(schema.get("type", "anything")))


def titled(meaning: str, schema: Schema) -> str:
    """A meaning with the bounds and the default that a schema has."""
    inner = schema.get("schema", schema)
    parts: list[Schema] = [inner, *(one for one in inner.get("anyOf", []) if one.get("type") != "null")]
    bounds = [
        words.format(f"{part[name]:,}")
        for name, words in BOUNDS.items()
        for part in parts[:2]
        if part.get(name) is not None
    ]
    if inner.get("default") is not None:
        bounds.append(f"`{inner['default']}` unless you say otherwise")
    if schema.get("required") is True:
        bounds.append("needed")
    told = cell(meaning).rstrip(".")
    return "; ".join(part for part in (told, *bounds) if part)


def _shape(name: str, schema: Schema) -> str:
    parts = [f"## {name_of(name)}", schema.get("description", "").strip()]
    if "enum" in schema:
        parts.append(f"One of {kind_of(schema)}.")
    needed = set(schema.get("required", []))
    rows = [
        (f"`{field}`", kind_of(one), "yes" if field in needed else "", titled(one.get("description", ""), one))
        for field, one in schema.get("properties", {}).items()
    ]
    if rows:
        parts.append(table(("field", "kind", "needed", "meaning"), rows))
    return "\n\n".join(part for part in parts if part)
