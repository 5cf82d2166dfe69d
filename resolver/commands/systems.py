"""Commands that talk to the source systems: pull, plan and apply-plan."""

from pathlib import Path
from typing import Annotated

import typer

from resolver.commands.options import NOTHING_USABLE, Debug, Tenant, plain_errors


def pull(
    kind: Annotated[str, typer.Argument(help="The system: voipbin, teamwork_desk, customeros or cpod.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The file to write; FILE.part beside it lets a broken pull go on.")
    ],
    since: Annotated[
        str | None, typer.Option(help="Only what changed since, where the system can say: 2026-05-01.")
    ] = None,
    site: Annotated[str | None, typer.Option(help="Which install: northwind for northwind.teamwork.com.")] = None,
    base_url: Annotated[str | None, typer.Option(help="The system's address, in place of its usual one.")] = None,
    page_size: Annotated[
        int | None, typer.Option(help="Records a page, in place of the system's usual number.")
    ] = None,
    rate: Annotated[float, typer.Option(help="At most so many requests a second.")] = 5.0,
    debug: Debug = False,
) -> None:
    """Fetch contacts from a system into a file that dedupe reads; only this and apply-plan use the network.

    Secrets come from the environment alone; the error names the variables when they are missing.
    """
    with plain_errors(debug):
        from resolver.pull.pull import PullSetting, moment
        from resolver.pull.pull import pull as fetch

        setting = PullSetting(base_url, site, moment(since) if since else None, page_size, rate)
        pulled = fetch(kind, out, setting, listener=lambda line: typer.echo(line, err=True))
        typer.echo(f"{pulled.out}: {pulled.records} contacts in {pulled.pages} pages")
        if not pulled.complete:
            typer.echo(f"resolver: not complete. {pulled.reason}", err=True)
            raise typer.Exit(NOTHING_USABLE)


def plan(
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder of a finished run.")] = Path("out"),
    debug: Debug = False,
) -> None:
    """Say what it takes to have each person once in every system. Nothing is sent."""
    with plain_errors(debug):
        from resolver.plan.page import write_plans
        from resolver.plan.plans import plans

        found = plans(out)
        lines, page = write_plans(found, out)
        waiting = sum(one.requires_human for one in found)
        typer.echo(
            f"{len(found)} merges, {waiting} of them wait for a person\n"
            f"Wrote     {lines}\n          {page}   (open this)"
        )


def apply_plan(
    system: Annotated[str, typer.Option(help="The system to write to: cpod, voipbin or customeros.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The folder of a run that `resolver plan` has planned.")
    ] = Path("out"),
    execute: Annotated[
        bool, typer.Option("--execute", help="Send it; without this it is only said what would be sent.")
    ] = False,
    approve: Annotated[
        list[str] | None, typer.Option(help="A merge that waits for a person, by its cluster id.")
    ] = None,
    tenant: Tenant = None,
    instance: Annotated[str | None, typer.Option(help="Which install, where the run holds several.")] = None,
    base_url: Annotated[str | None, typer.Option(help="The system's address, in place of its usual one.")] = None,
    debug: Debug = False,
) -> None:
    """Carry the plans out in one system; stops a merge at its first stale step, and goes on where it stopped before."""
    with plain_errors(debug):
        from resolver.plan.apply import Order, apply_plans

        order = Order(
            base_url, instance, tenant, tuple(approve or ()), listener=lambda line: typer.echo(line, err=True)
        )
        done = apply_plans(out, system, execute=execute, order=order)
        for one in done.outcomes:
            typer.echo(f"{one.cluster}: {one.fate} {one.reason}".rstrip())
        if done.broken or done.count("stopped"):
            raise typer.Exit(NOTHING_USABLE)
