"""`bookbridge backfill` as it is typed, beside running services: what is read, and that nothing is published twice."""

from __future__ import annotations

import signal
from collections import Counter

import pytest

from shared.topics import CUSTOMERS, PRODUCTS
from tests.integration.backfill.full_shop import PARKED, backfill, causes, fill, name, once, published
from tests.support.deployment import STATES, Deployment
from tests.support.magento_rest import Rest

pytestmark = pytest.mark.timeout(180)


async def test_days_ids_and_numbers_are_read_each_once_and_what_is_known_is_not_published_again(
    deployed: Deployment,
) -> None:
    ids = await fill(deployed, 30)
    await deployed.start_all()

    days = await backfill(deployed, "--from", "2026-01-01", "--to", "2026-01-10")
    assert (days["state"], days["found"], days["read"], days["published"]) == ("done", 10, 10, 10)
    assert await published(deployed) == once(ids[:10])
    assert await causes(deployed) == {"backfill"}

    some = await backfill(deployed, "--ids", f"{ids[8]}-{ids[11]},{ids[20]}")
    assert (some["found"], some["published"], some["unchanged"]) == (5, 3, 2)

    numbers = await backfill(deployed, "--numbers", f"{name(ids[20])},{name(ids[25])}")
    assert (numbers["published"], numbers["unchanged"]) == (1, 1)
    assert await published(deployed) == once([*ids[:12], ids[20], ids[25]])


async def test_what_is_named_and_not_there_is_told_with_exit_code_1(embedded: Deployment) -> None:
    ids = await fill(embedded, 3)
    await embedded.start_all()
    code, said, complained = await embedded.command("backfill", "main", "--ids", f"{ids[0]},{ids[2] + 5}")
    assert code == 1, complained
    assert f"not in the shop: {ids[2] + 5}" in said
    assert "1 orders read: 1 published, 0 unchanged" in said
    numbers = await backfill(embedded, "--numbers", f"{name(ids[1])},NO-SUCH", code=1)
    assert (numbers["read"], numbers["missing_names"]) == (1, ["NO-SUCH"])


async def test_forced_what_has_not_changed_is_published_again(embedded: Deployment) -> None:
    ids = await fill(embedded, 3)
    await embedded.start_all()
    await backfill(embedded, "--ids", f"{ids[0]}-{ids[2]}")
    again = await backfill(embedded, "--ids", f"{ids[0]}-{ids[1]}", "--force")
    assert (again["published"], again["unchanged"]) == (2, 0)
    assert await published(embedded) == once([*ids, *ids[:2]])


async def test_a_dry_run_counts_and_estimates_and_publishes_nothing(embedded: Deployment) -> None:
    ids = await fill(embedded, 12)
    await embedded.start_all()
    await backfill(embedded, "--ids", f"{ids[0]}-{ids[3]}")
    before = await published(embedded)
    code, said, _ = await embedded.command(
        "backfill", "main", "--from", "2026-01-01", "--to", "2026-01-12", "--dry-run"
    )
    assert code == 0
    assert "12 orders: 4 known and unchanged, 8 new or changed" in said
    assert "nothing was published" in said
    assert await published(embedded) == before


async def test_orders_of_before_the_start_date_are_read_but_parked_and_the_setting_is_named(
    embedded: Deployment,
) -> None:
    ids = await fill(embedded, 4)
    embedded.configure(f"[sales]\nstart_date = 2026-01-03\n{STATES}")
    await embedded.start_all()
    code, said, complained = await embedded.command("backfill", "main", "--from", "2026-01-01", "--to", "2026-01-31")
    assert code == 0
    assert "set it to 2026-01-01 or earlier" in " ".join(complained.split())
    assert "2 orders were placed before the start date" in said
    await embedded.until_parked(f"main:order:{ids[0]}", "before_start_date")


async def test_beside_no_service_it_waits_says_so_and_is_carried_out_when_one_comes(embedded: Deployment) -> None:
    ids = await fill(embedded, 3)
    code, _, complained = await embedded.command("backfill", "main", "--ids", str(ids[0]), "--detach")
    assert code == 2, "no settings are in force yet"
    assert "bookbridge settings publish" in complained
    await embedded.command("settings", "publish", str(embedded.document))
    code, said, _ = await embedded.command("backfill", "main", "--ids", str(ids[0]), "--detach")
    assert code == 0
    asked = said.split()[1]
    await embedded.start_all()
    watched = await backfill(embedded, "--watch", asked)
    assert (watched["id"], watched["state"], watched["published"]) == (asked, "done", 1)


async def test_products_and_customers_are_read_all_or_by_id(embedded: Deployment) -> None:
    for number in range(1, 6):
        await embedded.shop.put_product({"id": number, "sku": f"SKU-{number}", "type_id": "simple"}, announce=False)
    ids = [await new_customer(embedded, f"buyer{number}@example.com") for number in range(3)]
    await embedded.start_all()

    products = await backfill(embedded, "--kind", "products")
    assert (products["found"], products["read"], products["state"]) == (5, 5, "done")  # a sweep may have been first
    some = await backfill(embedded, "--kind", "products", "--ids", "2-4,99", code=1)
    assert (some["unchanged"], some["missing_names"]) == (3, ["99"])
    assert Counter(record.key for record in await embedded.read(PRODUCTS)) == Counter(
        f"main:product:{number}" for number in range(1, 6)
    )

    customers = await backfill(embedded, "--kind", "customers")
    assert customers["published"] == 3
    assert {record.key for record in await embedded.read(CUSTOMERS)} == {f"main:customer:{one}" for one in ids}


async def new_customer(made: Deployment, email: str) -> int:
    customer = {"email": email, "firstname": "Ann", "lastname": "Lee"}
    answer = await Rest(made.shop).done("POST", "customers", {"customer": customer, "password": "Secret12"})
    return int(answer["id"])


async def test_ctrl_c_leaves_the_backfill_running_and_says_how_to_come_back(embedded: Deployment) -> None:
    ids = await fill(embedded, 130)
    embedded.configure(PARKED)
    await embedded.start_all()
    words = ("backfill", "main", "--ids", f"{ids[0]}-{ids[-1]}", "--rate", "600")
    process = await embedded.begin_command(*words)
    await embedded.until(lambda: is_published(embedded, ids[0]), "it has begun")
    process.send_signal(signal.SIGINT)
    _, complained = await process.communicate()
    assert process.returncode == 0, complained
    name = complained.decode().split()[1]
    assert f"backfill {name} goes on without you" in complained.decode()
    assert f"--watch {name}" in complained.decode()
    assert (await backfill(embedded, "--watch", name))["published"] == 130


async def is_published(made: Deployment, entity_id: int) -> bool:
    return entity_id in await published(made)
