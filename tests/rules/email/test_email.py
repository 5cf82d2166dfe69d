"""E-mail addresses: what is kept, what is compared, and where two of them meet."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.email import EMAIL, normalise
from rules.email.compare import LEVELS
from rules.email.parts import domain, is_disposable, is_free, is_role, local, mailbox, mailbox_name, parted, roles
from rules.lists import words
from tests.rules.keys import assert_fast_keys_agree

NAMES = st.sampled_from(
    [
        "ann.lee",
        "annlee",
        "ann.lee+news",
        "ann.lea",
        "info",
        "sales.uk",
        "bob",
        "al",
        "jürgen",
        "j.smith84",
        "J.Smith85",
    ]
)
DOMAINS = st.sampled_from(
    ["gmail.com", "googlemail.com", "gmial.com", "acme.example", "acne.example", "x.co", "bücher.example"]
)
ADDRESSES = st.builds("{}@{}".format, NAMES, DOMAINS).map(normalise).filter(lambda value: value is not None)


def level(left: str, right: str) -> str | None:
    code = int(EMAIL.compare([left], [right])[0])
    return LEVELS[code - 1] if code else None


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("Amelia.Hartley@Brightwater.example", "amelia.hartley@brightwater.example"),
        (" a.hartley@brightwater.example ", "a.hartley@brightwater.example"),
        ("<ann@x.com>", "ann@x.com"),
        ("Ann Lee <ann@x.com>", "ann@x.com"),
        ('"Lee, Ann" <ann@x.com>', "ann@x.com"),
        ("'ann@x.com' <ann@x.com>;", "ann@x.com"),
        ("mailto:Ann@x.com?subject=Hello", "ann@x.com"),
        ("MAILTO:ann@x.com", "ann@x.com"),
        ("'ann@x.com'", "ann@x.com"),
        ("ann@x.com.", "ann@x.com"),
        ("ann@x.com ,", "ann@x.com"),
        ("ａｎｎ＠ｘ．ｃｏｍ", "ann@x.com"),
        ("an\u200bn@x.com\ufeff", "ann@x.com"),
        ("\u00a0ann@x.com", "ann@x.com"),
        ("o'brien@x.com", "o'brien@x.com"),
        ("info@bücher.de", "info@xn--bcher-kva.de"),
        ("ann@XN--BCHER-KVA.de", "ann@xn--bcher-kva.de"),
        ("Jürgen@x.com", "jürgen@x.com"),
        ("ann.lee+news@x.com", "ann.lee+news@x.com"),
        ("noreply@x.com", "noreply@x.com"),
    ],
)
def test_an_address_is_found_in_what_was_typed(raw, value):
    assert normalise(raw) == value


@pytest.mark.parametrize("name", ["example.com", "acme.example", "shop.test", "shop.invalid", "srv.local", "a.b.onion"])
def test_names_reserved_for_tests_are_addresses_too(name):
    assert normalise(f"Ann.Lee@{name.upper()}") == f"ann.lee@{name}"


@pytest.mark.parametrize("raw", ["ann@localhost", "ann@test", "ann@invalid", "ann@com", "ann@-x.test", "ann@.test"])
def test_reserved_names_obey_the_other_rules(raw):
    assert normalise(raw) is None


@pytest.mark.parametrize(
    "raw",
    [
        "",
        " ",
        "n/a",
        "-",
        "@",
        "ann",
        "ann@",
        "@x.com",
        "ann@x",
        "ann lee@x.com",
        "ann@x .com",
        "ann@@x.com",
        "a@b@x.com",
        "ann..lee@x.com",
        ".ann@x.com",
        "ann.@x.com",
        "ann@x..com",
        "ann@x.123",
        "ann@[192.0.2.1]",
        '"ann lee"@x.com',
        "ann@x.com; bob@x.com",
        "ann@x.com, bob@x.com",
        "ann (at) x.com",
        "<ann@x.com",
        "***@***.***",
        "j***@x",
        "j***@-x.com",
        "j***",
        "a***@x.com; b***@x.com",
        "none@n***.com",
        "a" * 250 + "@x.com",
        "<" * 99_999 + "@x.com",
        "é" * 99_999 + "@x.com",
        "ann@" + "a" * 64 + ".com",
        "ann@ab--cd.com",
    ],
)
def test_what_is_no_address_is_none(raw):
    assert normalise(raw) is None


@pytest.mark.parametrize(
    "raw",
    [
        "test@test.com",
        "Test@Test.co.uk",
        "none@none.com",
        "none@acme.com",
        "no@email.com",
        "na@na.na",
        "noemail@acme.com",
        "NoEmail@noemail.com",
        "asdf@asdf.com",
        "ann@noemail.com",
        "unknown@unknown.com",
        "xxx@xxx.com",
        "a@a.com",
        "abc@abc.com",
    ],
)
def test_fillers_are_no_evidence(raw):
    assert normalise(raw) is None


@pytest.mark.parametrize("raw", ["ann@test.com", "test.ann@acme.com", "nona@none.io", "ann@email.com", "asdf@acme.com"])
def test_addresses_near_fillers_are_kept(raw):
    assert normalise(raw) == raw


@given(st.text(alphabet="aA1.+-_@<> '\",;:é＠İ\u200b\u00adxX", max_size=30))
def test_normalising_twice_changes_nothing(raw):
    value = normalise(raw)
    assert value is None or normalise(value) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("j***@x.com", "j…@x.com"),
        ("J•••E@X.com", "j…e@x.com"),
        ("j●@x.com", "j…@x.com"),
        ("j∗∗∗@x.com", "j…@x.com"),
        ("j…@x.com", "j…@x.com"),
        ("j###@x.com", "j…@x.com"),
        ("*@gmail.com", "…@gmail.com"),
        ("j***@x***.com", "j…@x….com"),
        ("jxxxx@g****.com", "j…@g….com"),
        ("jxxx@x.com", "jxxx@x.com"),
        ("a##b@x.com", "a##b@x.com"),
        ("j***@bücher.de", "j…@xn--bcher-kva.de"),
        ("Ann Lee <a***@x.com>,", "a…@x.com"),
    ],
)
def test_of_an_address_that_is_hidden_in_part_the_rest_is_kept(raw, value):
    assert normalise(raw) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ann.lee+news@gmail.com", "annlee@gmail.com"),
        ("a.n.n.lee@googlemail.com", "annlee@gmail.com"),
        ("ann.lee+news@x.com", "ann.lee@x.com"),
        ("ann.lee@x.com", "ann.lee@x.com"),
        ("+news@x.com", "+news@x.com"),
    ],
)
def test_a_mailbox_has_no_tag_and_dots_count_only_where_the_provider_counts_them(value, expected):
    assert mailbox(value) == expected


def test_an_address_has_a_local_part_and_a_domain():
    assert (local("ann.lee+news@x.com"), domain("ann.lee+news@x.com")) == ("ann.lee+news", "x.com")


@pytest.mark.parametrize(
    "name",
    [
        "info",
        "sales",
        "no-reply",
        "noreply",
        "do-not-reply",
        "mailer-daemon",
        "kontakt",
        "bureau",
        "ventas",
        "info2",
        "info+web",
        "sales.uk",
        "press-office",
        "support_de",
        "reception",
        "postmaster",
        "hr",
        "team",
        "buchhaltung",
    ],
)
def test_mailboxes_of_functions_are_known(name):
    assert is_role(f"{name}@acme.example")


@pytest.mark.parametrize(
    "name", ["ann.lee", "r.sales", "infante", "salesman.joe", "hrvoje", "post.malone", "itai", "al"]
)
def test_mailboxes_of_persons_are_not_taken_for_functions(name):
    assert not is_role(f"{name}@acme.example")


def test_providers_are_known():
    assert is_free("ann@gmail.com")
    assert not is_free("ann@acme.example")
    assert is_disposable("ann@mailinator.com")
    assert not is_disposable("ann@gmail.com")


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("ann.lee@x.com", "ann.lee@x.com", "same"),
        ("ann.lee+a@x.com", "ann.lee+b@x.com", "same mailbox"),
        ("ann.lee@gmail.com", "annlee@googlemail.com", "same mailbox"),
        ("ann.lee@x.com", "ann.lee@yy.example", "same name part"),
        ("ann.lee@gmail.com", "ann.lee@gmial.com", "same name part"),
        ("ann@gmail.com", "ann@gmial.com", "typo"),
        ("ann@x.com", "ann@yy.example", "different"),
        ("ann.lee@x.com", "annlee@x.com", "typo"),
        ("ann.lee@acme.example", "ann.lea@acme.example", "typo"),
        ("amelia.hartley@x.com", "amelai.hartly@x.com", "typo"),
        ("al@acme.example", "bo@acme.example", "different"),
        ("ann@acme.example", "dan@acme.example", "different"),
        ("j@x.co", "k@x.co", "different"),
        ("ann.lee@abc.com", "ann.lea@abd.com", "different"),
        ("info@x.com", "info@x.com", None),
        ("info+a@x.com", "info@x.com", None),
        ("info@x.com", "info@y.com", None),
        ("!ann@x.com", "ann@x.com", "same, but it bounces"),
        ("!ann@x.com", "!ann+news@x.com", "same, but it bounces"),
        ("!ann@x.com", "bob@y.com", "different"),
        ("info@x.com", "ann.lee@x.com", None),
        ("inof@acme.example", "info@acme.example", None),
        ("ann.lee@x.com", "bob@y.com", "different"),
        ("j…@acme.example", "jane@acme.example", "same as far as shown"),
        ("j…@acme.example", "jo…@acme.example", "same as far as shown"),
        ("j…@acme.example", "j…@acme.example", "same as far as shown"),
        ("j…@acme.example", "bob@acme.example", "different"),
        ("j…@acme.example", "jane@other.example", "different"),
        ("…@acme.example", "jane@acme.example", None),
        ("j…@gmail.com", "jane@gmail.com", None),
        ("j…@gmail.com", "j…@gmail.com", None),
        ("j…e@gmail.com", "jane@googlemail.com", None),
        ("j…@gmail.com", "bob@gmail.com", "different"),
        ("ja…e@gmail.com", "jane@googlemail.com", "same as far as shown"),
        ("ja…oe@gmail.com", "ja.ned.oe@gmail.com", "same as far as shown"),
        ("ja…e@x.com", "jane+news@x.com", "same as far as shown"),
        ("ja…s@x.com", "jane+news@x.com", "same as far as shown"),
        ("jane.doe@….com", "jane.doe@gmail.com", "same as far as shown"),
        ("j…@a….example", "jane@acme.example", None),
        ("in…@acme.example", "info@acme.example", None),
        ("!ja…e@x.com", "jane@x.com", None),
        ("!ja…e@x.com", "bob@x.com", "different"),
    ],
)
def test_two_addresses_have_a_level(left, right, expected):
    assert level(left, right) == expected
    assert level(right, left) == expected


@given(ADDRESSES, st.integers(0, 9), st.integers(0, 9))
def test_hiding_a_part_never_makes_an_address_contradict_itself(value, front, back):
    name, _, place = value.partition("@")
    masked = normalise(f"{name[:front]}***{name[max(front, len(name) - back) :]}@{place}")
    assert level(masked, value) in {None, "same as far as shown"}


@given(st.lists(st.tuples(ADDRESSES, ADDRESSES), max_size=12))
def test_comparing_is_symmetric_and_each_pair_stands_for_itself(pairs):
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    levels = EMAIL.compare(left, right)
    assert levels.tolist() == EMAIL.compare(right, left).tolist()
    assert levels.tolist() == [int(EMAIL.compare([a], [b])[0]) for a, b in pairs]
    assert levels.dtype == "uint8"
    assert all(0 <= code <= len(LEVELS) for code in levels)


def test_nothing_to_compare_gives_nothing():
    assert EMAIL.compare([], []).tolist() == []


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("same", "ann.lee@x.com", ("ann.lee@x.com",)),
        ("mailbox", "ann.lee+a@gmail.com", ("annlee@gmail.com",)),
        ("local", "ann.lee84+a@x.com", ("annlee84",)),
        ("local", "ann@x.com", ()),
        ("letters", "ann.lee84@x.com", ("annlee",)),
        ("letters", "al84@x.com", ()),
        ("digits", "ann.lee84@x.com", ("a84",)),
        ("digits", "84ann.lee@x.com", ("a84",)),
        ("digits", "ann.lee8@x.com", ()),
        ("digits", "1984@x.com", ()),
        ("start", "kathleen@x.com", ("kathl",)),
        ("start", "k.ath-lee84+news@x.com", ("kathl",)),
        ("start", "kathle@x.com", ()),
        ("start", "kath…en@x.com", ()),
    ],
)
def test_an_address_meets_others_by_its_keys(key, value, expected):
    assert EMAIL.keys[key](value) == expected


@pytest.mark.parametrize("key", EMAIL.keys)
def test_a_function_mailbox_brings_nobody_together(key):
    assert EMAIL.keys[key]("info@x.com") == EMAIL.keys[key]("support2024@x.com") == ()


@pytest.mark.parametrize(
    "name", ["role_mailboxes", "free_mail_domains", "disposable_domains", "junk_emails", "junk_phones"]
)
def test_lists_are_lower_case_without_blanks(name):
    assert words(name)
    assert all(word == word.lower() and " " not in word for word in words(name))


# Names and domains that the vectorised twins of keys could take apart differently.
ODD_ADDRESSES = st.builds(
    "{}{}@{}".format,
    st.sampled_from(["", "!", "!!"]),
    st.one_of(
        st.text(alphabet="aZ.+-_!'09é²٣ßख\u0300…", min_size=1, max_size=12),
        st.sampled_from(["info", "sales.uk", "no-reply", "support2", "post.malone", "info+a", "infó", "ann.lee84+x"]),
    ),
    st.sampled_from(["x.com", "gmail.com", "googlemail.com", "….com", "acme.example"]),
)


@given(st.lists(ODD_ADDRESSES, max_size=30))
def test_keys_of_a_column_are_those_of_its_values(values):
    assert_fast_keys_agree(EMAIL, values)


@given(st.lists(ODD_ADDRESSES, min_size=1, max_size=30))
def test_the_parts_of_a_column_are_those_of_its_values(values):
    parts = parted(pl.Series(values))
    for part, plain in {"local": local, "domain": domain, "name": mailbox_name}.items():
        assert parts[part].to_list() == [*map(plain, values)]
    assert roles(pl.Series(values)).to_list() == [*map(is_role, values)]


def levels_of(pairs: list[tuple[str, str]]) -> list[str | None]:
    codes = EMAIL.compare([a for a, _ in pairs], [b for _, b in pairs])
    return [LEVELS[code - 1] if code else None for code in codes.tolist()]


def edited(text: str, places: list[int]) -> str:
    """The text with another letter at some places."""
    letters = [*text]
    for place in places:
        letters[place] = "q"
    return "".join(letters)


@given(st.sets(st.integers(0, 10), max_size=4), st.sampled_from(["acme.example", "gmail.com", "x.co"]))
def test_two_letters_of_a_long_name_may_be_wrong(places, place):
    name = "ameliahartl"
    found = levels_of([(f"{name}@{place}", f"{edited(name, [*places])}@{place}")])
    assert found == [("same", "typo", "typo")[len(places)] if len(places) < 3 else "different"]


def test_a_judge_may_be_asked_again_and_by_places_of_any_type():
    values = pl.Series(["ann.lea@acme.example", "ann.lee@acme.example", "ann.lee@other.example"])
    judge = EMAIL.judge(values)
    for dtype in ("int32", "int64", "uint32"):
        a, b = (pl.Series(places).to_numpy().astype(dtype) for places in ([0, 0, 1, 2], [1, 2, 2, 2]))
        assert [LEVELS[code - 1] for code in judge(a, b).tolist()] == ["typo", "different", "same name part", "same"]
