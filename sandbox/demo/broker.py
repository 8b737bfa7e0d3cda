"""A real Apache Kafka for the demo, by deploy/kafka/kafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.demo import limits
from sandbox.demo.children import ROOT
from sandbox.demo.failures import CouldNotRun

SCRIPT = ROOT / "deploy" / "kafka" / "kafka"


@asynccontextmanager
async def running_broker(folder: Path, port: int) -> AsyncIterator[str]:
    """A node on a folder of its own; its bootstrap address. Raises CouldNotRun, also without Java or Maven."""
    try:
        await _script(limits.KAFKA_START_SECONDS, "start", "--port", str(port), "--data", str(folder))
        yield f"127.0.0.1:{port}"
    finally:
        if (folder / "pid").exists():
            await _script(limits.KAFKA_STOP_SECONDS, "stop", "--data", str(folder))


async def _script(seconds: float, *arguments: str) -> None:
    """What it tells (a download, say) goes to our standard error."""
    process = await asyncio.create_subprocess_exec(
        str(SCRIPT), *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(seconds):
            code = await process.wait()
    except TimeoutError as error:
        raise CouldNotRun(f"Kafka: {arguments[0]} has not ended within {seconds:.0f} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code != 0:
        raise CouldNotRun(f"Kafka: {arguments[0]} failed (exit code {code}); what it says is above")
