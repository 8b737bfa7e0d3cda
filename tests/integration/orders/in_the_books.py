"""Looks into the books, and what people do there by hand, through the interface that everybody has."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.quickbooks.schema import ENTITIES
from shared.log.port import NewRecord
from shared.topics import COMMANDS, LISTS
from shared.wire import decode, encode
from tests.support.deployment import Deployment

ITEM = {"Type": "Service", "IncomeAccountRef": {"value": "1"}}
PEAKS = {"peak_per_second": 10, "peak_per_minute": 500, "peak_concurrent": 10}


async def documents_of(deployed: Deployment, placed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every document that bears the order's marker, voided ones too."""
    marker = f"[bookbridge {deployed.key(placed)}]"
    return [one for one in await deployed.documents() if marker in (one["private_note"] or "")]


async def booked(deployed: Deployment, placed: Mapping[str, Any]) -> dict[str, Any]:
    """The order's one document, once it is there; its sums are the shop's."""
    await deployed.until_outcome(deployed.key(placed), "posted", "unchanged", "updated")
    (document,) = await documents_of(deployed, placed)
    assert (Decimal(document["total"]), Decimal(document["tax"])) == (placed["grand_total"], placed["tax_amount"])
    assert document["status"] == "live"
    return document


async def within_quota(deployed: Deployment, throttled: int = 0) -> None:
    """P6: what the books saw, and how often they had to refuse."""
    usage = await deployed.books.usage()
    assert {name: usage[name] for name in PEAKS if usage[name] > PEAKS[name]} == {}
    assert usage["throttled"] == throttled


async def metered(deployed: Deployment) -> int:
    """Calls that Intuit counts, but for questions for changes, which come by the clock."""
    usage = await deployed.books.usage()
    return int(usage["metered"]) - int(usage["coreplus"]["cdc"])


async def change(deployed: Deployment, entity: str, row: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """A person edits an object: a sparse update."""
    body = {"Id": row["Id"], "SyncToken": row["SyncToken"], "sparse": True, **fields}
    return await _call(deployed, ENTITIES[entity].path, body)


async def delete(deployed: Deployment, entity: str, row: Mapping[str, Any]) -> None:
    """A person deletes a document."""
    await _call(deployed, f"{ENTITIES[entity].path}?operation=delete", {"Id": row["Id"], "SyncToken": row["SyncToken"]})


async def told(deployed: Deployment, *changes: tuple[str, str]) -> None:
    """One turn of change data capture: the lists show each object, by entity and Id, as it stands in the books."""
    realm, names = deployed.books.realm, sorted({entity for entity, _ in changes})
    value = encode({"command": "poll", "entities": names})
    await deployed.log.append(NewRecord(COMMANDS, realm, value, realm, {"schema": "1", "to": "ingest"}))
    books = {(name, one["Id"]): one["SyncToken"] for name in names for one in await deployed.books.objects(name)}

    async def shown() -> bool:
        last = {one.key: one.headers.get("sync-token") for one in await deployed.read(LISTS)}
        return all(last.get(f"{realm}:{entity}:{number}") == books[entity, number] for entity, number in changes)

    await deployed.until(shown, "the lists show what was changed")


async def refreshed(deployed: Deployment) -> None:
    """One turn of reading every list anew."""
    realm = deployed.books.realm
    headers = {"schema": "1", "to": "ingest"}
    asked = await deployed.log.append(NewRecord(COMMANDS, realm, encode({"command": "reload"}), realm, headers))

    async def answered() -> bool:
        answers = [decode(one.value or b"{}") for one in await deployed.read(LISTS) if one.key.endswith(":answered")]
        return any(answer["commands"] >= asked.offset for answer in answers)

    await deployed.until(answered, "the lists were read anew")


async def _call(deployed: Deployment, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    books = deployed.books
    token = (await books.grant())["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "Content-Type": "application/json"}
    url = f"{books.base_url}/v3/company/{books.realm}/{path}"
    for _ in range(5):
        async with deployed.session.post(url, data=encode(body), headers=headers) as answer:
            raw = await answer.read()
        if answer.status != 429:
            break
        await asyncio.sleep(1.1)  # the service has used up this second; a person clicks again
    assert answer.status == 200, raw
    document = decode(raw)
    await asyncio.sleep(1.1)  # it counted in the limits of the company: a second later the service has them to itself
    found: dict[str, Any] = next(value for value in document.values() if isinstance(value, dict))
    return found
