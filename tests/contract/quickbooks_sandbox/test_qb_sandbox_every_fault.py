"""The list of faults that the sandbox promises, walked from end to end: what the caller sees, and what was done."""

from __future__ import annotations

import time
from typing import Any

import aiohttp
import pytest

from shared.wire import decode
from tests.contract.quickbooks_sandbox.books_client import Books, connect, failure
from tests.contract.quickbooks_sandbox.webhook_receiver import Receiver, customers, register, settled
from tests.support.quickbooks_sandbox import QuickBooksSandbox

LOST: int = 0  # instead of a status: no answer, or a part of one


async def load(books: Books, *rules: dict[str, Any], **more: Any) -> None:
    await books.sandbox.control("POST", "faults", {"seed": 1, "rules": list(rules), **more})


async def create(books: Books, name: str = "New") -> tuple[int, dict[str, str]]:
    """Status and headers; LOST for no whole answer."""
    try:
        reply = await books.post("customer", {"DisplayName": name}, requestid="r1")
    except aiohttp.ClientError:
        return LOST, {}
    return reply.status, reply.headers


async def refresh(sandbox: QuickBooksSandbox, value: str) -> tuple[int, dict[str, Any]]:
    client = aiohttp.encode_basic_auth(sandbox.client_id, sandbox.client_secret)
    form = {"grant_type": "refresh_token", "refresh_token": value}
    async with sandbox.session.post(sandbox.token_url, data=form, headers={"Authorization": client}) as answer:
        return answer.status, decode(await answer.read())


@pytest.mark.parametrize(
    ("rule", "status", "done", "retry_after", "least_seconds"),
    [
        pytest.param({"effect": "delay", "seconds": 0.2}, 200, 1, None, 0.2, id="a fixed latency"),
        pytest.param({"effect": "delay", "seconds": 0.1, "seconds_max": 0.2}, 200, 1, None, 0.1, id="uniform"),
        pytest.param(
            {"effect": "delay", "seconds": 0.05, "seconds_max": 0.3, "spread": "exponential"},
            200, 1, None, 0, id="exponential",
        ),
        pytest.param({"effect": "drop_after_commit"}, LOST, 1, None, 0, id="done, and the reply dropped"),
        pytest.param({"effect": "drop_before_commit"}, LOST, 0, None, 0, id="dropped before it is done"),
        pytest.param({"status": 429, "body": "xml", "retry_after": "2"}, 429, 0, "2", 0, id="a sane storm"),
        pytest.param({"status": 429, "body": "xml", "retry_after": "31536000"}, 429, 0, "31536000", 0, id="a year"),
        pytest.param({"status": 429, "body": "xml", "retry_after": "-1 parsecs"}, 429, 0, "-1 parsecs", 0, id="absurd"),
        pytest.param({"status": 500, "body": "fault"}, 500, 0, None, 0, id="500"),
        pytest.param({"status": 502}, 502, 0, None, 0, id="502"),
        pytest.param({"status": 503}, 503, 0, None, 0, id="503"),
        pytest.param({"status": 504}, 504, 0, None, 0, id="504"),
        pytest.param({"effect": "truncate_body"}, LOST, 1, None, 0, id="half a body"),
        pytest.param({"effect": "slow_body", "seconds": 0.2}, 200, 1, None, 0.2, id="a slow body"),
        pytest.param({"effect": "expire_token"}, 401, 0, None, 0, id="an expired token"),
        pytest.param({"effect": "revoke_grant"}, 401, 0, None, 0, id="a revoked grant"),
    ],
)  # fmt: skip
async def test_each_fault_of_a_call(
    books: Books, rule: dict[str, Any], status: int, done: int, retry_after: str | None, least_seconds: float
) -> None:
    before = len(await books.sandbox.objects("Customer"))
    await load(books, {"effect": "status", "times": 2, "match": {"operation": "create"}, **rule})
    began = time.monotonic()
    met, headers = await create(books)
    assert (met, headers.get("Retry-After")) == (status, retry_after)
    assert time.monotonic() - began >= least_seconds
    assert len(await books.sandbox.objects("Customer")) - before == done
    # The rule acts twice; a token or grant that it ends is ended for good, so each repeat signs in anew.
    repeats = [(await create(await connect(books.sandbox)))[0] for _ in range(2)]
    assert repeats[-1] == 200
    assert len(await books.sandbox.objects("Customer")) - before == 1, "the repeat by requestid finds what was done"


async def test_an_expired_token_is_refreshed_and_a_revoked_grant_is_not(sandbox: QuickBooksSandbox) -> None:
    for effect, refreshed in (("expire_token", 200), ("revoke_grant", 400)):
        await connect(sandbox)
        grant = await sandbox.grant()
        books = Books(sandbox, grant["access_token"])
        other = Books(sandbox, (await sandbox.grant())["access_token"])
        await load(books, {"effect": effect, "times": 1})
        assert [(await books.get("customer/1")).status for _ in range(2)] == [401, 401], "for good"
        assert (await other.get("customer/1")).status == 200, "another grant is not concerned"
        assert (await refresh(sandbox, grant["refresh_token"]))[0] == refreshed


async def test_tokens_can_be_ended_at_once(sandbox: QuickBooksSandbox) -> None:
    await connect(sandbox)
    grants = [await sandbox.grant() for _ in range(2)]
    await sandbox.expire_tokens()
    assert {(await Books(sandbox, one["access_token"]).get("customer/1")).status for one in grants} == {401}
    assert (await refresh(sandbox, grants[0]["refresh_token"]))[0] == 200
    assert (await sandbox.control("POST", "revoke-grants", {"realm": sandbox.realm}))["revoked"] == 3
    assert {(await refresh(sandbox, one["refresh_token"]))[0] for one in grants} == {400}
    with pytest.raises(AssertionError, match="realm must be one of"):
        await sandbox.control("POST", "revoke-grants", {"realm": "1"})


async def test_the_answer_to_a_refresh_can_be_lost(sandbox: QuickBooksSandbox) -> None:
    await sandbox.settings(rotate_refresh_after_seconds=0)
    grant = await sandbox.grant()
    await sandbox.add_fault("drop_after_commit", match={"operation": "token"}, times=1)
    assert issubclass(await failure(refresh(sandbox, grant["refresh_token"])), aiohttp.ClientError)
    assert await refresh(sandbox, grant["refresh_token"]) == (400, {"error": "invalid_grant"})


async def test_webhooks_are_lost_doubled_and_mixed_up(books: Books, receiver: Receiver) -> None:
    await load(books, webhooks={"lose": 0.3, "duplicate": 0.5, "delay_seconds": 0.5})
    await register(books.sandbox, receiver, entities=["Customer"])
    await customers(books, 30)
    counts = (await settled(books.sandbox))["counts"]
    ids = [event["intuitentityid"] for event in receiver.events()]
    assert counts["events"] == 30 and 0 < counts["lost"] == 30 - len(set(ids))
    assert 0 < counts["duplicated"] == len(ids) - len(set(ids))
    assert ids != sorted(ids, key=int)


async def test_the_plan_can_turn_switches_which_a_reset_turns_back(books: Books) -> None:
    await load(books, settings={"retry_after": "absurd", "calls_per_minute": 1})
    assert [(await books.get("customer/1")).status for _ in range(2)] == [200, 429]
    await books.sandbox.reset()
    assert (await books.sandbox.settings())["retry_after"] == "absent"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"rules": [{"effect": "delay", "sconds": 1}]}, r"rules\.0\.sconds: unknown; allowed here: effect, status"),
        ({"webhooks": {"loose": 1}}, r"webhooks\.loose: unknown; allowed here: "),
        ({"settings": {"calls_per_minit": 1}}, "settings: calls_per_minit: unknown; allowed here: "),
        ({"settings": []}, "settings: "),
        ({"effect": "delay", "match": {"realm": 5}}, r"match\.realm: "),
    ],
)
async def test_a_wrong_plan_is_refused_and_changes_nothing(books: Books, body: Any, message: str) -> None:
    await load(books, {"effect": "delay", "times": 7})
    with pytest.raises(AssertionError, match=message):
        await books.sandbox.control("POST", "faults", body)
    assert [rule["times"] for rule in (await books.sandbox.control("GET", "faults"))["faults"]] == [7]
