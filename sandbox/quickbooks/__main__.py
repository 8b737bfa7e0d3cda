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
from sandbox.quickbooks.app import build_app
from sandbox.quickbooks.settings import DEFAULT_REALM, SandboxConfig, company_choices
from sandbox.quickbooks.templates import TEMPLATES
from sandbox.storage import StoreRefused


async def serve(host: str, port: int, config: SandboxConfig, store: Path | None = None) -> None:
    """Serve until SIGINT or SIGTERM; one JSON line on standard output says when and where it listens.

    store: the file that keeps the books. Raises StoreRefused.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(
        build_app(config, store),
        handler_cancellation=False,
        access_log=None,
        shutdown_timeout=limits.QB_SHUTDOWN_SECONDS,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        sys.stdout.write(json.dumps({"listening": runner.addresses[0][1]}) + "\n")
        sys.stdout.flush()
        await stop.wait()
    finally:
        await runner.cleanup()


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
    parser.add_argument("--store", type=Path, metavar="FILE", help="keep all here and go on with what it holds")
    arguments = parser.parse_args()
    try:
        config = SandboxConfig.model_validate(
            {"realms": arguments.realm or [DEFAULT_REALM], "companies": company_choices(arguments.company)}
        )
    except ValueError as error:
        parser.error(f"--company: {error}")
    try:
        asyncio.run(serve(arguments.host, arguments.port, config, arguments.store))
    except StoreRefused as refused:
        parser.error(f"--store: {refused}")


if __name__ == "__main__":
    main()
