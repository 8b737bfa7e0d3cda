"""The tables of the books: one row per object, with the columns by which objects are found."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox.quickbooks.schema import ENTITIES, Entity
from sandbox.storage import Program

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

PROGRAM = Program(
    "QuickBooks sandbox",
    0x42425142,  # "BBQB"
    1,
    (
        """CREATE TABLE documents (
            seq INTEGER PRIMARY KEY, list INTEGER NOT NULL, ordinal TEXT NOT NULL, id TEXT NOT NULL,
            space INTEGER NOT NULL, unique_key TEXT, label TEXT, updated INTEGER, created INTEGER, txn_date TEXT,
            sku TEXT, customer TEXT, active INTEGER, total REAL, balance REAL,
            voided INTEGER NOT NULL, next_line INTEGER NOT NULL, body TEXT NOT NULL, side TEXT)""",
        "CREATE UNIQUE INDEX documents_id ON documents (list, ordinal)",
        "CREATE INDEX documents_unique ON documents (space, unique_key)",
        "CREATE INDEX documents_label ON documents (list, label)",
        "CREATE INDEX documents_date ON documents (list, txn_date, ordinal)",
        "CREATE INDEX documents_updated ON documents (list, updated, ordinal)",
        "CREATE INDEX documents_sku ON documents (list, sku) WHERE sku IS NOT NULL",
        "CREATE INDEX documents_customer ON documents (list, customer) WHERE customer IS NOT NULL",
        "CREATE TABLE tombstones (list INTEGER NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL)",
        "CREATE INDEX tombstones_at ON tombstones (list, at)",
    ),
)

KEYS = ("label", "updated", "created", "txn_date", "sku", "customer", "active", "total", "balance")


def ordinal(object_id: str) -> str:
    """The id in the form in which ids sort: numbers by value."""
    return object_id.zfill(20)


def micros(instant: datetime) -> int:
    """Microseconds since 1970."""
    return (instant - _EPOCH) // _MICROSECOND


def instant_of(value: int) -> datetime:
    """The instant, in UTC."""
    return _EPOCH + value * _MICROSECOND


def label_field(entity: Entity) -> str:
    """The property by which people look for an object of the entity."""
    names = ("DocNumber",) if entity.transaction else ("DisplayName", "Name")
    return next((name for name in names if name in entity.fields), "")


def key_values(entity_name: str, document: dict[str, Any]) -> tuple[Any, ...]:
    """The values of KEYS, in the form in which they compare: text without case, instants in microseconds."""
    times = document.get("MetaData", {})
    day = document.get("TxnDate")
    return (
        _folded(document.get(label_field(ENTITIES[entity_name]))),
        _instant(times.get("LastUpdatedTime")),
        _instant(times.get("CreateTime")),
        None if day is None else date.fromisoformat(str(day)[:10]).isoformat(),
        _folded(document.get("Sku")),
        _folded(document.get("CustomerRef", {}).get("value")),
        document.get("Active"),
        _number(document.get("TotalAmt")),
        _number(document.get("Balance")),
    )


def _folded(value: Any) -> str | None:
    return None if value is None else str(value).casefold()


def _instant(value: Any) -> int | None:
    return None if value is None else micros(datetime.fromisoformat(str(value)))


def _number(value: Any) -> float | None:
    """Rounded, so good for a first choice only: what lies on the border is looked at again as Decimal."""
    return float(value) if isinstance(value, Decimal | int) else None
