"""A sandbox shop, a log, and what reads from the one and publishes to the other; all real."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from services.ingest.reading.fetched import Kind
from services.ingest.reading.published import Published
from services.ingest.reading.publisher import Publisher
from services.ingest.shops import Shop
from shared import limits
from shared.log.embedded import EmbeddedLog
from shared.log.port import Log, Record, TopicPartition
from shared.magento.client import MagentoClient, OAuth1
from shared.magento.oauth1 import Credentials
from shared.settings.loader import Loaded, load
from shared.telemetry.metrics import Metrics
from shared.topics import TOPICS
from shared.wire import decode
from tests.support.log_reading import read_everything
from tests.support.magento_sandbox import MagentoSandbox

REALM = "9130000000000001"
SETTINGS = f"""
connection = "main"
[magento]
url = "http://127.0.0.1/"
[quickbooks]
realm = "{REALM}"
"""
WEBHOOK = {"cause": "webhook", "event": "sales.order.updated", "hints": "1"}
SWEEP = {"cause": "sweep"}


@dataclass
class Reading:
    """What a test of this folder works with."""

    sandbox: MagentoSandbox
    shop: Shop
    log: Log
    folder: Path
    published: Published
    publisher: Publisher
    metrics: Metrics
    loaded: Loaded

    async def records(self, kind: Kind) -> list[Record]:
        """All that was published of a kind, in the order of the log."""
        return await read_everything(
            self.log, [TopicPartition(kind.topic, number) for number in range(limits.PARTITIONS)]
        )

    async def snapshots(self, kind: Kind, entity_id: int) -> list[dict[str, Any]]:
        key = f"main:{kind}:{entity_id}"
        return [decode(one.value or b"") for one in await self.records(kind) if one.key == key]


@asynccontextmanager
async def reading_from(sandbox: MagentoSandbox, folder: Path) -> AsyncIterator[Reading]:
    """Reading of a sandbox, as the process has it that owns all realms."""
    log = EmbeddedLog(folder / "log.sqlite")
    await log.start()
    await log.ensure_topics(TOPICS)
    metrics = Metrics()
    try:
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            Published(log, folder) as published,
        ):
            await published.own(range(limits.PARTITIONS))
            yield Reading(
                sandbox=sandbox,
                shop=shop_of(sandbox, session),
                log=log,
                folder=folder,
                published=published,
                publisher=Publisher(log, published, metrics),
                metrics=metrics,
                loaded=load(SETTINGS, "main.toml"),
            )
    finally:
        await log.close()


def shop_of(sandbox: MagentoSandbox, session: aiohttp.ClientSession) -> Shop:
    keys = sandbox.credentials
    signed = OAuth1(Credentials(keys.consumer_key, keys.consumer_secret, keys.access_token, keys.access_token_secret))
    return Shop("1", MagentoClient(session, sandbox.base_url, signed))
