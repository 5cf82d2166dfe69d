import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.columns import decode, encode
from resolver.steps.hints import with_hints

LIST = pl.List(pl.String)


def hinted(**columns):
    """What is compared after the hints, {field: [values of each record]}; None for a record without any."""
    found = with_hints({name: encode(pl.Series(held, dtype=LIST)) for name, held in columns.items()})
    return {name: decode(column, LIST).to_list() for name, column in found.items()}


@pytest.mark.parametrize(
    ("own", "found"),
    [
        (None, ["kathleen"]),
        ([], ["kathleen"]),
        (["k"], ["kathleen"]),
        (["kathlen"], ["kathlen", "kathleen"]),
        (["k", "kate"], ["kate", "kathleen"]),
        (["kathlen", "k"], ["kathlen", "kathleen"]),
        (["kathleen", "kate"], ["kathleen", "kate"]),
        (["mary"], ["mary"]),
    ],
)
def test_an_initial_gives_way_and_a_records_own_names_stay_first(own, found):
    columns = {"given": [own], "family": [["epperson"]], "email": [["kathleen.epperson@x.com"]]}
    assert hinted(**columns)["given"] == [found]


def test_a_former_name_stands_behind_the_one_that_a_person_has_now():
    found = hinted(given=[["rita"]], family=[["hall", "byrne"]], email=[["rita.delaney@x.com"]])
    assert found["family"] == [["hall", "byrne", "delaney"]]


def test_every_e_mail_of_a_record_is_looked_at_and_each_name_added_once():
    emails = ["rita@x.com", "rita.delaney@x.com", "rdelaney@x.com", "delaney.rita@y.com", "rita.byrne@x.com"]
    assert hinted(given=[["rita"]], family=[["hall"]], email=[emails])["family"] == [["hall", "delaney", "byrne"]]


def test_records_without_e_mail_stay_as_they_are():
    columns = {"given": [["k"], None], "family": [["epperson"], ["lee"]]}
    assert hinted(**columns, email=[None, []]) == {**columns, "email": [None, None]}


@pytest.mark.parametrize("columns", [{"given": [["k"]], "family": [["lee"]]}, {"phone": [["+1"]]}])
def test_without_a_column_of_e_mails_nothing_is_added(columns):
    assert hinted(**columns) == columns


def test_no_column_is_added_for_a_name_that_no_record_has():
    assert hinted(family=[["hall"]], email=[["rita.hall@x.com"]]) == {
        "family": [["hall"]],
        "email": [["rita.hall@x.com"]],
    }
    assert hinted(given=[["rita"]], email=[["rita.hall@x.com"]])["given"] == [["rita"]]
    assert hinted(email=[["rita.hall@acme.com"]]) == {"email": [["rita.hall@acme.com"]]}


def test_an_employer_is_added_only_where_a_record_has_none():
    found = hinted(
        company=[["bolt"], None, [], None, None],
        email=[["a@acme.com"], ["b@acme.com", "b@gmail.com"], ["c@dye.co.uk", "c@acme.com"], ["d@gmail.com"], None],
    )
    assert found["company"] == [["bolt"], ["@acme"], ["@dye", "@acme"], None, None]


NAMES = st.none() | st.lists(st.sampled_from(["ann", "a", "anne", "lee", "hall"]), max_size=2, unique=True)
MAIL = st.sampled_from(
    ["ann.lee@acme.com", "annlee@bolt.com", "a.hall@gmail.com", "anne.lee@acme.com", "info@acme.com"]
)
RECORDS = st.lists(
    st.tuples(NAMES, NAMES, st.none() | st.lists(MAIL, max_size=3, unique=True), st.sampled_from([None, ["acme"]])),
    min_size=1,
    max_size=6,
)


def rows_of(records):
    columns = dict(zip(("given", "family", "email", "company"), map(list, zip(*records, strict=True)), strict=True))
    return list(zip(*hinted(**columns).values(), strict=True))


@given(RECORDS, st.randoms(use_true_random=False))
def test_each_record_stands_for_itself_in_whatever_order_they_come(records, random):
    order = list(range(len(records)))
    random.shuffle(order)
    found = rows_of(records)
    assert rows_of([records[row] for row in order]) == [found[row] for row in order]
    assert [rows_of([record])[0] for record in records] == found


@given(RECORDS)
def test_nothing_but_an_initial_is_ever_lost(records):
    for before, after in zip(records, rows_of(records), strict=True):
        assert (after[2] or []) == (before[2] or [])
        for own, found in ((before[0], after[0]), (before[1], after[1]), (before[3], after[3])):
            kept = [name for name in own or [] if name in (found or [])]
            assert (found or [])[: len(kept)] == kept
            assert all(len(name) == 1 for name in own or [] if name not in kept)
