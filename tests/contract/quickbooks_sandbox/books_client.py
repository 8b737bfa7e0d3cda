"""A caller of the accounting API for the tests here: thin, so that a test shows what goes over the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aiohttp

from shared.wire import decode, encode
from tests.support.quickbooks_sandbox import QuickBooksSandbox

REALM = "9130350000000001"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: raw, and decoded where it is JSON."""

    status: int
    raw: bytes
    content_type: str
    headers: dict[str, str]

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = decode(self.raw)
        return document

    @property
    def codes(self) -> list[str]:
        """Fault codes of the answer; empty for a success."""
        return [error["code"] for error in self.json.get("Fault", {}).get("Error", [])]

    @property
    def detail(self) -> str:
        return str(self.json["Fault"]["Error"][0]["Detail"])

    def of(self, entity: str) -> dict[str, Any]:
        """The object of a success."""
        assert self.status == 200, self.raw.decode()
        found: dict[str, Any] = self.json[entity]
        return found


class Books:
    """One authorised caller of one company."""

    def __init__(self, sandbox: QuickBooksSandbox, token: str, realm: str = REALM) -> None:
        self.sandbox = sandbox
        self.token = token
        self.base = f"{sandbox.base_url}/v3/company/{realm}"

    async def call(
        self, method: str, path: str, *, data: bytes | None = None, headers: dict[str, str] | None = None, **params: str
    ) -> Reply:
        """One call; params are query parameters."""
        sent = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"} | (headers or {})
        url = f"{self.base}/{path}"
        session = self.sandbox.session
        async with session.request(
            method, url, data=data, headers=sent, params={"minorversion": "75"} | params
        ) as answer:
            return Reply(answer.status, await answer.read(), answer.content_type, dict(answer.headers))

    async def post(self, entity: str, body: Any, **params: str) -> Reply:
        """Create, update, void or delete."""
        return await self.call(
            "POST", entity.lower(), data=encode(body), headers={"Content-Type": "application/json"}, **params
        )

    async def get(self, path: str) -> Reply:
        return await self.call("GET", path)

    async def query(self, statement: str) -> Reply:
        return await self.call("GET", "query", query=statement)

    async def rows(self, statement: str) -> list[dict[str, Any]]:
        """The objects that a query finds."""
        response = (await self.query(statement)).json["QueryResponse"]
        return next((value for value in response.values() if isinstance(value, list)), [])


async def connect(sandbox: QuickBooksSandbox, realm: str = REALM) -> Books:
    """A caller with a fresh grant; limits wide open, since these tests look at other rules."""
    await sandbox.settings(calls_per_second=10_000, calls_per_minute=100_000, calls_at_once=1_000)
    await sandbox.settings(batches_per_minute=10_000, realm_batches_per_minute=10_000)
    return Books(sandbox, (await sandbox.grant(realm))["access_token"], realm)


def line(
    amount: Any, *, item: str = "1", qty: Any = None, price: Any = None, tax: str | None = "NON"
) -> dict[str, Any]:
    """A sales line."""
    detail: dict[str, Any] = {"ItemRef": {"value": item}}
    if qty is not None:
        detail["Qty"] = qty
    if price is not None:
        detail["UnitPrice"] = price
    if tax is not None:
        detail["TaxCodeRef"] = {"value": tax}
    return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}


def discount(amount: Any = None, **detail: Any) -> dict[str, Any]:
    """A discount line."""
    result: dict[str, Any] = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}
    return result if amount is None else result | {"Amount": amount}


def sale(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The body of a sales form for customer 1."""
    return {"CustomerRef": {"value": "1"}, "Line": list(lines)} | fields


async def failure(request: Any) -> type[BaseException]:
    """The class of the connection's error that the call ends with."""
    try:
        await request
    except aiohttp.ClientError as error:
        return type(error)
    raise AssertionError("the call got an answer")
