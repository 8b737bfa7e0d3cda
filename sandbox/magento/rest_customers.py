"""REST of customers, their addresses and groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.magento import php_json, search
from sandbox.magento.customers import accounts, groups
from sandbox.magento.errors import NotFound
from sandbox.magento.listing import listed, number_in
from sandbox.magento.router import Call, Handler, Router
from sandbox.magento.shop import Body, Document, Kind, Shop

_ACL, _GROUP_ACL = "Magento_Customer::customer", "Magento_Customer::group"
_MANAGE, _DELETE = "Magento_Customer::manage", "Magento_Customer::delete"
_NAMES = """
    entity_id id group_id default_billing default_shipping confirmation created_at updated_at created_in dob email
    firstname lastname middlename prefix suffix gender store_id taxvat website_id disable_auto_group_change
"""
_COLUMNS = frozenset(_NAMES.split())
_GROUP_COLUMNS = frozenset(("id", "customer_group_id", "code", "customer_group_code", "tax_class_id"))


def add_routes(router: Router, shop: Shop) -> None:
    def answer(service: Callable[[Call], Any]) -> Handler:
        return lambda call: php_json.encode(service(call))

    def customer(call: Call) -> int:
        return number_in(call, "customerId")

    router.add("GET", "customers/search", _ACL, lambda call: _search(shop, call))
    router.add("POST", "customers", _MANAGE, answer(lambda call: accounts.save(shop, call.body)))
    router.add("GET", "customers/addresses/:addressId", _ACL, answer(lambda call: _address(shop, call)[1]))
    router.add("DELETE", "addresses/:addressId", _MANAGE, answer(lambda call: _drop_address(shop, call)))
    router.add("GET", "customers/:customerId", _ACL, answer(lambda call: accounts.one(shop, customer(call))))
    router.add("PUT", "customers/:customerId", _MANAGE, answer(lambda call: _change(shop, call, customer(call))))
    router.add("DELETE", "customers/:customerId", _DELETE, answer(lambda call: accounts.delete(shop, customer(call))))
    for kind in ("billing", "shipping"):
        router.add("GET", f"customers/:customerId/{kind}Address", _ACL, _default_address(shop, kind))
    router.add("GET", "customerGroups/search", _GROUP_ACL, lambda call: _groups(shop, call))
    router.add("GET", "customerGroups/default", _GROUP_ACL, answer(lambda call: groups.one(shop, groups.GENERAL)))
    router.add("GET", "customerGroups/:id", _GROUP_ACL, answer(lambda call: groups.one(shop, number_in(call, "id"))))
    router.add("POST", "customerGroups", _GROUP_ACL, answer(lambda call: groups.save(shop, call.body)))
    change = answer(lambda call: groups.save(shop, call.body, number_in(call, "id")))
    router.add("PUT", "customerGroups/:id", _GROUP_ACL, change)
    drop = answer(lambda call: groups.delete(shop, number_in(call, "id")))
    router.add("DELETE", "customerGroups/:id", _GROUP_ACL, drop)


def _search(shop: Shop, call: Call) -> str:
    """By e-mail address alone the account is found without looking at the others."""
    criteria = search.read(call.query, shop.config)
    alone = [group[0] for group in criteria.groups if len(group) == 1]
    if any(one.field == "email" and one.condition == "eq" for one in alone):
        email = next(one.value for one in alone if one.field == "email" and one.condition == "eq")
        websites = range(1, 1 + len({view.website_code for view in shop.config.more_stores}) + 1)
        rows = [row for row in (accounts.by_email(shop, email, number) for number in websites) if row is not None]
        documents = [Document(Kind.CUSTOMER, row, hidden={"entity_id": row["id"]}) for row in rows]
        found, total = search.run(documents, criteria, _COLUMNS, shop.config)
        items = [document.body for document in found]
        return php_json.encode({"items": items, "search_criteria": criteria.shown(), "total_count": total})
    return listed(shop, Kind.CUSTOMER, call, _COLUMNS)


def _groups(shop: Shop, call: Call) -> str:
    criteria = search.read(call.query, shop.config)
    rows = [groups.shown(shop, group.body) for group in shop.documents(Kind.CUSTOMER_GROUP)]
    documents = [
        Document(Kind.CUSTOMER_GROUP, row, hidden={"customer_group_id": row["id"], "customer_group_code": row["code"]})
        for row in rows
    ]
    found, total = search.run(documents, criteria, _GROUP_COLUMNS, shop.config)
    items = [document.body for document in found]
    return php_json.encode({"items": items, "search_criteria": criteria.shown(), "total_count": total})


def _change(shop: Shop, call: Call, number: int) -> Body:
    """PUT of a number that isn't there is 404."""
    accounts.one(shop, number)
    return accounts.save(shop, call.body, number)


def _address(shop: Shop, call: Call) -> tuple[Body, Body]:
    """Whose it is, and the address. Raises NotFound."""
    number = number_in(call, "addressId")
    for account in shop.mentioning(Kind.CUSTOMER, str(number)):
        for address in account.body["addresses"]:
            if address["id"] == number:
                return account.body, address
    text = "No such entity with %fieldName = %fieldValue"
    raise NotFound(text, {"fieldName": "addressId", "fieldValue": number})


def _drop_address(shop: Shop, call: Call) -> bool:
    owner, gone = _address(shop, call)
    left = [address for address in owner["addresses"] if address is not gone]
    accounts.save(shop, {"customer": {"addresses": left}}, owner["id"])
    return True


def _default_address(shop: Shop, kind: str) -> Handler:
    return lambda call: php_json.encode(_default(accounts.one(shop, number_in(call, "customerId")), kind))


def _default(row: Body, kind: str) -> Body:
    for address in row["addresses"]:
        if address.get(f"default_{kind}"):
            return dict(address)
    text = "No such entity with %fieldName = %fieldValue"
    raise NotFound(text, {"fieldName": "customerId", "fieldValue": row["id"]})
