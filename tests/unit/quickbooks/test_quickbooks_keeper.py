"""The keeper and the follower of tokens, in virtual time, against grants that rotate, die and lose replies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared import limits
from shared.log.port import AppendUnknown, LogUnavailable
from shared.quickbooks.faults import OutcomeUnknown, Reconnect, Refused, Unavailable
from shared.quickbooks.oauth2 import TokenPair
from shared.quickbooks.tokens import TokenFollower, TokenKeeper
from shared.quickbooks.vault import TokenRecord
from tests.unit.quickbooks import virtual_time

REALM = "9130"
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def now() -> datetime:
    return START + timedelta(seconds=virtual_time.clock())


def pair(number: int) -> TokenPair:
    return TokenPair(f"access-{number}", f"refresh-{number}", now() + timedelta(hours=1), now() + timedelta(days=100))


def record(number: int = 1, **changes: Any) -> TokenRecord:
    return replace(TokenRecord(version=number, pair=pair(number), obtained_at=now()), **changes)


@dataclass
class Grant:
    """A grant whose refresh token changes with each refresh, the old one dying at once."""

    number: int = 1
    asked: list[str] = field(default_factory=list)
    at_once: int = 0
    mishaps_before: list[Exception] = field(default_factory=list)  # the request never gets through
    mishaps_after: list[Exception] = field(default_factory=list)  # the reply never gets back

    async def refresh(self, token: str) -> TokenPair:
        self.asked.append(token)
        self.at_once += 1
        assert self.at_once == 1, "two refreshes at once: Intuit may withdraw the grant"
        try:
            await asyncio.sleep(0.5)
            if self.mishaps_before:
                raise self.mishaps_before.pop(0)
            if token != f"refresh-{self.number}":
                raise Reconnect("invalid_grant")
            self.number += 1
            if self.mishaps_after:
                raise self.mishaps_after.pop(0)
            return pair(self.number)
        finally:
            self.at_once -= 1


@dataclass
class Log:
    """What is durable, and how appends fail."""

    records: list[TokenRecord] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    async def save(self, realm: str, saved: TokenRecord) -> None:
        assert realm == REALM
        await asyncio.sleep(0.1)
        if self.failures:
            raise self.failures.pop(0)
        self.records.append(saved)


def scene(test: Callable[[Grant, Log, TokenKeeper], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Runs a test in virtual time with a keeper that holds the first record of a grant."""

    def run() -> None:
        async def main() -> None:
            grant, log = Grant(), Log()
            await test(grant, log, TokenKeeper(REALM, grant.refresh, log.save, record=record(), now=now))

        virtual_time.run(main())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


@scene
async def test_many_callers_with_a_refused_token_make_one_refresh(grant: Grant, log: Log, keeper: TokenKeeper) -> None:
    await asyncio.gather(*(keeper.refused("access-1") for _ in range(20)))
    assert grant.asked == ["refresh-1"]
    assert await keeper.access_token() == "access-2"
    await keeper.refused("access-1")  # a late caller, whose token is not the newest any more
    assert grant.asked == ["refresh-1"]


@scene
async def test_a_new_token_is_used_only_when_it_is_durable(grant: Grant, log: Log, keeper: TokenKeeper) -> None:
    waiting = asyncio.create_task(keeper.refused("access-1"))
    await asyncio.sleep(0.55)  # the answer is here, the append under way
    assert log.records == []
    assert await keeper.access_token() == "access-1"
    await waiting
    assert [saved.version for saved in log.records] == [2]
    assert await keeper.access_token() == "access-2"


@scene
async def test_a_token_that_cannot_be_saved_is_kept_and_saved_later_without_another_refresh(
    grant: Grant, log: Log, keeper: TokenKeeper
) -> None:
    log.failures = [LogUnavailable("away"), AppendUnknown("perhaps")]
    for _ in range(2):
        with pytest.raises(LogUnavailable):
            await keeper.refused("access-1")
        await asyncio.sleep(limits.TOKEN_FAILED_PAUSE_SECONDS)
    await keeper.refused("access-1")
    assert grant.asked == ["refresh-1"]
    assert await keeper.access_token() == "access-2"


@scene
async def test_a_refresh_runs_beside_before_the_token_ends_and_nobody_waits(
    grant: Grant, log: Log, keeper: TokenKeeper
) -> None:
    await asyncio.sleep(3600 - limits.TOKEN_REFRESH_AHEAD_SECONDS + 1)
    before = virtual_time.clock()
    assert await keeper.access_token() == "access-1"
    assert virtual_time.clock() == before
    await keeper.close()
    assert await keeper.access_token() == "access-2"


@scene
async def test_callers_wait_for_a_refresh_when_the_token_has_ended(grant: Grant, log: Log, keeper: TokenKeeper) -> None:
    await asyncio.sleep(3600)
    tokens = await asyncio.gather(*(keeper.access_token() for _ in range(20)))
    assert set(tokens) == {"access-2"}
    assert grant.asked == ["refresh-1"]


@scene
async def test_a_lost_reply_is_tried_again_with_the_same_token(grant: Grant, log: Log, keeper: TokenKeeper) -> None:
    grant.mishaps_before = [OutcomeUnknown("reply-lost"), OutcomeUnknown("reply-lost")]
    await keeper.refused("access-1")
    assert grant.asked == ["refresh-1"] * 3
    assert await keeper.access_token() == "access-2"


@scene
async def test_a_reply_lost_after_the_token_was_replaced_ends_in_reconnect_for_all(
    grant: Grant, log: Log, keeper: TokenKeeper
) -> None:
    grant.mishaps_after = [OutcomeUnknown("reply-lost")]
    results = await asyncio.gather(*(keeper.refused("access-1") for _ in range(5)), return_exceptions=True)
    assert [type(result) for result in results] == [Reconnect] * 5
    assert [(saved.version, saved.state) for saved in log.records] == [(2, "reconnect")]
    asked = len(grant.asked)
    with pytest.raises(Reconnect):
        await keeper.access_token()
    assert len(grant.asked) == asked
    keeper.adopt(record(3))
    assert await keeper.access_token() == "access-3"


@scene
async def test_an_outage_is_not_taken_for_a_dead_grant(grant: Grant, log: Log, keeper: TokenKeeper) -> None:
    grant.mishaps_before = [OutcomeUnknown("http-503") for _ in range(6)]
    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            await keeper.refused("access-1")
        await asyncio.sleep(limits.TOKEN_FAILED_PAUSE_SECONDS)
    await keeper.refused("access-1")
    assert [saved.state for saved in log.records] == ["active"]


@scene
async def test_bad_app_keys_do_not_give_up_the_grant(grant: Grant, log: Log, keeper: TokenKeeper) -> None:
    grant.mishaps_before = [Refused("invalid_client")]
    with pytest.raises(Refused):
        await keeper.refused("access-1")
    with pytest.raises(Refused):  # and nobody hammers the endpoint meanwhile
        await keeper.refused("access-1")
    assert grant.asked == ["refresh-1"]
    assert log.records == []


@scene
async def test_the_loser_of_a_race_takes_the_record_of_the_winner(grant: Grant, log: Log, keeper: TokenKeeper) -> None:
    grant.number = 2  # another owner has refreshed; its record is on the way to us
    waiting = asyncio.create_task(keeper.refused("access-1"))
    await asyncio.sleep(2)
    keeper.adopt(record(2))
    await waiting
    assert await keeper.access_token() == "access-2"
    assert log.records == []


@scene
async def test_the_token_before_is_tried_when_the_unproven_one_is_dead(
    grant: Grant, log: Log, keeper: TokenKeeper
) -> None:
    keeper.adopt(record(7, previous_refresh_token="refresh-1"))
    await keeper.refused("access-7")
    assert grant.asked == ["refresh-7", "refresh-1"]
    assert await keeper.access_token() == "access-2"


@scene
async def test_the_token_before_is_kept_until_the_new_one_has_worked(
    grant: Grant, log: Log, keeper: TokenKeeper
) -> None:
    await keeper.refused("access-1")
    await keeper.refused("access-2")
    assert [saved.previous_refresh_token for saved in log.records] == ["refresh-1", "refresh-2"]


@scene
async def test_a_cancelled_caller_does_not_cancel_the_refresh_of_the_others(
    grant: Grant, log: Log, keeper: TokenKeeper
) -> None:
    first, second = (asyncio.create_task(keeper.refused("access-1")) for _ in range(2))
    await asyncio.sleep(0.2)
    first.cancel()
    await second
    assert grant.asked == ["refresh-1"]
    assert first.cancelled()


@scene
async def test_closing_waits_for_a_refresh_under_way(grant: Grant, log: Log, keeper: TokenKeeper) -> None:
    caller = asyncio.create_task(keeper.refused("access-1"))
    await asyncio.sleep(0.2)
    caller.cancel()
    await keeper.close()
    assert [saved.version for saved in log.records] == [2]


@scene
async def test_an_unsaved_token_obtained_later_than_an_adopted_one_is_not_thrown_away(
    grant: Grant, log: Log, keeper: TokenKeeper
) -> None:
    log.failures = [LogUnavailable("away")]
    with pytest.raises(LogUnavailable):
        await keeper.refused("access-1")
    keeper.adopt(record(2, obtained_at=START))  # of an owner before us, which refreshed before we did
    await keeper.refused("access-2")
    assert [(saved.version, saved.pair.access_token) for saved in log.records] == [(3, "access-2")]


def test_a_follower_asks_once_for_many_callers_and_takes_what_comes() -> None:
    async def main() -> None:
        asked: list[int] = []

        async def ask(realm: str, version: int) -> None:
            asked.append(version)
            asyncio.get_running_loop().call_later(1, follower.adopt, record(version + 1))

        follower = TokenFollower(REALM, ask, now=now)
        assert await follower.access_token() == "access-1"
        await asyncio.gather(*(follower.refused("access-1") for _ in range(20)))
        assert asked == [0, 1]
        assert await follower.access_token() == "access-2"
        await follower.refused("access-1")
        follower.adopt(record(1))
        assert await follower.access_token() == "access-2"
        assert asked == [0, 1]

    virtual_time.run(main())


def test_a_follower_waits_bounded_and_passes_reconnect_on() -> None:
    async def main() -> None:
        async def ask(realm: str, version: int) -> None:
            pass

        follower = TokenFollower(REALM, ask, record=record(), now=now)
        with pytest.raises(Unavailable):
            await follower.refused("access-1")
        assert virtual_time.clock() == limits.TOKEN_WAIT_SECONDS
        follower.adopt(record(2, state="reconnect"))
        with pytest.raises(Reconnect):
            await follower.access_token()

    virtual_time.run(main())
