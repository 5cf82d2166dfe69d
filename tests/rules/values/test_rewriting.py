import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.values.rewriting import Forms, Rewriting, as_lines, as_words, once, once_lines

RULES = Rewriting((r"^kn", "n"), (r"([aeiou])h([^aeiou\n]|$)", r"\1\2"), (r"ck|q", "k"), (r"e$", ""))
WORDS = st.lists(st.text(alphabet="aehknckqö", max_size=6), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("word", "rewritten"), [("knock", "nok"), ("ahn", "an"), ("ah", "a"), ("aha", "aha"), ("eke", "ek"), ("", "")]
)
def test_rules_follow_each_other(word, rewritten):
    assert RULES.word(word) == rewritten


@given(WORDS)
def test_a_column_is_rewritten_word_by_word(words):
    assert RULES.column(pl.Series(words)).to_list() == [RULES.word(word) for word in words]
    assert once_lines(as_lines(pl.Series(words))).split("\n") == [once(word) for word in words]


def test_a_column_without_words_stays_as_it_is():
    assert RULES.column(pl.Series([], dtype=pl.String)).to_list() == []


@given(WORDS)
def test_words_survive_as_lines(words):
    assert as_words(as_lines(pl.Series(words))).to_list() == words


def test_forms_are_listed_word_by_word():
    words = pl.Series(["mary ann", "x", "bo"])
    forms = Forms.of(words, lambda word: word.split() if len(word) > 1 else ())
    made = Forms.together(forms, Forms.of(pl.Series(["ann"]), lambda word: (word.upper(),)).at(np.array([2])))
    assert [names and sorted(names) for names in made.listed(3).to_list()] == [["ann", "mary"], None, ["ANN", "bo"]]
    assert made.where(made.form == "bo").listed(3).to_list() == [None, None, ["bo"]]
    assert Forms.words(words).rewritten(lambda column: column.str.slice(0, 1)).form.to_list() == ["m", "a", "x", "b"]
