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
    moved = int(row["SyncToken"]) > int(body["SyncToken"])
    if intent.action == "void":
        return row if moved and not Decimal(row.get("TotalAmt") or 0) else None
    same = Decimal(row.get("TotalAmt") or 0) == intent.total and _marker(row) == _marker(body)
    return row if moved and same else None


async def find_created(client: QuickBooksClient, entity: str, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The live document that a create call made: by its number, else by its date, and then by the marker in its note,
    since notes can't be searched for."""
    number = body.get("DocNumber")
    where = queries.equals("DocNumber", number) if number else queries.equals("TxnDate", body["TxnDate"])
    async for row in client.query_all(entity, where):
        if _marker(row) == _marker(body) and not _voided(row, body):
            return row
    return None


def _marker(document: Mapping[str, Any]) -> str:
    """The end of the private note, as shared.mapping.sale.marker writes it; people may write before or behind it."""
    note = str(document.get("PrivateNote") or "")
    start = note.find("[bookbridge ")
    return note[start : note.find("]", start) + 1] if start >= 0 else ""


def _voided(row: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """A voided document has a total of 0 and no amounts on its lines, though the body had some."""
    return not any(Decimal(line.get("Amount") or 0) for line in row.get("Line") or []) and any(
        Decimal(line["Amount"]) for line in body["Line"]
    )
