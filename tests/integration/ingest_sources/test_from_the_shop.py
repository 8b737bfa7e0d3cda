"""The sandbox shop sends by each of its modules, and the order it tells of stands in the books: the whole way."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.topics import HINTS
from tests.support.deployment import Deployment, deployment

CLIENT_ID = "ca7b36f2000000000000000000000000"  # the sandbox's own
PASSWORD = "a-password-of-the-hooks"
STATUSES = ["pending", "processing", "complete"]
ORDER_CODE = "observer.sales_order_save_commit_after"
FIELDS = ["entity_id", "updated_at"]
pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def deployed(tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment to which Mage-OS sends nothing, with secrets for the other senders."""
    async with deployment("embedded", tmp_path) as made:
        await made.shop.control("DELETE", "webhooks")
        pem = (await made.shop.control("GET", "webhooks/commerce-key"))["pem"]
        with (tmp_path / "secrets.toml").open("a") as file:
            file.write(
                f'\n[connections.main.adobe_io]\nclient_id = "{CLIENT_ID}"\n'
                f"[connections.main.commerce]\npublic_keys = [{json.dumps(pem)}]\n"
                f'[connections.main.mageplaza]\npasswords = ["{PASSWORD}"]\n'
            )
        adobe = {"BOOKBRIDGE_ADOBE_KEYS": made.shop.base_url, "BOOKBRIDGE_ADOBE_VALIDATION": made.shop.base_url}
        made.common = {**made.common, **adobe}
        await made.start_all()
        yield made


async def register(deployed: Deployment, address: str, **plan: Any) -> None:
    url = f"http://127.0.0.1:{deployed.port}/webhooks/main/{address}"
    await deployed.shop.control("POST", "webhooks", {"url": url, **plan})


async def delivered(deployed: Deployment, count: int) -> dict[str, Any]:
    """The shop's own account of its deliveries, when so many have succeeded and none is under way."""
    found: dict[str, Any] = {}

    async def done() -> bool:
        found.update(await deployed.shop.deliveries())
        return bool(found["pending"] == 0 and found.get("delivered", 0) >= count)

    await deployed.until(done, f"{count} deliveries have succeeded")
    return found


async def expect_in_the_books(deployed: Deployment, schema: str) -> None:
    placed = await deployed.place()
    await deployed.until_outcome(deployed.key(placed), "posted")
    (document,) = await deployed.documents()
    assert document["status"] == "live"
    hints = [record for record in await deployed.read(HINTS) if record.key == deployed.key(placed)]
    assert hints
    assert {record.headers["schema"] for record in hints} == {schema}


@pytest.mark.parametrize("batch", [False, True], ids=["single", "batch"])
async def test_adobe_io_events_after_a_handshake(deployed: Deployment, batch: bool) -> None:
    events = [{"code": ORDER_CODE, "fields": FIELDS, "priority": True}]
    await register(deployed, "adobe-io", kind="adobe_io", events=events, batch=batch, time_scale=0.1)
    (registration,) = (await deployed.shop.control("GET", "webhooks"))["registrations"]
    assert registration["status"] == "active"
    await expect_in_the_books(deployed, "adobe-io")
    assert (await delivered(deployed, 1)).get("dead", 0) == 0


async def test_adobe_io_events_with_one_key_rotated_and_the_other_stale(deployed: Deployment) -> None:
    await deployed.shop.control("POST", "webhooks/keys", {"rotate": [1, 2], "stale": [1]})
    events = [{"code": ORDER_CODE, "fields": FIELDS, "priority": True}]
    await register(deployed, "adobe-io", kind="adobe_io", events=events, time_scale=0.1)
    await expect_in_the_books(deployed, "adobe-io")


async def test_commerce_webhooks_signed_and_optional(deployed: Deployment) -> None:
    plan = {"kind": "commerce", "webhook_method": ORDER_CODE, "sign": True, "required": False, "timeout": 5_000}
    await register(deployed, f"commerce/{ORDER_CODE}", **plan)
    await expect_in_the_books(deployed, "commerce")
    assert (await delivered(deployed, 1)).get("dead", 0) == 0


async def test_a_commerce_hook_that_is_not_signed_is_refused_and_the_order_is_placed_all_the_same(
    deployed: Deployment,
) -> None:
    plan = {"kind": "commerce", "webhook_method": ORDER_CODE, "sign": False, "required": False, "timeout": 5_000}
    await register(deployed, f"commerce/{ORDER_CODE}", **plan)
    placed = await deployed.place()
    assert placed["entity_id"]
    assert (await deployed.shop.deliveries())["dead"] >= 1
    assert await deployed.read(HINTS) == []


@pytest.mark.parametrize(
    "plan",
    [
        {"body": '{"id": "{{ item.entity_id }}", "who": "{{ item.customer_firstname }}", "said": "so "quoted""}'},
        {"body": "<order><entity_id>{{ item.entity_id }}</entity_id></order>", "content_type": "application/xml"},
        {"query": "?id={{ item.entity_id }}", "method": "GET"},
        {"query": "?id={{ item.entity_id }}", "content_type": "application/x-www-form-urlencoded"},
    ],
    ids=["broken JSON", "XML", "GET", "no body"],
)
async def test_mageplaza_hooks_within_the_save_whose_order_is_not_there_yet(
    deployed: Deployment, plan: dict[str, Any]
) -> None:
    query = plan.get("query", "")
    plan = {name: value for name, value in plan.items() if name != "query"}
    basic = {"username": "bookbridge", "password": PASSWORD}
    whole = {"kind": "mageplaza", "hook_type": "order", "statuses": STATUSES, "basic": basic, **plan}
    await register(deployed, f"mageplaza/order{query}", **whole)
    await expect_in_the_books(deployed, "mageplaza")
