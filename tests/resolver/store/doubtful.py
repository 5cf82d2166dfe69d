"""A small world in which much is doubtful, and the cases that a batch would make of it."""

from dataclasses import replace
from functools import cache

import polars as pl

from resolver import review
from resolver.contact import Consent
from resolver.frames import RECORD_KEY
from resolver.judgement import told_frame
from resolver.paths.batch import resolve
from resolver.paths.doubts import CODES
from resolver.paths.judging import spoken
from resolver.paths.options import Options
from resolver.store.case_tables import cases
from resolver.store.cases import Wanted
from resolver.store.rows import every
from tests.resolver.store.living import contact, people, trained

FEW = 150
ONE = contact("1", "Ann", "Lee", "ann@x.com", "+1 312 555 0188")
OTHER = contact("2", "Ann", "Lee", "lee@zed.net", "+1 415 555 2671", source="web")
THIRD = contact("3", "Annie", "Lee", "annie@fox.org", source="web")
"""Three who may be one person."""
YES = contact("5", "Gil", "Moss", "gil@moss.org", consent=[Consent(channel="email", state="granted")])
NO = contact("6", "Gil", "Moss", "gil@moss.org", source="web", consent=[Consent(channel="email", state="denied")])
"""One person, who agreed to mail in one place and refused it in another."""


@cache
def doubting(match=0.9995, clean=()):
    """A model that joins only what is very sure, and asks about much."""
    frozen = trained(clean)
    bounds = frozen.rules.thresholds.model_copy(update={"review": 0.002, "match": match, "sure": 0.999999})
    return replace(frozen, rules=frozen.rules.model_copy(update={"thresholds": bounds}))


def few():
    """RECORDS of a few of the people."""
    return people().head(FEW)


def open_cases(resolver):
    """The items of all open cases, by their ids."""
    return {item.case_id: item for item in review.queue(resolver, Wanted(), limit=500).items}


def told_by_store(resolver):
    """(reason, records of the entities in doubt, the pair that shows it, probability, value) of all open cases."""
    with resolver.database.reading() as connection:
        rows = every(connection, resolver.tenant, ("number", "source", "record_id", "entity")).with_columns(RECORD_KEY)
        found = connection.execute(cases.select().where(cases.c.tenant == resolver.tenant, cases.c.end.is_(None))).all()
    keys = dict(rows.select("number", "record_key").iter_rows())
    members = dict(rows.group_by("entity").agg("record_key").iter_rows())
    return {
        (
            row.reason,
            frozenset(frozenset(members[entity]) for entity in (row.one, row.other)),
            frozenset((keys[row.left], keys[row.right])),
            round(row.probability, 9),
            round(row.value, 9),
        )
        for row in found
    }


def told_by_batch(resolver, records):
    """The same of a batch over RECORDS, by the store's model and what people said."""
    with resolver.database.reading() as connection:
        frozen, said = resolver.frozen(connection), spoken(connection, resolver.tenant)
    options = Options(
        clean=tuple(source for source in frozen.clean if source in records["source"]),
        models={"": frozen.model},
        references={"": frozen.reference},
        judgements=told_frame(said),
    )
    result = resolve(records.drop("tenant", strict=False), frozen.rules, options)
    live = result.clusters.filter(pl.col("excluded").is_null())
    members = dict(live.group_by("entity_id").agg("record_key").iter_rows())
    return {
        (
            CODES[row["reason"]],
            frozenset(frozenset(members[row[f"{side}_entity"]]) for side in ("left", "right")),
            frozenset((row["left_key"], row["right_key"])),
            round(row["probability"], 9),
            round(row["value"], 9),
        )
        for row in result.review.iter_rows(named=True)
    }
