"""A sandbox on a file goes on where it was killed; a file that isn't its own is refused in words."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.magento.config import Config
from sandbox.quickbooks.settings import DEFAULT_REALM, SandboxConfig
from sandbox.quickbooks.tables import PROGRAM
from shared.wire import decode, encode
from tests.contract.quickbooks_sandbox.books_client import line, sale
from tests.contract.sandbox_storage.children import refusal, sandbox_process
from tests.support.magento_sandbox import MagentoSandbox
from tests.support.quickbooks_sandbox import QuickBooksSandbox
from tests.support.shopping import cart

BOOKS, SHOP = "sandbox.quickbooks", "sandbox.magento"


@asynccontextmanager
async def _books(file: Path) -> AsyncIterator[QuickBooksSandbox]:
    config = SandboxConfig()
    async with sandbox_process(BOOKS, file) as port, QuickBooksSandbox(f"http://127.0.0.1:{port}", config) as books:
        yield books


async def _post(sandbox: QuickBooksSandbox, token: str, body: dict[str, Any], requestid: str) -> bytes:
    address = f"{sandbox.base_url}/v3/company/{DEFAULT_REALM}/salesreceipt?requestid={requestid}"
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "Content-Type": "application/json"}
    async with sandbox.session.post(address, data=encode(body), headers=headers) as response:
        return await response.read()


async def test_the_books_go_on_after_a_kill(tmp_path: Path) -> None:
    file = tmp_path / "books.sqlite"
    body = sale(line(5), DocNumber="AUTO_GENERATE")
    async with (
        sandbox_process(BOOKS, file) as port,
        QuickBooksSandbox(f"http://127.0.0.1:{port}", SandboxConfig()) as books,
    ):
        await books.seed(
            {
                "Customer": [{"DisplayName": "Ann"}],
                "Item": [{"Name": "Mug", "Type": "Service", "IncomeAccountRef": {"value": "1"}}],
            }
        )
        await books.settings(book_close_date="2020-01-01", requestid_seconds=10**6)
        await books.advance(10**5)
        grant = await books.grant()
        first = await _post(books, grant["access_token"], body, "r1")
        assert decode(first)["SalesReceipt"]["DocNumber"] == "1001"
    async with (
        sandbox_process(BOOKS, file) as port,
        QuickBooksSandbox(f"http://127.0.0.1:{port}", SandboxConfig()) as books,
    ):
        assert (await books.ledger())["count"] == 1
        assert await _post(books, grant["access_token"], body, "r1") == first  # grant and memory of requestids
        second = decode(await _post(books, grant["access_token"], body, "r2"))
        assert second["SalesReceipt"]["DocNumber"] == "1002"
        assert second["SalesReceipt"]["Id"] == "2"
        assert second["time"] > decode(first)["time"]  # the clock stays ahead
        settings = await books.settings()
        assert (settings["book_close_date"], settings["requestid_seconds"]) == ("2020-01-01", 10**6)
        assert len(await books.objects("Account")) == len({row["Name"] for row in await books.objects("Account")})
        await books.reset()
        assert (await books.ledger())["count"] == 0
        third = decode(await _post(books, grant["access_token"], body, "r1"))
        assert third["Fault"]["Error"][0]["code"] == "2500"  # forgotten, and Ann is no more


async def test_the_shop_goes_on_after_a_kill(tmp_path: Path) -> None:
    file = tmp_path / "shop.sqlite"
    async with aiohttp.ClientSession() as session:
        async with sandbox_process(SHOP, file) as port:
            shop = MagentoSandbox(port, Config(), session)
            [first] = (await shop.control("POST", "place", cart().model_dump(mode="json")))["placed"]
            used = shop.sign("GET", "/rest/V1/orders/700001", oauth_nonce="once")
            status, order = await shop.send("GET", "/rest/V1/orders/700001", b"", used)
            assert status == 200
        async with sandbox_process(SHOP, file) as port:
            shop = MagentoSandbox(port, Config(), session)
            again = shop.sign("GET", "/rest/V1/orders/700001", oauth_nonce="once")
            assert (await shop.send("GET", "/rest/V1/orders/700001", b"", again))[0] == 401
            assert await shop.get("/rest/V1/orders/700001") == (200, order)
            [second] = (await shop.control("POST", "place", cart().model_dump(mode="json")))["placed"]
            assert second["entity_id"] == first["entity_id"] + 1
            await shop.control("POST", "reset")
            assert (await shop.control("GET", "orders"))["orders"] == []


@pytest.mark.parametrize(
    ("module", "content", "words"),
    [
        (BOOKS, b"these are no books" * 100, "not a SQLite file"),
        (BOOKS, "CREATE TABLE other (x)", "another program"),
        (SHOP, f"PRAGMA application_id = {PROGRAM.application_id}", "another program"),  # the books' own
        (BOOKS, f"PRAGMA application_id = {PROGRAM.application_id}; PRAGMA user_version = 99", "version 99"),
    ],
)
async def test_a_file_of_something_else_is_refused_and_left_alone(
    module: str, content: bytes | str, words: str, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript(content)
    before = file.read_bytes()
    assert words in await refusal(module, file)
    assert file.read_bytes() == before


async def test_a_file_in_use_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "books.sqlite"
    async with sandbox_process(BOOKS, file):
        assert "in use by another process" in await refusal(BOOKS, file)
