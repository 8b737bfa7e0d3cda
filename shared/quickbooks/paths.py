"""The path of a write, below /v3/company/{realm}/. Pure; recorded in the intent beside the body.

Source: Intuit's API reference, "Void" of each transaction; the SDKs agree on `include=void`.
"""

from __future__ import annotations

import re

_ENTITY = re.compile(r"[A-Za-z]{1,40}")

# Voided by an update that says so; an invoice has an operation of its own.
_VOID = {
    "invoice": "operation=void",
    "salesreceipt": "operation=update&include=void",
    "payment": "operation=update&include=void",
}


def create_path(entity: str) -> str:
    """Where a new object of this type is posted ("SalesReceipt" -> "salesreceipt")."""
    return _path(entity)


def update_path(entity: str) -> str:
    """Where a changed object is posted: the same place, the body holds Id and SyncToken."""
    return _path(entity)


def void_path(entity: str) -> str:
    """Where a transaction is voided, by a body of Id and SyncToken (and "sparse": true where it is an update).

    ValueError for a type that can't be voided: credit memos and refund receipts have no void.
    """
    path = _path(entity)
    if path not in _VOID:
        raise ValueError(f"{entity} can't be voided; only {', '.join(sorted(_VOID))} can")
    return f"{path}?{_VOID[path]}"


def entity_of(path: str) -> str:
    """The type a path is about: "salesreceipt" of "salesreceipt?operation=update&include=void"."""
    return path.partition("?")[0].partition("/")[0]


def _path(entity: str) -> str:
    if not _ENTITY.fullmatch(entity):
        raise ValueError(f"{entity!r} is no QuickBooks entity type: a name like SalesReceipt is")
    return entity.lower()
