"""The REST client against peers that answer as no proper shop does: pages, cuts, floods, delays, redirects."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from aiohttp import web

from shared.magento.client import Bearer, MagentoClient, new_session
from shared.magento.faults import AnswerTooLarge, BadAnswer, Refused, ShopUnavailable, Throttled

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def talking_to(answer: Answer, *, call_seconds: float = 5.0) -> AsyncIterator[MagentoClient]:
    """A client of a server whose every answer is `answer`."""
    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with new_session() as session:
            url = f"http://127.0.0.1:{site.port}/"
            yield MagentoClient(session, url, Bearer("t"), call_seconds=call_seconds, answer_max_bytes=10_000)
    finally:
        await runner.cleanup()


def always(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(status=status, body=body, headers=headers)

    return answer


async def test_the_query_is_encoded_exactly_once_on_the_wire() -> None:
    seen: list[str] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        seen.append(request.raw_path)
        return web.json_response({})

    async with talking_to(answer) as magento:
        await magento.get("products/a%2Bb", [("searchCriteria[x]", "a+b c%é=&")])
    assert seen == ["/rest/V1/products/a%2Bb?searchCriteria%5Bx%5D=a%2Bb%20c%25%C3%A9%3D%26"]


async def test_a_shop_that_does_not_answer_in_time_is_unavailable() -> None:
    async def answer(_request: web.BaseRequest) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    async with talking_to(answer, call_seconds=0.3) as magento:
        start = time.monotonic()
        with pytest.raises(ShopUnavailable, match=r"within 0\.3 s"):
            await magento.get("orders/1")
        assert time.monotonic() - start < 3


async def test_an_answer_that_trickles_is_cut_by_the_same_limit() -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(300):
            await response.write(b" ")
            await asyncio.sleep(0.1)
        return response

    async with talking_to(answer, call_seconds=0.5) as magento:
        with pytest.raises(ShopUnavailable, match="no whole answer"):
            await magento.get("orders/1")


async def test_an_answer_without_end_is_cut_at_the_limit_of_bytes() -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 1_000)

    async with talking_to(answer) as magento:
        with pytest.raises(AnswerTooLarge):
            await magento.get("orders")


async def test_an_answer_cut_off_in_the_middle_is_an_unavailable_shop() -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b'{"entity_id":')
        assert request.transport is not None
        request.transport.abort()
        return response

    async with talking_to(answer) as magento:
        with pytest.raises(ShopUnavailable):
            await magento.get("orders/1")


async def test_nobody_listening_is_an_unavailable_shop() -> None:
    async with new_session() as session:
        magento = MagentoClient(session, "http://127.0.0.1:9/", Bearer("t"))
        with pytest.raises(ShopUnavailable, match="connection failed"):
            await magento.get("orders/1")


async def test_a_redirect_is_not_followed_with_our_credentials() -> None:
    calls: list[str] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        calls.append(request.raw_path)
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    async with talking_to(answer) as magento:
        with pytest.raises(Refused, match="redirects"):
            await magento.get("orders/1")
    assert calls == ["/rest/V1/orders/1"]


async def test_cookies_of_the_shop_are_not_sent_back() -> None:
    seen: list[str | None] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        seen.append(request.headers.get("Cookie"))
        return web.Response(body=b"{}", headers={"Set-Cookie": "PHPSESSID=x; path=/"})

    async with talking_to(answer) as magento:
        await magento.get("a")
        await magento.get("a")
    assert seen == [None, None]


async def test_too_many_calls_tell_how_long_to_wait() -> None:
    async with talking_to(always(b"", 429, {"Retry-After": "7"})) as magento:
        with pytest.raises(Throttled) as caught:
            await magento.get("orders/1")
    assert caught.value.wait_seconds == 7


async def test_an_answer_that_is_not_the_order_asked_for_is_bad() -> None:
    for body in (b"[]", b'{"entity_id":2}', b'{"entity_id":"2"}'):
        async with talking_to(always(body)) as magento:
            with pytest.raises(BadAnswer, match="not order 1"):
                await magento.get_order(1)


async def test_an_order_whose_id_is_written_as_text_is_the_one_asked_for() -> None:
    async with talking_to(always(b'{"entity_id":"1"}')) as magento:
        assert await magento.get_order(1) == {"entity_id": "1"}


async def test_a_shop_that_ignores_the_filter_is_found_out() -> None:
    body = b'{"items":[{"entity_id":5,"order_id":99}],"total_count":1}'
    async with talking_to(always(body)) as magento:
        with pytest.raises(BadAnswer, match="ignores the filter"):
            await magento.documents_of("invoices", [1])


async def test_a_shop_that_ignores_sorting_or_the_last_id_does_not_make_an_endless_walk() -> None:
    body = b'{"items":[{"entity_id":5,"order_id":1},{"entity_id":6,"order_id":1}],"total_count":9}'
    async with talking_to(always(body)) as magento:
        with pytest.raises(BadAnswer, match="ignores the search"):
            async for _ in magento.walk("invoices"):
                pass


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"items":null,"total_count":0}', b'{"items":["x"],"total_count":1}'])
async def test_a_list_of_another_shape_is_bad(body: bytes) -> None:
    async with talking_to(always(body)) as magento:
        with pytest.raises(BadAnswer):
            async for _ in magento.walk("orders"):
                pass


async def test_each_call_is_told_to_the_observer_with_its_outcome() -> None:
    told: list[tuple[str, str]] = []
    async with new_session() as session:
        magento = MagentoClient(
            session, "http://127.0.0.1:9/", Bearer("t"), observe=lambda path, outcome, _s: told.append((path, outcome))
        )
        with pytest.raises(ShopUnavailable):
            await magento.get("orders/1")
    assert told == [("orders", "ShopUnavailable")]


@pytest.mark.parametrize("url", ["shop.example", "ftp://shop.example/", "https://", "https://shop.example/?a=1", ""])
async def test_an_address_that_is_none_is_refused(url: str) -> None:
    async with new_session() as session:
        with pytest.raises(ValueError, match="base address"):
            MagentoClient(session, url, Bearer("t"))


@pytest.mark.parametrize(("method", "times"), [("GET", 2), ("PUT", 2), ("POST", 1)])
async def test_a_post_is_never_sent_twice_when_a_kept_connection_turns_out_to_be_dead(method: str, times: int) -> None:
    seen: list[str] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        seen.append(request.method)
        if request.raw_path == "/rest/V1/warm":
            return web.json_response({})
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with talking_to(answer) as magento:
        await magento.get("warm")
        del seen[:]
        with pytest.raises(ShopUnavailable, match="connection failed"):
            await _send(magento, method)
    assert seen == [method] * times


async def _send(magento: MagentoClient, method: str) -> None:
    if method == "GET":
        await magento.get("thing")
    elif method == "PUT":
        await magento.put("thing", {})
    else:
        await magento.post("thing", {})


async def test_a_document_goes_out_as_json_with_its_decimals_as_they_are() -> None:
    seen: list[tuple[str, str, bytes]] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        seen.append((request.method, request.headers["Content-Type"], await request.read()))
        return web.json_response({"id": 1})

    async with talking_to(answer) as magento:
        assert await magento.post("thing", {"price": Decimal("12.30")}) == {"id": 1}
        await magento.put("thing/1", {})
    assert seen == [("POST", "application/json", b'{"price":12.30}'), ("PUT", "application/json", b"{}")]
