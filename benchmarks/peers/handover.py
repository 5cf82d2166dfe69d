"""What a peer is given: the columns that tell who somebody is, under the headers these tools know best.

What each column is (a family name, an e-mail) is inferred by the engine's own reading of columns, so that no peer
suffers from headers it does not know. Rows are shuffled and numbered anew: neither ids nor the order may tell who is
who.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Final

import polars as pl

from benchmarks.peers.headers import BOOKKEEPING, HEADERS
from resolver.model.layout import CATEGORY
from resolver.sources.inputs import read

PERSONS: Final = frozenset({"given_name", "family_name", "full_name"})
SEED: Final = 7


@dataclass(frozen=True)
class Handover:
    """What goes to a peer and how to read what comes back.

    frame: `record_id` (new numbers as text), the columns as found, and `truth_id` for those who may see labels.
    ids: the record ids of the set, in the order of the new numbers.
    """

    frame: pl.DataFrame
    ids: pl.Series

    @property
    def hidden(self) -> pl.DataFrame:
        """The frame without the truth."""
        return self.frame.drop("truth_id")

    @property
    def truth(self) -> pl.DataFrame:
        """Who is who, under the set's own ids (record_key, truth_id)."""
        return pl.DataFrame([self.ids.alias("record_key"), self.frame["truth_id"]])

    @cached_property
    def digest(self) -> str:
        """The content in 16 hex digits: other values, or columns understood in another way, are another set."""
        return blake2b(self.frame.write_csv().encode(), digest_size=8).hexdigest()

    def read(self, answer: pl.DataFrame) -> pl.DataFrame:
        """A peer's (record_id, entity) -> (record_key, entity_id) of the set; raises ValueError on other records."""
        numbers = answer["record_id"].cast(pl.String)
        if sorted(numbers) != sorted(self.frame["record_id"]):
            raise ValueError("the answer does not hold every record exactly once")
        entity = answer["entity"].cast(pl.String).alias("entity_id")
        return pl.DataFrame([self.ids.gather(numbers.cast(pl.Int64)).alias("record_key"), entity])


def hand_over(labelled: pl.DataFrame) -> Handover:
    """A labelled set (record_id, truth_id, columns as found) as peers get it."""
    labelled = labelled.sort("record_id").sample(fraction=1.0, shuffle=True, seed=SEED)
    shown = labelled.drop([name for name in labelled.columns if name.startswith("truth_")])
    kept: list[pl.Series] = []
    times: Counter[str] = Counter()
    uses = {use.column: use.field for use in read([shown]).columns if use.field is not None}
    persons = PERSONS.intersection(uses.values())
    for header, field in uses.items():
        if field in BOOKKEEPING:
            continue
        # Where nobody has a name of a person, that of the company is the name.
        own = HEADERS if persons else {**HEADERS, "company": "name"}
        name = own.get(field, field.removeprefix(CATEGORY))
        times[name] += 1
        column = shown[header].cast(pl.String)
        kept.append(column.alias(name if times[name] == 1 else f"{name}_{times[name]}"))
    numbers = pl.Series("record_id", range(len(labelled))).cast(pl.String)
    truth = labelled["truth_id"].cast(pl.String)
    return Handover(pl.DataFrame([numbers, *kept, truth.alias("truth_id")]), labelled["record_id"].cast(pl.String))
