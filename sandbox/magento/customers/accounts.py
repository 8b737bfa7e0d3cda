"""Customer accounts: one for each e-mail address and website. Messages are recalled."""

from __future__ import annotations

import re
from typing import Any

from sandbox.magento import announcing, data_objects
from sandbox.magento.cart import Address, Buyer
from sandbox.magento.config import StoreView
from sandbox.magento.customers import addresses, groups
from sandbox.magento.errors import InvalidInput, NotFound, required
from sandbox.magento.shop import Body, Document, Kind, Shop
from sandbox.magento.stores import stores_of

_INTERFACE = "Magento\\Customer\\Api\\Data\\CustomerInterface"
_FIELDS = {
    "id": "int", "group_id": "int", "default_billing": "string", "default_shipping": "string",
    "confirmation": "string", "created_at": "string", "updated_at": "string", "created_in": "string", "dob": "string",
    "email": "string", "firstname": "string", "lastname": "string", "middlename": "string", "prefix": "string",
    "suffix": "string", "gender": "int", "store_id": "int", "taxvat": "string", "website_id": "int",
    "addresses": "any", "disable_auto_group_change": "int",
}  # fmt: skip
_OWN = ("id", "created_at", "updated_at", "created_in", "addresses", "default_billing", "default_shipping")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_SPACE = "customer"


def one(shop: Shop, number: int) -> Body:
    """Raises NotFound."""
    found = shop.get(Kind.CUSTOMER, number)
    if found is None:
        text = "No such entity with %fieldName = %fieldValue"
        raise NotFound(text, {"fieldName": "customerId", "fieldValue": number})
    return found.body


def by_email(shop: Shop, email: str, website_id: int = 1) -> Body | None:
    """The account of an address on a website, or None."""
    sql = "SELECT value FROM numbers WHERE space = ? AND name = ?"
    row = shop.database.one(sql, (_SPACE, _key(email, website_id)))
    found = None if row is None else shop.get(Kind.CUSTOMER, int(row[0]))
    return None if found is None else found.body


def save(shop: Shop, body: Body, number: int | None = None) -> Body:
    """A new account, or that one changed: what isn't named stays, addresses that aren't in a list that comes are gone.

    Raises InvalidInput, NotFound.
    """
    given = data_objects.read(data_objects.required_object(body, "customer"), _FIELDS, _INTERFACE)
    before = {} if number is None else one(shop, number)
    stated = {name: value for name, value in given.items() if value is not None and name not in _OWN}
    row = _defaults(shop, stated) | before | stated
    _check(shop, row, number)
    return _keep(shop, row, number, before, given.get("addresses"))


def of_buyer(shop: Shop, buyer: Buyer, billing: Address, view: StoreView) -> Body:
    """The account of a registered buyer, made when there is none yet."""
    website_id = stores_of(shop.config).website_id(view)
    known = by_email(shop, buyer.email, website_id)
    if known is not None:
        return known
    row: Body = {
        "group_id": groups.GENERAL, "store_id": view.id, "website_id": website_id, "email": buyer.email,
        "firstname": buyer.firstname or billing.firstname, "lastname": buyer.lastname or billing.lastname,
        "disable_auto_group_change": 0,
    }  # fmt: skip
    if buyer.taxvat:
        row["taxvat"] = buyer.taxvat
    return _keep(shop, row, None, {}, None)


def delete(shop: Shop, number: int) -> bool:
    """Orders keep the number of a customer who is gone."""
    row = one(shop, number)
    shop.remove(Kind.CUSTOMER, number)
    _forget(shop, row)
    return True


def _keep(shop: Shop, row: Body, number: int | None, before: Body, listed: Any) -> Body:
    customer_id = number or shop.customer_id(_key(row["email"], row["website_id"]))
    kept = before.get("addresses", [])
    if listed is not None:
        kept = addresses.read(shop, customer_id, listed, kept)
    now = shop.now()
    row = row | {"id": customer_id, "created_at": before.get("created_at", now), "updated_at": now}
    row["created_in"] = before.get("created_in", stores_of(shop.config).by_id(row["store_id"]).name)
    for name in ("default_billing", "default_shipping"):
        row.pop(name, None)
        for one_of_them in kept:
            if one_of_them.get(name):
                row[name] = str(one_of_them["id"])
    if before and _key(before["email"], before["website_id"]) != _key(row["email"], row["website_id"]):
        _forget(shop, before)
        sql = "INSERT OR REPLACE INTO numbers VALUES (?, ?, ?)"
        shop.database.execute(sql, (_SPACE, _key(row["email"], row["website_id"]), customer_id))
    ordered = {name: row[name] for name in _FIELDS if name in row and name != "addresses"}
    document = shop.insert(Document(Kind.CUSTOMER, ordered | {"addresses": kept}))
    if before.get("updated_at") is None or _told(before) != _told(document.body):
        shop.announce(f"customer.{'updated' if before else 'created'}", document)
    announcing.addresses_saved(shop, document, before.get("addresses", []))
    return document.body


def _told(row: Body) -> tuple[Any, ...]:
    """What Mage-OS looks at before it tells of an update (reference 1.3)."""
    return tuple(row.get(name) for name in ("email", "firstname", "lastname", "gender", "dob", "group_id", "taxvat"))


def _defaults(shop: Shop, stated: Body) -> Body:
    stores = stores_of(shop.config)
    view = stores.by_id(stated.get("store_id", 0))
    return {
        "group_id": groups.GENERAL, "store_id": view.id, "website_id": stores.website_id(view),
        "disable_auto_group_change": 0,
    }  # fmt: skip


def _check(shop: Shop, row: Body, number: int | None) -> None:
    faults: list[InvalidInput] = []
    for name, label in (("firstname", "First Name"), ("lastname", "Last Name")):
        if not row.get(name):
            faults.append(InvalidInput('"%1" is a required value.', [label]))
    if not row.get("email"):
        faults.append(required("email"))
    elif not _EMAIL.fullmatch(row["email"]):
        faults.append(InvalidInput('"%1" is not a valid email address.', ["Email"]))
    if shop.get(Kind.CUSTOMER_GROUP, row["group_id"]) is None:
        text = 'Invalid value of "%value" provided for the %fieldName field.'
        faults.append(InvalidInput(text, {"fieldName": "group_id", "value": row["group_id"]}))
    if faults:
        raise data_objects.SeveralFaults(faults)
    other = by_email(shop, row["email"], row["website_id"])
    if other is not None and other["id"] != number:
        raise InvalidInput("A customer with the same email address already exists in an associated website.")


def _forget(shop: Shop, row: Body) -> None:
    key = (_SPACE, _key(row["email"], row["website_id"]))
    shop.database.execute("DELETE FROM numbers WHERE space = ? AND name = ?", key)


def _key(email: str, website_id: int) -> str:
    """Accounts are shared by the views of a website (customer/account_share/scope 1, as shipped)."""
    return email.casefold() if website_id == 1 else f"{website_id} {email.casefold()}"
