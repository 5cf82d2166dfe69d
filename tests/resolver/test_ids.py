import polars as pl
import pytest

from resolver.ids import mint
from tests.twins import by_columns


def test_ids_follow_from_content_alone():
    founders = pl.DataFrame({"record_id": ["1", "2"], "email": [["a@x.com"], None]})
    ids = mint(founders)
    assert ids.to_list() == mint(founders).to_list()
    assert mint(founders.reverse()).to_list() == ids.reverse().to_list()
    assert ids.n_unique() == 2


def test_equal_content_still_gets_different_ids():
    assert mint(pl.DataFrame({"record_id": ["1", "1", "1"]})).n_unique() == 3


def test_lists_count_with_all_their_values():
    lists = pl.Series("email", [["a@x.com"], ["a@x.com", "b@x.com"], [], None])
    ids = mint(pl.DataFrame([pl.Series("record_id", ["1"] * 4), lists]))
    joined = mint(pl.DataFrame({"record_id": ["1"] * 4, "email": ["a@x.com", "a@x.com,b@x.com", "", None]}))
    assert ids.to_list() == joined.to_list()


def test_an_id_does_not_depend_on_how_many_are_minted_with_it(monkeypatch):
    founders = pl.DataFrame({"record_id": ["1", "2", "2", "3"]})
    whole = mint(founders).to_list()
    monkeypatch.setattr("resolver.ids.AT_A_TIME", 2)
    assert mint(founders).to_list() == whole


def test_ids_do_not_change_between_releases():
    assert mint(pl.DataFrame({"record_id": ["1"], "given": ["ann"]})).to_list() == [MINTED]


MINTED = "encdefwmyfrybg4ja"


@pytest.mark.parametrize("column", [["7", "7", None, "7", "", "é"], [["a", "b"], ["a"], None, [], ["a,b"], ["a", "b"]]])
def test_a_few_founders_get_the_ids_that_they_get_among_many(column, monkeypatch):
    dtype = pl.List(pl.String) if isinstance(column[0], list) else pl.String
    founders = pl.DataFrame({"record_id": ["1"] * 6, "said": pl.Series(column, dtype=dtype)})
    plain = mint(founders)
    by_columns(monkeypatch)
    assert plain.to_list() == mint(founders).to_list()
