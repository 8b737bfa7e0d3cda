"""What the scenarios sell: a small catalogue with fixed prices, so that SKUs come again from order to order."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from sandbox.magento.cart import Child, Item, ProductType

SIMPLE = (
    ("24-WG02", "Didi Sport Watch", "92.00"),
    ("24-MB01", "Joust Duffle Bag", "34.00"),
    ("24-UG06", "Affirm Water Bottle", "7.00"),
    ("CAFE-250", "Café crème, 250 g", "9.99"),
    ("O-RING-3/8", "O'Ring 3/8\" (bag of 10)", "0.45"),
    ("SOCKS 2-PACK", "Socks, 2-pack", "13.37"),
    ("CABLE+USB-C", "Cable USB-C + adapter", "19.95"),
    ("PAINT-NÜ-1L", "Paint “Nü” 1 L", "24.49"),
    ("LAMP-07", "Desk lamp", "118.50"),
    ("TILE-10", "Tile 10 x 10", "1.69"),
    ("CHAIR-OAK", "Oak chair, hand made", "1249.00"),
)
VIRTUAL = (("SERVICE-1Y", "Service plan, 1 year", "49.00"), ("CONSULT-1H", "Consultation, 1 hour", "135.00"))
DOWNLOADABLE = (("EBOOK-YOGA", "Yoga at home (e-book)", "12.90"), ("SONG-07", "Song no. 7", "1.29"))
HOODIES = (
    ("MH09", "Abominable Hoodie", "69.00"),
    ("MH01", "Chaz Kangeroo Hoodie", "52.00"),
    ("WS12", "Radiant Tee", "22.00"),
)
VARIANTS = ("XS-Blue", "M-Orange", "L-Gray", "XL-Blue")
FIXED_KITS = (("KIT-DESK", "Desk starter kit", "149.99"), ("KIT-YOGA", "Yoga companion kit", "68.00"))
DYNAMIC_KITS = (("24-WG080", "Sprite Yoga Companion Kit"), ("BREAKFAST", "Breakfast box"))


def quantity(random: Random, most: int = 6) -> Decimal:
    return Decimal(random.randint(1, most))


def plain(random: Random, kind: ProductType = "simple") -> Item:
    """One line without children: simple, grouped, virtual or downloadable."""
    table = {"virtual": VIRTUAL, "downloadable": DOWNLOADABLE}.get(kind, SIMPLE)
    sku, name, price = random.choice(table)
    return Item(sku=sku, name=name, type=kind, price=Decimal(price), qty=quantity(random))


def several(random: Random, least: int = 1, most: int = 4) -> tuple[Item, ...]:
    """Different simple products."""
    chosen = random.sample(SIMPLE, random.randint(least, most))
    return tuple(Item(sku=sku, name=name, price=Decimal(price), qty=quantity(random)) for sku, name, price in chosen)


def configurable(random: Random) -> Item:
    sku, name, price = random.choice(HOODIES)
    variant = random.choice(VARIANTS)
    child = Child(sku=f"{sku}-{variant}", name=f"{name}-{variant}")
    return Item(
        sku=sku, name=name, type="configurable", price=Decimal(price), qty=quantity(random, 3), children=(child,)
    )


def fixed_bundle(random: Random) -> Item:
    sku, name, price = random.choice(FIXED_KITS)
    return Item(
        sku=sku,
        name=name,
        type="bundle_fixed",
        price=Decimal(price),
        qty=quantity(random, 3),
        children=_children(random),
    )


def dynamic_bundle(random: Random) -> Item:
    sku, name = random.choice(DYNAMIC_KITS)
    return Item(sku=sku, name=name, type="bundle_dynamic", qty=quantity(random, 3), children=_children(random))


def _children(random: Random) -> tuple[Child, ...]:
    chosen = random.sample(SIMPLE[:10], random.randint(2, 4))
    return tuple(
        Child(sku=sku, name=name, price=Decimal(price), qty=quantity(random, 2)) for sku, name, price in chosen
    )
