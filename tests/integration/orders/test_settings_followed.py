"""Settings that change while orders wait: each waiting order is planned again by itself (issue 3, point 7)."""

from __future__ import annotations

import shutil
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from sandbox.demo.children import Child
from shared.log.port import NewRecord
from shared.topics import LINKS, ORDERS
from tests.support.deployment import SALES, STATES, Deployment, kill
from tests.support.shopping import RATE, cart

ITEM = {"Type": "Service", "IncomeAccountRef": {"value": "1"}}
STRICT = '[sales]\nstates = ["processing"]\n[tax]\nunmapped = "park"\n[items]\nmissing = "park"\n'
CHOSEN = STRICT.replace('["processing"]', '["new", "processing"]')
MAPPED = CHOSEN.replace('"park"\n[items]', f'"park"\n[tax.codes]\n{RATE} = "California"\n[items]')
pytestmark = pytest.mark.timeout(120)


async def parked(deployed: Deployment, placed: dict[str, Any], count: int, reason: str) -> dict[str, Any]:
    outcome = await deployed.until_settled(deployed.key(placed), "parked", count)
    assert outcome["reason"] == reason, outcome
    assert await deployed.documents() == []
    return outcome


async def test_a_parked_order_follows_the_settings_step_by_step_until_it_is_booked(embedded: Deployment) -> None:
    """State not chosen, then tax not mapped, then item missing, then booked; the last step while nothing ran."""
    embedded.configure(STRICT)
    await embedded.books.seed({"Item": [{"Name": "Shipping", **ITEM}]})
    process = await embedded.start_all()
    placed = await embedded.place(cart())
    outcome = await parked(embedded, placed, 1, "state_not_chosen")
    assert outcome["setting"] == "sales.states"

    await embedded.reconfigure(CHOSEN)
    outcome = await parked(embedded, placed, 2, "tax_not_mapped")
    assert (outcome["setting"], RATE in outcome["text"]) == ("tax.codes", True)

    await embedded.reconfigure(MAPPED)
    outcome = await parked(embedded, placed, 3, "item_missing")
    assert "MUG" in outcome["text"]

    await embedded.books.seed({"Item": [{"Name": "A mug, made by hand", "Sku": "MUG", **ITEM}]})
    kill(process)
    await process.process.wait()
    embedded.configure(MAPPED + "# the item exists by now\n")
    await embedded.restart_writer()
    await embedded.until_settled(embedded.key(placed), "posted")
    (document,) = await embedded.documents()
    assert Decimal(document["total"]) == Decimal(placed["grand_total"])
    assert document["lines"][0]["item"] == "A mug, made by hand"
    assert len(await embedded.books.objects("Item")) == 2, "nothing was created"


async def test_a_bad_document_is_told_and_changes_nothing(embedded: Deployment) -> None:
    process = await embedded.start_all()
    bad = (
        (SALES.replace("[sales]", '[sales]\ndocument = "bill"'), "sales.document"),
        ("[sales\n", "not a TOML document"),
        ("", "can't become 4620816365000000000"),
    )
    for rest, words in bad:
        if rest:
            embedded.configure(rest)
        else:
            embedded.document.write_text(embedded.toml(realm="4620816365000000000"))

        async def told(words: str = words) -> bool:
            lines = process.log.read_text().splitlines()
            return any("stay in force" in line and words in line and "main.toml" in line for line in lines)

        await embedded.until(told, f"the log says {words}")
    (embedded.folder / "settings" / "folder.toml").mkdir()
    placed = await embedded.place(cart())
    outcome = await embedded.until_settled(embedded.key(placed), "posted")
    assert outcome["entity"] == "SalesReceipt"
    process.check()

    await embedded.reconfigure(f'[sales]\ndocument = "invoice"\n{STATES}')
    later = await embedded.place(cart())
    assert (await embedded.until_settled(embedded.key(later), "posted"))["entity"] == "Invoice"


async def test_the_command_line_works_beside_a_running_process(embedded: Deployment) -> None:
    await embedded.start_all()
    good, bad, moved = (embedded.folder / name for name in ("good.toml", "bad.toml", "moved.toml"))
    good.write_text(embedded.toml(f'[sales]\ndocument = "invoice"\n{STATES}'))
    bad.write_text(embedded.toml('[sales]\ndocument = "bill"\ncolour = "red"'))
    moved.write_text(embedded.toml(realm="4620816365000000000"))

    code, said, complained = await embedded.command("settings", "check", str(bad))
    assert (code, said) == (2, "")
    assert "sales.document: 'bill' is not allowed; allowed: sales_receipt" in complained
    assert "sales.colour: there is no such setting" in complained
    code, _, complained = await embedded.command("settings", "publish", str(moved))
    assert code == 2 and "can't become 4620816365000000000" in complained

    code, said, complained = await embedded.command("settings", "publish", str(good))
    assert (code, complained) == (0, "") and "in force" in said
    code, said, complained = await embedded.command("settings", "show", "--json")
    assert (code, complained) == (0, "")
    assert '"document": "invoice"' in said
    placed = await embedded.place(cart())
    assert (await embedded.until_settled(embedded.key(placed), "posted"))["entity"] == "Invoice"

    embedded.common = {**embedded.common, "BOOKBRIDGE_LOG": "paper"}
    code, _, complained = await embedded.command("settings", "show")
    assert code == 2 and "Traceback" not in complained and "log" in complained


async def test_links_that_were_deleted_are_restored_and_the_order_still_follows(embedded: Deployment) -> None:
    """P5: the projections are files that can go at any time."""
    embedded.configure('[sales]\nstates = ["complete"]')
    process = await embedded.start_all()
    placed = await embedded.place(cart())
    await embedded.until_settled(embedded.key(placed), "parked")
    assert await embedded.stop(process) == 0
    shutil.rmtree(embedded.folder / "data" / "run")
    embedded.configure()
    await embedded.restart_writer()
    await embedded.until_settled(embedded.key(placed), "posted")
    assert len(await embedded.documents()) == 1


async def test_an_order_that_is_parked_just_after_a_change_is_planned_by_the_new_settings(embedded: Deployment) -> None:
    """It was looked at under the old ones, and did not wait yet when the new ones came into force."""
    park = f'[sales]\n{STATES}\n[items]\nmissing = "park"\n'
    embedded.configure(park)
    await embedded.books.seed({"Item": [{"Name": "Shipping", **ITEM}]})
    process = await embedded.start_all()
    await embedded.until(partial(said, process, '"list":"Customer"', 1), "the company's lists were read")
    # The first query after that asks for the product that isn't there.
    rule = await embedded.books.add_fault("hold_before_commit", match={"operation": "query"}, times=1)
    placed = await embedded.place(cart())
    await embedded.books.wait_held(rule)
    await embedded.reconfigure(park.replace('"park"', '"create"'))
    await embedded.until(partial(said, process, '"settings in force"', 2), "the new settings are in force")
    await embedded.books.release(rule)
    await embedded.until_settled(embedded.key(placed), "posted")


async def said(process: Child, words: str, count: int) -> bool:
    return process.log.read_text().count(words) >= count


async def test_an_order_whose_snapshot_is_gone_is_read_from_the_shop_again(embedded: Deployment) -> None:
    """Snapshots are kept for 90 days; an order can be parked for longer."""
    embedded.configure('[sales]\nstates = ["complete"]')
    process = await embedded.start_all()
    other, placed = await embedded.place(cart()), await embedded.place(cart())
    for one in (other, placed):
        await embedded.until_parked(embedded.key(one), "state_not_chosen")
    await embedded.stop(process)
    key, where = embedded.key(placed), (await embedded.link(embedded.key(other))).snapshot
    state = await embedded.link(key)
    assert state.snapshot is not None and where is not None
    moved = state.snapshot.model_copy(update={"offset": where.offset})  # where another order's snapshot stands
    gone = state.model_copy(update={"snapshot": moved, "revision": state.revision + 1, "stamp": "gone"})
    value = gone.model_dump_json(exclude_none=True).encode()
    await embedded.log.append(NewRecord(LINKS, key, value, embedded.books.realm, {"realm": embedded.books.realm}))
    embedded.configure()
    await embedded.start_all()
    for one in (other, placed):
        await embedded.until_settled(embedded.key(one), "posted")
    snapshots = [one for one in await embedded.read(ORDERS) if one.key == key]
    assert [one.headers["cause"] for one in snapshots] == ["webhook", "command"]
    assert len(await embedded.documents()) == 2
