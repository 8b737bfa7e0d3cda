"""Calls of POST /batch for the tests here."""

from __future__ import annotations

from typing import Any

from tests.contract.quickbooks_sandbox.books_client import Books, Reply


def customer(bid: str | None, name: str, **rest: Any) -> dict[str, Any]:
    item = {"operation": "create", "Customer": {"DisplayName": name}, **rest}
    return item if bid is None else {"bId": bid, **item}


async def batch(books: Books, *items: Any, **params: str) -> Reply:
    return await books.post("batch", {"BatchItemRequest": list(items)}, **params)


def answers(reply: Reply) -> dict[str, dict[str, Any]]:
    """By bId."""
    assert reply.status == 200, reply.raw.decode()
    return {item["bId"]: item for item in reply.json["BatchItemResponse"]}


def codes(item: dict[str, Any]) -> list[str]:
    return [error["code"] for error in item.get("Fault", {}).get("Error", [])]
