"""Rules of JournalEntry: debits equal credits, and receivables and payables say whose they are."""

from __future__ import annotations

from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.account_rules import check_line
from sandbox.quickbooks.accounting.open_items import open_item, settled, signed
from sandbox.quickbooks.entries import begun, numbered
from sandbox.quickbooks.exchange import refuse_beyond_digits
from sandbox.quickbooks.money import ZERO, to_cents
from sandbox.quickbooks.references import target, title
from sandbox.quickbooks.store import Company, Record

_KINDS = ("JournalEntryLineDetail", "DescriptionOnly")
_PEOPLE = ("Customer", "Vendor", "Employee")


def complete(company: Company, document: dict[str, Any], record: Record, old: Record | None) -> dict[str, Any]:
    """The entry with what the server computes; takes line ids from the record.

    Raises Refused: 2020, 2170, 2290, 2500, 610, 6000, 6200, 6210.
    """
    result = begun(company, document)
    result["Line"] = numbered([_line(company, result, line) for line in result["Line"]], record)
    posted = [line for line in result["Line"] if line["DetailType"] == "JournalEntryLineDetail"]
    kinds = {line["JournalEntryLineDetail"]["PostingType"] for line in posted}
    if len(kinds) < 2 or sum((signed(line, line["Amount"]) for line in posted), ZERO):
        raise errors.business("Debits and credits of a journal entry must be equal.", "Line")
    result.setdefault("Adjustment", False)
    result["TotalAmt"] = sum(
        (line["Amount"] for line in posted if line["JournalEntryLineDetail"]["PostingType"] == "Debit"), ZERO
    )
    refuse_beyond_digits(result, [result["TotalAmt"]])
    if "ExchangeRate" in result:
        result["HomeTotalAmt"] = to_cents(result["TotalAmt"] * result["ExchangeRate"])
    if old is not None:
        _refuse_below_settled(company, old, result)
    return result


def _line(company: Company, entry: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    kind = line.get("DetailType")
    if kind not in _KINDS:
        raise errors.Refused(
            errors.missing("Line.DetailType") if kind is None else errors.bad_enumeration("DetailType", kind, _KINDS)
        )
    if kind == "DescriptionOnly":
        return {name: line[name] for name in ("Id", "Description", "DetailType") if name in line}
    absent = [name for name in ("Amount", "JournalEntryLineDetail") if name not in line]
    if absent:
        raise errors.Refused(*(errors.missing(f"Line.{name}") for name in absent))
    if line["Amount"] < 0:
        raise errors.Refused(errors.negative_amount("Line.Amount"))
    detail = dict(line["JournalEntryLineDetail"])
    if "Entity" in detail:
        detail["Entity"] = _entity(company, detail["Entity"])
    entity = detail.get("Entity")
    person = (entity["Type"], entity["EntityRef"]["value"]) if entity else None
    check_line(company, entry, detail["AccountRef"]["value"], person)
    return {**line, "Amount": to_cents(line["Amount"]), "JournalEntryLineDetail": detail}


def _entity(company: Company, entity: dict[str, Any]) -> dict[str, Any]:
    kind = entity.get("Type")
    if kind not in _PEOPLE:
        raise errors.Refused(errors.bad_enumeration("Entity.Type", kind, _PEOPLE))
    person = target(company, kind, entity["EntityRef"], "EntityRef")
    return {"Type": kind, "EntityRef": {"value": person.id, "name": title(person)}}


def _refuse_below_settled(company: Company, old: Record, entry: dict[str, Any]) -> None:
    """Raises Refused 6000 when payments settle more of the old entry than the new one would leave."""
    links = [link["TxnId"] for link in old.document.get("LinkedTxn", []) if link["TxnType"] == "Payment"]
    customers = {company.need("Payment", payment).document["CustomerRef"]["value"] for payment in links}
    for customer in customers:
        before = open_item(company, old, customer)
        after = open_item(company, Record("JournalEntry", {**entry, "Id": old.id}), customer)
        if after.sign != before.sign or abs(after.total) < settled(company, old, customer):
            raise errors.business("Payments settle more of this entry than would be left of it.", "Line")
