"""Document numbers: whose they are, and that nobody uses one twice."""

from __future__ import annotations

from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.store import Company, Record

_AUTOMATIC = "AUTO_GENERATE"
_WITHOUT_NUMBERS = ("Payment", "Deposit")


def take_number(
    company: Company,
    entity: str,
    document: dict[str, Any],
    *,
    old: Record | None,
    duplicates: bool,
    automatic_number: bool = False,
) -> None:
    """Give the document its number in place.

    With custom numbers on, the number sent is the document's and none sent means none; with them off QuickBooks numbers
    by itself, and keeps a number that was sent or not, by setting. Payments and deposits have no numbers of their own.
    A journal entry gets one only when that is asked for (automatic_number), as since minorversion 54.
    Raises Refused 6140 for a number in use.
    """
    if entity in _WITHOUT_NUMBERS:
        return
    sent = document.get("DocNumber")
    kept = old.document.get("DocNumber") if old else None
    automatic = sent == _AUTOMATIC or document.pop("AutoDocNumber", None) is True
    if entity == "JournalEntry":
        automatic = automatic or (automatic_number and sent is None)
    elif not company.settings.custom_txn_numbers:
        automatic = automatic or sent is None or company.settings.number_without_custom == "replace"
    if automatic:
        document["DocNumber"] = kept if kept is not None else _next_number(company)
        return
    if (
        not sent or duplicates
    ):  # "" is a value, an empty number, that any number of forms may have (python-quickbooks#141)
        return
    scope = (
        [entity] if company.settings.doc_number_scope == "type" else [e.name for e in ENTITIES.values() if e.sales_form]
    )
    for holder_entity in scope:
        holder = company.other_holder(holder_entity, sent, but=old.id if old else "")
        if holder is not None:
            raise errors.duplicate_document(sent, holder_entity, holder, company.settings.fault_language)


def _next_number(company: Company) -> str:
    while True:
        number = company.new_number()
        if not any(company.holders(entity.name, number) for entity in ENTITIES.values() if entity.transaction):
            return number
