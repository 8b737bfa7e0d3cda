"""The Accounting API v3 for one realm: metered reads, and writes that send recorded bytes.

Retries are the caller's, who holds the intent; two things are done here, since they concern the connection and not the
write. A refused access token is renewed once and the same bytes go out again with the same requestid. A 429 pauses the
whole realm in the quota; the call itself raises Throttled at once, and its next attempt waits in the quota.

Source: Intuit, "REST API features" (addresses, headers, minor version), "Data queries", "Learn basic field definitions"
(requestid).
"""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote as percent
from urllib.parse import urlencode

import aiohttp

from shared import limits
from shared.log.port import LogUnavailable
from shared.quickbooks import queries
from shared.quickbooks.bar import Bar
from shared.quickbooks.batch import PATH as BATCH
from shared.quickbooks.batch import BatchItem, ItemAnswer, read_answers, request_body, whole_error
from shared.quickbooks.calls import Call, Kind, Observer, observed, unobserved
from shared.quickbooks.exchange import Answer, exchange, json_object
from shared.quickbooks.faults import (
    OutcomeUnknown,
    QuickBooksError,
    Reconnect,
    Refused,
    Throttled,
    TokenRefused,
    classify,
    fault_in,
)
from shared.quickbooks.paths import entity_of
from shared.quickbooks.quota import Quota
from shared.quickbooks.tokens import TokenSource

PRODUCTION_URL = "https://quickbooks.api.intuit.com"
SANDBOX_URL = "https://sandbox-quickbooks.api.intuit.com"
MINOR_VERSION = "75"  # the only one in effect since August 2025; sent so that a later one doesn't change answers

Guard = Callable[[], Awaitable[None]]

_TIMEOUT = aiohttp.ClientTimeout(total=limits.QUICKBOOKS_CALL_SECONDS, sock_connect=limits.QUICKBOOKS_CONNECT_SECONDS)


@dataclass(frozen=True, slots=True)
class _Request:
    kind: Kind
    entity: str
    method: str
    url: str
    body: bytes | None = None
    content_type: str = "application/json"
    items: tuple[BatchItem, ...] = ()


def _jitter_seconds() -> float:
    return random.uniform(0, limits.THROTTLE_JITTER_SECONDS)  # noqa: S311 - spreads retries, guards nothing


class Page(NamedTuple):
    """Rows of an answer, and the server's time then."""

    rows: list[dict[str, Any]]
    at: datetime


class QuickBooksClient:
    """All calls raise the errors of `faults`; reads never raise OutcomeUnknown. Amounts in answers are Decimal."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        realm: str,
        tokens: TokenSource,
        quota: Quota,
        *,
        observer: Observer = unobserved,
        jitter: Callable[[], float] = _jitter_seconds,
        timeout: aiohttp.ClientTimeout = _TIMEOUT,
    ) -> None:
        """`session` is shared and closed by its owner; `quota` is the one of this realm in this process."""
        self._session = session
        self._company = f"{base_url.rstrip('/')}/v3/company/{percent(realm, safe='')}"
        self._realm = realm
        self._tokens = tokens
        self._quota = quota
        self._observer = observer
        self._jitter = jitter
        self._bar = Bar()
        self._timeout = timeout

    async def write(self, path: str, body: bytes, requestid: str, guard: Guard | None = None) -> dict[str, Any]:
        """Posts exactly these bytes to a path of `paths`; returns the object as it now stands in the books.

        Safe to repeat with the same three arguments: QuickBooks answers a known requestid with its first answer.
        `guard` is awaited right before the bytes go out, behind any wait; what it raises keeps them here.
        """
        entity = entity_of(path)
        joint = "&" if "?" in path else "?"
        query = urlencode({"minorversion": MINOR_VERSION, "requestid": requestid})
        request = _Request("write", entity, "POST", f"{self._company}/{path}{joint}{query}", body)
        answer = await self._send(request, guard)
        return _entity_object(json_object(answer), entity)

    def batch_place(self) -> AbstractAsyncContextManager[None]:
        """A place for one batch, for which there may be a wait of a minute: take it before anything is prepared."""
        return self._quota.batch()

    async def batch(
        self, items: Sequence[BatchItem], requestid: str, guard: Guard | None = None
    ) -> dict[str, ItemAnswer]:
        """Posts these items, within a `batch_place`; what became of each, by bId (metered as one call, it is said).

        Safe to repeat with the same requestid: an item of the same bId gets its first answer again. Raises what
        concerns the call as a whole.
        """
        query = urlencode({"minorversion": MINOR_VERSION, "requestid": requestid})
        body = request_body(items, requestid)
        url = f"{self._company}/{BATCH}?{query}"
        request = _Request("batch", items[0].entity.lower(), "POST", url, body, items=tuple(items))
        answer = await self._send(request, guard)
        answers = read_answers(json_object(answer), items, answer.headers)
        for one in answers.values():
            if isinstance(one, Throttled):
                self._quota.backoff(one.wait_seconds)
        return answers

    async def read(self, entity: str, id: str) -> dict[str, Any]:
        """One object (metered). Raises Missing when there is none with this Id."""
        return await self._read_object(entity, f"{entity.lower()}/{percent(id, safe='')}")

    async def company_info(self) -> dict[str, Any]:
        """The company itself: country, time zone, subscription (metered)."""
        return await self._read_object("CompanyInfo", f"companyinfo/{percent(self._realm, safe='')}")

    async def preferences(self) -> dict[str, Any]:
        """How the company is set up: numbering, sales tax, tracking, currency, closing date (metered)."""
        return await self._read_object("Preferences", "preferences")

    async def query(self, statement: str) -> list[dict[str, Any]]:
        """The rows of one page (metered)."""
        return (await self.page(statement)).rows

    async def page(self, statement: str) -> Page:
        """The rows of one page, and when they were so (metered)."""
        document = await self._query(statement)
        rows = next((value for value in _response(document).values() if isinstance(value, list)), [])
        return Page([row for row in rows if isinstance(row, dict)], _time(document))

    async def changes(self, entities: Sequence[str], since: datetime) -> dict[str, Any]:
        """The answer of change data capture for these entities since an instant (metered): see `cdc.parse`."""
        moment = since.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        params = {"entities": ",".join(entities), "changedSince": moment, "minorversion": MINOR_VERSION}
        url = f"{self._company}/cdc?{urlencode(params, quote_via=percent)}"
        return await self._read(_Request("read", "cdc", "GET", url))

    async def timed_query(self, statement: str) -> tuple[list[Any], str]:
        """The rows of one page, and the server's time of the answer as it is written (metered). A count has no rows."""
        document = await self._query(statement)
        rows = next((value for value in _response(document).values() if isinstance(value, list)), [])
        return rows, str(document.get("time", ""))

    async def count(self, entity: str, where: str = "") -> int:
        """How many rows there are (metered)."""
        total = _response(await self._query(queries.count(entity, where))).get("totalCount")
        if not isinstance(total, int):
            raise Refused("unreadable-answer", f"the count of {entity} holds no totalCount")
        return total

    async def query_all(self, entity: str, where: str = "") -> AsyncIterator[dict[str, Any]]:
        """The rows of `pages`, one by one."""
        async for page in self.pages(entity, where):
            for row in page.rows:
                yield row

    async def pages(self, entity: str, where: str = "") -> AsyncIterator[Page]:
        """All rows in the order of their Id, 1,000 for one metered call.

        Each row once, also where rows shift between two pages. A row that shifts out of sight, because another before
        it was deleted meanwhile, is found by change data capture.
        """
        seen: set[str] = set()
        for number in range(limits.QUICKBOOKS_PAGES_MAX):
            page = await self.page(queries.select(entity, where, start=1 + number * limits.QUICKBOOKS_PAGE_ROWS))
            fresh = [row for row in page.rows if str(row.get("Id")) not in seen]
            seen.update(str(row.get("Id")) for row in fresh)
            yield Page(fresh, page.at)
            if len(page.rows) < limits.QUICKBOOKS_PAGE_ROWS or not fresh:
                return
        raise Refused("too-many-rows", f"{entity} has more than {limits.QUICKBOOKS_PAGES_MAX} pages")

    async def _read_object(self, entity: str, path: str) -> dict[str, Any]:
        url = f"{self._company}/{path}?minorversion={MINOR_VERSION}"
        document = await self._read(_Request("read", entity.lower(), "GET", url))
        return _entity_object(document, entity)

    async def _query(self, statement: str) -> dict[str, Any]:
        if len(statement) > limits.QUICKBOOKS_STATEMENT_MAX_CHARS:
            raise ValueError(f"a statement of {len(statement)} characters: split its list of ids")
        entity = queries.entity_in(statement).lower()
        params = {"minorversion": MINOR_VERSION}
        body = statement.encode() if len(statement) > limits.QUICKBOOKS_URL_QUERY_MAX_CHARS else None
        if body is None:
            params["query"] = statement
        url = f"{self._company}/query?{urlencode(params, quote_via=percent)}"
        method = "GET" if body is None else "POST"
        return await self._read(_Request("read", entity, method, url, body, "application/text"))

    async def _read(self, request: _Request) -> dict[str, Any]:
        try:
            return json_object(await self._send(request))
        except OutcomeUnknown as error:
            raise error.for_read() from error

    async def _send(self, request: _Request, guard: Guard | None = None) -> Answer:
        token, answer, error = await self._attempt(request, guard)
        if isinstance(error, TokenRefused):
            await self._tokens.refused(token)
            async with self._quota.batch() if request.items else nullcontext():
                token, answer, error = await self._attempt(request, guard)
        renewed = isinstance(error, TokenRefused)
        if isinstance(error, TokenRefused):  # a token just renewed: no third try can differ
            error = Reconnect(
                error.code, error.message, detail=error.detail, status=error.status, tid=error.tid, errors=error.errors
            )
        if isinstance(error, Reconnect) and self._bar.note(token, error) and not renewed:
            with suppress(QuickBooksError, LogUnavailable):  # what matters to the caller is the answer to its call
                await self._tokens.refused(token)
        if error is not None:
            raise error
        return answer

    async def _attempt(self, request: _Request, guard: Guard | None) -> tuple[str, Answer, QuickBooksError | None]:
        """The token used, the answer, and the error that the answer means."""
        self._bar.check(await self._tokens.access_token())  # where none can be had, no place in the quota is taken
        async with self._quota.slot():
            token = await self._tokens.access_token()  # behind the wait for the place: it may have ended meanwhile
            self._bar.check(token)
            if guard is not None:
                await guard()
            call = Call(request.kind, request.entity)
            with observed(self._observer, call, time.monotonic()):
                answer = await self._exchange(request, token)
                call.status = answer.status
                error = self._error_in(answer, request)
                if error is not None:
                    call.outcome = type(error).__name__
            if isinstance(error, Throttled):
                self._quota.backoff(error.wait_seconds)
        return token, answer, error

    async def _exchange(self, request: _Request, token: str) -> Answer:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if request.body is not None:
            headers["Content-Type"] = request.content_type
        return await exchange(
            self._session,
            request.method,
            request.url,
            headers=headers,
            body=request.body,
            timeout=self._timeout,
            max_bytes=limits.QUICKBOOKS_RESPONSE_MAX_BYTES,
        )

    def _error_in(self, answer: Answer, request: _Request) -> QuickBooksError | None:
        if answer.status == 200 and request.items:
            return _whole_batch(answer, request.items)
        if answer.status == 200:
            return fault_in(answer.body, answer.headers)
        return classify(answer.status, answer.headers, answer.body, jitter_seconds=self._jitter())


def _whole_batch(answer: Answer, items: Sequence[BatchItem]) -> QuickBooksError | None:
    """Raises OutcomeUnknown."""
    fault = fault_in(answer.body, answer.headers)  # of the call: items' faults lie deeper
    return fault or whole_error(read_answers(json_object(answer), items, answer.headers))


def _response(document: dict[str, Any]) -> dict[str, Any]:
    response = document.get("QueryResponse")
    if not isinstance(response, dict):
        raise Refused("unreadable-answer", "the answer to a query holds no QueryResponse")
    return response


def _time(document: dict[str, Any]) -> datetime:
    """The server's clock at the answer; ours when it doesn't say."""
    try:
        at = datetime.fromisoformat(str(document.get("time")))
    except ValueError:
        return datetime.now(UTC)
    return at if at.tzinfo is not None else datetime.now(UTC)


def _entity_object(document: dict[str, Any], entity: str) -> dict[str, Any]:
    """The object under the entity's name, which answers spell in PascalCase and paths in lower case."""
    for name, value in document.items():
        if name.lower() == entity.lower() and isinstance(value, dict):
            return value
    if entity.lower() == "taxservice":  # the only answer without a wrapper
        return document
    raise OutcomeUnknown("unreadable-answer", f"the answer holds no {entity}")
