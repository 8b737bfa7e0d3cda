"""`bookbridge demo`, `bookbridge up` and `bookbridge sandbox`: the product without an account anywhere."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from sandbox import vectors_command
from sandbox.demo import limits
from sandbox.demo.children import ROOT
from sandbox.demo.failures import CouldNotRun
from sandbox.demo.progress import progress
from sandbox.demo.report import print_report
from sandbox.demo.result import Result
from sandbox.demo.run import Options, run_demo
from sandbox.demo.up import run_up
from sandbox.fault_file import BadFaultFile, FaultFile, read_fault_file
from sandbox.listening import PORT_MAX, CannotListen
from sandbox.magento.__main__ import serve as serve_magento
from sandbox.magento.switches import started
from sandbox.quickbooks.__main__ import config_of
from sandbox.quickbooks.__main__ import serve as serve_quickbooks
from sandbox.quickbooks.templates import TEMPLATES
from sandbox.storage import StoreRefused
from shared import wire
from shared.config import LogKind

NOT_AS_PROMISED, WRONG_USE, COULD_NOT_RUN, INTERRUPTED = 1, 2, 3, 130
SAMPLES = ROOT.parent / "shared" / "samples" / "magento"

LogOption = Annotated[LogKind, typer.Option("--log", help="embedded: one process; kafka: a broker, a process each")]

HostOption = Annotated[str, typer.Option(help="the address to listen on")]

StoreOption = Annotated[Path | None, typer.Option("--store", help="a file that keeps all; what it holds goes on")]

SwitchOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="a switch of docs/sandbox.md; may be repeated"),
]

FaultsOption = Annotated[
    Path | None,
    typer.Option("--faults", metavar="FILE", help="a fault plan in TOML or JSON (docs/sandbox.md)"),
]

sandbox_app = typer.Typer(help="The sandboxes alone: a QuickBooks and a Magento to run against.", no_args_is_help=True)


@sandbox_app.command("quickbooks")
def quickbooks_command(
    port: Annotated[int, typer.Option(help="0 takes a free one", min=0, max=PORT_MAX)] = 8090,
    host: HostOption = "127.0.0.1",
    company: Annotated[
        list[str] | None,
        typer.Option(metavar="REALM=TEMPLATE", help=f"a company more, of {', '.join(TEMPLATES)}; may be repeated"),
    ] = None,
    switches: SwitchOption = None,
    store: StoreOption = None,
    faults: FaultsOption = None,
) -> None:
    """QuickBooks companies, until Ctrl-C.

    Standard output has one line of JSON with the port; standard error tells addresses, keys and control routes.
    """
    try:
        config = config_of(company or [], switches or [])
    except ValueError as error:
        _fail(WRONG_USE, str(error))
    plan = _plan(faults)
    _serve(serve_quickbooks(host, port, config, store, plan.quickbooks if plan else None, greet=True))


@sandbox_app.command("magento")
def magento_command(
    port: Annotated[int, typer.Option(help="0 takes a free one", min=0, max=PORT_MAX)] = 8091,
    host: HostOption = "127.0.0.1",
    switches: SwitchOption = None,
    store: StoreOption = None,
    faults: FaultsOption = None,
) -> None:
    """A Magento shop, until Ctrl-C.

    Standard output has one line of JSON with the port; standard error tells address, keys and control routes.
    """
    try:
        config = started(switches or [], base_url=f"http://{host}:{port}/")
    except ValueError as error:
        _fail(WRONG_USE, f"--set: {error}")
    plan = _plan(faults)
    _serve(serve_magento(config, host, port, store, plan.magento if plan else None, greet=True))


@sandbox_app.command("vectors")
def vectors_command_(
    folders: Annotated[list[Path], typer.Argument(help="folders of vector files", metavar="FOLDER...")],
    json_only: Annotated[bool, typer.Option("--json", help="one line of JSON instead of text")] = False,
) -> None:
    """Play Magento's own test figures on the sandbox's engine; exit 1 when one doesn't agree."""
    if (problem := vectors_command.without_vectors(folders)) is not None:
        _fail(WRONG_USE, problem)
    reports = vectors_command.run(folders)
    for line in [vectors_command.as_json(reports)] if json_only else vectors_command.lines(reports):
        typer.echo(line)
    raise typer.Exit(vectors_command.exit_code(reports))


def demo_command(
    log: LogOption = LogKind.EMBEDDED,
    orders: Annotated[
        int, typer.Option(help="generated orders of different shapes", min=1, max=limits.ORDERS_MAX)
    ] = 50,
    seed: Annotated[int | None, typer.Option(help="repeats a run; random without it")] = None,
    samples: Annotated[Path | None, typer.Option(help="folder of recorded orders, order-*.json")] = None,
    json_only: Annotated[bool, typer.Option("--json", help="print the last line only")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="leave the working folder with logs and data")] = False,
    faults: FaultsOption = None,
) -> None:
    """Orders of a sandbox shop arrive in sandbox books: placed, told by webhooks, booked, and proved to the cent."""
    if samples is not None and not samples.is_dir():
        _fail(WRONG_USE, f"--samples: {samples} is not a folder")
    plan = _plan(faults)
    chosen = random.randrange(10**6) if seed is None else seed
    folder = samples or (SAMPLES if SAMPLES.is_dir() else None)
    with progress() as shown:
        shown.note(
            f"Seed {chosen}, log {log.value}, {orders} generated orders, recorded ones from {folder or '(none)'}"
        )
        result: Result | None = _run(run_demo(Options(log, orders, chosen, folder, keep, plan), shown))
    if result is None:
        _fail(INTERRUPTED, "Interrupted; everything is stopped.")
    if not json_only:
        print_report(result)
    typer.echo(wire.encode(result.document()).decode())
    raise typer.Exit(NOT_AS_PROMISED if result.problems() else 0)


def up_command(log: LogOption = LogKind.EMBEDDED, faults: FaultsOption = None) -> None:
    """Everything on this machine, with a new order every few seconds, until Ctrl-C."""
    _run(run_up(log, _plan(faults)))
    typer.echo("Everything is stopped.")


def _plan(path: Path | None) -> FaultFile | None:
    """What the file holds, before anything starts."""
    try:
        return None if path is None else read_fault_file(path)
    except BadFaultFile as error:
        _fail(WRONG_USE, f"--faults: {error}")


def _serve(serving: Coroutine[Any, Any, None]) -> None:
    try:
        asyncio.run(serving)
    except StoreRefused as refused:
        _fail(WRONG_USE, f"--store: {refused}")
    except CannotListen as refused:
        _fail(COULD_NOT_RUN, str(refused))


def _run(work: Coroutine[Any, Any, Result | None]) -> Result | None:
    """Until it is done; or a signal comes: then it is cancelled, cleans up, and there is no result."""

    async def main() -> Result | None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, _stop, task, [])
        return await task

    try:
        return asyncio.run(main())
    except CouldNotRun as error:
        _fail(COULD_NOT_RUN, str(error))
    except asyncio.CancelledError:
        return None


def _stop(task: asyncio.Task[Any], stopped: list[bool]) -> None:
    """Once: a second Ctrl-C must not interrupt the cleaning up."""
    if not stopped:
        stopped.append(True)
        task.cancel()


def _fail(code: int, text: str) -> NoReturn:
    Console(stderr=True, soft_wrap=True).print(text, style="red", markup=False, highlight=False)
    raise typer.Exit(code)
