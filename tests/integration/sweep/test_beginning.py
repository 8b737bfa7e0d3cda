"""Where a connection's first sweep begins."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.ingest.sweep.beginning import first_published
from shared.log.embedded import EmbeddedLog
from shared.settings.loader import load
from shared.settings.store import publish
from shared.topics import TOPICS

DOCUMENT = 'connection = "{}"\n[magento]\nurl = "https://shop.example"\n[quickbooks]\nrealm = "1"\n'


async def test_it_is_the_first_publication_of_the_connections_settings(tmp_path: Path) -> None:
    log = EmbeddedLog(tmp_path / "log.sqlite")
    await log.start()
    try:
        await log.ensure_topics(TOPICS)
        assert await first_published(log, "main", "1") is None
        before = time.time() - 1
        await publish(log, load(DOCUMENT.format("other"), "other"), "test", datetime.now(UTC))
        assert await first_published(log, "main", "1") is None
        await publish(log, load(DOCUMENT.format("main"), "main"), "test", datetime.now(UTC))
        first = await first_published(log, "main", "1")
        assert first is not None and before < first.timestamp() < time.time() + 1
        await publish(log, load(DOCUMENT.format("main") + "# changed\n", "main"), "test", datetime.now(UTC))
        assert await first_published(log, "main", "1") == first
        assert datetime.now(UTC) - first < timedelta(minutes=1)
    finally:
        await log.close()
