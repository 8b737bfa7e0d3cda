"""Product attributes as installed: code, id, where a value holds, how it is entered; and the attribute sets.

Ids are those of a fresh installation with sample data, of what integrations meet; other codes are taken as they come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sandbox.magento.config import Config

Scope = Literal["global", "website", "store"]
PRICES = ("price", "special_price", "cost", "msrp")  # their scope is the setting catalog/price/scope
ATTRIBUTE_SETS = {4: "Default", 9: "Top", 10: "Bottom", 11: "Gear", 12: "Sprite Stasis Ball", 13: "Sprite Yoga Strap",
                  14: "Downloadable", 15: "Bag"}  # fmt: skip
DEFAULT_SET = 4


@dataclass(frozen=True)
class Attribute:
    id: int
    code: str
    label: str
    scope: Scope
    input: str = "text"
    required: bool = False


_LIST = (
    Attribute(73, "name", "Product Name", "store", required=True),
    Attribute(74, "sku", "SKU", "global", required=True),
    Attribute(75, "description", "Description", "store", "textarea"),
    Attribute(76, "short_description", "Short Description", "store", "textarea"),
    Attribute(77, "price", "Price", "global", "price", required=True),
    Attribute(78, "special_price", "Special Price", "global", "price"),
    Attribute(79, "special_from_date", "Special Price From Date", "website", "date"),
    Attribute(80, "special_to_date", "Special Price To Date", "website", "date"),
    Attribute(81, "cost", "Cost", "global", "price"),
    Attribute(82, "weight", "Weight", "global", "weight"),
    Attribute(83, "manufacturer", "Manufacturer", "global", "select"),
    Attribute(93, "color", "Color", "global", "select"),
    Attribute(97, "status", "Enable Product", "website", "select"),
    Attribute(99, "visibility", "Visibility", "store", "select"),
    Attribute(104, "category_ids", "Categories", "global"),
    Attribute(119, "url_key", "URL Key", "store"),
    Attribute(132, "tax_class_id", "Tax Class", "website", "select"),
    Attribute(152, "size", "Size", "global", "select"),
)
ATTRIBUTES = {one.code: one for one in _LIST}


def scope_of(code: str, config: Config) -> Scope:
    """Where a value of the attribute holds. Codes that aren't listed have one value everywhere."""
    if code in PRICES:
        return config.price_scope
    known = ATTRIBUTES.get(code)
    return known.scope if known else "global"


def shown(attribute: Attribute, config: Config) -> dict[str, Any]:
    """As /V1/products/attributes has it, in its main fields."""
    return {
        "attribute_id": attribute.id,
        "attribute_code": attribute.code,
        "default_frontend_label": attribute.label,
        "frontend_input": attribute.input,
        "is_required": attribute.required,
        "is_user_defined": attribute.code in ("color", "size", "manufacturer", "cost"),
        "scope": scope_of(attribute.code, config),
        "entity_type_id": "4",
        "options": [],
    }


def shown_set(number: int) -> dict[str, Any]:
    return {
        "attribute_set_id": number,
        "attribute_set_name": ATTRIBUTE_SETS[number],
        "sort_order": number - DEFAULT_SET + 1,
        "entity_type_id": 4,
    }
