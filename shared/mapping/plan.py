"""Desired document and what was written -> the one operation that brings the books there. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from shared.mapping.document import Document, DocumentKind


class Action(StrEnum):
    """What is done to a document."""

    CREATE = "create"
    UPDATE = "update"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Written:
    """A document that stands in the books by our hand."""

    kind: DocumentKind
    id: str
    sync_token: str
    content_hash: str
    voided: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One write. `body` is complete; `content_hash` is what the document will hold afterwards."""

    kind: DocumentKind
    action: Action
    body: Mapping[str, Any]
    content_hash: str
    total: Decimal
    tax: Decimal


def plan(desired: Document | None, written: Written | None) -> Operation | None:
    """None when the books are as they should be. A document that was voided is never revived: a new one takes over.

    A document that stands keeps its kind: raises ValueError when the desired one is of another.
    """
    if desired is None:
        return None if written is None or written.voided else _void(written)
    if written is None or written.voided:
        return Operation(desired.kind, Action.CREATE, desired.body, desired.content_hash, desired.total, desired.tax)
    if written.kind is not desired.kind:
        raise ValueError(f"a {written.kind} stands in the books, it can't become a {desired.kind}")
    if written.content_hash == desired.content_hash:
        return None
    # A full update: what the body leaves out is emptied, and lines without Ids replace the old ones.
    body = {**desired.body, "Id": written.id, "SyncToken": written.sync_token}
    return Operation(desired.kind, Action.UPDATE, body, desired.content_hash, desired.total, desired.tax)


def _void(written: Written) -> Operation:
    body = {"Id": written.id, "SyncToken": written.sync_token, "sparse": True}
    return Operation(written.kind, Action.VOID, body, "", Decimal(0), Decimal(0))
