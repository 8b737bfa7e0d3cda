"""An order that was parked since the books lacked something is planned again by itself once they have it: once for each
change, without a metered call, and whether or not anybody looked when it changed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.orders.bookkeeper import Bookkeeper
from services.orders.lacking import Lacking
from services.process import Process, open_process
from shared import limits
from shared.config import Config
from shared.links.state import Held, LinkState
from shared.links.store import LinkStore
from shared.log.port import Record
from shared.quickbooks.listed import listed
from shared.settings.loader import load
from shared.settings.store import publish
from shared.topics import COMMANDS
from tests.integration.orders.in_the_books import ITEM, booked, change, metered, refreshed, told
from tests.support.deployment import STATES, Deployment, deployment
from tests.support.inside import services_inside
from tests.support.shopping import cart

BARTER = f'[sales]\n{STATES}\n[payments.methods.checkmo]\nmethod = "Barter"\n'
PARK = f'[sales]\n{STATES}\n[items]\nmissing = "park"\n'
pytestmark = pytest.mark.timeout(120)


async def plans(deployed: Deployment) -> list[Record]:
    """Commands that a change of the books led to."""
    return [one for one in await deployed.read(COMMANDS) if one.headers.get("cause") == "books"]


async def test_orders_that_lacked_an_entry_are_booked_once_it_is_there_each_asked_for_once(
    embedded: Deployment,
) -> None:
    embedded.configure(BARTER)
    process = await embedded.start_all()
    placed = [await embedded.place(cart()) for _ in range(4)]
    for one in placed:
        await embedded.until_parked(embedded.key(one), "reference_missing")
    before = await metered(embedded)
    (other,) = (await embedded.books.seed({"PaymentMethod": [{"Name": "Shells"}]}))["PaymentMethod"]
    await told(embedded, ("PaymentMethod", other["Id"]))
    await change(embedded, "PaymentMethod", other, Name="Barter")
    await told(embedded, ("PaymentMethod", other["Id"]))
    for one in placed:
        await booked(embedded, one)
    for name in ("Beads", "Salt"):
        (more,) = (await embedded.books.seed({"PaymentMethod": [{"Name": name}]}))["PaymentMethod"]
        await told(embedded, ("PaymentMethod", more["Id"]))
    assert sorted(one.key for one in await plans(embedded)) == sorted(embedded.key(one) for one in placed)
    assert await metered(embedded) == before
    process.check()


async def test_an_item_that_is_made_or_renamed_in_quickbooks_lets_its_orders_go(embedded: Deployment) -> None:
    (old,) = (await embedded.books.seed({"Item": [{"Name": "Old", "Sku": "OLD", **ITEM}]}))["Item"]
    embedded.configure(PARK)
    process = await embedded.start_all()
    placed = await embedded.place(cart())
    await embedded.until_parked(embedded.key(placed), "item_missing")
    before = await metered(embedded)
    await change(embedded, "Item", old, Sku="MUG")
    (shipping,) = (await embedded.books.seed({"Item": [{"Name": "Unasked", "Sku": "X-1", **ITEM}]}))["Item"]
    await told(embedded, ("Item", old["Id"]), ("Item", shipping["Id"]))
    document = await booked(embedded, placed)
    assert document["lines"][0]["item"] == "Old"
    assert len(await plans(embedded)) == 1
    assert await metered(embedded) == before
    process.check()


async def test_what_a_person_switches_on_or_opens_in_quickbooks_lets_orders_go(embedded: Deployment) -> None:
    """No change data capture tells of preferences: the day's reading does, which is asked for here."""
    await embedded.books.settings(using_sales_tax=False)
    process = await embedded.start_all()
    taxed = await embedded.place(cart())
    await embedded.until_parked(embedded.key(taxed), "tax_off")
    await embedded.books.settings(book_close_date="2099-12-31")
    closed = await embedded.place(cart(taxed=False))
    await embedded.until_parked(embedded.key(closed), "books_closed")
    await refreshed(embedded)
    await embedded.books.settings(using_sales_tax=True, book_close_date=None)
    await refreshed(embedded)
    before = await metered(embedded)
    await booked(embedded, taxed)
    await booked(embedded, closed)
    assert await metered(embedded) == before
    process.check()


async def test_what_came_while_no_process_ran_is_found_at_the_start(embedded: Deployment) -> None:
    """Killed before it could act: the lists tell of the entry already."""
    embedded.configure(BARTER)
    process = await embedded.start_all()
    placed = await embedded.place(cart())
    await embedded.until_parked(embedded.key(placed), "reference_missing")
    assert await embedded.stop(process) == 0
    ingest = await embedded.start("ingest")
    (barter,) = (await embedded.books.seed({"PaymentMethod": [{"Name": "Barter"}]}))["PaymentMethod"]
    await told(embedded, ("PaymentMethod", barter["Id"]))
    assert await embedded.stop(ingest) == 0
    assert await plans(embedded) == []
    before = await metered(embedded)
    await embedded.start("run")
    await booked(embedded, placed)
    assert await metered(embedded) == before


def method(number: int, name: str, token: int = 0, active: bool = True) -> dict[str, Any]:
    """A payment method as QuickBooks shows it."""
    return {"Id": str(number), "SyncToken": str(token), "Name": name, "Active": active}


async def test_however_often_the_lists_change_an_order_has_one_plan_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands may wait, and plans take minutes: meanwhile a change leads to no second one, afterwards it does."""
    monkeypatch.setattr(limits, "LACKING_PAUSE_SECONDS", 0.0)
    async with deployment("embedded", tmp_path) as made:
        for name, value in {**made.common, "BOOKBRIDGE_DATA": str(made.folder / "data")}.items():
            monkeypatch.setenv(name, value)
        async with (
            open_process("orders", Config(health_port=0), asyncio.Event()) as process,
            LinkStore(process.log, process.folder / "links.sqlite") as links,
        ):
            loaded = load(made.document.read_text(), "main.toml")
            await process.settings.reach(await publish(process.log, loaded, "test", datetime.now(UTC)))
            realm, connection = made.books.realm, loaded.settings.connection
            process.lists.own("orders", range(limits.PARTITIONS))
            await links.own(range(limits.PARTITIONS))
            waiting = [f"{connection}:order:{number}" for number in range(30)]
            for key in waiting:
                lack = "PaymentMethod:name=barter" if key != waiting[0] else "PaymentMethod:name=gold"
                held = Held(
                    reason="reference_missing", text="", setting="", settings="1", since=datetime.now(UTC), lacks=lack
                )
                await links.of(realm).put(key, LinkState(), held=held)
            lacking = Lacking(process, links, lambda _: True)
            watching = asyncio.create_task(lacking.watch())
            try:
                await tell(process, realm, method(1, "Barter"))
                await made.until(lambda: planned(made, 29), "all who lacked it are asked for")
                for number in range(2, 9):
                    await tell(process, realm, method(number, f"Method {number}"))
                await tell(process, realm, method(9, "Gold"))
                await made.until(lambda: planned(made, 30), "the other one is asked for, and nothing twice")
                assert sorted(one.key for one in await plans(made)) == sorted(waiting)
                lacking.planning(waiting[1])
                await tell(process, realm, method(10, "More"))
                await made.until(lambda: planned(made, 31), "whose plan began before the change has another one")
                assert (await plans(made))[-1].key == waiting[1]
            finally:
                watching.cancel()
                await asyncio.wait([watching])


async def tell(process: Process, realm: str, document: dict[str, Any]) -> None:
    """Ingest's record of the object, read by our board."""
    position = await process.log.append(listed("PaymentMethod", document, datetime.now(UTC)).record(realm))
    await process.lists.reach(position)


async def planned(made: Deployment, count: int) -> bool:
    found = len(await plans(made))
    assert found <= count, "nothing is asked for twice"
    return found == count


async def test_what_comes_while_an_order_is_being_parked_is_not_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look that the change leads to finds nobody waiting yet."""
    monkeypatch.setattr(limits, "LACKING_PAUSE_SECONDS", 0.0)
    hold, look = Bookkeeper.hold, Lacking._plan
    looked = asyncio.Event()
    pending = True

    async def looking(self: Lacking, realm: str) -> bool:
        done = await look(self, realm)
        looked.set()
        return done

    async with deployment("embedded", tmp_path) as made:

        async def late(self: Bookkeeper, key: str, *rest: Any) -> None:
            nonlocal pending
            if pending:
                pending = False
                looked.clear()
                (barter,) = (await made.books.seed({"PaymentMethod": [{"Name": "Barter"}]}))["PaymentMethod"]
                await made.log.append(listed("PaymentMethod", barter, datetime.now(UTC)).record(made.books.realm))
                await looked.wait()
            await hold(self, key, *rest)

        monkeypatch.setattr(Lacking, "_plan", looking)
        monkeypatch.setattr(Bookkeeper, "hold", late)
        made.configure(BARTER)
        async with services_inside(made, monkeypatch, orders=True):
            placed = await made.place(cart())
            await booked(made, placed)
        assert not pending and await plans(made) == []
