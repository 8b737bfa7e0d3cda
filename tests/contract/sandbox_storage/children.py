"""Sandboxes as processes of their own on a file, which can be killed."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

START_SECONDS = 20.0


@asynccontextmanager
async def sandbox_process(module: str, file: Path) -> AsyncIterator[int]:
    """The port of `python -m <module> --store <file>`; the process is killed at the end, without any goodbye."""
    command = (sys.executable, "-m", module, "--port", "0", "--store", str(file))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            line = await process.stdout.readline()
        yield json.loads(line)["listening"]
    finally:
        process.kill()
        await process.wait()


async def refusal(module: str, file: Path) -> str:
    """What the process says when it can't use the file."""
    command = (sys.executable, "-m", module, "--port", "0", "--store", str(file))
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    async with asyncio.timeout(START_SECONDS):
        _, said = await process.communicate()
    assert process.returncode not in (0, None)
    return said.decode()
