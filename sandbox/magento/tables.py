"""The table of the shop's documents: one row each, with the columns by which documents are found."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sandbox.magento.collation import fold
from sandbox.magento.stock.tables import TABLES as STOCK_TABLES
from sandbox.storage import Program
from sandbox.storage.codec import storable


class Kind(StrEnum):
    """The entity kinds, named as their table is called in messages."""

    ORDER = "order"
    INVOICE = "invoice"
    CREDITMEMO = "creditmemo"
    SHIPMENT = "shipment"
    PRODUCT = "product"
    TRANSACTION = "transaction"
    TAX_RATE = "tax_rate"
    TAX_RULE = "tax_rule"
    TAX_CLASS = "tax_class"
    CUSTOMER = "account"
    CUSTOMER_GROUP = "customer_group"
    BULK = "bulk"
    OPERATION = "operation"


ID_FIELD = dict.fromkeys(Kind, "entity_id") | {
    Kind.PRODUCT: "id",
    Kind.TRANSACTION: "transaction_id",
    Kind.TAX_RATE: "id",
    Kind.TAX_RULE: "id",
    Kind.TAX_CLASS: "class_id",
    Kind.CUSTOMER: "id",
    Kind.CUSTOMER_GROUP: "id",
}
ID_MAX = 2**63 - 1  # PHP's largest int; SQLite's, too

KEYS = ("increment_id", "order_id", "sku", "created_at", "updated_at", "state", "status", "store_id")
_SALES = {"increment_id": False, "created_at": False, "updated_at": False, "store_id": True}
_OF_ORDER = _SALES | {"order_id": True, "state": True}
_KIND_COLUMNS: dict[Kind, dict[str, bool]] = {
    Kind.ORDER: _SALES | {"state": False, "status": False},
    Kind.INVOICE: _OF_ORDER,
    Kind.CREDITMEMO: _OF_ORDER,
    Kind.SHIPMENT: _OF_ORDER,
    Kind.PRODUCT: {"sku": False, "created_at": False, "updated_at": False},
    Kind.TRANSACTION: {"order_id": True, "created_at": False},
    Kind.TAX_RATE: {},
    Kind.TAX_RULE: {},
    Kind.TAX_CLASS: {},
    Kind.CUSTOMER: {"created_at": False, "updated_at": False, "store_id": True},
    Kind.CUSTOMER_GROUP: {},
    Kind.BULK: {"increment_id": False},
    Kind.OPERATION: {"order_id": True},
}

PROGRAM = Program(
    "Magento sandbox",
    0x42424D47,  # "BBMG"
    4,
    (
        """CREATE TABLE documents (
            seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, id INTEGER NOT NULL,
            increment_id, order_id, sku, created_at, updated_at, state, status, store_id,
            odd INTEGER NOT NULL, misses INTEGER, as_shown INTEGER NOT NULL, hidden TEXT, body TEXT, recorded TEXT)""",
        "CREATE UNIQUE INDEX documents_id ON documents (kind, id)",
        "CREATE INDEX documents_increment ON documents (kind, increment_id, id) WHERE increment_id IS NOT NULL",
        "CREATE INDEX documents_order ON documents (kind, order_id) WHERE order_id IS NOT NULL",
        "CREATE INDEX documents_sku ON documents (kind, sku) WHERE sku IS NOT NULL",
        "CREATE INDEX documents_created ON documents (kind, created_at, id)",
        "CREATE INDEX documents_updated ON documents (kind, updated_at, id)",
        "CREATE INDEX documents_status ON documents (kind, status, id) WHERE status IS NOT NULL",
        "CREATE INDEX documents_odd ON documents (kind) WHERE odd",
        "CREATE INDEX documents_missing ON documents (kind) WHERE misses > 0",
        *STOCK_TABLES,
    ),
)


def key_columns(kind: Kind) -> dict[str, bool]:
    """Those of KEYS that the kind has, and whether they hold whole numbers; the others hold text."""
    return _KIND_COLUMNS[kind]


def key_values(kind: Kind, columns: dict[str, Any]) -> tuple[list[Any], bool]:
    """The values of KEYS in the form in which they compare, and whether one is of another type than its column.

    Exports write numbers as text. Such a value compares otherwise, so a table that has one is searched row by row.
    """
    kinds = key_columns(kind)
    values: list[Any] = []
    odd = False
    for name in KEYS:
        value = columns.get(name) if name in kinds else None
        if value is None:
            values.append(None)
        elif kinds[name] and isinstance(value, int) and abs(value) <= ID_MAX:
            values.append(int(value))
        elif not kinds[name] and isinstance(value, str) and storable(value):
            values.append(fold(value))
        else:
            values.append(None)
            odd = True
    return values, odd
