"""The one way in which a transaction comes into the books, changes or goes: postings, stock, links and balances."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from sandbox.quickbooks.accounting.amounts import is_foreign
from sandbox.quickbooks.accounting.balances import post_to_account, show_owed
from sandbox.quickbooks.accounting.entry import Posting, check_balanced
from sandbox.quickbooks.accounting.links import change_links, targets
from sandbox.quickbooks.accounting.open_items import applications
from sandbox.quickbooks.accounting.postings import move_postings, owed, postings
from sandbox.quickbooks.accounting.stock import move_stock, stock_item
from sandbox.quickbooks.money import ZERO
from sandbox.quickbooks.store import Company, Record


def commit(company: Company, old: Record | None, new: Record | None) -> None:
    """Put the new transaction in place of the old one; without an old one it is created, without a new one removed.

    What follows from it in other objects follows here: accounts, quantities of items, balances of customers, links and
    open balances. Whatever can be refused must have been refused before. Raises Unbalanced, and then nothing is done.
    """
    with company.atomic():
        _commit(company, old, new)


def _commit(company: Company, old: Record | None, new: Record | None) -> None:
    around = _dependents(company, old) | _dependents(company, new)
    before = _entries(company, old, around)
    owed_before = owed(company, old) if old else {}
    move_stock(company, old, new)
    if new is not None:
        company.put(new)
    change_links(company, old, new)
    if old is not None and new is None:
        company.remove(old.entity, old.id)
    _post(company, before, _entries(company, new, around))
    show_owed(company, owed_before, owed(company, new) if new else {})


def commit_item(company: Company, old: Record | None, new: Record) -> None:
    """Put the item with what its own quantity posts: opening stock, and adjustments by update."""
    with company.atomic():
        made = stock_item(company, old, new)
        company.put(new)
        _post(company, [], move_postings(made))


def _dependents(company: Company, record: Record | None) -> dict[str, None]:
    """Ids of other payments whose postings depend on the record: in foreign currency each payment takes from the
    receivable what the ones before it left."""
    if record is None or not is_foreign(record.document, company.settings.home_currency):
        return {}
    settled = targets(record) if record.entity == "Payment" else {(record.entity, record.id): None}
    found: dict[str, None] = {}
    for entity, object_id in settled:
        item = company.get(entity, object_id)
        if item is not None:
            found |= {payment.id: None for payment, _ in applications(company, item)}
    return found


def _entries(company: Company, record: Record | None, dependents: Iterable[str]) -> list[Posting]:
    """The postings of the record and of the payments that depend on it. Raises Unbalanced."""
    payments = [company.get("Payment", object_id) for object_id in dependents]
    records = {(found.entity, found.id): found for found in (record, *payments) if found is not None}
    entries: list[Posting] = []
    for found in records.values():
        sides = postings(company, found)
        check_balanced(f"{found.entity} {found.id}", sides)
        entries += sides
    return entries


def _post(company: Company, before: list[Posting], after: list[Posting]) -> None:
    changes: dict[str, Decimal] = {}
    for sides, sign in ((before, -1), (after, 1)):
        for side in sides:
            changes[side.account] = changes.get(side.account, ZERO) + sign * side.amount
    for account, change in changes.items():
        if change:
            post_to_account(company, account, change)
