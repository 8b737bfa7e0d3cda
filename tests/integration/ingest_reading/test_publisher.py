"""Only news is published, whoever reads and however often; an older reading never follows a newer one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from sandbox.scenarios.orders import carts
from services.ingest.reading.fetched import Fetched, Kind, gone
from services.ingest.reading.pages import read_page
from services.ingest.reading.publisher import Publisher, Verdict
from services.ingest.reading.reader import read_one
from services.ingest.reading.standing import Standing
from shared.log.port import Log, NewRecord, NotOwner, Position
from shared.log.signals import RetryLater
from shared.snapshots import FOLLOWS
from shared.topics import ORDERS
from shared.wire import encode
from tests.integration.ingest_reading.support import SWEEP, WEBHOOK, Reading, reading_from
from tests.support.magento_sandbox import MagentoSandbox

pytestmark = pytest.mark.timeout(60)


async def placed(reading: Reading, count: int = 1) -> list[int]:
    return [order["entity_id"] for order in await reading.sandbox.place(*carts(7, count))]


def later(fetched: Fetched, seconds: float) -> Fetched:
    return replace(fetched, fetched_at=fetched.fetched_at + timedelta(seconds=seconds))


async def publish(reading: Reading, fetched: Fetched, *, force: bool = False) -> Verdict:
    return await reading.publisher.publish(reading.loaded, fetched, WEBHOOK, force=force)


async def test_what_has_not_changed_is_published_once_also_by_the_next_process(
    sandbox: MagentoSandbox, tmp_path: Path
) -> None:
    async with reading_from(sandbox, tmp_path) as first:
        (order,) = await placed(first)
        assert await publish(first, await read_one(first.shop, "order", order)) is Verdict.PUBLISHED
        assert await publish(first, await read_one(first.shop, "order", order)) is Verdict.UNCHANGED
    async with reading_from(sandbox, tmp_path) as restarted:
        assert await publish(restarted, await read_one(restarted.shop, "order", order)) is Verdict.UNCHANGED
        await sandbox.edit(order, {"customer_email": "new@example.com"})
        assert await publish(restarted, await read_one(restarted.shop, "order", order)) is Verdict.PUBLISHED
        emails = [one["order"]["customer_email"] for one in await restarted.snapshots(Kind.ORDER, order)]
    assert len(emails) == 2 and emails[1] == "new@example.com"


async def test_a_save_that_changes_nothing_is_no_news_and_a_shipment_is(reading: Reading) -> None:
    (order,) = await placed(reading)
    await publish(reading, await read_one(reading.shop, "order", order))
    await reading.sandbox.advance(60)
    await reading.sandbox.edit(order, {})
    saved = await read_one(reading.shop, "order", order)
    known = reading.published.get(f"main:order:{order}")
    assert known is not None and saved.document["updated_at"] > known.updated_at
    assert await publish(reading, saved) is Verdict.UNCHANGED
    await reading.sandbox.ship(order)
    assert await publish(reading, await read_one(reading.shop, "order", order)) is Verdict.PUBLISHED
    assert [len(one["shipments"]) for one in await reading.snapshots(Kind.ORDER, order)] == [0, 1]


async def test_an_unchanged_order_is_published_again_when_that_is_asked_for(reading: Reading) -> None:
    (order,) = await placed(reading)
    fetched = await read_one(reading.shop, "order", order)
    assert [await publish(reading, fetched, force=True) for _ in range(2)] == [Verdict.PUBLISHED] * 2


async def test_a_reading_that_began_earlier_never_follows_one_that_began_later(reading: Reading) -> None:
    (order,) = await placed(reading)
    old = later(await read_one(reading.shop, "order", order), -30)
    await reading.sandbox.edit(order, {"customer_email": "new@example.com"})
    new = later(await read_one(reading.shop, "order", order), -20)
    assert await publish(reading, new) is Verdict.PUBLISHED
    assert await publish(reading, old) is Verdict.OVERTAKEN
    # The same where the later reading was no news: the log doesn't tell of it.
    assert await publish(reading, later(new, 10)) is Verdict.UNCHANGED
    assert await publish(reading, later(old, 5)) is Verdict.OVERTAKEN
    assert len(await reading.snapshots(Kind.ORDER, order)) == 1


async def test_a_clock_that_was_set_back_hides_no_change(reading: Reading) -> None:
    """Ours, or the clock of the machine that owned the realm before."""
    (order,) = await placed(reading)
    assert await publish(reading, later(await read_one(reading.shop, "order", order), 300)) is Verdict.PUBLISHED
    assert await publish(reading, later(await read_one(reading.shop, "order", order), 310)) is Verdict.UNCHANGED
    before = await read_one(reading.shop, "order", order)
    for number in range(2):
        await reading.sandbox.edit(order, {"customer_email": f"{number}@example.com"})
        assert await publish(reading, await read_one(reading.shop, "order", order)) is Verdict.PUBLISHED
    assert await publish(reading, before) is Verdict.OVERTAKEN
    snapshots = await reading.snapshots(Kind.ORDER, order)
    assert [one["order"]["customer_email"] for one in snapshots][1:] == ["0@example.com", "1@example.com"]
    times = [one["fetched_at"] for one in snapshots]
    assert times == sorted(set(times)), "who goes by them takes the newest for the newest"


def record_of(fetched: Fetched, follows: Fetched, realm: str) -> NewRecord:
    """As a process appends it that was frozen after it had seen what to follow."""
    headers = {"schema": "1", "realm": realm, "cause": "sweep", FOLLOWS: follows.fetched_at.isoformat()}
    return NewRecord(
        ORDERS, fetched.key("main"), encode(fetched.snapshot("main")), realm, headers | Standing.of(fetched).headers()
    )


async def test_what_a_frozen_process_appends_late_is_put_right_by_the_next_reading(reading: Reading) -> None:
    """Its clock is ahead: by the instants alone its old reading would be the newest."""
    (order,) = await placed(reading)
    first = await read_one(reading.shop, "order", order)
    await publish(reading, first)
    await reading.sandbox.edit(order, {"customer_email": "old@example.com"})
    old = later(await read_one(reading.shop, "order", order), 60)
    await reading.sandbox.edit(order, {"customer_email": "new@example.com"})
    assert await publish(reading, await read_one(reading.shop, "order", order)) is Verdict.PUBLISHED
    position = await reading.log.append(record_of(old, first, reading.loaded.settings.quickbooks.realm))
    await reading.published.reach(Kind.ORDER, position)
    again = await read_one(reading.shop, "order", order)
    assert await publish(reading, again) is Verdict.PUBLISHED, "the last record of the log is what counts, once more"
    assert await publish(reading, await read_one(reading.shop, "order", order)) is Verdict.UNCHANGED
    emails = [one["order"]["customer_email"] for one in await reading.snapshots(Kind.ORDER, order)]
    assert emails[1:] == ["new@example.com", "old@example.com", "new@example.com"]


class Overtaking:
    """A log in which another process is a moment faster, once."""

    def __init__(self, log: Log, faster: NewRecord) -> None:
        self._log = log
        self._faster: NewRecord | None = faster

    async def append(self, record: NewRecord) -> Position:
        if self._faster is not None:
            await self._log.append(self._faster)
            self._faster = None
        return await self._log.append(record)


async def test_who_is_not_the_first_to_follow_a_snapshot_reads_again(reading: Reading) -> None:
    (order,) = await placed(reading)
    first = await read_one(reading.shop, "order", order)
    await publish(reading, first)
    await reading.sandbox.edit(order, {"customer_email": "old@example.com"})
    old = later(await read_one(reading.shop, "order", order), 60)
    await reading.sandbox.edit(order, {"customer_email": "new@example.com"})
    log = Overtaking(reading.log, record_of(old, first, reading.loaded.settings.quickbooks.realm))
    publisher = Publisher(cast("Log", log), reading.published, reading.metrics)
    with pytest.raises(RetryLater, match="was first"):
        await publisher.publish(reading.loaded, await read_one(reading.shop, "order", order), WEBHOOK)
    again = await read_one(reading.shop, "order", order)
    assert await publisher.publish(reading.loaded, again, WEBHOOK) is Verdict.PUBLISHED
    last = (await reading.records(Kind.ORDER))[-1]
    assert last.headers[FOLLOWS] == old.fetched_at.isoformat() < last.headers["fetched-at"]
    assert b"new@example.com" in (last.value or b"")


async def test_hints_a_sweep_and_a_backfill_at_once_publish_each_content_once(reading: Reading) -> None:
    orders = await placed(reading, 12)

    async def by_hint(order: int) -> None:
        await publish(reading, await read_one(reading.shop, "order", order))

    async def by_page() -> None:
        for fetched in (await read_page(reading.shop, Kind.ORDER, [])).fetched:
            await reading.publisher.publish(reading.loaded, fetched, SWEEP)

    for round_number in range(3):
        await asyncio.gather(*(by_hint(order) for order in orders for _ in range(3)), by_page(), by_page())
        hashes = [(one.key, one.headers["content-hash"]) for one in await reading.records(Kind.ORDER)]
        assert len(hashes) == len(set(hashes)) == len(orders) * (round_number + 1)
        for order in orders:
            await reading.sandbox.edit(order, {"customer_note": f"note {round_number}"})


async def test_what_was_published_is_known_again_when_the_projection_is_lost(reading: Reading) -> None:
    orders = await placed(reading, 5)
    for order in orders * 2:
        await publish(reading, await read_one(reading.shop, "order", order))
    await publish(reading, gone(Kind.PRODUCT, 17, (await read_one(reading.shop, "order", orders[0])).fetched_at))
    known = [[*reading.published.scan(kind, "main")] for kind in Kind]
    assert [len(rows) for rows in known] == [5, 1, 0]
    files = [*reading.folder.glob("published-*")]
    assert files
    for file in files:
        file.rename(file.with_name(f"lost-{file.name}"))
    async with reading_from(reading.sandbox, reading.folder) as rebuilt:
        assert [[*rebuilt.published.scan(kind, "main")] for kind in Kind] == known


async def test_nothing_is_published_for_a_company_that_another_process_owns(reading: Reading) -> None:
    (order,) = await placed(reading)
    fetched = await read_one(reading.shop, "order", order)
    await reading.published.release(range(12))
    with pytest.raises(NotOwner):
        await publish(reading, fetched)
    assert await reading.records(Kind.ORDER) == []
