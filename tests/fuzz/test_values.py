"""Values of every field: any text is a value or nothing, by the same answer each time, and can be compared."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.registry import FIELDS
from tests.fuzz.amount import fuzzed

TEXTS = st.one_of(
    st.text(max_size=40),
    st.text("0123456789+-() x#.", max_size=25),
    st.text("ab@.+\"'<> \u0301\u200d", max_size=25),
    st.sampled_from(
        [
            "\ud800",
            "\0",
            "\u202e",
            "a" * 300 + "@x.com",
            "1" * 400,
            "0000-00-00",
            "31.02.2020",
            "Ⅷ",
            "İ",
            "ﬁ",
            "𝔸nn",
            "٣٤٥",
        ]
    ),
)
CONTEXT = {"identifier": ("crm",)}
"""What a field is told beside the value, where it has to be."""
LONG = ["1", "a", "@", "a@", ".", " ", "a b ", "+1", "(", "'", "\u0301", "ß", "-", "a.", "mc", "von ", "/", "1/"]


@pytest.mark.parametrize("name", FIELDS)
@given(st.lists(TEXTS, min_size=2, max_size=6))
@fuzzed(40)
def test_any_text_is_a_value_or_nothing(name, texts):
    field = FIELDS[name]
    values = [field.normalise(text, *CONTEXT.get(name, ())) for text in texts]
    assert values == [field.normalise(text, *CONTEXT.get(name, ())) for text in texts]
    held = [value for value in values if value is not None]
    assert all(isinstance(value, str) and value for value in held)
    for key in field.keys.values():
        assert all(isinstance(piece, str) for value in held for piece in key(value))
    if held:
        levels = field.compare(held, held[::-1])
        assert (levels <= len(field.levels)).all()
        assert (levels == field.compare(held[::-1], held)).all()


@pytest.mark.parametrize("name", FIELDS)
def test_no_text_takes_longer_than_its_length_explains(name):
    begun = time.process_time()
    for piece in LONG:
        FIELDS[name].normalise((piece * 20_000)[:20_000], *CONTEXT.get(name, ()))
    assert time.process_time() - begun < 10
