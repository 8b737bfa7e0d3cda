"""`bookbridge catalog status` beside the running service: how far a load is, whichever process goes on with it."""

from __future__ import annotations

from typing import Any

import pytest

from shared.wire import decode
from tests.integration.catalog.test_products_become_items import product, publish
from tests.support.deployment import SALES, Deployment, kill

pytestmark = pytest.mark.timeout(180)
ALL = f'{SALES}\n[products]\nworkflow = "all"\n'
BATCH = {"method": "POST", "entity": "batch"}


async def status(deployed: Deployment) -> dict[str, Any]:
    """As `--json` says; without what changes with time."""
    _, said, complained = await deployed.command("catalog", "status", "main", "--json")
    assert said, complained
    return {name: value for name, value in decode(said.encode()).items() if name not in ("told_at", "a_minute")}


async def test_a_load_is_counted_on_from_process_to_process(embedded: Deployment) -> None:
    code, _, complained = await embedded.command("catalog", "status", "main")
    assert code == 2 and "no settings in force" in complained
    embedded.configure(ALL)
    rule = await embedded.books.add_fault("hold_before_commit", match=BATCH, times=1, skip=2)
    first = await embedded.start_all()
    await publish(embedded, [product(number) for number in range(1, 121)] + [product(122, sku="p121"), product(121)])
    await embedded.books.wait_held(rule, seconds=60)

    async def told() -> bool:
        code, said, _ = await embedded.command("catalog", "status", "main", "--json")
        return (
            bool(said)
            and decode(said.encode())["state"] == "applying"
            and decode(said.encode())["done"] == 90
            and code == 1
        )

    await embedded.until(told, "one batch of 30 isn't answered, the others are done")
    before = await status(embedded)
    counts = ("total", "done", "refused", "to_write", "written", "conflicts")
    assert [before[name] for name in counts] == [120, 90, 0, 120, 90, 2]
    code, said, _ = await embedded.command("catalog", "status", "main")
    assert code == 1
    assert "90 of 120 products done; 90 of 120 items written to QuickBooks" in said
    assert "QuickBooks takes at most 1,200" in said and "2 products wait for a person" in said

    kill(first)
    await first.process.wait()
    assert await status(embedded) == before, "what was told stays when nobody lives to tell more"
    await embedded.books.release(rule)
    await embedded.restart_writer()
    following = await embedded.begin_command("catalog", "status", "main", "--follow", "--json")
    said_all, _ = await following.communicate()
    assert following.returncode == 0
    last = decode(said_all.splitlines()[-1])
    assert (last["state"], last["began_at"], last["total"], last["refused"]) == ("done", before["began_at"], 120, 0)
    assert [last[name] for name in ("done", "conflicts")] == [120, 2]

    await publish(embedded, [product(200)])
    await embedded.until_outcome("main:product:200", "created")

    async def a_load_of_one() -> bool:
        now = await status(embedded)
        return (now["state"], now["total"], now["done"], now["written"]) == ("done", 1, 1, 1)

    await embedded.until(a_load_of_one, "what follows is a load of its own")
    code, said, _ = await embedded.command("catalog", "status", "main")
    assert code == 0 and said.startswith("main: everything is in the books, since ")


async def test_it_says_what_the_catalogue_waits_for(embedded: Deployment) -> None:
    embedded.configure(SALES)
    await embedded.start_all()

    async def published() -> bool:
        return (await embedded.command("catalog", "status", "main"))[0] == 1

    await embedded.until(published, "the settings are in force")
    code, said, complained = await embedded.command("catalog", "status", "main")
    assert (code, said) == (1, "") and "products.workflow is off" in complained
    await embedded.books.add_fault("status", match={"method": "POST"}, times=None, status=503)
    await publish(embedded, [product(1)])
    await embedded.reconfigure(ALL)

    async def waits() -> bool:
        code, said, _ = await embedded.command("catalog", "status", "main")
        return code == 1 and said.startswith("main: waits: ") and "503" in said

    await embedded.until(waits, "QuickBooks is away")
    await embedded.books.clear_faults()
    following = await embedded.begin_command("catalog", "status", "main", "--follow")
    said_all, _ = await following.communicate()
    assert following.returncode == 0 and b"is in the books" in said_all
