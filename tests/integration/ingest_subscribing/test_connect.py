"""A shop's subscriptions are brought in order over real REST, after our own address has proven itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox.magento.config import Config
from services.ingest.sources.mageos_events import SUBSCRIBED
from services.ingest.subscribing.connect import Connecting, Options, Report
from services.ingest.subscribing.plan import Wanted
from services.ingest.subscribing.proof import Verdict
from shared.magento import oauth1
from shared.magento.client import Authentication, Bearer, MagentoClient, OAuth1, new_session
from tests.integration.ingest_receiver.support import TOKEN, Peer, eventually, running
from tests.support.magento_sandbox import MagentoSandbox, in_process

CONNECTION = "main-shop"
OTHERS = "https://erp.example/hook"


@dataclass
class World:
    """A shop and a receiver."""

    shop: MagentoSandbox
    peer: Peer
    session: aiohttp.ClientSession
    token: str = TOKEN
    base: str = ""

    async def connect(self, auth: Authentication | None = None, **options: bool) -> Report:
        client = MagentoClient(self.session, self.shop.base_url, auth or signing(self.shop))
        wanted = Wanted(CONNECTION, self.base or self.peer.url, SUBSCRIBED)
        return await Connecting(
            client, self.peer.session, wanted, lambda event: self.token, Options(**options), lambda text: None
        ).run()

    async def listed(self) -> dict[int, tuple[str, str, bool]]:
        """Every subscription of the shop: event, address, whether it is on."""
        found = await self.shop.get_json("/rest/V1/async_events?searchCriteria=")
        return {it["subscription_id"]: (it["event_name"], it["recipient_url"], it["status"]) for it in found["items"]}

    async def subscribe(self, event: str, address: str, *, active: bool = True) -> int:
        """A subscription that somebody made."""
        client = MagentoClient(self.session, self.shop.base_url, signing(self.shop))
        wanted = {"event_name": event, "recipient_url": address, "verification_token": "t", "metadata": "http"}
        made: int = (await client.post("async_event", {"asyncEvent": wanted}))["subscription_id"]
        if not active:
            await client.put(f"async_event/{made}", {"asyncEvent": {"status": False}})
        return made

    def address(self, event: str) -> str:
        return f"{self.peer.url}/webhooks/{CONNECTION}/mageos/{event}"


def signing(shop: MagentoSandbox, **changes: str) -> OAuth1:
    keys = shop.credentials
    values = {
        "consumer_key": keys.consumer_key,
        "consumer_secret": keys.consumer_secret,
        "access_token": keys.access_token,
        "access_token_secret": keys.access_token_secret,
    }
    return OAuth1(oauth1.Credentials(**(values | changes)))


@asynccontextmanager
async def world(folder: Path, config: Config | None = None) -> AsyncIterator[World]:
    async with running(folder) as peer, in_process(config) as shop, new_session() as session:
        yield World(shop, peer, session)


@pytest.fixture
async def ready(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        yield made


def actions(report: Report) -> list[str]:
    return [done.step.action.value for done in report.subscriptions]


def as_wanted(ready: World) -> list[tuple[str, str, bool]]:
    return [(event, ready.address(event), True) for event in SUBSCRIBED]


@pytest.mark.parametrize("kind", ["oauth1", "bearer"])
async def test_a_first_run_makes_a_subscription_per_event_and_a_second_one_changes_nothing(
    tmp_path: Path, kind: str
) -> None:
    async with world(tmp_path, Config(bearer=kind == "bearer")) as ready:
        auth = Bearer(ready.shop.token) if kind == "bearer" else None
        report = await ready.connect(auth)
        assert (report.exit_code, report.problems) == (0, [])
        assert list((await ready.listed()).values()) == as_wanted(ready)
        before = await ready.shop.usage()
        report = await ready.connect(auth)
        assert (report.exit_code, set(actions(report))) == (0, {"keep"})
        writes = {route: count for route, count in (await ready.shop.usage()).items() if "GET" not in route}
        assert writes == {route: before[route] for route in writes}
        assert list((await ready.listed()).values()) == as_wanted(ready)


async def test_what_the_shop_sends_after_it_is_taken(ready: World) -> None:
    await ready.connect()
    await ready.shop.put_order({"entity_id": 17, "increment_id": "000000017", "items": [], "state": "new"})
    labels = {"connection": CONNECTION, "event": "sales.order.created", "status": "202"}

    async def told() -> bool:
        return ready.peer.value("bookbridge_webhooks_total", **labels) == 1

    await eventually(told)
    assert {record.key for record in await ready.peer.records()} == {f"{CONNECTION}:order:17"}


async def test_the_test_event_is_about_the_newest_order_and_a_shop_without_orders_stores_nothing(ready: World) -> None:
    report = await ready.connect()
    assert report.proof is not None
    assert (report.proof.verdict, "no order yet" in report.proof.text) == (Verdict.TAKEN, True)
    assert await ready.peer.records() == []
    for number in (5, 9, 7):
        document: dict[str, Any] = {"entity_id": number, "increment_id": str(number), "items": []}
        await ready.shop.put_order(document, announce=False)
    report = await ready.connect()
    assert report.proof is not None
    assert "order 9" in report.proof.text
    assert [record.key for record in await ready.peer.records()] == [f"{CONNECTION}:order:9"]


async def test_what_is_off_is_switched_on_what_is_double_or_wrong_off_and_others_are_left_alone(ready: World) -> None:
    first, second = SUBSCRIBED[0], SUBSCRIBED[1]
    off = await ready.subscribe(first, ready.address(first), active=False)
    double = [await ready.subscribe(second, ready.address(second)) for _ in range(2)]
    wrong = await ready.subscribe("customer.login", ready.address(first))
    needless = await ready.subscribe("customer.login", ready.address("customer.login"))
    former = await ready.subscribe(first, "https://old.example" + ready.address(first).removeprefix(ready.peer.url))
    foreign = [await ready.subscribe(first, OTHERS), await ready.subscribe(first, "arn:aws:events:x")]
    report = await ready.connect()
    assert report.exit_code == 0
    on = {number for number, (_, _, status) in (await ready.listed()).items() if status}
    assert on & {off, *double, wrong, needless, former, *foreign} == {off, double[1], needless, former, *foreign}
    assert actions(report).count("leave") == 2
    report = await ready.connect(prune=True)
    on = {number for number, (_, _, status) in (await ready.listed()).items() if status}
    assert on & {needless, former, *foreign} == set(foreign)
    assert actions(report).count("switch off") == 2
    assert len(on) == len(SUBSCRIBED) + len(foreign)


async def test_renewing_makes_all_anew_and_switches_the_former_ones_off(ready: World) -> None:
    await ready.connect()
    former = set(await ready.listed())
    report = await ready.connect(renew=True)
    assert report.exit_code == 0
    listed = await ready.listed()
    assert {number for number, (_, _, status) in listed.items() if not status} == former
    assert [row for row in listed.values() if row[2]] == as_wanted(ready)


async def test_when_the_shop_refuses_a_new_one_the_former_one_stays_on(ready: World) -> None:
    await ready.connect()
    before = await ready.listed()
    match = {"method": "POST", "route": "async_event"}
    rule = {"match": match, "effect": "status", "status": 400, "body": "json", "times": 1}
    await ready.shop.control("POST", "faults", rule)
    report = await ready.connect(renew=True)
    assert report.exit_code == 1
    assert [done.problem for done in report.subscriptions[:2]][1] == "left on, since there is no other"
    listed = await ready.listed()
    assert [number for number in before if listed[number][2]] == [1]
    assert sorted(row for row in listed.values() if row[2]) == sorted(as_wanted(ready))


async def test_a_dry_run_tells_and_does_nothing(ready: World) -> None:
    report = await ready.connect(dry_run=True)
    assert actions(report) == ["make"] * len(SUBSCRIBED)
    assert (report.exit_code, report.proof) == (0, None)
    assert await ready.listed() == {}
    assert await ready.peer.records() == []


@pytest.mark.parametrize(
    ("denied", "words"),
    [
        ("Magento_Sales::sales_creditmemo", "read credit memos: tick Sales > Operations > Credit Memos"),
        ("Magento_Sales::actions_view", "read orders: tick Sales > Operations > Orders > Actions > View"),
        ("Magento_Customer::customer", "read customers: tick Customers"),
        ("Magento_Backend::store", "read time zones: tick Stores > Settings > All Stores"),
        ("Magento_InventoryApi::source", "read stock at each source: tick Stores > Inventory > Sources"),
    ],
)
async def test_a_missing_right_is_named_in_words_and_the_rest_is_done(tmp_path: Path, denied: str, words: str) -> None:
    async with world(tmp_path, Config(denied_resources=frozenset({denied}))) as ready:
        report = await ready.connect()
        assert report.exit_code == 1
        (problem,) = report.problems
        assert words in problem
        assert f"({denied})" in problem
        assert len(await ready.listed()) == len(SUBSCRIBED)


async def test_without_the_right_to_subscribe_nothing_is_done(tmp_path: Path) -> None:
    async with world(tmp_path, Config(denied_resources=frozenset({"MageOS_AsyncEvents::manage"}))) as ready:
        report = await ready.connect()
        assert report.exit_code == 1
        assert "tick Manage Asynchronous Events" in report.problems[0]
        assert (report.subscriptions, report.proof) == ([], None)


async def test_a_sign_in_that_is_wrong_is_not_taken_for_missing_rights(ready: World) -> None:
    report = await ready.connect(signing(ready.shop, access_token_secret="another"))
    assert report.exit_code == 1
    (problem,) = report.problems
    assert "lets the integration in to nothing" in problem
    assert "tick" not in problem


async def test_a_shop_without_the_module_or_its_common_events_is_told_so(tmp_path: Path) -> None:
    async with world(tmp_path, Config(edition="open source", msi=False)) as ready:
        report = await ready.connect()
        assert (report.exit_code, report.has_senders, report.subscriptions) == (1, False, [])
        assert "no Mage-OS Async Events" in report.problems[0]


@pytest.mark.parametrize("renew", [False, True])
async def test_an_address_that_has_another_token_is_not_subscribed(ready: World, renew: bool) -> None:
    ready.token = "a token that ingest does not know"
    report = await ready.connect(renew=renew)
    assert report.exit_code == 1
    assert "another token" in report.problems[0]
    assert (report.subscriptions, await ready.listed()) == ([], {})


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (202, "a wrong signature was answered by 202 instead of 401"),  # takes anything: it is no receiver
        (302, "redirects"),
        (404, "doesn't know this connection"),
        (503, "can't store events for now"),
        (500, "answered by 500"),
    ],
)
async def test_whatever_else_answers_there_is_not_taken_for_ingest(ready: World, status: int, words: str) -> None:
    async with answering(status) as base:
        ready.base = base
        report = await ready.connect()
    assert report.exit_code == 1
    assert words in report.problems[0]
    assert await ready.listed() == {}


async def test_an_address_that_nobody_answers_is_not_subscribed_unless_asked_for(ready: World) -> None:
    ready.base = "http://127.0.0.1:9"
    report = await ready.connect()
    assert (report.exit_code, "connection failed" in report.unreachable) == (3, True)
    assert await ready.listed() == {}
    assert (await ready.connect(test=False)).exit_code == 0
    assert len(await ready.listed()) == len(SUBSCRIBED)


@pytest.mark.parametrize("effect", ["drop_before_commit", "drop_after_commit"])
async def test_a_shop_that_falls_silent_midway_is_told_of_and_the_next_run_leaves_one_subscription_per_event(
    ready: World, effect: str
) -> None:
    await ready.shop.control("POST", "faults", {"match": {"route": "async_event"}, "effect": effect, "skip": 3})
    report = await ready.connect()
    assert report.exit_code == 3
    assert "run this again" in report.unreachable
    assert len(report.subscriptions) < len(SUBSCRIBED)
    assert (await ready.connect()).exit_code == 0
    assert sorted((await ready.listed()).values()) == sorted(as_wanted(ready))


async def test_a_shop_that_is_down_is_not_reachable(ready: World) -> None:
    await ready.shop.fault("status", status=503, times=None)
    report = await ready.connect()
    assert (report.exit_code, "gives no answer" in report.unreachable) == (3, True)


@asynccontextmanager
async def answering(status: int) -> AsyncIterator[str]:
    """A server that answers everything in one way."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        headers: dict[str, Any] = {"Location": "/elsewhere"} if status == 302 else {}
        return web.Response(status=status, headers=headers)

    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
