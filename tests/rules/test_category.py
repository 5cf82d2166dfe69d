import pytest

from rules.category import CATEGORY, gender, normalise


@pytest.mark.parametrize(
    ("raw", "normalised"), [("Café / Bar", "cafe bar"), ("FRENCH", "french"), ("n/a", None), (None, None)]
)
def test_a_category_is_its_folded_words(raw, normalised):
    assert normalise(raw) == normalised


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("F", "f"),
        ("female", "f"),
        ("weiblich", "f"),
        ("Mme", "f"),
        ("Male", "m"),
        ("Herr", "m"),
        ("männlich", "m"),
        ("divers", "x"),
        ("non-binary", "x"),
        ("unknown", None),
        ("Dr.", None),
        (None, None),
    ],
)
def test_gender_has_one_code(raw, code):
    assert gender(raw) == code


def test_categories_are_the_same_or_different():
    codes = CATEGORY.compare(["french", "french"], ["french", "thai"])
    assert [CATEGORY.levels[code - 1] for code in codes] == ["same", "different"]
    assert CATEGORY.compare([], []).tolist() == []
