"""The shop's tax tables: as they are at first, and as the settings that carts are priced with."""

from __future__ import annotations

from typing import Any

from sandbox.magento.shop import Document, Kind, Shop
from sandbox.magento.tax_settings import CUSTOMERS, GOODS, TaxRate, TaxRule, TaxSettings

PRODUCT, CUSTOMER = "PRODUCT", "CUSTOMER"
_FIRST_OWN_CLASS = 4  # 2 and 3 are those of the installation


def furnish(shop: Shop) -> None:
    """Fill an empty shop: the two classes of Magento's installation, and what the configuration's settings name."""
    if next(shop.documents(Kind.TAX_CLASS), None) is not None:
        return
    settings = shop.config.tax
    names = [(GOODS, PRODUCT), (CUSTOMERS, CUSTOMER)]
    for rule in settings.rules:
        names += [(name, PRODUCT) for name in rule.product_classes] + [
            (name, CUSTOMER) for name in rule.customer_classes
        ]
    for number, (name, kind) in enumerate(dict.fromkeys(names), start=2):
        _put(shop, Kind.TAX_CLASS, {"class_id": number, "class_name": name, "class_type": kind})
    for number, rate in enumerate(settings.rates, start=1):
        _put(shop, Kind.TAX_RATE, _rate_row(number, rate))
    for number, rule in enumerate(settings.rules, start=1):
        _put(shop, Kind.TAX_RULE, _rule_row(shop, number, rule))


def settings_of(shop: Shop) -> TaxSettings:
    """The settings of the configuration with the rates and rules that the tables hold now."""
    rates = {document.entity_id: _rate(document.body) for document in shop.documents(Kind.TAX_RATE)}
    names = {document.entity_id: str(document.body["class_name"]) for document in shop.documents(Kind.TAX_CLASS)}
    rules = tuple(
        TaxRule(
            code=rule.body["code"],
            rates=tuple(rates[number].code for number in rule.body["tax_rate_ids"]),
            customer_classes=tuple(names[number] for number in rule.body["customer_tax_class_ids"]),
            product_classes=tuple(names[number] for number in rule.body["product_tax_class_ids"]),
            priority=rule.body["priority"],
            calculate_subtotal=bool(rule.body["calculate_subtotal"]),
        )
        for rule in shop.documents(Kind.TAX_RULE)
    )
    return shop.config.tax.model_copy(update={"rates": tuple(rates.values()), "rules": rules})


def class_name(shop: Shop, class_id: int) -> str | None:
    """The name of a tax class, or None."""
    found = shop.get(Kind.TAX_CLASS, class_id)
    return None if found is None else str(found.body["class_name"])


def next_id(shop: Shop, kind: Kind) -> int:
    """Tax tables number from 1, as a shop's do; a number comes back only when the shop is emptied."""
    first = _FIRST_OWN_CLASS if kind is Kind.TAX_CLASS else 1
    while True:
        number = shop.database.next_number("sequence", f"{kind} of the shop", first)
        if shop.get(kind, number) is None:
            return number


def _put(shop: Shop, kind: Kind, body: dict[str, Any]) -> None:
    shop.insert(Document(kind, body))


def _rate_row(number: int, rate: TaxRate) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": number,
        "tax_country_id": rate.country,
        "tax_region_id": rate.region_id or 0,
        "tax_postcode": rate.postcode,
    }
    low, dash, high = rate.postcode.partition("-")
    if dash and low.isdigit() and high.isdigit() and len(low) == len(high):
        row |= {"zip_is_range": 1, "zip_from": int(low), "zip_to": int(high)}
    return row | {"rate": rate.percent, "code": rate.code, "titles": []}


def _rate(row: dict[str, Any]) -> TaxRate:
    return TaxRate(
        code=row["code"],
        percent=row["rate"],
        country=row["tax_country_id"],
        region_id=row.get("tax_region_id") or None,
        postcode=row.get("tax_postcode") or "*",
    )


def _rule_row(shop: Shop, number: int, rule: TaxRule) -> dict[str, Any]:
    codes = {document.body["code"]: document.entity_id for document in shop.documents(Kind.TAX_RATE)}
    classes = {
        (document.body["class_name"], document.body["class_type"]): document.entity_id
        for document in shop.documents(Kind.TAX_CLASS)
    }
    return {
        "id": number,
        "code": rule.code,
        "priority": rule.priority,
        "position": 0,
        "customer_tax_class_ids": [classes[name, CUSTOMER] for name in rule.customer_classes],
        "product_tax_class_ids": [classes[name, PRODUCT] for name in rule.product_classes],
        "tax_rate_ids": [codes[code] for code in rule.rates],
        "calculate_subtotal": rule.calculate_subtotal,
    }
