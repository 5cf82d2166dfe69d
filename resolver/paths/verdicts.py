"""Verdicts as rows of one tenant's records: what they forbid and demand, and what they leave to ask."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import End, Rows, couple
from resolver.judgement import Verdict
from resolver.result import Scored
from resolver.steps.cluster import Bounds, Pairs

NO_PAIRS: Pairs = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
CERTAIN = 30.0
"""Log odds that stand for a person's word."""


@dataclass(frozen=True)
class Verdicts:
    """(left, right) rows of each verdict, left < right."""

    same: Pairs
    different: Pairs
    unsure: Pairs

    @classmethod
    def of(cls, used: pl.DataFrame, keys: pl.Series) -> "Verdicts":
        """used: JUDGEMENTS that count, of any tenants. keys: the record key of each row."""
        if not len(used):
            return cls(NO_PAIRS, NO_PAIRS, NO_PAIRS)
        row = pl.DataFrame({"key": keys}).with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
        found = used.join(row.rename({"row": "one"}), left_on="left_key", right_on="key").join(
            row.rename({"row": "other"}), left_on="right_key", right_on="key"
        )
        ends = found["one"].to_numpy(), found["other"].to_numpy()
        left, right = np.minimum(*ends), np.maximum(*ends)
        order = np.lexsort((right, left))
        said = np.asarray(found["verdict"].to_list(), dtype=object)[order]

        def of(verdict: Verdict) -> Pairs:
            mine = order[said == verdict]
            return left[mine], right[mine]

        return cls(of(Verdict.SAME), of(Verdict.DIFFERENT), of(Verdict.UNSURE))

    def bounds(self, sides: Rows | None) -> Bounds:
        """What no score may change. sides: a number a row; two rows of equal number are not one person."""
        return Bounds.of(self.same, self.different, sides)

    def told(self, sides: Rows | None) -> Rows:
        """Rows of which more is known than they say: a verdict names them, or their source holds nobody twice."""
        named = [*self.same, *self.different, *self.unsure]
        crowded = np.flatnonzero(np.bincount(sides)[sides] > 1) if sides is not None else np.zeros(0, dtype=np.int64)
        return np.concatenate([*named, crowded]).astype(np.int64)

    def settled(self, scored: Scored, entity: Rows) -> Scored:
        """The pairs with people's word in place of the scores, so that nobody is asked again.

        A DIFFERENT, or an UNSURE on records that are apart, settles every pair between the two entities. An UNSURE on
        records of one entity leaves them there.
        """
        if not any(len(rows) for rows, _ in (self.same, self.different, self.unsure)):
            return scored
        left, right = scored.left, scored.right
        joined = entity[left] == entity[right]
        sure = joined & _among(left, right, _both(self.same, self.unsure))
        one, other = _both(self.different, self.unsure)
        apart = ~joined & _among(entity[left], entity[right], (entity[one], entity[other]))
        return replace(scored, logits=np.where(sure, CERTAIN, np.where(apart, -CERTAIN, scored.logits)))


def _both(first: Pairs, second: Pairs) -> Pairs:
    return np.concatenate((first[0], second[0])), np.concatenate((first[1], second[1]))


def _among(left: End, right: End, pairs: Pairs) -> NDArray[np.bool_]:
    """Whether each (left, right) is one of some pairs, in either order."""
    if not len(pairs[0]):
        return np.zeros(len(left), dtype=np.bool_)
    return np.isin(couple(left, right), couple(*pairs))
