"""A write in the sandbox books, and ingest is told to look: Intuit's webhooks the whole way, their retries included."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.log.port import Record
from shared.topics import CHANGES, COMMANDS
from shared.wire import decode
from tests.support.deployment import VERIFIER, Deployment, deployment

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def deployed(tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment that knows the app's verifier token; nothing runs yet."""
    async with deployment("embedded", tmp_path) as made:
        yield made


async def subscribe(deployed: Deployment, **plan: Any) -> None:
    url = f"http://127.0.0.1:{deployed.port}/webhooks/quickbooks"
    await deployed.books.control("POST", "webhooks", {"url": url, "verifier_token": VERIFIER, **plan})


async def add_customer(deployed: Deployment, name: str) -> None:
    await deployed.books.seed({"Customer": [{"DisplayName": name}]})


async def answers(deployed: Deployment) -> list[str]:
    """How each attempt of every delivery was answered, by the account of the books' side."""
    deliveries = (await deployed.books.control("GET", "webhooks/deliveries"))["deliveries"]
    return [attempt["answer"] for delivery in deliveries for attempt in delivery["attempts"]]


async def polls(deployed: Deployment) -> list[Record]:
    """The commands of webhooks."""
    return [record for record in await deployed.read(COMMANDS) if record.headers.get("cause") == "webhook"]


def _by_webhook(record: Record) -> bool:
    return record.headers["cause"] == "webhook" and ":Customer:" in record.key


async def until_polls(deployed: Deployment, count: int) -> list[Record]:
    found: list[Record] = []

    async def there() -> bool:
        found[:] = await polls(deployed)
        return len(found) >= count

    await deployed.until(there, f"{count} commands to poll are in the log")
    return found


@pytest.mark.parametrize("format_", ["cloudevents", "legacy"])
async def test_a_write_in_the_books_becomes_a_command_to_poll_its_entity_and_the_change_is_read(
    deployed: Deployment, format_: str
) -> None:
    await deployed.start_all()

    async def first_read() -> bool:
        return bool(await deployed.read(CHANGES))

    await deployed.until(first_read, "the first look at the books, which no webhook asked for, is over")
    await subscribe(deployed, format=format_)
    await add_customer(deployed, "Ada")
    (record,) = await until_polls(deployed, 1)
    assert record.key == deployed.books.realm
    assert decode(record.value or b"") == {"command": "poll", "entities": ["Customer"]}
    assert (record.headers["to"], record.headers["event"]) == ("ingest", format_)

    async def answered() -> bool:
        return await answers(deployed) == ["200"]

    await deployed.until(answered, "the delivery was taken at once")

    async def read() -> bool:
        changes = [decode(record.value or b"") for record in await deployed.read(CHANGES) if _by_webhook(record)]
        return [change["DisplayName"] for change in changes] == ["Ada"]

    await deployed.until(read, "the change was read because of the webhook")


async def test_what_was_told_while_ingest_was_down_comes_by_a_retry_and_so_does_all_that_waited(
    deployed: Deployment,
) -> None:
    await subscribe(deployed)
    await add_customer(deployed, "Ada")

    async def tried() -> bool:
        return await answers(deployed) == ["no answer"]

    await deployed.until(tried, "Intuit has tried in vain")
    await deployed.books.seed({"Vendor": [{"DisplayName": "Tea Traders"}]})
    await deployed.start_all()
    assert await polls(deployed) == []
    await deployed.books.advance(11)  # the first retry is due after 10 s
    found = await until_polls(deployed, 2)
    assert [decode(record.value or b"")["entities"] for record in found] == [["Customer"], ["Vendor"]]


async def test_what_another_token_signed_is_refused_and_leads_to_nothing(deployed: Deployment) -> None:
    await subscribe(deployed, verifier_token="the token of another app")
    await deployed.start_all()
    await add_customer(deployed, "Ada")

    async def refused() -> bool:
        return await answers(deployed) == ["401"]

    await deployed.until(refused, "the delivery was refused")
    assert await polls(deployed) == []
