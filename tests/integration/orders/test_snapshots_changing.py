"""What becomes of an order that changes: mended, edited, cancelled, told of in any order, and replayed (P2 to P4)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.log.port import NewRecord, Record
from shared.topics import DEAD_LETTERS, ORDERS
from shared.wire import decode, encode
from tests.integration.orders.in_the_books import documents_of, metered
from tests.support.deployment import Deployment
from tests.support.shopping import cart

pytestmark = pytest.mark.timeout(120)
SEED = 20261124


async def snapshots(deployed: Deployment, key: str) -> list[Record]:
    return [one for one in await deployed.read(ORDERS) if one.key == key]


async def settled(deployed: Deployment, placed: Mapping[str, Any]) -> None:
    """Waits until each snapshot of the order has an outcome."""
    key = deployed.key(placed)

    async def same() -> bool:
        return len(await deployed.outcomes(key)) >= len(await snapshots(deployed, key))

    await deployed.until(same, f"all snapshots of {key} have an outcome")


async def test_orders_that_change_are_followed_and_a_replay_changes_nothing(embedded: Deployment) -> None:
    await embedded.start_all()
    edited, cancelled, early, broken = await embedded.shop.place(*(cart(email=f"b{i}@example.com") for i in range(4)))
    for placed in (edited, cancelled, early, broken):
        await embedded.until_settled(embedded.key(placed), "posted")
    (before,) = await documents_of(embedded, edited)

    # Edited after posting: the same document, one SyncToken up.
    await embedded.shop.edit(edited["entity_id"], {"customer_email": "edited@example.com"})
    await embedded.hint(edited["entity_id"])
    await embedded.until_settled(embedded.key(edited), "updated")
    (after,) = await documents_of(embedded, edited)
    assert (after["id"], after["sync_token"], after["status"]) == (before["id"], "1", "live")

    # Edited so that its sums are broken: parked, the document stands; mended: unchanged, and not parked any more.
    await embedded.shop.edit(broken["entity_id"], {"grand_total": 99, "base_grand_total": 99})
    await embedded.hint(broken["entity_id"])
    parked = await embedded.until_settled(embedded.key(broken), "parked")
    assert parked["reason"] == "totals_differ"
    mended = {"grand_total": broken["grand_total"], "base_grand_total": broken["grand_total"]}
    await embedded.shop.edit(broken["entity_id"], mended)
    await embedded.hint(broken["entity_id"])
    await embedded.until_settled(embedded.key(broken), "unchanged")
    assert (await embedded.link(embedded.key(broken))).held is None
    (document,) = await documents_of(embedded, broken)
    assert (document["sync_token"], document["status"]) == ("0", "live")

    # Cancelled after posting: voided, once.
    await embedded.shop.cancel(cancelled["entity_id"])
    await embedded.until_settled(embedded.key(cancelled), "voided")
    (voided,) = await documents_of(embedded, cancelled)
    assert (voided["status"], Decimal(voided["total"])) == ("voided", Decimal(0))

    # A snapshot that was taken before the one that was applied changes nothing (P3).
    old = (await snapshots(embedded, embedded.key(edited)))[0]
    await embedded.again([old])
    await embedded.until_settled(embedded.key(edited), "stale")
    assert await documents_of(embedded, edited) == [after]

    # All snapshots once more, in any order: the ledger is the same to the byte, and nothing is asked (P4).
    for placed in (edited, cancelled, early, broken):
        await settled(embedded, placed)
    ledger, reads, usage = await embedded.books.ledger(), await metered(embedded), await embedded.books.usage()
    records = await embedded.read(ORDERS)
    random.Random(SEED).shuffle(records)
    await embedded.again(records)
    for placed in (edited, cancelled, early, broken):
        await settled(embedded, placed)
    assert await embedded.books.ledger() == ledger
    assert await metered(embedded) == reads
    assert (await embedded.books.usage())["unmetered"] == usage["unmetered"], "nothing was written either"


async def test_an_order_parked_for_broken_sums_is_booked_when_it_is_mended(embedded: Deployment) -> None:
    """And one that was cancelled before it could be booked never is, also under other settings."""
    embedded.configure('[sales]\nstates = ["processing"]')
    await embedded.start_all()
    broken, cancelled = await embedded.shop.place(cart(), cart())
    await embedded.until_settled(embedded.key(broken), "parked")
    await embedded.shop.cancel(cancelled["entity_id"])
    await embedded.shop.edit(broken["entity_id"], {"grand_total": 99, "base_grand_total": 99})
    await embedded.hint(broken["entity_id"])
    await embedded.until_settled(embedded.key(broken), "parked", 2)
    await embedded.reconfigure()
    await embedded.until_parked(embedded.key(broken), "totals_differ")
    await embedded.until_parked(embedded.key(cancelled), "cancelled")
    assert await embedded.documents() == []
    mended = {"grand_total": broken["grand_total"], "base_grand_total": broken["grand_total"]}
    await embedded.shop.edit(broken["entity_id"], mended)
    await embedded.hint(broken["entity_id"])
    await embedded.until_settled(embedded.key(broken), "posted")
    (document,) = await embedded.documents()
    assert Decimal(document["total"]) == broken["grand_total"]


async def test_snapshots_that_overtook_one_another_leave_the_newest_content(embedded: Deployment) -> None:
    """A reader that was paused publishes late: a newer snapshot with the first one's content was applied meanwhile."""
    await embedded.start_all()
    placed = await embedded.place(cart())
    key = embedded.key(placed)
    await embedded.until_settled(key, "posted")
    first = (await snapshots(embedded, key))[0]
    await append(embedded, first, minutes=2)
    await embedded.until_settled(key, "unchanged")
    await append(embedded, first, minutes=1, customer_email="in-between@example.com")
    await embedded.until(lambda: told(embedded, key, 3), "three outcomes")
    assert (await embedded.outcomes(key))[-1]["status"] == "stale"
    (document,) = await documents_of(embedded, placed)
    assert document["sync_token"] == "0"


async def test_a_shop_whose_clock_was_set_back_is_followed_all_the_same(embedded: Deployment) -> None:
    """What it saves then bears an older time than what was booked: it is newer for all that."""
    await embedded.start_all()
    placed = await embedded.place(cart())
    key = embedded.key(placed)
    await embedded.until_settled(key, "posted")
    first = (await snapshots(embedded, key))[0]
    await append(embedded, first, minutes=2, saved=-120, customer_email="set-back@example.com")
    await embedded.until_settled(key, "updated")
    assert [one["status"] for one in await embedded.outcomes(key)] == ["posted", "updated"]


async def test_a_snapshot_whose_publisher_did_not_know_the_one_in_the_books_is_stale(embedded: Deployment) -> None:
    """It was frozen while another published; its clock is ahead."""
    await embedded.start_all()
    placed = await embedded.place(cart())
    key = embedded.key(placed)
    await embedded.until_settled(key, "posted")
    first = (await snapshots(embedded, key))[0]
    assert first.value is not None
    follows = {"follows": decode(first.value)["fetched_at"]}
    after = replace(first, headers={**first.headers, **follows})
    await append(embedded, after, minutes=2, customer_email="new@example.com")
    await embedded.until_settled(key, "updated")
    await append(embedded, after, minutes=9, customer_email="old@example.com")
    await embedded.until_settled(key, "stale")
    soon = replace(first, headers={**first.headers, "follows": "soon"})
    await append(embedded, soon, minutes=12, customer_email="old@example.com")

    async def buried() -> bool:
        return len(await embedded.read(DEAD_LETTERS)) == 1

    await embedded.until(buried, "what follows no instant is no snapshot")
    assert [one["status"] for one in await embedded.outcomes(key)] == ["posted", "updated", "stale"]


async def told(deployed: Deployment, key: str, count: int) -> bool:
    return len(await deployed.outcomes(key)) >= count


async def append(
    deployed: Deployment, record: Record, *, minutes: int, saved: int | None = None, **changes: Any
) -> None:
    """A snapshot like this one, read so many minutes later, and saved then, or by the shop's own clock."""
    assert record.value is not None
    snapshot = decode(record.value)
    by_the_shop = timedelta(minutes=minutes if saved is None else saved)
    saved_at = datetime.fromisoformat(snapshot["order"]["updated_at"]).replace(tzinfo=UTC) + by_the_shop
    snapshot["order"] |= {**changes, "updated_at": f"{saved_at:%Y-%m-%d %H:%M:%S}"}
    snapshot["fetched_at"] = (datetime.fromisoformat(snapshot["fetched_at"]) + timedelta(minutes=minutes)).isoformat()
    realm = deployed.books.realm
    await deployed.log.append(NewRecord(ORDERS, record.key, encode(snapshot), realm, record.headers))


async def test_malformed_snapshots_become_dead_letters_and_the_rest_goes_on(embedded: Deployment) -> None:
    await embedded.start_all()
    placed = await embedded.place(cart())
    key, realm = embedded.key(placed), embedded.books.realm
    await embedded.until_settled(key, "posted")
    (good,) = {one.value for one in await snapshots(embedded, key)}
    assert good is not None
    snapshot = decode(good)
    bad = (
        b"{",
        None,
        encode({**snapshot, "order": None}),
        encode({**snapshot, "order": {**snapshot["order"], "entity_id": 999}}),
        encode({**snapshot, "fetched_at": "soon"}),
        encode({**snapshot, "fetched_at": "2030-01-01T00:00:00"}),
    )
    for value in bad:
        await embedded.log.append(NewRecord(ORDERS, key, value, realm, {"schema": "1", "realm": realm}))
    await embedded.shop.edit(placed["entity_id"], {"customer_email": "later@example.com"})
    await embedded.hint(placed["entity_id"])
    await embedded.until_settled(key, "updated")
    letters = [decode(one.value) for one in await embedded.read(DEAD_LETTERS) if one.value]
    assert [one["error_class"] for one in letters] == ["PoisonRecord"] * len(bad)
    assert len(await embedded.documents()) == 1
