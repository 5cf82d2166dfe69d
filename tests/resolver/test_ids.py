import polars as pl

from resolver.ids import mint


def test_ids_follow_from_content_alone():
    founders = pl.DataFrame({"record_id": ["1", "2"], "email": [["a@x.com"], None]})
    ids = mint(founders)
    assert ids.to_list() == mint(founders).to_list()
    assert mint(founders.reverse()).to_list() == ids.reverse().to_list()
    assert ids.n_unique() == 2


def test_equal_content_still_gets_different_ids():
    assert mint(pl.DataFrame({"record_id": ["1", "1", "1"]})).n_unique() == 3


def test_ids_do_not_change_between_releases():
    assert mint(pl.DataFrame({"record_id": ["1"], "given": ["ann"]})).to_list() == [MINTED]


MINTED = "encdefwmyfrybg4ja"
