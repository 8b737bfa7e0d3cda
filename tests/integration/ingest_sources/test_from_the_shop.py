"""The sandbox shop sends by each of its modules, and the order it tells of stands in the books: the whole way."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from shared.topics import HINTS
from tests.support.deployment import Deployment, deployment

CLIENT_ID = "ca7b36f2000000000000000000000000"  # the sandbox's own
PASSWORD = "a-password-of-the-hooks"
STATUSES = ["pending", "processing", "complete"]
ORDER_CODE = "observer.sales_order_save_commit_after"
FIELDS = ["entity_id", "updated_at"]
pytestmark = [pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """A deployment with secrets for all senders."""
    tmp_path = tmp_path_factory.mktemp("senders")
    async with deployment("embedded", tmp_path) as made:
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


@pytest_asyncio.fixture(loop_scope="module")
async def deployed(running: Deployment) -> Deployment:
    """The same, with a shop that sends nothing yet."""
    await running.shop.control("DELETE", "webhooks")
    return running


async def register(deployed: Deployment, address: str, **plan: Any) -> None:
    url = f"http://127.0.0.1:{deployed.port}/webhooks/main/{address}"
    await deployed.shop.control("POST", "webhooks", {"url": url, **plan})


async def expect_in_the_books(deployed: Deployment, schema: str) -> None:
    placed = await deployed.place()
    await deployed.until_outcome(deployed.key(placed), "posted")
    state = await deployed.link(deployed.key(placed))
    assert state.booked is not None
    (document,) = [one for one in await deployed.documents() if one["id"] == state.booked.id]
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


async def test_adobe_io_events_with_one_key_rotated_and_the_other_stale(deployed: Deployment) -> None:
    await deployed.shop.control("POST", "webhooks/keys", {"rotate": [1, 2], "stale": [1]})
    events = [{"code": ORDER_CODE, "fields": FIELDS, "priority": True}]
    await register(deployed, "adobe-io", kind="adobe_io", events=events, time_scale=0.1)
    await expect_in_the_books(deployed, "adobe-io")


async def test_commerce_webhooks_signed_and_optional(deployed: Deployment) -> None:
    plan = {"kind": "commerce", "webhook_method": ORDER_CODE, "sign": True, "required": False, "timeout": 5_000}
    await register(deployed, f"commerce/{ORDER_CODE}", **plan)
    await expect_in_the_books(deployed, "commerce")


async def test_a_commerce_hook_that_is_not_signed_is_refused_and_the_order_is_placed_all_the_same(
    deployed: Deployment,
) -> None:
    plan = {"kind": "commerce", "webhook_method": ORDER_CODE, "sign": False, "required": False, "timeout": 5_000}
    await register(deployed, f"commerce/{ORDER_CODE}", **plan)
    dead = (await deployed.shop.deliveries()).get("dead", 0)
    placed = await deployed.place()
    assert (await deployed.shop.deliveries())["dead"] > dead
    assert deployed.key(placed) not in {record.key for record in await deployed.read(HINTS)}


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
