"""The `bookbridge` command. Exit codes: 0 done, 1 the answer is no, 2 wrong use or wrong settings, 3 not reachable."""

from __future__ import annotations

import asyncio
import sys
from typing import NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console

from sandbox.cli import demo_command, sandbox_app, up_command
from services.backfill_cli import backfill_command
from services.catalog_cli import catalog_app
from services.connect_cli import connect_app, disconnect_command
from services.process import FolderInUse
from services.run import run_services
from services.settings_cli import settings_app
from services.stock_cli import stock_app
from shared.config import Config
from shared.log.port import LogError, LogUnavailable
from shared.log.signals import StopService
from shared.quickbooks.vault import BadKey, new_key
from shared.secrets import SecretsError
from shared.settings.loader import SettingsError

app = typer.Typer(
    help="Keeps a QuickBooks Online company's books in step with Magento 2 shops.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(settings_app, name="settings")
app.add_typer(connect_app, name="connect")
app.add_typer(catalog_app, name="catalog")
app.add_typer(stock_app, name="stock", no_args_is_help=True)
app.command("disconnect")(disconnect_command)
app.add_typer(sandbox_app, name="sandbox")
app.command("backfill")(backfill_command)
app.command("up")(up_command)
app.command("demo")(demo_command)


def _service(name: str) -> None:
    try:
        asyncio.run(run_services(name, Config()))
    except (SecretsError, BadKey, SettingsError, FolderInUse, ValidationError) as error:
        _fail(2, str(error))
    except LogUnavailable as error:
        _fail(3, f"the log can't be reached: {error}")
    except (LogError, StopService) as error:
        _fail(1, f"stopped, so that nothing is lost: {error}")
    except OSError as error:
        _fail(3, str(error))


@app.command()
def run() -> None:
    """All services in one process, on the embedded log."""
    _service("run")


@app.command()
def ingest() -> None:
    """Webhooks in, snapshots out; keeps the companies' tokens."""
    _service("ingest")


@app.command()
def orders() -> None:
    """Snapshots of orders become documents in the books."""
    _service("orders")


@catalog_app.callback(invoke_without_command=True)
def catalog(context: typer.Context) -> None:
    """Products of the shops become items of the books, where settings say so; without a command the service itself."""
    if context.invoked_subcommand is None:
        _service("catalog")


@app.command()
def inventory() -> None:
    """Quantities on hand become stock of the shops, where settings say so."""
    _service("inventory")


@app.command("new-key")
def new_key_command() -> None:
    """Prints a fresh key for token_keys in the secrets file."""
    typer.echo(new_key())


def _fail(code: int, text: str) -> NoReturn:
    Console(stderr=True, soft_wrap=True).print(text, style="red", markup=False, highlight=False)
    raise typer.Exit(code)


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    sys.exit(app())
