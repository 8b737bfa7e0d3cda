"""Orders read the company's lists from the log: a restart costs nothing, and what people change is seen."""

from __future__ import annotations

import asyncio

import pytest

from tests.integration.orders.in_the_books import ITEM, booked, change, metered, refreshed, told
from tests.support.deployment import STATES, Deployment, kill
from tests.support.shopping import RATE, cart

pytestmark = pytest.mark.timeout(120)


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
    """An item renamed, another made inactive; a payment method added that the settings name already, and the account
    that they name made inactive."""
    made = await embedded.books.seed(
        {
            "Item": [{"Name": "By hand", "Sku": "MUG", **ITEM}, {"Name": "Old hat", "Sku": "HAT", **ITEM}],
            "Account": [{"Name": "Till", "AccountType": "Other Current Asset"}],
        }
    )
    (mug, hat), (till,) = made["Item"], made["Account"]
    embedded.configure(f'[sales]\n{STATES}\n[payments.methods.checkmo]\nmethod = "Barter"\ndeposit_to = "Till"\n')
    process = await embedded.start_all()
    placed = await embedded.place(cart())
    outcome = await embedded.until_parked(embedded.key(placed), "reference_missing")
    assert "Barter" in outcome["text"]

    (barter,) = (await embedded.books.seed({"PaymentMethod": [{"Name": "Barter"}]}))["PaymentMethod"]
    await change(embedded, "Item", mug, Name="Renamed by hand")
    await change(embedded, "Item", hat, Active=False)
    await told(embedded, ("Item", mug["Id"]), ("Item", hat["Id"]), ("PaymentMethod", barter["Id"]))
    before = await metered(embedded)
    document = await booked(embedded, await embedded.place(cart()))
    assert document["lines"][0]["item"] == "Renamed by hand"
    document = await booked(embedded, await embedded.place(cart("HAT")))
    assert document["lines"][0]["item"] == "HAT"
    (receipt,) = [one for one in await embedded.books.objects("SalesReceipt") if one["Id"] == document["id"]]
    assert receipt["PaymentMethodRef"]["name"] == "Barter"

    await booked(embedded, placed)  # which waited for the method and goes by itself
    await change(embedded, "Account", till, Active=False)
    await told(embedded, ("Account", till["Id"]))
    outcome = await embedded.until_parked(embedded.key(await embedded.place(cart())), "reference_missing")
    assert "account" in outcome["text"] and "Till" in outcome["text"]
    assert await metered(embedded) == before
    process.check()


async def test_a_tax_code_added_by_a_person_is_used_after_one_turn_of_the_refresh(embedded: Deployment) -> None:
    """No change data capture tells of tax codes."""
    embedded.configure(f'[sales]\n{STATES}\n[tax.codes]\n{RATE} = "Zone 9"\n')
    process = await embedded.start_all()
    outcome = await embedded.until_parked(embedded.key(await embedded.place(cart())), "reference_missing")
    assert "tax code" in outcome["text"] and "Zone 9" in outcome["text"]
    token = (await embedded.books.grant())["access_token"]
    agencies = await embedded.books.objects("TaxAgency")
    detail = {"TaxRateName": "Zone 9", "RateValue": 8.25, "TaxAgencyId": agencies[0]["Id"], "TaxApplicableOn": "Sales"}
    async with embedded.session.post(
        f"{embedded.books.base_url}/v3/company/{embedded.books.realm}/taxservice/taxcode",
        json={"TaxCode": "Zone 9", "TaxRateDetails": [detail]},
        headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
    ) as answer:
        assert answer.status == 200, await answer.text()
    await asyncio.sleep(1.1)  # it counted in the limits of the company: a second later the service has them to itself
    await refreshed(embedded)
    before = await metered(embedded)
    await booked(embedded, await embedded.place(cart()))
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
