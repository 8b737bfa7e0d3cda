"""Create, update, void and delete: the one way in which a company's books change."""

from __future__ import annotations

from typing import Any

from sandbox.quickbooks import (
    adjustments,
    customers,
    deposits,
    errors,
    items,
    journal,
    listing,
    payments,
    references,
    sales,
)
from sandbox.quickbooks.accounting.balances import move_parent
from sandbox.quickbooks.accounting.commit import commit, commit_item
from sandbox.quickbooks.accounting.deposited import refuse_deposited
from sandbox.quickbooks.accounting.links import with_links
from sandbox.quickbooks.accounting.release import release_for_delete, release_for_update, release_for_void
from sandbox.quickbooks.credits import with_credits_applied
from sandbox.quickbooks.lines import SHIPPING_ITEM
from sandbox.quickbooks.numbers import take_number
from sandbox.quickbooks.schema import Entity
from sandbox.quickbooks.store import Company, Record
from sandbox.quickbooks.tax_service import complete_agency, free_id
from sandbox.quickbooks.text_numbers import numbers_read
from sandbox.quickbooks.validation import checked

_DECIDES_TAX = ("GlobalTaxCalculation", "ApplyTaxAfterDiscount")
_SYSTEM = ("Id", "SyncToken", "MetaData", "domain", "sparse")


def create(
    company: Company, entity: Entity, body: Any, *, duplicates: bool = False, automatic_number: bool = False
) -> Record:
    """A new object. Raises Refused.

    duplicates: a document number may be used twice (include=allowduplicatedocnum).
    automatic_number: a journal entry without a number gets one (include=allowautodocnum).
    """
    sent = checked(_read(company, entity, body), entity.fields, require=True)
    record = Record(entity.name, {})
    content = _content(company, entity, sent, record, old=None)
    if entity.transaction:
        take_number(company, entity.name, content, old=None, duplicates=duplicates, automatic_number=automatic_number)
    new_id = free_id(company, entity.name)
    stamp = company.clock.stamp()
    system = {"domain": "QBO", "sparse": False, "Id": new_id, "SyncToken": "0"}
    record.document = {**content, **system, "MetaData": {"CreateTime": stamp, "LastUpdatedTime": stamp}}
    _put(company, entity, None, record)
    return with_credits_applied(company, record)


def update(company: Company, entity: Entity, body: dict[str, Any], *, duplicates: bool = False) -> Record:
    """The object after a full or sparse update; one that changes nothing leaves the SyncToken. Raises Refused."""
    sparse = body.get("sparse") is True
    sent = checked(_read(company, entity, body), entity.fields, require=not sparse)
    old = addressed(company, entity, body)
    if old.voided and company.settings.update_voided == "refuse":
        raise errors.business("A voided transaction can't be changed.")
    if entity.transaction:
        refuse_deposited(old)
        sales.refuse_closed_books(company, old.document["TxnDate"])
    merged = _merged(entity, old, sent) if sparse else sent  # full: what wasn't sent is gone
    if entity.name == "Item":
        items.check_quantity_change(company, sent, old)
    fresh = Record(entity.name, old.document, next_line=old.next_line, side=old.side)
    content = _content(company, entity, {**merged, "Id": old.id}, fresh, old)
    if entity.transaction:
        take_number(company, entity.name, content, old=old, duplicates=duplicates)
        old = release_for_update(company, old, content)
        content = with_links(company, old, content)
    return _commit(company, entity, old, fresh, content)


def void(company: Company, entity: Entity, body: dict[str, Any]) -> Record:
    """The transaction with its amounts at nothing. Raises Refused."""
    checked(body, entity.fields, require=False)
    old = addressed(company, entity, body)
    if old.voided:
        return old
    refuse_deposited(old)
    sales.refuse_closed_books(company, old.document["TxnDate"])
    old = release_for_void(company, old)
    fresh = Record(entity.name, old.document, voided=True, next_line=old.next_line, side=old.side)
    voided = payments.voided if entity.name == "Payment" else sales.voided
    return _commit(company, entity, old, fresh, _without_system(voided(old.document)))


def delete(company: Company, entity: Entity, body: dict[str, Any]) -> Record:
    """The transaction that is no longer in the books. Raises Refused."""
    if not entity.transaction:
        raise errors.unsupported(f"delete of {entity.name}")
    checked(body, entity.fields, require=False)
    old = addressed(company, entity, body)
    refuse_deposited(old)
    sales.refuse_closed_books(company, old.document["TxnDate"])
    old = release_for_delete(company, old)
    commit(company, old, None)
    return old


def addressed(company: Company, entity: Entity, body: Any) -> Record:
    """The object that Id and SyncToken of the body mean. Raises Refused: 2020, 610, 5010."""
    if not isinstance(body, dict):
        raise errors.Refused(errors.unknown_property("body"))
    absent = [name for name in ("Id", "SyncToken") if body.get(name) in (None, "")]
    if absent:
        raise errors.Refused(*(errors.missing(name) for name in absent))
    check_id(entity, str(body["Id"]))
    record = company.get(entity.name, str(body["Id"]))
    if record is None:
        raise errors.not_found(entity.name)
    if str(body["SyncToken"]) != record.document["SyncToken"]:
        raise errors.stale()
    return record


def _read(company: Company, entity: Entity, body: Any) -> Any:
    return numbers_read(body, entity.fields) if company.settings.numbers_as_text == "allow" else body


def check_id(entity: Entity, object_id: str) -> None:
    """Raises Refused 2030: ids are numbers, but for the pseudo codes TAX and NON."""
    if entity.name != "TaxCode" and not (object_id.isascii() and object_id.isdigit()):
        raise errors.invalid_id(object_id)


def _content(
    company: Company, entity: Entity, sent: dict[str, Any], record: Record, old: Record | None
) -> dict[str, Any]:
    """The object without what _SYSTEM holds, by the rules of its entity."""
    if entity.sales_form:
        if (
            entity.name == "SalesReceipt"
            and "CustomerRef" not in sent
            and company.settings.sales_receipt_needs_customer
        ):
            raise errors.Refused(errors.missing("CustomerRef"))
        sales.check(company, sent)
    resolved = _resolved(company, entity, sent)
    if entity.transaction:
        return _without_system(_transaction(company, entity, resolved, record, old))
    if entity.name in ("Vendor", "Employee"):
        return _without_system(customers.complete_person(company, entity.name, resolved, old))
    if entity.name == "Customer":
        return _without_system(customers.complete(company, resolved, old))
    if entity.name == "TaxAgency":
        return _without_system(complete_agency(company, resolved, old))
    if entity.name == "Item":
        return _without_system(items.complete(company, resolved, old))
    return _without_system(listing.complete(company, entity.name, resolved, old))


def _transaction(
    company: Company, entity: Entity, resolved: dict[str, Any], record: Record, old: Record | None
) -> dict[str, Any]:
    match entity.name:
        case "Payment":
            return payments.complete(company, resolved, old)
        case "Deposit":
            return deposits.complete(company, resolved, record)
        case "JournalEntry":
            return journal.complete(company, resolved, record, old)
        case "InventoryAdjustment":
            return adjustments.complete(company, resolved, record, old)
        case _:
            return sales.complete(company, entity.name, resolved, record)


def _resolved(company: Company, entity: Entity, sent: dict[str, Any]) -> dict[str, Any]:
    """References checked and named; the shipping field's pseudo item is none of the company's items."""
    shipping = {"value": SHIPPING_ITEM}
    lines = sent.get("Line", [])
    marked = [line.get("SalesItemLineDetail", {}).get("ItemRef", {}).get("value") == SHIPPING_ITEM for line in lines]
    if not any(marked):
        return references.resolve(company, sent, entity.fields)
    bare = [
        {**line, "SalesItemLineDetail": {k: v for k, v in line["SalesItemLineDetail"].items() if k != "ItemRef"}}
        if is_marked
        else line
        for line, is_marked in zip(lines, marked, strict=True)
    ]
    resolved = references.resolve(company, {**sent, "Line": bare}, entity.fields)
    for line, is_marked in zip(resolved["Line"], marked, strict=True):
        if is_marked:
            line["SalesItemLineDetail"]["ItemRef"] = dict(shipping)
    return resolved


def _merged(entity: Entity, old: Record, sent: dict[str, Any]) -> dict[str, Any]:
    """Sparse: what was sent over what stands. Where the lines, or else what decides their tax, come new without a tax
    detail, the tax is computed anew."""
    merged = {name: value for name, value in old.document.items() if not entity.fields[name].read_only}
    decided_anew = any(name in sent and sent[name] != old.document.get(name, sent[name]) for name in _DECIDES_TAX)
    if entity.sales_form and ("Line" in sent or decided_anew):
        code = merged.pop("TxnTaxDetail", {}).get("TxnTaxCodeRef")
        if code is not None:
            merged["TxnTaxDetail"] = {"TxnTaxCodeRef": code}
    return {**merged, **sent}


def _without_system(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in _SYSTEM}


def _commit(company: Company, entity: Entity, old: Record, fresh: Record, content: dict[str, Any]) -> Record:
    if content == _without_system(old.document) and fresh.voided == old.voided:
        return old
    system = {name: old.document[name] for name in _SYSTEM}
    token = str(int(old.document["SyncToken"]) + 1)
    times = {**old.document["MetaData"], "LastUpdatedTime": company.clock.stamp()}
    fresh.document = {**content, **system, "SyncToken": token, "MetaData": times}
    _put(company, entity, old, fresh)
    return fresh


def _put(company: Company, entity: Entity, old: Record | None, new: Record) -> None:
    """Store the object with all that follows from it."""
    if entity.transaction:
        commit(company, old, new)
    elif entity.name == "Item":
        commit_item(company, old, new)
    else:
        company.put(new)
        if old is not None and entity.name in ("Account", "Customer"):
            move_parent(company, old, new)
