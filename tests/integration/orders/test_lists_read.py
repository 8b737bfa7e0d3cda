"""Orders read the company's lists from the log: a restart costs nothing, and what people change is seen."""

from __future__ import annotations

import pytest

from shared.log.port import NewRecord
from shared.topics import COMMANDS, LISTS
from shared.wire import decode, encode
from tests.integration.orders.in_the_books import ITEM, booked, change, metered
from tests.support.deployment import STATES, Deployment, kill
from tests.support.shopping import cart

pytestmark = pytest.mark.timeout(120)


async def refreshed(deployed: Deployment) -> None:
    """One turn of reading every list anew."""
    realm = deployed.books.realm
    headers = {"schema": "1", "to": "ingest"}
    asked = await deployed.log.append(NewRecord(COMMANDS, realm, encode({"command": "reload"}), realm, headers))

    async def answered() -> bool:
        answers = [decode(one.value or b"{}") for one in await deployed.read(LISTS) if one.key.endswith(":answered")]
        return any(answer["commands"] >= asked.offset for answer in answers)

    await deployed.until(answered, "the lists were read anew")


async def test_a_restart_costs_no_metered_read(deployed: Deployment) -> None:
    first = await deployed.start_all()
    await booked(deployed, await deployed.place(cart()))
    before = await metered(deployed)
    kill(first)
    await first.process.wait()
    await deployed.restart_writer()
    for _ in range(3):
        await booked(deployed, await deployed.place(cart("NEW", "new@example.com", ("Nia", "New"))))
    assert await metered(deployed) == before


async def test_what_people_change_in_quickbooks_is_used_by_the_next_order_without_a_restart(
    embedded: Deployment,
) -> None:
    """An item renamed, another made inactive; a payment method added that the settings name already."""
    made = (
        await embedded.books.seed(
            {"Item": [{"Name": "By hand", "Sku": "MUG", **ITEM}, {"Name": "Old hat", "Sku": "HAT", **ITEM}]}
        )
    )["Item"]
    embedded.configure(f'[sales]\n{STATES}\n[payments.methods.checkmo]\nmethod = "Barter"\n')
    process = await embedded.start_all()
    placed = await embedded.place(cart())
    outcome = await embedded.until_parked(embedded.key(placed), "reference_missing")
    assert "Barter" in outcome["text"]

    await embedded.books.seed({"PaymentMethod": [{"Name": "Barter"}]})
    await change(embedded, "Item", made[0], Name="Renamed by hand")
    await change(embedded, "Item", made[1], Active=False)
    await refreshed(embedded)
    before = await metered(embedded)
    document = await booked(embedded, await embedded.place(cart()))
    assert document["lines"][0]["item"] == "Renamed by hand"
    document = await booked(embedded, await embedded.place(cart("HAT")))
    assert document["lines"][0]["item"] == "HAT"
    (receipt,) = [one for one in await embedded.books.objects("SalesReceipt") if one["Id"] == document["id"]]
    assert receipt["PaymentMethodRef"]["name"] == "Barter"
    assert await metered(embedded) == before
    process.check()


async def test_orders_alone_wait_for_the_lists_and_say_so(embedded: Deployment) -> None:
    """They are ready, since an instance that isn't gets no traffic, whichever company it is for."""
    orders = await embedded.start("orders")

    async def waits() -> bool:
        async with embedded.session.get(f"http://127.0.0.1:{embedded.health['orders']}/health/ready") as answer:
            assert answer.status == 200
            return "ingest hasn't loaded CompanyInfo" in (await answer.json())["warnings"].get("orders", "")

    await embedded.until(waits, "the health says so")
    assert orders.log.read_text().count("orders wait for the company's lists") == 1
    assert await metered(embedded) == 0
    assert await embedded.stop(orders) == 0
    await embedded.start_all()
    await booked(embedded, await embedded.place(cart()))
