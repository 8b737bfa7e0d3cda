"""Carts for tests that care about one thing at a time: one line, one buyer, California's sales tax."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.magento.cart import Address, Buyer, Cart, Coupon, Item
from sandbox.magento.regions import REGIONS
from sandbox.magento.tax_settings import TaxRate, TaxRule, TaxSettings

RATE = "US-CA"
CALIFORNIA = TaxSettings(
    rates=(TaxRate(code=RATE, percent=Decimal("8.25"), region_id=REGIONS["CA"][0]),),
    rules=(TaxRule(code="States", rates=(RATE,)),),
)


def cart(
    sku: str = "MUG",
    email: str = "ann@example.com",
    person: tuple[str, str] = ("Ann", "Lee"),
    *,
    company: str | None = None,
    half_price: bool = False,
    taxed: bool = True,
    **more: Any,
) -> Cart:
    """Two pieces of 12.50 and 5.00 of shipping; a guest without an account, unless `more` says otherwise."""
    address = Address(
        firstname=person[0],
        lastname=person[1],
        street=("1 Main St",),
        city="Los Angeles",
        region="CA",
        postcode="90034",
        company=company,
    )
    coupons = (Coupon(action="by_percent", amount=Decimal(50), code="HALF"),) if half_price else ()
    return Cart(
        items=(Item(sku=sku, name=f"The {sku}", price=Decimal("12.50"), qty=Decimal(2)),),
        buyer=Buyer(email=email),
        billing=address,
        shipping_amount=Decimal("5.00"),
        coupons=coupons,
        tax=CALIFORNIA if taxed else TaxSettings(),
        **more,
    )
