"""A batch is acknowledged only when each of its events is durable."""

from __future__ import annotations

import asyncio
from pathlib import Path

import orjson

from shared import limits
from shared.log.embedded import EmbeddedLog
from shared.log.port import LogUnavailable, NewRecord, Position
from tests.integration.ingest_receiver.support import read_hints, running_on
from tests.integration.ingest_sources.support import (
    CLIENT_ID,
    Clock,
    Shops,
    World,
    adobe_event,
    key_host,
)

CODE = "observer.sales_order_save_commit_after"


class LogInTrouble(EmbeddedLog):
    """The real log, which for one key is not to be had, and counts appends under way."""

    in_trouble = ""
    under_way = 0
    most = 0

    async def append(self, record: NewRecord) -> Position:
        if record.key == self.in_trouble:
            raise LogUnavailable("a test")
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(0)
            return await super().append(record)
        finally:
            self.under_way -= 1


async def test_one_event_that_is_not_stored_leaves_the_whole_batch_unacknowledged(tmp_path: Path) -> None:
    log = LogInTrouble(tmp_path / "log.sqlite")
    await log.start()
    try:
        async with (
            key_host() as host,
            running_on(log, connections=Shops(), key_host=host.base) as peer,
        ):
            ready = World(peer, host, Clock())
            body = orjson.dumps([adobe_event(CODE, {"entity_id": n}, f"id-{n}") for n in range(1, 101)])
            log.in_trouble = "main:order:63"
            status, answer = await ready.adobe(body)
            assert (status, answer["error"]) == (503, "the event can't be stored for now")
            assert 1 < log.most <= limits.WEBHOOK_APPENDS_AT_ONCE
            log.in_trouble = ""
            assert await ready.adobe(body) == (200, {"stored": 100})
            keys = {record.key for record in await read_hints(log)}
            assert keys == {f"main:order:{n}" for n in range(1, 101)}
    finally:
        await log.close()


async def test_a_batch_of_more_events_than_adobe_ever_sends_is_refused(ready: World) -> None:
    event = orjson.dumps({"specversion": "1.0", "recipientclientid": CLIENT_ID})
    body = b"[" + b",".join([event] * (limits.ADOBE_EVENTS_MAX + 1)) + b"]"
    status, answer = await ready.adobe(body)
    assert (status, "more than" in answer["error"]) == (400, True)


async def test_an_empty_batch_is_not_for_us(ready: World) -> None:
    """It can't hold our client id, so it is refused like everything that isn't for us, and no key is fetched."""
    assert (await ready.adobe(b"[]"))[0] == 403
    assert ready.host.asked == []
