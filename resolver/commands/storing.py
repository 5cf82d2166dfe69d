"""Commands on a store: load, export, history, forget, rules preview, and the care of its database."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resolver.commands.options import (
    AsJson,
    Clean,
    DateOrder,
    Debug,
    FileFormat,
    Files,
    IdColumn,
    JudgementsFile,
    Map,
    Out,
    ProjectFile,
    Region,
    Rules,
    Source,
    SourceColumn,
    Tenant,
    reading_of,
    settings_of,
)
from resolver.commands.stores import Db, Store, Who, Whose, on_store

if TYPE_CHECKING:
    from resolver.model.frozen import Frozen
    from resolver.paths.online import Resolver
    from resolver.settings import Project

FAULTY = 1
"""The exit code of a check that found something."""
Learned = Annotated[
    bool,
    typer.Option("--from-judgements", help="As people's decisions correct the model in force, not trained anew."),
]
UNUSED = ("model", "target_precision")
"""What a project file may say of a run over files, and a load has no use for."""


def load(
    files: Files = None,
    db: Db = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="The files hold all of their sources: what is missing was deleted.")
    ] = False,
    returning: Annotated[bool, typer.Option("--returning", help="Take back records that were forgotten.")] = False,
    judgements: JudgementsFile = None,
    who: Who = None,
    rules: Rules = None,
    columns: Map = None,
    id_column: IdColumn = None,
    source_column: SourceColumn = None,
    source: Source = None,
    tenant: Tenant = None,
    region: Region = None,
    date_order: DateOrder = None,
    clean: Clean = None,
    project: ProjectFile = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Load contact files into a store that remembers: who is who is kept up to date, and ids stay.

    The first load trains a model on its records; later ones touch only what changed. Loading a file again changes
    nothing.
    """
    told = {
        "id_column": id_column,
        "source_column": source_column,
        "source": source,
        "tenant": tenant,
        "region": region,
        "date_order": date_order,
        "clean": clean or None,
        "judgements": judgements,
    }
    with on_store(db, debug) as store:
        settings = settings_of(project, files, None, rules, columns, told)
        typer.echo(_loaded(store, settings, who, (complete, returning), as_json=as_json))


def _loaded(store: Store, settings: "Project", who: str | None, how: tuple[bool, bool], *, as_json: bool) -> str:
    """What a load did. how: whether the files are complete, and whether what was forgotten may come back."""
    from resolver.commands.resolving import progress
    from resolver.errors import NothingUsableError
    from resolver.judgement import read_told
    from resolver.paths.loading import Arrival, load_into, outgrown, tell_into
    from resolver.sources.inputs import read
    from resolver.words.storing import Loaded, loaded_as_json, loaded_in_words

    # A mistake in the verdicts shows before anything is loaded.
    told = read_told(settings.judgements) if settings.judgements else None
    with progress() as watch:
        with watch.step("read"):
            found = read(settings.inputs, reading_of(settings))
        if not len(found.records):
            raise NothingUsableError("; ".join(found.warnings) or "there is not one record in the inputs")
        database = store.open(make=True)
        taken = load_into(database, found, settings, Arrival(*how, who), watch)
        said = None
        if told is not None:
            with watch.step("follow verdicts"):
                said = tell_into(database, told, who or str(settings.judgements))
        with watch.step("look"):
            outgrew = outgrown(database, found, taken)
    unused = [name for name in UNUSED if getattr(settings, name) is not None]
    found.warnings.extend(f"{name} of the project file plays no part in a load" for name in unused)
    done = Loaded(found, taken, said, outgrew, store.name)
    return (loaded_as_json if as_json else loaded_in_words)(done)


def export(
    db: Db = None,
    out: Out = None,
    tenant: Whose = None,
    file_format: FileFormat = "parquet",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Write what a store holds as the result files of `dedupe`, with the store's own ids, and a report."""
    with on_store(db, debug) as store:
        from resolver.commands.resolving import progress, refuse_unknown, written
        from resolver.paths.exporting import exported, write_references
        from resolver.paths.finding import resolvers

        refuse_unknown(file_format)
        with progress() as watch:
            each, folder = resolvers(store.open(), tenant), out or Path("out")
            summary = written(exported(each, store.name, watch), folder, file_format, watch, as_json=as_json)
            write_references(each, folder)
        typer.echo(summary)


def history(
    entity: Annotated[str, typer.Argument(help="The id of an entity, of now or of any time, or one of its records.")],
    db: Db = None,
    tenant: Whose = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Tell what happened to an entity, and what its id stands for now."""
    with on_store(db, debug) as store:
        from resolver.paths.finding import who_knows
        from resolver.store.deeds import deeds
        from resolver.words.storing import history_as_json, history_in_words

        resolver, entity = who_knows(store.open(), tenant, entity)
        changes, now = resolver.history(entity), resolver.entity(entity)
        if as_json:
            typer.echo(history_as_json(changes, now))
            return
        with resolver.database.reading() as connection:
            did = deeds(connection, resolver.tenant)
        typer.echo(history_in_words(entity, changes, now, did))


def forget(
    records: Annotated[
        list[str], typer.Argument(help="Records, written source:id, or entities with all of theirs.", metavar="ID...")
    ],
    db: Db = None,
    who: Who = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    tenant: Whose = None,
    debug: Debug = False,
) -> None:
    """Erase records with all history, for good; a later load does not bring them back."""
    with on_store(db, debug) as store:
        from resolver.paths.finding import only, record_keys
        from resolver.words.plain import count
        from resolver.words.storing import events_in_words

        resolver = only(store.open(), tenant)
        keys = record_keys(resolver, records)
        erased = count(len(keys), "record")
        if not yes:
            typer.echo("\n".join(":".join(key) for key in keys))
            typer.confirm(f"Erase {erased} with all history? This cannot be undone", abort=True)
        events = resolver.forget(*keys, who=who)
        typer.echo(f"Forgotten: {erased}. {events_in_words(events)}")


def preview_rules(
    rules: Rules = None,
    learned: Learned = False,
    db: Db = None,
    clean: Clean = None,
    tenant: Whose = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Tell exactly which entities would merge, split or change under other rules; the store stays as it is.

    Without --rules: what training the model anew, on all that the store holds, would change. With --from-judgements:
    what people's decisions teach the model in force.
    """
    with on_store(db, debug) as store:
        from resolver.commands.resolving import progress
        from resolver.paths.finding import resolvers
        from resolver.paths.previewing import foreseen
        from resolver.words.storing import preview_as_json, preview_in_words

        found = {}
        with progress() as watch:
            for resolver in resolvers(store.open(), tenant):
                with watch.step(f"train {resolver.tenant}".strip()):
                    tried = _trained(resolver, rules, clean, learned)
                with watch.step(f"try {resolver.tenant}".strip()):
                    found[resolver.tenant] = foreseen(resolver.database, tried)
        if as_json:
            typer.echo(preview_as_json(found))
            return
        words = ["resolver", "db", "train", "--db", store.name, *(["--rules", str(rules)] if rules else [])]
        words += ["--from-judgements"] if learned else []
        words += [word for name in clean or [] for word in ("--clean", name)]
        for name, each in found.items():
            whose = ["--tenant", name] if name else []
            what = rules or ("what decisions taught" if learned else "a model trained anew")
            title = f"{what}{f', {name}' if name else ''}"
            typer.echo(preview_in_words(each, title, shlex.join([*words, *whose])))


def retrain(
    db: Db = None,
    learned: Learned = False,
    rules: Rules = None,
    clean: Clean = None,
    who: Who = None,
    tenant: Whose = None,
    debug: Debug = False,
) -> None:
    """Train the store's model anew on all that it holds, and resolve it by that; --rules puts other rules in force.

    `resolver rules preview` tells beforehand what that changes. What decisions taught the model is kept by
    --from-judgements alone: a model that is trained anew begins without it.
    """
    with on_store(db, debug) as store:
        from resolver.commands.resolving import progress
        from resolver.paths.finding import resolvers
        from resolver.words.storing import events_in_words

        with progress() as watch:
            for resolver in resolvers(store.open(), tenant):
                with watch.step(f"train {resolver.tenant}".strip()):
                    tried = _trained(resolver, rules, clean, learned)
                with resolver.database.reading() as connection:
                    taught = resolver.frozen(connection).model.taught
                with watch.step(f"resolve {resolver.tenant}".strip()):
                    events = resolver.use(tried, who=who)
                whose = f"{resolver.tenant}: " if resolver.tenant else ""
                typer.echo(f"{whose}{events_in_words(events)}")
                if taught is not None and tried.model.taught is None:
                    again = shlex.join(["resolver", "rules", "preview", "--from-judgements", "--db", store.name])
                    typer.echo(f"{whose}What {taught.labels} decisions taught is not in force any more. Next: {again}")


def _trained(resolver: "Resolver", rules: Path | None, clean: list[str] | None, learned: bool) -> "Frozen":
    """A model of all that the store holds; rules and clean sources are those of now where none are named. learned: the
    one in force instead, with what decisions taught."""
    from resolver.errors import UsageError
    from resolver.learning import Which, made
    from resolver.paths.ruling import trained
    from rules.ruleset import Ruleset

    if learned:
        if rules or clean:
            raise UsageError("--from-judgements corrects the model in force; leave --rules and --clean out")
        return made(resolver, Which.LEARNED)
    return trained(resolver, Ruleset.load(rules) if rules else None, clean)


def upgrade(db: Db = None, debug: Debug = False) -> None:
    """Bring a store's tables to those of this program; a new store is made where there is none."""
    with on_store(db, debug) as store:
        from resolver.store.migrate import upgrade as bring

        before, after = bring(store.open(make=True, fit=False))
        typer.echo(f"{store.name} {'is' if before == after else 'is now'} of version {after}")


def check(
    db: Db = None,
    deep: Annotated[bool, typer.Option("--deep", help="Also resolve everything anew, and compare.")] = False,
    tenant: Whose = None,
    debug: Debug = False,
) -> None:
    """Check that a store is whole: every table agrees with the records."""
    with on_store(db, debug) as store:
        from resolver.commands.resolving import progress
        from resolver.paths.finding import is_new, resolvers

        found: list[str] = []
        database = store.open()
        with progress() as watch:
            for resolver in [] if is_new(database) else resolvers(database, tenant):
                with watch.step(f"check {resolver.tenant}".strip()):
                    whose = f"{resolver.tenant}: " if resolver.tenant else ""
                    found += [f"{whose}{problem}" for problem in resolver.problems(deep=deep)]
        typer.echo("\n".join(found) if found else f"{store.name}: all is well")
        if found:
            raise typer.Exit(FAULTY)
