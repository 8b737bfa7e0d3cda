"""The world of a demo: books, shops and Bookbridge between them, ready for orders."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import aiohttp

from sandbox.demo import limits
from sandbox.demo.broker import running_broker
from sandbox.demo.children import Child, Children, listening_port
from sandbox.demo.company import furnish
from sandbox.demo.control import Books, ShopServer, new_session
from sandbox.demo.documents import Connection, write_secrets, write_settings
from sandbox.demo.failures import CouldNotRun
from sandbox.demo.ports import Ports
from sandbox.demo.shelves import fill
from sandbox.fault_file import FaultFile
from shared.config import LogKind
from shared.log.embedded import EmbeddedLog
from shared.log.kafka import KafkaLog
from shared.log.port import Log, LogError

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to build. `copies` is how often each webhook of a shop is delivered, from and to; `books_tell`: the books
    send webhooks, too, each of which makes Bookbridge look, at the price of a metered call; `stock`: they count goods,
    and Bookbridge keeps the shops' stock by them."""

    log: LogKind
    folder: Path
    ports: Ports
    shops: int
    copies: tuple[int, int]
    seed: int
    faults: FaultFile | None = None
    books_tell: bool = False
    stock: bool = False


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop with the name of its connection."""

    name: str
    server: ShopServer


_HINTS_READ = re.compile(r'^bookbridge_hints_read_total{[^}]*kind="order"[^}]*} (\S+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class World:
    """All that runs."""

    books: Books
    shops: tuple[Shop, ...]
    log: Log
    children: Children
    health: Mapping[str, str]
    session: aiohttp.ClientSession

    async def order_hints_read(self) -> int:
        """Hints of orders that ingest has read, as its metrics tell. Raises CouldNotRun."""
        try:
            async with self.session.get(f"{next(iter(self.health.values()))}/metrics") as answer:
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise CouldNotRun(f"ingest's metrics don't come: {type(error).__name__}") from error
        return int(sum(float(value) for value in _HINTS_READ.findall(text)))

    async def end_faults(self) -> list[str]:
        """End the fault plan; what it did, by sandbox and effect."""
        met: Counter[str] = Counter()
        for name, server in (("books", self.books), *((shop.name, shop.server) for shop in self.shops)):
            for rule in await server.faults():
                met[f"{name} {rule['effect']}"] += rule["matched"]
            await server.clear_faults()
        return [f"{what} {count}" for what, count in met.items() if count]


@asynccontextmanager
async def open_world(plan: Plan, say: Say) -> AsyncIterator[World]:
    """The world until the block ends; then everything is stopped. Raises CouldNotRun."""
    async with AsyncExitStack() as stack:
        bootstrap = ""
        if plan.log is LogKind.KAFKA:
            say("starting Kafka")
            bootstrap = await stack.enter_async_context(running_broker(plan.folder / "kafka", plan.ports.kafka))
        children = Children(plan.folder)
        stack.push_async_callback(children.stop)
        session = await stack.enter_async_context(new_session())
        say("starting the books and the shop" + ("s" if plan.shops > 1 else ""))
        books, servers = await _sandboxes(plan, children, session)
        await furnish(books, counted=plan.stock)
        for server in servers if plan.stock else ():
            await fill(server)
        connections = [
            Connection(_name(i), server.url, f"S{i + 1}-" if i else "", secrets.token_hex(16))
            for i, server in enumerate(servers)
        ]
        documents = write_settings(plan.folder / "settings", connections, books.url, stock=plan.stock)
        verifier = secrets.token_hex(16)
        write_secrets(plan.folder / "secrets.toml", connections, await books.grant(), verifier)
        say("starting Bookbridge")
        health = await _bookbridge(plan, children, documents, books, bootstrap)
        for service, address in health.items():
            await _until(session, children, f"{address}/health/ready", 200, service)
        hooks = f"http://127.0.0.1:{plan.ports.ingest}/webhooks"
        for i, connection in enumerate(connections):
            # 401 to an unsigned one: the connection's settings are in force; 404 while they aren't.
            address = f"{hooks}/{connection.name}/mageos/sales.order.created"
            await _until(session, children, address, 401, f"the settings of {connection.name}", post=True)
            seed = Random(f"{plan.seed}:{connection.name}").randrange(2**31)
            template = f"{hooks}/{connection.name}/mageos/{{event}}"
            disturbed = plan.faults.magento.webhooks.model_dump(exclude_unset=True) if plan.faults else {}
            await servers[i].send_webhooks(template, connection.webhook_token, plan.copies, seed, disturbed)
        if plan.faults is not None:
            await _disturb(plan.faults, books, servers)
        if plan.books_tell:
            await books.send_webhooks(f"{hooks}/quickbooks", verifier)
        log = await stack.enter_async_context(_open_log(plan, bootstrap))
        shops = tuple(Shop(connection.name, server) for connection, server in zip(connections, servers, strict=True))
        yield World(books, shops, log, children, health, session)


async def _disturb(faults: FaultFile, books: Books, servers: list[ShopServer]) -> None:
    await books.load_faults(faults.quickbooks.model_dump(mode="json", exclude_unset=True))
    for server in servers:
        await server.load_faults(faults.magento.model_dump(mode="json", exclude_unset=True))


def _name(number: int) -> str:
    return f"shop{number + 1}" if number else "main"


async def _sandboxes(plan: Plan, children: Children, session: aiohttp.ClientSession) -> tuple[Books, list[ShopServer]]:
    books = await children.start("books", "sandbox.quickbooks", "--port", str(plan.ports.books))
    shops: list[Child] = []
    for i in range(plan.shops):
        port = str(0 if i else plan.ports.shop)
        shops.append(await children.start(f"shop-{_name(i)}", "sandbox.magento", "--port", port))
    servers = [ShopServer(session, await listening_port(shop)) for shop in shops]
    return Books(session, await listening_port(books)), servers


async def _bookbridge(
    plan: Plan, children: Children, documents: list[Path], books: Books, bootstrap: str
) -> dict[str, str]:
    """Starts the services; health address by service."""
    common = {"BOOKBRIDGE_SECRETS": str(plan.folder / "secrets.toml"), "BOOKBRIDGE_DISCOVERY": books.discovery}
    common |= {"BOOKBRIDGE_PORT": str(plan.ports.ingest), "BOOKBRIDGE_DATA": str(plan.folder / "data")}
    if plan.log is LogKind.EMBEDDED:
        own = {"BOOKBRIDGE_SETTINGS": str(plan.folder / "settings"), "BOOKBRIDGE_HEALTH_PORT": str(plan.ports.health)}
        await children.start("bookbridge", "services.cli", "run", env={**common, **own, "BOOKBRIDGE_LOG": "embedded"})
        return {"bookbridge": f"http://127.0.0.1:{plan.ports.health}"}
    common |= {"BOOKBRIDGE_LOG": "kafka", "BOOKBRIDGE_KAFKA": bootstrap, "BOOKBRIDGE_KAFKA_REPLICATION": "1"}
    for document in documents:
        await children.run("settings", "services.cli", "settings", "publish", str(document), env=common)
    addresses = {}
    services = [("ingest", plan.ports.health), ("orders", plan.ports.orders_health)]
    if plan.stock:
        services.append(("inventory", plan.ports.inventory_health))
    for service, port in services:
        own = {"BOOKBRIDGE_DATA": str(plan.folder / f"data-{service}"), "BOOKBRIDGE_HEALTH_PORT": str(port)}
        await children.start(service, "services.cli", service, env={**common, **own})
        addresses[service] = f"http://127.0.0.1:{port}"
    return addresses


async def _until(
    session: aiohttp.ClientSession, children: Children, address: str, status: int, what: str, post: bool = False
) -> None:
    """Waits until the address answers with the status. Raises CouldNotRun."""
    seen = "no answer"
    try:
        async with asyncio.timeout(limits.START_SECONDS):
            while True:
                children.check()
                try:
                    async with session.request("POST" if post else "GET", address, json={} if post else None) as got:
                        seen = f"{got.status} {(await got.text())[:300]}"
                        if got.status == status:
                            return
                except aiohttp.ClientError as error:
                    seen = str(error)
                await asyncio.sleep(limits.POLL_SECONDS)
    except TimeoutError as error:
        raise CouldNotRun(f"{what} is not ready after {limits.START_SECONDS:.0f} s: {seen}") from error


@asynccontextmanager
async def _open_log(plan: Plan, bootstrap: str) -> AsyncIterator[Log]:
    log: Log
    if plan.log is LogKind.EMBEDDED:
        log = EmbeddedLog(plan.folder / "data" / "log.sqlite")
    else:
        log = KafkaLog(bootstrap, client_id="demo", replication_factor=1)
    try:
        await log.start()
    except LogError as error:
        raise CouldNotRun(f"the log can't be read: {error}") from error
    try:
        yield log
    finally:
        await log.close()
