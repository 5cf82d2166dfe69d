"""Loads and validates a rule set: a TOML file that says what counts, and how much."""

import hashlib
import json
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rules.registry import FIELDS

Probability = Annotated[float, Field(gt=0, lt=1)]
GoldenGroup = Literal["name", "email", "phone", "work", "address", "birth_date", "other"]
Criterion = Literal["valid", "source", "made_by", "frequent", "complete", "recent"]

SHARED = ("same, shared by 3 or 4", "same, shared by 5 to 9", "same, shared by 10 or more")
SHARED_FROM = (3, 5, 10)
"""An equal value moves to the level of this place from so many different persons on."""
UNUSUAL = "different, one unusual"
SWAPPED = "swapped"


class RulesError(Exception):
    """A rule set that cannot be used; says where and why in one line."""

    def __init__(self, place: str, reason: str) -> None:
        self.place, self.reason = place, reason
        super().__init__(f"{place}: {reason}")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Thresholds(_Part):
    """Probabilities that separate apart, ask and join; what is not fixed here is drawn from the data at hand."""

    match: Probability | None = None
    review: Probability | None = None
    sure: Probability | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        fixed = [bound for bound in (self.review, self.match, self.sure) if bound is not None]
        if fixed != sorted(fixed):
            raise ValueError("review <= match <= sure must hold")
        return self


class Comparison(_Part):
    """How one field counts: a level's pair of numbers is (share among the same person, share among strangers)."""

    levels: dict[str, tuple[Probability, Probability]]
    frequency: bool = False
    shared: bool = False
    rarity: bool = False

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Self:
        for place, who in ((0, "the same person"), (1, "strangers")):
            total = sum(pair[place] for pair in self.levels.values())
            if abs(total - 1) > 0.02:
                raise ValueError(f"the shares among {who} sum to {total:.3f}, not 1")
        return self


class Strangers(_Part):
    """A kind of pair that looks alike without being one person, by the fields that agree in it."""

    agree: tuple[str, ...]


class Caution(_Part):
    """What may join two records while fewer than `until_pairs` pairs of one person are known.

    alone: levels that suffice. with_name: levels that suffice together with one of `name`. against: levels beside which
    nothing suffices. All by field.
    """

    until_pairs: Annotated[float, Field(ge=0)]
    alone: dict[str, tuple[str, ...]]
    with_name: dict[str, tuple[str, ...]]
    name: dict[str, tuple[str, ...]]
    against: dict[str, tuple[str, ...]] = {}


class Blocking(_Part):
    """Which records meet: families of keys, each made of `field.part` pieces."""

    cap: Annotated[int, Field(ge=2, le=10_000)]
    pairs_per_record: Annotated[float, Field(gt=0)]
    keys: dict[str, tuple[str, ...]]
    any_order: dict[str, tuple[str, str] | tuple[str, str, str]] = {}
    nameless: dict[str, tuple[str, ...]] = {}
    caps: dict[str, Annotated[int, Field(ge=2)]] = {}

    @property
    def families(self) -> dict[str, tuple[str, ...]]:
        """All families of keys by name."""
        return {**self.keys, **self.any_order, **self.nameless}

    @model_validator(mode="after")
    def _few_enough(self) -> Self:
        # A pair remembers the families that made it as the bits of one 64-bit number.
        if len(self.families) > 64:
            raise ValueError(f"there are {len(self.families)} key families; 64 is the most")
        return self


class Survivorship(_Part):
    """How golden values are chosen."""

    sources: tuple[str, ...] = ()
    made_by: tuple[str, ...] = ()
    groups: dict[GoldenGroup, tuple[Criterion, ...]]

    @model_validator(mode="after")
    def _all_there(self) -> Self:
        missing = set(get_args(GoldenGroup)) - set(self.groups)
        if missing:
            raise ValueError(f"survivorship.groups lacks {', '.join(sorted(missing))}")
        return self


class Review(_Part):
    """Who decides what the engine is unsure of. second_from: cases of so many records or more need two stewards who say
    the same; without it one is enough."""

    second_from: Annotated[int, Field(ge=2)] | None = None


class Ruleset(_Part):
    """A validated rule set."""

    name: str
    thresholds: Thresholds = Thresholds()
    compare: dict[str, Comparison]
    strangers: dict[str, Strangers] = {}
    caution: Caution
    blocking: Blocking
    survivorship: Survivorship
    review: Review = Review()

    @property
    def fingerprint(self) -> str:
        """Names what of it makes entities and golden records: equal in that, equal fingerprints. Who reviews is not."""
        canonical = json.dumps(self.model_dump(mode="json", exclude={"review"}), sort_keys=True)
        return hashlib.blake2b(canonical.encode(), digest_size=8).hexdigest()

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for name, comparison in self.compare.items():
            _check_levels(name, comparison)
        for kind, strangers in self.strangers.items():
            for field in strangers.agree:
                _known(field, self.compare, f"strangers.{kind} names the field")
        for part in ("alone", "with_name", "name", "against"):
            for field, levels in getattr(self.caution, part).items():
                _known(field, self.compare, f"caution.{part} names the field")
                for level in levels:
                    _known(level, self.compare[field].levels, f"caution.{part}.{field} names the level")
        for family in self.blocking.caps:
            _known(family, self.blocking.families, "blocking.caps names the family")
        for family, parts in self.blocking.families.items():
            for part in parts:
                field, _, key = part.partition(".")
                _known(field, FIELDS, f"blocking.keys.{family} names the field")
                _known(key, FIELDS[field].keys, f"blocking.keys.{family} asks {field} for the key")
        return self

    @classmethod
    def default(cls) -> Self:
        """The rule set that ships with the engine."""
        return cls.parse(files("rules").joinpath("contacts.toml").read_text(encoding="utf-8"), "contacts.toml")

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Reads a rule set from a file; raises RulesError naming the file and the line."""
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RulesError(str(path), f"cannot be read ({error})") from error
        return cls.parse(text, str(path))

    @classmethod
    def parse(cls, text: str, origin: str) -> Self:
        """Reads a rule set from TOML text; `origin` is what errors call it."""
        try:
            return cls.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise RulesError(origin, f"is not valid TOML: {error}") from error
        except ValidationError as error:
            first = error.errors()[0]
            names = [str(name) for name in first["loc"]]
            reason = str(first["msg"]).removeprefix("Value error, ")
            line = _line_of(text, names, reason)
            place = f"{origin}:{line}" if line else origin
            raise RulesError(place, f"{'.'.join(names)}: {reason}".lstrip(": ")) from error


def _known(name: str, names: Any, what: str) -> None:
    if name not in names:
        raise ValueError(f"{what} '{name}', which does not exist; there are {', '.join(sorted(names))}")


def _check_levels(name: str, comparison: Comparison) -> None:
    _known(name, FIELDS, "compare names the field")
    expected = set(levels_of(name, comparison))
    if expected != set(comparison.levels):
        missing, unknown = expected - set(comparison.levels), set(comparison.levels) - expected
        told = [f"lacks '{level}'" for level in sorted(missing)] + [f"has no '{level}'" for level in sorted(unknown)]
        raise ValueError(f"compare.{name}.levels {', '.join(told)}")


def levels_of(name: str, comparison: Comparison) -> tuple[str, ...]:
    """The field's own levels and those that the comparison's splits add, best first."""
    levels = list(FIELDS[name].levels)
    if comparison.shared:
        levels[1:1] = SHARED
    if name == "given":
        levels.insert(levels.index("different"), SWAPPED)
    if comparison.rarity:
        levels.insert(levels.index("different"), UNUSUAL)
    return tuple(levels)


def _line_of(text: str, names: list[str], reason: str) -> int | None:
    """The line a complaint is about: the last of its names that the text spells out, or a name it quotes."""
    quoted = reason.split("'")[1::2]
    wanted = [*quoted[:1], *reversed([name for name in names if not name.isdigit()])]
    lines = text.splitlines()
    for name in wanted:
        for number, line in enumerate(lines, start=1):
            if name in line.partition("#")[0]:
                return number
    return None
