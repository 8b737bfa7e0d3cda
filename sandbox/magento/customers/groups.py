"""Customer groups; their tax class is what a registered buyer is taxed by. Messages are recalled."""

from __future__ import annotations

from sandbox.magento import data_objects
from sandbox.magento.errors import InvalidInput, NotFound, required
from sandbox.magento.shop import Body, Document, Kind, Shop

NOT_LOGGED_IN, GENERAL = 0, 1
_SHIPPED = ("NOT LOGGED IN", "General", "Wholesale", "Retailer")
_RETAIL_CUSTOMERS = 3  # the tax class of all four
_INTERFACE = "Magento\\Customer\\Api\\Data\\GroupInterface"
_FIELDS = {"id": "int", "code": "string", "tax_class_id": "int", "tax_class_name": "string"}


def furnish(shop: Shop) -> None:
    """The four groups of an installation."""
    if shop.get(Kind.CUSTOMER_GROUP, GENERAL) is None:
        for number, code in enumerate(_SHIPPED):
            shop.insert(Document(Kind.CUSTOMER_GROUP, {"id": number, "code": code, "tax_class_id": _RETAIL_CUSTOMERS}))


def one(shop: Shop, number: int) -> Body:
    """Raises NotFound."""
    found = shop.get(Kind.CUSTOMER_GROUP, number)
    if found is None:
        raise NotFound("No such entity with %fieldName = %fieldValue", {"fieldName": "id", "fieldValue": number})
    return shown(shop, found.body)


def shown(shop: Shop, row: Body) -> Body:
    tax_class = shop.get(Kind.TAX_CLASS, row["tax_class_id"])
    return row | ({"tax_class_name": tax_class.body["class_name"]} if tax_class else {})


def save(shop: Shop, body: Body, number: int | None = None) -> Body:
    given = data_objects.read(data_objects.required_object(body, "group"), _FIELDS, _INTERFACE)
    before = {} if number is None else one(shop, number)
    row: Body = dict(before) | {name: value for name, value in given.items() if value is not None}
    if not row.get("code"):
        raise required("code")
    tax_class = shop.get(Kind.TAX_CLASS, row.get("tax_class_id", _RETAIL_CUSTOMERS))
    if tax_class is None or tax_class.body["class_type"] != "CUSTOMER":
        text = 'Invalid value of "%value" provided for the %fieldName field.'
        raise InvalidInput(text, {"fieldName": "taxClassId", "value": row.get("tax_class_id")})
    for other in shop.documents(Kind.CUSTOMER_GROUP):
        if other.entity_id != number and other.body["code"].casefold() == row["code"].casefold():
            raise InvalidInput("Customer Group already exists.")
    kept = {"id": _next(shop) if number is None else number, "code": row["code"], "tax_class_id": tax_class.entity_id}
    shop.insert(Document(Kind.CUSTOMER_GROUP, kept))
    return shown(shop, kept)


def delete(shop: Shop, number: int) -> bool:
    one(shop, number)
    if number in (NOT_LOGGED_IN, GENERAL):
        raise InvalidInput("Cannot delete group.")
    for account in shop.documents(Kind.CUSTOMER):
        if account.body["group_id"] == number:
            shop.save(Document(Kind.CUSTOMER, account.body | {"group_id": GENERAL}))
    shop.remove(Kind.CUSTOMER_GROUP, number)
    return True


def _next(shop: Shop) -> int:
    while True:
        number = shop.database.next_number("sequence", "customer group of the shop", len(_SHIPPED))
        if shop.get(Kind.CUSTOMER_GROUP, number) is None:
            return number
