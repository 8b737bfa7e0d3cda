"""Carts with what not every shop has: fees, wrapping, gift cards, other currencies, other countries, odd rules.

They are given only when asked for: `carts(seed, count, SPECIAL_SHAPES)`. The demo's set is without them.
"""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from sandbox.magento.cart import Address, Buyer, Coupon, CustomOption, Item
from sandbox.magento.cart_money import CustomFee, FixedTax, ForeignFee, GiftCard, Tenders, Wrapping
from sandbox.magento.tax_settings import TaxRate, TaxRule, TaxSettings
from sandbox.scenarios import goods, taxes
from sandbox.scenarios.orders import Shape

RECYCLING = (FixedTax(amount=Decimal("3.50"), title="Recycling"),)
EUROPEANS = (  # name, street, city, postcode, country, rate in percent
    ("Jürgen", "Groß", "Hauptstraße 7", "München", "80331", "DE", "19"),
    ("Zoë", "de Vries", "Keizersgracht 1", "Amsterdam", "1015 CJ", "NL", "21"),
    ("Søren", "Åkesson", "Nørregade 2", "København", "1165", "DK", "25"),
)


def _electronics(random: Random) -> tuple[Item, ...]:
    return tuple(item.model_copy(update={"fixed_taxes": RECYCLING}) for item in goods.several(random, 1, 3))


def _fee_taxed(random: Random) -> TaxSettings:
    return taxes.one_rate(random, fixed_taxes_taxed=True, fixed_taxes_in_subtotal=random.random() < 0.5)


def _gift_card(random: Random) -> tuple[Item, ...]:
    value = random.choice(("25", "50", "100"))
    return (
        Item(sku=f"GIFT-{value}", name=f"Gift card {value}", type="giftcard", price=Decimal(value), tax_class=None),
    )


def _tenders(random: Random) -> dict[str, Any]:
    card = GiftCard(code=f"GC{random.randrange(10**6):06d}", balance=Decimal(random.choice((5, 20, 500))))
    return {"tenders": Tenders(gift_cards=(card,), store_credit=Decimal(random.choice((0, 7, 1000))))}


def _points(random: Random) -> dict[str, Any]:
    points = random.choice((100, 250))
    return {"tenders": Tenders(points=points, points_amount=Decimal(points) / 100)}


def _wrapped(random: Random) -> tuple[Item, ...]:
    return tuple(item.model_copy(update={"wrapping_price": Decimal("1.99")}) for item in goods.several(random, 1, 2))


def _paper(random: Random) -> dict[str, Any]:
    return {"wrapping": Wrapping(price=Decimal("4.50"), card_price=Decimal(random.choice((0, 2))))}


def _fees(random: Random) -> dict[str, Any]:
    return {"custom_fees": (CustomFee(code="handling", label="Handling", amount=Decimal("2.95")),)}


def _hidden_fee(random: Random) -> dict[str, Any]:
    return {"foreign_fees": (ForeignFee(amount=Decimal("1.25"), attribute=random.choice((None, "cod_fee"))),)}


def _euros(random: Random) -> dict[str, Any]:
    return {"currency": "EUR", "rate": Decimal(random.choice(("0.8971", "0.9204", "0.8533")))}


def _europe(random: Random) -> dict[str, Any]:
    first, last, street, city, postcode, country, percent = random.choice(EUROPEANS)
    rate = TaxRate(code=f"{country}-VAT", percent=Decimal(percent), country=country)
    tax = TaxSettings(
        price_includes_tax=True, rates=(rate,), rules=(TaxRule(code="VAT", rates=(rate.code,)),), cross_border=True
    )
    address = Address(firstname=first, lastname=last, street=(street,), city=city, region="", postcode=postcode,
                      country=country, vat_id=f"{country}123456789")  # fmt: skip
    return {"billing": address, "shipping": None, "tax": tax}


def _by_the_metre(random: Random) -> tuple[Item, ...]:
    length = Decimal(random.randint(3, 40)) / 4
    option = CustomOption(id=1, value=random.choice(("red", "blue")))
    return (Item(sku="RIBBON", name="Ribbon, 1 m", price=Decimal("4.40"), qty=length, custom_options=(option,)),)


def _for_nothing(random: Random) -> tuple[Item, ...]:
    sample = Item(sku="SAMPLE", name="Sample", price=Decimal(0), qty=goods.quantity(random))
    return (sample, *goods.several(random, 0, 1))


def _one_free(random: Random) -> tuple[Coupon, ...]:
    return (Coupon(action="buy_x_get_y", amount=Decimal(1), step=Decimal(2), code="THIRDFREE"),)


def _guest(random: Random, number: int) -> Buyer:
    return Buyer(email=f"special{number}@example.com")


SPECIAL_SHAPES = (
    Shape("fixed product tax", items=_electronics, buyer=_guest),
    Shape("fixed product tax, taxed", items=_electronics, buyer=_guest, tax=_fee_taxed),
    Shape("gift card sold", items=_gift_card, buyer=_guest),
    Shape("paid with gift card and credit", buyer=_guest, more=_tenders),
    Shape("paid with points", buyer=_guest, more=_points),
    Shape("gift wrapped", items=_wrapped, buyer=_guest, more=_paper),
    Shape("custom fee", buyer=_guest, more=_fees),
    Shape("fee of another module", buyer=_guest, more=_hidden_fee),
    Shape("other currency", buyer=_guest, tax=taxes.two_rates, more=_euros),
    Shape("European buyer", buyer=_guest, more=_europe),
    Shape("part of a piece", items=_by_the_metre, buyer=_guest),
    Shape("zero price", items=_for_nothing, buyer=_guest),
    Shape("every third piece free", buyer=_guest, coupons=_one_free),
)
