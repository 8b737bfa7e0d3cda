"""Rules of Deposit: money out of undeposited funds, and money of other accounts, into a bank account."""

from __future__ import annotations

from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.account_rules import FUNDS, check_line, refuse_third_currency
from sandbox.quickbooks.accounting.deposited import (
    DEPOSITABLE,
    PAID_WITH,
    WHOLE,
    deposit_of,
    is_funds_line,
    source_amount,
    source_of,
)
from sandbox.quickbooks.entries import begun, numbered
from sandbox.quickbooks.exchange import refuse_beyond_digits
from sandbox.quickbooks.money import ZERO, to_cents
from sandbox.quickbooks.store import Company, Record

_PEOPLE = ("Customer", "Vendor", "Employee")


def complete(company: Company, document: dict[str, Any], record: Record) -> dict[str, Any]:
    """The deposit with what the server computes; takes line ids from the record.

    Raises Refused: 2020, 2170, 2500, 610, 620, 6000, 6200, 6210.
    """
    result = begun(company, document)
    account = company.need("Account", result["DepositToAccountRef"]["value"]).document
    if account["AccountType"] not in (*FUNDS, "Credit Card"):
        # The wording that users met: routablehq/python-quickbooks issue 391.
        raise errors.business("Select a bank account for this deposit.", "DepositToAccountRef")
    refuse_third_currency(company, result, account, "DepositToAccountRef")
    result["Line"] = numbered([_line(company, result, line, record) for line in result["Line"]], record)
    refuse_beyond_digits(result, (line["Amount"] for line in result["Line"]))
    taken = [(link["TxnType"], link["TxnId"]) for line in result["Line"] for link in line.get("LinkedTxn", [])]
    if len(set(taken)) < len(taken):
        raise _not_linkable("a transaction stands in the deposit twice")
    result["TotalAmt"] = sum((line["Amount"] for line in result["Line"]), ZERO) - _cash_back(company, result)
    if result["TotalAmt"] < 0:
        raise errors.business("The amount of a deposit must be 0 or greater.", "TotalAmt")
    if "ExchangeRate" in result:
        result["HomeTotalAmt"] = to_cents(result["TotalAmt"] * result["ExchangeRate"])
    return result


def _cash_back(company: Company, deposit: dict[str, Any]) -> Any:
    if "CashBack" not in deposit:
        return ZERO
    back = {**deposit["CashBack"], "Amount": to_cents(deposit["CashBack"]["Amount"])}
    if back["Amount"] < 0:
        raise errors.Refused(errors.negative_amount("CashBack.Amount"))
    check_line(company, deposit, back["AccountRef"]["value"], None)
    deposit["CashBack"] = back
    return back["Amount"]


def _line(company: Company, deposit: dict[str, Any], line: dict[str, Any], record: Record) -> dict[str, Any]:
    if line.get("DetailType") == "DepositLineDetail" and "DepositLineDetail" not in line:
        # Met by those who give a linked line a detail type: routablehq/python-quickbooks issue 329.
        raise errors.Refused(errors.missing("Line.DepositLineDetail.AccountRef"))
    if is_funds_line(line):
        return _funds_line(company, deposit, line, record)
    if "DepositLineDetail" not in line:
        raise errors.Refused(errors.missing("Line.DepositLineDetail"))
    if "Amount" not in line:
        raise errors.Refused(errors.missing("Line.Amount"))
    person = _person(company, line["DepositLineDetail"].get("Entity"))
    check_line(company, deposit, line["DepositLineDetail"]["AccountRef"]["value"], person)
    return {**line, "Amount": to_cents(line["Amount"]), "DetailType": "DepositLineDetail"}


def _funds_line(company: Company, deposit: dict[str, Any], line: dict[str, Any], record: Record) -> dict[str, Any]:
    """The line that takes a transaction's money. Raises Refused 2020, 2170, 610, 620."""
    link = line["LinkedTxn"][0]
    kinds = (*DEPOSITABLE, PAID_WITH) if company.settings.deposit_takes_invoices == "take" else DEPOSITABLE
    if link["TxnType"] not in kinds:
        raise errors.Refused(errors.bad_enumeration("Line.LinkedTxn.TxnType", link["TxnType"], kinds))
    if "TxnLineId" not in link:
        raise errors.Refused(errors.missing("Line.LinkedTxn.TxnLineId"))
    if company.get(link["TxnType"], link["TxnId"]) is None:
        raise errors.not_found(link["TxnType"], "LinkedTxn")
    source, line_id = source_of(company, line)
    what = f"{source.entity} {source.id}"
    if source.entity != "JournalEntry" and line_id != WHOLE:
        raise _not_linkable(f"{what} is deposited whole: its TxnLineId is {WHOLE}")
    if deposit_of(source) not in (None, record.document.get("Id")):
        raise _not_linkable(f"{what} is in another deposit")
    if source.document["CurrencyRef"]["value"] != deposit["CurrencyRef"]["value"]:
        raise _not_linkable(f"{what} is in another currency")
    amount = source_amount(source, line_id)
    if not amount:
        raise _not_linkable(f"{what} has nothing in undeposited funds")
    if "Amount" in line and to_cents(line["Amount"]) != amount:
        raise _not_linkable(f"{what} put {amount} into undeposited funds, not {line['Amount']}")
    kept: dict[str, Any] = {name: line[name] for name in ("Id", "Description") if name in line}
    return {**kept, "Amount": amount, "LinkedTxn": [{**link, "TxnLineId": line_id}]}


def _person(company: Company, entity: Any) -> tuple[str, str] | None:
    """Type and id of whom the money comes from: {"value", "name", "type"}, the type in capitals in answers."""
    if entity is None:
        return None
    if not isinstance(entity, dict) or not isinstance(entity.get("value"), str):
        raise errors.Refused(errors.unknown_property("Line.DepositLineDetail.Entity"))
    kinds = [kind for kind in _PEOPLE if kind.upper() == str(entity.get("type", "CUSTOMER")).upper()]
    found = [(kind, entity["value"]) for kind in kinds if company.get(kind, entity["value"])]
    if not found:
        raise errors.invalid_reference("Entity", entity["value"], "Entity")
    return found[0]


def _not_linkable(why: str) -> errors.Refused:
    return errors.coded("620", "Transaction can't be linked", f"Transaction can't be linked: {why}.", "LinkedTxn")
