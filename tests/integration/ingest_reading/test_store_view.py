"""Prices by website: products are read as the store view that settings name, at no further call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.magento.config import Config, StoreView
from services.ingest.reading.fetched import Kind
from services.ingest.reading.pages import read_page
from services.ingest.reading.reader import read_one
from services.ingest.shops import NoRight, Shop, Shops
from shared.magento.product_reading import read_product
from shared.secrets import ConnectionSecrets, Secrets
from shared.settings.loader import SettingsError, load
from shared.telemetry.metrics import Metrics
from tests.integration.ingest_reading.support import REALM
from tests.support import magento_sandbox
from tests.support.magento_sandbox import MagentoSandbox

pytestmark = pytest.mark.timeout(60)
UK = StoreView(id=2, code="uk_en", name="English", website_code="uk", website_name="UK", group_name="UK")


@pytest.fixture
async def sandbox() -> AsyncIterator[MagentoSandbox]:
    async with magento_sandbox.in_process(Config(price_scope="website", more_stores=(UK,))) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as made:
        yield made


def shop(sandbox: MagentoSandbox, session: aiohttp.ClientSession, products: str = "") -> Shop:
    """The shop as ingest makes it of a settings document."""
    text = f'connection = "main"\n[magento]\nurl = "{sandbox.base_url}"\n[quickbooks]\nrealm = "{REALM}"\n{products}'
    keys = sandbox.credentials
    signs = ConnectionSecrets.model_validate(
        {
            "consumer_key": keys.consumer_key,
            "consumer_secret": keys.consumer_secret,
            "access_token": keys.access_token,
            "access_token_secret": keys.access_token_secret,
        }
    )
    needed = {"token_keys": ["k"], "quickbooks": {"client_id": "i", "client_secret": "s"}}
    secrets = Secrets.model_validate({**needed, "connections": {"main": signs}})
    return Shops(session, secrets, Metrics()).shop(load(text, "main.toml"))


async def save(sandbox: MagentoSandbox, store: str, sku: str, **fields: Any) -> int:
    path = f"/rest/{store}/V1/products"
    body = {"product": {"sku": sku, "attribute_set_id": 4, "type_id": "simple", **fields}}
    status, answer = await sandbox.send("POST", path, body, sandbox.sign("POST", path))
    assert status == 200, answer
    return int((await sandbox.get_json(f"/rest/V1/products/{sku}"))["id"])


async def test_the_price_of_the_website_whose_view_is_named_counts_at_no_further_call(
    sandbox: MagentoSandbox, session: aiohttp.ClientSession
) -> None:
    number = await save(sandbox, "all", "MUG", name="Mug", price=10)
    await save(sandbox, "uk_en", "MUG", name="A British mug", price="8.50")
    seen = {}
    for products in ("", '[products]\nstore_view = "uk_en"\n'):
        reads = shop(sandbox, session, products)
        before = sum((await sandbox.usage()).values())
        fetched = await read_one(reads, "product", number)
        listed = (await read_page(reads, Kind.PRODUCT, [])).fetched
        calls = sum((await sandbox.usage()).values()) - before
        assert [one.content for one in listed] == [fetched.content], "a page shows what one reading shows"
        product = read_product(fetched.snapshot("main"))
        seen[products] = (str(product.price), product.name, calls)
    (price, name, calls), (british_price, british_name, british_calls) = seen.values()
    assert (price, name) == ("10", "Mug")
    assert (british_price, british_name) == ("8.5", "A British mug")
    assert british_calls == calls


async def test_a_view_that_the_shop_does_not_have_is_told_and_no_product_counts_as_gone(
    sandbox: MagentoSandbox, session: aiohttp.ClientSession
) -> None:
    number = await save(sandbox, "all", "MUG", name="Mug", price=10)
    reads = shop(sandbox, session, '[products]\nstore_view = "nowhere"\n')
    with pytest.raises(NoRight, match=r"products\.store_view"):
        await read_one(reads, "product", number)
    with pytest.raises(NoRight, match=r"products\.store_view"):
        await read_page(reads, Kind.PRODUCT, [])


def test_a_code_that_no_view_can_have_is_refused(tmp_path: Path) -> None:
    head = f'connection = "main"\n[magento]\nurl = "https://shop.example"\n[quickbooks]\nrealm = "{REALM}"\n'
    for code in ("../admin", "UK", "", "2"):
        with pytest.raises(SettingsError):
            load(f'{head}[products]\nstore_view = "{code}"\n', "main.toml")
