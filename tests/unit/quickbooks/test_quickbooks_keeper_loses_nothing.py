"""A new refresh token exists in memory alone until it is saved. What may happen in that time, and who may spoil it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from shared import limits
from shared.log.port import LogUnavailable
from shared.quickbooks.faults import Reconnect, Unavailable
from shared.quickbooks.oauth2 import TokenPair
from shared.quickbooks.tokens import TokenKeeper
from tests.unit.quickbooks import virtual_time
from tests.unit.quickbooks.test_quickbooks_keeper import REALM, Grant, Log, now, pair, record, scene


@scene
async def test_sealing_anew_while_a_refresh_is_under_way_keeps_the_new_token(
    grant: Grant, log: Log, keeper: TokenKeeper
) -> None:
    caller = asyncio.create_task(keeper.refused("access-1"))
    await asyncio.sleep(0.2)
    await keeper.save_again()
    await caller
    assert [(saved.version, saved.pair.refresh_token) for saved in log.records] == [(2, "refresh-2"), (3, "refresh-2")]
    await keeper.refused("access-2")
    assert grant.asked == ["refresh-1", "refresh-2"]


@scene
async def test_sealing_anew_saves_the_token_that_could_not_be_saved_before(
    grant: Grant, log: Log, keeper: TokenKeeper
) -> None:
    log.failures = [LogUnavailable("away")]
    with pytest.raises(LogUnavailable):
        await keeper.refused("access-1")
    await keeper.save_again()
    assert {saved.pair.refresh_token for saved in log.records} == {"refresh-2"}
    assert grant.asked == ["refresh-1"]


@scene
async def test_who_withdraws_a_grant_is_given_its_newest_token(grant: Grant, log: Log, keeper: TokenKeeper) -> None:
    caller = asyncio.create_task(keeper.refused("access-1"))
    await asyncio.sleep(0.2)
    newest = await keeper.settled()
    assert newest is not None
    assert newest.pair.refresh_token == "refresh-2"
    await caller


@scene
async def test_closing_saves_what_could_not_be_saved_while_the_log_was_away(
    grant: Grant, log: Log, keeper: TokenKeeper
) -> None:
    log.failures = [LogUnavailable("away")] * 4
    with pytest.raises(LogUnavailable):
        await keeper.refused("access-1")
    await keeper.close()
    assert [saved.pair.refresh_token for saved in log.records] == ["refresh-2"]


@scene
async def test_closing_ends_in_time_while_the_log_stays_away(grant: Grant, log: Log, keeper: TokenKeeper) -> None:
    log.failures = [LogUnavailable("away")] * 1_000
    with pytest.raises(LogUnavailable):
        await keeper.refused("access-1")
    began = virtual_time.clock()
    await keeper.close()
    assert virtual_time.clock() - began < limits.TOKEN_CLOSE_SECONDS + 1
    assert log.records == []


@scene
async def test_a_token_that_is_not_saved_yet_is_saved_by_the_next_look_although_the_one_before_lasts(
    grant: Grant, log: Log, keeper: TokenKeeper
) -> None:
    """Nobody else may call in a quiet company before the process ends."""
    log.failures = [LogUnavailable("away")]
    with pytest.raises(LogUnavailable):
        await keeper.refused("access-1")
    await asyncio.sleep(limits.TOKEN_CHECK_SECONDS)
    await keeper.access_token()
    await asyncio.sleep(1)
    assert [saved.pair.refresh_token for saved in log.records] == ["refresh-2"]


@scene
async def test_what_an_owner_that_was_frozen_writes_behind_a_newer_record_is_put_right(
    grant: Grant, log: Log, keeper: TokenKeeper
) -> None:
    """The next start reads the log's last record."""
    await keeper.refused("access-1")
    await keeper.refused("access-2")
    keeper.adopt(record(2, obtained_at=now() - timedelta(minutes=1)))
    await asyncio.sleep(1)
    assert [(saved.version, saved.pair.refresh_token) for saved in log.records][2:] == [(4, "refresh-3")]
    assert await keeper.access_token() == "access-3"


@scene
async def test_the_living_token_that_a_frozen_owner_had_is_taken_in_place_of_the_end_of_the_grant(
    grant: Grant, log: Log, keeper: TokenKeeper
) -> None:
    grant.number = 2  # replaced for the frozen owner, who has not saved it yet
    obtained = now() + timedelta(seconds=1)
    with pytest.raises(Reconnect):
        await keeper.refused("access-1")
    assert log.records[-1].state == "reconnect"
    keeper.adopt(replace(record(2), pair=pair(2), obtained_at=obtained))
    await asyncio.sleep(1)
    assert (log.records[-1].version, log.records[-1].pair.refresh_token) == (3, "refresh-2")
    assert await keeper.access_token() == "access-2"


@scene
async def test_our_own_record_read_from_the_log_is_not_written_again(
    grant: Grant, log: Log, keeper: TokenKeeper
) -> None:
    await keeper.refused("access-1")
    keeper.adopt(log.records[-1])
    await asyncio.sleep(1)
    assert len(log.records) == 1


def test_no_refresh_begins_while_the_log_does_not_take_records() -> None:
    """Its answer would be in memory only."""

    async def main() -> None:
        grant, log = Grant(), Log()
        away = [LogUnavailable("away")]

        async def ready(realm: str) -> None:
            assert realm == REALM
            if away:
                raise away.pop()

        keeper = TokenKeeper(REALM, grant.refresh, log.save, ready=ready, record=record(), now=now)
        with pytest.raises(LogUnavailable):
            await keeper.refused("access-1")
        assert grant.asked == []
        await asyncio.sleep(limits.TOKEN_FAILED_PAUSE_SECONDS)
        await keeper.refused("access-1")
        assert grant.asked == ["refresh-1"]

    virtual_time.run(main())


def test_an_owner_that_was_frozen_takes_the_record_of_the_next_one_and_does_not_refresh() -> None:
    async def main() -> None:
        grant, log = Grant(), Log()

        async def ready(realm: str) -> None:
            keeper.adopt(replace(record(2), obtained_at=now()))  # what the barrier brings

        keeper = TokenKeeper(REALM, grant.refresh, log.save, ready=ready, record=record(), now=now)
        await asyncio.sleep(3_700)
        assert await keeper.access_token() == "access-2"
        assert grant.asked == []

    virtual_time.run(main())


def test_a_refresh_token_that_came_without_an_access_token_is_saved_and_used_after_a_pause() -> None:
    async def main() -> None:
        asked: list[str] = []
        log = Log()

        async def refresh(token: str) -> TokenPair:
            asked.append(token)
            number = int(token[-1]) + 1
            return (
                pair(number) if number > 2 else TokenPair("", f"refresh-{number}", now(), now() + timedelta(days=100))
            )

        keeper = TokenKeeper(REALM, refresh, log.save, record=record(), now=now)
        for _ in range(2):  # the second within the pause
            with pytest.raises(Unavailable, match="no-token"):
                await keeper.refused("access-1")
                await keeper.access_token()
        assert [(saved.version, saved.pair.refresh_token) for saved in log.records] == [(2, "refresh-2")]
        await asyncio.sleep(limits.TOKEN_FAILED_PAUSE_SECONDS)
        assert await keeper.access_token() == "access-3"
        assert asked == ["refresh-1", "refresh-2"]

    virtual_time.run(main())
