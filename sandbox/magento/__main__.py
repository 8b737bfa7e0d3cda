"""python -m sandbox.magento --port 8091: the shop alone, until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from aiohttp import web

from sandbox.listening import CannotListen, listen
from sandbox.magento import limits
from sandbox.magento.app import build_app
from sandbox.magento.config import Config
from sandbox.magento.releases import RELEASES, config_of
from sandbox.storage import StoreRefused


def main() -> None:
    arguments = _arguments()
    names = ("bearer", "row_totals", "out_of_range_page")
    switches = {name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None}
    switches |= {"timezone": arguments.timezone, "base_url": f"http://{arguments.host}:{arguments.port}/"}
    config = config_of(arguments.release, **switches)
    try:
        asyncio.run(serve(config, arguments.host, arguments.port, arguments.store))
    except StoreRefused as refused:
        sys.exit(f"--store: {refused}")
    except CannotListen as refused:
        sys.exit(str(refused))


async def serve(config: Config, host: str, port: int, store: Path | None = None) -> None:
    """Serve until SIGINT or SIGTERM. Prints one JSON line when requests are taken; port 0 = any free one.

    store: the file that keeps the shop. Raises StoreRefused.
    """
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(build_app(config, store=store), access_log=None, shutdown_timeout=limits.SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        taken = await listen(runner, host, port)
        print(json.dumps({"listening": taken}), flush=True)  # noqa: T201
        await stop.wait()
    finally:
        await runner.cleanup()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.magento", description="A Magento shop for tests and demos."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8091, help="0 = any free port, printed when listening")
    parser.add_argument("--bearer", action="store_const", const=True, help="let the access token alone open REST")
    parser.add_argument("--release", choices=RELEASES, default="2.4.7", help="sets the switches that differ by release")
    parser.add_argument("--row-totals", choices=["2.4.7", "2.4.8", "raw"], help="else the release's")
    parser.add_argument("--out-of-range-page", choices=["empty", "last"], help="else the release's")
    parser.add_argument("--timezone", default="America/Los_Angeles")
    parser.add_argument("--store", type=Path, metavar="FILE", help="keep all here and go on with what it holds")
    return parser.parse_args(sys.argv[1:])


if __name__ == "__main__":
    main()
