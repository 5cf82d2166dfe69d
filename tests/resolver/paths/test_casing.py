"""A case in full tells what is so, and what each answer would make."""

import numpy as np
import pytest

from resolver import review
from resolver.judgement import Verdict
from resolver.model.model import BITS
from resolver.paths.deciding import Decision
from resolver.paths.viewing import values_of
from tests.resolver.store.doubtful import ONE, OTHER, THIRD, doubting, few, open_cases
from tests.resolver.store.living import contact

SAME, DIFFERENT, _ = Verdict


@pytest.fixture(params=[0.9995, 0.5], ids=["apart", "joined"])
def resolver(request, store, tmp_path):
    made = store(tmp_path / "contacts.db", doubting(request.param))
    made.upsert(ONE, OTHER)
    return made


def only(resolver):
    (called,) = open_cases(resolver)
    return review.case(resolver, called)


@pytest.mark.parametrize(("verdict", "told"), [(SAME, "if_same"), (DIFFERENT, "if_different")])
def test_what_an_answer_would_make_is_what_it_makes(resolver, verdict, told):
    found = only(resolver)
    foretold = getattr(found.full, told)
    review.decide(resolver, found.item.case_id, Decision(verdict), "ann")
    assert {one.entity_id: values_of(one) for one in resolver.entities()} == foretold.golden
    for gone, into in foretold.merged.items():
        assert [one.entity_id for one in resolver.entity(gone)] == [into]
    assert all(resolver.entity(one)[0].entity_id == one for one in foretold.created)
    origins = {one.entity_id: one.golden["provenance"] for one in resolver.entities()}
    assert {one: {k: v for k, v in of.items() if v} for one, of in origins.items()} == foretold.origin


def test_the_evidence_sums_up_to_the_probability(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", doubting())
    resolver.take(few())
    for item in list(open_cases(resolver).values())[:8]:
        full = review.case(resolver, item.case_id).full
        total = sum(line.weight for line in full.lines) / BITS
        assert 1 / (1 + np.exp(-total)) == pytest.approx(item.probability, abs=1e-6)
        (shown,) = [edge for edge in full.edges if edge.weakest]
        assert {shown.left, shown.right} == set(full.pair)
        assert shown.probability == pytest.approx(item.probability)
        assert sorted(record for part in full.parts for record in part) == sorted(one.record for one in full.sides)
        assert item.records == len(full.sides)


def test_records_stand_side_by_side_as_they_were_written(resolver):
    full = only(resolver).full
    assert [side.values["phone"] for side in full.sides] == ["+1 312 555 0188", "+1 415 555 2671"]
    assert full.sides[0].levels["phone"] == "same"
    assert full.sides[1].levels["phone"] == "different"
    assert full.sides[1].offers["family_name"] == ("Lee",)
    (edge,) = full.edges
    assert edge.levels["given"] == edge.levels["family"] == "same"
    assert edge.levels["phone"] == "different"


def test_shared_values_say_with_how_many_people_they_are_seen(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", doubting())
    same = "+1 312 555 0188"
    others = [contact(str(n), *name, phone=same) for n, name in enumerate([("Bo", "Fox"), ("Cy", "Kahn")], start=10)]
    resolver.upsert(ONE, OTHER.model_copy(update={"phones": ONE.phones}), *others)
    (told,) = [review.case(resolver, called).full.shared for called in open_cases(resolver)][:1]
    assert [(one.field, one.people, one.records) for one in told] == [("phone", 3, ("crm:1", "web:2"))]


def test_a_system_that_has_the_person_twice_is_named(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", doubting(0.5))
    resolver.upsert(ONE, OTHER, THIRD)
    assert [(one.source, one.records) for one in only(resolver).full.systems] == [("web", ("web:2", "web:3"))]


def test_a_settled_case_has_only_its_item_and_notes(resolver):
    found = only(resolver)
    review.note(resolver, found.item.case_id, "kim", "asked")
    review.decide(resolver, found.item.case_id, Decision(SAME, "sure"), "ann")
    settled = review.case(resolver, found.item.case_id)
    assert settled.full is None
    assert [note.text for note in settled.notes] == ["asked"]
    assert (settled.item.open, settled.item.title) == (False, None)
    assert (settled.item.decided.who, settled.item.decided.verdict, settled.item.decided.why) == ("ann", "same", "sure")
    assert settled.item.decided.chance == found.item.chance
