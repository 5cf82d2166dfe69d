"""Entity ids: minted from content, so the same export gives the same ids on every machine and on every run."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np
import polars as pl

from rules.values.distinct import FEW

SEPARATOR = "\x1f"
ALPHABET = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", dtype=np.uint8)
"""The letters of base32 (RFC 4648), five bits each, in lower case."""
SIZE = 10
"""Bytes of a digest: two groups of forty bits, each of them eight letters."""
AT_A_TIME = 50_000
"""Founders that are looked at together."""


def mint(founders: pl.DataFrame) -> pl.Series:
    """One id for each founder, the record of an entity that comes first by content.

    founders: `record_id` and what else tells records apart, a column each. The source's name and the order of arrival
    play no part. Founders whose content is equal to the letter (bare numbers as ids in two systems, and nothing else)
    are told apart by counting in their order.
    """
    return mint_parts(founders.iter_slices(AT_A_TIME) if len(founders) else [founders])


def mint_parts(founders: Iterable[pl.DataFrame]) -> pl.Series:
    """The same of founders that come part by part."""
    content = _told_apart(pl.concat([_content(part) for part in founders], rechunk=True))
    return _in_parts(_digests, content.to_frame()).alias("entity_id")


def alike(founders: pl.DataFrame) -> pl.Series:
    """The same by content alone: founders of equal content get one id.

    With a further column that counts those that came before, each gets what `mint` gives it among all of them.

    >>> twice = pl.DataFrame({"record_id": ["7", "7"], "given": ["ann", "ann"]})
    >>> mint(twice)[1] == alike(twice.with_columns(again=pl.lit("1")))[1]
    True
    """
    return _in_parts(_digests, _in_parts(_content, founders).to_frame()).alias("entity_id")


def _in_parts(made: Callable[[pl.DataFrame], pl.Series], frame: pl.DataFrame) -> pl.Series:
    """What is made of a frame's rows, of so many at a time that what lies between needs little memory."""
    parts = [made(part) for part in frame.iter_slices(AT_A_TIME)] or [made(frame)]
    return pl.concat(parts, rechunk=True)


def _content(founders: pl.DataFrame) -> pl.Series:
    """All that each founder says as one text."""
    if len(founders) < FEW:
        each = zip(*(map(_plain_text, column.to_list()) for column in founders), strict=True)
        return pl.Series("content", [SEPARATOR.join(texts) for texts in each], dtype=pl.String)
    pieces = pl.DataFrame([_text(column) for column in founders])
    return pieces.select(pl.concat_str(pl.all(), separator=SEPARATOR).alias("content")).to_series()


def _text(column: pl.Series) -> pl.Series:
    """Values as text, lists joined by commas. Most lists hold one value at most, which needs no joining."""
    if column.dtype != pl.List(pl.String):
        return column.fill_null("")
    text = column.list.first()
    several = (column.list.len() > 1).arg_true()
    if len(several):
        text = text.scatter(several, column.gather(several).list.join(","))
    return text.fill_null("")


def _plain_text(held: str | list[str] | None) -> str:
    """The same of one value, or of one list."""
    return ",".join(held) if isinstance(held, list) else held or ""


def _told_apart(content: pl.Series) -> pl.Series:
    """The texts, with a number behind those that came before."""
    if len(content) < FEW:
        before: Counter[str] = Counter()
        told = []
        for text in content.to_list():
            told.append(f"{text}{SEPARATOR}{before[text]}" if before[text] else text)
            before[text] += 1
        return pl.Series("content", told, dtype=pl.String)
    repeated = content.is_duplicated()
    if not repeated.any():
        return content
    again = pl.int_range(pl.len()).over("content")
    numbered = pl.when(again > 0).then(pl.concat_str("content", again, separator=SEPARATOR)).otherwise("content")
    few = content.filter(repeated).alias("content").to_frame().select(numbered).to_series()
    return content.scatter(repeated.arg_true(), few)


def _digests(content: pl.DataFrame) -> pl.Series:
    """ "e" and sixteen letters: the BLAKE2b digest of each text (10 bytes) in base32."""
    empty = hashlib.blake2b(digest_size=SIZE)
    digests = []
    for text in content["content"].to_list():
        digest = empty.copy()
        digest.update(text.encode())
        digests.append(digest.digest())
    groups = np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(len(content), SIZE // 5, 5)
    forty = np.zeros(groups.shape[:2], dtype=np.uint64)
    for place in range(5):
        forty = (forty << np.uint64(8)) | groups[:, :, place]
    letters = np.full((len(content), 17), ord("e"), dtype=np.uint8)
    for place in range(8):
        fives = (forty >> np.uint64(35 - 5 * place)) & np.uint64(31)
        letters[:, 1 + place :: 8] = ALPHABET[fives.astype(np.uint8)]
    return pl.Series(letters.view("S17").ravel().tolist(), dtype=pl.Binary).cast(pl.String)
