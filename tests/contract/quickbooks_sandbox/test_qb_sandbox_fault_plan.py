"""Fault plans as documents: chances and latencies by a seed, storms, and answers that come in part or slowly."""

from __future__ import annotations

import asyncio
import time
from random import Random
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.quickbooks.fault_rules import Rule
from tests.contract.quickbooks_sandbox.books_client import Books, failure, line, sale
from tests.support.quickbooks_sandbox import QuickBooksSandbox


async def load(books: Books, *rules: dict[str, Any], seed: int = 0) -> list[str]:
    ids: list[str] = (await books.sandbox.control("POST", "faults", {"seed": seed, "rules": list(rules)}))["ids"]
    return ids


async def test_a_plan_takes_the_place_of_the_one_in_force(books: Books) -> None:
    await books.sandbox.add_fault("status", match={"operation": "read"})
    ids = await load(books, {"effect": "status", "match": {"operation": "query"}, "times": 1})
    assert len(ids) == 1
    assert (await books.get("customer/1")).status == 200
    assert [(await books.query("select * from Item")).status for _ in range(2)] == [503, 200]
    with pytest.raises(AssertionError, match=r"rules\.1\.effect"):
        await load(books, {"effect": "status"}, {"effect": "explode"})
    assert [rule["id"] for rule in (await books.sandbox.control("GET", "faults"))["faults"]] == ids


async def test_a_chance_is_drawn_by_the_plans_seed(books: Books) -> None:
    async def statuses(seed: int) -> list[int]:
        await load(books, {"effect": "status", "status": 500, "probability": 0.5}, seed=seed)
        return [(await books.get("customer/1")).status for _ in range(30)]

    first = await statuses(1)
    assert 5 < first.count(500) < 25
    assert await statuses(1) == first and await statuses(2) != first


async def test_a_storm_of_throttling_ends_and_can_tell_nonsense_of_its_end(books: Books) -> None:
    storm = {"effect": "status", "status": 429, "body": "xml", "times": 5, "retry_after": "-1 parsecs"}
    await load(books, storm)
    replies = [await books.get("customer/1") for _ in range(6)]
    assert [reply.status for reply in replies] == [429] * 5 + [200]
    assert replies[0].headers["Retry-After"] == "-1 parsecs" and "Retry-After" not in replies[5].headers


async def test_half_an_answer_leaves_the_work_done(books: Books) -> None:
    await load(books, {"effect": "truncate_body", "match": {"operation": "create"}, "times": 1})
    error = await failure(books.post("salesreceipt", sale(line(5)), requestid="r1"))
    assert issubclass(error, aiohttp.ClientPayloadError)
    assert (await books.post("salesreceipt", sale(line(5)), requestid="r1")).of("SalesReceipt")["Id"] == "1"
    assert (await books.sandbox.ledger())["count"] == 1


async def test_a_slow_answer_comes_whole(books: Books) -> None:
    await load(books, {"effect": "slow_body", "seconds": 0.3, "times": 1})
    began = time.monotonic()
    slow = await books.get("customer/1")
    assert time.monotonic() - began >= 0.3
    assert slow.json["Customer"] == (await books.get("customer/1")).json["Customer"]


async def test_a_caller_may_leave_in_the_middle_of_a_slow_answer(books: Books) -> None:
    await load(books, {"effect": "slow_body", "seconds": 0.5, "times": 1})
    call = asyncio.create_task(books.get("customer/1"))
    await asyncio.sleep(0.1)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert (await books.get("customer/1")).status == 200


async def test_a_lost_answer_to_a_refresh_leaves_the_old_value_dead(sandbox: QuickBooksSandbox) -> None:
    await sandbox.settings(rotate_refresh_after_seconds=0)
    grant = await sandbox.grant()
    await sandbox.add_fault("truncate_body", match={"operation": "token"}, times=1)
    form = {"grant_type": "refresh_token", "refresh_token": grant["refresh_token"]}
    client = aiohttp.encode_basic_auth(sandbox.client_id, sandbox.client_secret)

    async def refresh() -> int:
        async with sandbox.session.post(sandbox.token_url, data=form, headers={"Authorization": client}) as answer:
            await answer.read()
            return answer.status

    assert issubclass(await failure(refresh()), aiohttp.ClientPayloadError)
    assert await refresh() == 400


async def test_a_fault_of_items_does_nothing_to_a_single_call(books: Books) -> None:
    await load(books, {"effect": "auth_in_items"})
    async with asyncio.timeout(5):
        assert (await books.post("customer", {"DisplayName": "Alone"})).status == 200


async def test_a_delay_can_be_drawn(books: Books) -> None:
    await load(books, {"effect": "delay", "seconds": 0.1, "seconds_max": 0.2, "times": 1})
    began = time.monotonic()
    assert (await books.get("customer/1")).status == 200
    assert time.monotonic() - began >= 0.1
    with pytest.raises(AssertionError, match="seconds_max"):
        await books.sandbox.add_fault("delay", seconds=2, seconds_max=1)


@given(st.floats(0, 10), st.floats(0, 10), st.sampled_from(["uniform", "exponential"]), st.integers())
def test_drawn_times_stay_in_their_bounds(low: float, more: float, spread: str, seed: int) -> None:
    rule = Rule.model_validate({"effect": "delay", "seconds": low, "seconds_max": low + more, "spread": spread})
    random = Random(seed)
    for _ in range(20):
        assert (low if spread == "uniform" else 0) <= rule.drawn_seconds(random) <= low + more


def test_exponential_times_are_mostly_short_and_sometimes_long() -> None:
    rule = Rule(effect="delay", seconds=1, seconds_max=100, spread="exponential")
    random = Random(1)
    drawn = sorted(rule.drawn_seconds(random) for _ in range(2_000))
    assert 0.9 < sum(drawn) / len(drawn) < 1.1 and drawn[1_000] < 0.8 and drawn[-1] > 5
