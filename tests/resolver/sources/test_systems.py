import json
from pathlib import Path
from typing import Any

import pytest

from resolver.sources.systems import ADAPTERS, companion, recognise

SAMPLES = Path(__file__).parents[3] / "data" / "systems"


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("atlassian_teamwork_graph", "atlassian"),
        ("voipbin", "voipbin"),
        ("voipbin_addresses", "voipbin"),
        ("voipbin_webhook_deleted", "voipbin"),
        ("cpod_crm", "cpod"),
        ("teamwork_desk_api", "teamwork_desk"),
        ("customeros", "customeros"),
    ],
)
def test_a_document_is_that_of_one_system_only(file: str, kind: str) -> None:
    document = json.loads((SAMPLES / f"{file}.json").read_bytes())
    assert [adapter.kind for adapter in ADAPTERS if adapter.recognises(document)] == [kind]
    assert recognise(document) == next(adapter for adapter in ADAPTERS if adapter.kind == kind)


@pytest.mark.parametrize(
    "shape",
    [
        None,
        "text",
        7,
        [],
        {},
        ["id", "name", "email"],
        [{"id": 1, "email": "ann@x.example"}],
        {"result": [{"id": 1}]},
        {"items": [{"id": 1, "tenant_id": "t"}]},
        {"type": "contact_deleted"},
        {"data": {"contacts": None}},
    ],
)
def test_other_shapes_are_no_known_system(shape: Any) -> None:
    assert recognise(shape) is None


def test_a_header_of_desk_is_known_and_its_companies_only_add_to_it() -> None:
    header = (SAMPLES / "teamwork_desk.csv").read_text(encoding="utf-8").partition("\n")[0].split(",")
    adapter = recognise(header)
    assert adapter is not None
    assert companion(["Id", "Name"]) == (adapter.kind, "companies")
    assert companion(["Id", "CustomerId", "InboxId", "Subject"]) == (adapter.kind, "tickets")
    assert companion(header) is None
