"""PyMagento, unchanged but for the address: it reads, writes and pages through the shop as it does with Magento."""

from __future__ import annotations

import time
from typing import Any

import pytest
from magento import Magento
from magento.exceptions import MagentoException

from sandbox.magento.config import Credentials
from tests.contract.clients.conftest import SandboxProcess
from tests.contract.magento_sandbox.shop_documents import cart

LAMP: dict[str, Any] = {
    "sku": "LAMP/1", "name": "Lamp", "price": 10, "attribute_set_id": 4, "type_id": "simple",
    "extension_attributes": {"category_links": [{"category_id": "5", "position": 1}]},
}  # fmt: skip
WAIT_SECONDS = 5.0


def _place(shop: SandboxProcess, count: int = 1, **more: Any) -> list[dict[str, Any]]:
    placed: list[dict[str, Any]] = shop.control("POST", "place", [cart(**more) for _ in range(count)])["placed"]
    return placed


def test_orders_are_paged_through_and_found(shop: SandboxProcess, magento: Magento) -> None:
    placed = _place(shop, 10)
    wanted = [one["increment_id"] for one in placed]
    assert [one["increment_id"] for one in magento.get_orders()] == wanted
    assert [one["entity_id"] for one in magento.get_orders(limit=5, id_pagination=True)] == [
        one["entity_id"] for one in placed[:5]
    ]
    assert [one["increment_id"] for one in magento.get_last_orders(3)] == wanted[:-4:-1]
    assert magento.get_total_orders_count() == 10
    assert set(magento.get_orders_by_increment_ids(wanted[2:4])) == set(wanted[2:4])
    found = magento.get_order_by_increment_id(wanted[4])
    assert found is not None
    assert found["entity_id"] == placed[4]["entity_id"]
    assert list(magento.get_orders(status="complete")) == []
    assert magento.get_order(1, none_on_404=True) is None


def test_an_order_is_held_invoiced_and_shipped(shop: SandboxProcess, magento: Magento) -> None:
    [placed] = _place(shop)
    number = placed["entity_id"]
    assert magento.hold_order(number) is True
    assert magento.get_order(number)["state"] == "holded"
    assert magento.unhold_order(number) is True
    invoice_id = int(magento.create_order_invoice(number, {"capture": True}))
    invoice = magento.get_invoice(invoice_id)
    assert (invoice["order_id"], invoice["state"]) == (number, 2)
    assert [one["entity_id"] for one in magento.get_order_invoices(number)] == [invoice_id]
    same = magento.get_invoice_by_increment_id(invoice["increment_id"])
    assert same is not None
    assert same["entity_id"] == invoice_id
    [item] = magento.get_order(number)["items"]
    assert magento.get_order_item(item["item_id"])["sku"] == "WATCH"
    payload = {"items": [{"order_item_id": item["item_id"], "qty": item["qty_ordered"]}]}
    shipment_id = int(magento.ship_order(number, payload))
    shipment = magento.get_shipment(shipment_id)
    assert shipment is not None
    assert [one["entity_id"] for one in magento.get_order_shipments(number)] == [shipment["entity_id"]]
    assert magento.get_order(number)["state"] == "complete"
    assert magento.post_json_api(f"/V1/order/{number}/refund", json={"notify": False}) > 0
    [memo] = magento.get_credit_memos()
    assert memo["grand_total"] == invoice["grand_total"]
    assert magento.get_order(number)["state"] == "closed"


def test_an_error_of_the_shop_is_the_clients_exception(shop: SandboxProcess, magento: Magento) -> None:
    [placed] = _place(shop)
    magento.create_order_invoice(placed["entity_id"])
    with pytest.raises(MagentoException) as refused:
        magento.create_order_invoice(placed["entity_id"])
    assert refused.value.response is not None
    assert refused.value.response.status_code == 400


def test_products_are_made_changed_renamed_and_deleted(shop: SandboxProcess, magento: Magento) -> None:
    made = magento.save_product(LAMP)
    assert magento.update_product("LAMP/1", {"name": "Big lamp"})["name"] == "Big lamp"
    by_id = magento.get_product_by_id(made["id"])
    assert by_id is not None
    assert by_id["sku"] == "LAMP/1"
    assert magento.get_product("NOTHING") is None
    magento.update_product("LAMP/1", {"id": made["id"], "sku": "LAMP+2"}, save_options=True)
    assert [one["sku"] for one in magento.get_products()] == ["LAMP+2"]
    assert [one["price"] for one in magento.get_base_prices(["LAMP+2"])] == [10]
    assert magento.save_base_prices([{"price": 12.5, "sku": "LAMP+2", "store_id": 0}]) == []
    product = magento.get_product("LAMP+2")
    assert product is not None
    assert product["price"] == 12.5
    assert magento.delete_product("LAMP+2") is True
    assert magento.delete_product("LAMP+2", skip_missing=True) is False


def test_stock_is_written_as_item_and_by_source(shop: SandboxProcess, magento: Magento) -> None:
    magento.save_product(LAMP)
    item = magento.get_product_stock_item("LAMP/1")
    magento.update_product_stock_item_quantity("LAMP/1", item["item_id"], 7)
    assert magento.get_product_stock_item("LAMP/1")["qty"] == 7
    assert magento.get_product_stock_status("LAMP/1")["qty"] == 7
    magento.save_source({"source_code": "east", "name": "East", "enabled": True, "country_id": "US", "postcode": "1"})
    assert sorted(one["source_code"] for one in magento.get_sources()) == ["default", "east"]
    magento.save_source_items([{"sku": "LAMP/1", "source_code": "east", "quantity": 3, "status": 1}])
    found = {one["source_code"]: one["quantity"] for one in magento.get_source_items(sku="LAMP/1")}
    assert found == {"default": 7, "east": 3}
    magento.delete_source_items_by_source_code("east")
    assert [one["source_code"] for one in magento.get_source_items(skus=["LAMP/1"])] == ["default"]
    assert [one["source_code"] for one in magento.get_stock_source_links()] == ["default"]


def test_categories_and_who_bought_what(shop: SandboxProcess, magento: Magento) -> None:
    magento.save_product(LAMP)
    assert [one["id"] for one in magento.get_child_categories(2)] == [5]
    assert [one["id"] for one in magento.get_categories_under_root(2)] == [5]
    found = magento.get_category_by_name("Category 5", assert_one=True)
    assert found is not None
    assert found["path"] == "1/2/5"
    _place(shop)
    assert magento.skus_were_bought(["WATCH", "LAMP/1"]) == {"WATCH": True, "LAMP/1": False}


def test_customers_stores_and_taxes_are_read(shop: SandboxProcess, magento: Magento) -> None:
    _place(shop, buyer={"email": "b@example.com", "registered": True})
    [customer] = magento.get_customers()
    assert magento.get_customer(customer["id"])["email"] == "b@example.com"
    assert [one["code"] for one in magento.get_customer_groups()][:2] == ["NOT LOGGED IN", "General"]
    assert [one["code"] for one in magento.get_store_views()] == ["default", "admin"]
    assert [one["code"] for one in magento.get_store_configs(["default"])] == ["default"]
    assert [one["code"] for one in magento.get_websites()] == ["admin", "base"]
    assert magento.get_current_store_group_id(scope="base") == 1
    rate = {"tax_country_id": "US", "tax_region_id": 12, "tax_postcode": "*", "rate": 8.25, "code": "US-CA"}
    magento.post_json_api("/V1/taxRates", json={"taxRate": rate})
    assert [one["code"] for one in magento.get_tax_rates()] == ["US-CA"]
    assert [one["class_name"] for one in magento.get_tax_classes()] == ["Taxable Goods", "Retail Customer"]
    assert list(magento.get_tax_rules()) == []
    assert "US" in {one["id"] for one in magento.get_countries()}


def test_a_bulk_is_sent_and_followed(shop: SandboxProcess, magento: Magento) -> None:
    magento.save_product(LAMP)
    sent = magento.async_update_products([{"sku": "LAMP/1", "name": "Bulk"}, {"sku": "NEW", "name": ""}])
    deadline = time.monotonic() + WAIT_SECONDS
    while magento.get_bulk_operation_status_count(sent["bulk_uuid"], 4):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    detailed = magento.get_bulk_detailed_status(sent["bulk_uuid"])
    assert [one["status"] for one in detailed["operations_list"]] == [1, 3]
    assert magento.get_bulk_status(sent["bulk_uuid"])["operation_count"] == 2
    assert len(list(magento.get_bulk_operations())) == 2
    assert magento.get_bulk_status("nothing", none_on_404=True) is None


def test_it_signs_in_as_administrator_and_a_wrong_token_is_refused(shop: SandboxProcess, magento: Magento) -> None:
    names = {"username": Credentials().admin_username, "password": Credentials().admin_password}
    token = magento.post_json_api("/V1/integration/admin/token", json=names)
    with Magento(token=token, base_url=shop.base_url, scope="default") as administrator:
        assert list(administrator.get_orders()) == []
    with Magento(token="wrong", base_url=shop.base_url) as stranger, pytest.raises(MagentoException) as refused:
        list(stranger.get_orders())
    assert "isn't authorized" in str(refused.value)
