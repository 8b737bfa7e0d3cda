"""Finding a sale's document in the books, when we don't know what became of a write."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from shared.links.state import Intent
from shared.quickbooks import queries
from shared.quickbooks.client import QuickBooksClient
from shared.wire import decode


async def find_document(client: QuickBooksClient, intent: Intent) -> Mapping[str, Any] | None:
    """The document as the intent would have left it; None when the intent was certainly not carried out (metered)."""
    body = decode(intent.body.encode())
    if intent.action == "create":
        return await find_created(client, intent.entity, body)
    row = await client.read(intent.entity, body["Id"])
    if int(row["SyncToken"]) <= int(body["SyncToken"]):
        return None
    if intent.action == "void":
        return None if _has_amounts(row) else row
    return row if _carries(row, body) else None


def _carries(row: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether a document that moved on did so by our update, not by a person's hand: it shows what our body says.

    When it doesn't, the same bytes go out again, which QuickBooks answers from memory, or refuses as stale."""
    plain = all(row.get(name) == body.get(name) for name in ("DocNumber", "TxnDate", "PrivateNote") if name in body)
    customer = row["CustomerRef"]["value"] == body["CustomerRef"]["value"]
    tax = Decimal((row.get("TxnTaxDetail") or {}).get("TotalTax") or 0) == Decimal(body["TxnTaxDetail"]["TotalTax"])
    mail = (row.get("BillEmail") or {}).get("Address") == (body.get("BillEmail") or {}).get("Address")
    return plain and customer and tax and mail and _sold(row) == _sold(body)


def _sold(document: Mapping[str, Any]) -> list[tuple[str, Decimal, str, str]]:
    """The lines that somebody wrote, in an order of their own: QuickBooks adds subtotals and moves discounts."""
    lines = [line for line in document.get("Line") or [] if line.get("DetailType") != "SubTotalLineDetail"]
    return sorted(
        (
            str(line.get("DetailType")),
            Decimal(line.get("Amount") or 0),
            str((line.get("SalesItemLineDetail") or {}).get("ItemRef", {}).get("value")),
            str(line.get("Description") or ""),
        )
        for line in lines
    )


async def find_created(client: QuickBooksClient, entity: str, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The live document that a create call made: by its number, else by its date, and then by the marker in its note,
    since notes can't be searched for."""
    number = body.get("DocNumber")
    where = queries.equals("DocNumber", number) if number else queries.equals("TxnDate", body["TxnDate"])
    async for row in client.query_all(entity, where):
        if marker_in(row) == marker_in(body) and not _voided(row, body):
            return row
    return None


def references(document: Mapping[str, Any]) -> set[tuple[str, str]]:
    """The customer and the items that a document refers to: (entity, Id)."""
    found = {("Customer", str(document["CustomerRef"]["value"]))} if "CustomerRef" in document else set()
    for line in document.get("Line") or []:
        if item := (line.get("SalesItemLineDetail") or {}).get("ItemRef"):
            found.add(("Item", str(item["value"])))
    return found


def marker_in(document: Mapping[str, Any]) -> str:
    """The end of the private note, as shared.mapping.sale.marker writes it; people may write before or behind it."""
    note = str(document.get("PrivateNote") or "")
    start = note.find("[bookbridge ")
    return note[start : note.find("]", start) + 1] if start >= 0 else ""


def _voided(row: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """A voided document has a total of 0 and no amounts on its lines, though the body had some."""
    return _has_amounts(body) and not _has_amounts(row)


def _has_amounts(document: Mapping[str, Any]) -> bool:
    return any(Decimal(line.get("Amount") or 0) for line in document.get("Line") or [])
