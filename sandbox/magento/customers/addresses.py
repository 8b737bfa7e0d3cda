"""A customer's addresses as the address repository checks and keeps them. Messages are recalled."""

from __future__ import annotations

from typing import Any

from sandbox.magento import data_objects
from sandbox.magento.countries import COUNTRIES
from sandbox.magento.errors import InvalidInput, required
from sandbox.magento.regions import region_of, regions_of
from sandbox.magento.rest_inventory.reading import mistyped
from sandbox.magento.shop import Body, Shop

_INTERFACE = "Magento\\Customer\\Api\\Data\\AddressInterface"
_FIELDS = {
    "id": "int", "customer_id": "int", "region": "any", "region_id": "int", "country_id": "string", "street": "any",
    "company": "string", "telephone": "string", "fax": "string", "postcode": "string", "city": "string",
    "firstname": "string", "lastname": "string", "middlename": "string", "prefix": "string", "suffix": "string",
    "vat_id": "string", "default_shipping": "boolean", "default_billing": "boolean",
}  # fmt: skip
_NEEDED = ("firstname", "lastname", "street", "city", "telephone", "postcode", "country_id")
_STREETS_MAX = 4  # customer/address/street_lines allows up to four lines


def read(shop: Shop, customer_id: int, given: Any, known: list[Body]) -> list[Body]:
    """The addresses that a customer has after the list was sent: others are gone. Raises InvalidInput."""
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise mistyped("addresses", given, f"{_INTERFACE}[]")
    by_id = {one["id"]: one for one in known}
    rows = []
    for one in given:
        row = data_objects.read(one, _FIELDS, _INTERFACE)
        before = by_id.get(row.get("id"), {})
        merged = before | {name: value for name, value in row.items() if value is not None}
        rows.append(_checked(shop, customer_id, merged, before.get("id")))
    return _one_default(rows)


def _checked(shop: Shop, customer_id: int, row: Body, number: int | None) -> Body:
    street = row.get("street")
    if isinstance(street, str):
        row["street"] = [street]
    elif street is not None and (not isinstance(street, list) or not all(isinstance(one, str) for one in street)):
        raise mistyped("street", street, "string[]")
    faults: list[InvalidInput] = [required(name) for name in _NEEDED if not row.get(name)]
    country = str(row.get("country_id"))
    if row.get("country_id") and country not in COUNTRIES:
        text = 'Invalid value of "%value" provided for the %fieldName field.'
        faults.append(InvalidInput(text, {"fieldName": "countryId", "value": country}))
    region = _region(row, country)
    if not region.get("region_id") and regions_of(country):
        faults.append(required("regionId"))
    if len(row.get("street") or ()) > _STREETS_MAX:
        faults.append(InvalidInput('"Street Address" cannot contain more than %1 lines.', [_STREETS_MAX]))
    if faults:
        raise data_objects.SeveralFaults(faults)
    first = {"id": number or shop.next_id("customer_address"), "customer_id": customer_id, "region": region}
    kept = {name: row[name] for name in _FIELDS if name not in first and row.get(name) not in (None, False)}
    return first | {"region_id": region.get("region_id", 0)} | kept | {"region_id": region.get("region_id", 0)}


def _region(row: Body, country: str) -> Body:
    given = row.get("region")
    if given is not None and not isinstance(given, dict | str):
        raise mistyped("region", given, "Magento\\Customer\\Api\\Data\\RegionInterface")
    named = given if isinstance(given, dict) else {"region": given or ""}
    code = str(named.get("region_code") or "")
    number = row.get("region_id") or named.get("region_id") or 0
    found = region_of(country, code) if code else None
    if found is None:
        listed = {one: (label, name) for one, label, name in regions_of(country)}
        code, name = listed.get(number if isinstance(number, int) else 0, (code, str(named.get("region") or "")))
        number = number if number in listed or not listed else 0
    else:
        number, name = found
    return {"region_code": code or name, "region": name, "region_id": number if isinstance(number, int) else 0}


def _one_default(rows: list[Body]) -> list[Body]:
    """The last that says it is a default is the default."""
    for name in ("default_billing", "default_shipping"):
        marked = [row for row in rows if row.get(name)]
        for row in marked[:-1]:
            del row[name]
    return rows
