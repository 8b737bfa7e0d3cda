"""`bookbridge backfill`: what its options are, and which of them go together."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from services.backfill_client import Choice, Client
from services.beside import fail
from services.ingest.backfill.wanted import Kind, WrongUse, read_wanted


def backfill_command(
    connection: Annotated[str, typer.Argument(help="name of the connection")],
    first: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="first order date, in the shop's zone")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DAY", help="last order date; without: until now")] = None,
    ids: Annotated[str | None, typer.Option(metavar="1,2,5-9", help="entity ids and ranges of them")] = None,
    numbers: Annotated[str | None, typer.Option(metavar="000000123,...", help="order numbers")] = None,
    kind: Annotated[
        Kind, typer.Option(help="products and customers may be read without any choice: all")
    ] = Kind.ORDERS,
    force: Annotated[bool, typer.Option("--force", help="publish what has not changed, too")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="count and estimate, publish nothing")] = False,
    rate: Annotated[int | None, typer.Option(metavar="N", help="at most so many a minute")] = None,
    detach: Annotated[bool, typer.Option("--detach", help="don't wait for the end")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="for machines: the backfill's document")] = False,
    listed: Annotated[bool, typer.Option("--list", help="show the connection's backfills")] = False,
    watch: Annotated[str | None, typer.Option(metavar="ID", help="follow one that runs")] = None,
    resume: Annotated[
        str | None, typer.Option(metavar="ID", help="go on with one that failed or was cancelled")
    ] = None,
    cancel: Annotated[str | None, typer.Option(metavar="ID", help="end one; what it has read stays read")] = None,
) -> None:
    """Reads orders again by date, id or number, and publishes those that changed. The ingest process does it, however
    long it takes; this command shows how far it is, and may be left at any time. Exit code 1: not all could be read."""
    asked = (
        any(option is not None for option in (first, last, ids, numbers, rate))
        or force
        or dry_run
        or (listed and detach)
    )
    actions = [
        name
        for name, given in (("--list", listed), ("--watch", watch), ("--resume", resume), ("--cancel", cancel))
        if given
    ]
    if len(actions) > 1 or (actions and asked):
        fail(2, [f"{actions[0]} goes with no other choice of what to do or read"])
    client = Client(connection, detach=detach, as_json=as_json)
    if listed:
        client.list()
    for choice, name in ((Choice.WATCH, watch), (Choice.RESUME, resume), (Choice.CANCEL, cancel)):
        if name is not None:
            client.go_on(choice, name)
    if actions:
        return
    try:
        wanted = read_wanted(
            kind=kind,
            first=first,
            last=last,
            ids=ids,
            numbers=numbers,
            force=force,
            dry_run=dry_run,
            rate=rate,
            today=datetime.now().astimezone().date(),
        )
    except WrongUse as error:
        fail(2, error.problems)
    client.ask(wanted)
