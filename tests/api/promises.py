"""What /v1 promises to its callers, as a table that can be kept: of each operation what it takes and what it answers.

python -m tests.api.promises writes it down beside this file; that is done when a version is released. It refuses what
breaks a promise that stands there.
"""

import json
from pathlib import Path

from api import problems
from tests.api.document import DOCUMENT, METHODS

FILE = Path(__file__).with_name("v1.json")
REQUIRED = "!"
"""The mark of what has to be sent, or is always answered."""


def promises(document):
    """{operation: {place: what stands there}}. Places: `query.limit`, `body.record.emails[]`, `200.entities[].score`.

    What stands there: "!" where it is required, and its types, with the values of an enumeration as `=value`.
    """
    made = {"codes": {entry.code: "" for entry in problems.TABLE.values()}}
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item and path.startswith("/v1/"):
                made[f"{method.upper()} {path}"] = dict(sorted(_places(item[method], document)))
    return made


def _places(operation, document):
    for one in operation.get("parameters", []):
        yield from _walk(one["schema"], f"{one['in']}.{one['name']}", one.get("required", False), document)
    if "requestBody" in operation:
        asked = operation["requestBody"]
        for told in asked["content"].values():
            yield from _walk(told.get("schema", {}), "body", asked.get("required", False), document)
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            for told in answer.get("content", {"": {}}).values():
                yield from _walk(told.get("schema", {}), status, True, document)


def _walk(schema, place, required, document, above=()):
    """The places of a schema; one that holds itself is followed once."""
    kinds = set()
    for one, name in _alternatives(schema, document):
        if name in above:
            continue
        kinds |= {f"={value}" for value in one.get("enum", [one["const"]] if "const" in one else [])} or {
            one.get("type", "any")
        }
        inside = (*above, name) if name else above
        for key, value in one.get("properties", {}).items():
            yield from _walk(value, f"{place}.{key}", key in one.get("required", ()), document, inside)
        for key, mark in (("items", "[]"), ("additionalProperties", ".*")):
            if isinstance(one.get(key), dict):
                yield from _walk(one[key], place + mark, False, document, inside)
    yield place, (REQUIRED if required else "") + "|".join(sorted(kinds))


def _alternatives(schema, document, name=None):
    """The schemas of which a value has to fit one, with the name of each that has one."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from _alternatives(document["components"]["schemas"][name], document, name)
        return
    several = [one for word in ("anyOf", "oneOf", "allOf") for one in schema.get(word, [])]
    if not several:
        yield schema, name
    for one in several:
        yield from _alternatives(one, document, name)


def broken(promised, made):
    """What callers were promised and is not kept, a line each."""
    lines = [f"{operation} is not there any more" for operation in promised if operation not in made]
    for operation in promised.keys() & made.keys():
        before, after = promised[operation], made[operation]
        for place in before.keys() | after.keys():
            lines += [f"{operation}: {place} {fault}" for fault in _faults(place, before, after)]
    return sorted(lines)


def _faults(place, before, after):
    is_answer = place[0].isdigit()
    if place not in after:
        yield "is not there any more"
        return
    (needed, types), (was_needed, were) = _read(after[place]), _read(before.get(place))
    if place not in before:
        if needed and not is_answer and _parent(place) in {"", *before}:
            yield "is new and has to be sent"
        return
    if is_answer and was_needed and not needed:
        yield "is no longer always there"
    if not is_answer and needed and not was_needed:
        yield "has to be sent now"
    gone, come = sorted(were - types), sorted(types - were)
    if not is_answer and gone:
        yield f"does not take {', '.join(gone)} any more"
    if is_answer and any(not kind.startswith("=") for kind in come):
        yield f"may be {', '.join(come)} now"


def _parent(place):
    """What a place is in; a parameter is in none."""
    first, _, rest = place.partition(".")
    return "" if first != "body" or not rest else place.rpartition(".")[0]


def _read(told):
    return (False, set()) if told is None else (told.startswith(REQUIRED), set(told.removeprefix(REQUIRED).split("|")))


def kept():
    """What was promised by the versions that are out."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def main():
    made = promises(DOCUMENT)
    faults = broken(kept(), made) if FILE.exists() else []
    if faults:
        raise SystemExit("\n".join(faults))
    lines = (f"{json.dumps(name)}: {json.dumps(told, separators=(',', ':'))}" for name, told in sorted(made.items()))
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
