"""Taking payments off what they settle: when an invoice is voided or shrinks, its payments stay, unapplied."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.accounting.amounts import down_payment
from sandbox.quickbooks.accounting.commit import commit
from sandbox.quickbooks.accounting.open_items import applications, open_item, settled
from sandbox.quickbooks.money import ZERO
from sandbox.quickbooks.store import Company, Record

_SETTLED = ("Invoice", "CreditMemo", "JournalEntry")


def release_for_void(company: Company, record: Record) -> Record:
    """The record after its payments were taken off it."""
    return _release(company, record, settled(company, record))


def release_for_delete(company: Company, record: Record) -> Record:
    """The record after its payments were taken off it. Raises Refused 800 where the settings refuse that."""
    if record.entity not in _SETTLED or not applications(company, record):
        return record
    if company.settings.delete_linked == "refuse" or record.entity == "JournalEntry":
        detail = f"{record.entity} {record.id} has payments: it can't be deleted while they are linked to it."
        raise errors.coded("800", "Dependency blocks delete", detail)
    return _release(company, record, settled(company, record))


def release_for_update(company: Company, record: Record, content: dict[str, Any]) -> Record:
    """The record after as much was taken off it as its new content no longer covers.

    Raises Refused 6000 for another customer or currency, and where the settings refuse a total below what is paid.
    """
    if record.entity not in ("Invoice", "CreditMemo") or not applications(company, record):
        return record
    for name in ("CustomerRef", "CurrencyRef"):
        if content.get(name, {}).get("value") != record.document.get(name, {}).get("value"):
            raise errors.business(f"The {name} of a transaction with payments can't be changed.", name)
    surplus = settled(company, record) - (content["TotalAmt"] - down_payment(content))
    if surplus <= 0:
        return record
    if company.settings.invoice_below_payments == "refuse" or record.entity == "CreditMemo":
        raise errors.business("The amount is less than what is already applied to this transaction.", "TotalAmt")
    return _release(company, record, surplus)


def _release(company: Company, record: Record, amount: Decimal) -> Record:
    rest = amount
    for payment, applied in reversed(applications(company, record)):
        cut = min(rest, applied)
        rest -= cut
        if cut:
            _cut(company, payment, record, cut)
    return company.need(record.entity, record.id)


def _cut(company: Company, payment: Record, record: Record, cut: Decimal) -> None:
    """Settle so much less of the record. What covered a charge is free again: credits first, then the money."""
    document = payment.document
    customer = document["CustomerRef"]["value"]
    lines = _shortened(document["Line"], cut, {(record.entity, record.id)})
    free = document["UnappliedAmt"] + open_item(company, record, customer).sign * cut
    credits = _others(company, lines, customer, -1)
    released = min(cut, _sum(lines, credits)) if free > document["UnappliedAmt"] else ZERO
    lines, free = _shortened(lines, released, credits), free - released
    if free < 0:  # a credit is gone: it covers less
        lines, free = _shortened(lines, -free, _others(company, lines, customer, 1)), ZERO
    system = {
        "SyncToken": str(int(document["SyncToken"]) + 1),
        "MetaData": {**document["MetaData"], "LastUpdatedTime": company.clock.stamp()},
    }
    fresh = Record(
        "Payment",
        {**document, "Line": lines, "UnappliedAmt": free, **system},
        next_line=payment.next_line,
        side=payment.side,
    )
    commit(company, payment, fresh)


def _key(line: dict[str, Any]) -> tuple[str, str]:
    return line["LinkedTxn"][0]["TxnType"], line["LinkedTxn"][0]["TxnId"]


def _others(company: Company, lines: list[dict[str, Any]], customer: str, sign: int) -> set[tuple[str, str]]:
    """The charges (sign 1) or credits (-1) among what the lines settle."""
    keys = {_key(line) for line in lines}
    return {key for key in keys if open_item(company, company.need(*key), customer).sign == sign}


def _sum(lines: list[dict[str, Any]], keys: set[tuple[str, str]]) -> Decimal:
    return sum((line["Amount"] for line in lines if _key(line) in keys), ZERO)


def _shortened(lines: list[dict[str, Any]], cut: Decimal, keys: set[tuple[str, str]]) -> list[dict[str, Any]]:
    """The lines with `cut` taken from those of the keys, the last first; what comes to nothing is left out."""
    result = []
    for line in reversed(lines):
        part = min(cut, line["Amount"]) if _key(line) in keys else ZERO
        cut -= part
        if line["Amount"] - part:
            result.append({**line, "Amount": line["Amount"] - part})
    return result[::-1]
