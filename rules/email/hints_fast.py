"""Names and employers that addresses spell, by the million: what `rules.email.hints` says, as column expressions."""

from collections.abc import Callable

import polars as pl

from rules.company import DOMAIN
from rules.email.hints import MOST_PIECES, REGISTRIES, SHORTEST, SHORTEST_MISSPELT, no_names
from rules.email.parts import BOUNCED, roles
from rules.lists import words
from rules.name.nicknames import known_given
from rules.values.distinct import told_apart
from rules.values.hidden import HIDDEN
from rules.values.pairs import completed, spread
from rules.values.text import one_edit, only

# Lower case ASCII with one "@" and no apostrophe, which would join letters. What is hidden in part is not ASCII.
_PLAIN = r"^[\x00-&(-?\[-_a-\x7f]+@[\x00-?A-\x7f]*$"
# Pieces are letters before the tag and the "@".
_NO_PIECE = "[^a-z+@]"
_FIRST, _LAST = f"^{_NO_PIECE}*([a-z]+)", f"([a-z]+){_NO_PIECE}*[+@]"
_ALONE = f"^{_NO_PIECE}*[a-z]+{_NO_PIECE}*[+@]"
_TOO_MANY = f"^{_NO_PIECE}*(?:[a-z]+{_NO_PIECE}+){{{MOST_PIECES}}}[a-z]"

# The label of a domain that somebody registered: the one before "com", "uk" or "co.uk".
_OWN_LABEL = rf"([^.]*)\.(?:(?:{'|'.join(sorted(REGISTRIES))})\.[^.]{{2}}|[^.]*)$"

FIRST, LAST, GIVEN, FAMILY = (pl.col(name) for name in ("first", "last", "given", "family"))


def all_names(email: pl.Series, given: pl.Series, family: pl.Series) -> tuple[pl.Series, pl.Series, pl.Series]:
    """The twin of `email_hints.names` for equally long String series: (given, family, whether it is covered).

    Not covered are addresses with an apostrophe or characters that are not lower case ASCII.
    """
    address = email.str.strip_prefix(BOUNCED).alias("address")
    texts = pl.DataFrame([address, _first_word(given).alias("given"), family.alias("family")])
    text, alone = pl.col("address").str, pl.col("alone")
    cases = texts.select(
        first=text.extract(_FIRST),
        last=text.extract(_LAST),
        alone=text.contains(_ALONE),
        told=~(text.contains(_TOO_MANY) | pl.lit(roles(email))),
        given=GIVEN.fill_null(""),
        family=FAMILY.str.replace_all(" ", "", literal=True).fill_null(""),
        plain=text.contains(_PLAIN),
    )
    (one_given, one_family), (two_given, two_family) = _of_one(), _of_two()
    found = cases.select(
        given=pl.when("told", "plain").then(pl.when(alone).then(one_given).otherwise(two_given)),
        family=pl.when("told", "plain").then(pl.when(alone).then(one_family).otherwise(two_family)),
    )
    refined = _where(found["given"], cases["given"], _refines)
    return refined, _where(found["family"], cases["family"], _adds), cases["plain"]


def _first_word(text: pl.Series) -> pl.Series:
    several = text.str.contains(" ", literal=True).fill_null(value=False)
    return completed(text, ~several, text.filter(several).str.extract("^([^ ]*)"))


def _of_two() -> tuple[pl.Expr, pl.Expr]:
    """(given, family) beside the name that the record has."""
    by_family, is_first = (FAMILY == FIRST) | (FAMILY == LAST), GIVEN == FIRST
    by_given = (is_first | (GIVEN == LAST)) & (GIVEN.str.len_bytes() >= SHORTEST) & ~by_family
    given = pl.when(FAMILY == LAST).then(FIRST).otherwise(LAST)
    return pl.when(by_family).then(given), pl.when(by_given).then(pl.when(is_first).then(LAST).otherwise(FIRST))


def _of_one() -> tuple[pl.Expr, pl.Expr]:
    """(given, family) as what is left of the only piece without the name that the record has."""
    given, family = _without(FAMILY, behind=True), _without(GIVEN, behind=False)
    is_given = FIRST.is_in(sorted(known_given()))
    return given, pl.when(given.is_null() & ~is_given).then(family)


def _without(own: pl.Expr, *, behind: bool) -> pl.Expr:
    """The only piece without a name of the record at one of its ends; behind: the end that is looked at first."""
    ends = [
        (FIRST.str.ends_with(own), FIRST.str.strip_suffix(own)),
        (FIRST.str.starts_with(own), FIRST.str.strip_prefix(own)),
    ]
    (one, without), (other, without_other) = ends if behind else reversed(ends)
    is_part = (own.str.len_bytes() >= SHORTEST) & (own != FIRST)
    return pl.when(is_part & one).then(without).when(is_part & other).then(without_other)


def _where(found: pl.Series, own: pl.Series, tells: Callable[[pl.Series, pl.Series], pl.Series]) -> pl.Series:
    """The names found, where they tell something beside the record's own one; null elsewhere."""
    there = (found != own).fill_null(value=False)
    found, own = found.filter(there), own.filter(there)
    return spread(only(found, tells(found, own)), there)


def _refines(found: pl.Series, given: pl.Series) -> pl.Series:
    """Whether a given name says more than another one of the record: an initial of it, or one with a typing error."""
    sizes = [side.str.len_bytes().cast(pl.Int32) for side in (found, given)]
    open_ = ((sizes[0] - sizes[1]).abs() <= 1) & (sizes[0] >= SHORTEST_MISSPELT)
    open_ &= sizes[1] >= SHORTEST_MISSPELT
    near = one_edit(found.filter(open_).to_list(), given.filter(open_).to_list())
    misspelt = spread(pl.Series(near, dtype=pl.Boolean), open_).fill_null(value=False)
    begun = found.to_frame("found").select(pl.col("found").str.starts_with(pl.lit(given))).to_series()
    return (((sizes[1] <= 1) & begun) | misspelt) & ~found.is_in(sorted(no_names()[0]))


def _adds(found: pl.Series, _family: pl.Series) -> pl.Series:
    """Whether a family name that the record has not is long enough to be one, and no word for something else."""
    return (found.str.len_bytes() >= SHORTEST) & ~found.is_in(sorted(no_names()[1]))


def all_employers(emails: pl.Series) -> pl.Series:
    """The twin of `employer` for a String series, in which each domain is looked at once."""
    hidden = emails.str.contains(HIDDEN, literal=True)
    (domains,), codes = told_apart(only(emails, ~hidden).str.extract("([^@]*)$"))
    open_to_all = domains.is_in(sorted(words("free_mail_domains") | words("disposable_domains")))
    label = domains.str.extract(_OWN_LABEL).str.replace_all("[^a-z0-9]+", "")
    return (DOMAIN + only(label, ~open_to_all & (label.str.len_bytes() >= SHORTEST))).gather(codes)
