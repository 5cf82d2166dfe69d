"""Whom a person means by what they type, and what there is to choose from."""

import pytest

from resolver.paths.calling import called, like, named
from resolver.paths.choosing import alike, choices, others
from resolver.paths.viewing import Member, View
from tests.resolver.store.living import ANN, BOB, contact, fresh, id_of, trained

PHONE = "+1 312 555 0188"


@pytest.fixture
def living(tmp_path):
    resolver = fresh(tmp_path / "contacts.db", trained())
    resolver.upsert(ANN, contact("10", "Ann", "Lee", "ann.lee@x.com", PHONE), BOB)
    yield resolver
    resolver.database.close()


@pytest.mark.parametrize(
    "typed", ["ann lee", "Lee", "lee ann", "ann.lee@x.com", "ANN.LEE@X.COM", "(312) 555-0188", PHONE]
)
def test_a_person_is_meant_by_name_e_mail_or_phone(living, typed):
    assert [one.entity_id for one in called(living, typed).entities] == [id_of(living, ANN)]


def test_without_a_text_all_are_meant_a_page_at_a_time(living):
    first = called(living, "", limit=1)
    second = called(living, "", first.after, limit=1)
    assert len(first.entities) == len(second.entities) == 1
    assert first.entities[0].entity_id != second.entities[0].entity_id
    assert second.after is None


@pytest.mark.parametrize("typed", ["nobody at all", "@", "+1", "?", "0"])
def test_who_is_not_there_is_not_found_and_nothing_fails(living, typed):
    assert called(living, typed).entities == ()
    assert named(living, typed) is None


def test_an_id_of_any_time_and_a_record_name_their_person(living):
    ann, bob = id_of(living, ANN), id_of(living, BOB)
    assert (named(living, ann), named(living, "crm:10"), named(living, "crm:99"), named(living, "10")) == (
        ann,
        ann,
        None,
        None,
    )
    living.merge(ann, bob, who="kim")
    assert {named(living, ann), named(living, bob)} == {ann, bob}


def test_whoever_is_like_what_is_typed_is_found_though_it_is_misspelled(living):
    assert like(living, "Ann Leee")[0].entity.entity_id == id_of(living, ANN)
    assert like(living, "?") == []


def test_values_to_choose_from_are_told_once_however_they_are_written():
    ann = {"given_name": "Ann", "emails": [{"raw": "a@x.com"}], "phones": [{"raw": PHONE}]}
    annie = {
        "given_name": "Annie",
        "emails": [{"raw": "A@x.com "}],
        "phones": [{"raw": "(312) 555-0188"}],
        "default_region": "US",
    }
    golden = {"given_name": "Annie", "email": "a@x.com", "phone": "+13125550188", "consent": []}
    view = View(
        "e1", "e1", golden, members=(Member("crm", "1", ann), Member("crm", "2", annie), Member("web", "3", None))
    )
    assert [(one.value, one.records) for one in choices(view, "given_name")] == [
        ("Ann", ("crm:1",)),
        ("Annie", ("crm:2",)),
    ]
    assert [one.records for one in choices(view, "email")] == [("crm:1", "crm:2")]
    assert [one.value for one in others(view, "given_name")] == ["Ann"]
    assert others(view, "phone") == others(view, "email") == ()
    assert choices(view, "job_title") == others(view, "consent") == ()


def test_one_phone_number_is_one_value_with_or_without_its_country():
    content = {"default_region": "US"}
    assert alike("phone", "(312) 555-0188", content) == alike("phone", PHONE, {})
    assert alike("full_name", " ANN  Lee", {}) == alike("full_name", "Ann Lee", {})
