"""`bookbridge catalog plan`: what would become of the items of the books, before anything does."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.beside import Beside, fail, run_beside
from services.catalog_reading import NotLoaded, read_catalogue, read_sources
from services.catalog_status import status_command
from services.catalog_view import Shown, conflict_row, counts, drift_rows, operation_row, pieces
from services.telling import Telling
from shared import limits
from shared.mapping.catalog.planning import plan, with_unreadable
from shared.settings.model import Settings
from shared.settings.products import Workflow

catalog_app = typer.Typer(help="Products of the shop as items of the books.")
catalog_app.command("status")(status_command)


@catalog_app.command("plan")
def plan_command(
    connection: Annotated[str, typer.Argument(help="name of the connection")],
    workflow: Annotated[
        Workflow | None, typer.Option(help="as if products.workflow said so; `all` while it is off")
    ] = None,
    rows: Annotated[int, typer.Option(min=0, metavar="N", help="of each table at most")] = limits.CATALOG_ROWS_SHOWN,
    as_json: Annotated[bool, typer.Option("--json", help="for machines: the whole plan")] = False,
) -> None:
    """Shows which items would be made, taken over, changed or made inactive, and what people must decide first.

    Read from the log: it costs no call to the shop or to QuickBooks, and nothing is written."""

    async def act(beside: Beside) -> Shown:
        loaded = beside.settings.get(connection)
        if loaded is None:
            fail(2, [f"there are no settings in force for {connection!r}; see bookbridge settings show"])
        settings, assumed = _planned_settings(loaded.settings, workflow)
        with Telling() as tell:
            catalogue = await read_catalogue(beside.log, settings, tell)
            sources = await read_sources(beside.log, settings, beside.folder, tell)
            tell("planning", 0, 0)
            found = plan(catalogue.products.values(), sources, settings)
        found = with_unreadable(found, catalogue.unreadable)
        known = len(catalogue.products) + len(catalogue.unreadable)
        return Shown(connection, settings.products.workflow, assumed, known, found)

    try:
        shown = run_beside(act)
    except NotLoaded as error:
        fail(1, [str(error)])
    if as_json:
        sys.stdout.buffer.writelines(pieces(shown))
        return
    _show(Console(), shown, rows)


def _planned_settings(settings: Settings, workflow: Workflow | None) -> tuple[Settings, bool]:
    """The settings to plan by, and whether their workflow isn't the one in force."""
    in_force = settings.products.workflow
    wanted = workflow or (Workflow.ALL if in_force is Workflow.OFF else in_force)
    products = settings.products.model_copy(update={"workflow": wanted})
    return settings.model_copy(update={"products": products}), wanted is not in_force


def _show(console: Console, shown: Shown, rows: int) -> None:
    found = shown.plan
    said = "as if products.workflow were" if shown.assumed else "products.workflow ="
    console.print(f"{shown.connection}: {shown.products:,} products, {said} {shown.workflow.value}", highlight=False)
    if not shown.products:
        console.print(f"no product was read yet: bookbridge backfill {shown.connection} --kind products")
        return
    for words, number in counts(found):
        console.print(f"{number:>8,}  {words}", markup=False, highlight=False)
    _table(console, "to decide", ("what", "SKUs", "why"), map(conflict_row, found.conflicts), rows)
    _table(console, "to do", ("what", "SKU", "item", "why"), map(operation_row, found.operations), rows)
    head = ("field", "restored", "left", "for example")
    _table(console, "fields that differ", head, drift_rows(found.drift), rows)
    console.print("nothing was written", highlight=False)


def _table(console: Console, title: str, head: tuple[str, ...], lines: Iterable[tuple[str, ...]], rows: int) -> None:
    every = list(lines)
    if not every or not rows:
        return
    table = Table(*head, title=title, title_justify="left")
    for line in every[:rows]:
        table.add_row(*map(escape, line))
    console.print(table)
    if len(every) > rows:
        console.print(f"and {len(every) - rows:,} more: --rows {len(every)}, or --json", highlight=False)
