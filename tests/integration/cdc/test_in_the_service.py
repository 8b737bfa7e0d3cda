"""The running service follows the books, and a webhook's news at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.ingest.cdc.worker import CdcWorker
from shared import limits
from shared.log.port import NewRecord
from shared.topics import CHANGES, COMMANDS, CURSORS
from shared.wire import decode, encode
from tests.support.deployment import SALES, Deployment, deployment
from tests.support.inside import services_inside


async def _poll(made: Deployment, *entities: str) -> None:
    realm = made.books.realm
    value = encode({"command": "poll", "entities": list(entities)})
    await made.log.append(NewRecord(COMMANDS, realm, value, realm, {"schema": "1", "to": "ingest"}))


async def test_what_a_webhook_names_is_asked_for_at_once_and_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with deployment("embedded", tmp_path) as made, services_inside(made, monkeypatch, orders=False):
        realm = made.books.realm

        await made.until(lambda: _looked(made), "the first look")
        customers = (await made.books.seed({"Customer": [{"DisplayName": "Ada Newcomer"}]}))["Customer"]
        asked = (await made.books.usage())["coreplus"]["cdc"]
        for _ in range(20):  # a burst of webhooks is one question
            await _poll(made, "customer", "Budget")
        key = f"{realm}:Customer:{customers[0]['Id']}"
        await made.until(lambda: _has(made, CHANGES, key), "the customer among the changes", 15)
        change = next(one for one in await made.read(CHANGES) if one.key == key)
        assert change.headers["cause"] == "webhook"
        assert (await made.books.usage())["coreplus"]["cdc"] - asked <= 2


async def test_webhooks_without_end_do_not_keep_the_other_entities_from_being_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CdcWorker, "_budget", lambda worker, realm: 10_000_000)
    monkeypatch.setattr(limits, "CDC_FAST_SECONDS", 4.0)
    monkeypatch.setattr(limits, "CDC_SLOW_SECONDS", 4.0)
    async with deployment("embedded", tmp_path) as made, services_inside(made, monkeypatch, orders=False):
        realm = made.books.realm
        await made.until(lambda: _looked(made), "the first look")
        customer = (await made.books.seed({"Customer": [{"DisplayName": "Told by nobody"}]}))["Customer"][0]

        async def told() -> bool:
            await _poll(made, "Term")
            return await _has(made, CHANGES, f"{realm}:Customer:{customer['Id']}")

        await made.until(told, "a customer that no webhook named", 30)


async def test_where_stock_is_kept_what_moves_quantities_is_news_of_the_items(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with deployment("embedded", tmp_path) as made:
        made.configure(f'{SALES}\n[stock]\ndirection = "books_to_shop"')
        async with services_inside(made, monkeypatch, orders=False):
            await made.until(lambda: _looked(made), "the first look")
            item = (
                await made.books.seed(
                    {"Item": [{"Name": "Mug", "Type": "Service", "IncomeAccountRef": {"value": "1"}}]}
                )
            )["Item"][0]
            asked = (await made.books.usage())["coreplus"]["cdc"]
            await _poll(made, "BillPayment", "InventoryAdjustment")  # neither is followed
            key = f"{made.books.realm}:Item:{item['Id']}"
            await made.until(lambda: _has(made, CHANGES, key), "the item among the changes", 15)
            change = next(one for one in await made.read(CHANGES) if one.key == key)
            assert change.headers["cause"] == "webhook"
            assert (await made.books.usage())["coreplus"]["cdc"] - asked == 1


async def test_where_no_stock_is_kept_what_is_not_followed_costs_no_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with deployment("embedded", tmp_path) as made, services_inside(made, monkeypatch, orders=False):
        await made.until(lambda: _looked(made), "the first look")
        asked = (await made.books.usage())["coreplus"]["cdc"]
        customers = (await made.books.seed({"Customer": [{"DisplayName": "Ada Newcomer"}]}))["Customer"]
        await _poll(made, "InventoryAdjustment")
        await _poll(made, "Customer")
        await made.until(lambda: _has(made, CHANGES, f"{made.books.realm}:Customer:{customers[0]['Id']}"), "it", 15)
        assert (await made.books.usage())["coreplus"]["cdc"] - asked == 1


async def _looked(made: Deployment) -> bool:
    """A cursor is kept before the first question too: what was spent is counted first."""
    kept = [decode(one.value or b"{}") for one in await made.read(CURSORS) if one.key == f"{made.books.realm}:cdc"]
    return bool(kept) and all("near" in one for one in kept[-1]["entities"].values()) and bool(kept[-1]["entities"])


async def _has(made: Deployment, topic: str, key: str) -> bool:
    return any(record.key == key for record in await made.read(topic))


async def test_where_stock_is_kept_items_are_looked_at_with_the_sales(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sale that a person voided shows in the quantity: whoever reads that must know of it."""
    async with deployment("embedded", tmp_path) as made:
        made.configure(f'{SALES}\n[stock]\ndirection = "books_to_shop"')
        async with services_inside(made, monkeypatch, orders=False):
            await made.until(lambda: _looked(made), "the first look")
            before = await _looks(made)
            await _poll(made, "Item")

            async def again() -> bool:
                return bool((await _looks(made))["Item"] != before["Item"])

            await made.until(again, "the look that the webhook asks for", 15)
            after = await _looks(made)
            assert after["Item"] == after["Invoice"] == after["SalesReceipt"]
            assert after["Customer"] == before["Customer"], "no other was asked for"


async def _looks(made: Deployment) -> dict[str, Any]:
    """Of each entity, when the last look was sent and answered."""
    kept = [decode(one.value or b"{}") for one in await made.read(CURSORS) if one.key == f"{made.books.realm}:cdc"]
    return {name: one.get("looked") for name, one in kept[-1]["entities"].items()}
