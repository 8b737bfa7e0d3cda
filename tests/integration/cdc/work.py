"""What happens in the books of a test, and whether the topic tells the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from shared.quickbooks.cdc import ENTITIES
from shared.wire import decode
from tests.integration.cdc.conftest import Following


async def ask(following: Following) -> None:
    failed = await following.worker.turn(following.realm, ENTITIES)
    assert failed is None, repr(failed)


async def sell(following: Following, count: int, buyer: str, *, lines: int = 1) -> list[str]:
    """So many sales receipts; their Ids."""
    income = next(one for one in await following.books.objects("Account") if one["AccountType"] == "Income")
    service = {"Name": f"Work for {buyer}", "Type": "Service", "IncomeAccountRef": {"value": income["Id"]}}
    made = await following.books.seed({"Customer": [{"DisplayName": buyer}], "Item": [service]})
    detail = {"ItemRef": {"value": made["Item"][0]["Id"]}, "Qty": 1, "UnitPrice": 10}
    line = {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    receipt = {"CustomerRef": {"value": made["Customer"][0]["Id"]}, "Line": [line] * lines}
    ids: list[str] = []
    for start in range(0, count, 250):
        some = await following.books.seed({"SalesReceipt": [receipt] * min(250, count - start)})
        ids += [one["Id"] for one in some["SalesReceipt"]]
    return ids


async def _batches(following: Following, operation: str, objects: Sequence[dict[str, Any]]) -> None:
    """Changes made by somebody else's program, 30 a call; the clock moves so that nothing is throttled."""
    books = following.books
    token = (await books.grant())["access_token"]
    for start in range(0, len(objects), 30):
        await books.advance(2)
        items = [
            {"bId": str(number), "operation": operation, "SalesReceipt": one}
            for number, one in enumerate(objects[start : start + 30])
        ]
        url = f"{books.base_url}/v3/company/{books.realm}/batch?minorversion=75"
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        async with books.session.post(url, json={"BatchItemRequest": items}, headers=headers) as answer:
            done = decode(await answer.read())
        assert all("Fault" not in one for one in done["BatchItemResponse"]), done
    await books.advance(2)


async def delete(following: Following, ids: Sequence[str]) -> None:
    tokens = {one["Id"]: one["SyncToken"] for one in await following.books.objects("SalesReceipt")}
    await _batches(following, "delete", [{"Id": one, "SyncToken": tokens[one]} for one in ids])


async def change(following: Following, ids: Sequence[str]) -> None:
    tokens = {one["Id"]: one["SyncToken"] for one in await following.books.objects("SalesReceipt")}
    changes = [
        {"Id": one, "SyncToken": tokens[one], "sparse": True, "PrivateNote": f"seen after {tokens[one]}"} for one in ids
    ]
    await _batches(following, "update", changes)


async def agree(following: Following, deleted: Sequence[str] = ()) -> None:
    """The topic's last word on every receipt and customer is what the books hold, and nothing was told twice."""
    names = ("SalesReceipt:", "Customer:", "Item:")
    told = {name: token for name, token in (await following.state()).items() if name.startswith(names)}
    living = {name: token for name, token in told.items() if token != "deleted"}
    books = await following.books_hold("SalesReceipt", "Customer", "Item")
    assert living == {name: token for name, token in books.items() if name in living or name.startswith("SalesR")}
    assert {name for name, token in told.items() if token == "deleted"} == {f"SalesReceipt:{one}" for one in deleted}
    marks = Counter((record.key, record.headers["mark"]) for record in await following.told())
    assert [name for name, count in marks.items() if count > 1] == []
