"""What REST can't read is answered as Magento answers it: bodies, types, addresses, methods, formats, sign-in."""

from __future__ import annotations

import io
import json
from typing import Any
from xml.etree import ElementTree as ET

import aiohttp
import pytest

from sandbox.magento.config import Config
from tests.contract.magento_sandbox.shop_documents import order
from tests.support.magento_rest import Rest
from tests.support.magento_sandbox import MagentoSandbox, in_process

PRODUCTS = "/rest/V1/products"


async def _send(shop: MagentoSandbox, data: bytes, **headers: str) -> tuple[int, Any]:
    sent = shop.sign("POST", PRODUCTS) | {name.replace("_", "-"): value for name, value in headers.items()}
    status, body = await shop.send("POST", PRODUCTS, data, sent)
    return status, json.loads(body)


@pytest.mark.parametrize(
    "data", [b"{", b"\xff", b"nonsense", b'{"a":' * 70 + b"1" + b"}" * 70, b'{"a": "\\ud800"}', b'{"a": 1e400}']
)
async def test_a_body_that_cant_be_decoded(shop: MagentoSandbox, data: bytes) -> None:
    assert await _send(shop, data) == (400, {"message": "Decoding error."})


@pytest.mark.parametrize(
    ("content_type", "message"),
    [
        ("text/plain", 'Server cannot understand Content-Type HTTP header media type "%1"'),
        ("application/xml", 'Server cannot understand Content-Type HTTP header media type "%1"'),
        ("application/json; charset=latin-1", "UTF-8 is the only supported charset."),
        ("a b c", "Content-Type header is invalid."),
    ],
)
async def test_a_content_type_that_isnt_understood(shop: MagentoSandbox, content_type: str, message: str) -> None:
    status, body = await _send(shop, b"{}", Content_Type=content_type)
    assert (status, body["message"]) == (400, message)


async def test_a_body_that_is_no_object_has_no_parameters(shop: MagentoSandbox) -> None:
    for data in (b"[1]", b'"text"', b"null"):
        status, body = await _send(shop, data)
        assert (status, "product" in json.dumps(body)) == (400, True)


async def test_a_call_without_a_body_needs_no_content_type(shop: MagentoSandbox) -> None:
    await shop.put_order(order(5))
    path = "/rest/V1/orders/5/hold"
    status, body = await shop.bare("POST", path, shop.sign("POST", path))
    assert (status, body) == (200, b"true")


async def test_a_body_above_all_bounds_is_refused_by_the_server_before_the_shop(shop: MagentoSandbox) -> None:
    headers = shop.sign("POST", PRODUCTS) | {"Content-Type": "application/json"}
    body = io.BytesIO(b" " * (33 * 1024 * 1024))
    async with (
        aiohttp.ClientSession() as session,
        session.post(shop.base_url + PRODUCTS, data=body, headers=headers) as answer,
    ):
        assert (answer.status, "413 Request Entity Too Large" in await answer.text()) == (413, True)


@pytest.mark.parametrize("path", ["/rest/V1/nothing", "/rest/V1", "/rest", "/rest/V2/orders", "/rest/V1/orders/5/6/7"])
async def test_an_address_that_isnt_one(shop: MagentoSandbox, path: str) -> None:
    status, body = await shop.get(path)
    assert (status, json.loads(body)) == (404, {"message": "Request does not match any route."})


async def test_a_method_that_the_route_hasnt_is_no_route_and_others_are_invalid(shop: MagentoSandbox) -> None:
    rest = Rest(shop)
    assert (await rest.call("DELETE", "orders/5"))[0] == 404
    assert (await rest.call("PATCH", "orders/5", {}))[0] == 400
    assert (await rest.call("OPTIONS", "orders/5", {}))[0] == 400


@pytest.mark.parametrize("path", ["orders/x", "orders/5.5", "customers/x", "taxRates/1e3", "bulk/x/operation-status/y"])
async def test_a_parameter_of_another_type_is_named(shop: MagentoSandbox, path: str) -> None:
    status, body = await Rest(shop).call("GET", path)
    assert (status, body["parameters"]["type"]) == (400, "int")


async def test_xml_is_answered_to_who_asks_for_it(shop: MagentoSandbox) -> None:
    async def asked(path: str, accept: str) -> ET.Element:
        _, body = await shop.get(path, shop.sign("GET", path) | {"Accept": accept})
        return ET.fromstring(body)  # noqa: S314  # our own answer

    views = await asked("/rest/V1/store/storeViews", "text/html, application/xml;q=0.9")
    assert [one.findtext("code") for one in views.findall("item")] == ["default", "admin"]
    refused = await asked("/rest/V1/orders/5", "text/xml")
    assert str(refused.findtext("message")).startswith("The entity that was requested doesn't exist.")
    path = "/rest/V1/store/storeViews"
    status, body = await shop.get(path, shop.sign("GET", path) | {"Accept": "application/json, text/xml;q=0.5"})
    assert (status, json.loads(body)[0]["code"]) == (200, "default")


async def test_a_format_that_there_is_no_renderer_for(shop: MagentoSandbox) -> None:
    path = "/rest/V1/store/storeViews"
    status, body = await shop.get(path, shop.sign("GET", path) | {"Accept": "image/png"})
    assert (status, json.loads(body)["messages"]["error"][0]["code"]) == (406, 406)


async def test_a_property_that_the_interface_hasnt_is_masked_in_older_releases() -> None:
    async with in_process(Config(unknown_properties="masked")) as shop:
        status, body = await Rest(shop).call("POST", "taxClasses", {"taxClass": {"colour": 1}})
        assert (status, "Report ID" in body["message"]) == (500, True)


async def test_six_wrong_passwords_lock_the_name_for_half_an_hour() -> None:
    now = [1_800_000_000.0]
    async with in_process(clock=lambda: now[0]) as shop:
        right = {"username": shop.credentials.admin_username, "password": shop.credentials.admin_password}

        async def sign_in(**change: str) -> tuple[int, bytes]:
            return await shop.send("POST", "/rest/V1/integration/admin/token", right | change, {})

        for _ in range(5):
            assert (await sign_in(password="no"))[0] == 401
        assert (await sign_in())[0] == 200  # and the count starts anew
        for _ in range(6):
            wrong = await sign_in(password="no")
        assert await sign_in() == wrong  # told the same
        now[0] += 1_799
        assert (await sign_in())[0] == 401
        now[0] += 2
        assert (await sign_in())[0] == 200
