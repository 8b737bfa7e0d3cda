"""Taking a port, and saying in words when it can't be had."""

from __future__ import annotations

import os

from aiohttp import web

PORT_MAX = 65_535


class CannotListen(Exception):
    """The address can't be listened on; the text says why."""


async def listen(runner: web.BaseRunner, host: str, port: int) -> int:
    """Take requests there; the port, which a free one is for 0. Raises CannotListen."""
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise CannotListen(f"can't listen on {host}:{port}: {reason}") from error
    except OverflowError as error:
        raise CannotListen(f"--port: {port} is none, ports are 0 to {PORT_MAX}") from error
    return int(runner.addresses[0][1])
