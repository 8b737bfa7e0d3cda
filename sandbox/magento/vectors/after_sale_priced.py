"""The order of an integration or functional vector: what the source leaves out is priced by the shop engine, what it
states overrules that."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.magento.aftersale.order import Fee, Figures, Line, Order
from sandbox.magento.aftersale.rounding import ZERO, cents
from sandbox.magento.cart import Address, Buyer, Cart, Child, Coupon, Item
from sandbox.magento.pricing import Priced, price
from sandbox.magento.tax_settings import SHIPPING, Algorithm, TaxRate, TaxRule, TaxSettings
from sandbox.magento.vectors.after_sale_given import columns, lines_of, rules
from sandbox.magento.vectors.report import names

Document = Mapping[str, Any]

_ORDER = names("items configuration totals base_currency order_currency state status is_virtual shipping_price")
_CONFIGURATION = names(
    "tax_rate tax_on_shipping tax_after_discount cart_rule coupon shipping tax_algorithm prices_include_tax"
    " shipping_price shipping_includes_tax sales_display_shipping weee_in_subtotal discount_on_gross"
)
# They tell what was clicked or shown, and move no figure.
_WORDS = names("payment payment_method shipping_method free_shipping display sales_display locale admin_locale")
_ALGORITHMS: dict[str, Algorithm] = {
    "unit": "UNIT_BASE_CALCULATION",
    "row": "ROW_BASE_CALCULATION",
    "total": "TOTAL_BASE_CALCULATION",
}
# Names under which the admin shows totals; they state nothing about columns.
_SHOWN = names(
    "subtotal_excl_tax subtotal_incl_tax grand_total_excl_tax grand_total_incl_tax shipping_excl_tax shipping_incl_tax"
    " weee_incl_tax weee_excl_tax"
)
_NOWHERE = Address(firstname="B", lastname="E", street=("1 Main St",), city="A", region="CA", postcode="90034")


def order_of(vector: Document) -> tuple[Order, dict[str, Any]]:
    """The order before any document, and what the vector says that there is no rule for."""
    given, configuration = vector.get("order", {}), _configuration(vector)
    lines, unknown = lines_of(given)
    stated, strange = columns(given, _ORDER)
    totals, strange_totals = columns(given.get("totals", {}), _SHOWN)
    unknown |= strange | {f"totals {path}": value for path, value in strange_totals.items()}
    unknown |= {
        f"configuration {name!r}": value for name, value in configuration.items() if name not in _CONFIGURATION | _WORDS
    }
    order = Order({}, lines, rules(vector))
    priced = [line for line in lines if line.parent is None and _has_price(line)]
    for line in priced:  # a bundle is priced by its selections unless it has a price of its own
        line.children_calculated = line.product_type == "bundle" and not _states_price(line)
    for prefix in ("", "base_") if priced else ():
        _price(order, priced, given, configuration, prefix)
    _overrule(order, stated | totals)
    return order, unknown


def _configuration(vector: Document) -> dict[str, Any]:
    return {**vector.get("order", {}).get("configuration", {}), **vector.get("configuration", {})}


def _has_price(line: Line) -> bool:
    return _states_price(line) or any(_states_price(child) for child in line.children)


def _states_price(line: Line) -> bool:
    return any("price" in name for name in line.figures)


def _price(order: Order, lines: list[Line], given: Document, configuration: Document, prefix: str) -> None:
    """Price the cart in one currency and write the columns of order and lines."""
    rate = Decimal(given.get("base_to_order_rate", 1))
    priced = price(_cart(lines, given, configuration, prefix, rate))
    fees = fee_tax = ZERO
    for number, line in enumerate(lines):
        line.figures |= _line_figures(priced, str(number), prefix)
        if line.children_calculated:
            for index, child in enumerate(line.children):
                child.figures |= _line_figures(priced, f"{number}.{index}", prefix)
        fee, incl_tax = _fee(line, given, configuration)
        line.figures |= {f"{prefix}weee_row_amount": fee, f"{prefix}weee_row_amount_incl_tax": incl_tax}
        fees, fee_tax = fees + fee, fee_tax + incl_tax - fee
        if fee:
            line.fees = line.fees or [Fee("weee", {})]
            line.fees[0].figures |= {f"{prefix}row_amount": fee, f"{prefix}row_amount_incl_tax": incl_tax}
    shipping = priced.shipping
    figures = {
        "subtotal": priced.subtotal,
        "subtotal_incl_tax": priced.subtotal_incl_tax,
        "discount_amount": priced.discount_amount,
        "tax_amount": priced.tax_amount + fee_tax,
        "discount_tax_compensation_amount": priced.compensation,
        "shipping_amount": shipping.row_total,
        "shipping_incl_tax": shipping.row_total_incl_tax,
        "shipping_tax_amount": shipping.row_tax,
        "shipping_discount_amount": priced.shipping_discount,
        "shipping_discount_tax_compensation_amount": shipping.compensation,
        "grand_total": priced.grand_total + fees + fee_tax,
    }
    if order.rules.weee_in_subtotal:
        figures["subtotal"] += fees
    order.figures |= {prefix + name: value for name, value in figures.items()}


def _line_figures(priced: Priced, code: str, prefix: str) -> Figures:
    line = priced.lines[code]
    figures = {
        "row_total": line.taxed.row_total,
        "row_total_incl_tax": line.taxed.row_total_incl_tax,
        "tax_amount": line.taxed.row_tax,
        "discount_amount": line.discount,
        "discount_tax_compensation_amount": line.taxed.compensation,
    }
    return {prefix + name: value for name, value in figures.items()}


def _fee(line: Line, given: Document, configuration: Document) -> tuple[Decimal, Decimal]:
    """The row's fee without and with tax. With tax-inclusive prices the fee includes it too."""
    fee = line.amount("weee_per_piece") * line.amount("qty_ordered")
    percent = Decimal(configuration.get("tax_rate", 0))
    if _includes_tax([line], configuration):
        return fee - cents(fee * percent / (100 + percent)), fee
    return fee, fee + cents(fee * percent / 100)


def _cart(lines: list[Line], given: Document, configuration: Document, prefix: str, rate: Decimal) -> Cart:
    includes_tax = _includes_tax(lines, configuration)
    tax_rate = Decimal(configuration.get("tax_rate", 0))
    shipping, incl_tax = _shipping(given, configuration, prefix, rate)
    on_shipping = configuration.get("tax_on_shipping", incl_tax is not None and incl_tax != shipping)
    settings = TaxSettings(
        algorithm=_ALGORITHMS[configuration.get("tax_algorithm", "total")],
        price_includes_tax=includes_tax,
        shipping_includes_tax=bool(configuration.get("shipping_includes_tax", False)),
        apply_after_discount=bool(configuration.get("tax_after_discount", True)),
        discount_tax=bool(configuration.get("discount_on_gross", False)),
        cross_border=True,
        shipping_tax_class=SHIPPING if on_shipping else None,
        rates=(TaxRate(code="T", percent=tax_rate),) if tax_rate else (),
        rules=(TaxRule(code="R", rates=("T",), product_classes=("Taxable Goods", SHIPPING)),) if tax_rate else (),
    )
    return Cart(
        items=tuple(_item(line, prefix, rate) for line in lines),
        buyer=Buyer(email="buyer@example.com"),
        billing=_NOWHERE,
        shipping_amount=shipping,
        coupons=_coupons(configuration),
        tax=settings,
    )


def _item(line: Line, prefix: str, rate: Decimal) -> Item:
    """Children that carry no money are left out."""
    ordered = line.amount("qty_ordered")
    if not line.children_calculated:
        return Item(sku=line.code, name=line.code, price=_unit(line, prefix, rate), qty=ordered)
    children = tuple(
        Child(
            sku=child.code,
            name=child.code,
            price=_unit(child, prefix, rate),
            qty=child.per_parent or child.amount("qty_ordered") / ordered,
        )
        for child in line.children
    )
    return Item(sku=line.code, name=line.code, type="bundle_dynamic", qty=ordered, children=children)


def _includes_tax(lines: list[Line], configuration: Document) -> bool:
    return bool(configuration.get("prices_include_tax", any("price_incl_tax" in line.figures for line in lines)))


def _unit(line: Line, prefix: str, rate: Decimal) -> Decimal:
    """The price in the currency that is priced; converted when only the other is stated."""
    for name in ("price_incl_tax", "price"):
        order, base = line.figures.get(name), line.figures.get(f"base_{name}")
        if prefix and (base is not None or order is not None):
            return base if base is not None else cents((order or ZERO) / rate)
        if not prefix and (base is not None or order is not None):
            return order if order is not None else cents((base or ZERO) * rate)
    return ZERO


def _shipping(given: Document, configuration: Document, prefix: str, rate: Decimal) -> tuple[Decimal, Decimal | None]:
    """The shipping without tax, and with tax where that is stated."""
    places = ({**given.get("totals", {}), **given}, configuration)
    names_ = (f"{prefix}shipping_amount", f"{prefix}shipping_excl_tax", f"{prefix}shipping_price")
    stated = _first(places, names_)
    other = _first(places, tuple(name.removeprefix("base_") if prefix else f"base_{name}" for name in names_))
    if stated is None and other is not None:
        stated = cents(other / rate) if prefix else cents(other * rate)
    return stated or ZERO, _first(places, (f"{prefix}shipping_incl_tax", "shipping_incl_tax", "base_shipping_incl_tax"))


def _first(places: tuple[Document, ...], wanted: tuple[str, ...]) -> Decimal | None:
    return next((Decimal(place[name]) for place in places for name in wanted if name in place), None)


def _coupons(configuration: Document) -> tuple[Coupon, ...]:
    rule = configuration.get("cart_rule") or configuration.get("coupon")
    if not rule:
        return ()
    return (
        Coupon(
            action=rule["type"],
            amount=Decimal(rule["amount"]),
            apply_to_shipping=bool(rule.get("applies_to_shipping", False)),
        ),
    )


def _overrule(order: Order, stated: Figures) -> None:
    """Stated columns stand; one stated in a single currency stands for both when there is only one."""
    order.figures |= stated
    if order.amount("base_to_order_rate") in (ZERO, Decimal(1)):
        for name, value in stated.items():
            other = name.removeprefix("base_") if name.startswith("base_") else f"base_{name}"
            if other not in stated:
                order.figures[other] = value
