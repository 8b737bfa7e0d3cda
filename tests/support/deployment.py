"""A deployment for tests: shop and books in this process, Bookbridge's services as processes that can be killed.

On the embedded log there is one process, `run`; on Kafka `ingest` and as many `orders` as a test starts.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.demo.children import Child, Children, environment
from sandbox.demo.documents import Connection, write_secrets
from sandbox.magento.cart import Cart
from sandbox.magento.config import Config
from sandbox.scenarios.orders import carts
from shared import limits
from shared.links.state import LinkState, fold, parse
from shared.log.port import Log, NewRecord, Record, TopicPartition
from shared.log.projection import KEEP
from shared.topics import LINKS, OUTCOMES, SETTINGS
from shared.wire import decode, encode
from tests.support import magento_sandbox, quickbooks_sandbox
from tests.support.kafka_broker import free_port
from tests.support.log_factory import make_log, new_address
from tests.support.magento_sandbox import MagentoSandbox
from tests.support.quickbooks_sandbox import QuickBooksSandbox

TOKEN = "verification-token-of-the-tests"
VERIFIER = "verifier-of-the-app"
WAIT_SECONDS = 60.0
STATES = 'states = ["new", "processing", "complete"]'
SALES = f"[sales]\n{STATES}"


@dataclass
class Deployment:
    """Everything that runs. `log` is the test's own handle on the services' log."""

    kind: str
    folder: Path
    shop: MagentoSandbox
    books: QuickBooksSandbox
    log: Log
    children: Children
    common: Mapping[str, str]
    session: aiohttp.ClientSession
    port: int
    health: dict[str, int] = field(default_factory=dict)

    # --- processes

    async def start(self, service: str, name: str = "") -> Child:
        """A service process that is ready. On the embedded log the only service is `run`."""
        name = name or service
        self.health[name] = free_port()
        data = self.folder / ("data" if self.kind == "embedded" else f"data-{name}")
        own = {"BOOKBRIDGE_HEALTH_PORT": str(self.health[name]), "BOOKBRIDGE_DATA": str(data)}
        child = await self.children.start(name, "services.cli", service, env={**self.common, **own})
        await self.until(lambda: self._ready(name, child), f"{name} is ready")
        return child

    async def start_all(self) -> Child:
        """All services; the process that writes to the books."""
        if self.kind == "embedded":
            return await self.start("run")
        await self.start("ingest")
        return await self.start("orders")

    async def restart_writer(self) -> Child:
        """After the writing process was killed: a new one."""
        return await self.start("run" if self.kind == "embedded" else "orders")

    async def _ready(self, name: str, child: Child) -> bool:
        child.check()
        try:
            async with self.session.get(f"http://127.0.0.1:{self.health[name]}/health/ready") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def answers(self, name: str) -> bool:
        """Whether a process is ready, now."""
        url = f"http://127.0.0.1:{self.health[name]}/health/ready"
        try:
            async with self.session.get(url, timeout=aiohttp.ClientTimeout(total=2)) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def metric(self, name: str, needle: str) -> float:
        """The value of the first sample of a process whose line holds the text; 0 when there is none."""
        async with self.session.get(f"http://127.0.0.1:{self.health[name]}/metrics") as answer:
            for line in (await answer.text()).splitlines():
                if needle in line and not line.startswith("#"):
                    return float(line.rsplit(" ", 1)[1])
        return 0.0

    async def stop(self, child: Child, seconds: float = 30.0) -> int:
        """SIGTERM; the exit code. Raises TimeoutError when it takes longer."""
        child.process.terminate()
        async with asyncio.timeout(seconds):
            return await child.process.wait()

    @property
    def writer(self) -> str:
        """The name of the process that writes to the books."""
        return "run" if self.kind == "embedded" else "orders"

    async def command(self, *words: str) -> tuple[int, str, str]:
        """The `bookbridge` command beside the services: exit code, standard output, standard error."""
        process = await self.begin_command(*words)
        async with asyncio.timeout(WAIT_SECONDS):
            said, complained = await process.communicate()
        assert process.returncode is not None
        return process.returncode, said.decode(), complained.decode()

    async def begin_command(self, *words: str) -> asyncio.subprocess.Process:
        """The same without waiting for its end."""
        data = self.folder / ("data" if self.kind == "embedded" else "data-cli")
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.cli",
            *words,
            cwd=self.folder,
            env=environment({**self.common, "BOOKBRIDGE_DATA": str(data)}),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    # --- settings

    @property
    def document(self) -> Path:
        """The connection's settings document."""
        return self.folder / "settings" / "main.toml"

    def toml(self, rest: str = SALES, *, realm: str | None = None) -> str:
        """A settings document of this deployment; `rest` holds the sections after [quickbooks]."""
        head = f'connection = "main"\n[magento]\nurl = "{self.shop.base_url}"\n'
        books = f'[quickbooks]\nrealm = "{realm or self.books.realm}"\nurl = "{self.books.base_url}"\n'
        return head + books + rest

    def configure(self, rest: str = SALES) -> None:
        """Writes the document as an editor does: all at once."""
        fresh = self.document.with_suffix(".new")
        fresh.write_text(self.toml(rest))
        fresh.replace(self.document)

    async def reconfigure(self, rest: str = SALES) -> None:
        """The same beside a running process: returns when it is in force."""
        self.configure(rest)
        text = self.document.read_bytes()

        async def published() -> bool:
            records = await self.read(SETTINGS)
            return bool(records) and records[-1].value == text

        await self.until(published, "the settings are in force")

    # --- the shop

    async def place(self, cart: Cart | None = None) -> dict[str, Any]:
        """Places an order; its webhooks go out."""
        (placed,) = await self.shop.place(cart or carts(seed=7, count=1)[0])
        return placed

    def key(self, placed: Mapping[str, Any]) -> str:
        return f"main:order:{placed['entity_id']}"

    async def hint(self, entity_id: int, event: str = "sales.order.updated") -> None:
        """A webhook of our own, for a change that the shop tells nobody about. Raises AssertionError unless taken."""
        body = encode({"data": {"entity_id": entity_id}})
        signature = hmac.new(TOKEN.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Magento-Signature": signature}
        url = f"http://127.0.0.1:{self.port}/webhooks/main/mageos/{event}"
        async with self.session.post(url, data=body, headers=headers) as answer:
            assert answer.status == 202, await answer.text()

    # --- the books

    async def documents(self) -> list[dict[str, Any]]:
        """Every document that stands in the books, voided ones too."""
        found: list[dict[str, Any]] = (await self.books.ledger())["documents"]
        return found

    # --- the log

    async def read(self, topic: str) -> list[Record]:
        """All records of a topic, as they are now."""
        sources = [TopicPartition(topic, number) for number in range(limits.PARTITIONS)]
        ends = await self.log.end_offsets(sources)
        reader = self.log.reader()
        await reader.start()
        records: list[Record] = []
        try:
            await reader.assign({source: 0 for source in sources if ends[source]})
            while any(reader.position(source) < ends[source] for source in sources if ends[source]):
                records += await reader.poll(500, 0.2)
        finally:
            await reader.close()
        return records

    async def links(self, key: str) -> list[LinkState]:
        """The states of a link in the order of the log, losing ones too."""
        records = await self.read(LINKS)
        return [LinkState.model_validate_json(it.value) for it in records if it.key == key and it.value]

    async def link(self, key: str) -> LinkState:
        """The state that counts: a record that lost against another is passed over."""
        value: bytes | None = None
        for record in await self.read(LINKS):
            if record.key == key and (after := fold(value, record)) is not KEEP:
                value = after
        return parse(value)

    async def outcomes(self, key: str) -> list[dict[str, Any]]:
        """The outcomes of an order, oldest first."""
        return [decode(it.value) for it in await self.read(OUTCOMES) if it.key == key and it.value]

    async def until_outcome(self, key: str, *statuses: str) -> dict[str, Any]:
        """Waits for an outcome with one of the statuses."""
        found: list[dict[str, Any]] = []

        async def look() -> bool:
            found[:] = [one for one in await self.outcomes(key) if one["status"] in statuses]
            return bool(found)

        await self.until(look, f"{key} is {' or '.join(statuses)}")
        return found[-1]

    async def until_settled(self, key: str, status: str, count: int = 1) -> dict[str, Any]:
        """Waits until the order has so many outcomes of the status, and returns the last one of all."""
        found: list[dict[str, Any]] = []

        async def look() -> bool:
            found[:] = await self.outcomes(key)
            return [one["status"] for one in found].count(status) >= count

        await self.until(look, f"{key} is {status}, {count} times")
        return found[-1]

    async def until_parked(self, key: str, reason: str) -> dict[str, Any]:
        """Waits until the order's last outcome is that it is parked for this reason."""
        found: dict[str, Any] = {}

        async def look() -> bool:
            last = (await self.outcomes(key) or [{}])[-1]
            found.update(last)
            return (last.get("status"), last.get("reason")) == ("parked", reason)

        await self.until(look, f"{key} is parked for {reason}")
        return found

    async def again(self, records: Iterable[Record]) -> None:
        """Appends records once more, as a replay does."""
        for record in records:
            headers = {**record.headers, "cause": "replay"}
            await self.log.append(NewRecord(record.topic, record.key, record.value, self.books.realm, headers))

    async def until(self, condition: Callable[[], Awaitable[bool]], what: str, seconds: float = WAIT_SECONDS) -> None:
        """Waits for a condition, within a limit."""
        deadline = time.monotonic() + seconds
        while not await condition():
            if time.monotonic() > deadline:
                logs = "\n".join(path.read_text()[-3000:] for path in sorted(self.folder.glob("*.log")))
                raise AssertionError(f"not within {seconds:.0f} s: {what}\n{logs}")
            await asyncio.sleep(0.05)


def kill(child: Child) -> None:
    """kill -9."""
    child.process.kill()


def pause(child: Child) -> None:
    """SIGSTOP: the process lives, holds its connections, and does nothing."""
    os.kill(child.process.pid, signal.SIGSTOP)


def wake(child: Child) -> None:
    """SIGCONT."""
    os.kill(child.process.pid, signal.SIGCONT)


@asynccontextmanager
async def deployment(
    kind: str, folder: Path, bootstrap: str = "", shop_config: Config | None = None, *, apart: bool = False
) -> AsyncIterator[Deployment]:
    """Shop, books, settings and secrets; no service runs yet. `apart`: shop and books are processes of their own, for
    services that run in this one and have much to do; such a shop is as shipped."""
    address = new_address(kind, folder, bootstrap)
    async with (
        magento_sandbox.as_subprocess() if apart else magento_sandbox.in_process(shop_config) as shop,
        quickbooks_sandbox.running_process() if apart else quickbooks_sandbox.running() as books,
        aiohttp.ClientSession() as session,
    ):
        port = free_port()
        (folder / "settings").mkdir()
        grant = await books.grant()
        write_secrets(
            folder / "secrets.toml", [Connection("main", shop.base_url, "", TOKEN)], grant["refresh_token"], VERIFIER
        )
        common = {
            "BOOKBRIDGE_SECRETS": str(folder / "secrets.toml"),
            "BOOKBRIDGE_DISCOVERY": books.discovery_url,
            "BOOKBRIDGE_PORT": str(port),
            "BOOKBRIDGE_LOG": kind,
            "BOOKBRIDGE_SETTINGS": str(folder / "settings"),
        }
        if kind == "kafka":
            _, place = address.split(":", 1)
            server, namespace = place.rsplit(":", 1)
            common |= {
                "BOOKBRIDGE_KAFKA": server,
                "BOOKBRIDGE_KAFKA_NAMESPACE": namespace,
                "BOOKBRIDGE_KAFKA_REPLICATION": "1",
                "BOOKBRIDGE_KAFKA_SESSION_SECONDS": "3",
            }
        else:
            address = f"embedded:{folder / 'data' / 'log.sqlite'}"
            (folder / "data").mkdir()
        await shop.webhooks(f"http://127.0.0.1:{port}/webhooks/main/mageos/{{event}}", TOKEN)
        children = Children(folder)
        log = make_log(address)
        await log.start()
        try:
            made = Deployment(kind, folder, shop, books, log, children, common, session, port)
            made.configure()
            yield made
        finally:
            await children.stop()
            await log.close()
