"""Links between transactions: LinkedTxn and Balance of what payments settle and deposits take."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from sandbox.quickbooks.accounting.amounts import down_payment, home
from sandbox.quickbooks.accounting.open_items import settled
from sandbox.quickbooks.store import Company, Record

_LINKING = ("Payment", "Deposit")
_OPEN = {"Invoice": ("Balance", "HomeBalance"), "CreditMemo": ("Balance", "HomeBalance", "RemainingCredit")}


def targets(record: Record | None) -> dict[tuple[str, str], None]:
    """Type and id of the transactions that a payment or deposit links, each once."""
    if record is None or record.entity not in _LINKING:
        return {}
    return {
        (link["TxnType"], link["TxnId"]): None
        for line in record.document.get("Line", [])
        for link in line.get("LinkedTxn", [])
    }


def change_links(company: Company, old: Record | None, new: Record | None) -> None:
    """Let the transactions that are linked no longer, or newly, or by another amount, show it."""
    linked, unlinked = targets(new), targets(old)
    for entity, object_id in dict.fromkeys([*unlinked, *linked]):
        record = company.need(entity, object_id)
        made = {"TxnId": (new or old).id, "TxnType": (new or old).entity}  # type: ignore[union-attr]
        links = [link for link in record.document.get("LinkedTxn", []) if link != made]
        if (entity, object_id) in linked:
            links.append(made)
        _show(company, record, links)


def with_links(company: Company, old: Record, content: dict[str, Any]) -> dict[str, Any]:
    """The content of an update with the links that stand, and what they leave open."""
    links = old.document.get("LinkedTxn", [])
    if not links:
        return content
    fresh = Record(old.entity, {**content, "Id": old.id, "LinkedTxn": links})
    return _without_id(_opened(company, fresh))


def _show(company: Company, record: Record, links: list[dict[str, str]]) -> None:
    document = {name: value for name, value in record.document.items() if name != "LinkedTxn"}
    if links:
        document["LinkedTxn"] = links
    document = _opened(company, replace(record, document=document))
    if document == record.document:
        return
    if company.settings.link_moves_token:
        document["SyncToken"] = str(int(document["SyncToken"]) + 1)
        document["MetaData"] = {**document["MetaData"], "LastUpdatedTime": company.clock.stamp()}
    company.put(replace(record, document=document))


def _opened(company: Company, record: Record) -> dict[str, Any]:
    """The document with what its payments leave open."""
    names = _OPEN.get(record.entity)
    if names is None or record.voided:
        return record.document
    document = dict(record.document)
    left: Decimal = document["TotalAmt"] - down_payment(document) - settled(company, record)
    for name in names:
        if name in document or name != "HomeBalance":
            document[name] = home(document, left) if name == "HomeBalance" else left
    return document


def _without_id(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "Id"}
