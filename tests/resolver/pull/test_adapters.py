"""What a pull writes is what the adapters read: the pages of the sample exports, pulled in pieces, lose nobody."""

import json
from pathlib import Path

import pytest

from resolver.pull.pull import SYSTEMS
from resolver.sources.adapter import Setting
from resolver.sources.systems import ADAPTERS
from tests.resolver.pull.conftest import Run
from tests.resolver.pull.stand_in import Cpod, Customeros, Desk, StandIn, Voipbin

SAMPLES = Path(__file__).parents[3] / "data" / "systems"


@pytest.mark.parametrize(
    ("system", "sample", "page_size"),
    [
        (Voipbin, "voipbin.json", 20),
        (Voipbin, "voipbin_addresses.json", 20),
        (Desk, "teamwork_desk_api.json", 4),
        (Customeros, "customeros.json", 4),
        (Cpod, "cpod_crm.json", 4),
    ],
)
def test_pulled_pages_are_read_by_the_adapter_of_the_same_name(
    run: Run, system: type[StandIn], sample: str, page_size: int
) -> None:
    document = json.loads((SAMPLES / sample).read_text(encoding="utf-8"))
    rows = SYSTEMS[system.kind].rows(document)
    assert run(system(rows), page_size=page_size).complete
    adapter = next(adapter for adapter in ADAPTERS if adapter.kind == system.kind)
    pages = run.document["pages"]
    export = adapter.read(pages, Setting(tenant="northwind"))
    assert len(pages) > 1
    assert adapter.recognises(pages)
    assert len(export.contacts) == len(rows)
    assert export.complete
    assert export.refused == []
