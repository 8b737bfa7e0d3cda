"""Calls of a sandbox shop's REST, signed, with JSON in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared import wire
from tests.support.magento_sandbox import MagentoSandbox


class Rest:
    """REST of one shop at one store code."""

    def __init__(self, shop: MagentoSandbox, prefix: str = "/rest/V1") -> None:
        self._shop = shop
        self._prefix = prefix

    async def call(
        self, method: str, path: str, document: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and body. `headers` in place of the OAuth signature."""
        full = f"{self._prefix}/{path}"
        sent = self._shop.sign(method, full) if headers is None else dict(headers)
        if document is None and method in ("GET", "DELETE"):
            status, body = await self._shop.bare(method, full, sent)
        else:
            status, body = await self._shop.send(method, full, document, sent)
        return status, wire.decode(body)

    async def done(self, method: str, path: str, document: Any = None) -> Any:
        """The body of a call that succeeds."""
        status, body = await self.call(method, path, document)
        assert status == 200, (status, body)
        return body


def page(field: str, condition: str, value: str) -> str:
    """searchCriteria of one filter, encoded; the value already is."""
    one = "searchCriteria%5Bfilter_groups%5D%5B0%5D%5Bfilters%5D%5B0%5D"
    return f"{one}%5Bfield%5D={field}&{one}%5Bvalue%5D={value}&{one}%5Bcondition_type%5D={condition}"
