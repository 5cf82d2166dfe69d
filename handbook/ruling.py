"""The reference of rule sets, from the models that check them and the shipped one."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from benchmarks.quality.page import table
from handbook.shapes import cell, kind_of, titled
from rules.registry import FIELDS
from rules.ruleset import Ruleset, levels_of

NAMES: Final = {
    "given": "given names",
    "middle": "middle names",
    "family": "family names",
    "suffix": "generations (Jr, III)",
    "email": "e-mail addresses",
    "phone": "phone numbers",
    "company": "companies",
    "street": "street lines",
    "place": "postal codes and towns",
    "birth_date": "birth dates",
    "identifier": "ids of other systems",
    "social": "social profiles",
    "category": "columns with few values",
}
"""What a field holds, as a heading says it."""
PLAIN: Final = {"string": "text", "boolean": "true or false", "integer": "whole number"}
FLAGS: Final = {
    "frequency": "agreeing on a rare value says more",
    "shared": "an equal value counts by how many persons have it",
    "rarity": "a difference counts less where one value is hardly seen elsewhere",
}


def parts() -> Mapping[str, str]:
    """The generated parts of rules.md."""
    ruleset = Ruleset.default()
    return {
        "places": "\n\n".join(_places(Ruleset)),
        "fields": "\n\n".join(_field(name, ruleset) for name in ruleset.compare),
        "keys": _keys(ruleset),
        "caution": _caution(ruleset),
        "survivorship": _survivorship(ruleset),
    }


def _places(model: type[BaseModel], at: str = "") -> Iterator[str]:
    """A table for each table that the file may hold, the outermost first."""
    schema = model.model_json_schema(ref_template="{model}")
    known, inner = schema.get("$defs", {}), []
    rows = []
    for name, field in model.model_fields.items():
        below = _model_of(field)
        told = schema["properties"][name]
        if below is not None:
            inner.append(
                (below, ".".join(part for part in (at, name) if part) + (".NAME" if _is_by_name(field) else ""))
            )
        else:
            rows.append((f"`{name}`", _in_words(told, known), titled("needed" if field.is_required() else "", told)))
    title = f"`[{at}]`" if at else "At the top"
    said = "" if not at else cell((model.__doc__ or "").strip().partition("\n\n")[0])
    body = [table(("name", "holds", ""), rows)] if rows else []
    yield "\n\n".join(part for part in (f"### {title}", said, *body) if part)
    for below, place in inner:
        yield from _places(below, place)


def _in_words(schema: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    """What a value is; named shapes are told in full, as they have no place of their own on the page."""
    if "$ref" in schema:
        return _in_words(known[schema["$ref"]], known)
    for parts, between in (("prefixItems", ", then "), ("anyOf", " or ")):
        if schema.get(parts):
            return between.join(_in_words(one, known) for one in schema[parts] if one.get("type") != "null")
    if schema.get("type") == "array":
        return f"list of {_in_words(schema['items'], known)}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"by name, {_in_words(schema['additionalProperties'], known)}"
    is_share = "exclusiveMinimum" in schema and "exclusiveMaximum" in schema
    return "a number between 0 and 1" if is_share else PLAIN.get(schema.get("type", ""), kind_of(schema))


def _model_of(field: FieldInfo) -> type[BaseModel] | None:
    """The model that a field holds, alone or by name."""
    for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _is_by_name(field: FieldInfo) -> bool:
    return getattr(field.annotation, "__origin__", None) is dict


def _field(name: str, ruleset: Ruleset) -> str:
    field, comparison = FIELDS[name], ruleset.compare[name]
    counts = [f"`{flag}`: {words}" for flag, words in FLAGS.items() if getattr(comparison, flag)]
    rows = []
    for level in levels_of(name, comparison):
        same, strangers = comparison.levels[level]
        bits = np.log2(same / strangers)
        rows.append((level, f"{same:g}", f"{strangers:.6f}".rstrip("0"), f"{bits:+.1f}"))
    said = [f"### {name}: {NAMES[name]}", field.explanation, f"{'; '.join(counts).capitalize()}." if counts else ""]
    keys = f"Pieces for keys: {', '.join(f'`{name}.{key}`' for key in field.keys)}." if field.keys else ""
    levels = table(("level", "of one person", "of strangers", "bits to begin with"), rows)
    return "\n\n".join(part for part in (*said, levels, keys) if part)


def _keys(ruleset: Ruleset) -> str:
    blocking = ruleset.blocking
    kinds: Mapping[str, Mapping[str, tuple[str, ...]]] = {
        "": blocking.keys,
        "any two of, in any order": blocking.any_order,
        "where nobody has a name": blocking.nameless,
    }
    rows = [
        (f"`{family}`", " + ".join(f"`{part}`" for part in pieces), kind, str(blocking.caps.get(family, blocking.cap)))
        for kind, families in kinds.items()
        for family, pieces in families.items()
    ]
    return table(("family", "pieces", "how", "most records"), rows)


def _caution(ruleset: Ruleset) -> str:
    caution = ruleset.caution
    what = {
        "alone": "joins by itself",
        "with_name": "joins together with a name",
        "name": "counts as the name",
        "against": "is asked, whatever else agrees",
    }
    rows = [
        (words, f"`{field}`", ", ".join(levels))
        for part, words in what.items()
        for field, levels in getattr(caution, part).items()
    ]
    said = f"Until {caution.until_pairs:g} pairs of one person are found in the data:"
    return f"{said}\n\n{table(('what it does', 'field', 'levels'), rows)}"


def _survivorship(ruleset: Ruleset) -> str:
    rows = [(group, ", ".join(criteria)) for group, criteria in ruleset.survivorship.groups.items()]
    return table(("values", "criteria, the first that decides wins"), rows)
