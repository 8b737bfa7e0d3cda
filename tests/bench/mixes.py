"""The mixed loads of the sandboxes, as raw requests."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from sandbox.magento.config import Config
from sandbox.quickbooks.settings import DEFAULT_REALM
from sandbox.scenarios.orders import carts
from shared.wire import encode
from tests.bench.fill import receipt
from tests.support.magento_sandbox import oauth_header

_FIRST_ORDER = 700_001


class Mix(Protocol):
    """An endless load."""

    def requests(self) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class BooksMix:
    """For the QuickBooks sandbox. run: makes numbers and requestids of this run its own."""

    port: int
    size: int
    run: int
    token: str

    def requests(self) -> Iterator[bytes]:
        """Four receipts, two reads, two queries by number, two sweeps."""
        chance = random.Random(self.run)
        salt = chance.getrandbits(32)
        for number in itertools.count():
            if number % 10 < 4:
                body = encode(receipt(f"R{salt}-{number}"[:21], "1", "1"))
                yield self._bytes("POST", f"salesreceipt?requestid={self.run}-{salt}-{number}", body)
            elif number % 10 < 6:
                yield self._bytes("GET", f"salesreceipt/{chance.randint(1, self.size)}")
            elif number % 10 < 8:
                yield self._query(f"select * from SalesReceipt where DocNumber = 'B{chance.randrange(self.size)}'")  # noqa: S608
            else:
                yield self._query(
                    "select * from SalesReceipt where MetaData.LastUpdatedTime >= '2026-01-01T00:00:00Z' "
                    "orderby MetaData.LastUpdatedTime startposition 1 maxresults 10"
                )

    def _query(self, statement: str) -> bytes:
        return self._bytes("GET", f"query?query={quote(statement)}")

    def _bytes(self, method: str, path: str, body: bytes = b"") -> bytes:
        headers = {
            "Host": f"127.0.0.1:{self.port}",
            "Authorization": f"Bearer {self.token}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        return _request(method, f"/v3/company/{DEFAULT_REALM}/{path}", headers, body)


@dataclass(frozen=True, slots=True)
class ShopMix:
    """For the Magento sandbox."""

    port: int
    size: int
    run: int

    def requests(self) -> Iterator[bytes]:
        """Four orders, two reads, two lists by increment_id, two sweeps by updated_at."""
        chance = random.Random(self.run)
        placed = [encode(cart.model_dump(mode="json")) for cart in carts(seed=2, count=40)]
        for number in itertools.count():
            order_id = chance.randrange(_FIRST_ORDER, _FIRST_ORDER + self.size)
            if number % 10 < 4:
                headers = {"Host": f"127.0.0.1:{self.port}"}
                yield _request("POST", "/_sandbox/place", headers, placed[number % len(placed)])
            elif number % 10 < 6:
                yield self._signed(f"/rest/V1/orders/{order_id}")
            elif number % 10 < 8:
                yield self._signed(_list(("increment_id", "eq", f"{order_id:09d}")))
            else:
                window = ("updated_at", "from", "2026-01-01 00:00:00"), ("updated_at", "to", "2026-01-01 02:00:00")
                yield self._signed(_list(*window))

    def _signed(self, path: str) -> bytes:
        host = f"127.0.0.1:{self.port}"
        header = oauth_header(Config().credentials, "GET", f"http://{host}{path}")
        return _request("GET", path, {"Host": host, "Authorization": header})


def _list(*filters: tuple[str, str, str]) -> str:
    parts = ["searchCriteria[pageSize]=10"]
    for position, (field, condition, value) in enumerate(filters):
        prefix = f"searchCriteria[filter_groups][{position}][filters][0]"
        for name, text in (("field", field), ("condition_type", condition), ("value", value)):
            parts.append(f"{prefix}[{name}]={quote(text, safe='')}")
    return "/rest/V1/orders?" + "&".join(part.replace("[", "%5B").replace("]", "%5D") for part in parts)


def _request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body
