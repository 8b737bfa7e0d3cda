"""A receiver on a real port over an embedded log, and what tests send to it."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from services.ingest.adobe_http import AdobeHttp
from services.ingest.receiver_http import Receiver, ReceiverServer, serve
from services.ingest.sources.connection import Connections, WebhookConnection
from services.ingest.sources.quickbooks import QuickBooksApp
from shared import limits
from shared.log.embedded import EmbeddedLog
from shared.log.partitions import partition_for
from shared.log.port import Cleanup, Log, Record, TopicPartition, TopicSpec
from shared.magento.signatures import AcceptedTokens, sign
from shared.quickbooks.webhooks import Verifiers
from shared.telemetry.metrics import Metrics
from shared.topics import COMMANDS, TOPICS
from shared.topics import HINTS as HINTS_TOPIC

REALM = "9130347"
TOKEN = "token-of-the-subscription"
INVOICE_TOKEN = "token-of-the-invoice-subscription"
ADDRESS = "/webhooks/main-shop/mageos/sales.order.created"
BODY = b'{"data":{"entity_id":17,"increment_id":"000000017","grand_total":12.30}}'

HINTS = TopicSpec(HINTS_TOPIC, limits.PARTITIONS, Cleanup.DELETE, retention=None)

SHOP = WebhookConnection(
    "main-shop",
    REALM,
    AcceptedTokens(["old-token", TOKEN]),
    {"sales.invoice.created": AcceptedTokens([INVOICE_TOKEN])},
)


class Shops:
    """The connections of the tests."""

    def connection(self, name: str) -> WebhookConnection | None:
        return SHOP if name == SHOP.name else None

    def awaited(self, name: str) -> bool:
        return name == "new-shop"

    def app(self) -> QuickBooksApp:
        return QuickBooksApp(Verifiers([]), frozenset())


@dataclass
class Peer:
    """The running receiver, its log, and a client."""

    server: ReceiverServer
    log: Log
    metrics: Metrics
    session: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    async def post(
        self,
        body: bytes = BODY,
        *,
        path: str = ADDRESS,
        token: str = TOKEN,
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
    ) -> tuple[int, str, Mapping[str, str]]:
        """Status, text and headers of the answer to a signed request; header values of "" are left out."""
        sent = {"content-type": "application/json", "x-magento-signature": sign(body, token)} | dict(headers or {})
        sent = {name: value for name, value in sent.items() if value}
        async with self.session.request(
            method, self.url + path, data=io.BytesIO(body), headers=sent, skip_auto_headers=["content-type"]
        ) as answer:
            return answer.status, await answer.text(), answer.headers

    def value(self, sample: str, **labels: str) -> float:
        """A metric's value, 0 when nothing was counted."""
        return self.metrics.registry.get_sample_value(sample, labels) or 0.0

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.server.port)

    async def records(self) -> list[Record]:
        return await read_hints(self.log)

    async def commands(self, *realms: str) -> list[Record]:
        """Every command in the partitions of these companies."""
        partitions = {TopicPartition(COMMANDS, partition_for(realm, limits.PARTITIONS)) for realm in realms}
        return await _read(self.log, partitions)


@asynccontextmanager
async def running(
    path: Path, *, max_connections: int = 500, request_seconds: float = 10.0, call_seconds: float = 10.0
) -> AsyncIterator[Peer]:
    """A receiver on an embedded log of its own."""
    log = EmbeddedLog(path / "log.sqlite", call_seconds=call_seconds)
    await log.start()
    try:
        async with running_on(log, max_connections=max_connections, request_seconds=request_seconds) as peer:
            yield peer
    finally:
        await log.close()


@asynccontextmanager
async def running_on(
    log: Log,
    *,
    max_connections: int = 500,
    request_seconds: float = 10.0,
    connections: Connections | None = None,
    key_host: str = "http://127.0.0.1:1",
    clock: Callable[[], float] = time.monotonic,
    to_adobe: aiohttp.ClientSession | None = None,
) -> AsyncIterator[Peer]:
    """A receiver on a started log. `clock` is that of the memory of keys; `to_adobe` replaces the session for them."""
    await log.ensure_topics([HINTS, *(topic for topic in TOPICS if topic.name == COMMANDS)])
    metrics = Metrics()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        adobe = AdobeHttp(to_adobe or session, key_host, clock)
        server = await serve(
            Receiver(connections or Shops(), log, metrics, adobe),
            metrics,
            "127.0.0.1",
            0,
            max_connections=max_connections,
            request_seconds=request_seconds,
        )
        try:
            yield Peer(server, log, metrics, session)
        finally:
            await server.close()
            await adobe.close()


async def read_hints(log: Log) -> list[Record]:
    """Every hint in the log."""
    return await _read(log, {TopicPartition(HINTS_TOPIC, partition_for(REALM, limits.PARTITIONS))})


async def _read(log: Log, partitions: set[TopicPartition]) -> list[Record]:
    reader = log.reader()
    await reader.start()
    try:
        await reader.assign(dict.fromkeys(partitions, 0))
        ends = await log.end_offsets(list(partitions))
        records: list[Record] = []
        async with asyncio.timeout(20):
            while any(reader.position(partition) < ends[partition] for partition in partitions):
                records += await reader.poll(1_000, 0.2)
    finally:
        await reader.close()
    return records


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = 15.0) -> None:
    """Waits until the condition holds. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.02)


async def eventually_status(peer: Peer, status: int, body: bytes = BODY, seconds: float = 15.0) -> None:
    """Posts until the answer has this status. Raises TimeoutError."""

    async def answered() -> bool:
        return (await peer.post(body))[0] == status

    await eventually(answered, seconds)


async def has_open(peer: Peer, count: int) -> bool:
    return peer.server.admission.open == count
