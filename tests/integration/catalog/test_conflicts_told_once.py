"""What a person must decide is told when it is new: not again by each plan, nor by the next process."""

from __future__ import annotations

import pytest

from tests.integration.catalog.test_products_become_items import product, publish, quiet
from tests.support.deployment import SALES, Deployment, kill

pytestmark = pytest.mark.timeout(180)
ALL = f'{SALES}\n[products]\nworkflow = "all"\n'


async def told(deployed: Deployment, number: int) -> list[str]:
    return [one.get("reason", one["status"]) for one in await deployed.outcomes(f"main:product:{number}")]


@pytest.mark.parametrize("forgets", [False, True], ids=["same-folder", "new-folder"])
async def test_a_conflict_is_told_once_across_restarts_and_again_when_it_comes_again(
    embedded: Deployment, *, forgets: bool
) -> None:
    embedded.configure(ALL)
    first = await embedded.start_all()
    await publish(embedded, [product(1), product(2, sku="p1"), product(3, sku="")])
    for number in (1, 2, 3):
        await embedded.until_outcome(f"main:product:{number}", "conflict")
    await quiet(embedded)
    kill(first)
    await first.process.wait()
    if forgets:
        for path in (embedded.folder / "data" / "run").glob("*.sqlite*"):
            path.unlink()
    await embedded.restart_writer()
    await publish(embedded, [product(4)])
    await embedded.until_outcome("main:product:4", "created")
    await quiet(embedded)
    assert [await told(embedded, number) for number in (1, 2, 3)] == [["sku_clash"], ["sku_clash"], ["unreadable"]]

    await publish(embedded, [product(2, sku="P2")])
    for number in (1, 2):
        await embedded.until_outcome(f"main:product:{number}", "created")
    await quiet(embedded)
    await publish(embedded, [product(5, sku="P6"), product(6, sku="p6")])
    await embedded.until_outcome("main:product:5", "conflict")
    await publish(embedded, [product(5, status=2)])
    await embedded.until_outcome("main:product:6", "created")
    await quiet(embedded)
    await publish(embedded, [product(5, sku="")])
    await embedded.until_settled("main:product:5", "conflict", 2)
    assert await told(embedded, 3) == ["unreadable"], "it stood all the time"
    assert await told(embedded, 5) == ["sku_clash", "unreadable"]
