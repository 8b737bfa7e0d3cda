"""Tax rates, rules and classes over REST are those that carts are priced with."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from sandbox.magento.config import Config
from sandbox.magento.tax_settings import TaxRate, TaxRule, TaxSettings
from tests.contract.magento_sandbox.shop_documents import cart
from tests.support.magento_rest import Rest, page
from tests.support.magento_sandbox import MagentoSandbox, in_process

CALIFORNIA = {"tax_country_id": "US", "tax_region_id": 12, "tax_postcode": "*", "rate": 8.25, "code": "US-CA"}


def _without_tax() -> dict[str, Any]:
    return {**{name: value for name, value in cart().items() if name != "tax"}}


async def _rated(rest: Rest, **rate: Any) -> dict[str, Any]:
    """A rate and a rule that puts it on taxable goods."""
    made = await rest.done("POST", "taxRates", {"taxRate": CALIFORNIA | rate})
    rule = {
        "code": "All", "priority": 0, "position": 0, "customer_tax_class_ids": [3], "product_tax_class_ids": [2],
        "tax_rate_ids": [made["id"]],
    }  # fmt: skip
    return {"rate": made, "rule": await rest.done("POST", "taxRules", {"rule": rule})}


async def test_a_rate_changed_over_rest_prices_the_next_cart(shop: MagentoSandbox) -> None:
    rest = Rest(shop)
    [untaxed] = await shop.place(_without_tax())
    assert untaxed["tax_amount"] == 0
    made = await _rated(rest)
    [first] = await shop.place(_without_tax())
    order = await shop.get_json(f"/rest/V1/orders/{first['entity_id']}")
    assert order["tax_amount"] == round(order["subtotal"] * Decimal("0.0825"), 2) > 0
    assert order["extension_attributes"]["applied_taxes"][0]["code"] == "US-CA"
    await rest.done("PUT", "taxRates", {"taxRate": {"id": made["rate"]["id"], "rate": 10}})
    [second] = await shop.place(_without_tax())
    assert second["tax_amount"] == round(order["subtotal"] * Decimal("0.1"), 2)


async def test_a_cart_that_brings_settings_is_priced_with_them(shop: MagentoSandbox) -> None:
    await _rated(Rest(shop))
    [placed] = await shop.place({**_without_tax(), "tax": {}})
    assert placed["tax_amount"] == 0


async def test_the_settings_of_the_configuration_fill_the_tables() -> None:
    rate = TaxRate(code="Range", percent=Decimal("5.5"), region_id=12, postcode="90000-90999")
    rule = TaxRule(code="Rule", rates=("Range",), product_classes=("Taxable Goods", "Shipping"), priority=2)
    async with in_process(Config(tax=TaxSettings(rates=(rate,), rules=(rule,)))) as shop:
        [row] = (await shop.get_json("/rest/V1/taxRates/search?searchCriteria="))["items"]
        assert (row["zip_is_range"], row["zip_from"], row["zip_to"], row["rate"]) == (1, 90000, 90999, Decimal("5.5"))
        [shown] = (await shop.get_json("/rest/V1/taxRules/search?searchCriteria="))["items"]
        assert (shown["priority"], shown["tax_rate_ids"], len(shown["product_tax_class_ids"])) == (2, [1], 2)
        classes = (await shop.get_json("/rest/V1/taxClasses/search?searchCriteria="))["items"]
        assert [(one["class_id"], one["class_name"], one["class_type"]) for one in classes] == [
            (2, "Taxable Goods", "PRODUCT"),
            (3, "Retail Customer", "CUSTOMER"),
            (4, "Shipping", "PRODUCT"),
        ]
        await shop.reset()
        assert (await shop.get_json("/rest/V1/taxRates/search?searchCriteria="))["total_count"] == 1


async def test_a_rate_in_a_rule_cant_be_deleted_before_the_rule(shop: MagentoSandbox) -> None:
    rest = Rest(shop)
    made = await _rated(rest)
    rate, rule = f"taxRates/{made['rate']['id']}", f"taxRules/{made['rule']['id']}"
    assert (await rest.call("DELETE", rate))[0] == 400
    assert await rest.done("DELETE", rule) is True
    assert await rest.done("DELETE", rate) is True
    assert (await rest.call("GET", rate))[0] == 404


async def test_rates_are_found_by_what_they_have(shop: MagentoSandbox) -> None:
    rest = Rest(shop)
    for region, code in ((12, "US-CA"), (43, "US-NY"), (57, "US-TX")):
        await rest.done("POST", "taxRates", {"taxRate": CALIFORNIA | {"tax_region_id": region, "code": code}})
    found = await shop.get_json("/rest/V1/taxRates/search?" + page("code", "like", "US-%25"))
    assert [one["code"] for one in found["items"]] == ["US-CA", "US-NY", "US-TX"]
    found = await shop.get_json("/rest/V1/taxRates/search?" + page("tax_region_id", "gt", "12"))
    assert found["total_count"] == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tax_country_id": "ZZ"}, 'Invalid value of "%value" provided for the %fieldName field.'),
        ({"tax_region_id": 66}, 'Invalid value of "%value" provided for the %fieldName field.'),
        ({"code": ""}, '"%fieldName" is required. Enter and try again.'),
        ({"code": "", "rate": -1}, "One or more input exceptions have occurred."),
        ({"zip_is_range": 1, "zip_from": 9, "zip_to": 8}, "Range To should be equal or greater than Range From."),
        ({"rate": "much"}, 'Error occurred during "rate" processing. The "much" value\'s type is invalid. The "float"'),
        ({"colour": 1}, 'Property "Colour" does not have accessor method'),
    ],
)
async def test_a_rate_that_cant_be_is_refused(shop: MagentoSandbox, change: dict[str, Any], message: str) -> None:
    status, body = await Rest(shop).call("POST", "taxRates", {"taxRate": CALIFORNIA | change})
    assert (status, body["message"].startswith(message)) == (400, True), body


async def test_several_faults_are_told_one_by_one(shop: MagentoSandbox) -> None:
    _, body = await Rest(shop).call("POST", "taxRates", {"taxRate": {"rate": 1, "tax_postcode": "*"}})
    assert [error["parameters"]["fieldName"] for error in body["errors"]] == ["country_id", "code"]


async def test_a_code_in_use_is_refused_and_names_may_be_in_camel_case(shop: MagentoSandbox) -> None:
    rest = Rest(shop)
    camel = {"taxCountryId": "US", "taxRegionId": 12, "taxPostcode": "*", "rate": "8.25", "code": "US-CA"}
    assert (await rest.done("POST", "taxRates", {"tax_rate": camel}))["tax_region_id"] == 12
    status, body = await rest.call("POST", "taxRates", {"taxRate": CALIFORNIA | {"code": "us-ca"}})
    assert (status, body) == (400, {"message": "Code already exists."})


async def test_classes_are_made_renamed_and_kept_while_a_rule_uses_them(shop: MagentoSandbox) -> None:
    rest = Rest(shop)
    books = {"class_name": "Books", "class_type": "PRODUCT"}
    number = await rest.done("POST", "taxClasses", {"taxClass": books})
    assert number == "4"
    await rest.done("PUT", f"taxClasses/{number}", {"taxClass": books | {"class_name": "Printed"}})
    assert (await rest.done("GET", f"taxClasses/{number}"))["class_name"] == "Printed"
    assert (await rest.call("POST", "taxClasses", {"taxClass": books | {"class_name": "printed"}}))[0] == 400
    await _rated(rest)
    assert (await rest.call("DELETE", "taxClasses/2"))[0] == 400
    assert await rest.done("DELETE", f"taxClasses/{number}") is True


async def test_a_rule_of_unknown_rates_or_classes_is_refused(shop: MagentoSandbox) -> None:
    rule = {"code": "R", "customer_tax_class_ids": [2], "product_tax_class_ids": [2], "tax_rate_ids": [77]}
    status, body = await Rest(shop).call("POST", "taxRules", {"rule": rule})
    assert status == 400
    assert [error["parameters"]["value"] for error in body["errors"]] == [2, 77]
    assert json.dumps(body).count("Invalid value") == 2
