"""The running service follows the books, and a webhook's news at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.log.port import NewRecord
from shared.topics import CHANGES, COMMANDS, CURSORS
from shared.wire import encode
from tests.support.deployment import Deployment, deployment
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

        async def followed() -> bool:
            return any(record.key == f"{realm}:cdc" for record in await made.read(CURSORS))

        async def told(number: str) -> bool:
            return any(record.key == f"{realm}:Customer:{number}" for record in await made.read(CHANGES))

        await made.until(followed, "the first cursor")
        customers = (await made.books.seed({"Customer": [{"DisplayName": "Ada Newcomer"}]}))["Customer"]
        asked = (await made.books.usage())["coreplus"]["cdc"]
        for _ in range(20):  # a burst of webhooks is one question
            await _poll(made, "customer", "Budget")
        await made.until(lambda: told(customers[0]["Id"]), "the customer among the changes", 15)
        change = next(one for one in await made.read(CHANGES) if one.key == f"{realm}:Customer:{customers[0]['Id']}")
        assert change.headers["cause"] == "webhook"
        assert (await made.books.usage())["coreplus"]["cdc"] - asked <= 2
