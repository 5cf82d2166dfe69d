"""Exports of the systems it knows, with anything in the place of anything: refused by record, never a traceback."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.errors import ResolverError
from resolver.sources import systems
from resolver.sources.adapter import Setting
from tests.fuzz.amount import fuzzed
from tests.fuzz.test_files import JSON

DATA = Path(__file__).parents[2] / "data" / "systems"
DOCUMENTS = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(DATA.glob("*.json"))}


def places(document, path=()):
    """Where a value may be another one."""
    found = [path] if path else []
    children = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for name, child in children:
        found += places(child, (*path, name))
    return found


PLACES = {name: places(document) for name, document in DOCUMENTS.items()}


@st.composite
def distorted(draw, name):
    """A real export, in which a few values are others or are gone."""
    document = copy.deepcopy(DOCUMENTS[name])
    for _ in range(draw(st.integers(1, 8))):
        *way, last = draw(st.sampled_from(PLACES[name]))
        at = document
        try:
            for step in way:
                at = at[step]
            if draw(st.booleans()) and isinstance(at, dict):
                del at[last]
            else:
                at[last] = draw(JSON)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took it away
    return json.loads(json.dumps(document))  # names are texts


@pytest.mark.parametrize("name", DOCUMENTS)
@given(st.data())
@fuzzed(25)
def test_a_distorted_export_is_read_or_refused(name, data):
    adapter = systems.recognise(DOCUMENTS[name])
    document = data.draw(distorted(name))
    systems.recognise(document)
    try:
        export = adapter.read(document, Setting())
    except ResolverError as error:
        said = str(error)
    else:
        said = "\n".join(refused.reason for refused in export.refused) or "read"
        assert all(contact.record_id for contact in export.contacts)
    assert said


@given(JSON)
@fuzzed(60)
def test_any_document_is_known_or_not(document):
    systems.recognise(document)
