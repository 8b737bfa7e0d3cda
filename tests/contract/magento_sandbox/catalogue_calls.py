"""Calls of the catalogue's REST, and a product to call with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared import wire
from tests.support.magento_sandbox import MagentoSandbox

LAMP = {"sku": "LAMP", "name": "Lamp", "price": 10, "attribute_set_id": 4, "type_id": "simple"}


async def call(shop: MagentoSandbox, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """An OAuth-signed call of /rest/<path>."""
    path = f"/rest/{path}"
    if method == "GET":
        status, answer = await shop.get(path)
    else:
        status, answer = await shop.send(method, path, body or {}, shop.sign(method, path))
    return status, wire.decode(answer)


async def save(shop: MagentoSandbox, product: Mapping[str, Any], path: str = "all/V1/products") -> Any:
    method = "POST" if path.endswith("products") else "PUT"
    status, answer = await call(shop, method, path, {"product": dict(product)})
    assert status == 200, answer
    return answer


def custom(product: Mapping[str, Any]) -> dict[str, Any]:
    return {entry["attribute_code"]: entry["value"] for entry in product["custom_attributes"]}
