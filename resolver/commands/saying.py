"""Commands for what people say of a store's records and entities: merge, split, judge, pin, undo, acts."""

from typing import TYPE_CHECKING, Annotated

import typer

from resolver.commands.options import AsJson, Debug
from resolver.commands.stores import Db, Store, Who, Whose, Why, on_store, person

if TYPE_CHECKING:
    from resolver.paths.judging import Done
    from resolver.paths.online import Resolver

Ids = Annotated[
    list[str], typer.Argument(help="Entities by their ids, or by one of their records: source:id.", metavar="ID...")
]


def merge(
    ids: Ids, db: Db = None, who: Who = None, why: Why = None, tenant: Whose = None, debug: Debug = False
) -> None:
    """Say that entities are one person."""
    with on_store(db, debug) as store:
        from resolver.errors import UsageError
        from resolver.paths.finding import entity_ids

        name, resolver = person(who), _of(store, tenant)
        found = entity_ids(resolver, ids)
        if len(found) < 2:
            raise UsageError(f"name two entities at least; {', '.join(ids)} is {', '.join(found)} alone")
        _tell(resolver.merge(*found, who=name, why=why))


def split(
    entity: Annotated[str, typer.Argument(help="An entity by its id, or by one of its records.")],
    records: Annotated[
        list[str], typer.Argument(help="Those of its records that are another person.", metavar="RECORD...")
    ],
    db: Db = None,
    who: Who = None,
    why: Why = None,
    tenant: Whose = None,
    debug: Debug = False,
) -> None:
    """Say that some records of an entity are another person."""
    with on_store(db, debug) as store:
        from resolver.paths.finding import entity_ids, record_keys

        name, resolver = person(who), _of(store, tenant)
        found = entity_ids(resolver, [entity])[0]
        _tell(resolver.split(found, *record_keys(resolver, records), who=name, why=why))


def judge(
    left: Annotated[str, typer.Argument(help="A record, written source:id.")],
    right: Annotated[str, typer.Argument(help="Another record.")],
    verdict: Annotated[str, typer.Argument(help="same, different or unsure.")],
    db: Db = None,
    who: Who = None,
    why: Why = None,
    tenant: Whose = None,
    debug: Debug = False,
) -> None:
    """Say whether two records are one person."""
    with on_store(db, debug) as store:
        from resolver.errors import UsageError
        from resolver.judgement import WORDS
        from resolver.paths.finding import record_key

        if verdict.lower() not in WORDS:
            raise UsageError(f"{verdict!r} is no verdict; write same, different or unsure")
        name, resolver = person(who), _of(store, tenant)
        with resolver.database.reading() as connection:
            one, other = (record_key(connection, resolver.tenant, word) for word in (left, right))
        if one == other:
            raise UsageError(f"{left} and {right} are one record")
        _tell(resolver.judge(one, other, WORDS[verdict.lower()], who=name, why=why))


def pin(
    entity: Annotated[str, typer.Argument(help="An entity by its id, or by one of its records.")],
    values: Annotated[
        list[str] | None,
        typer.Argument(help="Golden values to hold, for example: phone=+12125550147", metavar="FIELD=VALUE..."),
    ] = None,
    release: Annotated[
        list[str] | None,
        typer.Option("--release", help="A field to let go of; give it again for another.", metavar="FIELD"),
    ] = None,
    db: Db = None,
    who: Who = None,
    why: Why = None,
    tenant: Whose = None,
    debug: Debug = False,
) -> None:
    """Hold golden values of an entity, whatever its records say, until they are released."""
    with on_store(db, debug) as store:
        from resolver.errors import UsageError
        from resolver.paths.fields import golden_field
        from resolver.paths.finding import entity_ids

        held: dict[str, str | None] = {}
        for text in values or []:
            field, equals, value = text.partition("=")
            if not equals or not value:
                raise UsageError(f"{text}: write it as FIELD=VALUE, for example phone=+12125550147")
            held[golden_field(field)] = value
        held |= {golden_field(field): None for field in release or []}
        if not held:
            raise UsageError("say what to hold, as FIELD=VALUE, or what to let go of: --release FIELD")
        name, resolver = person(who), _of(store, tenant)
        _tell(resolver.pin(entity_ids(resolver, [entity])[0], held, who=name, why=why))


def undo(
    act: Annotated[int, typer.Argument(help="The number of what somebody did; resolver acts lists them.")],
    db: Db = None,
    who: Who = None,
    why: Why = None,
    tenant: Whose = None,
    debug: Debug = False,
) -> None:
    """Take back a merge, split, verdict or pin, whenever it was; an undo as well."""
    with on_store(db, debug) as store:
        name, resolver = person(who), _of(store, tenant)
        _tell(resolver.undo(act, who=name, why=why))


def acts(
    db: Db = None,
    last: Annotated[int, typer.Option("--last", min=1, help="So many.")] = 20,
    tenant: Whose = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """List what people said last: the number by which it can be undone, when, who, what and why."""
    with on_store(db, debug) as store:
        from resolver.paths.finding import resolvers
        from resolver.store.deeds import deeds
        from resolver.words.storing import deed_in_words, deeds_as_json

        database = store.open()
        each = resolvers(database, tenant)
        with database.reading() as connection:
            found = sorted(
                (deed for resolver in each for deed in deeds(connection, resolver.tenant, last)),
                key=lambda deed: deed.act.number,
            )[-last:]
        told = deeds_as_json(found) if as_json else "\n".join(map(deed_in_words, found))
        typer.echo(told or "Nobody said anything so far")


def _of(store: Store, tenant: str | None) -> "Resolver":
    from resolver.paths.finding import only

    return only(store.open(), tenant)


def _tell(done: "Done") -> None:
    from resolver.words.storing import events_in_words

    typer.echo(f"Act {done.act}. {events_in_words(done.events)} Take it back: resolver undo {done.act}")
