"""Profiles in social networks: which addresses are one person's page, and which are no person's page at all."""

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qs, unquote

import polars as pl

from rules.field import Field, Levels, Strings
from rules.lists import groups, words
from rules.values import hidden
from rules.values.hidden import HIDDEN
from rules.values.scoped import LEVELS, Scoped
from rules.values.text import fold

_PLACEHOLDERS = words("placeholder_identifiers")
_NETWORKS = {
    "x": "twitter",
    "fb": "facebook",
    "meta": "facebook",
    "insta": "instagram",
    "ig": "instagram",
    "gh": "github",
}
_HOSTS = {
    "linkedin.com": "linkedin",
    "lnkd.in": "linkedin",
    "twitter.com": "twitter",
    "x.com": "twitter",
    "facebook.com": "facebook",
    "fb.com": "facebook",
    "instagram.com": "instagram",
    "github.com": "github",
    "xing.com": "xing",
    "youtube.com": "youtube",
    "tiktok.com": "tiktok",
}
_URL = re.compile(
    r"(?:[a-z][a-z0-9+.-]*:)?(?://)?(?P<host>[^/?#\s@]+\.[a-z]{2,})(?::\d+)?"
    r"(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?(?:#.*)?",
    re.IGNORECASE,
)
_HANDLE = re.compile(rf"[\w.%{HIDDEN}-]+")
_HIDES = re.compile(f"[{hidden.SIGNS}{HIDDEN}]+")  # one is enough: no handle is made with them
# Most handles begin with a name: three letters say no more than the name does.
_LEAST_SHOWN = 5

_NO_PERSON = frozenset((network, word) for network, *paths in groups("social_no_person") for word in paths)


class _Page(NamedTuple):
    segments: tuple[str, ...]
    query: dict[str, list[str]]


def normalise(raw: str | None, network: str | None = None) -> str | None:
    """ "network:handle", for example "linkedin:in/amelia-hartley"; None for what is no person's page.

    `network` names the network of a bare handle. Scheme, country, query and case are set aside. "…" is what is hidden.

    >>> normalise("https://uk.linkedin.com/in/Amelia-Hartley/?trk=x"), normalise("@amelia", "Twitter")
    ('linkedin:in/amelia-hartley', 'twitter:amelia')
    >>> normalise("https://www.linkedin.com/company/acme") is None
    True
    """
    text = _HIDES.sub(HIDDEN, (raw or "").strip())
    if (fold(text) or "none") in _PLACEHOLDERS:
        return None
    named = (fold(network) or "").replace(" ", "")
    named = _NETWORKS.get(named, named)
    found = _URL.fullmatch(text)
    # "amelia.hartley" is a handle where the network is known, and "x.com/amelia" an address all the same
    if found and (_network_of(found["host"]) or found["path"] or not named):
        at = _network_of(found["host"])
        return _written(at or named or _host(found["host"]), _page(found["path"] or "", found["query"] or ""))
    path = re.sub(r"^/?", "", text).removeprefix("@")
    if not named or not all(_HANDLE.fullmatch(piece) for piece in path.rstrip("/").split("/")):
        return None
    return _written(named, _page(f"/{path}", ""))


def _host(host: str) -> str:
    return host.lower().removeprefix("www.").removeprefix("m.")


def _network_of(host: str) -> str | None:
    """The network of a host name, whatever its country: uk.linkedin.com, m.facebook.com."""
    return _HOSTS.get(".".join(host.lower().split(".")[-2:]))


def _page(path: str, query: str) -> _Page:
    decoded = (unicodedata.normalize("NFC", unquote(piece)).strip() for piece in path.split("/"))
    return _Page(tuple(piece for piece in decoded if piece), parse_qs(query))


def _written(network: str, page: _Page) -> str | None:
    handle = _READERS.get(network, _plain)(page, network)
    return f"{network}:{handle}" if handle else None


def _linkedin(page: _Page, network: str) -> str | None:
    """/in/ is a profile; /pub/ and the pages of other products name one in their own way and stay apart."""
    segments = [piece.lower() for piece in page.segments]
    if segments[:1] == ["mwlite"]:
        segments = segments[1:]
    if not segments or (network, segments[0]) in _NO_PERSON:
        return None
    if segments[0] == "in":
        return f"in/{segments[1]}" if len(segments) > 1 else None
    if segments[0] == "pub":
        return "/".join(segments) if len(segments) > 1 else None
    if segments[0] == "profile" and page.query.get("id"):
        return f"id/{page.query['id'][0].lower()}"
    if segments[0] in {"sales", "talent", "recruiter"}:
        # the id's case counts; what follows the comma is how it was found
        return f"{segments[0]}/{page.segments[-1].partition(',')[0]}" if len(segments) > 1 else None
    return f"in/{segments[0]}" if len(segments) == 1 else None


def _facebook(page: _Page, network: str) -> str | None:
    segments = [piece.lower() for piece in page.segments]
    if not segments or (network, segments[0]) in _NO_PERSON:
        return None
    if segments[0] == "profile.php":
        return f"id/{page.query['id'][0]}" if page.query.get("id") else None
    if segments[0] == "people":
        return f"id/{segments[2]}" if len(segments) > 2 else None
    # Facebook ignores full stops in user names
    return segments[0].replace(".", "") or None


def _first(page: _Page, network: str) -> str | None:
    """The first word of the path is the handle."""
    handle = page.segments[0].lower().removeprefix("@") if page.segments else ""
    return None if (network, handle) in _NO_PERSON else handle or None


def _plain(page: _Page, _network: str) -> str | None:
    """A network that is not known: the whole path."""
    return "/".join(page.segments).lower().removeprefix("@") or None


_READERS: dict[str, Callable[[_Page, str], str | None]] = {
    "linkedin": _linkedin,
    "facebook": _facebook,
    "twitter": _first,
    "instagram": _first,
    "github": _first,
    "tiktok": _first,
}


class _Profiles(Scoped):
    """Profiles agree when they are one page of one network, however its address is written and as far as it is shown.

    "typo" is one edit from six characters on. Of a handle that is hidden in part five characters or more must agree.
    Pages of different networks, or of different kinds within one (a profile and a Sales Navigator page), cannot be
    compared.
    """

    @staticmethod
    def space(value: pl.Expr) -> pl.Expr:
        """The network and the way it names people: "linkedin:in", "facebook:id", "twitter:"."""
        return pl.coalesce(value.str.extract(r"^([^:]*:[^/]*)/"), value.str.extract(r"^([^:]*:)"))

    @staticmethod
    def as_shown(left: Strings, right: Strings) -> Levels:
        shown = hidden.alike(*([_handle(value) for value in side] for side in (left, right)))
        return hidden.told(shown.fits, shown.front + shown.back >= _LEAST_SHOWN, LEVELS)


def _handle(value: str) -> str:
    """The name alone, without its network and kind."""
    handle = value.partition(":")[2]
    return handle.partition("/")[2] if "/" in handle else handle


SOCIAL = Field(
    "social",
    levels=LEVELS,
    normalise=normalise,
    judge=_Profiles,
    keys=hidden.without_keys({"same": lambda value: (value,)}),
    take_apart=hidden.in_full,
    fast_keys={"same": lambda values: values},
)
