"""The records of a shop and its books, appended as their writers do it, and what is known of stock from them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.ingest.cdc.position import Entity, Position
from services.ingest.cdc.teller import Teller
from services.ingest.cdc.told import ToldStore
from services.ingest.cursors import Cursors
from services.ingest.lists.lists import Lists
from services.inventory.knowledge import Knowledge, Stocked
from services.process import Process, open_process
from shared import limits
from shared.commerce.stock import Deducts, SourceRow
from shared.config import Config
from shared.links.state import Booked, Intent, LinkState, Movement
from shared.log.port import NewRecord, Record, TopicPartition
from shared.magento.stock_rows import same_sku
from shared.mapping.stock.decision import Outcome
from shared.mapping.stock.quantity import decide
from shared.quickbooks.cdc import change, tombstone
from shared.quickbooks.vault import new_key
from shared.settings.loader import Loaded, load
from shared.settings.stock import stock_rules
from shared.settings.store import publish
from shared.snapshots import FOLLOWS
from shared.topics import LINKS, ORDERS, PRODUCTS
from shared.wire import encode

REALM, SHOP = "9130347798120106", "main"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SETTINGS = f"""
connection = "{SHOP}"
[magento]
url = "https://shop.example.com"
[quickbooks]
realm = "{REALM}"
"""


def at(seconds: float) -> datetime:
    """So many seconds past noon, by the clock of QuickBooks."""
    return NOON + timedelta(seconds=seconds)


@dataclass
class World:
    """See the module."""

    process: Process
    knowledge: Knowledge
    lists: Lists
    cursors: Cursors
    teller: Teller
    folder: Path
    inner: AsyncExitStack
    told: list[tuple[str, frozenset[str] | None]] = field(default_factory=list)
    _read: int = 0
    _looks: set[datetime] = field(default_factory=set)

    @classmethod
    async def open(
        cls, stack: AsyncExitStack, folder: Path, monkeypatch: pytest.MonkeyPatch, log: Mapping[str, str] | None = None
    ) -> World:
        """`log` are the variables that name another log than the embedded one of this folder."""
        secrets = folder / "secrets.toml"
        app = '[quickbooks]\nclient_id = "c"\nclient_secret = "s"\nwebhook_verifier = ["a-long-enough-verifier"]\n'
        secrets.write_text(f'token_keys = ["{new_key()}"]\n{app}')
        secrets.chmod(0o600)
        variables = {"DATA": str(folder / "data"), "SECRETS": str(secrets), "LOG": "embedded", **(log or {})}
        for name, value in variables.items():
            monkeypatch.setenv(f"BOOKBRIDGE_{name}", value)
        process = await stack.enter_async_context(open_process("inventory", Config(health_port=0), asyncio.Event()))
        cursors = await stack.enter_async_context(Cursors(process.log, folder / "cursors.sqlite"))
        lists = Lists(process.log, process.lists, cursors)
        lists.own(range(limits.PARTITIONS))
        store = await stack.enter_async_context(ToldStore(process.log, folder / "told.sqlite"))
        teller = Teller(process.log, store, lists.take, process.metrics)
        told: list[tuple[str, frozenset[str] | None]] = []
        inner = await stack.enter_async_context(AsyncExitStack())
        knowledge = await inner.enter_async_context(Knowledge(process, lambda *what: told.append(what)))
        world = cls(process, knowledge, lists, cursors, teller, folder, inner, told)
        await world.settings("")
        return world

    async def reopen(self, *, forget: bool) -> None:
        """Knowledge of another process in the same folder; with `forget` its files are gone."""
        await self.inner.aclose()
        if forget:
            for file in self.process.folder.glob("stock-*"):
                file.unlink()
        self.inner = AsyncExitStack()
        self.knowledge = await self.inner.enter_async_context(
            Knowledge(self.process, lambda *what: self.told.append(what))
        )
        await self.own()
        await self.until_ready()

    @property
    def loaded(self) -> Loaded:
        loaded = self.process.settings.get(SHOP)
        assert loaded is not None
        return loaded

    async def own(self) -> None:
        await self.knowledge.own(range(limits.PARTITIONS))

    async def until_ready(self) -> None:
        await self.until(lambda: self.knowledge.waits_for(self.loaded) is None, "nothing is waited for")

    async def settings(self, more: str) -> None:
        loaded = load(SETTINGS + more, "main.toml")
        await self.process.settings.reach(await publish(self.process.log, loaded, "test", datetime.now(UTC)))

    # --- what ingest writes

    async def item(self, number: int, sku: str, quantity: object, read: datetime, **more: Any) -> None:
        """An item as a query shows it at this time."""
        await self.lists.take(REALM, "Item", [item(number, sku, quantity, read, **more)], read)

    async def item_told(self, number: int, sku: str, quantity: object, read: datetime, **more: Any) -> None:
        """An item as change data capture tells of it at this time."""
        await self.teller.tell(REALM, [change("Item", item(number, sku, quantity, read, **more))], read, "cdc")

    async def whole(self) -> None:
        await self.lists.whole(REALM, "Item", at(-3600), datetime.now(UTC), 1)

    async def look(self, sent: float, answered: float | None = None, others: dict[str, Entity] | None = None) -> None:
        """The cursor after a whole answer about items and sales; `others` stand otherwise."""
        told = at(sent), at(sent + 0.2 if answered is None else answered)
        entity = Entity(told[0] - timedelta(seconds=30), told[0] - timedelta(seconds=180), looked=told)
        position = Position(dict.fromkeys(("Item", "Invoice", "SalesReceipt"), entity))
        await self.cursors.put(f"{REALM}:cdc", REALM, position.moved(others or {}).document())

    async def product(self, number: int, sku: str, follows: datetime | None = None, **stock: Any) -> datetime:
        read = self._next()
        product = {"id": number, "sku": sku, "type_id": stock.pop("type_id", "simple")}
        product["extension_attributes"] = {"stock_item": {"manage_stock": True, "min_qty": 0, "backorders": 0, **stock}}
        await self._snapshot(PRODUCTS, f"{SHOP}:product:{number}", {"product": product}, read, follows)
        return read

    async def no_product(self, number: int) -> None:
        await self._snapshot(PRODUCTS, f"{SHOP}:product:{number}", {"deleted": True, "id": number}, self._next(), None)

    async def order(
        self,
        number: int,
        *rows: dict[str, Any],
        state: str = "processing",
        follows: datetime | None = None,
        **more: Any,
    ) -> datetime:
        read = self._next()
        order = {
            "entity_id": number,
            "increment_id": f"{number:09}",
            "store_id": 1,
            "state": state,
            "created_at": "2026-11-24 08:00:00",
            "customer_email": "jane.doe@example.com",
            "customer_firstname": "Jane",
            "items": list(rows),
            **more.pop("order", {}),
        }
        content = {"order": order, "time_zone": "America/New_York", "invoices": [], "creditmemos": [], "shipments": []}
        await self._snapshot(ORDERS, f"{SHOP}:order:{number}", content | more, read, follows)
        return read

    async def _snapshot(
        self, topic: str, key: str, content: dict[str, Any], read: datetime, follows: datetime | None
    ) -> None:
        headers = {"schema": "1", "realm": REALM} | ({} if follows is None else {FOLLOWS: follows.isoformat()})
        document = {"schema": 1, "connection": SHOP, "fetched_at": read.isoformat(), **content}
        await self.process.log.append(NewRecord(topic, key, encode(document), REALM, headers))

    def _next(self) -> datetime:
        self._read += 1
        return NOON + timedelta(milliseconds=self._read)

    async def sale(self, seconds: float, token: int, *, note: str = "", **units: int) -> None:
        """A sales receipt as change data capture tells of it, last changed then and told of half a second later."""
        lines = [
            {"Amount": 10 * count, "SalesItemLineDetail": {"ItemRef": {"value": item.removeprefix("_")}, "Qty": count}}
            for item, count in units.items()
        ]
        document = {"Id": "77", "SyncToken": str(token), "PrivateNote": note, "Line": lines, "TotalAmt": 0}
        document |= {"MetaData": {"LastUpdatedTime": at(seconds).replace(microsecond=0).isoformat()}}
        await self.teller.tell(REALM, [change("SalesReceipt", document)], at(seconds + 0.5), "cdc")

    async def no_sale(self, seconds: float) -> None:
        """It was deleted then."""
        await self.teller.tell(REALM, [tombstone("SalesReceipt", "77", at(seconds))], at(seconds + 0.5), "cdc")

    # --- what the orders service writes

    async def link(self, number: int, state: LinkState) -> None:
        record = NewRecord(LINKS, f"{SHOP}:order:{number}", state.model_dump_json().encode(), REALM, {"realm": REALM})
        await self.process.log.append(record)

    async def made(self, topic: str) -> list[Record]:
        """All that a topic holds."""
        log = self.process.log
        sources = [TopicPartition(topic, number) for number in range(limits.PARTITIONS)]
        starts, ends = await log.start_offsets(sources), await log.end_offsets(sources)
        held = {source: start for source, start in starts.items() if start < ends[source]}
        found: list[Record] = []
        reader = log.reader()
        await reader.start()
        try:
            await reader.assign(held)
            while any(reader.position(source) < ends[source] for source in held):
                found += await reader.poll(500, 0.2)
        finally:
            await reader.close()
        return found

    # --- what is known

    async def known(self, sku: str) -> Stocked:
        return (await self.knowledge.of(self.loaded, [sku]))[same_sku(sku)]

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(20):
                while not holds():  # noqa: ASYNC110 - what is known has no event to wait for
                    await asyncio.sleep(0.005)
        except TimeoutError:
            pytest.fail(f"not within 20 s: {what}; told: {self.told[-5:]}")

    async def until_known(self, sku: str, holds: Callable[[Stocked], bool], what: str) -> Stocked:
        """What is known of the SKU once it is so."""
        known: Stocked | None = None
        try:
            async with asyncio.timeout(20):
                while True:
                    known = (await self.knowledge.of(self.loaded, [sku])).get(same_sku(sku))
                    if known is not None and holds(known):
                        return known
                    await asyncio.sleep(0.005)
        except TimeoutError:
            pytest.fail(f"not within 20 s: {what}; known: {known}")

    async def until_moves(self, sku: str, *counts: int) -> Stocked:
        """So many moves of each of its orders are known."""
        return await self.until_known(
            sku, lambda known: [len(one.moves) for one in known.orders] == list(counts), f"moves {counts}"
        )

    async def until_left(self, sku: str, *counts: int | None) -> Stocked:
        """So many pieces have left for each of its orders; None for one that isn't read."""

        def holds(known: Stocked) -> bool:
            return [None if one.pieces is None else one.pieces.left for one in known.orders] == list(counts)

        return await self.until_known(sku, holds, f"left {counts}")

    async def until_told(self, sku: str) -> None:
        """Of this SKU, since `told` was cleared."""
        await self.until(lambda: self.tells_of(sku), f"{sku} is told of")

    @property
    def looks(self) -> set[datetime]:
        """When the looks were sent that came into force, as far as anybody asked."""
        return self._looks

    def tells_of(self, sku: str) -> bool:
        return any(skus is None or same_sku(sku) in skus for _, skus in self.told)

    async def until_looked(self, sent: float) -> None:
        lag = timedelta(seconds=limits.STOCK_LOOK_LAG_SECONDS)

        def there() -> bool:
            look = self.knowledge.looked(self.loaded)
            if look is not None:
                self._looks.add(look.start + lag)
            return look is not None and look.start == at(sent) - lag

        await self.until(there, f"the look of {at(sent)} is in force")


def item(
    number: int, sku: str, quantity: object, read: datetime, changed: datetime | None = None, **more: Any
) -> dict[str, Any]:
    """An inventory item. A sale moves the time of its last change, in whole seconds, and not its SyncToken."""
    return {
        "Id": str(number),
        "SyncToken": "0",
        "Name": sku,
        "Sku": sku,
        "Type": "Inventory",
        "TrackQtyOnHand": True,
        "QtyOnHand": Decimal(str(quantity)),
        "Active": True,
        "MetaData": {"LastUpdatedTime": (changed or read).replace(microsecond=0).isoformat()},
        **more,
    }


def row(number: int, sku: str, ordered: int, *, product: int = 1, shipped: int = 0, **more: Any) -> dict[str, Any]:
    """A row of an order."""
    return {
        "item_id": number,
        "product_id": product,
        "product_type": "simple",
        "sku": sku,
        "qty_ordered": ordered,
        "qty_shipped": shipped,
        "qty_invoiced": ordered,
        "qty_refunded": 0,
        "qty_canceled": 0,
        **more,
    }


def booked(*moves: Movement, revision: int = 2, number: int = 77, **more: Any) -> LinkState:
    """The link of a sales receipt; `number` is its Id."""
    document = {"entity": "SalesReceipt", "id": str(number), "sync_token": "0", "content_hash": "", "requestid": "r"}
    return LinkState(
        revision=revision, booked=Booked(**document, total=Decimal(30), number="1042", moves=moves), **more
    )


def took(seconds: float, **units: int) -> Movement:
    """A write of this second; `units` by item Id, as in _7=3."""
    return Movement(
        at=at(seconds).replace(microsecond=0),
        document="SalesReceipt 1042",
        units={item.removeprefix("_"): Decimal(count) for item, count in units.items()},
    )


def intent(seconds: float, *items: str) -> Intent:
    """A write that was decided so many seconds past noon, by our clock."""
    lines = [{"SalesItemLineDetail": {"ItemRef": {"value": item}}} for item in items]
    return Intent(
        entity="SalesReceipt",
        action="create",
        generation=0,
        requestid="r",
        path="/salesreceipt",
        body=encode({"Line": lines}).decode(),
        content_hash="",
        total=Decimal(30),
        tax=Decimal(0),
        number="1042",
        decided_at=at(seconds),
    )


async def quantity(world: World, sku: str, source: int = 0) -> Decimal | None:
    """What the source should hold; None while it waits."""
    known = await world.known(sku)
    rules = stock_rules(world.loaded.settings.stock, Deducts.AT_SHIPMENT)
    decision = decide(known.case(SourceRow("default", Decimal(source))), rules)
    assert decision.outcome in (Outcome.WRITE, Outcome.UNCHANGED, Outcome.WAIT)
    return decision.quantity


async def mugs(world: World, on_hand: int = 10) -> None:
    """A shop with one product, and an item of it that was read long ago."""
    await world.product(1, "MUG")
    await world.item(7, "mug", on_hand, at(-3600))
    await world.whole()
    await world.look(0)
    await world.own()
    await world.until_looked(0)
    await world.until_ready()
