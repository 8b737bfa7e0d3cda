"""Who buys."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `country` is the ISO 3166 two-letter code."""

    street: tuple[str, ...] = ()
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """The buyer. `shop_id` is the shop's own customer number, "" for a guest; `email` is in lower case."""

    shop_id: str
    email: str
    given_name: str
    family_name: str
    company: str
    phone: str
    billing: Address
    shipping: Address | None

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.given_name, self.family_name) if part)
