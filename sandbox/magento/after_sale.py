"""Invoices, shipments and credit memos: their documents, and the order's counters after them.

A share of a line is what is left times quantity over quantity left, the last piece taking all that is left; rounding
remainders carry over inside a document. All shipping goes on the first invoice.
"""

from __future__ import annotations

from decimal import Decimal

from sandbox.magento.errors import ControlError
from sandbox.magento.order_items import stored
from sandbox.magento.raw_rows import row_totals
from sandbox.magento.shop import Body, Document, Kind, Shop
from sandbox.magento.tax import ZERO, cents

_SHARED = ("row_total", "tax_amount", "discount_amount", "discount_tax_compensation_amount")
_DONE = {"row_total": "row_{}", "tax_amount": "tax_{}", "discount_amount": "discount_{}"}
_CARRIED = (
    "base_currency_code", "global_currency_code", "order_currency_code", "store_currency_code", "store_id",
    "base_to_global_rate", "base_to_order_rate", "store_to_base_rate", "store_to_order_rate", "billing_address_id",
)  # fmt: skip


def invoice_document(shop: Shop, order: Document, wanted: dict[int, Decimal] | None) -> tuple[Document, Body]:
    """The invoice (state 2, paid) and the order's row after it. Raises ControlError when nothing is left."""
    body = order.body
    quantities = _chosen(order, wanted, "qty_invoiced")
    lines = _lines(order, quantities, "invoiced")
    first = not any(one.body.get("state") != 3 for one in shop.of_order(Kind.INVOICE, order.entity_id))
    totals = _totals(lines, body, with_shipping=first, kind="invoice")
    document = _document(shop, order, Kind.INVOICE, lines, totals, quantities)
    document.body |= {"state": 2, "total_qty": sum(quantities.values(), ZERO), "can_void_flag": 0, "email_sent": 1}
    paid = Decimal(body.get("total_paid") or 0) + totals["grand_total"]
    after = _counted(order, lines, quantities, "invoiced")
    figures = {"total_paid": paid, "total_invoiced": paid, "total_due": Decimal(body["grand_total"]) - paid}
    for name in ("subtotal", "tax", "discount", "shipping"):
        key = name if name == "subtotal" else f"{name}_amount"
        figures[f"{name}_invoiced"] = Decimal(body.get(f"{name}_invoiced") or 0) + totals[key]
    return document, after | figures | {f"base_{name}": value for name, value in figures.items()}


def credit_document(shop: Shop, order: Document) -> tuple[Document, Body]:
    """An offline credit memo over everything invoiced and not refunded (state 2), and the order's row after it."""
    body = order.body
    quantities = _chosen(order, None, "qty_refunded", of="qty_invoiced")
    lines = _lines(order, quantities, "refunded")
    totals = _totals(lines, body, with_shipping=not body.get("shipping_refunded"), kind="creditmemo")
    document = _document(shop, order, Kind.CREDITMEMO, lines, totals, quantities)
    document.body |= {"state": 2, "adjustment": ZERO, "adjustment_positive": ZERO, "adjustment_negative": ZERO}
    refunded = Decimal(body.get("total_refunded") or 0) + totals["grand_total"]
    figures = {
        "total_refunded": refunded,
        "total_offline_refunded": refunded,
        "subtotal_refunded": totals["subtotal"],
        "tax_refunded": totals["tax_amount"],
        "shipping_refunded": totals["shipping_amount"],
    }
    after = _counted(order, lines, quantities, "refunded")
    return document, after | figures | {f"base_{name}": value for name, value in figures.items()}


def shipment_document(shop: Shop, order: Document, wanted: dict[int, Decimal] | None) -> tuple[Document, Body]:
    quantities = _chosen(order, wanted, "qty_shipped")
    body = order.body
    number = shop.next_id(Kind.SHIPMENT)
    now = shop.now()
    items = [
        {
            "entity_id": shop.next_id("shipment_item"),
            "name": item["name"],
            "order_item_id": item["item_id"],
            "parent_id": number,
            "price": item.get("price", ZERO),
            "product_id": item.get("product_id"),
            "qty": quantities[item["item_id"]],
            "sku": item["sku"],
        }
        for item in body["items"]
        if quantities.get(item["item_id"]) and item.get("parent_item_id") is None
    ]
    document: Body = {
        "billing_address_id": body.get("billing_address_id"),
        "created_at": now,
        "entity_id": number,
        "increment_id": f"{number:09d}",
        "order_id": order.entity_id,
        "packages": [],
        "store_id": body.get("store_id", 1),
        "total_qty": sum((item["qty"] for item in items), ZERO),
        "updated_at": now,
        "items": items,
        "tracks": [],
        "comments": [],
    }
    return Document(Kind.SHIPMENT, document), _counted(order, {}, quantities, "shipped")


def _chosen(
    order: Document, wanted: dict[int, Decimal] | None, done: str, of: str = "qty_ordered"
) -> dict[int, Decimal]:
    """Quantity per item id, children following their parent. Raises ControlError for more than is left, or nothing."""
    chosen: dict[int, Decimal] = {}
    items = {item["item_id"]: item for item in order.body["items"]}
    for number, item in items.items():
        canceled = stored(item, "qty_canceled") if of == "qty_ordered" else ZERO
        left = stored(item, of) - stored(item, done) - canceled
        parent = items.get(item.get("parent_item_id", 0))
        if done == "qty_shipped" and (item if parent is None else parent).get("is_virtual"):
            continue
        if parent is not None:
            share = chosen.get(parent["item_id"], ZERO) / stored(parent, "qty_ordered")
            chosen[number] = min(stored(item, "qty_ordered") * share, left)
            continue
        asked = left if wanted is None else wanted.get(number, ZERO)
        if asked < 0 or asked > left:
            raise ControlError(409, f"item {number} of order {order.entity_id} has {left:f} left, not {asked:f}")
        chosen[number] = asked
    if not any(chosen.values()):
        raise ControlError(409, f"nothing is left of order {order.entity_id} to do that with")
    return chosen


def _lines(order: Document, quantities: dict[int, Decimal], done: str) -> dict[int, dict[str, Decimal]]:
    """Money per item id; parents of dynamic bundles and children of the others carry none."""
    rows = row_totals(order.body, already_raw=not (order.as_shown or order.recorded))
    bearers = _bearers(order.body, rows)
    carry: dict[str, Decimal] = {}
    lines: dict[int, dict[str, Decimal]] = {}
    for item in order.body["items"]:
        number, quantity = item["item_id"], quantities.get(item["item_id"], ZERO)
        if number not in bearers or not quantity:
            continue
        ordered = stored(item, "qty_ordered")
        share = quantity / ordered
        last = stored(item, f"qty_{done}") + quantity == ordered
        amounts = {}
        for name in _SHARED:
            whole = rows[number] if name == "row_total" else stored(item, name)
            already = Decimal(item.get(_DONE.get(name, "discount_tax_compensation_{}").format(done)) or 0)
            if last:
                amounts[name] = whole - already
                continue
            exact = whole * share + carry.get(name, ZERO)
            amounts[name] = cents(exact)
            carry[name] = exact - amounts[name]
        lines[number] = amounts
    return lines


def _bearers(body: Body, rows: dict[int, Decimal]) -> set[int]:
    """Items that carry the money: a dynamic bundle's children instead of their parent."""
    children: dict[int, list[int]] = {}
    for item in body["items"]:
        if item.get("parent_item_id") is not None:
            children.setdefault(item["parent_item_id"], []).append(item["item_id"])
    bearers: set[int] = set()
    for item in body["items"]:
        number = item["item_id"]
        if item.get("parent_item_id") is None:
            below = children.get(number, [])
            bearers |= set(below) if any(rows[child] for child in below) else {number}
    return bearers


def _totals(lines: dict[int, dict[str, Decimal]], body: Body, *, with_shipping: bool, kind: str) -> dict[str, Decimal]:
    def total(name: str) -> Decimal:
        return sum((line[name] for line in lines.values()), ZERO)

    def shipping(name: str) -> Decimal:
        return Decimal(body.get(name) or 0) if with_shipping else ZERO

    hidden = shipping("shipping_discount_tax_compensation_amount")
    totals = {
        "subtotal": total("row_total"),
        "shipping_amount": shipping("shipping_amount"),
        "shipping_incl_tax": shipping("shipping_incl_tax"),
        "shipping_tax_amount": shipping("shipping_tax_amount"),
        "tax_amount": total("tax_amount") + shipping("shipping_tax_amount"),
        "discount_tax_compensation_amount": total("discount_tax_compensation_amount"),
        "shipping_discount_tax_compensation_amount": hidden,
        "discount_amount": -(total("discount_amount") + shipping("shipping_discount_amount")),
    }
    summed = ("subtotal", "shipping_amount", "tax_amount", "discount_tax_compensation_amount", "discount_amount")
    totals["grand_total"] = sum((totals[name] for name in summed), ZERO) + hidden
    totals["subtotal_incl_tax"] = totals["subtotal"] + total("tax_amount") + total("discount_tax_compensation_amount")
    if kind == "creditmemo":  # there the items' column holds the shipping's hidden tax too
        totals["discount_tax_compensation_amount"] += hidden
    return totals


def _document(
    shop: Shop,
    order: Document,
    kind: Kind,
    lines: dict[int, dict[str, Decimal]],
    totals: dict[str, Decimal],
    quantities: dict[int, Decimal],
) -> Document:
    number, now = shop.next_id(kind), shop.now()
    base = {f"base_{name}": value for name, value in totals.items()}
    base["base_shipping_discount_tax_compensation_amnt"] = base.pop("base_shipping_discount_tax_compensation_amount")
    items = []
    for item in order.body["items"]:
        amounts = lines.get(item["item_id"], {})
        row: Body = {
            "entity_id": shop.next_id(f"{kind}_item"),
            "name": item["name"],
            "order_item_id": item["item_id"],
            "parent_id": number,
            "price": item.get("price", ZERO) if amounts else ZERO,
            "product_id": item.get("product_id"),
            "qty": quantities.get(item["item_id"], ZERO),
            "sku": item["sku"],
            **amounts,
            **{f"base_{name}": value for name, value in amounts.items()},
        }
        if amounts:
            hidden = amounts["discount_tax_compensation_amount"]
            row["row_total_incl_tax"] = amounts["row_total"] + amounts["tax_amount"] + hidden
            row["price_incl_tax"] = item.get("price_incl_tax", ZERO)
        items.append({name: value for name, value in row.items() if value is not None})
    carried = {name: order.body[name] for name in _CARRIED if name in order.body}
    body: Body = {
        **base,
        **totals,
        **carried,
        "created_at": now,
        "entity_id": number,
        "increment_id": f"{number:09d}",
        "order_id": order.entity_id,
        "updated_at": now,
        "items": items,
        "comments": [],
    }
    return Document(kind, body)


def _counted(order: Document, lines: dict[int, dict[str, Decimal]], quantities: dict[int, Decimal], done: str) -> Body:
    """The order's row with the counters of its items moved on."""
    items = []
    for item in order.body["items"]:
        changed = dict(item)
        changed[f"qty_{done}"] = stored(item, f"qty_{done}") + quantities.get(item["item_id"], ZERO)
        amounts = lines.get(item["item_id"], {})
        for name, amount in amounts.items():
            column = _DONE.get(name, "discount_tax_compensation_{}").format(done)
            column = "amount_refunded" if column == "row_refunded" else column
            changed[column] = stored(item, column) + amount
            changed[f"base_{column}"] = changed[column]
        items.append(changed)
    return {**order.body, "items": items}
