"""From the shop's documents to the engine's figures and back."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from sandbox.magento import columns, php_json
from sandbox.magento.aftersale.open_quantities import bears_no_money
from sandbox.magento.aftersale.order import CURRENCIES, Fee, Figures, Issued, Line, Order, Rules
from sandbox.magento.aftersale.rounding import ZERO
from sandbox.magento.aftersale.states import Standing
from sandbox.magento.config import Config
from sandbox.magento.life.copying import SHIPS_APART
from sandbox.magento.order_items import embed
from sandbox.magento.raw_rows import row_totals
from sandbox.magento.shop import Body, Document, Kind, Shop
from shared import wire

STORED = Decimal("0.0001")  # amounts are decimal(20,4)
CUT_OFF = {
    "base_shipping_discount_tax_compensation_amount": "base_shipping_discount_tax_compensation_amnt",
    "base_weee_tax_applied_row_amount": "base_weee_tax_applied_row_amnt",
}
_FULL = {cut: full for full, cut in CUT_OFF.items()}
INVOICE_CANCELED = 3
_DIGITS = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,8})?")  # exports write amounts as text

_QUANTITIES = ("qty_invoiced", "qty_shipped", "qty_refunded", "qty_canceled")
_COUNTERS = (
    "row_invoiced", "tax_invoiced", "discount_invoiced", "discount_tax_compensation_invoiced",
    "amount_refunded", "tax_refunded", "discount_refunded", "discount_tax_compensation_refunded",
)  # fmt: skip
_ITEM_COLUMNS = (
    *_QUANTITIES, *_COUNTERS, *(f"base_{name}" for name in _COUNTERS), "tax_canceled",
    "discount_tax_compensation_canceled",
)  # fmt: skip
_FEE_COUNTERS = tuple(
    f"{prefix}{name}_{done}"
    for prefix in ("", "base_")
    for name in ("weee_amount", "weee_tax_amount")
    for done in ("invoiced", "refunded")
)


def rules(config: Config, *, fees_in_subtotal: bool) -> Rules:
    return Rules(
        weee_in_subtotal=fees_in_subtotal,
        shipping_display_incl_tax=config.sales_shipping_incl_tax,
        tax_after_discount=config.sales_tax_after_discount,
        to_ship=config.qty_to_ship,
    )


def read(shop: Shop, document: Document) -> Order:
    """The order, its lines and its earlier documents."""
    body = document.body
    already_raw = not (document.as_shown or document.recorded)
    rows = {currency.prefix: row_totals(body, already_raw, currency.prefix) for currency in CURRENCIES}
    lines = [_line(item, rows, already_raw) for item in body["items"]]
    by_code = {line.code: line for line in lines}
    for item, line in zip(body["items"], lines, strict=True):
        if (parent := by_code.get(str(item.get("parent_item_id")))) is not None:
            line.parent = parent
            parent.children.append(line)
    apart = set(document.hidden.get(SHIPS_APART) or ())
    for line in lines:
        line.ship_separately = int(line.code) in apart
        _relate(line)
    found = figures(body)
    order = Order(found, lines, rules(shop.config, fees_in_subtotal=_fees_in_subtotal(found, lines)))
    order.documents = [
        _issued(one) for kind in (Kind.INVOICE, Kind.CREDITMEMO) for one in shop.of_order(kind, document.entity_id)
    ]
    return order


def standing(shop: Shop, document: Document, order: Order | None = None) -> Standing:
    """The order with the state that its row has."""
    order = order or read(shop, document)
    invoices = shop.of_order(Kind.INVOICE, document.entity_id)
    return Standing(
        order,
        str(document.body.get("state") or ""),
        is_virtual=bool(document.body.get("is_virtual")),
        open_invoices=any(one.body.get("state") == 1 for one in invoices),
        completion=shop.config.completion,
    )


def written(body: Body, order: Order) -> Body:
    """The order's row with the counters the engine moved."""
    changed = dict(body)
    for name, value in order.figures.items():
        column = CUT_OFF.get(name, name)
        if column in columns.ORDER and _counts(column) and (value or column in body):
            changed[column] = amount(value)
    for prefix in ("", "base_"):
        if f"{prefix}grand_total" not in body:
            continue
        due = order.amount(f"{prefix}grand_total") - order.amount(f"{prefix}total_paid")
        changed[f"{prefix}total_due"] = amount(max(due, ZERO))
    lines = {line.code: line for line in order.lines}
    changed["items"] = [_item(item, lines[str(item["item_id"])]) for item in body["items"]]
    return embed(changed)


def figures(body: Body) -> Figures:
    """Every number of a row, under the engine's names."""
    found: Figures = {}
    for name, value in body.items():
        number = _number(value)
        if number is not None:
            found[_FULL.get(name, name)] = number
    return found


def shown(found: Figures, names: frozenset[str]) -> Body:
    """The engine's figures as columns of a document; those that the document doesn't have are left out."""
    return {CUT_OFF.get(name, name): amount(value) for name, value in found.items() if CUT_OFF.get(name, name) in names}


def amount(value: Decimal) -> Decimal:
    """As the database keeps it."""
    return value.quantize(STORED).normalize() + ZERO


def _counts(column: str) -> bool:
    return column.endswith(("_invoiced", "_refunded", "_canceled", "_paid", "_cost")) or "adjustment" in column


def _line(item: Body, rows: dict[str, dict[int, Decimal]], already_raw: bool) -> Line:
    found = figures(item)
    number = item["item_id"]
    for currency in CURRENCIES:
        found[currency.column("row_total")] = rows[currency.prefix][number]
        if not already_raw:
            found[currency.column("row_total_incl_tax")] = _gross(item, found, currency.prefix)
    line = Line(
        str(number),
        found,
        product_type=str(item.get("product_type") or "simple"),
        is_virtual=bool(item.get("is_virtual")),
        whole_pieces=not item.get("is_qty_decimal") and not found.get("qty_ordered", ZERO) % 1,
        locked_do_invoice=bool(item.get("locked_do_invoice")),
        locked_do_ship=bool(item.get("locked_do_ship")),
        name=str(item.get("name") or ""),
        sku=str(item.get("sku") or ""),
    )
    # Parents repeat the fees of their children, without the row amount.
    for fee in _fees(item) if found.get("weee_tax_applied_row_amount") else ():
        known = {name: Decimal(str(fee[name])) for name in fee if "row_amount" in name}
        line.fees.append(Fee(str(fee.get("title", "")), known))
        for name, value in known.items():
            prefix = "base_" if name.startswith("base_") else ""
            column = f"{prefix}weee_{name.removeprefix(prefix)}"
            found[column] = found.get(column, ZERO) + value
    if line.fees:
        found |= {name: Decimal(str(_fees(item)[0].get(name) or 0)) for name in _FEE_COUNTERS}
    return line


def _gross(item: Body, found: Figures, prefix: str) -> Decimal:
    """REST shows totals with tax after discount; before it they are the price with tax times the quantity."""
    price = found.get(f"{prefix}price_incl_tax")
    if price is not None:
        return price * found.get("qty_ordered", ZERO)
    names = ("row_total", "tax_amount", "discount_tax_compensation_amount")
    return sum((found.get(prefix + name, ZERO) for name in names), ZERO)


def _fees_in_subtotal(found: Figures, lines: list[Line]) -> bool:
    """Whether the order was placed with its fixed product taxes in the subtotal: then it is more than the rows."""
    bearers = [line for line in lines if not bears_no_money(line)]
    fees = sum((line.amount("weee_row_amount") for line in bearers), ZERO)
    rows = sum((line.amount("row_total") for line in bearers), ZERO)
    return bool(fees) and found.get("subtotal", ZERO) == rows + fees


def _relate(line: Line) -> None:
    """A bundle's priced selections carry its money; each selection comes so many times in one bundle."""
    if line.product_type != "bundle":
        return
    line.children_calculated = any(child.amount("row_total") for child in line.children)
    ordered = line.amount("qty_ordered")
    for child in line.children:
        child.per_parent = child.amount("qty_ordered") / ordered if ordered else None


def _issued(document: Document) -> Issued:
    body = document.body
    quantities: dict[str, Decimal] = {}
    for item in body.get("items") or []:
        code = str(item.get("order_item_id"))
        quantities[code] = quantities.get(code, ZERO) + Decimal(item.get("qty") or 0)
    invoice = body.get("invoice_id")
    is_invoice = document.kind is Kind.INVOICE
    return Issued(
        "invoice" if is_invoice else "creditmemo",
        figures(body),
        canceled=body.get("state") == INVOICE_CANCELED,
        key=str(document.entity_id),
        invoice=None if invoice is None else str(invoice),
        quantities=quantities,
    )


def _item(item: Body, line: Line) -> Body:
    changed = dict(item)
    for name in _ITEM_COLUMNS:
        value = line.amount(name)
        if value or name in item:
            changed[name] = amount(value)
    fees = _fees(item)
    if fees and line.fees:
        counted = {name: str(amount(line.amount(name))) for name in _FEE_COUNTERS if line.amount(name)}
        changed["weee_tax_applied"] = php_json.encode([fee | counted for fee in fees])
    return changed


def _fees(item: Body) -> list[dict[str, Any]]:
    """The fixed product taxes of an item: a JSON text in its column."""
    text = item.get("weee_tax_applied")
    if not isinstance(text, str) or not text:
        return []
    try:
        entries = wire.decode(text.encode())
    except wire.NotJson:
        return []  # a recorded document may have anything there
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or value is None or isinstance(value, dict | list):
        return None
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        return None  # an edited order's number, 000000012-1, is none
    return Decimal(value)
