"""`bookbridge settings`: check a document, put it into force, show what is in force."""

from __future__ import annotations

import getpass
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.beside import Beside, fail, run_beside
from services.run import check_move
from shared.settings.loader import Loaded, SettingsError, load
from shared.settings.store import publish

settings_app = typer.Typer(help="Settings of the connections.", no_args_is_help=True)
Document = Annotated[Path, typer.Argument(help="TOML document of one connection", exists=True, dir_okay=False)]


@settings_app.command()
def check(document: Document) -> None:
    """Says whether the document is good, and if not, what to mend."""
    loaded = _load(document)
    settings = loaded.settings
    typer.echo(f"{document}: good (connection {settings.connection}, company {settings.quickbooks.realm})")


@settings_app.command("publish")
def publish_command(document: Document) -> None:
    """Puts the document into force for all services, without a restart."""
    loaded = _load(document)

    async def act(beside: Beside) -> None:
        check_move(beside.settings, loaded)
        position = await publish(beside.log, loaded, getpass.getuser(), datetime.now(UTC))
        await beside.settings.reach(position)

    run_beside(act)
    typer.echo(f"connection {loaded.settings.connection}: version {loaded.version} is in force")


@settings_app.command()
def show(as_json: Annotated[bool, typer.Option("--json", help="for machines")] = False) -> None:
    """Lists what is in force."""

    async def act(beside: Beside) -> dict[str, Loaded]:
        return beside.settings.all()

    found = run_beside(act)
    if as_json:
        rows = {name: {"version": it.version, **it.settings.model_dump(mode="json")} for name, it in found.items()}
        typer.echo(json.dumps(rows))
        return
    table = Table("connection", "company", "shop", "document", "version")
    for name, it in sorted(found.items()):
        settings = it.settings
        table.add_row(name, settings.quickbooks.realm, settings.magento.url, settings.sales.document.value, it.version)
    Console().print(table if found else "no settings are in force; publish some: bookbridge settings publish FILE")


def _load(document: Path) -> Loaded:
    try:
        return load(document.read_text(encoding="utf-8"), document.name)
    except (SettingsError, UnicodeDecodeError) as error:
        fail(2, error.problems if isinstance(error, SettingsError) else [str(error)])
