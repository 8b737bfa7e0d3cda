"""What could hang for ever or vanish in silence: a dead key, an order that never gets an answer, a lost outcome."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from services import quotas
from services.orders.realms import Realms
from services.process import open_process
from services.reference import NEEDED
from shared import limits
from shared.config import Config
from shared.links.store import LinkStore
from shared.log.port import NewRecord, TopicPartition
from shared.quickbooks.listed import loaded_key
from shared.quickbooks.oauth2 import TokenPair
from shared.quickbooks.vault import TokenRecord, new_key
from shared.settings.loader import load
from shared.settings.store import publish
from shared.topics import DEAD_LETTERS, LISTS, ORDERS, OUTCOMES
from shared.wire import encode
from tests.bench.orders import three_line_order
from tests.integration.orders.in_the_books import booked, documents_of, metered
from tests.support.deployment import SALES, Deployment, deployment, kill
from tests.support.inside import services_inside
from tests.support.shopping import cart

CREATE = {"method": "POST", "entity": "SalesReceipt", "operation": "create"}
pytestmark = pytest.mark.timeout(120)


def rotate(deployed: Deployment, *keep: str) -> str:
    """A new key in the secrets file, in front of those kept; the key that stood there first."""
    path = deployed.folder / "secrets.toml"
    text = path.read_text()
    (old,) = re.findall(r'token_keys = \["([^"]+)"', text)
    keys = ", ".join(f'"{key}"' for key in (new_key(), *keep))
    path.write_text(re.sub(r"token_keys = \[[^]]*\]", f"token_keys = [{keys}]", text))
    return str(old)


async def test_a_key_that_is_missing_stops_the_start_in_words_and_buries_no_order(embedded: Deployment) -> None:
    process = await embedded.start_all()
    await booked(embedded, await embedded.place(cart()))
    assert await embedded.stop(process) == 0
    old = rotate(embedded)
    code, _, words = await embedded.command("run")
    assert code == 1 and embedded.books.realm in words and "key" in words and "Traceback" not in words
    assert old not in words
    rotate(embedded, old)
    await embedded.start_all()
    await booked(embedded, await embedded.place(cart()))
    assert await embedded.read(DEAD_LETTERS) == []


async def test_an_outcome_that_was_never_told_is_told_by_the_next_process(embedded: Deployment) -> None:
    """The document is written, the process dies before it says so: as if the record had not been committed."""
    process = await embedded.start_all()
    placed = await embedded.place(cart())
    await booked(embedded, placed)
    assert await embedded.stop(process) == 0
    told = len(await embedded.outcomes(embedded.key(placed)))
    (first, *_) = [one for one in await embedded.read(ORDERS) if one.key == embedded.key(placed)]
    consumer = embedded.log.consumer("orders", [ORDERS])
    await consumer.start()
    try:
        while first.source not in consumer.assignment():
            await consumer.poll(1, 0.1)
        await consumer.commit({TopicPartition(first.topic, first.partition): first.offset})
    finally:
        await consumer.close()
    await embedded.start_all()

    async def more() -> bool:
        return len(await embedded.outcomes(embedded.key(placed))) > told

    await embedded.until(more, "the record was handled again")
    sources = [
        (one.headers["source"], status)
        for one, status in zip(
            [it for it in await embedded.read(OUTCOMES) if it.key == embedded.key(placed)],
            [it["status"] for it in await embedded.outcomes(embedded.key(placed))],
            strict=True,
        )
        if one.headers["source"] == f"{first.topic}-{first.partition}@{first.offset}"
    ]
    assert {status for _, status in sources} == {"posted"} and len(sources) == 2
    assert len(await documents_of(embedded, placed)) == 1


async def test_an_order_that_can_no_longer_be_read_is_parked_with_its_write_ended(embedded: Deployment) -> None:
    """The document was written, the process died, and meanwhile the settings no longer explain the order's total."""
    order = three_line_order()
    order["extension_attributes"]["surcharge_amount"] = Decimal("3.00")
    order["grand_total"] += Decimal("3.00")
    key = f"main:order:{order['entity_id']}"
    embedded.configure(f'{SALES}\n[[fees]]\nattribute = "surcharge_amount"\nname = "Surcharge"\n')
    process = await embedded.start_all()
    rule = await embedded.books.add_fault("hold_after_commit", match=CREATE, times=1)
    await embedded.shop.put_order(order)
    await embedded.books.wait_held(rule)
    kill(process)
    await process.process.wait()
    await embedded.books.release(rule)
    assert (await embedded.link(key)).intent is not None
    # In force before the restart: a process that starts settles the write under what stands in the log.
    loaded = load(embedded.toml(), "main.toml")
    await publish(embedded.log, loaded, "test", datetime.now(UTC))
    embedded.configure()
    await embedded.start_all()
    await embedded.until_parked(key, "totals_differ")
    link = await embedded.link(key)
    assert link.intent is None and link.booked is not None, "what stands in the books is known"
    (document,) = await embedded.documents()
    assert link.booked.id == document["id"]


@pytest.fixture
async def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Deployment]:
    """All services inside the test, so that their limits can be shortened."""
    async with deployment("embedded", tmp_path) as made, services_inside(made, monkeypatch, orders=True):
        yield made


async def test_a_write_that_never_gets_an_answer_is_parked_and_holds_up_nobody(
    inside: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "UNCERTAIN_SECONDS", 2.0)
    await booked(inside, await inside.place(cart()))
    await inside.books.add_fault("status", match=CREATE, status=500)
    placed = await inside.place(cart())
    await inside.until_parked(inside.key(placed), "uncertain")
    link = await inside.link(inside.key(placed))
    assert link.intent is not None and link.held is not None, "the write stands, to be sent again as it is"
    await inside.books.clear_faults()
    await booked(inside, await inside.place(cart()))
    await inside.shop.edit(placed["entity_id"], {"customer_note": "Is it on its way?"})
    await inside.hint(placed["entity_id"])
    await booked(inside, placed)


async def test_what_was_parked_without_an_answer_is_sent_again_at_a_restart(
    embedded: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "UNCERTAIN_SECONDS", 0.0)
    async with services_inside(embedded, monkeypatch, orders=True):
        await embedded.books.add_fault("status", match=CREATE, status=500)
        placed = await embedded.place(cart())
        await embedded.until_parked(embedded.key(placed), "uncertain")
        await embedded.books.clear_faults()
        assert await documents_of(embedded, placed) == []
    async with services_inside(embedded, monkeypatch, orders=True):
        await booked(embedded, placed)


async def test_a_realm_that_changed_hands_is_known_afresh(
    embedded: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which writes were certainly not carried out, what is left of the quota: void."""
    for name, value in {**embedded.common, "BOOKBRIDGE_DATA": str(embedded.folder / "data")}.items():
        monkeypatch.setenv(name, value)
    books = quotas.whole()
    async with (
        open_process("orders", Config(health_port=0), asyncio.Event()) as process,
        LinkStore(process.log, process.folder / "links.sqlite") as links,
    ):
        grant, now = await embedded.books.grant(), datetime.now(UTC)
        pair = TokenPair(
            grant["access_token"], grant["refresh_token"], now + timedelta(hours=1), now + timedelta(days=1)
        )
        realm, loaded = embedded.books.realm, load(embedded.toml(), "main.toml")
        await process.tokens.save(realm, TokenRecord(1, pair, now))
        realms = Realms(process, links, books)
        process.lists.own("orders", range(limits.PARTITIONS))
        for entity in NEEDED:
            whole = encode({"at": now.isoformat(), "read_at": now.isoformat(), "count": 0})
            read = await process.log.append(NewRecord(LISTS, loaded_key(realm, entity), whole, realm))
        await process.lists.until_ready(realm)
        await process.lists.reach(read)
        before = await realms.bookkeeper(realm, loaded)
        assert await realms.bookkeeper(realm, loaded) is before
        await asyncio.sleep(1.2)  # the second that a new owner takes for used up
        realms.drop(realm)
        clock = asyncio.get_running_loop().time
        begin = clock()
        assert await realms.bookkeeper(realm, loaded) is not before
        async with books.of(realm).slot():
            pass
        assert await metered(embedded) == 0, "what the books hold is in the log"
        assert clock() - begin >= 1.0, "no call goes out before the predecessor's last second is over"


async def test_one_order_whose_look_up_always_fails_holds_up_no_other(inside: Deployment) -> None:
    """A query that QuickBooks answers by 503 for ever: the order waits alone, the realm goes on."""
    await booked(inside, await inside.place(cart()))
    await inside.books.seed({"Vendor": [{"DisplayName": "Bo Fu"}]})
    await inside.books.add_fault("status", match={"operation": "query"}, status=503)
    stuck = await inside.place(cart(email="bo@example.com", person=("Bo", "Fu")))

    async def asked() -> bool:
        return bool((await inside.books.usage())["refused"].get("6240"))

    await inside.until(asked, "the name is taken, and whose it is can't be learnt")
    for _ in range(3):
        await booked(inside, await inside.place(cart()))
    assert await documents_of(inside, stuck) == []
    await inside.books.clear_faults()
    await booked(inside, stuck)
