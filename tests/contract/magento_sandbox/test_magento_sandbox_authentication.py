"""OAuth 1.0a verified for real, Bearer as since 2.4.4, administrators' tokens."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import pytest

from sandbox.magento.config import Config
from tests.contract.magento_sandbox.shop_documents import order
from tests.support.magento_sandbox import MagentoSandbox, in_process, oauth_header

REFUSED = {
    "message": "The consumer isn't authorized to access %resources.",
    "parameters": {"resources": "Magento_Sales::actions_view"},
}
PATH = "/rest/V1/orders/5"


async def test_the_access_token_as_bearer_is_refused_by_default(shop: MagentoSandbox) -> None:
    status, body = await shop.get(PATH, shop.bearer)
    assert (status, json.loads(body)) == (401, REFUSED)


async def test_no_authorization_is_answered_the_same(shop: MagentoSandbox) -> None:
    status, body = await shop.get(PATH, {})
    assert (status, json.loads(body)) == (401, REFUSED)


async def test_the_access_token_as_bearer_opens_when_the_shop_allows_it(bearer_shop: MagentoSandbox) -> None:
    await bearer_shop.put_order(order(5))
    status, _ = await bearer_shop.get(PATH, bearer_shop.bearer)
    assert status == 200
    status, body = await bearer_shop.get(PATH, {"Authorization": "Bearer wrong"})
    assert (status, json.loads(body)) == (401, REFUSED)


async def test_a_resource_that_was_not_granted_is_answered_like_a_wrong_token() -> None:
    async with in_process(Config(denied_resources=frozenset({"Magento_Sales::actions_view"}))) as shop:
        status, body = await shop.get(PATH)
        assert (status, json.loads(body)) == (401, REFUSED)


async def test_a_signed_call_with_awkward_parameters_is_admitted(shop: MagentoSandbox) -> None:
    await shop.put_order(order(5, customer_email="a+b c=ü~@example.com"))
    name = quote("searchCriteria[filter_groups][0][filters][0]", safe="")
    value = quote("a+b c=ü~@example.com", safe="~")
    page = await shop.get_json(f"/rest/V1/orders?{name}%5Bfield%5D=customer_email&{name}%5Bvalue%5D={value}")
    assert page["total_count"] == 1


async def test_a_signature_by_another_secret_is_refused(shop: MagentoSandbox) -> None:
    header = oauth_header(shop.credentials, "GET", shop.base_url + PATH, secret="another")
    status, body = await shop.get(PATH, {"Authorization": header})
    assert (status, json.loads(body)["message"]) == (401, "The signature is invalid. Verify and try again.")


@pytest.mark.parametrize("other", ["/rest/V1/orders/6", "/rest/V1/orders/5?fields=entity_id"])
async def test_a_signature_covers_path_and_query(shop: MagentoSandbox, other: str) -> None:
    status, _ = await shop.get(other, shop.sign("GET", PATH))
    assert status == 401


async def test_a_plus_for_a_space_breaks_the_signature(shop: MagentoSandbox) -> None:
    path = "/rest/V1/orders?searchCriteria=a+b"
    signed_as_space = shop.sign("GET", "/rest/V1/orders?searchCriteria=a%20b")
    assert (await shop.get(path, signed_as_space))[0] == 401
    assert (await shop.get("/rest/V1/orders?searchCriteria=a%20b"))[0] == 200


async def test_a_nonce_opens_once(shop: MagentoSandbox) -> None:
    await shop.put_order(order(5))
    header = shop.sign("GET", PATH)
    assert (await shop.get(PATH, header))[0] == 200
    status, body = await shop.get(PATH, header)
    assert (status, b"nonce is already being used" in body) == (401, True)


async def test_timestamps_are_bounded_above_only(shop: MagentoSandbox) -> None:
    await shop.put_order(order(5))
    old = shop.sign("GET", PATH, oauth_timestamp=str(int(time.time()) - 86_400))
    assert (await shop.get(PATH, old))[0] == 200
    ahead = shop.sign("GET", PATH, oauth_timestamp=str(int(time.time()) + 700))
    status, body = await shop.get(PATH, ahead)
    assert (status, b"oauth_timestamp" in body) == (400, True)


async def test_hmac_sha1_is_refused(shop: MagentoSandbox) -> None:
    status, body = await shop.get(PATH, shop.sign("GET", PATH, oauth_signature_method="HMAC-SHA1"))
    assert (status, json.loads(body)["parameters"]) == (400, ["HMAC-SHA1"])


async def test_a_missing_protocol_parameter_is_named(shop: MagentoSandbox) -> None:
    status, body = await shop.get(PATH, {"Authorization": 'OAuth oauth_consumer_key="x"'})
    assert (status, json.loads(body)["parameters"]) == (400, {"fieldName": "oauth_token"})


async def test_an_administrators_token_opens_for_an_hour() -> None:
    now = [1_800_000_000.0]
    async with in_process(clock=lambda: now[0]) as shop:
        await shop.put_order(order(5))
        login = {"username": shop.credentials.admin_username, "password": shop.credentials.admin_password}
        status, body = await shop.send("POST", "/rest/V1/integration/admin/token", login, {})
        assert status == 200
        header = {"Authorization": f"Bearer {json.loads(body)}"}
        assert (await shop.get(PATH, header))[0] == 200
        now[0] += 3601
        assert (await shop.get(PATH, header))[0] == 401


async def test_a_wrong_password_gets_no_token(shop: MagentoSandbox) -> None:
    login = {"username": shop.credentials.admin_username, "password": "no"}
    status, body = await shop.send("POST", "/rest/V1/integration/admin/token", login, {})
    assert (status, b"account sign-in was incorrect" in body) == (401, True)
