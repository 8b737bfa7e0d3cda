"""`bookbridge settings`: check a document, put it into force, show what is in force."""

from __future__ import annotations

import asyncio
import getpass
import json
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from services.process import open_log
from services.run import check_move
from shared.config import Config
from shared.log.port import LogError, LogUnavailable
from shared.log.signals import StopService
from shared.secrets import SecretsError, load_secrets
from shared.settings.loader import Loaded, SettingsError, load
from shared.settings.store import SettingsStore, publish
from shared.topics import TOPICS

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

    async def act(store: SettingsStore) -> None:
        check_move(store, loaded)
        position = await publish(store.log, loaded, getpass.getuser(), datetime.now(UTC))
        await store.reach(position)

    _with_store(act)
    typer.echo(f"connection {loaded.settings.connection}: version {loaded.version} is in force")


@settings_app.command()
def show(as_json: Annotated[bool, typer.Option("--json", help="for machines")] = False) -> None:
    """Lists what is in force."""
    found: dict[str, Loaded] = {}

    async def act(store: SettingsStore) -> None:
        found.update(store.all())

    _with_store(act)
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
        _fail(2, error.problems if isinstance(error, SettingsError) else [str(error)])


def _with_store(act: Callable[[SettingsStore], Awaitable[None]]) -> None:
    async def go(config: Config) -> None:
        secrets = load_secrets(config.secrets) if config.kafka_username else None
        with tempfile.TemporaryDirectory() as folder:
            async with open_log(config, secrets, "bookbridge-cli") as log:
                await log.ensure_topics(TOPICS)
                async with SettingsStore(log, Path(folder) / "settings.sqlite") as store:
                    await act(store)

    try:
        asyncio.run(go(Config()))
    except SettingsError as error:
        _fail(2, error.problems)
    except (SecretsError, ValidationError) as error:
        _fail(2, [str(error)])
    except LogUnavailable as error:
        _fail(3, [f"the log can't be reached: {error}"])
    except (LogError, StopService) as error:
        _fail(1, [str(error)])


def _fail(code: int, problems: list[str]) -> NoReturn:
    console = Console(stderr=True, soft_wrap=True)
    for problem in problems:
        console.print(problem, style="red", markup=False, highlight=False)
    raise typer.Exit(code)
