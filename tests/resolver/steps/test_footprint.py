from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from resolver.contact import Bounce, ExternalId
from resolver.steps.compare import compared_columns
from resolver.steps.footprint import (
    BOUNCED,
    CONTENT,
    IDENTITY,
    KEY_BITS,
    LOW_BITS,
    SHARED,
    SPELLED,
    Footprints,
    is_known_for,
    keys_of,
    known_for,
    loose_keys_of,
)
from resolver.steps.prepare import prepare
from tests.resolver.store.living import contact, frame, people, trained

ANN = contact("1", "Ann", "Lee", "ann.lee@x.com", "+1 312 555 0188")


def footprints(records, frozen=None, live=None):
    frozen = frozen or trained()
    normalised = prepare(records, frozen.model.layout.levels).normalised
    live = normalised["excluded"].is_null().to_numpy() if live is None else live
    bounces = (
        records["bounce_unattributed"].is_not_null().to_numpy()
        if "bounce_unattributed" in records.columns
        else np.zeros(len(records), dtype=bool)
    )
    return Footprints.of(compared_columns(normalised, frozen.ruleset), live, bounces, frozen)


def of_row(held, row):
    rows, numbers = held
    return set(numbers[rows == row].tolist())


def known(found, row, what):
    rows, numbers = found.values
    mine = numbers[rows == row]
    return set(mine[is_known_for(mine, what)].tolist())


@pytest.mark.parametrize("size", [1, 7, 40])
def test_a_record_has_the_same_footprint_alone_and_among_others(size):
    records = people().head(40)
    whole = footprints(records)
    for begin in range(0, 40, size):
        part = footprints(records.slice(begin, size))
        for row in range(min(size, 40 - begin)):
            assert of_row(part.keys, row) == of_row(whole.keys, begin + row)
            assert of_row(part.values, row) == of_row(whole.values, begin + row)
        assert part.person.tolist() == whole.person[begin : begin + size].tolist()


@pytest.mark.parametrize("rows", [0, 1, 40])
def test_loose_keys_are_the_beginnings_of_all_keys(rows):
    frozen = trained()
    columns = compared_columns(prepare(people().head(rows), frozen.model.layout.levels).normalised, frozen.ruleset)
    live = np.arange(rows) % 3 > 0
    wanted, keys = keys_of(columns, live, frozen)
    family, rest = keys & LOW_BITS, np.uint64(64) - KEY_BITS
    found, loose = loose_keys_of(columns, live, frozen)
    assert len(found) == len(wanted)
    assert {*zip(found.tolist(), loose.tolist(), strict=True)} == {
        *zip(wanted.tolist(), ((keys >> rest << rest) | family).tolist(), strict=True)
    }


def test_tenants_share_no_number():
    one, other = (footprints(people().head(30), replace(trained(), tenant=name)) for name in ("one", "two"))
    assert not set(one.keys[1].tolist()) & set(other.keys[1].tolist())
    assert not set(one.values[1].tolist()) & set(other.values[1].tolist())


def test_the_set_aside_hold_nothing_but_their_ids():
    gone = contact("1", "Ann", "Lee", "ann@x.com", deleted=True, external_ids=[ExternalId(system="erp", raw="E1")])
    found = footprints(frame(gone))
    assert len(found.keys[1]) == 0
    assert is_known_for(found.values[1], IDENTITY).all()
    assert len(found.values[1]) == 1


def test_records_that_say_the_same_have_one_content_and_others_have_another():
    copies = [ANN.model_copy(update={"record_id": name, "source": name}) for name in ("1", "2")]
    other = contact("3", "Ann", "Lee", "ann.lee@x.com", "+1 312 555 0189")
    found = footprints(frame(*copies, other))
    first, second, third = (known(found, row, CONTENT) for row in range(3))
    assert first == second
    assert len(first) == len(third) == 1
    assert first != third


def test_who_says_nothing_personal_has_no_content():
    assert known(footprints(frame(contact("1", "Ann", "Lee"))), 0, CONTENT) == set()


@pytest.mark.parametrize(("mail", "spells"), [("ann.lee@x.com", True), ("xq7@x.com", False)])
def test_an_address_that_spells_its_owners_name_is_known_for_it(mail, spells):
    found = footprints(frame(contact("1", "Ann", "Lee", mail)))
    spelled = known(found, 0, SPELLED)
    assert bool(spelled) is spells
    assert {int(known_for(np.uint64(number), SHARED)) for number in spelled} <= known(found, 0, SHARED)


def test_whose_id_bounces_is_found_by_the_id():
    ids = [ExternalId(system="erp", raw="E1")]
    owner = ANN.model_copy(update={"external_ids": ids})
    teller = contact("2", "Ann", "Lee", external_ids=ids, bounce_unattributed=Bounce(reason="full"))
    found = footprints(frame(owner, teller))
    told = {int(known_for(np.uint64(number), IDENTITY)) for number in known(found, 1, BOUNCED)}
    assert told == known(found, 0, IDENTITY) != set()
    assert known(found, 0, BOUNCED) == set()


def test_a_person_is_a_number_of_the_name_and_nobody_is_zero():
    named, twin, nameless = ANN, contact("2", "Ann", "Lee"), contact("3", None, None, "x@y.org")
    found = footprints(frame(named, twin, nameless)).person.tolist()
    assert found[0] == found[1] != 0
    assert found[2] == 0


def test_rows_and_numbers_ascend_and_none_is_there_twice():
    found = footprints(people().head(60))
    for rows, numbers in (found.keys, found.values):
        pairs = pl.DataFrame({"row": rows, "number": numbers})
        assert pairs.equals(pairs.unique().sort("row", "number"))
