"""A shop that is broken as a whole: nothing is learnt of single orders from it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from services.ingest.reading.fetched import Kind
from services.ingest.reading.pages import read_page
from services.ingest.shops import Shop
from shared import limits
from shared.log.signals import RetryLater
from shared.magento.client import Bearer, MagentoClient
from shared.magento.faults import BadAnswer

GOOD = b'[{"id":1,"timezone":"America/New_York"},{"id":2,"timezone":"Europe/Paris"}]'


@pytest.fixture
async def answers() -> list[tuple[int, bytes]]:
    return []


@pytest.fixture
async def shop(answers: list[tuple[int, bytes]], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    """A shop whose every answer is the next of `answers`."""
    monkeypatch.setattr(limits, "SHOP_REFUSED_SECONDS", 0.0)
    monkeypatch.setattr(limits, "SHOP_DOWN_SECONDS", 0.0)

    async def answer(request: web.BaseRequest) -> web.Response:
        status, body = answers.pop(0)
        return web.Response(status=status, body=body, content_type="application/json")

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with aiohttp.ClientSession() as session:
        yield Shop("1", MagentoClient(session, f"http://127.0.0.1:{site.port}", Bearer("t")))
    await runner.cleanup()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"[]"),
        (200, b'{"message":"hello"}'),
        (200, b'[{"id":1}]'),
        (200, b'[{"timezone":"Europe/Paris"}]'),
        (404, b'{"message":"Not Found"}'),
        (503, b"<html></html>"),
    ],
)
async def test_a_store_configuration_that_makes_no_sense_means_come_again(
    shop: Shop, answers: list[tuple[int, bytes]], status: int, body: bytes
) -> None:
    answers += [(status, body), (200, GOOD), (200, GOOD)]
    with pytest.raises(RetryLater):
        await shop.time_zone(2)
    assert await shop.time_zone(2) == "Europe/Paris"
    assert await shop.time_zone(1) == "America/New_York"
    assert len(answers) == 1, "remembered"
    for _ in range(3):
        assert await shop.time_zone(99) == "America/New_York", "a store view that is gone: the first one's"
    assert answers == [], "it might be new, so it is asked for once"


async def ask(shop: Shop, *, in_parts: bool = False) -> None:
    async with shop.calling(in_parts=in_parts) as client:
        await client.get_order(1)


async def test_a_500_while_the_shop_answers_otherwise_is_about_what_was_asked_for(
    shop: Shop, answers: list[tuple[int, bytes]]
) -> None:
    answers += [(500, b'{"message":"Report ID: 1"}'), (200, GOOD)]
    with pytest.raises(BadAnswer, match="Report ID: 1"):
        await ask(shop)
    answers += [(500, b""), (503, b"")]
    with pytest.raises(RetryLater):
        await ask(shop)
    assert answers == []


async def test_a_gateway_that_fails_is_about_the_shop_but_for_what_can_be_asked_for_in_smaller_parts(
    shop: Shop, answers: list[tuple[int, bytes]]
) -> None:
    answers += [(502, b"")]
    with pytest.raises(RetryLater):
        await ask(shop)
    answers += [(502, b""), (200, GOOD)]
    with pytest.raises(BadAnswer):
        await ask(shop, in_parts=True)
    assert answers == []


async def test_a_list_that_counts_rows_it_does_not_show_has_an_end(
    shop: Shop, answers: list[tuple[int, bytes]]
) -> None:
    """A module that takes rows out of the answer leaves the count as it was."""
    answers += [(200, b'{"items":[],"total_count":3}')]
    page = await read_page(shop, Kind.CUSTOMER, [], 7)
    assert (page.fetched, page.last_id, page.more) == ([], 7, False)
