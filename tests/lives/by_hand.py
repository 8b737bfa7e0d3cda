"""What an accountant does in the books: counts goods, enters what came back, voids a document."""

from __future__ import annotations

import asyncio
import time
import uuid
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import aiohttp

from shared.quickbooks.paths import void_path
from shared.wire import decode, encode
from tests.support.quickbooks_sandbox import QuickBooksSandbox

_AWAY_SECONDS = 30.0
_RECEIPT = "SalesReceipt"


class Accountant:
    """Of one company."""

    def __init__(self, books: QuickBooksSandbox, token: str) -> None:
        self._books = books
        self._token = token

    async def adjust(self, item: str, units: int) -> None:
        """So many pieces more on hand, or fewer."""
        detail = {"ItemRef": {"value": item}, "QtyDiff": units}
        line = {"DetailType": "ItemAdjustmentLineDetail", "ItemAdjustmentLineDetail": detail}
        adjustment = {"AdjustAccountRef": {"value": "6"}, "TxnDate": time.strftime("%Y-%m-%d"), "Line": [line]}
        await self._books.seed({"InventoryAdjustment": [adjustment]})

    async def memo(self, item: str, count: int) -> None:
        """So many pieces came back."""
        detail = {"ItemRef": {"value": item}, "Qty": count, "UnitPrice": 10, "TaxCodeRef": {"value": "NON"}}
        line = {"Amount": 10 * count, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
        await self._books.seed({"CreditMemo": [{"CustomerRef": {"value": "1"}, "Line": [line]}]})

    async def void(self, number: str) -> bool:
        """Whether there is a sales receipt of this number, which is void now: its goods are on hand again, though they
        are sold as before."""
        statement = f"select * from SalesReceipt where DocNumber = '{number}'"  # noqa: S608  # a number of the shop's
        found = (await self._call("GET", f"query?query={quote(statement)}"))["QueryResponse"].get(_RECEIPT, [])
        if not found or not found[0]["TotalAmt"]:
            return False
        body = {"Id": found[0]["Id"], "SyncToken": found[0]["SyncToken"], "sparse": True}
        answer = await self._call("POST", f"{void_path(_RECEIPT)}&requestid={uuid.uuid4()}", body)
        return _RECEIPT in answer

    async def _call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Also when the books are away for a moment, or an answer gets lost: a write has its requestid. What is refused
        is answered as it is."""
        url = f"{self._books.base_url}/v3/company/{self._books.realm}/{path}&minorversion=75"
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        data = None if body is None else encode(body)
        sent = headers | ({} if body is None else {"Content-Type": "application/json"})
        async with asyncio.timeout(_AWAY_SECONDS):
            while True:
                with suppress(aiohttp.ClientError):
                    async with self._books.session.request(method, url, data=data, headers=sent) as answer:
                        if answer.status != 503:
                            document: dict[str, Any] = decode(await answer.read())
                            return document
                await asyncio.sleep(0.05)
