"""The rules in force, and what others would do."""

from importlib.resources import files

import pytest

from resolver.errors import RulesError, UsageError
from resolver.paths.ruling import Proposal, in_force, proposed, trained
from rules.ruleset import Ruleset
from tests.resolver.store.living import ANN, ANNA, BOB, dump, people
from tests.resolver.store.living import trained as model

TOML = files("rules").joinpath("contacts.toml").read_text(encoding="utf-8")


def test_what_is_in_force_is_told(resolver):
    found = in_force(resolver)
    assert (found.frozen.fingerprint, found.match, found.review) == (model().fingerprint, 0.5, 0.1)
    assert found.records == model().reference.records
    assert found.since.tzinfo is not None


def test_other_thresholds_are_tried_with_the_model_of_now_and_nothing_stays(resolver):
    resolver.upsert(ANN, ANNA, BOB)
    before, fingerprint = dump(resolver), in_force(resolver).frozen.fingerprint
    tried, events = proposed(resolver, Proposal(thresholds={"match": 0.999999}))
    assert (tried.model, tried.rules.thresholds.match) == (in_force(resolver).frozen.model, 0.999999)
    assert {one.kind for one in events} >= {"split", "created"}
    assert (dump(resolver), in_force(resolver).frozen.fingerprint) == (before, fingerprint)
    resolver.use(tried)
    assert {one.entity_id: one.after.records for one in events if one.after} == {
        one.entity_id: one.records
        for one in resolver.entities()
        if one.entity_id in {event.entity_id for event in events}
    }


def test_the_rules_of_now_change_nothing(resolver):
    resolver.upsert(ANN, ANNA)
    assert proposed(resolver, Proposal(rules=TOML))[1] == []
    assert proposed(resolver, Proposal())[1] == []


def test_other_rules_are_trained_on_all_there_is(resolver):
    resolver.take(people().head(120))
    tried, _ = proposed(resolver, Proposal(rules=TOML.replace('name = "contacts"', 'name = "mine"')))
    assert (tried.rules.name, tried.reference.records) == ("mine", 120)


@pytest.mark.parametrize(
    ("proposal", "error", "told"),
    [
        (Proposal(rules="name ="), RulesError, "rules: is not valid TOML"),
        (Proposal(rules=TOML.replace("[compare.given]", "[compare.gven]")), RulesError, "rules:[0-9]+: .*gven"),
        (Proposal(thresholds={"match": 0.3, "review": 0.6}), UsageError, "review <= match <= sure must hold"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(resolver, proposal, error, told):
    with pytest.raises(error, match=told):
        proposed(resolver, proposal)


def test_nothing_is_trained_on_an_empty_store(resolver):
    with pytest.raises(UsageError, match="no contacts to train on"):
        trained(resolver, Ruleset.default())
