"""The commands on running services, both systems and both logs: what was looked at and confirmed is what is written."""

from __future__ import annotations

import pytest

from tests.integration.stock_command.beside import Stock
from tests.support.deployment import Deployment
from tests.support.stocking import ON, Warehouse

pytestmark = pytest.mark.timeout(240)
ODD = "a/b+'c\" 😀 漢"
GOODS = {"MUG": 10, "JUG": 10, "POT": 10, "PAN": 10, ODD: 10}


@pytest.fixture
async def goods(deployed: Deployment) -> Warehouse:
    """Ten of everything in the shop and in the books."""
    found = Warehouse(deployed)
    await found.offer(GOODS)
    await found.have(GOODS)
    deployed.configure(ON)
    return found


async def test_a_preview_is_looked_at_confirmed_and_written(goods: Warehouse) -> None:
    await goods.receive({"MUG": -10, "JUG": -10, ODD: 2})
    stock = Stock(goods)
    await stock.start(goods)
    shown = await stock.until(1, "preview", "main")
    assert "would empty 2 of 5 stocked SKUs: 40 %; stock.guard_percent is 20." in shown
    (odd,) = [line for line in shown.splitlines() if "😀" in line]
    assert [ODD in odd, odd.replace(ODD, "").split()[:2]] == [True, ["10", "12"]]
    assert sorted(await goods.held()) == sorted(GOODS)
    assert set((await goods.held()).values()) == {10}
    words = shown.split("bookbridge stock ")[1].split()
    async with goods.deployed.session.post(f"{stock.at}/stock", data=b'{"ask":"confirm"}') as answer:
        assert answer.status == 401, "who doesn't sign is told nothing"
    assert (await stock("confirm", "main", "0" * 16))[0] == 1
    stock.renew_keys()  # the service runs on with the old one, and looks for others every few seconds
    assert set((await goods.held()).values()) == {10}
    await stock.until(0, *words)
    await goods.until_held({"MUG": 0, "JUG": 0, "POT": 10, ODD: 12})
    code, out, _ = await stock("preview", "main")
    assert code == 0
    assert "a person confirmed the first run" in " ".join(out.split())
    code, _, err = await stock("explain", "main", "JUGG")
    assert code == 1
    assert "similar ones: JUG" in err
