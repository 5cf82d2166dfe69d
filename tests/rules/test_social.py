import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.social import SOCIAL, normalise
from tests.rules.keys import assert_fast_keys_agree

PARTS = [
    "https://",
    "www.",
    "linkedin.com",
    "x.com",
    "/in/",
    "amelia-hartley",
    "/company/",
    "?trk=a",
    "/",
    "%C3%BC",
    "@",
    "n/a",
    "é",
]
RAWS = st.one_of(st.text(max_size=12), st.lists(st.sampled_from(PARTS), max_size=5).map("".join))
AMELIA = "linkedin:in/amelia-hartley"


@pytest.mark.parametrize(
    "raw",
    [
        "https://www.linkedin.com/in/amelia-hartley",
        "http://linkedin.com/in/amelia-hartley/",
        "https://uk.linkedin.com/in/Amelia-Hartley?trk=public_profile",
        "linkedin.com/in/amelia-hartley#about",
        "//www.linkedin.com/in/amelia-hartley",
        "https://www.linkedin.com/mwlite/in/amelia-hartley",
        "https://www.linkedin.com/in/amelia-hartley/de",
        "https://www.linkedin.com/in/%61melia-hartley",
    ],
)
def test_one_linkedin_profile_has_one_writing(raw):
    assert normalise(raw) == AMELIA


@pytest.mark.parametrize(
    ("raw", "normalised"),
    [
        ("https://www.linkedin.com/pub/amelia-hartley/12/345/678", "linkedin:pub/amelia-hartley/12/345/678"),
        ("https://www.linkedin.com/sales/people/ACwAAb,NAME_SEARCH", "linkedin:sales/ACwAAb"),
        ("https://www.linkedin.com/profile/view?id=123", "linkedin:id/123"),
    ],
)
def test_other_linkedin_forms_stay_apart(raw, normalised):
    assert normalise(raw) == normalised


@pytest.mark.parametrize(
    "raw",
    [
        "https://www.linkedin.com/company/acme",
        "https://www.linkedin.com/school/mit/",
        "https://www.linkedin.com/groups/123",
        "https://www.linkedin.com/in/",
        "https://www.linkedin.com",
        "https://twitter.com/intent/tweet",
        "https://www.facebook.com/pages/acme/12",
        "https://example.com",
        "amelia",
        "n/a",
        "",
        None,
    ],
)
def test_what_is_no_persons_page_is_none(raw):
    assert normalise(raw) is None


@pytest.mark.parametrize(
    ("raw", "network", "normalised"),
    [
        ("amelia-hartley", "LinkedIn", AMELIA),
        ("/in/amelia-hartley", "linkedin", AMELIA),
        ("@Amelia", "Twitter", "twitter:amelia"),
        ("@Amelia", "X", "twitter:amelia"),
        ("https://x.com/amelia/status/1", None, "twitter:amelia"),
        ("x.com/amelia", "twitter", "twitter:amelia"),
        ("https://m.facebook.com/profile.php?id=12&ref=a", None, "facebook:id/12"),
        ("https://facebook.com/Amelia.Hartley", None, "facebook:ameliahartley"),
        ("amelia.hartley", "facebook", "facebook:ameliahartley"),
        ("https://github.com/amelia/resolver", None, "github:amelia"),
        ("amelia", "mastodon", "mastodon:amelia"),
        ("https://example.com/people/Amelia/", None, "example.com:people/amelia"),
        ("Amelia Hartley", "linkedin", None),
        ("https://linkedin.com/in/amelia-h***", None, "linkedin:in/amelia-h…"),
        ("@ame•••", "twitter", "twitter:ame…"),
        ("***", "twitter", None),
    ],
)
def test_a_handle_or_an_address_names_its_network(raw, network, normalised):
    assert normalise(raw, network) == normalised


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (AMELIA, AMELIA, "same"),
        (AMELIA, "linkedin:in/amelia-hartly", "typo"),
        (AMELIA, "linkedin:in/dana-ortiz", "different"),
        ("twitter:amy", "twitter:ann", "different"),
        (AMELIA, "twitter:amelia-hartley", "not comparable"),
        (AMELIA, "linkedin:pub/amelia-hartley/12/345/678", "not comparable"),
        ("facebook:id/12", "facebook:amelia", "not comparable"),
        (AMELIA, "linkedin:in/amelia-h…", "same as far as shown"),
        ("linkedin:in/amelia…", "linkedin:in/amelia-h…", "same as far as shown"),
        (AMELIA, "linkedin:in/amel…", "not comparable"),
        (AMELIA, "linkedin:in/amy…", "different"),
        (AMELIA, "twitter:amelia…", "not comparable"),
    ],
)
def test_profiles_are_compared_within_one_network(left, right, expected):
    code = int(SOCIAL.compare([left], [right])[0])
    assert (SOCIAL.levels[code - 1] if code else "not comparable") == expected


@given(st.lists(st.tuples(RAWS, RAWS, st.sampled_from([None, "linkedin", "facebook", "other"])), max_size=6))
def test_comparing_does_not_depend_on_the_side_and_stays_in_range(raws):
    pairs = [(normalise(a, network), normalise(b, "linkedin")) for a, b, network in raws]
    left = [a for a, b in pairs if a and b]
    right = [b for a, b in pairs if a and b]
    codes = SOCIAL.compare(left, right)
    assert codes.dtype == np.uint8
    assert codes.tolist() == SOCIAL.compare(right, left).tolist()
    assert all(code <= len(SOCIAL.levels) for code in codes.tolist())
    assert (SOCIAL.compare(left, left) == 1).all()
    assert all(SOCIAL.keys["same"](value) == (value,) for value in left)


def test_keys_of_a_column_are_those_of_its_values():
    assert_fast_keys_agree(SOCIAL, ["linkedin:in/ann-lee", "twitter:amel…", "facebook:id/12"])
    assert_fast_keys_agree(SOCIAL, [])
