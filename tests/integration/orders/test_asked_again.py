"""An order is planned again by command though nothing of it changed: ingest publishes it anew when orders needs it."""

from __future__ import annotations

import sqlite3

import pytest

from shared.log.port import NewRecord
from shared.topics import COMMANDS, ORDERS
from shared.wire import encode
from tests.integration.orders.in_the_books import booked
from tests.support.deployment import TOKEN, Deployment
from tests.support.inside import services_inside
from tests.support.shopping import cart

pytestmark = pytest.mark.timeout(60)


async def plan_again(deployed: Deployment, key: str) -> None:
    headers = {"schema": "1", "to": "orders", "cause": "command"}
    await deployed.log.append(NewRecord(COMMANDS, key, encode({"command": "plan"}), deployed.books.realm, headers))


async def causes(deployed: Deployment, key: str) -> list[str]:
    return [one.headers["cause"] for one in await deployed.read(ORDERS) if one.key == key]


async def test_a_snapshot_that_the_log_has_forgotten_is_published_again_though_nothing_changed(
    embedded: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with services_inside(embedded, monkeypatch, orders=True):
        placed = await embedded.place(cart())
        await booked(embedded, placed)
    with sqlite3.connect(embedded.folder / "data" / "log.sqlite") as log:  # as retention does after its time
        log.execute(
            "DELETE FROM records WHERE id >> 40 IN (SELECT partitions.id FROM partitions JOIN topics "
            "ON topics.id = partitions.topic_id WHERE topics.name = ?)",
            (ORDERS,),
        )
    log.close()
    key = embedded.key(placed)
    async with services_inside(embedded, monkeypatch, orders=True):
        assert await causes(embedded, key) == []
        await plan_again(embedded, key)
        await embedded.until_settled(key, "unchanged")
        assert await causes(embedded, key) == ["command"]
        assert len(await embedded.documents()) == 1


async def test_an_order_that_orders_never_acted_on_is_read_when_it_is_asked_for(
    embedded: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with services_inside(embedded, monkeypatch, orders=True):
        await embedded.shop.webhooks("http://127.0.0.1:1/{event}", TOKEN, enabled=False)
        placed = await embedded.place(cart())
        await plan_again(embedded, embedded.key(placed))
        await booked(embedded, placed)
        assert "command" in await causes(embedded, embedded.key(placed))
