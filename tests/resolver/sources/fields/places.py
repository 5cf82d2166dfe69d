"""Where the documented fields of a system stand in a contact. Each system's list is a JSON file beside this one.

`places` tells for each field the place its value goes to, `record` has every field set to a value of its own, and
`not_modelled` names the fields that only stay in `raw`. A place is a path such as "emails[].raw" or
"flags[name=priority].value"; beside it stands the value to be found there, where it is not the field's own.
"""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from resolver.contact import Contact

_STEP = re.compile(r"([^.\[\]]+)(?:\[([^\]]*)\])?(?:\.|$)")

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "name", "email"]), inner),
    max_leaves=4,
)


def fields_of(system: str) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(Path(__file__).with_name(f"{system}.json").read_text(encoding="utf-8"))
    return fields


def values_at(value: Any, path: str) -> list[Any]:
    """All values at a path; [name=x] takes those elements of a list whose name is x."""
    found = [value]
    for name, chosen in _STEP.findall(path):
        found = [inner for outer in found if isinstance(outer, dict) and (inner := outer.get(name)) is not None]
        found = [inner for outer in found for inner in (outer if isinstance(outer, list) else [outer])]
        if chosen:
            key, _, wanted = chosen.partition("=")
            found = [inner for inner in found if inner.get(key) == wanted]
    return found


def unplaced(fields: dict[str, Any], contact: Contact) -> list[str]:
    """The documented fields whose values are not where they should be."""
    dumped = contact.model_dump()
    missing = []
    for field, place in fields["places"].items():
        where = place if isinstance(place, str) else place["place"]
        wanted = values_at(fields["record"], field) if isinstance(place, str) else [place["value"]]
        there = {_shown(value) for value in values_at(dumped, where)}
        if not wanted or not there.issuperset(map(_shown, wanted)):
            missing.append(field)
    return missing


def unlisted(fields: dict[str, Any]) -> list[str]:
    """Fields of the record that the list does not name."""
    named = {re.sub(r"\[[^\]]*\]", "[]", name) for name in [*fields["places"], *fields["not_modelled"]]}
    return sorted(leaves(fields["record"]) - named)


def leaves(value: Any, path: str = "") -> set[str]:
    """Paths of all values that are neither objects nor lists."""
    if isinstance(value, dict):
        return {leaf for name, inner in value.items() for leaf in leaves(inner, f"{path}.{name}" if path else name)}
    if isinstance(value, list):
        return {leaf for inner in value for leaf in leaves(inner, f"{path}[]")}
    return {path}


def _shown(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
