"""Tax rates as TaxRateRepository saves them; its messages are recalled."""

from __future__ import annotations

from typing import Any

from sandbox.magento import data_objects
from sandbox.magento.countries import COUNTRIES
from sandbox.magento.errors import InvalidInput, NotFound, required
from sandbox.magento.regions import is_region
from sandbox.magento.rest_tax.tables import next_id
from sandbox.magento.shop import Body, Document, Kind, Shop

_INTERFACE = "Magento\\Tax\\Api\\Data\\TaxRateInterface"
_FIELDS = {
    "id": "int", "tax_country_id": "string", "tax_region_id": "int", "region_name": "string", "tax_postcode": "string",
    "zip_is_range": "int", "zip_from": "int", "zip_to": "int", "rate": "float", "code": "string", "titles": "any",
}  # fmt: skip
_SHOWN = ("id", "tax_country_id", "tax_region_id", "region_name", "tax_postcode", "zip_is_range", "zip_from", "zip_to")


def save(shop: Shop, body: Body) -> Body:
    """A new rate, or with an id that rate changed; what isn't named stays."""
    given = data_objects.read(data_objects.required_object(body, "taxRate"), _FIELDS, _INTERFACE)
    number = given.get("id")
    before = dict(one(shop, number)) if number else {}
    row = before | given
    if row.get("zip_is_range"):
        row["tax_postcode"] = f"{row.get('zip_from')}-{row.get('zip_to')}"
    else:
        row |= dict.fromkeys(("zip_is_range", "zip_from", "zip_to"))
    faults = _faults(row)
    if faults:
        raise data_objects.SeveralFaults(faults)
    for other in shop.documents(Kind.TAX_RATE):
        if other.entity_id != number and str(other.body["code"]).casefold() == str(row["code"]).casefold():
            raise InvalidInput("Code already exists.")
    row["id"] = number or next_id(shop, Kind.TAX_RATE)
    row["tax_region_id"] = row.get("tax_region_id") or 0
    kept = {name: row[name] for name in _SHOWN if row.get(name) is not None}
    kept |= {"rate": row["rate"], "code": row["code"], "titles": _titles(row.get("titles"))}
    shop.insert(Document(Kind.TAX_RATE, kept))
    return kept


def one(shop: Shop, number: int) -> Body:
    """Raises NotFound."""
    found = shop.get(Kind.TAX_RATE, number)
    if found is None:
        raise NotFound("No such entity with %fieldName = %fieldValue", {"fieldName": "rateId", "fieldValue": number})
    return found.body


def delete(shop: Shop, number: int) -> bool:
    one(shop, number)
    if any(number in rule.body["tax_rate_ids"] for rule in shop.documents(Kind.TAX_RULE)):
        raise InvalidInput("The tax rate can't be removed because it exists in a tax rule.")
    shop.remove(Kind.TAX_RATE, number)
    return True


def _faults(row: Body) -> list[InvalidInput]:
    faults = []
    country = row.get("tax_country_id")
    if not country:
        faults.append(required("country_id"))
    elif country not in COUNTRIES:
        faults.append(_invalid(country, "country_id"))
    region = row.get("tax_region_id")
    if region and not is_region(str(country), region):
        faults.append(_invalid(region, "region_id"))
    if row.get("rate") is None or row["rate"] < 0:
        faults.append(required("percentage_rate"))
    if not row.get("code"):
        faults.append(required("code"))
    if row.get("zip_is_range"):
        low, high = row.get("zip_from"), row.get("zip_to")
        for name, value in (("zip_from", low), ("zip_to", high)):
            if value is None or value < 0:
                faults.append(_invalid(value, name))
        if isinstance(low, int) and isinstance(high, int) and high < low:
            faults.append(InvalidInput("Range To should be equal or greater than Range From."))
    elif not row.get("tax_postcode"):
        faults.append(required("postcode"))
    return faults


def _invalid(value: Any, name: str) -> InvalidInput:
    text = 'Invalid value of "%value" provided for the %fieldName field.'
    return InvalidInput(text, {"fieldName": name, "value": value})


def _titles(given: Any) -> list[Body]:
    """A title for each store view."""
    rows = [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []
    return [{"store_id": str(row.get("store_id", "")), "value": str(row.get("value", ""))} for row in rows]
