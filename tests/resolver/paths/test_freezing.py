from resolver.paths.freezing import freeze
from resolver.paths.options import Options
from rules.ruleset import Ruleset
from tests.resolver.store.living import people

RULES = Ruleset.default()


def test_what_is_frozen_does_not_depend_on_the_order_of_records():
    records = people().head(200)
    shuffled = records.sample(fraction=1, shuffle=True, seed=3)
    assert freeze(records, RULES, None, "").fingerprint == freeze(shuffled, RULES, None, "").fingerprint


def test_the_deleted_are_not_counted():
    records = people().head(200)
    frozen = freeze(records.with_columns(deleted=records["record_id"].rank("dense") % 2 == 0), RULES, None, "")
    assert frozen.reference.records == 100


def test_only_families_that_make_pairs_have_a_cap():
    frozen = freeze(people().head(200), RULES, Options(clean=("crm",)), "north")
    assert set(frozen.reference.caps) <= set(RULES.blocking.families)
    assert min(frozen.reference.caps.values()) > 1
    assert (frozen.tenant, frozen.clean) == ("north", ("crm",))
