"""Loading: the records of files, and what people said about them, into a store, tenant by tenant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl
from sqlalchemy import func, select

from resolver.errors import ConflictError, UsageError
from resolver.frames import RECORD_KEY, in_order
from resolver.judgement import Judgement, Judgements, settle
from resolver.paths.batch import Watch
from resolver.paths.finding import resolvers
from resolver.paths.freezing import freeze
from resolver.paths.frozen import FAR
from resolver.paths.judging import say_each, spoken
from resolver.paths.online import Resolver
from resolver.paths.options import Options
from resolver.paths.resettle import Writing
from resolver.paths.taking import Taken
from resolver.result import NO_TENANT
from resolver.settings import Project
from resolver.sources.load import Load
from resolver.steps.compare import compared_columns
from resolver.steps.prepare import prepare
from resolver.store.acts import Said
from resolver.store.database import Database
from resolver.store.journal import Event, begin_commit
from resolver.store.opening import tenants
from resolver.store.rows import every
from resolver.store.tables import records
from resolver.words.plain import count, field_word
from rules.ruleset import Ruleset

SAMPLE = 1000
"""Records that are looked at for what fields there are."""
INCOMPLETE = "incomplete "
"""What a setting of a load begins with that names a file which does not hold all records of its source."""

_Said = list[tuple[Said, str, str | None]]


@dataclass(frozen=True)
class Told:
    """What became of verdicts. known: those that the store had already; warnings: what is to be known of the others."""

    followed: int = 0
    known: int = 0
    events: list[Event] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Arrival:
    """How records are to be taken over.

    complete: they are all records of their sources. returning: forgotten ones may come back. who: loads them.
    """

    complete: bool = False
    returning: bool = False
    who: str | None = None


def load_into(
    database: Database, found: Load, settings: Project, arrival: Arrival, watch: Watch | None = None
) -> Mapping[str, Taken]:
    """What became of the records of a load, by tenant. A tenant without a model trains one on what comes first.

    Raises UsageError for what would do harm: records without a tenant beside some that have one, all of a source where
    some could not be read, and rules or clean sources that are not those of the store.
    """
    watch, come = watch or Watch(), found.records
    if arrival.complete:
        _refuse_partial(found)
    whose = come["tenant"].fill_null(NO_TENANT) if "tenant" in come.columns else None
    names = [NO_TENANT] if whose is None else whose.unique().sort().to_list()
    each = [Resolver(database, name) for name in names]
    trained = [resolver.is_trained() for resolver in each]
    _refuse_mixed(database, names)
    for resolver, known in zip(each, trained, strict=True):
        if known:
            _refuse_others(resolver, settings)
    options = Options(clean=tuple(settings.clean))
    if not all(trained):
        options.check(come["source"])
    taken = {}
    for resolver, known in zip(each, trained, strict=True):
        mine = come if whose is None else come.filter(whose == resolver.tenant)
        if not known:
            with watch.step(_step("train on", mine, resolver)):
                resolver.use(freeze(mine, _rules(settings), options, resolver.tenant), who=arrival.who)
        with watch.step(_step("load", mine, resolver)):
            taken[resolver.tenant] = resolver.take(
                mine, complete=arrival.complete, returning=arrival.returning, who=arrival.who
            )
    return taken


def _step(what: str, mine: pl.DataFrame, resolver: Resolver) -> str:
    return f"{what} {count(len(mine), 'record')}" + (f" of {resolver.tenant}" if resolver.tenant else "")


def _rules(settings: Project) -> Ruleset:
    return Ruleset.load(settings.rules) if settings.rules else Ruleset.default()


def _refuse_partial(found: Load) -> None:
    """Where not all of a source is here, what is missing may not be gone."""
    partial = [name.removeprefix(INCOMPLETE) for name in found.settings if name.startswith(INCOMPLETE)]
    if partial:
        raise UsageError(f"{', '.join(partial)}: not known to be all of its source; leave --complete out")
    if len(found.rejects):
        raise UsageError(
            f"{len(found.rejects):,} rows cannot be read, so what is missing may not be gone; mend them, or leave "
            "--complete out"
        )


def _refuse_mixed(database: Database, names: list[str]) -> None:
    """Records without a tenant beside others that have one are hardly meant: they would never meet."""
    with database.reading() as connection:
        there = tenants(connection)
    if any(there) and NO_TENANT in names:
        raise UsageError(
            f"the store holds contacts of {', '.join(there)}, and these name no tenant; say whose they are: --tenant"
        )
    if NO_TENANT in there and any(names):
        raise UsageError("the store holds contacts without a tenant; load those of tenants into a store of their own")


def _refuse_others(resolver: Resolver, settings: Project) -> None:
    """A store is resolved by its own rules and clean sources; a load does not change them."""
    with resolver.database.reading() as connection:
        present = resolver.frozen(connection)
    if settings.rules and _rules(settings).fingerprint != present.rules.fingerprint:
        raise UsageError(
            f"the store is resolved by other rules than {settings.rules}; look at what would change with resolver "
            "rules preview, and put them in force with resolver db train"
        )
    if settings.clean and sorted(settings.clean) != sorted(present.clean):
        named = ", ".join(present.clean) or "none"
        raise UsageError(f"the clean sources of the store are: {named}; change them with resolver db train --clean")


def outgrown(database: Database, found: Load, names: Iterable[str]) -> list[str]:
    """Why models should be trained anew: fields that one never saw, and so does not compare, and far more records than
    it was trained on. found: what was loaded last; names: of its tenants."""
    normalised = prepare(in_order(found.records.head(SAMPLE))).normalised
    told = []
    for name in names:
        with database.reading() as connection:
            frozen = Resolver(database, name).frozen(connection)
            alive = select(func.count()).where(records.c.tenant == name, records.c.entity.is_not(None))
            live = int(connection.execute(alive).scalar_one())
        whose = f"{name}: " if name else ""
        new = [field for field in compared_columns(normalised, frozen.rules) if field not in frozen.model.layout.levels]
        if new:
            told.append(f"{whose}not compared, as the model was trained without: {', '.join(map(field_word, new))}")
        trained = frozen.reference.records
        if live > FAR * trained:
            told.append(f"{whose}the model was trained on {trained:,} records, and now there are {live:,}")
    return told


def tell_into(database: Database, told: pl.DataFrame, by: str) -> Told:
    """Writes what people said into the store, an act a verdict. What it holds already is not said again.

    told: JUDGEMENTS (see `judgement.read_told`). by: who said what no name stands beside. A verdict that contradicts
    what the store holds is not followed.
    """
    each = resolvers(database, None)
    known = {resolver.tenant: _known(resolver) for resolver in each}
    settled = settle(told, pl.concat(known.values()))
    found = []
    for resolver in each:
        mine = settled.frame.filter(pl.col("tenant").fill_null(NO_TENANT) == resolver.tenant)
        numbers = dict(known[resolver.tenant].select("record_key", "number").iter_rows())
        found.append(_said(resolver, list(Judgements(mine)), numbers, by))
    return Told(
        sum(one.followed for one in found),
        sum(one.known for one in found),
        [event for one in found for event in one.events],
        [*settled.warnings, *(warning for one in found for warning in one.warnings)],
    )


def _known(resolver: Resolver) -> pl.DataFrame:
    """The records of a tenant as verdicts name them, with their numbers."""
    with resolver.database.reading() as connection:
        rows = every(connection, resolver.tenant, ("number", "source", "record_id", "excluded"))
    tenant = pl.lit(resolver.tenant or None, dtype=pl.String).alias("tenant")
    return rows.select(RECORD_KEY, "record_id", tenant, "excluded", "number")


def _said(resolver: Resolver, judgements: list[Judgement], numbers: dict[str, int], by: str) -> Told:
    with resolver.database.reading() as connection:
        known = {frozenset((one.left_key, one.right_key)): one.verdict for one in spoken(connection, resolver.tenant)}
    fresh = [
        ((numbers[one.left_key], numbers[one.right_key], one.verdict), one.who or by, _reason(one))
        for one in judgements
        if known.get(frozenset((one.left_key, one.right_key))) != one.verdict
    ]
    events, refused = _followed(resolver, fresh, by) if fresh else ([], [])
    return Told(len(fresh) - len(refused), len(judgements) - len(fresh), events, refused)


def _followed(resolver: Resolver, told: _Said, by: str) -> tuple[list[Event], list[str]]:
    """Says all of it at once. Where something contradicts the store, each half by itself, until what does is alone."""
    try:
        with resolver.database.writing(resolver.tenant) as connection:
            commit = begin_commit(connection, resolver.tenant, "judge", by)
            return say_each(Writing(connection, resolver.frozen(connection), commit), told), []
    except ConflictError as error:
        if len(told) == 1:
            return [], [f"not followed: {error}"]
    half = len(told) // 2
    halves = [_followed(resolver, part, by) for part in (told[:half], told[half:])]
    return [event for events, _ in halves for event in events], [line for _, lines in halves for line in lines]


def _reason(said: Judgement) -> str | None:
    """Why it was said, and when, as the act itself is as old as its load."""
    when = f"said on {said.when:%Y-%m-%d}" if said.when else None
    return ", ".join(text for text in (said.why, when) if text) or None
