"""What a magento-after-sale vector states, read into the engine's terms."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.magento.aftersale.order import Fee, Figures, Issued, Line, Order, Rules, ToShip
from sandbox.magento.vectors.report import names

Document = Mapping[str, Any]
READINGS: tuple[ToShip, ...] = ("sum", "larger")

_ITEM_TEXT = names(
    "type role shipment parent_shipment children_calculated parent_children_calculated children is_virtual"
    " is_qty_decimal has_children name sku product_type"
)
_ORDER_TEXT = names("items configuration totals base_currency order_currency state status is_virtual")
_PREVIOUS_TEXT = names("kind items totals is_canceled from_invoice shipping")
_SUFFIXES = ("amount", "invoiced", "refunded", "canceled", "incl_tax", "total", "percent", "cost", "price")
_QUANTITIES = names(
    "qty qty_ordered qty_invoiced qty_refunded qty_shipped qty_canceled qty_backordered qty_returned qty_per_bundle"
)
_PLAIN = names("subtotal grand_total total_paid total_due total_qty base_to_order_rate adjustment")
_ADJUSTMENTS = names("adjustment_positive adjustment_negative total_qty_ordered weee_per_piece shipping_tax_rate")


def columns(document: Document, text: frozenset[str] = frozenset()) -> tuple[Figures, dict[str, Any]]:
    """The figures of a document, and what it says that the sandbox has no rule for."""
    figures: Figures = {}
    unknown: dict[str, Any] = {}
    for name, value in document.items():
        if name in text:
            continue
        number = _number(value)
        if number is None or not _is_column(name):
            unknown[f"key {name!r}"] = value
        else:
            figures[_full(name)] = number
    return figures, unknown


def lines_of(order: Document) -> tuple[list[Line], dict[str, Any]]:
    """The order's lines, parents before their children."""
    lines: list[Line] = []
    unknown: dict[str, Any] = {}
    for code, item in order.get("items", {}).items():
        line, strange = _line(code, item)
        lines.append(line)
        unknown |= {f"{code} {path}": value for path, value in strange.items()}
        for child_code, child in item.get("children", {}).items():
            below, strange = _line(child_code, child)
            below.parent = line
            line.children.append(below)
            lines.append(below)
            unknown |= {f"{child_code} {path}": value for path, value in strange.items()}
            below.per_parent = below.figures.pop("qty_per_bundle", None) or _each(below, line)
    return lines, unknown


def order_of(vector: Document) -> tuple[Order, dict[str, Any]]:
    """The order as a unit vector states it, with its earlier documents."""
    given = vector.get("order", {})
    lines, unknown = lines_of(given)
    figures, strange = columns(given, _ORDER_TEXT)
    order = Order(figures, lines, rules(vector))
    for number, entry in enumerate(vector.get("previous", [])):
        one, odd = issued(entry, str(number))
        strange |= {f"previous {number} {path}": value for path, value in odd.items()}
        invoices = order.live_invoices()
        if one.kind == "creditmemo" and entry.get("from_invoice") and invoices:
            one.invoice = invoices[-1].key
        order.documents.append(one)
    return order, unknown | strange


def rules(vector: Document) -> Rules:
    configuration = vector.get("order", {}).get("configuration", {}) | vector.get("configuration", {})
    text = str(vector.get("scope", "")).lower()
    included = "included in subtotal" in text and "not included in subtotal" not in text
    display = str(configuration.get("sales_display_shipping", ""))
    return Rules(
        weee_in_subtotal=included or bool(configuration.get("weee_in_subtotal", False)),
        shipping_display_incl_tax=display in ("including_tax", "incl_tax", "including"),
        tax_after_discount=bool(configuration.get("tax_after_discount", True)),
        to_ship="sum",
    )


def issued(entry: Document, key: str) -> tuple[Issued, dict[str, Any]]:
    """An earlier document of a unit vector: its figures, stated under totals or beside."""
    beside, unknown = columns(entry, _PREVIOUS_TEXT)
    figures, strange = columns(entry.get("totals", {}))
    one = Issued(
        entry["kind"],
        beside | figures,
        canceled=bool(entry.get("is_canceled", False)),
        key=key,
        quantities={code: Decimal(quantity) for code, quantity in entry.get("items", {}).items()},
    )
    return one, unknown | strange


def _line(code: str, item: Document) -> tuple[Line, dict[str, Any]]:
    figures, unknown = columns(item, _ITEM_TEXT)
    if "qty" in figures:
        figures["qty_ordered"] = figures.pop("qty")
    line = Line(code, figures, product_type=str(item.get("type", item.get("product_type", "simple"))))
    line.whole_pieces = not item.get(
        "is_qty_decimal", any(value % 1 for name, value in figures.items() if "qty" in name)
    )
    line.is_virtual = bool(item.get("is_virtual", False))
    line.children_calculated = bool(item.get("children_calculated", False))
    line.ship_separately = item.get("shipment") == "separately"
    if item.get("role") == "parent" or item.get("has_children") is True:
        line.children.append(Line(f"{code} child", {}, parent=line))
    elif item.get("role") == "child":
        line.parent = Line(f"{code} parent", {}, children=[line])
        line.parent.children_calculated = bool(item.get("parent_children_calculated", False))
        line.parent.ship_separately = item.get("parent_shipment") == "separately"
    if "weee_row_amount" in figures or "base_weee_row_amount" in figures:
        whole = {name.replace("weee_", ""): value for name, value in figures.items() if "weee_row_amount" in name}
        line.fees = [Fee("weee", whole)]
    return line, unknown


def _each(child: Line, parent: Line) -> Decimal | None:
    ordered = parent.amount("qty_ordered")
    return child.amount("qty_ordered") / ordered if ordered and parent.product_type == "bundle" else None


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def _is_column(name: str) -> bool:
    plain = name.removeprefix("base_")
    known = plain in _QUANTITIES | _PLAIN | _ADJUSTMENTS or name in _PLAIN
    return known or plain.endswith(_SUFFIXES) or plain.endswith(("_amnt",))


def _full(name: str) -> str:
    """Under the names of the engine: none cut off, one word for the counter of refunded shipping."""
    full = name.removesuffix("_amnt") + "_amount" if name.endswith("_amnt") else name
    return full.replace("shipping_amount_refunded", "shipping_refunded")
