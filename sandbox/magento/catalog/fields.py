"""What a product document of a request may hold: names, types and the errors Magento answers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.magento.errors import InvalidInput, required, wrong_type
from sandbox.magento.php_json import PHP_SPACES
from sandbox.storage.codec import to_text

SKU_MAX = 64  # Catalog: Attribute/Backend/Sku::SKU_MAX_LENGTH, in characters
WITHOUT_PRICE = ("configurable", "bundle", "grouped", "giftcard")  # bundle: when its price is dynamic


def product_of(body: dict[str, Any]) -> dict[str, Any]:
    """The product of a save's body, its fields typed. Raises InvalidInput."""
    product = body.get("product")
    if not isinstance(product, dict):
        raise required("product")
    unknown = sorted(set(product) - set(_TYPES) - _IGNORED)
    if unknown:
        # ServiceInputProcessor: no setter of the interface fits the name.
        raise InvalidInput(
            'Property "%property" does not have accessor method "%method" in class "%class".',
            {
                "property": unknown[0],
                "method": "get" + "".join(map(str.capitalize, unknown[0].split("_"))),
                "class": "Magento\\Catalog\\Api\\Data\\ProductInterface",
            },
        )
    typed = {name: _TYPES[name](value) for name, value in product.items() if value is not None and name in _TYPES}
    check_storable(typed)
    return typed


def check_storable(value: Any) -> None:
    """Raises InvalidInput for numbers and texts that no database column takes."""
    try:
        to_text(value)
    except TypeError as error:
        raise wrong_type("a number or text out of range", "string") from error


def invalid(field: str, value: Any) -> InvalidInput:
    """InputException::invalidFieldValue."""
    return InvalidInput(
        'Invalid value of "%value" provided for the %fieldName field.', {"fieldName": field, "value": value}
    )


def sku_of(text: Any) -> str:
    """A SKU as it is kept: trimmed. Raises InvalidInput when it is empty or too long."""
    sku = str(text).strip(PHP_SPACES) if isinstance(text, str | int | Decimal) else ""
    if not sku:
        raise InvalidInput('The "%1" attribute value is empty. Set the attribute and try again.', ["sku"])
    if len(sku) > SKU_MAX:
        raise InvalidInput("SKU length should be %1 characters maximum.", [SKU_MAX])
    return sku


def whole(value: Any) -> int:
    number = _number(value)
    if number is None or number != number.to_integral_value():
        raise wrong_type(str(value), "int")
    return int(number)


def decimal(value: Any) -> Decimal:
    number = _number(value)
    if number is None:
        raise wrong_type(str(value), "float")
    return number


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**14 else None  # decimal(20,6)


def _text(value: Any) -> str:
    if not isinstance(value, str | int | Decimal) or isinstance(value, bool):
        raise wrong_type(str(value), "string")
    return str(value)


def _objects(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise wrong_type(str(value)[:100], "array")
    return value


def _attributes(value: Any) -> list[dict[str, Any]]:
    """Both spellings are taken: [{attribute_code, value}] and {code: value}."""
    if isinstance(value, dict):
        value = [{"attribute_code": code, "value": one} for code, one in value.items()]
    entries = _objects(value)
    if not all(isinstance(one.get("attribute_code"), str) and "value" in one for one in entries):
        raise InvalidInput("Each custom attribute needs an attribute code and a value.")
    return [one for one in entries if one["attribute_code"] not in _TYPES]  # those have fields of their own


def _extension(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong_type(str(value)[:100], "object")
    return {name: _EXTENSION.get(name, _as_it_is)(one) for name, one in value.items() if one is not None}


def _as_it_is(value: Any) -> Any:
    return value


def _numbers(value: Any) -> list[int]:
    if not isinstance(value, list):
        raise wrong_type(str(value)[:100], "int[]")
    return [whole(one) for one in value]


def _categories(value: Any) -> list[dict[str, Any]]:
    return [{"position": whole(one.get("position", 0)), "category_id": str(whole(one.get("category_id")))}
            for one in _objects(value)]  # fmt: skip


def _bundle_options(value: Any) -> list[dict[str, Any]]:
    return [{**one, "product_links": _objects(one.get("product_links", []))} for one in _objects(value)]


def _tier_prices(value: Any) -> list[dict[str, Any]]:
    prices = []
    for one in _objects(value):
        typed = {"customer_group_id": whole(one.get("customer_group_id")), "qty": decimal(one.get("qty"))}
        extension = one.get("extension_attributes") or {"website_id": 0}
        if not isinstance(extension, dict):
            raise wrong_type(str(extension)[:100], "object")
        whole(extension.get("website_id", 0))
        prices.append({**typed, "value": decimal(one.get("value", 0)), "extension_attributes": extension})
    return prices


_TYPES: dict[str, Callable[[Any], Any]] = {
    "id": whole,
    "sku": _text,
    "name": _text,
    "attribute_set_id": whole,
    "price": decimal,
    "status": whole,
    "visibility": whole,
    "type_id": _text,
    "weight": decimal,
    "extension_attributes": _extension,
    "product_links": _objects,
    "options": _objects,
    "media_gallery_entries": _objects,
    "tier_prices": _tier_prices,
    "custom_attributes": _attributes,
}
_EXTENSION: dict[str, Callable[[Any], Any]] = {
    "website_ids": _numbers,
    "category_links": _categories,
    "configurable_product_links": _numbers,
    "configurable_product_options": _objects,
    "bundle_product_options": _bundle_options,
    "downloadable_product_links": _objects,
    "downloadable_product_samples": _objects,
}
_IGNORED = frozenset({"created_at", "updated_at"})  # the shop's own
