"""Change data capture: what an answer says, what of it is news, and where the next question begins. Pure.

Source: Intuit, "Change data capture" (reference/quickbooks.md, section 3): at most 1,000 objects an answer and no
paging; live objects by their last update, then what was deleted; 30 days back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from shared import limits
from shared.wire import encode_canonical

NAME_LISTS = frozenset({"Account", "Class", "Customer", "Department", "Item", "PaymentMethod", "Term"})
"""Never deleted, only made inactive; and hidden from queries then, unless asked for."""

TRANSACTIONS = frozenset(
    {"CreditMemo", "Deposit", "Invoice", "JournalEntry", "Payment", "RefundReceipt", "SalesReceipt"}
)
ENTITIES = NAME_LISTS | TRANSACTIONS
"""What is followed. TaxCode, TaxRate, TaxAgency and JournalCode aren't covered; InventoryAdjustment, Preferences and
CompanyInfo aren't known to be."""

MOVE_ITEMS = frozenset(
    {
        "Bill",
        "CreditMemo",
        "InventoryAdjustment",
        "Invoice",
        "Purchase",
        "RefundReceipt",
        "SalesReceipt",
        "VendorCredit",
    }
)
"""What changes quantities on hand, followed or not; no webhook says which items it moved."""


class Unreadable(ValueError):
    """The answer isn't one of change data capture."""


@dataclass(frozen=True, slots=True)
class Change:
    """An object as it stands after a change, or what is left of a deleted one."""

    entity: str
    id: str
    at: datetime
    deleted: bool
    document: Mapping[str, Any]

    @property
    def token(self) -> str:
        """Its SyncToken; empty for what is left of a deleted one."""
        return str(self.document.get("SyncToken") or "")

    @property
    def mark(self) -> str:
        """Two answers that show the same state of the object have the same mark.

        Made of the whole object: a sale changes an item's quantity but not its SyncToken, and one may change twice
        within the second that LastUpdatedTime has for resolution.
        """
        if self.deleted:
            return DELETED
        return hashlib.sha256(encode_canonical(self.document)).hexdigest()[:32]


DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `whole` says that nothing was cut off at the limit of objects."""

    time: datetime
    changes: tuple[Change, ...]

    @property
    def whole(self) -> bool:
        return len(self.changes) < limits.CDC_OBJECTS


def parse(document: Mapping[str, Any]) -> Answer:
    """Raises Unreadable."""
    changes: list[Change] = []
    for part in _parts(document):
        for entity, rows in part.items():
            if isinstance(rows, list):
                changes += [change(entity, row) for row in rows]
    return Answer(instant(document.get("time")), tuple(changes))


def change(entity: str, row: object) -> Change:
    """One object of an answer, or of a query's. Raises Unreadable."""
    if not isinstance(row, dict) or not isinstance(row.get("Id"), str):
        raise Unreadable(f"a {entity} without an Id")
    metadata = row.get("MetaData")
    at = instant(metadata.get("LastUpdatedTime") if isinstance(metadata, dict) else None)
    return Change(entity, row["Id"], at, str(row.get("status", "")).lower() == DELETED, row)


def tombstone(entity: str, id: str, at: datetime) -> Change:
    """For an object that is gone though no answer told of it, in the form of those that answers tell of."""
    document = {
        "domain": "QBO",
        "status": "Deleted",
        "Id": id,
        "MetaData": {"LastUpdatedTime": at.astimezone(UTC).isoformat(timespec="seconds")},
    }
    return Change(entity, id, at, True, document)


@dataclass(frozen=True, slots=True)
class Told:
    """What was told last of an object."""

    mark: str
    at: datetime
    token: str


def news(changes: Iterable[Change], told: Mapping[str, Told], *, queried: bool = False) -> Iterator[Change]:
    """Those that differ from what was told before, each object once, as it stands last. `told` is by `key`.

    What is older than what was told is no news: an index may lag behind. `queried` are rows of a query, which can't
    bring back what change data capture has told to be deleted; its own live rows can, since they are how things stand.
    """
    last: dict[str, Change] = {}
    for one in changes:
        before = last.pop(key(one), None)
        last[key(one)] = before if before is not None and before.at > one.at and not one.deleted else one
    for name, one in last.items():
        if _is_news(told.get(name), one, queried):
            yield one


def _is_news(told: Told | None, one: Change, queried: bool) -> bool:
    if told is None:
        return True
    if one.mark == told.mark:
        return False
    if one.deleted:
        return True
    if told.mark == DELETED:
        return not queried or one.at > told.at
    if one.at == told.at:
        return _number(one.token) >= _number(told.token)
    return one.at > told.at


def _number(token: str) -> int:
    return int(token) if token.isascii() and token.isdigit() else -1


def key(one: Change) -> str:
    """Its name among the changes of a company."""
    return f"{one.entity}:{one.id}"


def sent_at(answer_time: datetime, elapsed_seconds: float) -> datetime:
    """When the question was sent, by the server's own clock, or a little earlier: the server wrote the time between
    sending and answer, and our clock's setting plays no part. What changed later may not be in the answer."""
    return answer_time - timedelta(seconds=max(0.0, elapsed_seconds))


def too_old(since: datetime, now: datetime) -> bool:
    """Whether change data capture doesn't reach back so far; a day short of its 30 days, which end at midnight in the
    company's zone."""
    return now - since > timedelta(days=limits.CDC_DAYS)


def instant(text: object) -> datetime:
    """A time as QuickBooks writes it, in whichever offset; kept as UTC. Raises Unreadable."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise Unreadable(f"{str(text)[:40]!r} is no time") from error
    if found.tzinfo is None:
        raise Unreadable(f"{str(text)[:40]!r} has no offset")
    return found.astimezone(UTC)


def _parts(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    responses = document.get("CDCResponse")
    if not isinstance(responses, list):
        raise Unreadable("no CDCResponse")
    for response in responses:
        parts = response.get("QueryResponse") if isinstance(response, dict) else None
        if not isinstance(parts, list):
            raise Unreadable("a CDCResponse without QueryResponse")
        for part in parts:
            if not isinstance(part, dict):
                raise Unreadable("a QueryResponse that is no object")
            yield part
