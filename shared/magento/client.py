"""Magento's REST: one call, one answer or one typed error (`faults.py`). Retries are the caller's.

Answers come decoded but otherwise as Magento sent them (`shared.wire.decode`: Decimal for numbers with a point).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import aiohttp
from yarl import URL

from shared import limits
from shared.magento import oauth1
from shared.magento.faults import AnswerTooLarge, BadAnswer, MagentoError, ShopUnavailable, answer_of, fault_of
from shared.magento.search import (
    Condition,
    Criteria,
    Direction,
    Filter,
    Parameters,
    Window,
    any_of,
    encode_query,
)
from shared.wire import encode

Document = dict[str, Any]
Observe = Callable[[str, str, float], None]
"""Told after each call: the path's first segment, "ok" or the error's class, and seconds."""


class Authentication(Protocol):
    """Makes the Authorization header of one request."""

    def header(self, method: str, url: str, query: Parameters) -> str: ...


@dataclass(frozen=True, slots=True)
class Bearer:
    """An access token as such. Magento takes an integration's only where the shop allows it (default: not)."""

    token: str = field(repr=False)

    def header(self, method: str, url: str, query: Parameters) -> str:
        return f"Bearer {self.token}"


@dataclass(frozen=True, slots=True)
class OAuth1:
    """Signed requests: what an integration can always use."""

    credentials: oauth1.Credentials
    clock: Callable[[], float] = time.time
    nonce: Callable[[], str] = lambda: secrets.token_hex(16)

    def header(self, method: str, url: str, query: Parameters) -> str:
        return oauth1.authorization(
            self.credentials, method, url, query, timestamp=int(self.clock()), nonce=self.nonce()
        )


def new_session() -> aiohttp.ClientSession:
    """A session for MagentoClient: few connections, and no cookies (REST answers set a PHP session, which locks)."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit_per_host=limits.MAGENTO_CONNECTIONS),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


class MagentoClient:
    """One shop. `base_url` is the shop's address ("https://shop.example/" or with index.php); `store_code` the store
    view to read as, the shop's default when None. Raises ValueError for an address that is none.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        auth: Authentication,
        *,
        store_code: str | None = None,
        observe: Observe | None = None,
        call_seconds: float = limits.MAGENTO_CALL_SECONDS,
        answer_max_bytes: int = limits.MAGENTO_ANSWER_MAX_BYTES,
    ) -> None:
        parsed = URL(base_url)
        if parsed.scheme not in ("http", "https") or not parsed.host or parsed.query_string or parsed.fragment:
            raise ValueError(f"base address {base_url!r} must be http(s)://host[:port][/path] and nothing more")
        self._session = session
        self._root = base_url.rstrip("/") + (f"/rest/{store_code}/V1/" if store_code else "/rest/V1/")
        self._auth = auth
        self._observe = observe
        self._timeout = aiohttp.ClientTimeout(total=call_seconds, sock_connect=limits.MAGENTO_CONNECT_SECONDS)
        self._answer_max_bytes = answer_max_bytes
        self.dated: tuple[str, datetime] | None = None
        """The Date header of the last good answer, and when it came by our own clock. It is the shop's time,
        which updated_at goes by; None while no answer had one."""

    async def get_order(self, entity_id: int) -> Document:
        """The order with this entity_id. Raises NotFound and the rest of MagentoError."""
        order = await self.get(f"orders/{entity_id}")
        if not isinstance(order, dict) or str(order.get("entity_id")) != str(entity_id):
            raise BadAnswer(f"the answer is not order {entity_id}")
        return order

    async def documents_of(self, path: str, order_ids: Collection[int]) -> list[Document]:
        """All documents of up to MAGENTO_PAGE_MAX orders, oldest first. `path`: invoices, creditmemos or shipments."""
        wanted = Filter("order_id", any_of([str(order_id) for order_id in order_ids]), Condition.IN)
        documents: list[Document] = []
        counts = dict.fromkeys(order_ids, 0)
        async for page in self.walk(path, filters=[wanted]):
            for document in page:
                order_id = document.get("order_id")
                if order_id not in counts:
                    raise BadAnswer(f"{path} has one of an order that wasn't asked for: the shop ignores the filter")
                counts[order_id] += 1
                if counts[order_id] > limits.MAGENTO_DOCUMENTS_MAX:
                    raise BadAnswer(f"order {order_id} has over {limits.MAGENTO_DOCUMENTS_MAX} {path}")
            documents += page
        return documents

    async def store_configs(self) -> list[Document]:
        """Each store view's configuration: currency, locale, time zone, addresses."""
        configs = await self.get("store/storeConfigs")
        if not isinstance(configs, list) or not all(isinstance(config, dict) for config in configs):
            raise BadAnswer("store/storeConfigs is not a list of objects")
        return configs

    async def search(self, path: str, criteria: Criteria, fields: str = "") -> tuple[list[Document], int]:
        """One page, and how many there are in all. `fields`: the members of an item that are wanted, "entity_id,sku";
        it makes the answer short, not the shop's work less (reference, section 2.3)."""
        parameters = criteria.parameters()
        if fields:
            answer = await self.get(path, [*parameters, ("fields", f"items[{fields}],total_count")])
            if answer == []:  # what Magento answers when it makes nothing of the parameter, or finds nothing
                answer = await self.get(path, parameters)
        else:
            answer = await self.get(path, parameters)
        items = answer.get("items") if isinstance(answer, dict) else None
        total = answer.get("total_count") if isinstance(answer, dict) else None
        if not isinstance(items, list) or not isinstance(total, int):
            raise BadAnswer(f"{path} has no items and total_count")
        if not all(isinstance(item, dict) for item in items):
            raise BadAnswer(f"{path} has an item that is no object")
        return items, total

    async def walk(
        self,
        path: str,
        *,
        window: Window | None = None,
        filters: Sequence[Filter] = (),
        page_size: int = limits.MAGENTO_PAGE_MAX,
        after_id: int = 0,
        id_field: str = "entity_id",
        id_member: str | None = None,
    ) -> AsyncIterator[list[Document]]:
        """Pages of all that match, ascending by id, from above `after_id`.

        By key, not by page number: rows that move or vanish meanwhile make no gap and no repetition, and the page
        behind the last, which Magento 2.3 fills with the last page again, is never asked for. `id_member` is the id's
        name in the answer where it is not that of the column (products: column entity_id, member id).
        """
        fixed = [[item] for item in [*(window.filters() if window else []), *filters]]
        while True:
            groups = [*fixed, [Filter(id_field, str(after_id), Condition.GT)]]
            items, total = await self.search(path, Criteria(groups, (id_field, Direction.ASC), page_size))
            if not items:
                return
            after_id = _last_id(path, items, id_member or id_field, after_id)
            yield items
            if len(items) >= total:
                return

    async def get(self, path: str, parameters: Parameters | None = None) -> Any:
        """The decoded answer to GET. `path` is below /V1/ and already encoded (`search.percent_encode` for a SKU)."""
        return await self._observed("GET", path, parameters or [], None)

    async def post(self, path: str, document: Document) -> Any:
        """The decoded answer to POST of a JSON document. It is sent once and never again by itself: Magento has no
        idempotency key, and after ShopUnavailable it isn't known whether the shop has done it. Look before a repeat."""
        return await self._observed("POST", path, [], document)

    async def put(self, path: str, document: Document) -> Any:
        """The decoded answer to PUT of a JSON document."""
        return await self._observed("PUT", path, [], document)

    async def _observed(self, method: str, path: str, parameters: Parameters, document: Document | None) -> Any:
        start, outcome = time.perf_counter(), "ok"
        try:
            return await self._call(method, self._root + path, parameters, document)
        except MagentoError as error:
            outcome = type(error).__name__
            raise
        finally:
            if self._observe is not None:
                self._observe(path.partition("/")[0], outcome, time.perf_counter() - start)

    async def _call(self, method: str, url: str, parameters: Parameters, document: Document | None) -> Any:
        address = URL(f"{url}?{encode_query(parameters)}" if parameters else url, encoded=True)
        headers = {"Accept": "application/json"} | (
            {"Content-Type": "application/json"} if document is not None else {}
        )

        async def sign(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
            """aiohttp repeats a GET or PUT by itself when a kept connection turns out to be dead: each try is signed
            anew, since Magento takes no nonce twice. A JSON body is not signed."""
            request.headers["Authorization"] = self._auth.header(method, url, parameters)
            return await send(request)

        try:
            async with self._session.request(
                method,
                address,
                data=encode(document) if document is not None else None,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
                middlewares=(sign,),
            ) as response:
                body = await self._read(response)
                if 200 <= response.status < 300:
                    self._note_date(response)
                    return answer_of(response.status, body)
                raise fault_of(response.status, response.headers, body)
        except TimeoutError as error:
            raise ShopUnavailable(f"no whole answer within {self._timeout.total} s") from error
        except aiohttp.ClientError as error:
            raise ShopUnavailable(f"the connection failed: {type(error).__name__}") from error

    def _note_date(self, response: aiohttp.ClientResponse) -> None:
        date, age = response.headers.get("Date"), response.headers.get("Age", "0")
        if date is not None and age == "0":  # an answer with an age comes from a cache, and so does its date
            self.dated = (date, datetime.now(UTC))

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > self._answer_max_bytes:
                raise AnswerTooLarge(f"the answer is over {self._answer_max_bytes} bytes", response.status)
        return bytes(body)


def _last_id(path: str, items: list[Document], id_member: str, after_id: int) -> int:
    """The last id of a page, after making sure that the page goes on where the one before ended."""
    last = after_id
    for item in items:
        current = item.get(id_member)
        if not isinstance(current, int) or current <= last:
            raise BadAnswer(f"{path} is not sorted by {id_member} above {after_id}: the shop ignores the search")
        last = current
    return last
