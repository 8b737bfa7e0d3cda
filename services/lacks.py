"""What parked orders lack in the books, and whether it is there now: an entry of a list, by a word that calls it, or
other ways of the company."""

from __future__ import annotations

import hashlib
from dataclasses import asdict

from services.company import NAMED, books_of
from shared.mapping.books import Company
from shared.quickbooks.listed import SINGLE
from shared.quickbooks.lists import RealmLists
from shared.wire import encode_canonical

WATCHED = frozenset((*NAMED, *SINGLE, "Item"))
"""The lists in which it may turn up."""

_WAYS = "Company"


def ways(company: Company) -> str:
    """To wait until the company's ways are others than these."""
    return f"{_WAYS}:{hashlib.sha256(encode_canonical(asdict(company))).hexdigest()[:32]}"


def is_here(lack: str, lists: RealmLists) -> bool:
    """Costs no call of QuickBooks. Raises as look-ups in the lists do."""
    entity, _, word = lack.partition(":")
    if entity != _WAYS:
        return lists.has(entity, word)
    return not lists.missing(SINGLE) and ways(books_of(lists.all, ()).company) != lack
