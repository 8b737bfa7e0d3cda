"""python -m sandbox.magento --port 8091: the shop alone, until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from dataclasses import replace
from pathlib import Path

from aiohttp import web

from sandbox.listening import CannotListen, listen
from sandbox.magento import limits
from sandbox.magento.app import SETTINGS, SHOP, build_app
from sandbox.magento.config import Config
from sandbox.magento.fault_rules import PlanDocument
from sandbox.magento.guide import guide
from sandbox.magento.releases import RELEASES
from sandbox.magento.switches import started
from sandbox.storage import StoreRefused


def main() -> None:
    parser = _parser()
    arguments = parser.parse_args()
    # The options of older scripts come first, so that --set wins.
    named = {"release": arguments.release, "row_totals": arguments.row_totals, "bearer": arguments.bearer}
    named |= {"out_of_range_page": arguments.out_of_range_page, "timezone": arguments.timezone}
    options = [f"{name}={value}" for name, value in named.items() if value is not None]
    try:
        config = started([*options, *arguments.set], base_url=f"http://{arguments.host}:{arguments.port}/")
    except ValueError as error:
        parser.error(f"--set: {error}")
    try:
        asyncio.run(serve(config, arguments.host, arguments.port, arguments.store))
    except StoreRefused as refused:
        sys.exit(f"--store: {refused}")
    except CannotListen as refused:
        sys.exit(str(refused))


async def serve(
    config: Config,
    host: str,
    port: int,
    store: Path | None = None,
    plan: PlanDocument | None = None,
    *,
    greet: bool = False,
) -> None:
    """Serve until SIGINT or SIGTERM. Prints one JSON line when requests are taken; port 0 = any free one.

    store: the file that keeps the shop. plan: the faults in force from the start. greet: tell a person on
    standard error what is where. Raises StoreRefused and CannotListen.
    """
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    app = build_app(config, store=store, plan=plan)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=limits.SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        taken = await listen(runner, host, port)
        if config.base_url == f"http://{host}:0/":
            app[SETTINGS].start_with(replace(config, base_url=f"http://{host}:{taken}/"))
        if greet:
            sys.stderr.write(guide(app[SHOP], f"http://{host}:{taken}") + "Ctrl-C stops it.\n")
        print(json.dumps({"listening": taken}), flush=True)  # noqa: T201
        await stop.wait()
    finally:
        await runner.cleanup()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.magento", description="A Magento shop for tests and demos."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8091, help="0 = any free port, printed when listening")
    parser.add_argument("--bearer", action="store_const", const="true", help="let the access token alone open REST")
    parser.add_argument("--release", choices=RELEASES, help="sets the switches that differ by release")
    parser.add_argument("--row-totals", choices=["2.4.7", "2.4.8", "raw"], help="else the release's")
    parser.add_argument("--out-of-range-page", choices=["empty", "last"], help="else the release's")
    parser.add_argument("--timezone")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a switch; may be repeated")
    parser.add_argument("--store", type=Path, metavar="FILE", help="keep all here and go on with what it holds")
    return parser


if __name__ == "__main__":
    main()
