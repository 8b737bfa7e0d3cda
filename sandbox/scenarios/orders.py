"""Carts of every shape a shop sells, in rotation with chance inside each shape: the same seed gives the same carts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.magento.cart import Buyer, Cart, Coupon, Item
from sandbox.magento.tax_settings import TaxSettings
from sandbox.scenarios import goods, people, taxes

SHOP_ZONE = ZoneInfo("America/Los_Angeles")
FIRST_DAY = date(2026, 3, 2)
RETURNING = 5  # registered customers among whom every order of an account is spread
MIDNIGHT_EVERY = 4  # each fourth order is placed within a minute of the shop's midnight
ORDERS_PER_DAY = 8


@dataclass(frozen=True)
class Shape:
    """What a cart of this shape is made of; each part is drawn anew."""

    name: str
    items: Callable[[Random], tuple[Item, ...]] = goods.several
    buyer: Callable[[Random, int], Buyer] = people.guest
    tax: Callable[[Random], TaxSettings] = taxes.one_rate
    coupons: Callable[[Random], tuple[Coupon, ...]] = lambda random: ()
    more: Callable[[Random], dict[str, Any]] = lambda random: {}  # other fields of the cart


def _returning(random: Random, number: int) -> Buyer:
    return people.registered(random.randrange(RETURNING))


def _company(random: Random, number: int) -> Buyer:
    return people.company(random.randrange(len(people.COMPANIES)))


def _anyone(random: Random, number: int) -> Buyer:
    return random.choice((people.guest, _returning, _company))(random, number)


def _percent_off(random: Random) -> tuple[Coupon, ...]:
    percent = random.choice((5, 10, 15, 20, 33))
    return (_coupon("by_percent", percent, f"SAVE{percent}", random.random() < 0.3),)


def _money_off(random: Random) -> tuple[Coupon, ...]:
    if random.random() < 0.5:
        return (Coupon(action="cart_fixed", amount=Decimal("10"), code="TENOFF"),)
    return (Coupon(action="by_fixed", amount=Decimal("0.40"), code="40CENTS"),)


def _all_off(random: Random) -> tuple[Coupon, ...]:
    return (_coupon("by_percent", 100, "FREE100", random.random() < 0.5),)


def _coupon(action: str, amount: int, code: str, shipping: bool) -> Coupon:
    return Coupon.model_validate(
        {"action": action, "amount": Decimal(amount), "code": code, "apply_to_shipping": shipping}
    )


def _with(*makers: Callable[[Random], Item]) -> Callable[[Random], tuple[Item, ...]]:
    return lambda random: tuple(make(random) for make in makers) + (goods.several(random, 0, 2))


def _unshipped(random: Random) -> tuple[Item, ...]:
    return (goods.plain(random, "virtual"), goods.plain(random, "downloadable"))[: random.randint(1, 2)]


def _grouped(random: Random) -> tuple[Item, ...]:
    return tuple(item.model_copy(update={"type": "grouped"}) for item in goods.several(random, 2, 3))


def _big(random: Random) -> tuple[Item, ...]:
    kits = (goods.configurable(random), goods.fixed_bundle(random), goods.dynamic_bundle(random))
    return (*goods.several(random, 8, 11), *kits, goods.plain(random, "virtual"))


SHAPES = (
    Shape("guest"),
    Shape("registered", buyer=_returning),
    Shape("company", buyer=_company),
    Shape("configurable", items=_with(goods.configurable), buyer=_anyone),
    Shape("fixed bundle", items=_with(goods.fixed_bundle), buyer=_anyone),
    Shape(
        "dynamic bundle",
        items=_with(goods.dynamic_bundle),
        buyer=_anyone,
        coupons=lambda r: r.choice(((), _percent_off(r))),
    ),
    Shape("virtual", items=_unshipped, buyer=_anyone),
    Shape("percent discount", buyer=_anyone, coupons=_percent_off),
    Shape("fixed discount", buyer=_anyone, coupons=_money_off),
    Shape(
        "tax-inclusive prices", buyer=_anyone, tax=taxes.inclusive, coupons=lambda r: r.choice(((), _percent_off(r)))
    ),
    Shape("two tax rates", buyer=_anyone, tax=taxes.two_rates),
    Shape("100 % coupon", buyer=_anyone, coupons=_all_off),
    Shape("grouped", items=_grouped, buyer=_returning),
    Shape("mixed big", items=_big, buyer=_anyone, tax=taxes.two_rates, coupons=_percent_off),
)


def carts(seed: int, count: int, shapes: Sequence[Shape] = SHAPES) -> list[Cart]:
    """`count` carts, the shapes in rotation. A shorter list of the same seed is the beginning of a longer one."""
    return [_cart(seed, number, shapes[number % len(shapes)]) for number in range(count)]


def _cart(seed: int, number: int, shape: Shape) -> Cart:
    random = Random(f"{seed}:{number}")
    buyer = shape.buyer(random, number)
    items = shape.items(random)
    billing = people.address(random, buyer, number)
    method, title, captured = random.choice(
        (
            ("checkmo", "Check / Money order", False),
            ("banktransfer", "Bank Transfer Payment", False),
            ("braintree", "Credit Card", True),
        )
    )
    pieces = sum((item.qty for item in items), Decimal(0))
    cart = Cart(
        items=items,
        buyer=buyer,
        billing=billing,
        shipping=None if random.random() < 0.6 else people.address(random, buyer, number + 1),
        shipping_amount=random.choice((Decimal(0), Decimal("5.00") * pieces, Decimal("12.49"))),
        coupons=shape.coupons(random),
        tax=shape.tax(random),
        payment_method=method,
        payment_title=title,
        paid_at_once=captured,
        created_at=_moment(random, number),
        shape=shape.name,
    )
    return cart.model_copy(update=shape.more(random))


def _moment(random: Random, number: int) -> datetime:
    """Shop time; around midnight the day in UTC is not the shop's day."""
    day = FIRST_DAY + timedelta(days=number // ORDERS_PER_DAY)
    if number % MIDNIGHT_EVERY == 0:
        near = datetime.combine(day, time(), SHOP_ZONE).timestamp() + random.choice((-45, -1, 0, 1, 45))
        return datetime.fromtimestamp(near, SHOP_ZONE)
    return datetime.combine(day, time(random.randint(8, 22), random.randint(0, 59)), SHOP_ZONE)
