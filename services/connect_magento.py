"""`bookbridge connect magento`: what its options are, and where a run's parts come from."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Annotated

import aiohttp
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.status import Status

from services.beside import Beside, fail, run_beside
from services.connect_magento_view import document_of, notes, table_of
from services.ingest.sources.mageos_events import SUBSCRIBED
from services.ingest.subscribing.connect import Connecting, Options, Report
from services.ingest.subscribing.plan import Wanted
from services.shop_clients import authentication
from shared import limits
from shared.config import Config
from shared.magento.client import MagentoClient, new_session
from shared.secrets import ConnectionSecrets, SecretsError, load_secrets
from shared.settings.loader import Loaded

_BASE = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?", re.ASCII)


def magento_command(
    connection: Annotated[str, typer.Argument(help="name of the connection")],
    address: Annotated[
        str | None,
        typer.Option(metavar="URL", help="where the shop reaches ingest; without: BOOKBRIDGE_PUBLIC_URL"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show what would be done, change nothing")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="switch off what is of this connection and no longer wanted")
    ] = False,
    renew: Annotated[
        bool, typer.Option("--renew", help="make all anew, with the first token of the secrets file")
    ] = False,
    no_test: Annotated[bool, typer.Option("--no-test", help="don't send test events to the address first")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="for machines")] = False,
) -> None:
    """Subscribes to the events of a shop that has Mage-OS Async Events: each to an address of its own. What is in order
    stays as it is, so it may be run at any time. Exit code 1: something must be mended; 3: not reachable."""
    base = (address if address is not None else Config().public_url).rstrip("/")
    if not base:
        fail(2, ["where does the shop reach ingest? Give --address https://hooks.example or set BOOKBRIDGE_PUBLIC_URL"])
    if _BASE.fullmatch(base) is None or len(base) > limits.MAGEOS_ADDRESS_MAX_CHARS - 200:
        fail(2, [f"the address {base!r} must be http(s)://host[:port][/path] and nothing more"])
    loaded = _settings(connection)
    secrets = _secrets(connection)
    tokens = {event: _token(connection, secrets, event) for event in SUBSCRIBED}
    options = Options(dry_run=dry_run, prune=prune, renew=renew, test=not no_test)
    report = asyncio.run(_run(loaded, secrets, Wanted(connection, base, SUBSCRIBED), tokens, options))
    _show(connection, base, report, options, as_json)
    if report.exit_code:
        raise typer.Exit(report.exit_code)


async def _run(
    loaded: Loaded, secrets: ConnectionSecrets, wanted: Wanted, tokens: dict[str, str], options: Options
) -> Report:
    magento = loaded.settings.magento
    timeout = aiohttp.ClientTimeout(total=limits.PROOF_SECONDS)
    with Status("", console=Console(stderr=True)) as status:
        async with new_session() as shop_session, aiohttp.ClientSession(timeout=timeout) as own_session:
            client = MagentoClient(shop_session, magento.url, authentication(magento.auth, secrets))
            connecting = Connecting(client, own_session, wanted, tokens.__getitem__, options, status.update)
            return await connecting.run()


def _settings(connection: str) -> Loaded:
    async def act(beside: Beside) -> Loaded | None:
        return beside.settings.get(connection)

    loaded = run_beside(act)
    if loaded is None:
        fail(2, [f"no settings are in force for {connection!r}; publish some: bookbridge settings publish FILE"])
    return loaded


def _secrets(connection: str) -> ConnectionSecrets:
    try:
        return load_secrets(Config().secrets).connection(connection)
    except (SecretsError, ValidationError) as error:
        fail(2, [str(error)])


def _token(connection: str, secrets: ConnectionSecrets, event: str) -> str:
    """The event's verification token: the first is the current one."""
    tokens = secrets.event_tokens.get(event) or secrets.webhook_tokens
    if not tokens:
        fail(
            2, [f"the secrets file has no webhook_tokens in [connections.{connection}]: openssl rand -hex 32 makes one"]
        )
    token = tokens[0].get_secret_value()
    if len(token) > limits.MAGEOS_TOKEN_MAX_CHARS:
        fail(2, [f"the first token is over {limits.MAGEOS_TOKEN_MAX_CHARS} characters: the shop would cut it off"])
    return token


def _show(connection: str, base: str, report: Report, options: Options, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(document_of(connection, report, options)))
        return
    console, errors = Console(), Console(stderr=True, soft_wrap=True)
    if report.subscriptions:
        console.print(table_of(report, options, base))
    for problem in [*report.problems, report.unreachable]:
        if problem:
            errors.print(problem, style="red", markup=False, highlight=False)
    if report.proof is not None and not report.subscriptions:
        errors.print(
            "nothing was changed in the shop; --no-test subscribes all the same", markup=False, highlight=False
        )
    for note in notes(report, options):
        console.print(note, markup=False, highlight=False, soft_wrap=True)
