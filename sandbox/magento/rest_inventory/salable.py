"""What can be sold, over REST: single questions, and the exports of a sales channel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.magento import columns, php_json
from sandbox.magento.errors import InvalidInput, NotFound, no_such_product, required
from sandbox.magento.rest_inventory import reading
from sandbox.magento.router import Call
from sandbox.magento.shop import Kind, Shop
from sandbox.magento.stock.leaves import WITHOUT_STOCK
from sandbox.magento.stock.quantity import ZERO

COMPOSITE = WITHOUT_STOCK | {"grouped"}


class Salable:
    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._inventory = shop.stock.inventory

    def quantity(self, call: Call) -> str:
        """A bare number. Products without stock of their own have none."""
        sku, stock_id = self._asked(call)
        product = self._shop.product(sku)
        if product is None:
            raise no_such_product()
        if product.body.get("type_id") in COMPOSITE:
            raise InvalidInput("Can't check requested quantity for products without Source Items support.")
        return php_json.encode(self._inventory.salable_quantity(sku, stock_id))

    def is_salable(self, call: Call) -> str:
        return php_json.encode(self._inventory.is_salable(*self._asked(call)))

    def are_salable(self, call: Call) -> str:
        skus = call.query.get("skus")
        if skus is None:
            raise required("skus")
        if "stockId" not in call.query:
            raise required("stockId")
        stock_id = reading.whole(str(call.query["stockId"]))
        named = [str(sku) for sku in (skus.values() if isinstance(skus, dict) else [skus])]
        answers = [
            {"sku": sku, "stock_id": stock_id, "salable": self._inventory.is_salable(sku, stock_id)} for sku in named
        ]
        return php_json.encode(answers)

    def is_salable_for(self, call: Call) -> str:
        sku, stock_id = self._asked(call)
        requested = reading.decimal(call.parameters["requestedQty"])
        refusal = self._inventory.refusal(sku, stock_id, requested)
        errors = []
        if refusal is not None:
            message = refusal.message
            for place, value in enumerate(refusal.parameters, 1):
                message = message.replace(f"%{place}", php_json.number(value))
            errors.append({"code": refusal.code, "message": message})
        return php_json.encode({"salable": refusal is None, "errors": errors})

    def _asked(self, call: Call) -> tuple[str, int]:
        return call.parameters["sku"], reading.whole(call.parameters["stockId"])

    def export(self, call: Call) -> str:
        """Products the criteria ask for, with salable quantity; others are counted, not shown."""
        stock_id = self._stock(call)
        criteria = reading.criteria_of(call, self._shop.config)
        products = (product.body for product in self._shop.documents(Kind.PRODUCT))
        found, total = reading.page(products, criteria, columns.PRODUCT, self._shop.config)
        items = [item for body in found if (item := self._exported(body, stock_id)) is not None]
        return reading.listed(items, criteria, total)

    def _exported(self, product: dict[str, Any], stock_id: int) -> dict[str, Any] | None:
        sku = product["sku"]
        if product.get("type_id") in COMPOSITE:
            return {"sku": sku, "qty": ZERO, "is_salable": True}
        if not self._inventory.settings(sku).manage_stock:
            return {"sku": sku, "qty": ZERO, "is_salable": True}  # qtyForNotManageStock is null as shipped
        if self._inventory.holding(sku, stock_id) is None:
            return None
        quantity = self._inventory.salable_quantity(sku, stock_id)
        return {"sku": sku, "qty": quantity, "is_salable": self._inventory.is_salable(sku, stock_id)}

    def dump(self, call: Call) -> str:
        """Every product of the index, its quantity without reservations."""
        return php_json.encode(list(self._dumped(self._stock(call))))

    def _dumped(self, stock_id: int) -> Iterator[dict[str, Any]]:
        for product in self._shop.documents(Kind.PRODUCT):
            sku = product.body["sku"]
            if product.body.get("type_id") in COMPOSITE or not self._inventory.settings(sku).manage_stock:
                yield {"sku": sku, "is_salable": True}  # their quantity is null
            elif (held := self._inventory.holding(sku, stock_id)) is not None:
                yield {"sku": sku, "qty": held.quantity, "is_salable": self._inventory.is_salable(sku, stock_id)}

    def _stock(self, call: Call) -> int:
        stock_id = self._inventory.network.stock_of(
            call.parameters["salesChannelType"], call.parameters["salesChannelCode"]
        )
        if stock_id is None:
            raise NotFound("No linked stock found")
        return stock_id
