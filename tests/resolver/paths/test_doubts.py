"""The store's cases are those of a batch, whatever came in which order."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver import review
from resolver.errors import ConflictError
from resolver.judgement import Verdict
from resolver.paths.deciding import Decision
from resolver.store.cases import Wanted
from tests.resolver.store.doubtful import (
    NO,
    ONE,
    OTHER,
    THIRD,
    YES,
    doubting,
    few,
    open_cases,
    told_by_batch,
    told_by_store,
)
from tests.resolver.store.living import BOB, contact, frame, fresh, id_of, key, people, text_of, trained

SAME, DIFFERENT, UNSURE = Verdict


@pytest.mark.parametrize("frozen", [doubting(), doubting(0.5), doubting(0.5, ("crm",))], ids=["strict", "lax", "clean"])
def test_after_a_load_the_open_cases_are_those_of_a_batch(store, tmp_path, frozen):
    resolver = store(tmp_path / "contacts.db", frozen)
    resolver.take(few())
    assert len(open_cases(resolver)) > 10
    assert told_by_store(resolver) == told_by_batch(resolver, few())


def test_on_either_database_cases_follow_what_comes_and_goes(url, store):
    resolver = store(url, doubting())
    resolver.take(few().head(60))
    resolver.take(few().slice(60))
    assert told_by_store(resolver) == told_by_batch(resolver, few())
    gone = few().filter(source="crm")
    resolver.delete(*gone.select("source", "record_id").rows())
    left = few().join(gone, on="record_key", how="anti")
    assert told_by_store(resolver) == told_by_batch(resolver, left)


@settings(max_examples=4)
@given(st.data())
def test_whatever_comes_in_whatever_order_and_whatever_is_said_cases_are_those_of_a_batch(tmp_path_factory, data):
    resolver = fresh(tmp_path_factory.mktemp("law") / "contacts.db", doubting())
    records = few().head(60)
    rows = data.draw(st.permutations(range(len(records))))
    edges = [0, *sorted(data.draw(st.sets(st.integers(1, 59), min_size=1, max_size=2))), 60]
    for begin, end in pairwise(edges):
        resolver.take(records[rows[begin:end]])
        for item in list(open_cases(resolver).values())[:1]:
            verdict = data.draw(st.sampled_from(Verdict))
            try:
                review.decide(resolver, item.case_id, Decision(verdict), "ann")
            except ConflictError:
                continue
    assert told_by_store(resolver) == told_by_batch(resolver, records)
    resolver.database.close()


def test_by_the_engines_own_bounds_the_store_asks_all_that_a_batch_asks(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", trained())
    resolver.take(people())
    batch = told_by_batch(resolver, people())
    assert batch
    assert batch <= told_by_store(resolver)


def test_a_case_stays_the_same_while_the_same_entities_are_in_doubt(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", doubting())
    resolver.upsert(ONE, OTHER)
    (before,) = open_cases(resolver).values()
    resolver.upsert(BOB)
    assert list(open_cases(resolver).values()) == [before]
    resolver.upsert(OTHER.model_copy(update={"job_title": "x", "family_name": "Leigh"}))
    (after,) = open_cases(resolver).values()
    assert (after.case_id, after.since) == (before.case_id, before.since)
    assert after.version > before.version


def test_a_case_that_comes_back_keeps_when_it_first_arose(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", doubting())
    resolver.upsert(ONE, OTHER)
    (before,) = open_cases(resolver).values()
    resolver.delete(key(OTHER))
    assert open_cases(resolver) == {}
    resolver.upsert(OTHER)
    (after,) = open_cases(resolver).values()
    assert (after.case_id, after.since, after.title) == (before.case_id, before.since, "Ann Lee | Ann Lee")


def test_another_model_makes_other_cases_and_the_first_one_the_first_again(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", doubting())
    resolver.take(few())
    before = told_by_store(resolver)
    resolver.use(trained())
    assert told_by_store(resolver) != before
    resolver.use(doubting())
    assert told_by_store(resolver) == before


def test_cases_of_one_tenant_are_no_cases_of_another(store, tmp_path):
    one = store(tmp_path / "contacts.db", doubting(), "acme")
    other = store(tmp_path / "contacts.db", doubting(), "zed")
    one.upsert(ONE, OTHER)
    assert open_cases(other) == {}
    other.upsert(ONE, OTHER)
    ours, theirs = (set(open_cases(each)) for each in (one, other))
    assert len(ours) == len(theirs) == 1
    assert not ours & theirs
    other.delete(key(ONE))
    assert set(open_cases(one)) == ours


@pytest.mark.parametrize("verdict", list(Verdict))
def test_records_that_disagree_on_consent_are_a_case_until_somebody_says_who_is_who(store, tmp_path, verdict):
    resolver = store(tmp_path / "contacts.db", trained())
    resolver.upsert(YES, NO)
    assert told_by_store(resolver) == told_by_batch(resolver, frame(YES, NO))
    (item,) = open_cases(resolver).values()
    assert item.reason == "consent"
    (told,) = review.case(resolver, item.case_id).full.consents
    assert (told.channel, told.then) == ("email", "denied")
    review.decide(resolver, item.case_id, Decision(verdict), "ann")
    assert open_cases(resolver) == {}
    assert len(resolver.entities()) == (2 if verdict == DIFFERENT else 1)


def test_an_entity_that_is_forgotten_leaves_no_word_in_its_cases(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", doubting())
    names = contact("1", "Zsofia", "Quirk"), contact("2", "Zsofia", "Quirk", source="web")
    resolver.upsert(*names)
    (item,) = open_cases(resolver).values()
    review.note(resolver, item.case_id, "kim", "Quirk called")
    assert "Quirk" in text_of(resolver)
    resolver.forget(*map(key, names))
    assert "Quirk" not in text_of(resolver)


def test_what_is_beyond_doubt_ends_a_case_that_there_was(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", doubting())
    resolver.upsert(ONE, OTHER)
    assert len(open_cases(resolver)) == 1
    resolver.upsert(OTHER.model_copy(update={"given_name": "Bob", "family_name": "Fox"}))
    assert open_cases(resolver) == {}


def test_three_who_may_be_one_are_a_case_for_every_two(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", doubting())
    resolver.upsert(ONE, OTHER, THIRD)
    assert len(open_cases(resolver)) == 3
    about = review.about(resolver, id_of(resolver, THIRD))
    assert len(review.queue(resolver, replace(Wanted(), entities=about)).items) == 2
