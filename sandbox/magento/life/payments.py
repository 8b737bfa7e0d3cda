"""What a payment went through: amounts on the order's payment, and the gateway's transactions."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from sandbox.magento.aftersale.rounding import ZERO
from sandbox.magento.life.rows import amount
from sandbox.magento.shop import Body, Document, Kind, Shop

Type = Literal["authorization", "capture", "void", "refund"]
# Methods without a gateway (module-offline-payments and module-payment of magento/magento2).
WITHOUT_GATEWAY = frozenset({"checkmo", "banktransfer", "cashondelivery", "purchaseorder", "free"})


def has_gateway(order: Document) -> bool:
    return str((order.body.get("payment") or {}).get("method", "checkmo")) not in WITHOUT_GATEWAY


def moved(body: Body, what: str, figure: Decimal, base: Decimal) -> Body:
    """The order's row with its payment's counter (amount_paid, amount_refunded, ...) moved on in both currencies."""
    payment = dict(body.get("payment") or {})
    for name, value in ((what, figure), (f"base_{what}", base)):
        payment[name] = amount(Decimal(payment.get(name) or 0) + value)
    return body | {"payment": payment}


def transaction(shop: Shop, order: Document, kind: Type, *, closed: bool, parent: str | None = None) -> Body:
    """Record a transaction of the gateway. Answers the order's row naming it as the last one."""
    number = shop.next_id(Kind.TRANSACTION)
    txn_id = f"sandbox-{number}" if parent is None else f"{parent}-{kind}"
    payment_id = (order.body.get("payment") or {}).get("entity_id", order.entity_id)
    body: Body = {
        "transaction_id": number,
        "order_id": order.entity_id,
        "payment_id": payment_id,
        "txn_id": txn_id,
        "txn_type": kind,
        "is_closed": int(closed),
        "created_at": shop.now(),
        "additional_information": [],
        "child_transactions": [],
    }
    if parent is not None:
        body["parent_txn_id"] = parent
        body["parent_id"] = next(
            (one.entity_id for one in shop.of_order(Kind.TRANSACTION, order.entity_id) if one.body["txn_id"] == parent),
            ZERO,
        )
    shop.insert(Document(Kind.TRANSACTION, body))
    payment = dict(order.body.get("payment") or {}) | {"last_trans_id": txn_id}
    return order.body | {"payment": payment}


def last_open(shop: Shop, order: Document, kind: Type) -> str | None:
    """The newest transaction of the type that isn't closed."""
    found = [
        one.body["txn_id"]
        for one in shop.of_order(Kind.TRANSACTION, order.entity_id)
        if one.body["txn_type"] == kind and not one.body["is_closed"]
    ]
    return found[-1] if found else None


def close(shop: Shop, order: Document, txn_id: str | None) -> None:
    for one in shop.of_order(Kind.TRANSACTION, order.entity_id):
        if one.body["txn_id"] == txn_id:
            one.body = one.body | {"is_closed": 1}
            shop.save(one)
