"""What is generated of the handbook says what the code says today."""

import numpy as np
import pytest

from benchmarks.quality.page import MarkerError
from handbook import endpoints, pages, pair, ruling, running, shapes
from resolver.steps.cluster import UNSEEN
from rules.ruleset import Ruleset, levels_of

AGAIN = "a generated part of docs/ is out of date; run: python -m handbook"


def test_every_generated_part_is_up_to_date():
    assert not [path.name for path in pages.stale()], AGAIN


def test_what_is_written_is_no_longer_stale(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "DOCS", tmp_path)
    monkeypatch.setattr(pages, "PARTS", {"rules.md": ruling.parts})
    monkeypatch.setattr(endpoints, "pages", lambda: {"index.md": "# Calls\n"})
    marks = "\n".join(f"<!-- measured: {name} -->\n<!-- end: {name} -->" for name in ruling.parts())
    (tmp_path / "rules.md").write_text(f"Mine.\n{marks}\nMine too.\n")
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "gone.md").write_text("of a tag that is no more")
    told = pages.stale()
    assert {path.name for path in told} == {"rules.md", "index.md", "gone.md"}
    pages.write(told)
    assert not pages.stale()
    assert not (tmp_path / "api" / "gone.md").exists()
    assert (tmp_path / "rules.md").read_text().endswith("Mine too.\n")


def test_a_page_without_its_marker_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "DOCS", tmp_path)
    monkeypatch.setattr(pages, "PARTS", {"rules.md": ruling.parts})
    monkeypatch.setattr(endpoints, "pages", dict)
    (tmp_path / "rules.md").write_text("No marker.")
    with pytest.raises(MarkerError, match="places"):
        pages.stale()


def test_the_reference_of_rules_has_every_field_and_level():
    told, ruleset = ruling.parts()["fields"], Ruleset.default()
    for name, comparison in ruleset.compare.items():
        section = told.partition(f"### {name}: ")[2].partition("\n### ")[0]
        for level in levels_of(name, comparison):
            assert f"| {level} |" in section, f"{name}: {level}"


def test_every_family_of_keys_is_told():
    told = ruling.parts()["keys"]
    assert all(f"| `{family}` |" in told for family in Ruleset.default().blocking.families)


def test_every_call_is_told_with_the_role_that_it_needs():
    made, needed = endpoints.pages(), endpoints.roles()
    everything = "\n".join(made.values())
    for path, methods in endpoints.document()["paths"].items():
        for method, operation in methods.items():
            role = needed.get(operation["operationId"])
            least = f" Role: `{role}`." if role else " Asks for no key."
            assert f"`{method.upper()} {path}`{least}" in everything


def test_every_setting_is_told():
    assert set(running.MEANINGS) == set(running.Settings.model_fields)


def test_the_worked_pair_adds_up():
    of = pair.worked()
    bits = sum(line.weight for line in of.why.lines)
    assert 1 / (1 + 2.0**-bits) == pytest.approx(of.why.probability, abs=1e-9)
    sides = [line.weight for line in of.why.lines if line.left and line.right]
    assert len(sides) >= 5, "a pair that shows little explains little"
    mixture, patterns = pair.mixture_of(of), np.asarray([of.pattern], dtype=np.uint64)
    positions = of.model.layout.positions(patterns)[0]
    shown = positions[positions < of.model.layout.size]
    told = np.log2(mixture.levels[0, shown] / mixture.levels[pair.rival_of(of), shown])
    assert told.tolist() == pytest.approx(sides)


def test_the_example_of_a_chain_is_kept_apart():
    assert (pair.CHAIN[1] + UNSEEN) / 2 < 0
    assert "A and B; C." in pair.chain_told()


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string", "format": "date-time"}, "moment"),
        ({"enum": ["a", "b"]}, "`a`, `b`"),
        ({"const": "a"}, "`a`"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"type": "array", "items": {"type": "integer"}}, "list of integer"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "by name, number"),
        ({"type": "object"}, "object"),
        ({"$ref": "#/components/schemas/api__schemas__acts__UndoIn"}, "[UndoIn (acts)](shapes.md#undoin-acts)"),
        ({}, "anything"),
    ],
)
def test_a_schema_in_words(schema, words):
    assert shapes.kind_of(schema) == words
