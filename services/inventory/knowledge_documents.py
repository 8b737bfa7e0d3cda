"""Sales as the books show them: a record of `quickbooks.changes` -> what the sale takes off items by now. Pure.

Our own writes come back here, and say what their links say. What says something else was changed by another hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from shared.links.moves import units_of
from shared.log.port import Record
from shared.mapping.document import DocumentKind
from shared.wire import NotJson, decode, encode

SALES = frozenset(kind.entity for kind in DocumentKind)


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """A sale as change data capture told of it last. `token` is None for one that was deleted; `at` is the time of its
    last change in whole seconds."""

    at: datetime
    token: int | None
    units: dict[str, Decimal]

    def later_than(self, token: int) -> bool:
        """Whether it says how the document stood after the write that had this SyncToken for an answer, or later."""
        return self.token is None or self.token >= token


def key_of(realm: str, place: str) -> str:
    """The key of a document's changes."""
    return f"{realm}:{place}"


def fold(current: bytes | None, record: Record) -> bytes | None:
    """The row of a sale; other entities have none. What makes no sense, and what was told without its lines, says
    nothing: the row stays."""
    headers = record.headers
    if headers.get("entity") not in SALES or record.value is None:
        return None
    try:
        at = datetime.fromisoformat(headers["changed-at"])
        deleted = headers.get("status") == "deleted"
        told = None if deleted else int(headers["sync-token"])
        if "brief" in headers:
            return current
        units = {} if told is None else units_of(decode(record.value))
    except (KeyError, ValueError, ArithmeticError, AttributeError, NotJson):
        return current
    if current is not None and told is not None and (parse(current).token or 0) > told:
        return current  # of a process that was overtaken
    return _row(at, told, units)


def _row(at: datetime, token: int | None, units: dict[str, Decimal]) -> bytes:
    counts = {item: format(count, "f") for item, count in units.items() if count}
    return encode({"at": at.isoformat(), "token": token, "units": counts})


def parse(row: bytes) -> KnownDocument:
    """A document from its row."""
    document = decode(row)
    units = {item: Decimal(count) for item, count in document["units"].items()}
    return KnownDocument(datetime.fromisoformat(document["at"]), document["token"], units)
