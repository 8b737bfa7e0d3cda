"""Wrapping, fees and tenders on invoices and credit memos (Adobe Commerce; recalled, but for the names of its OpenAPI).

Wrapping and fees come whole with the first invoice that isn't canceled, and go back whole with the first credit memo.
Tenders pay an invoice before money does, in the order in which they paid the order, and are given back first.
"""

from __future__ import annotations

from decimal import Decimal

from sandbox.magento.aftersale.order import Draft, add
from sandbox.magento.aftersale.rounding import ZERO
from sandbox.magento.shop import Body, Document

_TENDERS = ("reward_currency_amount", "gift_cards_amount", "customer_balance_amount")
_COUNTED = {"gift_cards_amount": "gift_cards", "customer_balance_amount": "customer_balance"}
_WRAPPED = ("", "items_", "card_")
FOREIGN = "foreign_fees"  # hidden columns of the order: what the modules of others add to its total


def settle(order: Document, earlier: list[Document], draft: Draft) -> Body:
    """Puts charges and tenders into the document's grand total. Answers the document's extension attributes.

    `earlier`: the live documents of the same kind.
    """
    attributes = order.body.get("extension_attributes") or {}
    shown: Body = {}
    for prefix in ("", "base_"):
        total = f"{prefix}grand_total"
        if not earlier:
            add(draft.totals, total, _charges(order, attributes, prefix, foreign=draft.kind == "invoice"))
        for name in (prefix + tender for tender in _TENDERS):
            left = _amount(attributes, name) - sum((_of(one, name) for one in earlier), ZERO)
            taken = min(left, draft.amount(total))
            if taken > 0:
                add(draft.totals, total, -taken)
                shown[name] = taken
    return shown


def with_attributes(document: Document, shown: Body) -> None:
    """Show what was taken on the document."""
    if shown:
        document.body["extension_attributes"] = {**document.body.get("extension_attributes", {}), **shown}


def counted(order: Body, shown: Body, done: str) -> Body:
    """The order with its counters of tenders moved on; `done` is "invoiced" or "refunded"."""
    attributes = dict(order.get("extension_attributes") or {})
    for name, taken in shown.items():
        prefix = "base_" if name.startswith("base_") else ""
        column = _COUNTED.get(name.removeprefix(prefix))
        if column is not None:
            key = f"{prefix}{column}_{done}"
            attributes[key] = _amount(attributes, key) + taken
    return {**order, "extension_attributes": attributes} if shown else order


def _charges(order: Document, attributes: Body, prefix: str, *, foreign: bool) -> Decimal:
    wrapping = sum((_amount(attributes, f"gw_{level}{prefix}price") for level in _WRAPPED), ZERO)
    fees = sum((_amount(fee, f"{prefix}custom_fee_amount") for fee in attributes.get("custom_fees") or []), ZERO)
    return wrapping + fees + (_amount(order.hidden, prefix + FOREIGN) if foreign else ZERO)


def _of(document: Document, name: str) -> Decimal:
    return _amount(document.body.get("extension_attributes") or {}, name)


def _amount(values: Body, name: str) -> Decimal:
    """An amount of ours or of a recorded order; what is no number there counts as nothing."""
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return ZERO
    if isinstance(value, str) and not value.replace(".", "", 1).removeprefix("-").isdigit():
        return ZERO
    return Decimal(value)
