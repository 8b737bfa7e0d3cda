"""Control routes of the catalogue: changes that nobody is told of, and what an import or a mass action does."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.magento.catalog import values
from sandbox.magento.catalog.fields import decimal
from sandbox.magento.errors import ControlError, InvalidInput
from sandbox.magento.shop import Kind, Shop
from sandbox.storage.codec import to_text
from shared import wire

HOW = ("mass_action", "eav", "import")


class CatalogControl:
    """POST products/quietly {"skus", "set": {code: value}, "how", "store"}; DELETE products/{sku}."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/_sandbox/products/quietly", self._quietly),
            web.delete("/_sandbox/products/{sku}", self._delete),
        ]

    async def _quietly(self, request: web.Request) -> web.Response:
        """No event in any case. A mass action and a direct EAV write leave updated_at; an import moves it (7.1)."""
        try:
            wanted = _read(await request.read(), self._shop)
            with self._shop.atomic():
                changed = self._write(**wanted)
        except ControlError as error:
            return _json({"error": error.text}, error.status)
        return _json({"changed": changed})

    def _write(self, skus: list[str], set: dict[str, Any], how: str, store: str) -> list[str]:
        changed = []
        for sku in skus:
            product = self._shop.product(sku)
            if product is None:
                raise ControlError(404, f"there is no product {sku!r} in this shop")
            differs = False
            for code, value in set.items():
                differs |= values.put(product, code, value, store, self._shop.config)
            if how == "import":
                product.body = product.body | {"updated_at": self._shop.now()}
                product.recorded = None
            self._shop.save(product)
            changed += [sku] if differs else []
        return changed

    async def _delete(self, request: web.Request) -> web.Response:
        product = self._shop.product(request.match_info["sku"])
        if product is None:
            return _json({"error": f"there is no product {request.match_info['sku']!r} in this shop"}, 404)
        self._shop.remove(Kind.PRODUCT, product.entity_id)
        return _json({"deleted": product.body["sku"]})


def _read(data: bytes, shop: Shop) -> dict[str, Any]:
    try:
        wanted = wire.decode(data)
    except wire.NotJson as error:
        raise ControlError(400, f"the body is no JSON document: {error}") from error
    if not isinstance(wanted, dict) or set(wanted) - {"skus", "set", "how", "store"}:
        raise ControlError(400, "a JSON object with skus, set, how and store is expected")
    skus, changes = wanted.get("skus"), wanted.get("set")
    if not isinstance(skus, list) or not skus or not all(isinstance(sku, str) for sku in skus):
        raise ControlError(400, "skus is a list of SKUs")
    if not isinstance(changes, dict) or not changes or {"sku", "id", "type_id"} & set(changes):
        raise ControlError(400, "set is {attribute code: value}, of anything but sku, id and type_id")
    how, store = wanted.get("how", "mass_action"), wanted.get("store", values.ALL_STORES)
    if how not in HOW:
        raise ControlError(400, f"how is one of {', '.join(HOW)}, not {how!r}")
    if store not in (values.ALL_STORES, shop.config.store_code):
        raise ControlError(400, f"store is {values.ALL_STORES!r} or {shop.config.store_code!r}, not {store!r}")
    try:
        to_text(changes)
    except TypeError as error:
        raise ControlError(400, "set has a number of more than 64 bits") from error
    return {"skus": skus, "set": _typed(changes), "how": how, "store": store}


def _typed(changes: dict[str, Any]) -> dict[str, Any]:
    for code in ("price", "weight", "status", "visibility"):
        if code in changes:
            try:
                number = decimal(changes[code])
            except InvalidInput as error:
                raise ControlError(400, f"{code} is a number, not {changes[code]!r}") from error
            changes = {**changes, code: number if code in ("price", "weight") else int(number)}
    return changes


def _json(document: Any, status: int = 200) -> web.Response:
    return web.Response(body=wire.encode(document), status=status, content_type="application/json")
