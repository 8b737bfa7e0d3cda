"""Carts whose figures tests work out by hand: simple goods to California under one's own rates and rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.magento.cart import Address, Buyer, Cart, Coupon, Item
from sandbox.magento.tax_settings import GOODS, SHIPPING, TaxRate, TaxRule, TaxSettings

CALIFORNIA = Address(firstname="A", lastname="B", street=("1",), city="Los Angeles", region="CA", postcode="90034")
UNIT: dict[str, Any] = {"algorithm": "UNIT_BASE_CALCULATION"}
ROW: dict[str, Any] = {"algorithm": "ROW_BASE_CALCULATION"}
TOTAL: dict[str, Any] = {"algorithm": "TOTAL_BASE_CALCULATION"}


def money(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


def tax(percents: dict[str, str], **more: Any) -> TaxSettings:
    """A rule for each rate, all on goods and shipping. `priorities`, `subtotal`: of the rules, by rate code."""
    priorities, subtotal = more.pop("priorities", {}), more.pop("subtotal", ())
    return TaxSettings(
        rates=tuple(TaxRate(code=code, percent=Decimal(percent), region_id=12) for code, percent in percents.items()),
        rules=tuple(
            TaxRule(
                code=code,
                rates=(code,),
                product_classes=(GOODS, SHIPPING),
                priority=priorities.get(code, 0),
                calculate_subtotal=code in subtotal,
            )
            for code in percents
        ),
        **{**ROW, **more},
    )


def cart(*lines: tuple[str, int] | Item, rules: tuple[Coupon, ...] = (), **more: Any) -> Cart:
    """Lines are (price, quantity) or whole items; without `tax` nothing is taxed."""
    items = tuple(
        line
        if isinstance(line, Item)
        else Item(sku=f"S{number}", name="S", price=Decimal(line[0]), qty=Decimal(line[1]))
        for number, line in enumerate(lines)
    )
    given: dict[str, Any] = {"buyer": Buyer(email="a@example.com"), "billing": CALIFORNIA, "coupons": rules}
    return Cart(items=items, **{**given, **more})


def rule(action: str, amount: str, **more: Any) -> Coupon:
    """A cart price rule that lets others follow."""
    return Coupon.model_validate({"action": action, "amount": amount, "stop_rules_processing": False, **more})
