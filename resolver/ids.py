"""Entity ids: minted from content, so the same export gives the same ids on every machine and on every run."""

import hashlib
from base64 import b32encode

import polars as pl

SEPARATOR = "\x1f"


def mint(founders: pl.DataFrame) -> pl.Series:
    """One id for each founder, the record of an entity that comes first by content.

    founders: `record_id` and what else tells records apart, a column each. The source's name and the order of arrival
    play no part. Founders whose content is equal to the letter (bare numbers as ids in two systems, and nothing else)
    are told apart by counting in their order.
    """
    pieces = [_text(name, dtype) for name, dtype in founders.schema.items()]
    content = founders.select(pl.concat_str(pieces, separator=SEPARATOR)).to_series()
    repeat = pl.DataFrame({"content": content}).select(pl.int_range(pl.len()).over("content")).to_series()
    return pl.Series(
        "entity_id",
        [
            _digest(text if not again else f"{text}{SEPARATOR}{again}")
            for text, again in zip(content, repeat, strict=True)
        ],
        dtype=pl.String,
    )


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name).list.join(",") if dtype == pl.List(pl.String) else pl.col(name)
    return column.fill_null("")


def _digest(text: str) -> str:
    return "e" + b32encode(hashlib.blake2b(text.encode(), digest_size=10).digest()).decode().lower()
