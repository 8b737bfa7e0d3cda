"""`bookbridge connect` and `bookbridge disconnect`: a person gives access to a company's books, or ends it."""

from __future__ import annotations

import asyncio
import json
import time
import webbrowser
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from services.beside import Beside, fail, run_beside
from services.connect_magento import magento_command
from services.ingest.connect.addresses import CALLBACK, Link, new_link
from services.ingest.connect.attempts import Attempts, Result
from services.ingest.connect.lifetimes import notice, waiting
from services.ingest.connect.tickets import TicketOffice
from shared import limits
from shared.config import Config
from shared.log.port import NewRecord
from shared.quickbooks.token_board import TokenBoard
from shared.quickbooks.vault import TokenRecord, Vault
from shared.secrets import load_secrets
from shared.topics import COMMANDS
from shared.wire import encode

connect_app = typer.Typer(help="Connects companies and shops.", no_args_is_help=True)
Connection = Annotated[str, typer.Argument(help="name of the connection")]
Json = Annotated[bool, typer.Option("--json", help="for machines")]
connect_app.command("magento")(magento_command)


@connect_app.command("quickbooks")
def quickbooks(
    connection: Connection,
    open_it: Annotated[bool, typer.Option("--open", help="open the link in this machine's browser")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="for machines: a line for the link, one for the end")] = False,
) -> None:
    """Makes a link by which a person connects the connection's company, once, begun within a quarter of an hour, and
    waits until it is done. The ingest process must run and be reachable at BOOKBRIDGE_PUBLIC_URL. Exit code 3: the link
    was used, and how it ended isn't known yet."""
    config = Config()

    async def act(beside: Beside) -> Result:
        realm = _realm(beside, connection)
        link = new_link(TicketOffice(_keys(config)), config.public_address, connection, realm, datetime.now(UTC))
        async with Attempts(beside.log, beside.folder / "connects.sqlite") as attempts:
            _show_link(config, link, realm, as_json)
            if open_it:
                await asyncio.to_thread(webbrowser.open, link.address)
            return await outcome(attempts, link.attempt)

    result = run_beside(act)
    if as_json:
        typer.echo(json.dumps({"connected": result.connected, "text": result.text, "company": result.company}))
    if not result.connected:
        fail(1, [f"not connected: {result.text}"])
    if not as_json:
        typer.echo(f"connected{f' to {result.company}' if result.company else ''}")


async def outcome(attempts: Attempts, attempt: str) -> Result:
    """How the attempt ended. A process that dies between taking the link and storing the grant never tells."""
    began = time.monotonic()
    used_at: float | None = None
    while time.monotonic() - began < limits.CONNECT_LINK_SECONDS + limits.CONNECT_CONSENT_SECONDS:
        if (result := await attempts.wait(attempt, limits.CONNECT_LOOK_SECONDS)) is not None:
            return result
        if used_at is None and attempts.used(attempt):
            used_at = time.monotonic()
        if used_at is not None and time.monotonic() - used_at > limits.CONNECT_REQUEST_SECONDS:
            fail(3, ["the link was used, but how it ended isn't known yet; see: bookbridge connect status"])
    return Result(False, "Nobody has used the link; it is too old now.")


@connect_app.command()
def status(as_json: Json = False) -> None:
    """Lists the companies of all connections, how long their access lasts, and what to do. Exit code 1: orders wait."""
    rows: list[dict[str, Any]] = []
    old: list[str] = []

    async def act(beside: Beside) -> None:
        async with _tokens(beside) as tokens:
            for name, loaded in sorted(beside.settings.all().items()):
                realm = loaded.settings.quickbooks.realm
                rows.append(_row(name, realm, tokens.record(realm), tokens.grants(realm)))
            old.extend(tokens.under_old_keys(range(limits.PARTITIONS)))

    run_beside(act)
    if as_json:
        typer.echo(json.dumps(rows))
    else:
        _print_table(rows)
        if old:
            typer.echo(f"sealed with an older key of token_keys, which is still needed: {', '.join(old)}")
    if any(row["state"] != "active" for row in rows):
        raise typer.Exit(1)


def disconnect_command(
    connection: Connection, yes: Annotated[bool, typer.Option("--yes", help="don't ask")] = False
) -> None:
    """Gives the company's access back to Intuit. Shops are still read; orders wait until a person connects again."""
    if not yes:
        typer.confirm(f"Withdraw Bookbridge's access to the books of connection {connection}?", abort=True)

    async def act(beside: Beside) -> str:
        realm = _realm(beside, connection)
        async with _tokens(beside) as tokens:
            record = tokens.record(realm)
            if record is None or record.state == "disconnected":
                return f"company {realm} is not connected"
            value = encode({"command": "disconnect", "grant": record.grant})
            await beside.log.append(NewRecord(COMMANDS, realm, value, realm, {"schema": "1", "to": "ingest"}))
            seen = _Seen()
            tokens.inform(realm, seen)
            await seen.wait()
        return f"company {realm} is disconnected"

    try:
        typer.echo(run_beside(act))
    except TimeoutError:
        fail(3, ["no ingest process has done it yet; it will as soon as one runs and Intuit can be reached"])


class _Seen:
    """Waits for a company's record to say that it is disconnected."""

    def __init__(self) -> None:
        self._gone = asyncio.Event()

    def adopt(self, record: TokenRecord) -> None:
        if record.state == "disconnected":
            self._gone.set()

    async def wait(self) -> None:
        async with asyncio.timeout(limits.DISCONNECT_SECONDS):
            await self._gone.wait()


def _realm(beside: Beside, connection: str) -> str:
    loaded = beside.settings.get(connection)
    if loaded is None:
        fail(2, [f"no settings are in force for connection {connection!r}; see: bookbridge settings show"])
    return loaded.settings.quickbooks.realm


def _keys(config: Config) -> list[str]:
    return [key.get_secret_value() for key in load_secrets(config.secrets).token_keys]


def _tokens(beside: Beside) -> TokenBoard:
    return TokenBoard(beside.log, Vault(_keys(Config())), beside.folder / "tokens.sqlite")


def _show_link(config: Config, link: Link, realm: str, as_json: bool) -> None:
    redirect_uri = config.public_address + CALLBACK
    if as_json:
        until = link.until.isoformat()
        shown = {"link": link.address, "until": until, "company": realm, "redirect_uri": redirect_uri}
        typer.echo(json.dumps(shown))
        return
    typer.echo(f"Open this link within {limits.CONNECT_LINK_SECONDS / 60:.0f} minutes, sign in to QuickBooks as an ")
    typer.echo(f"administrator of company {realm}, and choose that company:\n\n{link.address}\n")
    typer.echo(f"(The app at Intuit must have the redirect URI {redirect_uri}.)\nWaiting ...")


def _row(connection: str, realm: str, record: TokenRecord | None, grants: list[TokenRecord]) -> dict[str, Any]:
    found = waiting(connection, realm, grants) or notice(connection, realm, record, datetime.now(UTC))
    row: dict[str, Any] = {"connection": connection, "company": realm, "state": "not connected"}
    ends = dict.fromkeys(("access_until", "refresh_until", "hard_limit", "since"))
    if record is not None:
        pair = record.pair
        row["state"] = record.state
        ends["since"] = _text(record.since or record.granted_at)
        if record.state == "active" and pair.access_token:
            ends["access_until"], ends["refresh_until"] = _text(pair.access_expires_at), _text(pair.refresh_expires_at)
            ends["hard_limit"] = _text(pair.hard_expires_at)
    return {**row, **ends, "notice": found.text if found else None}


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat(timespec="seconds")


def _print_table(rows: list[dict[str, Any]]) -> None:
    if not rows:
        typer.echo("no settings are in force; publish some: bookbridge settings publish FILE")
        return
    table = Table("connection", "company", "state", "access until", "refresh until", "hard limit", "since")
    for row in rows:
        times = (row[name] for name in ("access_until", "refresh_until", "hard_limit", "since"))
        short = [time[5:16].replace("T", " ") if index == 0 and time else (time or "-")[:10]
                 for index, time in enumerate(times)]  # fmt: skip
        table.add_row(row["connection"], row["company"], row["state"], *short)
    Console(width=100).print(table)
    for row in rows:
        if row["notice"]:
            typer.echo(row["notice"])
