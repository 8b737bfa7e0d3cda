"""python -m sandbox.quickbooks [--port 8090] [--realm R]... [--company R=TEMPLATE]...: serve until told to stop."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from aiohttp import web

from sandbox import limits
from sandbox.listening import CannotListen, listen
from sandbox.quickbooks.api import WORLD
from sandbox.quickbooks.app import build_app
from sandbox.quickbooks.fault_rules import PlanDocument
from sandbox.quickbooks.guide import guide
from sandbox.quickbooks.settings import DEFAULT_REALM, SandboxConfig, company_choices
from sandbox.quickbooks.switches import parsed
from sandbox.quickbooks.templates import TEMPLATES
from sandbox.storage import StoreRefused


async def serve(
    host: str,
    port: int,
    config: SandboxConfig,
    store: Path | None = None,
    plan: PlanDocument | None = None,
    *,
    greet: bool = False,
) -> None:
    """Serve until SIGINT or SIGTERM; one JSON line on standard output says when and where it listens.

    store: the file that keeps the books. plan: the faults in force from the start. greet: tell a person on
    standard error what is where. Raises StoreRefused and CannotListen.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    app = build_app(config, store, plan)
    runner = web.AppRunner(
        app,
        handler_cancellation=False,
        access_log=None,
        shutdown_timeout=limits.QB_SHUTDOWN_SECONDS,
    )
    await runner.setup()
    try:
        taken = await listen(runner, host, port)
        if greet:
            sys.stderr.write(guide(app[WORLD], f"http://{host}:{taken}") + "Ctrl-C stops it.\n")
        sys.stdout.write(json.dumps({"listening": taken}) + "\n")
        sys.stdout.flush()
        await stop.wait()
    finally:
        await runner.cleanup()


def config_of(companies: list[str], switches: list[str], realms: list[str] | None = None) -> SandboxConfig:
    """The options as a configuration. Raises ValueError: which option is wrong, and what it takes."""
    try:
        chosen = company_choices(companies)
    except ValueError as error:
        raise ValueError(f"--company: {error}") from error
    try:
        turned = parsed(switches)
    except ValueError as error:
        raise ValueError(f"--set: {error}") from error
    return SandboxConfig.model_validate({"realms": realms or [DEFAULT_REALM], "companies": chosen, "switches": turned})


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.quickbooks", description="A QuickBooks company to run against."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090, help="0 takes a free one")
    parser.add_argument("--realm", action="append", help=f"a company's id; may be repeated (default {DEFAULT_REALM})")
    parser.add_argument(
        "--company",
        action="append",
        default=[],
        metavar="REALM=TEMPLATE",
        help=f"{', '.join(TEMPLATES)}; may be repeated",
    )
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a switch; may be repeated")
    parser.add_argument("--store", type=Path, metavar="FILE", help="keep all here and go on with what it holds")
    arguments = parser.parse_args()
    try:
        config = config_of(arguments.company, arguments.set, arguments.realm)
    except ValueError as error:
        parser.error(str(error))
    try:
        asyncio.run(serve(arguments.host, arguments.port, config, arguments.store))
    except StoreRefused as refused:
        parser.error(f"--store: {refused}")
    except CannotListen as refused:
        parser.error(str(refused))


if __name__ == "__main__":
    main()
