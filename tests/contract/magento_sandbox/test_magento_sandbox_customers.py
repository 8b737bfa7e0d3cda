"""Customers over REST: accounts, addresses, groups, buyers with an account and guests who register."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.magento.config import Config, StoreView
from tests.contract.magento_sandbox.shop_documents import ADDRESS, cart, order
from tests.support.magento_rest import Rest, page
from tests.support.magento_sandbox import MagentoSandbox, in_process

ADA = {"email": "ada@example.com", "firstname": "Ada", "lastname": "Byron"}
HOME = {
    "firstname": "Ada", "lastname": "Byron", "street": ["1 Main St"], "city": "Reno", "telephone": "1",
    "postcode": "89501", "country_id": "US", "region": {"region_code": "NV"}, "default_billing": True,
}  # fmt: skip


async def _made(shop: MagentoSandbox, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = await Rest(shop).done("POST", "customers", {"customer": ADA | more, "password": "Secret12"})
    return made


async def test_an_account_is_made_found_changed_and_deleted(shop: MagentoSandbox) -> None:
    rest = Rest(shop)
    made = await _made(shop, addresses=[HOME])
    assert (made["group_id"], made["website_id"], made["store_id"]) == (1, 1, 1)
    [address] = made["addresses"]
    assert (address["region"]["region_id"], made["default_billing"]) == (39, str(address["id"]))
    for filter_ in (page("email", "eq", "ADA@example.com"), page("lastname", "like", "By%25")):
        found = await shop.get_json(f"/rest/V1/customers/search?{filter_}")
        assert [one["id"] for one in found["items"]] == [made["id"]]
    changed = await rest.done("PUT", f"customers/{made['id']}", {"customer": {"lastname": "King"}})
    assert (changed["lastname"], changed["firstname"], len(changed["addresses"])) == ("King", "Ada", 1)
    assert await rest.done("GET", f"customers/{made['id']}/billingAddress") == address
    assert await rest.done("DELETE", f"addresses/{address['id']}") is True
    assert (await rest.done("GET", f"customers/{made['id']}"))["addresses"] == []
    assert await rest.done("DELETE", f"customers/{made['id']}") is True
    assert (await rest.call("GET", f"customers/{made['id']}"))[0] == 404
    assert (await _made(shop))["id"] != made["id"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"firstname": ""}, '"%1" is a required value.'),
        ({"email": "nobody"}, '"%1" is not a valid email address.'),
        ({"group_id": 99}, 'Invalid value of "%value" provided for the %fieldName field.'),
        ({"addresses": [{**HOME, "country_id": "XX"}]}, 'Invalid value of "%value" provided for the %fieldName field.'),
        ({"addresses": [{**HOME, "region": None}]}, '"%fieldName" is required. Enter and try again.'),
        ({"addresses": 7}, 'Error occurred during "addresses" processing.'),
        ({"gender": "x"}, 'Error occurred during "gender" processing.'),
    ],
)
async def test_an_account_that_cant_be_is_refused(shop: MagentoSandbox, change: dict[str, Any], message: str) -> None:
    status, body = await Rest(shop).call("POST", "customers", {"customer": ADA | change})
    assert (status, body["message"].startswith(message)) == (400, True), body


async def test_an_address_is_one_accounts_on_a_website(shop: MagentoSandbox) -> None:
    await _made(shop)
    status, body = await Rest(shop).call("POST", "customers", {"customer": ADA | {"email": "Ada@Example.com"}})
    assert (status, "same email address" in body["message"]) == (400, True)


async def test_an_address_that_was_given_up_is_free_again(shop: MagentoSandbox) -> None:
    rest = Rest(shop)
    made = await _made(shop)
    await rest.done("PUT", f"customers/{made['id']}", {"customer": {"email": "king@example.com"}})
    assert (await _made(shop))["id"] != made["id"]
    found = await shop.get_json("/rest/V1/customers/search?" + page("email", "eq", "king@example.com"))
    assert [one["id"] for one in found["items"]] == [made["id"]]


async def test_a_buyer_with_an_account_is_a_customer_afterwards(shop: MagentoSandbox) -> None:
    buyer = {"email": "b@example.com", "registered": True}
    numbers = []
    for _ in range(2):
        [placed] = await shop.place(cart(buyer=buyer))
        numbers.append((await shop.get_json(f"/rest/V1/orders/{placed['entity_id']}"))["customer_id"])
    assert numbers[0] == numbers[1]
    customer = await shop.get_json(f"/rest/V1/customers/{numbers[0]}")
    assert (customer["email"], customer["firstname"]) == ("b@example.com", ADDRESS["firstname"])


async def test_a_guest_who_registers_gets_the_order(shop: MagentoSandbox) -> None:
    [placed] = await shop.place(cart())
    number = placed["entity_id"]
    assert "customer_id" not in await shop.get_json(f"/rest/V1/orders/{number}")
    customer = await shop.control("POST", f"orders/{number}/register")
    after = await shop.get_json(f"/rest/V1/orders/{number}")
    assert (after["customer_id"], after["customer_is_guest"]) == (customer["id"], 0)
    assert (await shop.get_json(f"/rest/V1/customers/{customer['id']}"))["email"] == "a@example.com"


async def test_a_recorded_guest_order_keeps_its_row_totals_when_the_guest_registers(shop: MagentoSandbox) -> None:
    await shop.put_order(order(5, customer_email="g@example.com"))
    await shop.control("POST", "orders/5/register")
    after = await shop.get_json("/rest/V1/orders/5")
    assert (after["customer_is_guest"], after["items"][0]["row_total"]) == (0, 10)


async def test_groups_have_a_tax_class_that_taxes_their_members(shop: MagentoSandbox) -> None:
    rest = Rest(shop)
    exempt = await rest.done("POST", "taxClasses", {"taxClass": {"class_name": "Exempt", "class_type": "CUSTOMER"}})
    group = await rest.done("POST", "customerGroups", {"group": {"code": "Schools", "tax_class_id": int(exempt)}})
    assert group["tax_class_name"] == "Exempt"
    rate = {"tax_country_id": "US", "tax_region_id": 12, "tax_postcode": "*", "rate": 10, "code": "CA"}
    number = (await rest.done("POST", "taxRates", {"taxRate": rate}))["id"]
    rule = {"code": "R", "customer_tax_class_ids": [3], "product_tax_class_ids": [2], "tax_rate_ids": [number]}
    await rest.done("POST", "taxRules", {"rule": rule})
    await _made(shop, group_id=group["id"])
    bare = {name: value for name, value in cart().items() if name != "tax"}
    taxed = [
        (await shop.place({**bare, "buyer": {"email": email, "registered": True}}))[0]["tax_amount"]
        for email in ("ada@example.com", "other@example.com")
    ]
    assert taxed == [0, Decimal(2)]
    assert [one["code"] for one in (await rest.done("GET", "customerGroups/search?searchCriteria="))["items"]] == [
        "NOT LOGGED IN", "General", "Wholesale", "Retailer", "Schools",
    ]  # fmt: skip
    assert await rest.done("DELETE", f"customerGroups/{group['id']}") is True
    assert (await rest.call("DELETE", "customerGroups/1"))[0] == 400


EUROPE = StoreView(
    2, "europe", "Europe", website_code="eu", website_name="EU", group_name="EU Store", timezone="Europe/Paris",
    base_currency="EUR",
)  # fmt: skip
FRENCH = StoreView(3, "french", "French", website_code="eu", website_name="EU", group_name="EU Store",
                   base_currency="EUR", locale="fr_FR")  # fmt: skip


async def test_a_shop_of_several_websites_shows_them_and_orders_carry_their_store() -> None:
    async with in_process(Config(more_stores=(EUROPE, FRENCH))) as shop:
        sites = await shop.get_json("/rest/V1/store/websites")
        assert [(one["id"], one["code"]) for one in sites] == [(0, "admin"), (1, "base"), (2, "eu")]
        groups = await shop.get_json("/rest/V1/store/storeGroups")
        assert [(one["website_id"], one["default_store_id"]) for one in groups] == [(0, 0), (1, 1), (2, 2)]
        views = await shop.get_json("/rest/europe/V1/store/storeViews")
        assert [(one["id"], one["website_id"], one["store_group_id"]) for one in views[:3]] == [
            (1, 1, 1), (2, 2, 2), (3, 2, 2),
        ]  # fmt: skip
        [config] = await shop.get_json("/rest/V1/store/storeConfigs?storeCodes%5B0%5D=europe")
        assert (config["timezone"], config["base_currency_code"]) == ("Europe/Paris", "EUR")
        [placed] = await shop.place(cart(store="french", buyer={"email": "a@example.com", "registered": True}))
        placed_order = await shop.get_json(f"/rest/V1/orders/{placed['entity_id']}")
        assert (placed_order["store_id"], placed_order["store_name"]) == (3, "EU\nEU Store\nFrench")
        assert (placed_order["order_currency_code"], placed_order["items"][0]["store_id"]) == ("EUR", 3)
        customer = await shop.get_json(f"/rest/V1/customers/{placed_order['customer_id']}")
        assert (customer["website_id"], customer["created_in"]) == (2, "French")
        currency = await shop.get_json("/rest/french/V1/directory/currency")
        assert currency["base_currency_code"] == "EUR"


async def test_a_store_code_that_the_shop_hasnt_is_no_address(shop: MagentoSandbox) -> None:
    assert (await Rest(shop, "/rest/nowhere/V1").call("GET", "store/websites"))[0] == 404


async def test_modules_tell_the_edition_and_the_inventory() -> None:
    async with in_process(Config(edition="commerce", msi=False)) as shop:
        modules = await shop.get_json("/rest/V1/modules")
        assert ("Magento_Company" in modules, "Magento_InventoryApi" in modules) == (True, False)


async def test_countries_and_their_regions(shop: MagentoSandbox) -> None:
    rest = Rest(shop)
    assert len((await rest.done("GET", "directory/countries/US"))["available_regions"]) == 65
    assert {"US", "CA", "DE"} <= {one["id"] for one in await rest.done("GET", "directory/countries")}
    assert (await rest.call("GET", "directory/countries/XX"))[0] == 404
