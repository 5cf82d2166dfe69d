import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from resolver.columns import Normalised
from resolver.expect import CAUTIOUS, Expected
from resolver.model.layout import Layout
from resolver.model.mixture import Mixture
from resolver.model.model import Model
from resolver.parted import Parted
from resolver.report.facts import facts
from resolver.report.groups import most_mixed
from resolver.report.page import SECTIONS, TEMPLATES, write_report
from resolver.report.scores import scores
from resolver.report.view import View
from resolver.result import Result
from resolver.sources.load import rejects_frame
from resolver.steps.doubt import THIN, UNSURE

AVOID = (
    *("matchkey", "blocking", "gamma", "m/u", "base rate", "bridge", "density", "hub", "psi", "shatter", "golden"),
    *("pair", "pairs"),
)
RULES = {
    "compare": {"given": {"frequency": True}, "family": {"frequency": True}, "email": {"frequency": False}},
    "blocking": {"keys": {"email": ["email.same"]}},
}
LEVELS = {
    "given": ("same", "typo", "different"),
    "family": ("same", "typo", "different"),
    "email": ("same", "same, shared by 3 or 4", "same, shared by 5 to 9", "different"),
}


SILENT = Expected(3, silent=CAUTIOUS)


@dataclass
class Row:
    """One record of a made-up run."""

    key: str
    entity: str
    given: str | None = "Ann"
    family: str | None = "Lee"
    email: str | None = None
    street: str | None = None
    company: str | None = None
    tenant: str = ""
    excluded: str | None = None

    @property
    def source(self) -> str:
        return self.key.partition(":")[0]


@dataclass
class Link:
    """One scored comparison of a made-up run; levels in the order of LEVELS."""

    left: str
    right: str
    probability: float
    decision: str
    levels: tuple[str | None, ...] = ("same", "same", None)
    reason: str = ""


@dataclass
class Made:
    """What a made-up run is made of."""

    rows: list[Row]
    links: list[Link] = field(default_factory=list)
    rejects: list[tuple[str, int, str, str]] = field(default_factory=list)
    shared: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    expected: Expected = SILENT


PEOPLE = Made(
    rows=[
        Row("crm:1", "e1", email="ann@x.com"),
        Row("crm:2", "e1", email="ann@x.com"),
        Row("web:1", "e1", given="Anne", email="ann@x.com"),
        Row("web:2", "e2", given="Bob", family="Ray"),
        Row("crm:3", "e3", given="Bob", family="Roy"),
        Row("web:3", "e4", given="Cy", family="Poe", excluded="deleted"),
    ],
    links=[
        Link("crm:1", "crm:2", 0.999, "match", ("same", "same", "same")),
        Link("crm:1", "web:1", 0.8, "match", ("typo", "same", "same"), THIN),
        Link("crm:3", "web:2", 0.3, "review", ("same", "typo", None), UNSURE),
        Link("crm:2", "web:2", 0.01, "no", ("different", "different", None)),
    ],
    rejects=[("crm.csv", 7, "no value in any column", "")],
    shared=[{"field": "email", "value": "info@x.com", "persons": 7, "records": 9}],
    warnings=["crm.csv: 1 rows are empty and were left out"],
)


def model() -> Model:
    """Weights of about +5 for the same and -5 for different."""
    layout = Layout(LEVELS)
    same = np.asarray([0.9, 0.07, 0.03, 0.9, 0.07, 0.03, 0.8, 0.05, 0.05, 0.1])
    strangers = np.asarray([0.02, 0.02, 0.96, 0.02, 0.02, 0.96, 0.001, 0.001, 0.01, 0.988])
    mixture = Mixture(("same person", "chance"), np.asarray([0.001, 0.999]), np.stack([same, strangers]))
    return Model(layout, mixture, mixture, np.zeros(layout.size))


def lists(values: list[str | None]) -> pl.Series:
    return pl.Series([[value] if value else [] for value in values], dtype=pl.List(pl.String))


def structs(name: str, values: list[str | None]) -> pl.Series:
    return pl.Series(
        [[{name: value}] if value else [] for value in values], dtype=pl.List(pl.Struct({name: pl.String}))
    )


def result(made: Made = PEOPLE) -> Result:
    """The Result of a made-up run."""
    rows, links = made.rows, made.links
    keys, sources = [row.key for row in rows], [row.source for row in rows]
    entity = {row.key: row.entity for row in rows}
    emails, streets = [row.email for row in rows], [row.street for row in rows]
    companies = [row.company for row in rows]
    records = pl.DataFrame(
        {
            "record_key": keys,
            "source": sources,
            "record_id": [key.partition(":")[2] for key in keys],
            "given_name": [row.given for row in rows],
            "family_name": [row.family for row in rows],
            "emails": structs("raw", emails),
            "organisations": structs("name", companies),
            "addresses": structs("street", streets),
        }
    )
    normalised = pl.DataFrame(
        {
            "record_key": keys,
            "source": sources,
            "tenant": pl.Series([row.tenant or None for row in rows], dtype=pl.String),
            "excluded": pl.Series([row.excluded for row in rows], dtype=pl.String),
            "given": pl.Series([row.given and row.given.lower() for row in rows], dtype=pl.String),
            "family": pl.Series([row.family and row.family.lower() for row in rows], dtype=pl.String),
            "email": lists(emails),
            "street": lists(streets),
            "company": lists(companies),
        }
    )
    clusters = records.select("source", "record_id", "record_key").with_columns(
        pl.Series("entity_id", [row.entity for row in rows]), normalised["excluded"]
    )
    asked = [link for link in links if link.reason]
    live = [row for row in rows if not row.excluded]
    tenants = list(dict.fromkeys(row.tenant for row in rows))
    return Result(
        of_records=records,
        compared=Normalised.of(normalised),
        clusters=clusters,
        of_golden=Parted.of(pl.DataFrame({"entity_id": list(dict.fromkeys(row.entity for row in live))})),
        of_pairs=Parted.of(pairs_of(links)),
        review=pl.DataFrame(
            {
                "case": range(1, len(asked) + 1),
                "left_key": [link.left for link in asked],
                "right_key": [link.right for link in asked],
                "left_entity": [entity[link.left] for link in asked],
                "right_entity": [entity[link.right] for link in asked],
                "probability": [link.probability for link in asked],
                "reason": [link.reason for link in asked],
                "records": [3] * len(asked),
                "value": [1.0] * len(asked),
            },
            schema_overrides={"left_key": pl.String, "right_key": pl.String, "reason": pl.String, "records": pl.Int64},
        ),
        rejects=rejects_frame(made.rejects),
        run=run_of(made, tenants),
        models={tenant: model() for tenant in tenants},
    )


def pairs_of(links: list[Link]) -> pl.DataFrame:
    levels = {
        name: pl.Series([link.levels[place] for link in links], dtype=pl.Enum(list(names)))
        for place, (name, names) in enumerate(LEVELS.items())
    }
    chances = np.asarray([link.probability for link in links])
    return pl.DataFrame(
        {
            "left_key": pl.Series([link.left for link in links], dtype=pl.String),
            "right_key": pl.Series([link.right for link in links], dtype=pl.String),
            **levels,
            "weight": pl.Series(np.log2(chances / (1 - chances)), dtype=pl.Float64),
            "probability": pl.Series(chances, dtype=pl.Float64),
            "decision": pl.Series([link.decision for link in links], dtype=pl.String),
        }
    )


def run_of(made: Made, tenants: list[str]) -> dict[str, Any]:
    live = [row for row in made.rows if not row.excluded]
    sources = list(dict.fromkeys(row.source for row in made.rows))
    of_tenant = {
        "records": len(made.rows),
        "model": "f00d",
        "fields": list(LEVELS),
        "families": [
            {
                "name": "email",
                "keys": 3,
                "dropped": 1,
                "cap": 100,
                "pairs": 4,
                "alone": 2,
                "found": 2.2,
                "found_alone": 0.3,
            }
        ],
        "shared_values": made.shared,
    }
    return {
        "version": "1.2.3",
        "started": "2026-01-02T03:04:05+00:00",
        "mode": "dedupe",
        "inputs": [
            {
                "path": f"in/{s}.csv",
                "source": s,
                "format": "csv",
                "rows": 3,
                "delimiter": ",",
                "encoding": "utf-8",
                "digest": "ab12",
            }
            for s in sources
        ],
        "columns": [
            {"file": "in/crm.csv", "column": "E-Mail", "field": "email", "why": "header"},
            {"file": "in/crm.csv", "column": "Shoe size", "field": None, "why": "values"},
            {"file": "in/crm.csv", "column": "Changed", "field": "updated_at", "why": "header"},
        ],
        "settings": {"default_region": "US (told)"},
        "rejected": len(made.rejects),
        "warnings": made.warnings,
        "ruleset": {"name": "contacts", "fingerprint": "beef", "rules": RULES},
        "thresholds": {
            "review": {"probability": 0.05, "fixed": False, "expected_right": 0.3},
            "match": {"probability": 0.5, "fixed": False, "expected_right": None},
            "sure": {"probability": 0.9, "fixed": False, "expected_right": None},
        },
        "estimates": made.expected.as_dict(),
        "records": len(made.rows),
        "excluded": len(made.rows) - len(live),
        "entities": len({(row.tenant, row.entity) for row in live}),
        "pairs_compared": len(made.links) + 3,
        "pairs_possible": max(len(live) * (len(live) - 1) // 2, len(made.links) + 3),
        "steps": [
            {"name": "read", "seconds": 0.25, "rows": len(made.rows), "peak_mb": 120.0},
            {"name": "merge", "seconds": 0.5, "rows": len(live), "peak_mb": 140.5},
        ],
        "tenants": dict.fromkeys(tenants, of_tenant),
    }


class Page(HTMLParser):
    """A page as tags with their attributes, and texts with the tags they stand in."""

    VOID = frozenset({"meta", "input", "br", "link", "img"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self.feed(html)
        assert not self.open, "every tag is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((tuple(self.open), data))

    def text(self, *inside: str) -> list[str]:
        """The texts inside any of the named tags."""
        return [text.strip() for tags, text in self.texts if set(inside) & set(tags) and text.strip()]


def page_of(made: Made, folder: Path) -> tuple[str, Page]:
    html = write_report(facts(result(made)), folder).read_text(encoding="utf-8")
    return html, Page(html)


def test_the_twelve_sections_stand_in_their_order_each_with_its_question(tmp_path: Path) -> None:
    _, page = page_of(PEOPLE, tmp_path)
    assert [attrs["id"] for tag, attrs in page.tags if tag == "section"] == [name for name, _, _ in SECTIONS]
    assert len(SECTIONS) == 12
    text = page.text("p")
    assert all(question in text for _, _, question in SECTIONS)


def test_the_page_loads_nothing_from_anywhere(tmp_path: Path) -> None:
    html, page = page_of(PEOPLE, tmp_path)
    assert not re.search(r"@import|url\(|https?://", html)
    for tag, attrs in page.tags:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert "src" not in attrs
        assert attrs.get("href", "#").startswith("#")  # type: ignore[union-attr]
    policy = next(attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:")


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7919 * 7919 }}{% raw %}",
    "' onmouseover='alert(1)",
    "nul\x00 and escape \x1b[31m",
    "\u202eeert\u202c",
    "x" * 10_000,
    "ナタリア 🦊 محمد",
)


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_stay_text_isolated_and_clipped(value: str, tmp_path: Path) -> None:
    rows = [
        Row(f"{value}:1", "e1", given=value, family=value, email=value, street=value, company=value),
        Row(f"{value}:2", "e1", given=value, family=value, email=value),
        Row(f"{value}:3", "e2", given=value, family=value),
    ]
    links = [
        Link(rows[0].key, rows[1].key, 0.6, "match", ("same", "same", "same"), THIN),
        Link(rows[1].key, rows[2].key, 0.3, "review", ("same", "same", None), UNSURE),
    ]
    shared = [{"field": "email", "value": value, "persons": 7, "records": 9}]
    html, page = page_of(Made(rows, links, [(value, 1, value, value)], shared, [value]), tmp_path)
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert all(not name.startswith("on") for _, attrs in page.tags for name in attrs)
    assert str(7919 * 7919) not in "".join(page.text("bdi"))
    assert not re.search(r"[\x00-\x08\x0e-\x1f]", html)
    for tags, text in page.texts:
        assert "\u202e" not in text or "bdi" in tags or "code" in tags
        assert len(text) < 1_000 or tags[-1] in {"style", "script"}
    assert len(html) < 400_000


def test_every_table_has_a_caption_and_its_headers_a_scope(tmp_path: Path) -> None:
    html, page = page_of(PEOPLE, tmp_path)
    for table in re.findall(r"<table.*?</table>", html, re.DOTALL):
        assert "<caption>" in table
    assert all(attrs.get("scope") in {"col", "row", "rowgroup"} for tag, attrs in page.tags if tag == "th")


def test_headings_use_plain_words(tmp_path: Path) -> None:
    _, page = page_of(PEOPLE, tmp_path)
    said = " ".join(page.text("title", "h1", "h2", "h3", "caption", "th", "summary", "dt")).lower()
    assert not [word for word in AVOID if re.search(rf"\b{re.escape(word)}\b", said)]
    assert not re.search(r"\bRED\b", " ".join(page.text("h1", "h2", "h3", "caption", "th")))


SMALL = {
    "one record": Made([Row("crm:1", "e1")]),
    "no name": Made([Row("crm:1", "e1", given=None, family=None)]),
    "nothing alike": Made([Row("crm:1", "e1"), Row("web:1", "e2", given="Bob", family="Ray")]),
    "nothing to ask": replace(PEOPLE, links=[replace(link, reason="") for link in PEOPLE.links]),
    "everything deleted": Made([Row("crm:1", "e1", excluded="deleted")]),
    "two tenants with the same ids": Made(
        [Row("crm:1", "e1", tenant="a"), Row("crm:2", "e1", tenant="a"), Row("crm:1", "e1", tenant="b")],
        [Link("crm:1", "crm:2", 0.99, "match", reason=THIN)],
    ),
}


@pytest.mark.parametrize("made", SMALL.values(), ids=SMALL.keys())
def test_small_and_odd_runs_make_a_whole_page(made: Made, tmp_path: Path) -> None:
    _, page = page_of(made, tmp_path)
    assert [tag for tag, _ in page.tags].count("section") == 12
    assert "None" not in " ".join(page.text("td", "p"))


def test_a_run_in_memory_without_files_makes_a_page(tmp_path: Path) -> None:
    bare = result()
    run = {name: value for name, value in bare.run.items() if name not in {"version", "started", "inputs", "columns"}}
    assert write_report(facts(replace(bare, run=run)), tmp_path / "new").exists()


def test_equal_ids_of_two_tenants_are_two_people() -> None:
    view = View(result(SMALL["two tenants with the same ids"]))
    assert sorted(view.sizes["size"]) == [1, 2]


def test_the_same_result_gives_the_same_page(tmp_path: Path) -> None:
    assert page_of(PEOPLE, tmp_path)[0] == page_of(PEOPLE, tmp_path)[0]


def test_sources_count_shared_people_and_repeats_inside() -> None:
    overlap = facts(result()).overlap
    assert [(s.name, s.records, s.people, s.repeated, s.only_here) for s in overlap.sources] == [
        ("crm", 3, 2, 1, 1),
        ("web", 2, 2, 0, 1),
    ]
    assert overlap.both == [[1, 1], [1, 0]]


def test_group_sizes_leave_out_what_was_set_aside() -> None:
    groups = facts(result()).groups
    assert [(bin_.label, bin_.people, bin_.records) for bin_ in groups.bins] == [("1", 2, 2), ("2", 0, 0), ("3", 1, 3)]
    assert [(group.title, group.size) for group in groups.largest] == [("Ann Lee", 3)]
    assert [(group.size, group.likely) for group in groups.weakest] == [(3, 0.8)]


def test_thresholds_follow_links_and_count_what_is_left_to_ask() -> None:
    found = {t.probability: t for t in scores(View(result())).thresholds}
    assert (found[0.2].people, found[0.2].links, found[0.2].cases) == (2, 3, 0)
    assert (found[0.5].people, found[0.5].links, found[0.5].cases) == (3, 2, 1)
    assert (found[0.9].people, found[0.9].links, found[0.9].cases) == (4, 1, 2)
    assert [t.probability for t in found.values() if t.current] == [0.5]


def test_every_written_comparison_is_in_one_band() -> None:
    found = scores(View(result()))
    assert sum(bin_.total for bin_ in found.bins) == 4
    assert [(b.low, b.joined, b.asked, b.apart) for b in found.bins if b.total] == [
        (0.01, 0, 0, 1),
        (0.3, 0, 1, 0),
        (0.8, 1, 0, 0),
        (0.999, 1, 0, 0),
    ]
    assert found.unwritten == 3


def test_the_evidence_of_a_case_adds_up_to_its_weight() -> None:
    for kind in facts(result()).kinds:
        for case in kind.cases:
            total = sum(line.weight or 0.0 for line in case.lines) + sum(weight for _, _, weight in case.rest)
            assert total == pytest.approx(case.weight)


def test_one_side_empty_is_no_disagreement() -> None:
    made = replace(PEOPLE, rows=[replace(row, email=None) if row.key == "web:2" else row for row in PEOPLE.rows])
    made.rows[4] = replace(made.rows[4], email="bob@x.com")
    case = next(case for kind in facts(result(made)).kinds for case in kind.cases if case.left.key == "crm:3")
    line = next(line for line in case.lines if line.field == "email")
    assert (line.mark, line.level, line.weight) == ("∅", "one side empty", None)


def test_a_group_of_clearly_different_streets_and_employers_is_named() -> None:
    places = [("12 high street", "acme"), ("12 high street", "acme"), ("907 mill road", "zenith bakery")]
    rows = [Row(f"crm:{n}", "e1", street=street, company=company) for n, (street, company) in enumerate(places)]
    mixed = most_mixed(View(result(Made(rows))))
    assert mixed is not None
    assert (mixed.group.size, mixed.streets, mixed.companies) == (3, 2, 2)
    same_place = [replace(row, street="12 high street") for row in rows]
    assert most_mixed(View(result(Made(same_place)))) is None


def test_shared_values_say_what_they_count() -> None:
    (value,) = facts(result()).shared.values
    assert value.weight is not None
    assert value.own is not None
    assert value.weight < value.own


def test_each_way_to_meet_says_what_it_found_and_at_what_price(tmp_path: Path) -> None:
    (key,) = facts(result()).reach.keys
    assert (key.found, key.found_alone) == (2.2, 0.3)
    assert key.each == pytest.approx(4 / 2.2)
    assert replace(key, found=0.1).each is None
    text = page_of(PEOPLE, tmp_path)[0]
    assert '<td class="num">under 1</td>' in text
    assert '<td class="num">1.8</td>' in text


def test_clean_sources_are_named_where_comparisons_are_counted(tmp_path: Path) -> None:
    made = result()
    made.run["clean"] = ["crm"]
    text = write_report(facts(made), tmp_path).read_text(encoding="utf-8")
    assert "Records of <bdi>crm</bdi> were not compared with each other" in text


def test_the_slider_is_hidden_until_its_script_runs(tmp_path: Path) -> None:
    _, page = page_of(PEOPLE, tmp_path)
    assert "hidden" in next(attrs for _, attrs in page.tags if attrs.get("id") == "what-if")


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["page", "surface", "faint", "blue-soft", "orange-soft"])
@pytest.mark.parametrize("text", ["ink", "muted", "blue"])
def test_text_stands_out_from_its_ground(theme: int, ground: str, text: str) -> None:
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[theme]))
    light, dark = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
