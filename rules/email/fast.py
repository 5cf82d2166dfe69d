"""E-mail addresses by the million: plain ones by a few regular expressions, the rest is left to `email.normalise`."""

import polars as pl

from rules.lists import words

# Below every limit of email-validator: on an address, and on a label, if even the domain is no longer than one may be.
LONGEST, LONGEST_DOMAIN = 200, 63

_ATOM = r"[a-z0-9_!#$%&'+\-/=?^`{|}~]+"
# Nothing here that `email.repaired` would change, but for blanks at the ends and upper case.
_PLAIN = rf"^{_ATOM}(?:\.{_ATOM})*@(?:[a-z0-9\-]+\.)+[a-z0-9\-]*[a-z]$"
# A hyphen at the edge of a label is wrong, and two in a row may be an encoded domain ("xn--"). "###" hides something.
_DOUBTFUL = r"--|-\.|\.-|@-|###"
_NO_ADDRESS = r"^[\x00-?A-\x7f]*$"


def normalise_all(raw: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The twin of `email.normalise`: (values, covered), both as long as `raw`. Not covered are

    characters outside ASCII, display names, brackets, quotes and masks; hyphens beside a dot or another hyphen;
    addresses over 200 characters; and addresses whose name or domain is one that fillers use.
    """
    # Kelvin and dotted I turn into ASCII in lower case, here as in `email.normalise`.
    text = raw.str.strip_chars(" ").str.to_lowercase().alias("text")
    at = text.str.find("@", literal=True)
    names, domains = _of_fillers()
    name, domain = pl.col("text").str.slice(0, at), pl.col("text").str.slice(at + 1)
    plain = pl.col("text").str.contains(_PLAIN) & ~pl.col("text").str.contains(_DOUBTFUL)
    short = (pl.col("text").str.len_bytes() <= LONGEST) & (domain.str.len_bytes() <= LONGEST_DOMAIN)
    filler = name.is_in(names) | domain.is_in(domains)
    frame = text.to_frame().select(
        plain=(plain & short & ~filler).fill_null(False),
        none=pl.col("text").str.contains(_NO_ADDRESS).fill_null(True),
    )
    values = text.set(~frame["plain"], None).alias(raw.name)
    return values, (frame["plain"] | frame["none"]).alias("covered")


def _of_fillers() -> tuple[list[str], list[str]]:
    """The names and the domains that the list of fillers mentions."""
    pairs = [entry.split("@") for entry in words("junk_emails")]
    names = {name for name, _ in pairs if name != "*"}
    # "word@word.*" is known by its name already.
    return sorted(names), sorted({domain for name, domain in pairs if name == "*"})
