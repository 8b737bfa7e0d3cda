"""`bookbridge stock`: what would be written to a shop's stock, a person's word for it, why a SKU has its quantity."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console

from services import stock_sum, stock_view
from services.beside import fail
from services.inventory import answers
from services.inventory.desk import NotServed, NotYet, OtherPreview
from services.inventory.preview import NotKnown, Preview
from services.inventory.questions import PURPOSE
from services.stock_client import Explained, Refused, StockClient, Unreachable, addresses
from services.stock_words import plain, visible
from services.telling import Telling
from shared import limits
from shared.config import Config
from shared.mapping.stock.decision import Outcome
from shared.quickbooks.own_signatures import OwnSignatures
from shared.quickbooks.vault import BadKey
from shared.secrets import SecretsError, load_secrets
from shared.wire import encode

T = TypeVar("T")
stock_app = typer.Typer(help="Quantities in the shop, from what the books have on hand.")
Connection = Annotated[str, typer.Argument(help="name of the connection")]
At = Annotated[
    str, typer.Option("--at", metavar="ADDRESS", help="where the service runs, instead of BOOKBRIDGE_INVENTORY")
]
Json = Annotated[bool, typer.Option("--json", help="for machines")]
_DIGEST = re.compile(r"[0-9a-f]{16}")


@stock_app.command("preview")
def preview_command(
    connection: Connection,
    every: Annotated[bool, typer.Option("--all", help="all SKUs, also those that stay as they are")] = False,
    rows: Annotated[int, typer.Option(min=0, metavar="N", help="SKUs at most; with --all: no limit")] = (
        limits.STOCK_ROWS_SHOWN
    ),
    as_json: Annotated[bool, typer.Option("--json", help="for machines: every SKU")] = False,
    at: At = "",
) -> None:
    """Shows for each SKU what the shop has now, what it would have, and why. Nothing is written.

    Exit codes: 0 nothing is to be decided, 1 it waits for `stock confirm`, 2 wrong use or wrong settings, 3 the service
    can't be reached or can't tell yet."""
    preview = _ask(at, f"reading the stock of {connection}", lambda client: client.preview(connection))
    verdict = stock_view.verdict(preview)
    if as_json:
        _write_json(preview)
    else:
        _show_preview(_console(), preview, verdict, every, sys.maxsize if every else rows)
    if verdict.waits:
        raise typer.Exit(1)


@stock_app.command("confirm")
def confirm_command(
    connection: Connection,
    digest: Annotated[str, typer.Argument(help="that the preview showed")],
    at: At = "",
) -> None:
    """Lets a preview be written that would empty more than stock.guard_percent allows.

    What is confirmed is which SKUs are emptied, not their quantities; once those SKUs are others, a new preview must be
    looked at. Exit codes: 0 confirmed, 1 the preview is another one now, 2 wrong use or wrong settings, 3 the service
    can't be reached or can't tell yet."""
    if not _DIGEST.fullmatch(digest):
        fail(2, [f"{visible(digest)} is no digest: bookbridge stock preview {connection} shows it, 16 digits and a-f"])
    _ask(at, f"confirming for {connection}", lambda client: client.confirm(connection, digest))
    typer.echo(f"confirmed: the stock of {connection} may be written from now on")


@stock_app.command("explain")
def explain_command(
    connection: Connection,
    sku: Annotated[str, typer.Argument(metavar="SKU", help="as the shop has it; after -- if it begins with a dash")],
    every: Annotated[bool, typer.Option("--all", help="all orders and remarks, however many")] = False,
    as_json: Json = False,
    at: At = "",
) -> None:
    """Shows a SKU's quantity as a sum: what QuickBooks has on hand, order by order what was deducted there and what
    left the shop's source, and the documents behind it.

    Exit codes: 0 explained, 1 the shop has no such SKU, 2 wrong use or wrong settings, 3 the service can't be reached
    or can't tell yet."""
    _check_sku(sku)
    found = _ask(at, f"looking up {visible(sku)}", lambda client: client.explain(connection, sku))
    if as_json:
        sys.stdout.buffer.write(encode({"connection": connection, **_document(found)}) + b"\n")
    elif not isinstance(found, NotKnown):
        _show_decision(_console(), found, connection, sys.maxsize if every else limits.STOCK_TERMS_SHOWN)
    else:
        fail(1, stock_sum.not_known(found))
    if isinstance(found, NotKnown):
        raise typer.Exit(1)


def _document(found: Explained | NotKnown) -> dict[str, Any]:
    if isinstance(found, NotKnown):
        return {"known": False, **answers.not_known_document(found)}
    return {"known": True, **answers.decision_document(found.decision), "connection_waits_for": found.waits_for}


def _check_sku(sku: str) -> None:
    try:
        sku.encode()
    except UnicodeEncodeError:
        fail(2, ["the SKU isn't UTF-8"])
    if len(sku) > limits.SKU_LENGTH:
        fail(1, [f"no SKU has more than {limits.SKU_LENGTH} characters; this one has {len(sku)}"])


def _ask(at: str, what: str, act: Callable[[StockClient], Awaitable[T]]) -> T:
    """What the service answers. Ends the process where it doesn't."""
    places: list[str] = []
    try:
        config = Config()
        keys = [key.get_secret_value() for key in load_secrets(config.secrets).token_keys]
        places += addresses(config, at)
        with Telling(what) as tell:
            return asyncio.run(_told(OwnSignatures(keys, PURPOSE), places, what, tell, act))
    except (SecretsError, BadKey, ValidationError) as error:
        fail(2, [str(error)])
    except (Refused, NotServed) as error:
        fail(2, [str(error)])
    except NotYet as error:
        fail(3, [str(error)])
    except OtherPreview as error:
        fail(1, [str(error)])
    except Unreachable as error:
        _nobody(error)
    except ValueError as error:
        fail(2, [str(error)])


async def _told(
    signatures: OwnSignatures,
    places: list[str],
    what: str,
    tell: Telling,
    act: Callable[[StockClient], Awaitable[T]],
) -> T:
    """Tells every now and then how far it is, also while nothing is heard."""
    at = [0, 0]

    def progress(done: int | None, of: int | None) -> None:
        at[:] = [done or 0, of or 0]

    async def tick() -> None:
        while True:
            await asyncio.sleep(limits.TELL_TICK_SECONDS)
            tell(what, *at)

    ticking = asyncio.create_task(tick())
    try:
        return await act(StockClient(places, signatures, progress))
    finally:
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking


def _nobody(error: Unreachable) -> NoReturn:
    fail(
        3,
        [
            f"no inventory service answers: {error}",
            "is `bookbridge run` or `bookbridge inventory` running? Elsewhere than here: --at http://HOST:PORT with "
            "its health port, or BOOKBRIDGE_INVENTORY",
        ],
    )


def _console() -> Console:
    """Wide enough for no more than STOCK_WIDTH columns; piped, always that."""
    console = Console(highlight=False)
    width = min(console.width, limits.STOCK_WIDTH) if console.is_terminal else limits.STOCK_WIDTH
    return Console(highlight=False, width=width)


def _show_preview(console: Console, preview: Preview, verdict: stock_view.Verdict, every: bool, most: int) -> None:
    found = stock_view.shown_rows(preview, every)
    for table in stock_view.tables_of(found[:most], preview.to_books):
        console.print(table)
    if len(found) > most:
        _say(console, [f"and {len(found) - most:,} more: --rows {len(found)}, or --json"])
    if found:
        console.print()
    where = f"of {visible(preview.source)}" if preview.to_books else f"at source {visible(preview.source)}"
    _say(console, [f"{preview.connection}: {len(preview.rows):,} SKUs {where}"])
    for count, words in stock_view.sums(preview):
        _say(console, [f"{count:>9,}  {words}"])
    _say(console, [verdict.text, *verdict.how], "yellow" if verdict.waits else "green")


def _show_decision(console: Console, found: Explained, connection: str, most: int) -> None:
    decision = found.decision
    _say(console, [stock_sum.head(decision, connection)], "bold")
    if lines := list(stock_sum.sum_lines(decision, most)):
        console.print()
        console.print(stock_sum.table_of(lines))
    if texts := list(stock_sum.remarks(decision, most)):
        _say(console, ["", *texts])
    if found.waits_for and decision.outcome is Outcome.WRITE:
        _say(console, ["", f"nothing is written for now: {plain(found.waits_for)}"], "yellow")


def _say(console: Console, lines: Iterable[str], style: str = "") -> None:
    for line in lines:
        console.print(line, markup=False, style=style, overflow="fold")


def _write_json(preview: Preview) -> None:
    """One document, written in pieces."""
    out = sys.stdout.buffer
    out.write(encode(answers.head_of(preview)).removesuffix(b"}") + b',"rows":[')
    for place, row in enumerate(preview.rows):
        out.write((b"," if place else b"") + encode(answers.row_document(row)))
    out.write(b"]}\n")
