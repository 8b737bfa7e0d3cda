"""Cart totals, in the form of the magento-totals vectors.

A scenario file is one cart; a case file ("cases") holds lines below the cart level. Only figures under `expected` are
claimed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, get_args

from sandbox.magento.cart import Address, Buyer, Cart, Coupon, CouponAction, Item
from sandbox.magento.pricing import Priced, PricedLine, cart_taxes, price
from sandbox.magento.rates import RateGroup
from sandbox.magento.tax import ZERO, TaxCalculation, Taxed, TaxLine
from sandbox.magento.tax_settings import Place, TaxRate, TaxRule, TaxSettings
from sandbox.magento.vectors.report import UNKNOWN, Figure, names, unknown_keys

Document = Mapping[str, Any]
Taxes = dict[str, tuple[RateGroup, Decimal]]

_SHARED = names("name source source_version configuration tax_rates tax_rules store notes")
_SCENARIO = _SHARED | names(
    "run_by_magento configuration_overrides customer items shipping cart_rules expected earlier_expected"
)
_CASE_FILE = _SHARED | {"cases"}
_CASE = names(
    "name provider algorithm customer_tax_class shipping_address billing_address items expected overwritten_items"
    " store_id notes"
)
_CART_RULE = names(
    "name action discount_amount discount_step discount_qty apply_to_shipping stop_rules_processing notes"
)
_ITEM = names("sku type price custom_price qty tax_class")


def recognises(document: Document) -> bool:
    return "tax_rates" in document and ("cases" in document or "cart_rules" in document)


def vectors(document: Document) -> Iterator[tuple[str, Callable[[], Iterator[Figure]]]]:
    """Each vector's name and what plays it."""
    if "cases" not in document:
        yield document["name"], partial(_scenario, document)
        return
    yield document["name"], partial(unknown_keys, document["name"], document, _CASE_FILE)
    for case in document["cases"]:
        yield case["name"], partial(_case, document, case)


def _scenario(vector: Document) -> Iterator[Figure]:
    yield from unknown_keys(vector["name"], vector, _SCENARIO)
    for item in vector["items"]:
        yield from unknown_keys(f"{vector['name']} {item['sku']}", item, _ITEM)
        if item.get("type", "simple") != "simple":
            yield f"{vector['name']} {item['sku']} type", item["type"], UNKNOWN
    for rule in vector["cart_rules"]:
        yield from unknown_keys(f"{vector['name']} cart rule", rule, _CART_RULE)
        if rule["action"] not in get_args(CouponAction):
            yield f"{vector['name']} cart rule action", rule["action"], UNKNOWN
            return
    cart = _cart(vector)
    priced = price(cart)
    expected = vector["expected"]
    name = vector["name"]
    yield from _figures(f"{name} address", expected["address"], _address(priced), cart_taxes(priced.all_taxed()))
    lines = {item.sku: (item, priced.lines[str(number)]) for number, item in enumerate(cart.items)}
    for sku, figures in expected["items"].items():
        item, line = lines[sku]
        yield from _figures(
            f"{name} {sku}", figures, _item(line) | _repriced(item, line, cart.tax), _taxes([line.taxed])
        )


def _case(document: Document, case: Document) -> Iterator[Figure]:
    yield from unknown_keys(case["name"], case, _CASE)
    settings = _settings(document, document["configuration"] | {"tax/calculation/algorithm": case["algorithm"]})
    place = settings.place_for(*(_place_if_any(case.get(f"{kind}_address")) for kind in ("shipping", "billing")))
    calculation = TaxCalculation(settings, place, case.get("customer_tax_class") or settings.store_customer_class)
    result = calculation.run([_line(item) for item in case["items"]])
    name, expected = case["name"], case["expected"]
    counted = [taxed for taxed in result.values() if not taxed.is_parent]
    totals = {
        "subtotal": sum((taxed.row_total for taxed in counted), ZERO),
        "tax_amount": sum((taxed.row_tax for taxed in counted), ZERO),
        "discount_tax_compensation_amount": sum((taxed.compensation for taxed in counted), ZERO),
    }
    yield from _figures(name, {k: v for k, v in expected.items() if k != "items"}, totals, _taxes(counted))
    given = {item["code"]: item for item in case["items"]}
    for code, figures in expected["items"].items():
        ours = _taxed(result[code]) | {"row_tax": result[code].row_tax, "type": given[code]["type"]}
        ours["associated_item_code"] = given[code].get("associated_item_code")
        yield from _figures(f"{name} {code}", figures, ours, _taxes([result[code]]))


def _figures(path: str, expected: Document, ours: Document, taxes: Taxes) -> Iterator[Figure]:
    for name, value in expected.items():
        if name == "applied_taxes":
            yield from _applied(f"{path} applied_taxes", value, taxes)
        else:
            yield f"{path} {name}", value, ours.get(name.removeprefix("base_"), UNKNOWN)


def _taxes(lines: list[Taxed]) -> Taxes:
    """Tax by group as the calculation has it: also what is 0."""
    groups: Taxes = {}
    for one in (one for line in lines for one in line.applied):
        groups[one.group.id] = (one.group, groups.get(one.group.id, (one.group, ZERO))[1] + one.amount)
    return groups


def _applied(path: str, expected: Any, groups: Taxes) -> Iterator[Figure]:
    yield f"{path} ids", sorted(entry["id"] for entry in expected), sorted(groups)
    for entry in expected:
        group, amount = groups.get(entry["id"], (None, None))
        where = f"{path} {entry['id']}"
        yield f"{where} percent", entry["percent"], group and group.percent
        for name in ("amount", "base_amount"):
            if name in entry:
                yield f"{where} {name}", entry[name], amount
        rates = {rate.code: rate.percent for rate in group.rates} if group else {}
        for rate in entry.get("rates", []):
            yield f"{where} rate {rate['code']}", rate["percent"], rates.get(rate["code"])


def _address(priced: Priced) -> dict[str, Any]:
    return {
        "subtotal": priced.subtotal,
        "subtotal_incl_tax": priced.subtotal_incl_tax,
        "tax_amount": priced.tax_amount,
        "shipping_amount": priced.shipping.row_total,
        "shipping_incl_tax": priced.shipping.row_total_incl_tax,
        "shipping_taxable": ZERO,  # an old field, always 0
        "shipping_tax_amount": priced.shipping.row_tax,
        "discount_amount": priced.discount_amount,
        "discount_tax_compensation_amount": priced.compensation,
        "shipping_discount_tax_compensation_amount": priced.shipping.compensation,
        "grand_total": priced.grand_total,
    }


def _item(line: PricedLine) -> dict[str, Any]:
    figures = {"discount_amount": line.discount, "discount_percent": line.discount_percent}
    return _taxed(line.taxed) | figures | {"tax_amount": line.taxed.row_tax}


def _repriced(item: Item, line: PricedLine, settings: TaxSettings) -> dict[str, Any]:
    """Tax/Model/Sales/Total/Quote/CommonTaxCollector writes the net price over a cart item's custom_price, unless tax
    is on the original price; original_custom_price stays as it was put in."""
    net = item.custom_price if settings.tax_on_original_price or not item.custom_price else line.taxed.price
    return {"custom_price": net, "original_custom_price": item.custom_price}


def _taxed(taxed: Taxed) -> dict[str, Any]:
    return {
        "price": taxed.price,
        "price_incl_tax": taxed.price_incl_tax,
        "row_total": taxed.row_total,
        "row_total_incl_tax": taxed.row_total_incl_tax,
        "tax_percent": taxed.percent,
        "discount_tax_compensation_amount": taxed.compensation,
    }


def _cart(vector: Document) -> Cart:
    customer, shipping = vector["customer"], vector["shipping"]
    billing = _full_address(customer["billing_address"])
    return Cart(
        items=tuple(_cart_item(item) for item in vector["items"]),
        buyer=Buyer(email="buyer@example.com", tax_class=customer["tax_class"]),
        billing=billing,
        shipping=_full_address(customer["shipping_address"]) if "shipping_address" in customer else billing,
        shipping_amount=Decimal(shipping["amount"]),
        coupons=tuple(_coupon(rule) for rule in vector["cart_rules"]),
        tax=_settings(vector, vector["configuration"]),
    )


def _cart_item(item: Document) -> Item:
    custom = item.get("custom_price")
    return Item(
        sku=item["sku"],
        name=item["sku"],
        price=Decimal(item["price"]),
        custom_price=None if custom is None else Decimal(custom),
        qty=Decimal(item["qty"]),
        tax_class=_class(item.get("tax_class", "product_tax_class_1")),
    )


def _coupon(rule: Document) -> Coupon:
    return Coupon(
        action=rule["action"],
        amount=Decimal(rule["discount_amount"]),
        step=Decimal(rule.get("discount_step") or 0),
        quantity=Decimal(rule.get("discount_qty") or 0) or None,
        apply_to_shipping=rule.get("apply_to_shipping") == "1",
        stop_rules_processing=rule.get("stop_rules_processing", "1") == "1",
    )


def _line(item: Document) -> TaxLine:
    return TaxLine(
        code=item["code"],
        unit_price=Decimal(item["unit_price"]),
        quantity=Decimal(item["qty"]),
        tax_class=_class(item.get("tax_class")),
        includes_tax=bool(item["price_includes_tax"]),
        discount=Decimal(item.get("discount_amount") or 0),
        parent=item.get("parent_code"),
        associated=item.get("associated_item_code"),
    )


def _class(name: str | None) -> str | None:
    """Magento's class 0 is none."""
    return None if name in (None, "", "0") else name


def _settings(vector: Document, configuration: Document) -> TaxSettings:
    def on(name: str) -> bool:
        return str(configuration.get(f"tax/calculation/{name}", "0")) == "1"

    return TaxSettings(
        algorithm=configuration["tax/calculation/algorithm"],
        price_includes_tax=on("price_includes_tax"),
        shipping_includes_tax=on("shipping_includes_tax"),
        apply_after_discount=on("apply_after_discount"),
        discount_tax=on("discount_tax"),
        cross_border=on("cross_border_trade_enabled"),
        based_on=configuration.get("tax/calculation/based_on", "shipping"),
        tax_on_original_price=on("apply_tax_on"),
        default_place=Place(
            country=configuration.get("tax/defaults/country", "US"),
            region_id=int(configuration.get("tax/defaults/region") or 0),
            postcode=configuration.get("tax/defaults/postcode") or "*",
        ),
        shipping_tax_class=_class(configuration.get("tax/classes/shipping_tax_class", "0")),
        rates=tuple(_rate(rate) for rate in vector["tax_rates"]),
        rules=tuple(_rule(rule) for rule in vector["tax_rules"]),
        origin=_place(vector["store"]["shipping_origin"]),
        store_customer_class=vector["store"]["customer_tax_class_for_store_rate"],
    )


def _rate(rate: Document) -> TaxRate:
    region = rate["region_id"]
    return TaxRate(
        code=rate["code"],
        percent=Decimal(rate["percent"]),
        country=rate["country"],
        region_id=None if region in ("*", "0") else int(region),
        postcode=rate["postcode"],
    )


def _rule(rule: Document) -> TaxRule:
    return TaxRule(
        code=rule["code"],
        rates=tuple(rule["rates"]),
        customer_classes=tuple(rule["customer_tax_classes"]),
        product_classes=tuple(rule["product_tax_classes"]),
        priority=int(rule["priority"]),
        calculate_subtotal=rule["calculate_subtotal"] == "1",
    )


def _place_if_any(address: Document | None) -> Place | None:
    return None if not address or not address.get("country") else _place(address)


def _place(address: Document) -> Place:
    region = str(address.get("region_id") or "0")
    return Place(
        country=address["country"],
        region_id=int(region) if region.isdigit() else None,
        postcode=address.get("postcode") or "",
    )


def _full_address(address: Document) -> Address:
    place = _place(address)
    return Address(
        firstname="Buyer",
        lastname="Example",
        street=("1 Main Street",),
        city="Anywhere",
        region=str(address.get("region") or ""),
        region_id=place.region_id,
        postcode=place.postcode,
        country=place.country,
    )
