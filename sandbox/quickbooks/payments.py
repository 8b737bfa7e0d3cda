"""Rules of Payment: what a customer paid, and which invoices and credits it settles."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.account_rules import check_funds, check_type, currency_of
from sandbox.quickbooks.accounting.chart import UNDEPOSITED_FUNDS
from sandbox.quickbooks.accounting.open_items import CHARGES_AND_CREDITS, applied_by, linked_lines, open_item, settled
from sandbox.quickbooks.entries import begun, named
from sandbox.quickbooks.exchange import refuse_beyond_digits
from sandbox.quickbooks.money import ZERO, to_cents
from sandbox.quickbooks.store import Company, Record

VOIDED_NOTE = "Voided"


def complete(company: Company, document: dict[str, Any], old: Record | None) -> dict[str, Any]:
    """The payment with what the server computes.

    Raises Refused: 2020, 2170, 2290, 610, 620, 6000, 6200, 6210, 6430.
    """
    result = begun(company, document)
    result["TotalAmt"] = to_cents(result["TotalAmt"])
    if result["TotalAmt"] < 0:
        raise errors.Refused(errors.negative_amount("TotalAmt"))
    refuse_beyond_digits(result, [result["TotalAmt"]])
    result["Line"] = [line for line in map(_line, result.get("Line", [])) if line["Amount"]]
    result["UnappliedAmt"] = result["TotalAmt"] - _applied(company, result, old)
    if result["UnappliedAmt"] < 0:
        raise errors.business("The amount applied is greater than the amount received.", "TotalAmt")
    result.setdefault("ProcessPayment", False)
    result.setdefault("DepositToAccountRef", named(company, UNDEPOSITED_FUNDS))
    check_funds(company, result)
    check_type(company, result, "ARAccountRef", ("Accounts Receivable",))
    _check_receivable(company, result)
    return result


def voided(document: dict[str, Any]) -> dict[str, Any]:
    """The payment with nothing paid and nothing settled; number and date stay."""
    note = f"{VOIDED_NOTE} - {document['PrivateNote']}"[:4000] if document.get("PrivateNote") else VOIDED_NOTE
    return {**document, "TotalAmt": ZERO, "UnappliedAmt": ZERO, "Line": [], "PrivateNote": note}


def _line(line: dict[str, Any]) -> dict[str, Any]:
    if "Amount" not in line:
        raise errors.Refused(errors.missing("Line.Amount"))
    if line["Amount"] < 0:
        raise errors.Refused(errors.negative_amount("Line.Amount"))
    links = line.get("LinkedTxn", [])
    if len(links) != 1:
        raise errors.Refused(errors.missing("Line.LinkedTxn"))
    if links[0]["TxnType"] not in CHARGES_AND_CREDITS:
        raise errors.Refused(errors.bad_enumeration("Line.LinkedTxn.TxnType", links[0]["TxnType"], CHARGES_AND_CREDITS))
    return {"Amount": to_cents(line["Amount"]), "LinkedTxn": [{name: links[0][name] for name in ("TxnId", "TxnType")}]}


def _applied(company: Company, payment: dict[str, Any], old: Record | None) -> Decimal:
    """What the lines settle: charges less credits. Raises Refused 610 or 620 for what can't be linked so."""
    total = ZERO
    for entity, object_id in dict.fromkeys((kind, linked) for kind, linked, _ in linked_lines(payment)):
        record = company.get(entity, object_id)
        if record is None:
            raise errors.not_found(entity, "LinkedTxn")
        amount = applied_by(payment, entity, object_id)
        before = applied_by(old.document, entity, object_id) if old else ZERO
        total += amount * _sign(company, payment, record, amount - before)
    return total


def _sign(company: Company, payment: dict[str, Any], record: Record, more: Decimal) -> int:
    """1 for a charge, -1 for a credit; more: the amount by which the link grows. Raises Refused 620."""
    customer = payment["CustomerRef"]["value"]
    document = record.document
    if record.voided:
        raise _not_linkable(record, "it is voided")
    if record.entity != "JournalEntry" and document["CustomerRef"]["value"] != customer:
        raise _not_linkable(record, "it is another customer's")
    if document["CurrencyRef"]["value"] != payment["CurrencyRef"]["value"]:
        raise _not_linkable(record, "it is in another currency")
    item = open_item(company, record, customer)
    left = abs(item.total) - settled(company, record, customer)
    if more > left:
        raise _not_linkable(record, f"only {left} of it is open")
    return item.sign


def _not_linkable(record: Record, why: str) -> errors.Refused:
    detail = f"Transaction can't be linked: {record.entity} {record.id}: {why}."
    return errors.coded("620", "Transaction can't be linked", detail, "LinkedTxn")


def _check_receivable(company: Company, payment: dict[str, Any]) -> None:
    """Raises Refused 6000: each currency has receivables of its own."""
    if "ARAccountRef" not in payment:
        return
    account = company.need("Account", payment["ARAccountRef"]["value"]).document
    if currency_of(company, account) != payment["CurrencyRef"]["value"]:
        raise errors.business("The receivable is in another currency than the payment.", "ARAccountRef")
