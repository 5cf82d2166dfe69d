import pytest

from resolver.model.model import Evidence
from resolver.paths.showing import is_field, match_key, shown
from rules.registry import FIELDS

CONTENT = {
    "given_name": "Ann",
    "middle_name": "M.",
    "family_name": "Lee",
    "name_suffix": "Jr",
    "full_name": "Lee, Ann",
    "emails": [{"raw": " a@x.com "}, {"raw": "b@x.com"}, {"raw": "a@x.com"}],
    "phones": [{"raw": "+1 312 555 0188", "kind": "mobile"}],
    "organisations": [{"name": None, "title": "Buyer"}, {"name": "Acme"}],
    "addresses": [{"house_number": "9", "street": "Main St", "city": "Ulm", "country": "DE"}, {"raw": "1 Elm Rd, Rye"}],
    "birth_date": "1985-04",
    "external_ids": [{"system": "erp", "raw": "7"}],
    "socials": [{"raw": "in/ann", "network": "linkedin"}],
    "gender": "f",
    "category.kind": "vip",
}


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("given", "Ann"),
        ("middle", "M."),
        ("family", "Lee"),
        ("suffix", "Jr"),
        ("email", "a@x.com; b@x.com"),
        ("phone", "+1 312 555 0188"),
        ("company", "Acme"),
        ("street", "9 Main St; 1 Elm Rd, Rye"),
        ("place", "Ulm DE; 1 Elm Rd, Rye"),
        ("birth_date", "1985-04"),
        ("identifier", "erp 7"),
        ("social", "in/ann"),
        ("category.gender", "f"),
        ("category.kind", "vip"),
        ("start", None),
    ],
)
def test_a_field_shows_what_stands_in_the_record(field, said):
    assert shown(CONTENT, field) == said
    assert shown({}, field) is None


def test_every_compared_field_can_be_shown():
    assert all(name == "category" or shown(CONTENT, name) for name in FIELDS)


def test_a_name_in_one_piece_is_shown_whole():
    assert [shown({"full_name": "Ann Lee"}, field) for field in ("given", "family")] == ["Ann Lee", "Ann Lee"]


@pytest.mark.parametrize(
    ("weights", "key"),
    [
        ({"email": 9, "given": 2, "family": 3, "suffix": -4}, "+EMAIL+NAME-SUFFIX"),
        ({"given": 2, "family": -6, "phone": 5}, "+PHONE-NAME"),
        ({"street": 1, "place": 2, "birth_date": 3.5, "category.gender": -0.5}, "+BIRTH_DATE+ADDRESS-GENDER"),
        ({"start": 9, "other explanations": -9, "labels": 3, "email": 0.001}, ""),
        ({}, ""),
    ],
)
def test_a_match_key_names_what_speaks_for_and_against_the_strongest_first(weights, key):
    assert match_key(Evidence(field, "same", weight) for field, weight in weights.items()) == key


def test_what_is_said_of_all_pairs_alike_is_no_field():
    assert [name for name in ("start", "labels", "email", "category.x") if is_field(name)] == ["email", "category.x"]
