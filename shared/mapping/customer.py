"""Which customer a sale is booked to, and what a new one looks like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.commerce.party import Address, Party
from shared.commerce.sale import Sale
from shared.mapping import text
from shared.mapping.books import Company
from shared.settings.model import CustomerPolicy, Customers


@dataclass(frozen=True, slots=True)
class CustomerNeed:
    """The customer that must exist. `key` is who it is for ever; `email` finds one that people entered ("" = by name
    only); `names` are display names to try in this order, since another's name can't be taken."""

    key: str
    email: str
    names: tuple[str, ...]
    body: dict[str, Any]
    currency: str | None

    def with_name(self, name: str) -> dict[str, Any]:
        """The body of the create call under one of the names."""
        return {"DisplayName": name, **self.body}


def customer_need(sale: Sale, settings: Customers, company: Company) -> CustomerNeed:
    """The customer by the merchant's policy. A customer keeps its currency for ever, so each has one of its own."""
    foreign = sale.currency if sale.currency != company.home_currency else None
    ending = f" ({foreign})" if foreign else ""
    key_ending = f":{foreign.lower()}" if foreign else ""
    buyer = sale.buyer
    business = text.name(buyer.company, 80)
    person = text.name(buyer.full_name, 80)
    address = text.email(buyer.email)
    if settings.policy is CustomerPolicy.GENERIC or not (business or person or address):
        generic = text.name(settings.generic_name, 90) + ending
        return CustomerNeed(f"name:{generic.lower()}", "", (generic,), _currency(foreign), foreign)
    if settings.policy is CustomerPolicy.COMPANY and business:
        key = f"company:{business.lower()}{key_ending}"
        names = (business + ending, f"{business} (customer){ending}", f"{business} - 2{ending}")
        return CustomerNeed(key, "", names, _body(buyer, address, foreign), foreign)
    base = person or business or (address or "")
    identity = f"email:{buyer.email}" if buyer.email else f"person:{base.lower()}:{buyer.billing.postcode.lower()}"
    marks = [mark for mark in (address, buyer.shop_id and f"shop {buyer.shop_id}", "customer", "2") if mark]
    candidates = [base + ending, *(text.name(f"{base} ({mark})", 100 - len(ending)) + ending for mark in marks)]
    return CustomerNeed(
        identity + key_ending, buyer.email, tuple(dict.fromkeys(candidates)), _body(buyer, address, foreign), foreign
    )


def _body(buyer: Party, address: str | None, foreign: str | None) -> dict[str, Any]:
    body: dict[str, Any] = {
        "GivenName": text.name(buyer.given_name),
        "FamilyName": text.name(buyer.family_name),
        "CompanyName": text.name(buyer.company),
        "PrimaryPhone": {"FreeFormNumber": phone} if (phone := text.plain(buyer.phone, 30)) else None,
        "PrimaryEmailAddr": {"Address": address} if address else None,
        "BillAddr": address_body(buyer.billing),
        **_currency(foreign),
    }
    return {field: value for field, value in body.items() if value}


def _currency(foreign: str | None) -> dict[str, Any]:
    return {"CurrencyRef": {"value": foreign}} if foreign else {}


def address_body(address: Address | None) -> dict[str, str] | None:
    """A PhysicalAddress (lines of 500, the rest 255, postcode 30 characters), None for an empty one."""
    if address is None:
        return None
    lines = {f"Line{i}": text.plain(line, 500) for i, line in enumerate(address.street[:5], 1)}
    body = {
        **lines,
        "City": text.plain(address.city, 255),
        "CountrySubDivisionCode": text.plain(address.region, 255),
        "PostalCode": text.plain(address.postcode, 30),
        "Country": text.plain(address.country, 255),
    }
    return {field: value for field, value in body.items() if value} or None
