"""The log that a benchmark's services run on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.bench.load import note
from tests.support.kafka_broker import Broker, free_port


@asynccontextmanager
async def log_of(kind: str, folder: Path) -> AsyncIterator[str]:
    """The broker's address; none is needed for the embedded log."""
    if kind == "embedded":
        yield ""
        return
    note("starting Kafka ...")
    broker = Broker(free_port(), folder / "broker")
    await asyncio.to_thread(broker.start)
    try:
        yield broker.bootstrap
    finally:
        await asyncio.to_thread(broker.stop)
