"""Tax rules and tax classes as their repositories save them; the messages are recalled."""

from __future__ import annotations

from sandbox.magento import data_objects
from sandbox.magento.errors import InvalidInput, NotFound, required
from sandbox.magento.rest_tax.tables import CUSTOMER, PRODUCT, next_id
from sandbox.magento.shop import Body, Document, Kind, Shop

_RULE = "Magento\\Tax\\Api\\Data\\TaxRuleInterface"
_RULE_FIELDS = {
    "id": "int", "code": "string", "priority": "int", "position": "int", "customer_tax_class_ids": "int[]",
    "product_tax_class_ids": "int[]", "tax_rate_ids": "int[]", "calculate_subtotal": "boolean",
}  # fmt: skip
_CLASS = "Magento\\Tax\\Api\\Data\\TaxClassInterface"
_CLASS_FIELDS = {"class_id": "int", "class_name": "string", "class_type": "string"}
_LISTS = (("customer_tax_class_ids", CUSTOMER), ("product_tax_class_ids", PRODUCT))


def one(shop: Shop, kind: Kind, number: int, name: str) -> Body:
    """A rule or a class. Raises NotFound, naming the parameter."""
    found = shop.get(kind, number)
    if found is None:
        raise NotFound("No such entity with %fieldName = %fieldValue", {"fieldName": name, "fieldValue": number})
    return found.body


def save_rule(shop: Shop, body: Body) -> Body:
    given = data_objects.read(data_objects.required_object(body, "rule"), _RULE_FIELDS, _RULE)
    number = given.get("id")
    before = one(shop, Kind.TAX_RULE, number, "ruleId") if number else {"priority": 0, "position": 0}
    row: Body = {"calculate_subtotal": False} | dict(before) | {k: v for k, v in given.items() if v is not None}
    faults = _rule_faults(shop, row)
    if faults:
        raise data_objects.SeveralFaults(faults)
    for other in shop.documents(Kind.TAX_RULE):
        if other.entity_id != number and str(other.body["code"]).casefold() == str(row["code"]).casefold():
            raise InvalidInput("Code already exists.")
    kept: Body = {"id": number or next_id(shop, Kind.TAX_RULE)} | {
        name: row[name] for name in _RULE_FIELDS if name != "id"
    }
    for name in ("customer_tax_class_ids", "product_tax_class_ids", "tax_rate_ids"):
        kept[name] = list(dict.fromkeys(kept[name]))
    shop.insert(Document(Kind.TAX_RULE, kept))
    return kept


def delete_rule(shop: Shop, number: int) -> bool:
    one(shop, Kind.TAX_RULE, number, "ruleId")
    shop.remove(Kind.TAX_RULE, number)
    return True


def _rule_faults(shop: Shop, row: Body) -> list[InvalidInput]:
    faults = [] if row.get("code") else [required("code")]
    faults += [required(name) for name in ("priority", "position") if row[name] < 0]
    for name, kind in _LISTS:
        wanted = row.get(name)
        if not wanted:
            faults.append(required(name))
        for number in wanted or ():
            found = shop.get(Kind.TAX_CLASS, number)
            if found is None or found.body["class_type"] != kind:
                faults.append(_invalid(number, name))
    if not row.get("tax_rate_ids"):
        faults.append(required("tax_rate_ids"))
    faults += [_invalid(one, "tax_rate_ids") for one in row.get("tax_rate_ids") or () if not _is_rate(shop, one)]
    return faults


def _is_rate(shop: Shop, number: int) -> bool:
    return shop.get(Kind.TAX_RATE, number) is not None


def save_class(shop: Shop, body: Body, number: int | None = None) -> str:
    """Answers the class's id, as text; that of the path wins over the body's."""
    given = data_objects.read(data_objects.required_object(body, "taxClass"), _CLASS_FIELDS, _CLASS)
    if number is None and given.get("class_id"):
        raise _invalid(given["class_id"], "class_id")
    before = {} if number is None else one(shop, Kind.TAX_CLASS, number, "class_id")
    row: Body = dict(before) | {name: value for name, value in given.items() if value is not None}
    if not row.get("class_name"):
        raise required("class_name")
    if row.get("class_type") not in (PRODUCT, CUSTOMER):
        raise _invalid(row["class_type"], "class_type") if row.get("class_type") else required("class_type")
    if before and before["class_type"] != row["class_type"]:
        raise InvalidInput("Updating classType is not allowed.")
    for other in shop.documents(Kind.TAX_CLASS):
        same = (other.body["class_name"].casefold(), other.body["class_type"]) == (
            row["class_name"].casefold(), row["class_type"],
        )  # fmt: skip
        if same and other.entity_id != number:
            text = "A class with the same name already exists for ClassType %1."
            raise InvalidInput(text, [row["class_type"]])
    row["class_id"] = number or next_id(shop, Kind.TAX_CLASS)
    shop.insert(Document(Kind.TAX_CLASS, {name: row[name] for name in _CLASS_FIELDS}))
    return str(row["class_id"])


def delete_class(shop: Shop, number: int) -> bool:
    one(shop, Kind.TAX_CLASS, number, "class_id")
    if any(number in rule.body[name] for rule in shop.documents(Kind.TAX_RULE) for name, _ in _LISTS):
        raise InvalidInput(
            "You cannot delete this tax class because it is used in Tax Rules. You have to delete the rules it is used "
            "in first."
        )
    if any(number == group.body["tax_class_id"] for group in shop.documents(Kind.CUSTOMER_GROUP)):
        raise InvalidInput("You cannot delete this tax class because it is used in existing customer groups.")
    shop.remove(Kind.TAX_CLASS, number)
    return True


def _invalid(value: object, name: str) -> InvalidInput:
    text = 'Invalid value of "%value" provided for the %fieldName field.'
    return InvalidInput(text, {"fieldName": name, "value": value})
