"""What a mailbox adds to a name and a domain to an employer, and what neither may ever say."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.email.hints import employer, names
from rules.email.hints_fast import all_employers, all_names

NOTHING = (None, None)


@pytest.mark.parametrize(
    ("email", "family", "found"),
    [
        ("kathleen.epperson@x.com", "epperson", "kathleen"),
        ("epperson_kathleen@x.com", "epperson", "kathleen"),
        ("kathleenepperson@x.com", "epperson", "kathleen"),
        ("eppersonkathleen@x.com", "epperson", "kathleen"),
        ("kathleen.m.epperson@x.com", "epperson", "kathleen"),
        ("k.epperson@x.com", "epperson", "k"),
        ("kepperson@x.com", "epperson", "k"),
        ("björn.lee@x.com", "lee", "bjorn"),
        ("o'brien.pat@x.com", "obrien", "pat"),
        ("don.lee@x.com", "lee", "don"),
        ("maria.delacruz@x.com", "de la cruz", "maria"),
        ("kathleen@x.com", "epperson", None),
        ("theeppersons@x.com", "epperson", None),
        ("dr.epperson@x.com", "epperson", None),
        ("office.epperson@x.com", "epperson", None),
        ("a.b.c.epperson@x.com", "epperson", None),
    ],
)
def test_a_given_name_that_is_missing_is_read_beside_the_family_name(email, family, found):
    assert names(email, None, family) == (found, None)


@pytest.mark.parametrize(
    ("email", "given_name", "found"),
    [
        ("kathleen.epperson@x.com", "k", "kathleen"),
        ("kathleenepperson@x.com", "k", "kathleen"),
        ("kathleen.epperson@x.com", "k m", "kathleen"),
        ("robert.epperson@x.com", "k", None),
        ("k.epperson@x.com", "kathleen", None),
        ("kepperson@x.com", "kathleen", None),
        ("mr.epperson@x.com", "m", None),
    ],
)
def test_an_initial_is_filled_up_and_a_name_is_never_cut_down_to_one(email, given_name, found):
    assert names(email, given_name, "epperson") == (found, None)


@pytest.mark.parametrize(
    ("email", "given_name", "found"),
    [
        ("kathleen.epperson@x.com", "kathlen", "kathleen"),
        ("kathleen.epperson@x.com", "katlheen", "kathleen"),
        ("anne.epperson@x.com", "anna", "anne"),
        ("ann.epperson@x.com", "ana", None),  # too short to tell a slip from another name
        ("kate.epperson@x.com", "kathleen", None),
        ("kathleen.epperson@x.com", "kathleen", None),
    ],
)
def test_one_typing_error_apart_is_another_spelling(email, given_name, found):
    assert names(email, given_name, "epperson") == (found, None)


@pytest.mark.parametrize(
    ("email", "given_name"), [("kenneth@x.com", "ken"), ("chris.topher@x.com", "x"), ("daniel7@x.com", "dan")]
)
def test_a_mailbox_that_is_a_given_name_tells_no_family_name(email, given_name):
    assert names(email, given_name, "ross") == NOTHING


@pytest.mark.parametrize(
    ("email", "given_name", "family", "found"),
    [
        ("rita.delaney@x.com", "rita", None, "delaney"),
        ("delaney.rita@x.com", "rita", None, "delaney"),
        ("ritadelaney@x.com", "rita", None, "delaney"),
        ("delaneyrita@x.com", "rita", None, "delaney"),
        ("rita.delaney@x.com", "rita", "hall", "delaney"),  # the name before she married, or since
        ("rita.delaney@x.com", "rita jane", "hall", "delaney"),
        ("maria.delacruz@x.com", "maria", "de la cruz", None),
        ("ray.sales@x.com", "ray", None, "sales"),  # people are known to have that name
        ("rita.office@x.com", "rita", None, None),
        ("rita.h@x.com", "rita", "hall", None),
        ("ritah@x.com", "rita", "hall", None),
        ("jo.delaney@x.com", "jo", None, None),  # too short to be sure that it is the given name
    ],
)
def test_a_family_name_that_is_missing_or_was_another_is_read_beside_the_given_name(email, given_name, family, found):
    assert names(email, given_name, family) == (None, found)


@pytest.mark.parametrize(
    ("email", "given_name", "family"),
    [
        ("john.smith@x.com", "mary", "smith"),
        ("johnsmith@x.com", "mary", "smith"),
        ("john.smith@x.com", "john and mary", "smith"),
        ("peter.jones@x.com", "mary", "smith"),
        ("mary.smith@x.com", "mary", "smith"),
        ("mary.smith@x.com", None, None),
        ("info@x.com", None, "smith"),
        ("sales.uk@x.com", None, "smith"),
        ("12345@x.com", None, "smith"),
        ("m…y.smith@x.com", None, "smith"),
        ("mary.smith@…", None, "smith"),
    ],
)
def test_what_contradicts_or_belongs_to_an_office_or_is_hidden_adds_nothing(email, given_name, family):
    assert names(email, given_name, family) == NOTHING


@pytest.mark.parametrize(
    "email",
    ["!mary.smith@x.com", "mary.smith+news@x.com", "mary.smith84@x.com", "mary84smith@x.com", "84mary-smith@x.com"],
)
def test_marks_tags_and_digits_are_no_part_of_a_name(email):
    assert names(email, None, "smith") == ("mary", None)


@pytest.mark.parametrize(
    ("email", "found"),
    [
        ("ann@acme.com", "@acme"),
        ("!ann@acme.com", "@acme"),
        ("info@acme.com", "@acme"),
        ("ann@dye-mercado.co.uk", "@dyemercado"),
        ("ann@mail.dye-mercado.co.uk", "@dyemercado"),
        ("ann@sales.acme.com", "@acme"),
        ("ann@mail.ibm.de", "@ibm"),
        ("ann@ibm.com.br", "@ibm"),
        ("ann@bmw.co", "@bmw"),
        ("ann@gmail.com", None),
        ("ann@yahoo.co.uk", None),
        ("ann@mailinator.com", None),
        ("ann@x.com", None),
        ("ann@localhost", None),
        ("a…n@acme.com", None),
        ("ann@a….com", None),
    ],
)
def test_a_domain_of_its_own_names_an_employer(email, found):
    assert employer(email) == found


LOCALS = st.text(alphabet="abjohnsmit.+-_84é", min_size=1, max_size=14)
OWN = st.none() | st.text(alphabet="abjohnsmit ", min_size=1, max_size=9).map(str.strip).filter(bool)


@given(LOCALS, OWN, OWN)
def test_what_is_found_is_spelled_in_the_mailbox_and_never_contradicts_the_given_name(mailbox, given_name, family):
    found = names(f"{mailbox}@x.com", given_name, family)
    letters = "".join(filter(str.isalpha, mailbox.replace("é", "e")))
    assert all(name is None or (name in letters and name.isascii()) for name in found)
    if found[0] and given_name and len(given_name.partition(" ")[0]) == 1:
        assert found[0][0] == given_name[0]
    assert None in found


WORDS = st.sampled_from(
    ["ann", "k", "kathleen", "kathlen", "lee", "smith", "delacruz", "sales", "info", "mr", "x", "42"]
)
MAILBOXES = st.lists(WORDS | st.sampled_from([".", "_", "+", "'", "..", "A", "é", "…", "!"]), min_size=1, max_size=5)
CASES = st.tuples(
    MAILBOXES.map("".join) | LOCALS, st.sampled_from(["x.com", "é.com", "…x.com", "A.com"]), OWN | WORDS, OWN | WORDS
)


@given(st.lists(CASES, min_size=1, max_size=8))
def test_a_column_of_cases_tells_what_each_tells(cases):
    emails = [f"{mailbox}@{place}" for mailbox, place, *_ in cases]
    given_names, family_names = ([case[side] for case in cases] for side in (2, 3))
    columns = (pl.Series(values, dtype=pl.String) for values in (emails, given_names, family_names))
    *told, covered = all_names(*columns)
    for found, case, is_covered in zip(
        zip(*told, strict=True), zip(emails, given_names, family_names, strict=True), covered, strict=True
    ):
        assert found == (names(*case) if is_covered else NOTHING)


@pytest.mark.parametrize("email", ["!ann.lee+x@x.com", "a.b.c.d@x.com", "info@x.com", "+x@x.com", "_@x.com"])
def test_usual_addresses_are_covered(email):
    *told, covered = all_names(*(pl.Series([value]) for value in (email, "ann", "fox")))
    assert covered.to_list() == [True]
    assert (told[0][0], told[1][0]) == names(email, "ann", "fox")


LABELS = st.sampled_from(
    ["acme", "dye-mercado", "co", "com", "uk", "au", "gmail", "mailinator", "x", "xn--bcher-kva", ""]
)
HIDDEN_OR_BOUNCED = st.sampled_from(["ann@", "!ann@", "a…n@", "ann@…", "ann.lee+x@"])


@given(st.lists(st.tuples(HIDDEN_OR_BOUNCED, st.lists(LABELS, min_size=1, max_size=4)), min_size=1, max_size=8))
def test_employers_of_many_addresses_are_those_of_each(cases):
    emails = [mailbox + ".".join(labels) for mailbox, labels in cases]
    assert all_employers(pl.Series(emails)).to_list() == [*map(employer, emails)]
