import polars as pl
import pytest

from resolver.sources.regions import country_codes, infer_region


@pytest.mark.parametrize(
    ("numbers", "region"),
    [
        (["(415) 555-0100", "212-555-0199", "310/246-1501"], "US"),
        (["4155550100", "2125550199", "3102461501"], "US"),
        (["020 7946 0018", "0161 496 0123", "07911 123456"], "GB"),
        (["030 1234567", "089 7654321", "0171 2345678"], "DE"),
        (["01 42 68 53 00", "06 12 34 56 78"], "FR"),
        (["020 123 4567", "06 12345678", "070 3123456"], "NL"),
        (["+1 415 555 0100"], None),
        (["12", "none"], None),
    ],
)
def test_numbers_show_where_they_are_dialled(numbers: list[str], region: str | None) -> None:
    assert infer_region([pl.Series(numbers)], [], [])[0] == region


def test_countries_beside_the_numbers_add_candidates() -> None:
    phones = [pl.Series(["0664 1234567", "01 5123456", "0512 561234"])]
    assert infer_region(phones, [pl.Series(["Austria", "Österreich"])], [pl.Series(["eva@firma.at"])])[0] == "AT"


def test_the_order_of_numbers_does_not_matter() -> None:
    numbers = [f"0{area} {number}" for area in (30, 40, 89) for number in range(123_400, 123_500)]
    assert infer_region([pl.Series(numbers)], [], []) == infer_region([pl.Series(numbers[::-1])], [], [])


def test_countries_are_known_by_name_and_code() -> None:
    cells = pl.Series(["DE", "Germany", "usa", "U.K.", "Österreich", "España", "Atlantis", None])
    assert country_codes(cells).to_list() == ["DE", "DE", "US", "GB", None, "ES", None, None]
