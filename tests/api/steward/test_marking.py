"""What differs inside values, and the picture of a case."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.steward.graph import WIDTH, graph, letter
from api.steward.marking import LONGEST, cells, marked
from api.steward.wording import alike, plainly, so_far


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_pieces_of_a_value_are_the_value(value, other):
    assert "".join(text for text, _ in marked(value, other)) == value


@given(st.text(st.characters(codec="ascii"), min_size=1, max_size=40))
def test_a_value_does_not_differ_from_itself_whatever_the_case(value):
    assert marked(value, value.upper()) == ((value, False),)


@pytest.mark.parametrize(
    ("value", "other", "expected"),
    [
        ("Jon", "John", (("Jon", False),)),
        ("John", "Jon", (("Jo", False), ("h", True), ("n", False))),
        ("Bob", "Zed", (("Bob", False),)),
        ("x" * (LONGEST + 1), "x", (("x" * (LONGEST + 1), False),)),
    ],
)
def test_only_what_another_value_lacks_is_marked(value, other, expected):
    assert marked(value, other) == expected


def test_values_that_count_as_the_same_are_not_marked():
    one, other = cells(["+1 281 838", "281-838"], ["same", "same"])
    assert (one.parts, other.parts) == ((), ())


def test_the_first_value_is_marked_against_the_first_that_differs():
    one, same, other = cells(["Jon", "jon", "John"], ["same", "same", "typo"])
    assert one.parts == (("Jon", False),)
    assert same.parts == ()
    assert other.parts == (("Jo", False), ("h", True), ("n", False))


def test_letters_name_each_record_once():
    names = [letter(place) for place in range(60)]
    assert len({*names}) == 60
    assert names[:3] == ["A", "B", "C"]


@pytest.mark.parametrize("sizes", [(1, 1), (3, 1), (1, 30), (30, 30), (59, 1)])
def test_a_picture_holds_every_record_once_and_nothing_outside(sizes):
    parts = [[f"{side}:{place}" for place in range(size)] for side, size in enumerate(sizes)]
    sides = [SimpleNamespace(record=record) for part in parts for record in part]
    full = SimpleNamespace(sides=sides, parts=parts, pair=(parts[0][0], parts[1][0]), edges=[])
    found = graph(full, 0.7)
    assert sorted(dot.record for dot in found.dots) == sorted(side.record for side in sides)
    for dot in found.dots:
        assert dot.r <= dot.x <= WIDTH - dot.r
        assert dot.r <= dot.y <= found.height - dot.r
    (weak,) = [link for link in found.links if link.weak]
    assert weak.x1 < weak.x2


@pytest.mark.parametrize(
    ("pattern", "reason", "shows"),
    [
        ("unsure; given: same", "Alike, but not enough to join", (("given", "same"),)),
        ("consent; ", "One record allows contact, another refuses it", ()),
        ("new reason", "new reason", ()),
    ],
)
def test_a_pattern_is_read_as_a_reason_and_what_it_shows(pattern, reason, shows):
    assert (alike(pattern).reason, alike(pattern).shows) == (reason, shows)


def test_what_was_said_so_far_is_a_sentence():
    assert so_far({"same": 1}) == "The one case like this was decided: Same."
    assert so_far({"same": 3, "different": 0, "unsure": 1}) == (
        "Of 4 cases like this, stewards said Same 3 times, Can't tell once."
    )
    assert so_far({}) is None


def test_errors_are_told_in_the_words_of_the_desk():
    assert plainly("entity x; the entities") == "person x; the people"
