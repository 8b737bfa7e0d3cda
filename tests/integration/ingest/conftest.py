"""The ingest service inside the test, so that its limits can be shortened; log, shop and HTTP are real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.ingest.app import IngestService
from services.process import open_process
from shared.config import Config
from shared.settings.loader import load
from shared.settings.store import publish
from tests.support.deployment import Deployment, deployment


@pytest.fixture
async def receiving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Deployment]:
    """A deployment whose only service is ingest, in this process; the connection's settings are in force."""
    async with deployment("embedded", tmp_path) as made:
        for name, value in {**made.common, "BOOKBRIDGE_DATA": str(tmp_path / "data")}.items():
            monkeypatch.setenv(name, value)
        stop = asyncio.Event()
        async with open_process("ingest", Config(health_port=0), stop) as process:
            loaded = load(made.document.read_text(), "main.toml")
            await process.settings.reach(await publish(process.log, loaded, "test", datetime.now(UTC)))
            service = IngestService(process)
            running = asyncio.create_task(service.run())
            try:
                async with asyncio.timeout(20):
                    while not service.port:
                        await asyncio.sleep(0.01)
                        if running.done():
                            running.result()
                yield made
            finally:
                stop.set()
                async with asyncio.timeout(40):
                    await running
