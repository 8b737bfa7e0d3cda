"""Who buys in the scenarios, and where they live."""

from __future__ import annotations

from random import Random

from sandbox.magento.cart import Address, Buyer

NAMES = (
    ("Sinéad", "O'Brien"),
    ("José", "Núñez"),
    ("Zoë", "D'Angelo"),
    ("François", "L'Écuyer"),
    ("Mary-Jane", "Watson"),
    ("Søren", "Åkesson"),
    ("Jürgen", "Groß"),
    ("Ana María", "de la Cruz"),
    ("Kwame", "N'Diaye"),
    ("Grace", "Hopper"),
    ("Bo", "Li"),
    ("Wilhelmina", "Featherstonehaugh-Cholmondeley"),
)
COMPANIES = (
    "Müller & Sons LLC",
    "Smith, Jones & Co.",
    "A-1 Plumbing (West) Inc.",
    "L'Atelier du Café",
    'O\'Hara "Pro" Tools',
)
CITIES = (  # city, state, postcode
    ("Los Angeles", "CA", "90034"),
    ("San Francisco", "CA", "94110"),
    ("New York", "NY", "10013"),
    ("Austin", "TX", "78701"),
    ("Calder", "MI", "49628-7978"),
    ("Portland", "OR", "97205"),  # no sales tax
    ("Seattle", "WA", "98101"),
    ("Chicago", "IL", "60614"),
    ("Honolulu", "HI", "96815"),
)
STREETS = ("6146 Honey Bluff Parkway", "1 O'Farrell St", "221B Baker Ave", "77 Calle Ñuñoa", "900 N Point St, #12")


def registered(number: int) -> Buyer:
    """The same account for the same number, so that customers come back."""
    first, last = NAMES[number % len(NAMES)]
    return Buyer(email=f"customer{number}@example.com", registered=True, firstname=first, lastname=last)


def company(number: int) -> Buyer:
    name = COMPANIES[number % len(COMPANIES)]
    buyer = registered(100 + number)
    return buyer.model_copy(
        update={"company_id": number + 1, "company_name": name, "taxvat": f"US{number:09d}"},
    )


def guest(random: Random, number: int) -> Buyer:
    """Some guests write their address with capitals; the shop keeps it as written."""
    address = f"guest{number}@example.com"
    return Buyer(email=address.replace("guest", "Guest") if random.random() < 0.3 else address)


def address(random: Random, buyer: Buyer, number: int) -> Address:
    first, last = NAMES[number % len(NAMES)]
    city, region, postcode = random.choice(CITIES)
    lines = (random.choice(STREETS),) if random.random() < 0.7 else (random.choice(STREETS), "Apt 4")
    return Address(
        firstname=buyer.firstname or first,
        lastname=buyer.lastname or last,
        street=lines,
        city=city,
        region=region,
        postcode=postcode,
        telephone=f"(555) 01{number % 90 + 10}-{number % 9000 + 1000}",
        company=buyer.company_name,
    )
