"""Limits per realm: moving windows, calls at once, and the body of a 429."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from sandbox.quickbooks import SandboxConfig
from sandbox.quickbooks.settings import ServerSettings
from sandbox.quickbooks.throttle import Throttle
from tests.contract.quickbooks_sandbox.books_client import Books
from tests.support.quickbooks_sandbox import QuickBooksSandbox, running


async def _caller(sandbox: QuickBooksSandbox, realm: str | None = None) -> Books:
    grant = await sandbox.grant(realm)
    return Books(sandbox, grant["access_token"], grant["realm"])


async def test_the_eleventh_call_in_a_second_is_429_in_xml(sandbox: QuickBooksSandbox) -> None:
    books = await _caller(sandbox)
    replies = [await books.get("customer/1") for _ in range(11)]
    assert [reply.status for reply in replies] == [200] * 10 + [429]
    assert replies[-1].content_type == "application/xml"
    assert b'<Fault type="SERVICE"><Error code="3001">' in replies[-1].raw
    usage = await sandbox.usage()
    assert (usage["throttled"], usage["throttle_hits"]["per_second"], usage["peak_per_second"]) == (1, 1, 11)
    assert usage["metered"] == 10


async def test_ten_calls_may_run_at_once_and_no_more(sandbox: QuickBooksSandbox) -> None:
    await sandbox.settings(calls_per_second=1000)
    books = await _caller(sandbox)
    rule = await sandbox.add_fault("hold_before_commit", match={"operation": "read"}, times=10)
    held = [asyncio.create_task(books.get("customer/1")) for _ in range(10)]
    await sandbox.wait_held(rule, 10)
    assert (await books.get("customer/1")).status == 429
    await sandbox.release(rule)
    assert {(await call).status for call in held} == {200}
    assert (await books.get("customer/1")).status == 200
    usage = await sandbox.usage()
    assert (usage["peak_concurrent"], usage["throttle_hits"]["concurrent"]) == (11, 1)


async def test_one_realms_calls_do_not_throttle_another() -> None:
    async with running(SandboxConfig(realms=("1", "2"))) as sandbox:
        await sandbox.settings(calls_per_minute=3)
        first, second = await _caller(sandbox, "1"), await _caller(sandbox, "2")
        assert [(await first.get("preferences")).status for _ in range(4)] == [200, 200, 200, 429]
        assert (await second.get("preferences")).status == 200
        assert (await sandbox.usage("1"))["throttled"] == 1
        assert (await sandbox.usage("2"))["throttled"] == 0
        assert (await sandbox.usage())["peak_per_minute"] == 4


@given(st.lists(st.floats(0, 5), max_size=120), st.integers(1, 5), st.integers(1, 20))
def test_no_window_ever_holds_more_than_its_limit(gaps: list[float], per_second: int, per_minute: int) -> None:
    now = 0.0
    settings = ServerSettings(calls_per_second=per_second, calls_per_minute=per_minute)
    throttle = Throttle(settings, lambda: now)
    admitted: list[float] = []
    for gap in gaps:
        now += gap
        last_second = sum(instant > now - 1 for instant in admitted)
        last_minute = sum(instant > now - 60 for instant in admitted)
        allowed = throttle.enter()
        assert allowed == (last_second < per_second and last_minute < per_minute)
        if allowed:
            throttle.leave()
            admitted.append(now)


async def test_windows_move_with_the_sandboxs_clock(sandbox: QuickBooksSandbox) -> None:
    await sandbox.settings(calls_per_minute=2)
    books = await _caller(sandbox)
    assert [(await books.get("preferences")).status for _ in range(3)] == [200, 200, 429]
    await sandbox.advance(59)
    assert (await books.get("preferences")).status == 429
    await sandbox.advance(1)
    assert [(await books.get("preferences")).status for _ in range(3)] == [200, 200, 429]


async def test_a_throttled_call_can_come_in_the_older_form(sandbox: QuickBooksSandbox) -> None:
    await sandbox.settings(calls_per_minute=1, throttle_status=403)
    books = await _caller(sandbox)
    await books.get("preferences")
    reply = await books.get("preferences")
    assert (reply.status, reply.content_type) == (403, "application/xml") and b"statusCode=403" in reply.raw


async def test_retry_after_is_absent_unless_a_switch_says_otherwise(sandbox: QuickBooksSandbox) -> None:
    await sandbox.settings(calls_per_minute=1)
    books = await _caller(sandbox)
    await books.get("preferences")
    assert "Retry-After" not in (await books.get("preferences")).headers
    await sandbox.settings(retry_after="seconds")
    assert 50 <= int((await books.get("preferences")).headers["Retry-After"]) <= 60
    await sandbox.settings(retry_after="absurd")
    assert int((await books.get("preferences")).headers["Retry-After"]) == 31_536_000


async def test_the_months_budget_of_metered_calls_ends_in_429_until_the_next(books: Books) -> None:
    await books.sandbox.settings(monthly_budget=2)
    statuses = [(await books.get("customer/1")).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert (await books.get("customer/99")).status == 429
    assert (await books.post("customer", {"DisplayName": "Free"})).status == 200
    usage = await books.sandbox.usage()
    assert (usage["over_budget"], usage["metered"], usage["throttled"]) == (2, 2, 0)
    await books.sandbox.settings(budget_blocks="all", retry_after="seconds")
    assert 0 < int((await books.get("customer/1")).headers["Retry-After"]) <= 31 * 86_400
    assert (await books.post("customer", {"DisplayName": "Not free"})).status == 429
    await books.sandbox.settings(access_token_seconds=40 * 86_400)
    later = await _caller(books.sandbox)
    await books.sandbox.advance(31 * 86_400)
    assert (await later.get("customer/1")).status == 200
    usage = await books.sandbox.usage()
    assert (usage["metered_this_month"], usage["metered"]) == (1, 3)


async def test_only_successful_calls_are_metered_by_their_kind(books: Books) -> None:
    for path in ("customer/1", "customer/99", "preferences", f"companyinfo/{books.sandbox.realm}"):
        await books.get(path)
    await books.query("select * from Item")
    await books.query("select nothing")
    await books.post("customer", {"DisplayName": "Core"})
    usage = await books.sandbox.usage()
    assert usage["coreplus"] == {"read": 3, "query": 1, "cdc": 0, "report": 0, "batch": 0}
    assert (usage["core"], usage["metered"], usage["unmetered"]) == (1, 4, 1)
